"""A message -> what the templates need to show it: text as safe HTML, addresses checked, times read."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from markupsafe import Markup

from admin.attachment_views import (
    MAX_ATTACHMENTS,
    TITLE_CHARS,
    Attachment,
    Writer,
    attachment_view,
    line_of,
    mappings,
    moment_of,
    picture,
    text_of,
)
from admin.block_views import BlockReader, BlockView
from admin.markup import to_html
from engine.emoji import emoji_character
from engine.models import Message
from engine.rooms import message_as_dict
from engine.uikit import blocks

_MAX_REACTIONS = 40
#: How many of those who reacted are named.
_MAX_NAMED = 10
_TILES = 8
_PREVIEW_CHARS = 400
#: The members of an attachment that say what it is about, the best first.
_SAYING = ("title", "text", "pretext", "description", "fallback")


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
    return f"{line_of(message.alias) or message.user_name or message.username}: {said}"


def excerpt(message: Mapping[str, Any]) -> str:
    """Return what a message of Rocket.Chat's form says in a line, without markup."""
    attachments = mappings(message.get("attachments"))
    said = blocks.excerpt(message.get("blocks"))
    texts = [
        message.get("msg"),
        said,
        *(one.get(name) for one in attachments[:1] for name in _SAYING),
    ]
    text = next((text for text in map(text_of, texts) if text.strip()), "")
    return line_of(to_html(text[:_PREVIEW_CHARS]).striptags()) or "(empty message)"


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
    username = line_of(user.get("username"))
    name = line_of(message.get("alias")) or line_of(user.get("name")) or username or "somebody"
    avatar_url = picture(message.get("avatar"))
    avatar_emoji = None if avatar_url else emoji_character(message.get("emoji"))
    given = message.get("attachments")
    attachments = (
        [item for item in given if isinstance(item, Mapping)] if isinstance(given, list) else []
    )
    writer = Writer()
    html = writer.html(message.get("msg"))
    shown, more_blocks = BlockReader(writer.block_html, picture, line_of).views(
        message.get("blocks")
    )
    return MessageView(
        id=line_of(message.get("_id")),
        name=name,
        username=username,
        sender="\n".join((name, username, _short(avatar_url or avatar_emoji or ""))),
        avatar_url=avatar_url,
        avatar_emoji=avatar_emoji,
        letter=next((char for char in name if char.isalnum()), "?").upper(),
        tile=zlib.crc32(name.encode("utf-8", "replace")) % _TILES,
        is_bot=bool(message.get("bot")),
        ts=moment_of(message.get("ts")),
        html=html,
        blocks=shown,
        more_blocks=more_blocks,
        attachments=[attachment_view(item, writer) for item in attachments[:MAX_ATTACHMENTS]],
        more_attachments=max(0, len(attachments) - MAX_ATTACHMENTS),
        execution_id=execution_id,
        edited_at=moment_of(message.get("editedAt")),
        edited_by=line_of(_mapping(message.get("editedBy")).get("username")),
        reactions=_reactions(message.get("reactions")),
    )


def _reactions(value: Any) -> list[Reaction]:
    found = []
    for name, its in list(_mapping(value).items())[:_MAX_REACTIONS]:
        given = _mapping(its).get("usernames")
        usernames = [line_of(one) for one in given] if isinstance(given, list) else []
        if not usernames:
            continue
        who = ", ".join(f"@{one}" for one in usernames[:_MAX_NAMED])
        if (more := len(usernames) - _MAX_NAMED) > 0:
            who += f" and {more} more"
        label = f"{line_of(name).strip(':')}: {who}"
        found.append(Reaction(emoji_character(name) or line_of(name), len(usernames), label))
    return found


def _short(text: str) -> str:
    """Return a text, or what tells a long one from others."""
    return text if len(text) <= TITLE_CHARS else str(zlib.crc32(text.encode("utf-8", "replace")))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
