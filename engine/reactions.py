"""Reactions to messages: which emoji they may be, and who has reacted with which."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.errors import ChatError
from engine.markup import emoji_character

#: More than anybody reads; a message is read whole each time its room is shown.
MAX_EMOJI = 40
MAX_USERS = 200
_MAX_NAME_CHARS = 60
_NOT_ALLOWED = "error-not-allowed"


def shortcode(given: str) -> str:
    """
    Return an emoji's name with its colons, as reactions are stored.

    :raise ChatError: when there is no emoji of that name (Rocket.Chat's `executeSetReaction`).
    """
    name = given.replace(":", "").strip().lower()
    # A character is not a name: the same emoji would be there twice.
    if len(name) > _MAX_NAME_CHARS or not name.isascii() or emoji_character(name) is None:
        raise ChatError(_NOT_ALLOWED, "Invalid emoji provided.")
    return f":{name}:"


def changed(
    before: Mapping[str, Any] | None, emoji: str, username: str, should_react: bool | None
) -> dict[str, Any] | None:
    """
    Return what reactions become, or None when they stay as they are.

    Without `should_react` a reaction is added or, when it is there, taken back.

    :raise ChatError: when there would be too many.
    """
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
