"""What callers and scripts may decide beside the text: name, picture, room (wire.md 2.1, "Overrides")."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.addresses import is_acceptable_url
from engine.dialects.base import CHANNEL_LOCKED, Rules
from engine.dialects.slacktext import said, split
from engine.errors import ChatError

#: Rocket.Chat's own members, which a script may use.
_OF_SCRIPTS = ("alias", "avatar", "emoji", "tmid", "tshow", "customFields", "parseUrls")


def of_script(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a script says in Rocket.Chat's words."""
    return {name: content[name] for name in _OF_SCRIPTS if name in content}


def identity(
    content: Mapping[str, Any], rules: Rules, *, scripted: bool, default_name: str = ""
) -> dict[str, Any]:
    """Return name and picture, where they may be chosen; an emoji replaces the picture."""
    chosen: dict[str, Any] = {}
    if scripted or rules.username_override:
        name = content.get("username") or content.get("alias") or rules.alias or default_name
        if name:
            chosen["username"] = name
    if scripted or rules.icon_override:
        emoji = said(content.get("icon_emoji")).strip().strip(":")
        url = said(content.get("icon_url")).strip()
        if emoji:
            chosen["icon_emoji"] = f":{emoji}:"
        elif is_acceptable_url(url):
            chosen["icon_url"] = url
    return chosen


def channel(content: Mapping[str, Any], rules: Rules) -> Any:
    """
    Return where it is to go, None for the integration's own rooms; a bare name is a room's.

    :raise ChatError: when it is another room, and the integration is locked to its own.
    """
    wanted = content.get("channel") or content.get("roomId")
    if isinstance(wanted, str):
        wanted = wanted.strip()
        wanted = wanted if wanted.startswith(("#", "@")) or not wanted else f"#{wanted}"
    listed = wanted if isinstance(wanted, list) else [wanted]
    if wanted and rules.channel_locked and any(one not in rules.channels for one in listed):
        raise ChatError(CHANNEL_LOCKED, f"it asks for {wanted}, and is locked to its own channel")
    return wanted


def spread(
    common: Mapping[str, Any], text: str, attachments: Sequence[Mapping[str, Any]], rules: Rules
) -> list[dict[str, Any]]:
    """Return contents for a text, more than one when it is long; attachments go with the last."""
    made: list[dict[str, Any]] = [
        {**common, "text": piece} for piece in split(text, rules.max_chars)
    ]
    if attachments:
        made[-1]["attachments"] = list(attachments)
    return made
