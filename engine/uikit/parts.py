"""What blocks are made of, read: texts, pictures and buttons; any value may be of any type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.addresses import is_acceptable_url
from engine.blanks import is_blank

#: So many items of a list are read.
MAX_ITEMS = 100
#: How deep values of unknown kinds are searched for words.
_MAX_DEPTH = 6
#: Where blocks and elements that are not known here have their words.
_SAYING = ("title", "label", "text", "description", "placeholder", "elements", "fields", "rows")


@dataclass(frozen=True, slots=True)
class Text:
    """Words, with markup or without."""

    text: str
    is_markdown: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture; its address is as it was given."""

    url: str
    alt: str = ""


@dataclass(frozen=True, slots=True)
class Button:
    """What is pressed or filled in there; only an address, as it was given, leads anywhere from here."""

    text: str
    url: str = ""


Piece = Text | Picture


def read_texts(value: Any) -> tuple[Text, ...]:
    """Return the texts of a list of them, or of one."""
    items = value[:MAX_ITEMS] if isinstance(value, list) else [value]
    return tuple(text for item in items for text in read_text(item))


def read_text(value: Any) -> tuple[Text, ...]:
    """Return a text of one, or none when it is blank or is none."""
    if isinstance(value, Mapping):
        said, is_markdown = as_said(value.get("text")), value.get("type") == "mrkdwn"
    else:
        said, is_markdown = as_said(value), False
    return () if is_blank(said) else (Text(said, is_markdown),)


def read_pieces(value: Any) -> tuple[Piece, ...]:
    """Return texts and pictures of a list, in its order."""
    found: list[Piece] = []
    for item in objects(value):
        if item.get("type") == "image":
            picture = read_picture(item)
            found += [picture] if picture else alternative(item)
        else:
            found += read_text(item)
    return tuple(found)


def read_picture(item: Mapping[str, Any]) -> Picture | None:
    """Return an element's or a block's picture, unless its address is none that may be shown."""
    # The one spelling is Rocket.Chat's, the other Slack's, which it had at first.
    url = as_said(item.get("imageUrl")) or as_said(item.get("image_url"))
    alt = " ".join(one.text for one in alternative(item))
    return None if is_blank(url) or not is_acceptable_url(url) else Picture(url, alt)


def alternative(item: Mapping[str, Any]) -> tuple[Text, ...]:
    """Return what is said in place of a picture."""
    return read_text(item.get("altText")) or read_text(item.get("alt_text"))


def read_image(value: Any) -> Picture | None:
    """Return the picture of a preview."""
    return read_picture({"imageUrl": value.get("url")}) if isinstance(value, Mapping) else None


def plain_text(value: Any) -> str:
    """Return what a text says on one line."""
    return " ".join(one.text for one in read_text(value)).strip()


def as_said(value: Any) -> str:
    """Return a text or a number as text; anything else says nothing."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value)


def objects(value: Any, most: int = MAX_ITEMS) -> list[Mapping[str, Any]]:
    """Return the objects of a list, of its first items."""
    items = value[:most] if isinstance(value, list) else []
    return [one for one in items if isinstance(one, Mapping)]


def find_words(value: Any, depth: int = 0) -> Iterator[Text]:
    """Return all texts of a value whose kind is not known."""
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, list):
        for item in value[:MAX_ITEMS]:
            yield from find_words(item, depth + 1)
    elif isinstance(value, Mapping):
        if isinstance(value.get("text"), str):
            yield from read_text(value)
        for name in _SAYING:
            if isinstance(value.get(name), Mapping | list):
                yield from find_words(value[name], depth + 1)
