"""
Rocket.Chat's attachments, read: checked, typed, and written as text for who has no better way.

What a target lacks is dropped in this order, and only its form, never its words: colour and small
pictures (author, footer, thumbnail beside a picture) go, buttons and media become links, fields
become lines, titles become bold lines. Only an address that is none of the web's is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from engine.times import read_time as read_time
from engine.transports.addresses import web_url
from engine.transports.markdown.layout import Page, Span
from engine.transports.markdown.lines import Border

#: Floats below it are written as the whole numbers that they are.
_EXACT_BELOW = 1e15
_COLOURS = {
    "good": "#2eb886",
    "warning": "#daa038",
    "danger": "#a30200",
    "black": "#000000",
    "blue": "#0000ff",
    "cyan": "#00ffff",
    "gray": "#808080",
    "green": "#008000",
    "grey": "#808080",
    "lime": "#00ff00",
    "magenta": "#ff00ff",
    "navy": "#000080",
    "orange": "#ffa500",
    "purple": "#800080",
    "red": "#ff0000",
    "teal": "#008080",
    "white": "#ffffff",
    "yellow": "#ffff00",
}


#: Returns a picture's address when it can be sent.
PictureUrl = Callable[[object], str | None]


class Feature(StrEnum):
    """A part of an attachment that a transport may show in a way of its own."""

    PRETEXT = "pretext"
    AUTHOR = "author"
    TITLE = "title"
    TEXT = "text"
    FIELDS = "fields"
    IMAGE = "image"
    THUMB = "thumb"
    MEDIA = "media"
    ACTIONS = "actions"
    FOOTER = "footer"


@dataclass(frozen=True, slots=True)
class AttachedField:
    title: str
    #: Markdown.
    value: str
    short: bool


@dataclass(frozen=True, slots=True)
class Action:
    """A button: it opens an address, or says something in the room."""

    text: str
    url: str | None
    msg: str


@dataclass(frozen=True, slots=True)
class Medium:
    """A recording or a file that can be opened."""

    kind: str  # audio, video or file
    url: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """One attachment; texts may be empty, addresses are absolute or None."""

    color: str | None
    pretext: str
    author_name: str
    author_link: str | None
    author_icon: str | None
    title: str
    title_link: str | None
    text: str
    fields: tuple[AttachedField, ...]
    image_url: str | None
    thumb_url: str | None
    media: tuple[Medium, ...]
    actions: tuple[Action, ...]
    footer: str
    footer_icon: str | None
    ts: datetime | None
    fallback: str

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show."""
        shown = (self.pretext, self.author_name, self.title, self.text, self.fields, self.footer)
        return not any((*shown, self.image_url, self.thumb_url, self.media, self.actions))

    @property
    def links(self) -> list[Medium]:
        """The media that the title does not lead to already."""
        return [
            medium for medium in self.media if not (self.title and medium.url == self.title_link)
        ]

    @property
    def summary(self) -> str:
        """What it is about, for a list or a notification; one line of plain text."""
        for text in (self.fallback, self.title, self.pretext, self.text, self.author_name):
            if text.strip():
                return " ".join(text.split())
        return next((f"{field.title}: {field.value}" for field in self.fields), "")


def read_attachments(
    given: Sequence[Mapping[str, Any]], picture_url: PictureUrl = web_url
) -> list[Attachment]:
    """Return the attachments that show something; members of a wrong type count as absent."""
    found = [_read(item, picture_url) for item in given if isinstance(item, Mapping)]
    return [attachment for attachment in found if not attachment.is_empty or attachment.fallback]


