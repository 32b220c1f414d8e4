"""What an integration posts to, checked when it is saved: rooms and users that are there, or rooms to be made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from engine import fields, targets
from engine.destinations import ROOMS
from engine.models import Integration, IntegrationType, Room
from engine.outgoing import settings as outgoing_settings


def check(session: Session, integration: Integration, given: Mapping[str, Any]) -> list[Room]:
    """
    Let rooms and users pass that are there; return the rooms made because `createRooms` says so.

    Only what is given is looked at. Of an integration that posts to other systems alone, the
    channels are theirs.

    :raise UnknownTargets: when some are not there (Rocket.Chat's `error-invalid-room`).
    """
    wanted = given.get("createRooms", False)
    if isinstance(wanted, list):
        wanted = fields.strings(wanted, "createRooms")
    else:
        wanted = fields.flag(wanted, "createRooms")
    made: list[Room] = []
    for name, named in _named(integration).items():
        if name in given or "destinations" in given:
            made += targets.create_rooms(session, named, wanted)
            targets.require(session, named, name)
    return made


def _named(integration: Integration) -> dict[str, list[str]]:
    """Return field -> the rooms and users of this chat that it posts to."""
    posts_to_rooms = ROOMS in integration.destinations
    if integration.type == IntegrationType.INCOMING:
        return {"channel": integration.channels if posts_to_rooms else []}
    # Its `channel` says what it listens to, which may be made later: `roomCreated` waits for just that.
    target = outgoing_settings.of(integration)["targetRoom"]
    return {"targetRoom": [target] if target and posts_to_rooms else []}
