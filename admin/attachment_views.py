"""Attachments of messages -> what the templates need to show them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from admin.colours import css_colour
from admin.markup import MAX_MARKED_UP_CHARS, to_html
from engine.addresses import (
    MAX_DATA_CHARS,
    as_browsers_read,
    data_media_type,
    is_data_url,
    is_safe_url,
    picture_of,
)
from engine.blanks import is_blank
from engine.markup import safe_url
from engine.times import iso, read_time

#: Of a message, and of an attachment; the rest is counted, not shown.
MAX_ATTACHMENTS = 20
_MAX_FIELDS = 40
#: Slack's blocks have so many buttons beside each other.
_MAX_ACTIONS = 25
#: Attachments within attachments: of one message, and how deep.
_MAX_INNER = 100
_MAX_DEPTH = 20
TITLE_CHARS = 500
#: Addresses of an attachment, in words where nobody can follow them here: `data:`, or `/here.png`.
_LINKS = {
    "author_link": "Author's link",
    "message_link": "Message",
    "title_link": "Title's link",
    "audio_url": "Audio",
    "video_url": "Video",
    "thumb_url": "Picture",
    "image_url": "Picture",
}


@dataclass(frozen=True, slots=True)
class Field:
    title: str
    value: Markup
    short: bool


@dataclass(frozen=True, slots=True)
class Action:
    text: str
    url: str | None
    image_url: str | None


@dataclass(frozen=True, slots=True)
class Attachment:
    colour: str | None
    pretext: Markup
    author_name: str
    author_link: str | None
    author_icon: str | None
    title: str
    title_link: str | None
    text: Markup
    thumb_url: str | None
    image_url: str | None
    #: What the image leads to: nothing when it is in the message itself.
    image_link: str | None
    audio_url: str | None
    video_url: str | None
    footer: str
    ts: str | None
    collapsed: bool
    fields: list[Field]
    actions: list[Action]
    #: Addresses in words, of what is neither opened nor shown.
    unshown: list[str] = field(default_factory=list)
    #: Those within it.
    attachments: list[Attachment] = field(default_factory=list)
    #: How many fields, actions and attachments within it are left out.
    more: int = 0
    more_attachments: int = 0

    @property
    def has_body(self) -> bool:
        """Whether there is anything below the title."""
        return bool(
            self.text
            or self.thumb_url
            or self.image_url
            or self.audio_url
            or self.video_url
            or self.fields
            or self.actions
            or self.unshown
        )


#: Of an attachment with none of these only `fallback` can be shown.
_SHOWN = (
    *("pretext", "author_name", "title", "title_link", "text", "description", "footer"),
    *("fields", "actions", "thumb_url", "image_url", "audio_url", "video_url", "attachments"),
)


@dataclass(slots=True)
class Writer:
    """Renders the texts of one message, and stops reading markup when that has cost enough."""

    left: int = 2 * MAX_MARKED_UP_CHARS
    #: How many more attachments within attachments are shown.
    left_inner: int = _MAX_INNER

    def html(self, text: Any) -> Markup:
        text = text_of(text)
        self.left -= len(text)
        return to_html(text, plain=self.left < 0)

    def block_html(self, text: str, is_markdown: bool) -> Markup:
        return self.html(text) if is_markdown else to_html(text, plain=True)


def attachment_view(item: Mapping[str, Any], writer: Writer, depth: int = 0) -> Attachment:
    """
    Return an attachment ready to be shown, and those within it.

    Every member may be of any type: what is of the wrong one is left out.
    """
    fields = mappings(item.get("fields"))
    title_link = _link(item.get("title_link"))
    message_link = _link(item.get("message_link"))
    author_link = _link(item.get("author_link")) or message_link
    actions = [_action(one) for one in mappings(item.get("actions"))]
    if message_link and message_link != author_link:
        actions.append(Action("Message", message_link, None))
    author_name = line_of(item.get("author_name")) or (author_link or "")
    return Attachment(
        colour=css_colour(item.get("color")),
        pretext=writer.html(item.get("pretext")),
        author_name=author_name,
        author_link=author_link,
        author_icon=picture(item.get("author_icon")),
        title=line_of(item.get("title")) or (title_link or ""),
        title_link=title_link,
        text=writer.html(_said(item)),
        thumb_url=picture(item.get("thumb_url")),
        image_url=picture(item.get("image_url")),
        image_link=_link(item.get("image_url"), mailto=False),
        audio_url=_link(item.get("audio_url"), mailto=False),
        video_url=_link(item.get("video_url"), mailto=False),
        footer=line_of(item.get("footer")),
        ts=moment_of(item.get("ts")),
        collapsed=item.get("collapsed") is True,
        fields=[_field(one, writer) for one in fields[:_MAX_FIELDS]],
        actions=actions[:_MAX_ACTIONS],
        unshown=list(_unshown(item)),
        more=max(0, len(fields) - _MAX_FIELDS) + max(0, len(actions) - _MAX_ACTIONS),
        **_inner(item, writer, depth),
    )


def _inner(item: Mapping[str, Any], writer: Writer, depth: int) -> dict[str, Any]:
    given = mappings(item.get("attachments"))
    shown = given[: min(MAX_ATTACHMENTS, writer.left_inner)] if depth < _MAX_DEPTH else []
    writer.left_inner -= len(shown)
    return {
        "attachments": [attachment_view(one, writer, depth + 1) for one in shown],
        "more_attachments": len(given) - len(shown),
    }


def _field(given: Mapping[str, Any], writer: Writer) -> Field:
    value = writer.html(given.get("value"))
    return Field(line_of(given.get("title")), value, given.get("short") is True)


def _action(given: Mapping[str, Any]) -> Action:
    label = line_of(given.get("text")) or "Open"
    return Action(label, _link(given.get("url")), picture(given.get("image_url")))


def _said(item: Mapping[str, Any]) -> str:
    """Return an attachment's text and what describes it, or what stands for all of it."""
    if not any(map(item.get, _SHOWN)):
        return text_of(item.get("fallback"))
    texts = [text_of(item.get(name)) for name in ("text", "description")]
    return "\n\n".join(text for text in texts if not is_blank(text)) or texts[0]


