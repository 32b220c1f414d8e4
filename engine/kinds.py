"""The kinds of users, rooms and integrations, as they are stored."""

from __future__ import annotations

import enum


class UserType(enum.StrEnum):
    PERSON = "user"  #: somebody who may log in
    BOT = "bot"  #: a name that integrations post as


class RoomType(enum.StrEnum):
    CHANNEL = "c"  #: open to everybody
    PRIVATE = "p"  #: for its members
    DIRECT = "d"  #: between two users


class IntegrationType(enum.StrEnum):
    INCOMING = "webhook-incoming"
    OUTGOING = "webhook-outgoing"


class Lifecycle(enum.StrEnum):
    PER_REQUEST = "per-request"  #: a fresh sandbox for every request
    KEPT = "kept"  #: one Script instance stays in memory, as in Rocket.Chat


class Dialect(enum.StrEnum):
    """Whose callers an integration answers."""

    ROCKETCHAT = "rocketchat"
    MATTERMOST = "mattermost"
    KCHAT = "kchat"
    SLACK = "slack"
    GOOGLECHAT = "googlechat"
    UCHAT = "uchat"
