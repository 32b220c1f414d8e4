"""Reactions to messages: which emoji they may be, and who has reacted with which."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.emoji import MAX_NAME_CHARS, emoji_character, rocket_name
from engine.errors import ChatError

#: More than anybody reads; a message is read whole each time its room is shown.
MAX_EMOJI = 40
MAX_USERS = 200
_NOT_ALLOWED = "error-not-allowed"


def shortcode(given: str) -> str:
    """
    Return an emoji's name with its colons, as reactions are stored.

    :raise ChatError: when there is no emoji of that name (Rocket.Chat's `executeSetReaction`).
    """
    # Slack's `wave::skin-tone-2` has no name of that form in Rocket.Chat.
    name, _, tone = given.strip().strip(":").lower().partition("::")
    name = name.replace(":", "").strip()
    known = len(name) <= MAX_NAME_CHARS and name.isascii()
    character = emoji_character(f"{name}::{tone}" if tone else name) if known else None
    if tone and character:
        name = rocket_name(character) or ""
    # A character is not a name.
    if not name or character is None:
        raise ChatError(_NOT_ALLOWED, "Invalid emoji provided.")
    return f":{name}:"


def changed(
    before: Mapping[str, Any] | None, emoji: str, username: str, should_react: bool | None
) -> dict[str, Any] | None:
    """
    Return what reactions become, or None when they stay as they are.

    Without `should_react` a reaction is added or, when it is there, taken back. Who reacts with a
    picture that is there under another name, `:+1:` for `:thumbsup:`, joins in with that.

    :raise ChatError: when there would be too many.
    """
    emoji = _name_among(before or {}, emoji)
    after = {name: {"usernames": list(its["usernames"])} for name, its in (before or {}).items()}
    usernames = after.get(emoji, {"usernames": []})["usernames"]
    reacts = username in usernames
    if should_react is reacts:
        return None
    if reacts:
        usernames.remove(username)
        if not usernames:
            del after[emoji]
        return after
    if len(usernames) >= MAX_USERS:
        raise ChatError(_NOT_ALLOWED, f"{MAX_USERS} people have reacted with {emoji} already")
    if emoji not in after and len(after) >= MAX_EMOJI:
        raise ChatError(_NOT_ALLOWED, f"The message has {MAX_EMOJI} different reactions already")
    after[emoji] = {"usernames": [*usernames, username]}
    return after


def _name_among(names: Mapping[str, Any], emoji: str) -> str:
    if emoji in names:
        return emoji
    character = emoji_character(emoji)
    return next((name for name in names if emoji_character(name) == character), emoji)
