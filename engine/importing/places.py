"""Whom and where an imported integration names, and what of that is here."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from engine import rooms, users
from engine.errors import Invalid, NotFound
from engine.importing.found import KnownRoom

#: The id of Rocket.Chat's first room.
_GENERAL_ID = "GENERAL"


class CreateRooms(enum.StrEnum):
    """Which rooms that are missing here are made."""

    PUBLIC = "public"  #: those of which nothing says that they are private
    ALL = "all"
    NONE = "none"


class Places:
    """Settles the names of one integration; `created` are the rooms that were made for it."""

    def __init__(
        self, session: Session, known: Mapping[str, KnownRoom], create: CreateRooms
    ) -> None:
        self._session = session
        self._known = known
        self._create = create
        self.notes: list[str] = []
        self.created: list[str] = []

    def settle(self, given: dict[str, Any]) -> None:
        """Replace in an API body what has another name here."""
        if "username" in given:
            self._settle_user(given)
        given["channel"] = [self._target(one) for one in given["channel"]]
        if given.get("targetRoom"):
            given["targetRoom"] = self._target(given["targetRoom"])

    def _settle_user(self, given: dict[str, Any]) -> None:
        username = given.pop("username")
        user = users.find_by_username(self._session, username)
        if user is not None and user.active:
            given["username"] = username
            return
        given["username"] = users.BOT_USERNAME
        if not username:
            return
        given["alias"] = given.get("alias") or username
        self.notes.append(
            f"it posts as {users.BOT_USERNAME}, shown as {given['alias']}: "
            f"there is no {'active ' if user else ''}user {username} here"
        )

    def _target(self, target: str) -> str:
        if target.startswith("@") and users.find(self._session, target[1:]) is None:
            self.notes.append(f"there is no user {target} here: nothing can be posted to them yet")
        return self._room(target) if target.startswith("#") else target

    def _room(self, target: str) -> str:
        wanted = target[1:]
        if self._is_here(wanted):
            return target
        known = self._known.get(wanted)
        name = known.name if known else rooms.GENERAL if wanted == _GENERAL_ID else wanted
        if name != wanted and self._is_here(name):
            return f"#{name}"
        private = known is not None and known.private
        if self._create is CreateRooms.NONE or (private and self._create is not CreateRooms.ALL):
            kind = "private room" if private else "room"
            self.notes.append(f"there is no {kind} #{name} here: nothing can be posted to it yet")
            return f"#{name}"
        try:
            rooms.create_channel(self._session, name, private=private)
            self._session.flush()
            self.created.append(f"#{name}")
        except Invalid as exc:
            self.notes.append(f"the room #{name} cannot be made: {exc}")
        return f"#{name}"

    def _is_here(self, id_or_name: str) -> bool:
        try:
            rooms.get(self._session, id_or_name)
        except NotFound:
            return False
        return True
