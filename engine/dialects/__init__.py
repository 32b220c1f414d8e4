"""
Other systems' hooks, imitated: how their callers' bodies are read, what these mean, and what is answered.

Each dialect is a leaf that takes plain arguments; `base` says what it has to do. All that goes
wrong is said in Rocket.Chat's words first (`engine.answers`) and translated at the very end.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.dialects.base import Dialect, Done, Failed, Rules, Sent
from engine.dialects.googlechat import GoogleChat
from engine.dialects.mattermost import KChat, Mattermost
from engine.dialects.rocketchat import RocketChat
from engine.dialects.slack import Slack

ROCKETCHAT = "rocketchat"

_DIALECTS: Mapping[str, Dialect] = {
    ROCKETCHAT: RocketChat(),
    "mattermost": Mattermost(),
    "kchat": KChat(),
    "slack": Slack(),
    "googlechat": GoogleChat(),
}
#: The dialect in which an address without an id speaks -> those whose integrations it finds.
FOUND_BY_TOKEN: Mapping[str, tuple[str, ...]] = {
    "mattermost": ("mattermost", "kchat", "slack"),
    "slack": ("slack",),
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


def switches(options: Mapping[str, bool]) -> dict[str, bool]:
    """Return every switch, as an integration has set it."""
    return {name: bool(options.get(name, default)) for name, default in SWITCHES.items()}


__all__ = [
    "FOUND_BY_TOKEN",
    "ROCKETCHAT",
    "SWITCHES",
    "Dialect",
    "Done",
    "Failed",
    "Rules",
    "Sent",
    "of",
    "switches",
]
