"""What each destination is sent of a message, and how its texts are read there."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from admin.markup import to_html
from engine import transports
from engine.transports.base import HttpTransport
from engine.transports.message import CanonicalMessage
from tests.differential.shown import Shown, comparable, members_of, words_of

_CONVERSATION = {"conv_id": "c1", "sender_id": "s1"}
#: Name -> type, address, options, secrets.
_PLACES: dict[str, tuple[str, str, dict[str, Any], dict[str, Any]]] = {
    "slack": ("slack", "https://hooks.slack.com/services/T0/B0/x", {}, {}),
    "discord": ("discord", "https://discord.com/api/webhooks/123456789012345678/token", {}, {}),
    "teams": ("teams", "https://flow.example.org/triggers/manual/paths/invoke?sig=x", {}, {}),
    "googlechat": (
        "googlechat",
        "https://chat.googleapis.com/v1/spaces/AAA/messages?key=k&token=t",
        {},
        {},
    ),
    "mattermost": ("mattermost", "https://chat.example.org/hooks/abc", {}, {}),
    "kchat": ("kchat", "https://o.kchat.infomaniak.com/hooks/abc", {}, {}),
    "rocketchat": ("rocketchat", "https://chat.example.org/hooks/abc/def", {}, {}),
    "rocketchat_rest": (
        "rocketchat",
        "https://chat.example.org",
        {"api": "rest", "channel": "#ops", "user_id": "u1"},
        {"token": "token0123456789"},
    ),
    "uchat": (
        "uchat",
        "https://bot.dfktv2.com/api/apichat/code",
        {"conversation_id": 7, "sender_id": "s1"},
        {},
    ),
    "uchatwebhook": ("uchatwebhook", "https://bot.example.org/x", {}, {"verification_key": "k"}),
    "webhook": ("webhook", "https://hook.example.org/x", {}, {}),
}
PLACES = tuple(_PLACES)
#: Members that are not shown while the message is.
_HIDDEN = frozenset(("fallback", "fallbackText", "plainText", "$schema", "contentType"))
#: Both cut a footer here, and Mattermost shows no `ts`.
_FOOTER_UNITS = 300
_CUTS_FOOTERS = ("slack", "mattermost", "kchat")
_WITHOUT_TS = ("mattermost", "kchat")
#: These take a member as it was given.
_RAW = ("rocketchat", "rocketchat_rest", "webhook")
#: On Google Chat's cards these are HTML; at Slack everything but a name has its three entities.
_HTML = frozenset(("textParagraph", "decoratedText"))
_PLAIN = frozenset(("username", "topLabel"))
#: Discord shows these as times, as the room does.
_TIMES = re.compile(r"<t:\d+(?::\w)?>")
_TAGS = re.compile(r"</?(?:b|i|s|u|font)(?: [^<>]*)?>")
#: A longer word may be cut.
_LONG = 150
_LEAST_PIECE = 5


def bodies(place: str, message: CanonicalMessage) -> list[Any]:
    """Return the JSON bodies that a destination of this name is sent."""
    type_, url, options, secrets = _PLACES[place]
    transport = transports.load(type_)
    assert isinstance(transport, HttpTransport)
    target = transport.validate(url, options, secrets)
    sent = replace(message, conversation=_CONVERSATION) if place == "uchatwebhook" else message
    return [json.loads(request.body) for request in transport.requests(sent, target)]


def left_out(place: str, message: CanonicalMessage) -> str:
    """Return what the delivery's line names as left out."""
    return transports.load(_PLACES[place][0]).left_out(message)


@dataclass
class Arrived:
    """The texts of a message's bodies, in order, and what is missing in them."""

    place: str
    bodies: list[Any]
    texts: list[str] = field(default_factory=list)
    _streams: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for body in self.bodies:
            for name, text in self._leaves(body):
                self.texts.append(text)
                self._streams.setdefault(name, []).append(text)
        joined = "\n".join(self.texts)
        self._all = joined
        self._words = words_of(joined)
        self._at: dict[str, list[int]] = {}
        for index, word in enumerate(self._words):
            self._at.setdefault(word, []).append(index)
        self._comparable = comparable(joined)
        self._long = [re.sub(r"[\W_]", "", "".join(one)) for one in self._streams.values()]
        self._bare = [comparable(re.sub(r"\s", "", "".join(one))) for one in self._streams.values()]

    def missing(self, message: CanonicalMessage) -> list[str]:
        """Return the words and addresses of a message that are not here, each with its place."""
        lost: list[str] = []
        for member in members_of(message):
            if self.place in _RAW and member.raw in self.texts:
                continue
            lost += [f"{member.place}: {one}" for one in self._lost(member)]
        return lost

    def _lost(self, member: Shown) -> Iterator[str]:
        position = -1
        for word in member.words:
            if len(word) > _LONG:
                if not self._has_pieces(word):
                    yield word[:60]
                continue
            later = next((at for at in self._at.get(word, ()) if at > position), None)
            if later is None:
                yield word
            else:
                position = later
        for address in member.addresses:
            wanted = comparable(address)
            if wanted not in self._comparable and not any(wanted in one for one in self._bare):
                yield address[:100]
        if member.any_of and not any(one in self._all for one in member.any_of):
            yield member.any_of[0]

    def _has_pieces(self, word: str) -> bool:
        """Tell whether a long word is here, cut in as few places as possible."""
        rest = word
        while rest:
            end = len(rest)
            while end and not any(rest[:end] in stream for stream in self._long):
                end = end * 9 // 10 if end > _LEAST_PIECE else 0
            if not end:
                return False
            rest = rest[end:]
        return True

    def _leaves(
        self, value: Any, name: str = "", escaped: bool = False
    ) -> Iterator[tuple[str, str]]:
        if isinstance(value, dict):
            for key, member in value.items():
                hidden = key in _HIDDEN and self.place != "webhook"
                if not hidden and not (key == "ts" and self.place in _WITHOUT_TS):
                    html_in = self.place == "slack" or escaped or key in _HTML
                    yield from self._leaves(member, key, html_in and key not in _PLAIN)
        elif isinstance(value, list):
            for item in value:
                yield from self._leaves(item, name, escaped)
        elif isinstance(value, str):
            yield name, self._read(value, name, escaped)
        elif isinstance(value, int | float):
            yield name, str(value).lower() if isinstance(value, bool) else str(value)

    def _read(self, text: str, name: str, escaped: bool) -> str:
        if name == "footer" and self.place in _CUTS_FOOTERS:
            text = text.encode("utf-16-le")[: 2 * _FOOTER_UNITS].decode("utf-16-le", "ignore")
        if self.place == "discord":
            text = _TIMES.sub(lambda found: to_html(found[0]).striptags(), text)
        if escaped:
            text = html.unescape(_TAGS.sub("", text).replace("<br>", "\n"))
        return text
