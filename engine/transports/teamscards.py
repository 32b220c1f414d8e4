"""Texts and attachments as elements of an Adaptive Card (wire.md 5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.addresses import is_data_url, picture_of
from engine.emoji import emoji_character
from engine.transports.addresses import web_url
from engine.transports.attachments import (
    Attachment,
    Feature,
    footer_line,
    write_action,
    write_features,
)
from engine.transports.chat import packed, written
from engine.transports.colours import hex_colour
from engine.transports.markdown.dialects import Dialect
from engine.transports.markdown.layout import Page, Span
from engine.transports.markdown.splitting import units
from engine.transports.message import CanonicalMessage

_MAX_UNITS = 3_000
#: What stands in one container, so that a message can hold it.
_MAX_BYTES = 20_000
#: A picture in a `data:` address may take so much of it.
_MAX_PICTURE_CHARS = 12_000
#: Of these Teams shows pictures that are in the card itself (Adaptive Cards 1.2, `Image.url`).
_INLINE_PICTURES = ("image/png", "image/jpeg", "image/gif")
#: As many as a renderer shows when nothing else is set (`maxActions`).
_MAX_BUTTONS = 5
#: What is longer is no label any more.
_MAX_LABEL_UNITS = 250
_MAX_FACTS = 50
#: A container has no colours of its own, only these meanings.
_STYLES = {
    "good": "good",
    "green": "good",
    "warning": "warning",
    "orange": "warning",
    "yellow": "warning",
    "danger": "attention",
    "red": "attention",
}


def picture_url(value: object) -> str | None:
    """Return a picture's address as a card may have it."""
    if not isinstance(value, str) or not is_data_url(value):
        return web_url(value)
    picture = picture_of(value) if len(value) <= _MAX_PICTURE_CHARS else None
    if picture is None or picture.media_type not in _INLINE_PICTURES:
        return None
    return picture.url


def text_elements(text: str, dialect: Dialect) -> list[dict[str, Any]]:
    """Return a text as blocks."""
    return _blocks(written(text, dialect, _MAX_UNITS))


def sender_elements(message: CanonicalMessage, dialect: Dialect) -> list[dict[str, Any]]:
    """Return who speaks, with a picture if there is one; nothing for nobody."""
    if not message.name:
        return []
    icon = emoji_character(message.emoji) if message.emoji and not message.avatar else None
    page = Page(dialect)
    page.line(f"{icon} {message.name}" if icon else message.name)
    first, *further = _blocks(page.parts(_MAX_UNITS), weight="Bolder")
    return [_beside(picture_url(message.avatar), first), *further]


def attachment_elements(attachment: Attachment, dialect: Dialect) -> list[dict[str, Any]]:
    """Return an attachment as a container, or several, tinted by its colour."""
    items = text_elements(attachment.pretext, dialect)
    if attachment.author_name:
        first, *further = _linked(attachment, dialect)
        items += [_beside(attachment.author_icon, first), *further]
    head = Page(dialect)
    write_features(head, attachment, (Feature.TITLE,))
    items += _blocks(head.parts(_MAX_UNITS), size="Medium")
    items += text_elements(attachment.text, dialect)
    items += _fields(attachment, dialect)
    pictures = dict.fromkeys((attachment.image_url, attachment.thumb_url))
    items += [_picture(url) for url in pictures if url]
    tail = Page(dialect)
    write_features(tail, attachment, (Feature.MEDIA, Feature.UNOPENED))
    buttons = [
        action
        for action in attachment.actions
        if action.url and units(action.text) <= _MAX_LABEL_UNITS
    ][:_MAX_BUTTONS]
    for action in attachment.actions:
        if action not in buttons:
            write_action(tail, action)
    items += _blocks(tail.parts(_MAX_UNITS))
    if buttons:
        opened = [_opens(action.text or "Open", action.url or "") for action in buttons]
        items.append({"type": "ActionSet", "actions": opened})
    footer = Page(dialect)
    footer.line(footer_line(attachment))
    items += _blocks(footer.parts(_MAX_UNITS), isSubtle=True, size="Small")
    style = _style(attachment)
    return [
        {"type": "Container", **({"style": style} if style else {}), "items": group}
        for group in packed(items, _MAX_BYTES, 100)
    ]


def _fields(attachment: Attachment, dialect: Dialect) -> list[dict[str, Any]]:
    """Return fields as facts, and those that are long or have no name as text."""
    items: list[dict[str, Any]] = []
    facts: list[dict[str, str]] = []
    for field in attachment.fields:
        parts = written(field.value, dialect, _MAX_UNITS)
        if len(parts) == 1 and 0 < units(field.title) <= _MAX_LABEL_UNITS:
            facts.append({"title": dialect.text(field.title), "value": parts[0]})
            continue
        items += _fact_sets(facts)
        facts = []
        page = Page(dialect)
        page.line(Span(field.title, bold=True))
        items += _blocks([*page.parts(_MAX_UNITS), *parts])
    return [*items, *_fact_sets(facts)]


def _fact_sets(facts: list[dict[str, str]]) -> list[dict[str, Any]]:
    groups = packed(facts, _MAX_BYTES // 2, _MAX_FACTS)
    return [{"type": "FactSet", "facts": group} for group in groups]


def _linked(attachment: Attachment, dialect: Dialect) -> list[dict[str, Any]]:
    page = Page(dialect)
    write_features(page, attachment, (Feature.AUTHOR,))
    return _blocks(page.parts(_MAX_UNITS), isSubtle=True)


def _beside(picture: str | None, *blocks: dict[str, Any]) -> dict[str, Any]:
    column = {"type": "Column", "width": "stretch", "items": list(blocks)}
    column["verticalContentAlignment"] = "Center"
    if picture is None:
        return {"type": "ColumnSet", "columns": [column]}
    image = {"type": "Image", "url": picture, "size": "Small", "style": "Person"}
    return {
        "type": "ColumnSet",
        "columns": [{"type": "Column", "width": "auto", "items": [image]}, column],
    }


def _picture(url: str) -> dict[str, Any]:
    image = {"type": "Image", "url": url}
    return image if is_data_url(url) else {**image, "selectAction": _opens("Open", url)}


def _blocks(texts: Sequence[str], **members: Any) -> list[dict[str, Any]]:
    return [_block(text, **members) for text in texts if text]


def _block(text: str, **members: Any) -> dict[str, Any]:
    return {"type": "TextBlock", "text": text, "wrap": True, **members}


def _opens(title: str, url: str) -> dict[str, Any]:
    return {"type": "Action.OpenUrl", "title": title, "url": url}


def _style(attachment: Attachment) -> str | None:
    word = (attachment.color or "").strip().lower()
    if word in _STYLES:
        return _STYLES[word]
    return "emphasis" if hex_colour(word) else None
