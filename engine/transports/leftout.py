"""What of a message is not sent: `data:` addresses that a system cannot take, and what is no address."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from engine.addresses import is_data_url
from engine.blanks import is_blank
from engine.transports.addresses import web_url
from engine.transports.members import is_only_text, objects_of
from engine.transports.message import CanonicalMessage

_PICTURES = ("author_icon", "thumb_url", "image_url", "footer_icon")
#: Of these nothing is shown when they lead nowhere; the others become text.
_ICONS = frozenset(("avatar", "author_icon", "footer_icon"))
_LINKS = ("title_link", "author_link", "message_link", "audio_url", "video_url")
#: What is named of those that are left out.
_MOST_NAMED = 4

#: Tells of an address, and whether it is a picture's, whether it can be sent.
Takes = Callable[[str, bool], bool]


def left_out(message: CanonicalMessage, takes: Takes) -> str:
    """Return a line about the addresses that are not sent, empty when none is left out."""
    in_data: list[str] = []
    nowhere: list[str] = []
    for place, url, is_picture in _found(message):
        if is_data_url(url):
            in_data += [] if takes(url, is_picture) else [place]
        elif not is_blank(url) and web_url(url) is None:
            is_text = is_only_text(url) and place.rpartition(".")[2] not in _ICONS
            nowhere += [] if is_text else [place]
    reasons = (
        ("data: addresses cannot be sent there", in_data),
        ("they are no addresses of the web", nowhere),
    )
    return "; ".join(
        f"left out, since {reason}: {_named(places)}" for reason, places in reasons if places
    )


def _named(places: list[str]) -> str:
    more = f" and {len(places) - _MOST_NAMED} more" if len(places) > _MOST_NAMED else ""
    return f"{', '.join(places[:_MOST_NAMED])}{more}"


def _found(message: CanonicalMessage) -> Iterator[tuple[str, str, bool]]:
    yield "avatar", message.avatar, True
    waiting = [("attachments", list(message.attachments))]
    while waiting:
        place, listed = waiting.pop(0)
        for index, attachment in enumerate(listed):
            if not isinstance(attachment, Mapping):
                continue
            here = f"{place}[{index}]"
            yield from _of(attachment, here)
            for number, action in enumerate(objects_of(attachment, "actions")):
                yield from _of(action, f"{here}.actions[{number}]", ("image_url",), ("url",))
            if isinstance(inner := attachment.get("attachments"), list):
                waiting.append((f"{here}.attachments", inner))


def _of(
    members: Mapping[str, Any],
    place: str,
    pictures: tuple[str, ...] = _PICTURES,
    links: tuple[str, ...] = _LINKS,
) -> Iterator[tuple[str, str, bool]]:
    for name in (*pictures, *links):
        value = members.get(name)
        if isinstance(value, str):
            yield f"{place}.{name}", value, name in pictures
