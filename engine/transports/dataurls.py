"""`data:` addresses in a message: where they stand, and which are left out because a system cannot take them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from engine.addresses import is_data_url
from engine.transports.message import CanonicalMessage

_PICTURES = ("author_icon", "thumb_url", "image_url", "footer_icon")
_LINKS = ("title_link", "author_link", "message_link", "audio_url", "video_url")
#: What is named of those that are left out.
_MOST_NAMED = 4

#: Tells of an address, and whether it is a picture's, whether it can be sent.
Takes = Callable[[str, bool], bool]


def left_out(message: CanonicalMessage, takes: Takes) -> str:
    """Return a line about the `data:` addresses that are not sent, empty when none is left out."""
    places = [place for place, url, is_picture in _found(message) if not takes(url, is_picture)]
    if not places:
        return ""
    named = ", ".join(places[:_MOST_NAMED])
    more = f" and {len(places) - _MOST_NAMED} more" if len(places) > _MOST_NAMED else ""
    return f"left out, since data: addresses cannot be sent there: {named}{more}"


def _found(message: CanonicalMessage) -> Iterator[tuple[str, str, bool]]:
    if is_data_url(message.avatar):
        yield "avatar", message.avatar, True
    for index, attachment in enumerate(message.attachments):
        if not isinstance(attachment, Mapping):
            continue
        place = f"attachments[{index}]"
        yield from _of(attachment, place)
        actions = attachment.get("actions")
        for number, action in enumerate(actions if isinstance(actions, list) else ()):
            if isinstance(action, Mapping):
                yield from _of(action, f"{place}.actions[{number}]", ("image_url",), ("url",))


def _of(
    members: Mapping[str, Any],
    place: str,
    pictures: tuple[str, ...] = _PICTURES,
    links: tuple[str, ...] = _LINKS,
) -> Iterator[tuple[str, str, bool]]:
    for name in (*pictures, *links):
        value = members.get(name)
        if isinstance(value, str) and is_data_url(value):
            yield f"{place}.{name}", value, name in pictures
