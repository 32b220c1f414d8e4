"""
Other systems' hooks, imitated: how their callers' bodies are read, what these mean, and what is answered.

Each dialect is a leaf that takes plain arguments; `base` says what it has to do. All that goes
wrong is said in Rocket.Chat's words first (`engine.answers`) and translated at the very end.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.dialects import uchat
from engine.dialects.base import Conversation, Dialect, Done, Failed, Rules, Sent
from engine.dialects.googlechat import GoogleChat
from engine.dialects.mattermost import KChat, Mattermost
from engine.dialects.rocketchat import RocketChat
from engine.dialects.slack import Slack
from engine.dialects.uchat import UChat

ROCKETCHAT = "rocketchat"
UCHAT = "uchat"

_DIALECTS: Mapping[str, Dialect] = {
    ROCKETCHAT: RocketChat(),
    "mattermost": Mattermost(),
    "kchat": KChat(),
    "slack": Slack(),
    "googlechat": GoogleChat(),
    UCHAT: UChat(),
}
#: The dialect in which an address without an id speaks -> those whose integrations it finds.
FOUND_BY_TOKEN: Mapping[str, tuple[str, ...]] = {
    "mattermost": ("mattermost", "kchat", "slack"),
    "slack": ("slack",),
    UCHAT: (UCHAT,),
}
#: What an integration lets its callers decide: name in the API -> what holds unless it says otherwise.
SWITCHES: Mapping[str, bool] = {
    "channelLocked": False,
    "usernameOverrideEnabled": True,
    "iconOverrideEnabled": True,
}


def of(name: str) -> Dialect:
    """Return a dialect; one that has none of its own yet speaks as Rocket.Chat does."""
    return _DIALECTS.get(name, _DIALECTS[ROCKETCHAT])


def conversation_of(name: str, content: Any) -> Conversation | None:
    """Return the conversation that a message belongs to, in dialects that have any."""
    return uchat.conversation_of(content) if name == UCHAT else None


def reply_of(name: str, response: Any, content: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what a script's `response` says to who was heard in `content`, in dialects where it can."""
    return uchat.reply_of(response, content) if name == UCHAT else None


def switches(options: Mapping[str, bool]) -> dict[str, bool]:
    """Return every switch, as an integration has set it."""
    return {name: bool(options.get(name, default)) for name, default in SWITCHES.items()}


__all__ = [
    "FOUND_BY_TOKEN",
    "ROCKETCHAT",
    "SWITCHES",
    "UCHAT",
    "Conversation",
    "Dialect",
    "Done",
    "Failed",
    "Rules",
    "Sent",
    "conversation_of",
    "of",
    "reply_of",
    "switches",
]
