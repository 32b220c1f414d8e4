"""What happens in the chat -> the calls that outgoing integrations are to make for it, stored with it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, MutableMapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine import room_details, users
from engine.cache import ReadCache
from engine.db import Database, utcnow
from engine.ids import new_sortable_id
from engine.journal import Entry, NotStored, why_not_stored
from engine.models import Integration, IntegrationType, Room, RoomType, User
from engine.outgoing import matching, occasion
from engine.outgoing.matching import Said, Trigger, Watching
from engine.outgoing.occasion import Occasion, Place
from engine.outgoing.tables import OutgoingCall
from engine.settings import Settings
from engine.times import iso
from engine.vault import Vault


class CallBell:
    """Wakes whoever makes calls in this process; where nobody does, another process looks by itself."""

    def __init__(self) -> None:
        self._rung = threading.Event()

    def ring(self) -> None:
        """Say that there may be calls to make."""
        self._rung.set()

    def wait(self, timeout_s: float) -> None:
        """Return when it was rung since the last time, or after the timeout."""
        self._rung.wait(timeout_s)
        self._rung.clear()


@dataclass(frozen=True, slots=True)
class Ringing:
    """To be rung when what was announced is stored."""

    bell: CallBell | None = None

    def ring(self) -> None:
        """Have the calls made that were stored, if there are any."""
        if self.bell is not None:
            self.bell.ring()


class Triggers:
    """Finds who waits for what happens; for an installation without outgoing integrations, one look-up."""

    def __init__(
        self, settings: Settings, database: Database, vault: Vault, bell: CallBell
    ) -> None:
        self._settings = settings
        self._database = database
        self._vault = vault
        self._bell = bell
        self._cache = ReadCache(database)

    def announce(
        self,
        entry: Entry,
        rows: Sequence[MutableMapping[str, Any]],
        *,
        edited: bool = False,
        hops: int = 0,
    ) -> Ringing:
        """
        Add the calls for messages to the entry that stores them; ring what is returned afterwards.

        The rows are those of `Message`, and are stored with the `hops` that are given here.

        :raise NotStored: when the database cannot be asked.
        """
        for row in rows:
            row["hops"] = max(row.get("hops") or 0, hops)
        if not rows or not (watching := self._watching()):
            return Ringing()
        try:
            calls = [call for row in rows for call in self._calls_for(watching, row, edited=edited)]
        except sa.exc.SQLAlchemyError as exc:
            raise NotStored(why_not_stored(exc)) from exc
        for call in calls:
            entry.add(OutgoingCall, call)
        return Ringing(self._bell if calls else None)

    def announce_room(
        self, session: Session, event: str, room: Room, user: User, *, hops: int = 0
    ) -> Ringing:
        """Add the calls for what became of a room to the transaction in which it did."""
        if not self._watching().get(event):
            return Ringing()
        shown = room_details.as_dict(session, room)
        found = occasion.of_room(event, room, user, iso(utcnow()), shown)
        return self._announce(session, replace(found, hops=hops), Place(room))

    def announce_user(self, session: Session, user: User, *, hops: int = 0) -> Ringing:
        """Add the calls for a new user to the transaction that adds it."""
        found = occasion.of_user(user, iso(utcnow()))
        return self._announce(session, replace(found, hops=hops), None)

    # -- steps ----------------------------------------------------------------------------

    def _announce(self, session: Session, found: Occasion, place: Place | None) -> Ringing:
        triggers = self._watching().get(found.event, ())
        calls = [
            call
            for trigger in triggers
            if matching.is_for(trigger, place, None)
            for call in self._rows(trigger, found)
        ]
        session.add_all([OutgoingCall(**call) for call in calls])
        return Ringing(self._bell if calls else None)

    def _watching(self) -> Watching:
        found = self._cache.get(("outgoing",), self._read)
        assert found is not None  # noqa: S101 - it is at least empty
        return found

    def _read(self) -> Watching:
        try:
            with self._database.read() as session:
                return matching.watching(
                    session.scalars(
                        sa.select(Integration)
                        .where(
                            Integration.type == IntegrationType.OUTGOING,
                            Integration.enabled.is_(True),
                        )
                        .order_by(Integration.created_at, Integration.id)
                    )
                )
        except sa.exc.SQLAlchemyError as exc:
            raise NotStored(why_not_stored(exc)) from exc

    def _calls_for(
        self, watching: Watching, row: MutableMapping[str, Any], *, edited: bool
    ) -> Iterator[dict[str, Any]]:
        events = ["sendMessage"]
        if not edited and occasion.has_file(row["attachments"]):
            events.append("fileUploaded")
        said = Said(row["msg"], row["user_id"], row.get("integration_id"), edited)
        for event in events:
            for trigger in watching.get(event, ()):
                # The words first: they cost nothing, and most messages have none of them.
                word = matching.word_of(trigger, said.text)
                if word is None:
                    continue
                place = self._place(row["room_id"])
                if place is None or not matching.is_for(trigger, place, said):
                    continue
                found = occasion.of_message(
                    event,
                    row,
                    place.room,
                    self._settings.base_url,
                    edited=edited,
                    along=self._along(row, place.room) if event == "fileUploaded" else None,
                )
                yield from self._rows(trigger, replace(found, word=word or None))

    def _along(self, row: MutableMapping[str, Any], room: Room) -> dict[str, Any]:
        with self._database.read() as session:
            user = session.get(User, row["user_id"])
            shown = room_details.as_dict(session, room)
            return {"user": users.as_dict(user) if user else None, "room": shown}

    def _place(self, room_id: str) -> Place | None:
        def read() -> Place | None:
            with self._database.read() as session:
                room = session.get(Room, room_id)
                if room is None:
                    return None
                people: list[tuple[str, str]] = []
                if room.type == RoomType.DIRECT:
                    rows = session.execute(
                        sa.select(User.id, User.username).where(User.id.in_(room.user_ids))
                    )
                    people = [(user_id, username) for user_id, username in rows]
                return Place(room, people)

        return self._cache.get(("place", room_id), read)

    def _rows(self, trigger: Trigger, found: Occasion) -> Iterator[dict[str, Any]]:
        sealed = occasion.seal(self._vault, found)
        # Rocket.Chat calls one after the other, Mattermost all at the same time.
        several = [[url] for url in trigger.urls] if trigger.is_mattermost else [list(trigger.urls)]
        for urls in several:
            yield call_row(trigger.integration_id, sealed, urls)


def call_row(integration_id: str, sealed: bytes, urls: list[str]) -> dict[str, Any]:
    """Return a row of `OutgoingCall` that is due at once."""
    now = utcnow()
    return {
        "id": new_sortable_id(),
        "integration_id": integration_id,
        "occasion": sealed,
        "urls": urls,
        "tries": 0,
        "said": False,
        "created_at": now,
        "next_at": now,
        "lease_owner": None,
        "lease_until": None,
        "replay_of": None,
    }