def _link(value: Any, *, mailto: bool = True) -> str | None:
    """Return an address of a member that may be followed."""
    return safe_url(as_browsers_read(value), mailto=mailto) if isinstance(value, str) else None


def picture(value: Any) -> str | None:
    """
    Return what a picture is shown by: a web address, or its own data.

    The page's policy lets `<img>` show `data:` addresses, and nothing else follow them. They are
    written anew, so that none is of another type than those that are pictures.
    """
    if not isinstance(value, str) or not is_data_url(value):
        return _link(value, mailto=False)
    picture = picture_of(value) if len(value) <= MAX_DATA_CHARS else None
    return picture.url if picture else None


def _unshown(item: Mapping[str, Any]) -> Iterator[str]:
    for name, label in _LINKS.items():
        value = item.get(name)
        if not isinstance(value, str) or is_blank(value):
            continue
        if is_data_url(value):
            if name not in ("thumb_url", "image_url") or not picture(value):
                yield f"{label}: {data_media_type(value)}, {len(value):,} characters, not shown"
        elif _link(value) is None and is_safe_url(value, relative=True):
            yield f"{label}: {line_of(value)}"


def mappings(value: Any) -> Sequence[Mapping[str, Any]]:
    """Return the objects of a list, none for what is no list."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def text_of(value: Any) -> str:
    """Return a value as text; only texts, numbers and truth values say something."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else ""


def line_of(value: Any) -> str:
    """Return a value as a line, the rest of a long one left out."""
    text = " ".join(text_of(value).split())
    return text if len(text) <= TITLE_CHARS else text[:TITLE_CHARS] + "…"


def moment_of(value: Any) -> str | None:
    """Return a time as ISO text: it may be one already, or seconds or milliseconds since 1970."""
    found = read_time(value)
    return iso(found) if found is not None else None
