"""
Rocket.Chat's attachments, read: checked, typed, and written as text for who has no better way.

Texts of which nothing can be seen count as absent. What a target lacks is dropped in this order, and
only its form, never its words: colour and icons (of authors, footers) go, buttons and media become
links, fields become lines, titles become bold lines, an address that nobody else can open becomes
text. What runs something, or holds what it stands for, is left out (`leftout`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from engine.times import read_time
from engine.transports.addresses import web_url
from engine.transports.markdown.layout import Page, Span
from engine.transports.markdown.lines import Border
from engine.transports.members import is_only_text, objects_of, text_of

_SEPARATOR = " \N{MIDDLE DOT} "


#: Attachments within attachments are read so deep.
_MAX_DEPTH = 100
#: Members that are addresses, and what they are called where one has to be text.
_ADDRESSES = {
    "author_link": "Author",
    "message_link": "Message",
    "title_link": "Title",
    "image_url": "Image",
    "thumb_url": "Image",
    "audio_url": "Audio",
    "video_url": "Video",
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
    UNOPENED = "unopened"
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
    #: Addresses that only who posted them can open, each with what it is: `Image: /here.png`.
    unopened: tuple[str, ...]
    actions: tuple[Action, ...]
    footer: str
    footer_icon: str | None
    ts: datetime | None
    fallback: str

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show."""
        shown = (self.pretext, self.author_name, self.title, self.text, self.fields, self.footer)
        pictures = (self.image_url, self.thumb_url)
        return not any((*shown, *pictures, self.media, self.unopened, self.actions))

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
    """
    Return the attachments that show something, each followed by those within it.

    Members of a wrong type count as absent.
    """
    return list(_read_all(given, picture_url, _MAX_DEPTH))


def _read_all(given: Any, picture_url: PictureUrl, depth: int) -> Iterator[Attachment]:
    for item in given if isinstance(given, Sequence) else ():
        if not isinstance(item, Mapping):
            continue
        attachment = _read(item, picture_url)
        if not attachment.is_empty:
            yield attachment
        if depth and isinstance(item.get("attachments"), list):
            yield from _read_all(item["attachments"], picture_url, depth - 1)


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
    if Feature.THUMB in wanted and attachment.thumb_url not in (None, attachment.image_url):
        page.line(Span("Image", url=attachment.thumb_url))
    if Feature.MEDIA in wanted:
        for medium in attachment.links:
            page.line(Span(medium.kind.capitalize(), url=medium.url))
    if Feature.UNOPENED in wanted:
        for address in attachment.unopened:
            page.line(address)
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
    return _SEPARATOR.join(filter(None, (attachment.footer, moment)))


def _read(item: Mapping[str, Any], picture_url: PictureUrl) -> Attachment:
    read = _read_shown(item, picture_url)
    return replace(read, text=text_of(item, "fallback")) if read.is_empty else read


def _read_shown(item: Mapping[str, Any], picture_url: PictureUrl) -> Attachment:
    urls = {name: web_url(item.get(name)) for name in _ADDRESSES}
    pictures = {name: picture_url(item.get(name)) for name in ("image_url", "thumb_url")}
    author_link = urls["author_link"] or urls["message_link"]
    title_link, download = urls["title_link"], item.get("title_link_download") is True
    media = (
        ("audio", urls["audio_url"]),
        ("video", urls["video_url"]),
        ("file", title_link if download else None),
    )
    unopened = [
        f"{label}: {item[name].strip()}"
        for name, label in _ADDRESSES.items()
        if not (urls[name] or pictures.get(name)) and is_only_text(item.get(name))
    ]
    actions, unopened_actions = _read_actions(item, urls["message_link"], author_link)
    return Attachment(
        color=text_of(item, "color") or None,
        pretext=text_of(item, "pretext"),
        author_name=text_of(item, "author_name") or author_link or "",
        author_link=author_link,
        author_icon=picture_url(item.get("author_icon")),
        title=text_of(item, "title") or (title_link if title_link and not download else ""),
        title_link=title_link,
        text="\n\n".join(filter(None, (text_of(item, "text"), text_of(item, "description")))),
        fields=tuple(
            field
            for field in map(_read_field, objects_of(item, "fields"))
            if field.title or field.value
        ),
        image_url=pictures["image_url"],
        thumb_url=pictures["thumb_url"],
        media=tuple(Medium(kind, url) for kind, url in media if url),
        unopened=(*unopened, *unopened_actions),
        actions=actions,
        footer=_footer(item),
        footer_icon=picture_url(item.get("footer_icon")),
        ts=read_time(item.get("ts")),
        fallback=text_of(item, "fallback"),
    )


def _read_field(field: Mapping[str, Any]) -> AttachedField:
    return AttachedField(
        text_of(field, "title"), text_of(field, "value"), field.get("short") is True
    )


def _read_actions(
    item: Mapping[str, Any], message_link: str | None, author_link: str | None
) -> tuple[tuple[Action, ...], list[str]]:
    """Return the buttons, and what of them is text only."""
    found: list[Action] = []
    texts: list[str] = []
    for given in objects_of(item, "actions"):
        text, msg, url = text_of(given, "text"), text_of(given, "msg"), web_url(given.get("url"))
        if text or url or msg:
            found.append(Action(text, url, "" if url else msg))
        if url and msg and msg != text:
            # It opens its address, and says nothing.
            texts.append(msg)
        if picture := web_url(given.get("image_url")):
            found.append(Action("Image", picture, ""))
        texts += [
            f"{label}: {given[name].strip()}"
            for name, label in (("url", text or "Link"), ("image_url", "Image"))
            if not web_url(given.get(name)) and is_only_text(given.get(name))
        ]
    if message_link and message_link != author_link:
        found.append(Action("Message", message_link, ""))
    return tuple(found), texts


def _footer(item: Mapping[str, Any]) -> str:
    """Return the footer, with a time beside it that is none: `soon`."""
    given = item.get("ts")
    words = text_of(item, "ts") if isinstance(given, str) and read_time(given) is None else ""
    return _SEPARATOR.join(filter(None, (text_of(item, "footer"), words)))