def write_features(page: Page, attachment: Attachment, features: Iterable[Feature]) -> None:
    """Add these parts of an attachment to a text, in the order in which Rocket.Chat shows them."""
    wanted = set(features)
    if Feature.PRETEXT in wanted:
        page.markdown(attachment.pretext, border=Border.BLOCK)
    if Feature.AUTHOR in wanted:
        page.line(Span(attachment.author_name, url=attachment.author_link))
    if Feature.TITLE in wanted and attachment.title:
        page.line(Span(attachment.title, bold=True, url=attachment.title_link))
    if Feature.TEXT in wanted:
        page.markdown(attachment.text, border=Border.BLOCK)
    if Feature.FIELDS in wanted:
        for field in attachment.fields:
            write_field(page, field)
    if Feature.IMAGE in wanted and attachment.image_url:
        page.line(Span("Image", url=attachment.image_url))
    if Feature.THUMB in wanted and attachment.thumb_url:
        page.line(Span("Image", url=attachment.thumb_url))
    if Feature.MEDIA in wanted:
        for medium in attachment.links:
            page.line(Span(medium.kind.capitalize(), url=medium.url))
    if Feature.ACTIONS in wanted:
        for action in attachment.actions:
            write_action(page, action)
    if Feature.FOOTER in wanted and (footer := footer_line(attachment)):
        page.line(footer)


def write_field(page: Page, field: AttachedField) -> None:
    """Add a field: title and value on one line, or the value below when it has several."""
    if field.title:
        page.labelled(f"{field.title}:", field.value)
    else:
        page.markdown(field.value, border=Border.BLOCK)


def write_action(page: Page, action: Action) -> None:
    """Add a button: a link, or its words and what it would say."""
    if action.url:
        page.line(Span(action.text or action.url, url=action.url))
    elif action.msg and action.msg != action.text:
        page.line(f"{action.text}: {action.msg}" if action.text else action.msg)
    else:
        page.line(action.text)


def footer_line(attachment: Attachment) -> str:
    """Return footer and time as people read them."""
    moment = f"{attachment.ts:%Y-%m-%d %H:%M} UTC" if attachment.ts else ""
    return " \N{MIDDLE DOT} ".join(filter(None, (attachment.footer, moment)))


def hex_colour(value: str) -> str | None:
    """Return `#rrggbb` for a colour that is known or given so."""
    word = value.strip().lower()
    if known := _COLOURS.get(word):
        return known
    digits = word.removeprefix("#")
    if re.fullmatch(r"[0-9a-f]{3}", digits):
        digits = "".join(2 * digit for digit in digits)
    return f"#{digits}" if re.fullmatch(r"[0-9a-f]{6}", digits) else None


def _read(item: Mapping[str, Any], picture_url: PictureUrl) -> Attachment:
    download = item.get("title_link_download") is True
    title_link = web_url(item.get("title_link"))
    media = [
        Medium(kind, url)
        for kind, url in (
            ("audio", web_url(item.get("audio_url"))),
            ("video", web_url(item.get("video_url"))),
            ("file", title_link if download else None),
        )
        if url
    ]
    return Attachment(
        color=_text(item, "color") or None,
        pretext=_text(item, "pretext"),
        author_name=_text(item, "author_name"),
        author_link=web_url(item.get("author_link")) or web_url(item.get("message_link")),
        author_icon=picture_url(item.get("author_icon")),
        title=_text(item, "title") or (title_link if title_link and not download else ""),
        title_link=title_link,
        text=_text(item, "text"),
        fields=tuple(_read_field(field) for field in _objects(item, "fields")),
        image_url=picture_url(item.get("image_url")),
        thumb_url=picture_url(item.get("thumb_url")),
        media=tuple(media),
        actions=tuple(
            action
            for action in map(_read_action, _objects(item, "actions"))
            if action.text or action.url or action.msg
        ),
        footer=_text(item, "footer"),
        footer_icon=picture_url(item.get("footer_icon")),
        ts=read_time(item.get("ts")),
        fallback=_text(item, "fallback"),
    )


def _read_field(field: Mapping[str, Any]) -> AttachedField:
    return AttachedField(_text(field, "title"), _text(field, "value"), field.get("short") is True)


def _read_action(action: Mapping[str, Any]) -> Action:
    return Action(_text(action, "text"), web_url(action.get("url")), _text(action, "msg"))


def _objects(item: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    listed = item.get(name)
    return [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []


def _text(item: Mapping[str, Any], name: str) -> str:
    value = item.get(name)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT_BELOW:
        return str(int(value))
    return str(value) if isinstance(value, str | int | float) else ""
