"""A message -> what the templates need to show it: text as safe HTML, addresses checked, times read."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from markupsafe import Markup

from admin.block_views import BlockReader, BlockView
from admin.colours import css_colour
from admin.markup import MAX_MARKED_UP_CHARS, to_html
from engine.addresses import MAX_DATA_CHARS, data_media_type, is_data_url, picture_of
from engine.emoji import emoji_character
from engine.markup import safe_url
from engine.models import Message
from engine.rooms import message_as_dict
from engine.times import iso, read_time
from engine.uikit import blocks

#: A message with more of them is an accident; the rest is counted, not shown.
_MAX_ATTACHMENTS = 20
_MAX_FIELDS = 40
_MAX_ACTIONS = 10
_MAX_REACTIONS = 40
#: How many of those who reacted are named.
_MAX_NAMED = 10
_TITLE_CHARS = 500
_TILES = 8
_PREVIEW_CHARS = 400
#: The members of an attachment that say what it is about, the best first.
_SAYING = ("title", "text", "pretext", "fallback")
#: Members of an attachment that nobody can follow or play when the address is a `data:` one.
_DATA_LINKS = {
    "author_link": "Author's link",
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
    #: `data:` addresses in words, of what is neither opened nor shown.
    unshown: list[str] = field(default_factory=list)
    #: How many fields and actions are left out.
    more: int = 0

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


@dataclass(frozen=True, slots=True)
class Reaction:
    """An emoji, how many reacted with it, and who, in words."""

    emoji: str
    count: int
    label: str


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message ready to be shown; consecutive ones with the same `sender` are grouped."""

    id: str
    name: str
    username: str
    sender: str
    avatar_url: str | None
    avatar_emoji: str | None
    letter: str
    tile: int
    is_bot: bool
    ts: str | None
    html: Markup
    blocks: list[BlockView] = field(default_factory=list)
    more_blocks: int = 0
    attachments: list[Attachment] = field(default_factory=list)
    more_attachments: int = 0
    execution_id: str | None = None
    #: When its text was changed, and by whom.
    edited_at: str | None = None
    edited_by: str = ""
    reactions: list[Reaction] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not self.html and not self.attachments and not self.blocks


def install(app: Flask) -> None:
    """Make `message_view` known to templates: `{{ message | message_view }}`."""
    app.add_template_filter(message_view, "message_view")


def view_of_row(message: Message) -> MessageView:
    """Return a stored message ready to be shown, with the execution it came of."""
    return message_view(message_as_dict(message), execution_id=message.execution_id)


def preview(message: Message) -> str:
    """Return who said what in a line, without markup."""
    said = excerpt(message_as_dict(message))
    return f"{_line(message.alias) or message.user_name or message.username}: {said}"


def excerpt(message: Mapping[str, Any]) -> str:
    """Return what a message of Rocket.Chat's form says in a line, without markup."""
    attachments = _mappings(message.get("attachments"))
    said = blocks.excerpt(message.get("blocks"))
    texts = [
        message.get("msg"),
        said,
        *(one.get(name) for one in attachments[:1] for name in _SAYING),
    ]
    text = next((text for text in map(_text, texts) if text.strip()), "")
    return _line(to_html(text[:_PREVIEW_CHARS]).striptags()) or "(empty message)"


def message_view(
    message: Mapping[str, Any] | MessageView, execution_id: str | None = None
) -> MessageView:
    """
    Return a message of Rocket.Chat's form ready to be shown.

    Every member may be of any type: what is of the wrong one is left out.
    """
    if isinstance(message, MessageView):
        return message
    user = _mapping(message.get("u"))
    username = _line(user.get("username"))
    name = _line(message.get("alias")) or _line(user.get("name")) or username or "somebody"
    avatar_url = _picture(message.get("avatar"))
    avatar_emoji = None if avatar_url else emoji_character(message.get("emoji"))
    given = message.get("attachments")
    attachments = (
        [item for item in given if isinstance(item, Mapping)] if isinstance(given, list) else []
    )
    writer = _Writer()
    html = writer.html(message.get("msg"))
    shown, more_blocks = BlockReader(writer.block_html, _picture, _line).views(
        message.get("blocks")
    )
    return MessageView(
        id=_line(message.get("_id")),
        name=name,
        username=username,
        sender="\n".join((name, username, _short(avatar_url or avatar_emoji or ""))),
        avatar_url=avatar_url,
        avatar_emoji=avatar_emoji,
        letter=next((char for char in name if char.isalnum()), "?").upper(),
        tile=zlib.crc32(name.encode("utf-8", "replace")) % _TILES,
        is_bot=bool(message.get("bot")),
        ts=_moment(message.get("ts")),
        html=html,
        blocks=shown,
        more_blocks=more_blocks,
        attachments=[_attachment(item, writer) for item in attachments[:_MAX_ATTACHMENTS]],
        more_attachments=max(0, len(attachments) - _MAX_ATTACHMENTS),
        execution_id=execution_id,
        edited_at=_moment(message.get("editedAt")),
        edited_by=_line(_mapping(message.get("editedBy")).get("username")),
        reactions=_reactions(message.get("reactions")),
    )


