"""
What a room shows of a message, member by member: the words and the addresses that have to arrive.

Texts in Markdown are read as the room's own page shows them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote

from admin.markup import MAX_MARKED_UP_CHARS, to_html
from engine.blanks import is_blank
from engine.times import read_time
from engine.transports.message import CanonicalMessage

#: A letter or a digit is a word's, a mark of Markdown or a character without width is none's.
_WORD = re.compile(r"[^\W_]{2,}")
_UNSEEN = re.compile(r"[*~`\\_\u200b\x01-\x08\x0e-\x1f\x7f]")
_HTTP = re.compile(r"https?://", re.IGNORECASE)
_TEXTS = ("author_name", "title", "footer")
_MARKDOWN = ("pretext", "text", "description")
_URLS = (
    *("author_link", "message_link", "title_link", "image_url", "thumb_url"),
    *("audio_url", "video_url"),
)


#: Elements with words of the page: none are a message's.
_OWN_WORDS = ("fold-more", "md-cover")
#: Id -> what was found: each message is sent to many places.
_READ: dict[str, list[Shown]] = {}


@dataclass(frozen=True, slots=True)
class Shown:
    """A member of a message: what has to be found of it."""

    place: str
    #: As it was given.
    raw: str
    words: Sequence[str] = ()
    addresses: Sequence[str] = ()
    #: One of these has to be found: a time as text or as a number.
    any_of: Sequence[str] = ()


def members_of(message: CanonicalMessage) -> list[Shown]:
    """Return everything that can be seen of a message, but for icons; of one id always the same."""
    if message.id not in _READ:
        _READ[message.id] = _members_of(message)
    return _READ[message.id]


def _members_of(message: CanonicalMessage) -> list[Shown]:
    name = message.alias if not is_blank(message.alias) else message.username
    found = [_markdown("text", message.text)]
    for index, attachment in enumerate(message.attachments):
        found += _attachment(attachment, f"attachments[{index}]")
    found = [one for one in found if one.words or one.addresses or one.any_of]
    # Who says nothing is not named.
    return [_plain("alias", name), *found] if found else []


def words_of(text: str) -> list[str]:
    """Return a text's words, whatever marks stand in them."""
    return [word for word in _WORD.findall(_UNSEEN.sub("", text)) if not is_blank(word)]


def comparable(text: str) -> str:
    """Return a text in which each address is written in the one way."""
    return unquote(text.replace("&amp;", "&"))


def _attachment(given: Mapping[str, Any], place: str) -> Iterator[Shown]:
    before = len(list(_shown_of(given, place)))
    if not before:
        yield _markdown(f"{place}.fallback", _said(given.get("fallback")))
    yield from _shown_of(given, place)
    for index, one in enumerate(_objects(given.get("attachments"))):
        yield from _attachment(one, f"{place}.attachments[{index}]")


def _shown_of(given: Mapping[str, Any], place: str) -> Iterator[Shown]:
    found = [_plain(f"{place}.{name}", _said(given.get(name))) for name in _TEXTS]
    found += [_markdown(f"{place}.{name}", _said(given.get(name))) for name in _MARKDOWN]
    found += [_address(f"{place}.{name}", given.get(name)) for name in _URLS]
    for index, one in enumerate(_objects(given.get("fields"))):
        found.append(_plain(f"{place}.fields[{index}].title", _said(one.get("title"))))
        found.append(_markdown(f"{place}.fields[{index}].value", _said(one.get("value"))))
    for index, one in enumerate(_objects(given.get("actions"))):
        names = ("text", "msg")
        found += [
            _plain(f"{place}.actions[{index}].{name}", _said(one.get(name))) for name in names
        ]
        for name in ("url", "image_url"):
            found.append(_address(f"{place}.actions[{index}].{name}", one.get(name)))
    found = [one for one in found if one.words or one.addresses]
    yield from found
    if found and (moment := read_time(given.get("ts"))):
        seconds = str(int(moment.timestamp()))
        times = (f"{moment:%Y-%m-%d %H:%M}", seconds, moment.isoformat(), str(given.get("ts")))
        yield Shown(f"{place}.ts", str(given.get("ts")), any_of=times)


def _plain(place: str, text: str) -> Shown:
    return Shown(place, text, words_of(text))


def _markdown(place: str, text: str) -> Shown:
    reader = _Reader()
    for piece in _pieces(text):
        reader.feed(str(to_html(piece)))
    reader.close()
    return Shown(place, text, words_of("".join(reader.texts)), reader.addresses)


def _pieces(text: str) -> Iterator[str]:
    """Cut a text that is too long for the room to read its markup, between lines."""
    piece = ""
    for line in text.splitlines(keepends=True) if len(text) > MAX_MARKED_UP_CHARS else [text]:
        if len(piece) + len(line) > MAX_MARKED_UP_CHARS:
            yield piece
            piece = ""
        piece += line
    yield piece


def _address(place: str, value: Any) -> Shown:
    given = text = value if isinstance(value, str) else ""
    # Browsers take line ends and tabs out, and encode blanks.
    text = re.sub(r"[\t\r\n]", "", text).strip("".join(map(chr, range(33))))
    if is_blank(text) or text.startswith("data:"):
        return Shown(place, given)
    if _HTTP.match(text) and len(text) <= 2_000:
        return Shown(place, given, addresses=[text.replace(" ", "%20")])
    return Shown(place, given, words_of(comparable(text)))


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else ""


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


@dataclass
class _Reader(HTMLParser):
    """Reads a room's HTML: its text, with a blank where a block begins, and its addresses."""

    texts: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    _BLOCKS = frozenset(("p", "div", "li", "td", "th", "tr", "br", "blockquote", "pre", "table"))

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if named.get("class") in _OWN_WORDS:
            self._own = tag
        if tag in self._BLOCKS or tag == "a":
            self.texts.append(" ")
        for name in ("href", "src"):
            if (url := named.get(name)) and _HTTP.match(url):
                self.addresses.append(url)
                self._link = (url, len(self.texts)) if tag == "a" else self._link
        if tag == "img":
            self.texts.append(f" {named.get('alt') or ''} ")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._own:
            self._own = ""
        if tag in self._BLOCKS:
            self.texts.append(" ")
        if tag == "a" and self._link:
            url, begun = self._link
            # `example.org/a` was written so, and leads there by itself.
            if url == f"http://{''.join(self.texts[begun:])}":
                self.addresses.remove(url)
            self.texts.append(" ")
            self._link = None

    def handle_data(self, data: str) -> None:
        if not self._own:
            self.texts.append(data)

    #: The element that is open and holds the page's words, and the link.
    _own = ""
    _link: tuple[str, int] | None = None
