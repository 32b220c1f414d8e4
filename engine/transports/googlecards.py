"""Attachments as Google Chat's cards (wire.md 3.1 and 6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.transports.addresses import web_url
from engine.transports.attachments import (
    Attachment,
    footer_line,
    write_action,
)
from engine.transports.chat import packed, written
from engine.transports.markdown.angled import GoogleCard
from engine.transports.markdown.layout import Page, Span
from engine.transports.markdown.splitting import cut
from engine.transports.message import CanonicalMessage

_MAX_PARAGRAPH_UNITS = 3_000
_MAX_TITLE_UNITS = 200
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
        header, rest = _header(attachment, sender if index == 0 else None)
        widgets = _widgets(attachment, rest, header)
        for number, group in enumerate(packed(widgets, _MAX_BYTES, _MAX_WIDGETS)):
            card: dict[str, Any] = {"sections": [{"widgets": group}]}
            if header and number == 0:
                card["header"] = header
            made.append(card)
    return made


def _header(attachment: Attachment, sender: CanonicalMessage | None) -> tuple[dict[str, Any], str]:
    """Return the header, and what is left of a title that is too long for one."""
    name = sender.name if sender else ""
    title, rest = cut(attachment.title, _MAX_TITLE_UNITS)
    picture = web_url(sender.avatar if sender else None, https=True) or _https(attachment.thumb_url)
    if not title and not name:
        return {}, rest
    header = {"title": title or name}
    if title and name:
        header["subtitle"] = name
    if picture:
        header |= {"imageUrl": picture, "imageType": "CIRCLE" if sender else "SQUARE"}
    return header, rest


def _widgets(attachment: Attachment, title: str, header: dict[str, Any]) -> list[dict[str, Any]]:
    page = Page(_HTML)
    page.line(Span(title, bold=True))
    widgets = _texts(page.parts(_MAX_PARAGRAPH_UNITS))
    widgets += _paragraphs(attachment.pretext)
    if attachment.author_name:
        widgets.append(_author(attachment))
    widgets += _paragraphs(attachment.text)
    for field in attachment.fields:
        first, *further = written(field.value, _HTML, _MAX_PARAGRAPH_UNITS) or [""]
        if first:
            decorated = {"topLabel": field.title, "text": first, "wrapText": True}
            widgets.append({"decoratedText": _without_empty(decorated)})
        else:
            widgets += _texts([f"<b>{_HTML.text(field.title)}</b>"])
        widgets += _texts(further)
    thumb = attachment.thumb_url if attachment.thumb_url != header.get("imageUrl") else None
    for url in filter(None, dict.fromkeys((attachment.image_url, thumb))):
        if https := _https(url):
            widgets.append({"image": {"imageUrl": https, "onClick": _opens(url)}})
        else:
            widgets.append({"buttonList": {"buttons": [_button("Image", url)]}})
    said = Page(_HTML)
    for action in attachment.actions:
        if not action.url:
            write_action(said, action)
    widgets += _texts(said.parts(_MAX_PARAGRAPH_UNITS))
    if buttons := _buttons(attachment):
        widgets.append({"buttonList": {"buttons": buttons}})
    if footer := footer_line(attachment):
        widgets += _texts([f'<font color="{_GREY}">{_HTML.text(footer)}</font>'])
    if not widgets:
        widgets = _texts([_HTML.text(attachment.title or attachment.summary)])
        header.clear()
    return widgets


def _author(attachment: Attachment) -> dict[str, Any]:
    author: dict[str, Any] = {"text": _HTML.text(attachment.author_name), "wrapText": True}
    if icon := _https(attachment.author_icon):
        author["startIcon"] = {"iconUrl": icon, "imageType": "CIRCLE"}
    if attachment.author_link:
        author["onClick"] = _opens(attachment.author_link)
    return {"decoratedText": author}


def _buttons(attachment: Attachment) -> list[dict[str, Any]]:
    buttons = [_button("Open", attachment.title_link)] if attachment.title_link else []
    buttons += [
        _button(medium.kind.capitalize(), medium.url)
        for medium in attachment.media
        if medium.url != attachment.title_link
    ]
    return buttons + [
        _button(action.text or "Open", action.url) for action in attachment.actions if action.url
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