#: Of an attachment with none of these only `fallback` can be shown.
_SHOWN = (
    *("pretext", "author_name", "title", "title_link", "text", "footer", "fields", "actions"),
    *("thumb_url", "image_url", "audio_url", "video_url"),
)


@dataclass(slots=True)
class _Writer:
    """Renders the texts of one message, and stops reading markup when that has cost enough."""

    left: int = 2 * MAX_MARKED_UP_CHARS

    def html(self, text: Any) -> Markup:
        text = _text(text)
        self.left -= len(text)
        return to_html(text, plain=self.left < 0)

    def block_html(self, text: str, is_markdown: bool) -> Markup:
        return self.html(text) if is_markdown else to_html(text, plain=True)


def _attachment(item: Mapping[str, Any], writer: _Writer) -> Attachment:
    fields = _mappings(item.get("fields"))
    actions = _mappings(item.get("actions"))
    title_link = safe_url(item.get("title_link"), mailto=True)
    return Attachment(
        colour=css_colour(item.get("color")),
        pretext=writer.html(item.get("pretext")),
        author_name=_line(item.get("author_name")),
        author_link=safe_url(item.get("author_link"), mailto=True),
        author_icon=_picture(item.get("author_icon")),
        title=_line(item.get("title")) or (title_link or ""),
        title_link=title_link,
        text=writer.html(item.get("text") if any(map(item.get, _SHOWN)) else item.get("fallback")),
        thumb_url=_picture(item.get("thumb_url")),
        image_url=_picture(item.get("image_url")),
        image_link=safe_url(item.get("image_url")),
        audio_url=safe_url(item.get("audio_url")),
        video_url=safe_url(item.get("video_url")),
        footer=_line(item.get("footer")),
        ts=_moment(item.get("ts")),
        collapsed=item.get("collapsed") is True,
        fields=[
            Field(_line(one.get("title")), writer.html(one.get("value")), one.get("short") is True)
            for one in fields[:_MAX_FIELDS]
        ],
        actions=[
            Action(
                _line(one.get("text")) or "Open",
                safe_url(one.get("url"), mailto=True),
                _picture(one.get("image_url")),
            )
            for one in actions[:_MAX_ACTIONS]
        ],
        unshown=list(_unshown(item)),
        more=max(0, len(fields) - _MAX_FIELDS) + max(0, len(actions) - _MAX_ACTIONS),
    )


def _reactions(value: Any) -> list[Reaction]:
    found = []
    for name, its in list(_mapping(value).items())[:_MAX_REACTIONS]:
        given = _mapping(its).get("usernames")
        usernames = [_line(one) for one in given] if isinstance(given, list) else []
        if not usernames:
            continue
        who = ", ".join(f"@{one}" for one in usernames[:_MAX_NAMED])
        if (more := len(usernames) - _MAX_NAMED) > 0:
            who += f" and {more} more"
        label = f"{_line(name).strip(':')}: {who}"
        found.append(Reaction(emoji_character(name) or _line(name), len(usernames), label))
    return found


def _picture(value: Any) -> str | None:
    """
    Return what a picture is shown by: a web address, or its own data.

    The page's policy lets `<img>` show `data:` addresses, and nothing else follow them. They are
    written anew, so that none is of another type than those that are pictures.
    """
    if not isinstance(value, str) or not is_data_url(value):
        return safe_url(value)
    picture = picture_of(value) if len(value) <= MAX_DATA_CHARS else None
    return picture.url if picture else None


def _unshown(item: Mapping[str, Any]) -> Iterator[str]:
    for name, label in _DATA_LINKS.items():
        value = item.get(name)
        if isinstance(value, str) and is_data_url(value):
            if name in ("thumb_url", "image_url") and _picture(value):
                continue
            yield f"{label}: {data_media_type(value)}, {len(value):,} characters, not shown"


def _short(text: str) -> str:
    """Return a text, or what tells a long one from others."""
    return text if len(text) <= _TITLE_CHARS else str(zlib.crc32(text.encode("utf-8", "replace")))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _mappings(value: Any) -> Sequence[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else ""


def _line(value: Any) -> str:
    text = " ".join(_text(value).split())
    return text if len(text) <= _TITLE_CHARS else text[:_TITLE_CHARS] + "…"


def _moment(value: Any) -> str | None:
    """Return a time as ISO text: it may be one already, or seconds or milliseconds since 1970."""
    found = read_time(value)
    return iso(found) if found is not None else None
