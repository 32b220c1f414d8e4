"""Attachments as Google Chat's cards (wire.md 3.1 and 6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from engine.emoji import emoji_character
from engine.transports.addresses import web_url
from engine.transports.attachments import (
    AttachedField,
    Attachment,
    Feature,
    footer_line,
    write_action,
    write_features,
)
from engine.transports.chat import packed, written
from engine.transports.markdown.angled import GoogleCard
from engine.transports.markdown.layout import Page, Span
from engine.transports.markdown.lines import Border
from engine.transports.markdown.splitting import cut, units
from engine.transports.message import CanonicalMessage

_MAX_PARAGRAPH_UNITS = 3_000
_MAX_TITLE_UNITS = 200
_MAX_BUTTON_UNITS = 200
_MAX_BUTTONS = 10
#: A card may have 100 widgets; it has to fit into a message with others.
_MAX_WIDGETS = 90
_MAX_BYTES = 20_000
_GREY = "#80868b"

_HTML = GoogleCard()


def cards(
    attachments: Sequence[Attachment], sender: CanonicalMessage | None
) -> list[dict[str, Any]]:
    """Return a card for each attachment, or several; the first names the sender if there is one."""
    made: list[dict[str, Any]] = []
    for index, attachment in enumerate(attachments):
        header, below = _header(attachment, sender if index == 0 else None)
        widgets = below + _widgets(attachment, header)
        for number, group in enumerate(packed(widgets, _MAX_BYTES, _MAX_WIDGETS)):
            above = {"header": header} if header and number == 0 else {}
            made.append({**above, "sections": [{"widgets": group}]})
    return made


def _header(
    attachment: Attachment, sender: CanonicalMessage | None
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the header, and in widgets what it has no room for; a card has at least a widget."""
    icon = emoji_character(sender.emoji) if sender and sender.emoji else None
    name, more_name = cut(sender.name if sender else "", _MAX_TITLE_UNITS)
    title, more_title = cut(attachment.title, _MAX_TITLE_UNITS)
    avatar = web_url(sender.avatar, https=True) if sender else None
    name = f"{icon} {name}" if icon and name and not avatar else name
    is_alone = not _has_widgets(attachment)
    if is_alone:
        title, more_title = "", attachment.title
    below = Page(_HTML)
    for rest in (more_name, more_title):
        below.line(Span(rest, bold=True))
    widgets = _texts(below.parts(_MAX_PARAGRAPH_UNITS))
    if not title and not name:
        return {}, widgets
    header = {"title": title or name}
    if title and name:
        header["subtitle"] = name
    if picture := avatar or (None if is_alone else _https(attachment.thumb_url)):
        header |= {"imageUrl": picture, "imageType": "CIRCLE" if sender else "SQUARE"}
    return header, widgets


def _has_widgets(attachment: Attachment) -> bool:
    """Tell whether there is anything below the header, which shows the title and the thumbnail."""
    title_only = replace(attachment, title="", thumb_url=None)
    return bool(attachment.title_link) or not title_only.is_empty or attachment.ts is not None


def _widgets(attachment: Attachment, header: dict[str, Any]) -> list[dict[str, Any]]:
    widgets = _paragraphs(attachment.pretext)
    if attachment.author_name:
        widgets += _author(attachment)
    widgets += _paragraphs(attachment.text)
    for field in attachment.fields:
        widgets += _field(field)
    thumb = attachment.thumb_url if attachment.thumb_url != header.get("imageUrl") else None
    for url in filter(None, dict.fromkeys((attachment.image_url, thumb))):
        if https := _https(url):
            widgets.append({"image": {"imageUrl": https, "onClick": _opens(url)}})
        else:
            widgets.append({"buttonList": {"buttons": [_button("Image", url)]}})
    rest = Page(_HTML)
    write_features(rest, attachment, (Feature.UNOPENED,))
    buttons = _buttons(attachment)
    for action in attachment.actions:
        if not action.url or units(action.text) > _MAX_BUTTON_UNITS:
            write_action(rest, action)
    widgets += _texts(rest.parts(_MAX_PARAGRAPH_UNITS))
    widgets += [
        {"buttonList": {"buttons": group}}
        for group in packed(buttons, _MAX_BYTES // 2, _MAX_BUTTONS)
    ]
    footer = Page(_HTML)
    footer.line(footer_line(attachment))
    texts = footer.parts(_MAX_PARAGRAPH_UNITS)
    return widgets + _texts([f'<font color="{_GREY}">{text}</font>' for text in texts])


def _field(field: AttachedField) -> list[dict[str, Any]]:
    """Return a field as one widget, or as many more below it as its texts take."""
    label, rest = cut(field.title, _MAX_TITLE_UNITS)
    page = Page(_HTML)
    page.line(Span(rest, bold=True))
    page.markdown(field.value, border=Border.BLOCK)
    texts = page.parts(_MAX_PARAGRAPH_UNITS)
    if not texts:
        page.line(Span(label, bold=True))
        return _texts(page.parts(_MAX_PARAGRAPH_UNITS))
    decorated = {"topLabel": label, "text": texts[0], "wrapText": True}
    return [{"decoratedText": _without_empty(decorated)}, *_texts(texts[1:])]


def _author(attachment: Attachment) -> list[dict[str, Any]]:
    name, rest = cut(attachment.author_name, _MAX_TITLE_UNITS)
    author: dict[str, Any] = {"text": _HTML.text(name), "wrapText": True}
    if icon := _https(attachment.author_icon):
        author["startIcon"] = {"iconUrl": icon, "imageType": "CIRCLE"}
    if attachment.author_link:
        author["onClick"] = _opens(attachment.author_link)
    page = Page(_HTML)
    page.line(rest)
    return [{"decoratedText": author}, *_texts(page.parts(_MAX_PARAGRAPH_UNITS))]


def _buttons(attachment: Attachment) -> list[dict[str, Any]]:
    buttons = [_button("Open", attachment.title_link)] if attachment.title_link else []
    buttons += [
        _button(medium.kind.capitalize(), medium.url)
        for medium in attachment.media
        if medium.url != attachment.title_link
    ]
    return buttons + [
        _button(action.text or "Open", action.url)
        for action in attachment.actions
        if action.url and units(action.text) <= _MAX_BUTTON_UNITS
    ]


def _paragraphs(text: str) -> list[dict[str, Any]]:
    return _texts(written(text, _HTML, _MAX_PARAGRAPH_UNITS))


def _texts(texts: Sequence[str]) -> list[dict[str, Any]]:
    return [{"textParagraph": {"text": text}} for text in texts]


def _button(text: str, url: str) -> dict[str, Any]:
    return {"text": text, "onClick": _opens(url)}


def _opens(url: str) -> dict[str, Any]:
    return {"openLink": {"url": url}}


def _https(url: str | None) -> str | None:
    return web_url(url, https=True)


def _without_empty(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value}
