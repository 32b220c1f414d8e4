"""Calls that are still to be made: taken under a lease, and gone with what came of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from engine.db import Database, utcnow
from engine.errors import EngineError
from engine.ids import new_sortable_id
from engine.journal import Entry
from engine.outgoing import occasion
from engine.outgoing.occasion import Occasion
from engine.outgoing.tables import OutgoingCall
from engine.outgoing.triggers import call_row
from engine.vault import Vault

#: How long a call is let alone whose process has died; a living one renews its leases sooner.
LEASE_S = 10.0


class LeaseLost(EngineError):
    """Another process has taken the call meanwhile: what came of it here is not stored."""


@dataclass(frozen=True, slots=True)
class Due:
    """A call that this process makes; `later` are the URLs that follow when this one was called."""

    id: str
    integration_id: str
    occasion: Occasion
    sealed: bytes
    url: str
    later: tuple[str, ...]
    tries: int
    said: bool
    created_at: dt.datetime
    replay_of: str | None


@dataclass(frozen=True, slots=True)
class CallLedger:
    """Reads and writes calls; `owner` tells this process from the others."""

    database: Database
    vault: Vault
    owner: str

    def waiting(self) -> list[str]:
        """Return the integrations that have calls to make which nobody makes."""
        now = utcnow()
        with self.database.read() as session:
            return list(
                session.scalars(
                    sa.select(OutgoingCall.integration_id)
                    .distinct()
                    .where(OutgoingCall.next_at <= now, _is_free(now))
                ).all()
            )

    def count(self) -> int:
        """Return how many calls are still to be made, or under way."""
        with self.database.read() as session:
            return session.scalar(sa.select(sa.func.count(OutgoingCall.id))) or 0

    def next_due(self) -> dt.datetime | None:
        """Return when the next call's time comes."""
        with self.database.read() as session:
            return session.scalar(
                sa.select(sa.func.min(OutgoingCall.next_at)).where(OutgoingCall.next_at > utcnow())
            )

    def claim(self, integration_id: str, count: int) -> list[Due]:
        """Take the oldest calls of an integration that are due, at most so many."""
        now = utcnow()
        with self.database.read() as session:
            ids = session.scalars(
                sa.select(OutgoingCall.id)
                .where(
                    OutgoingCall.integration_id == integration_id,
                    OutgoingCall.next_at <= now,
                    _is_free(now),
                )
                .order_by(OutgoingCall.next_at, OutgoingCall.id)
                .limit(count)
            ).all()
        return [due for call_id in ids if (due := self.take(call_id)) is not None]

    def take(self, call_id: str) -> Due | None:
        """Take one call, if nobody has it."""
        now = utcnow()
        with self.database.write_connection() as connection:
            taken = connection.execute(
                sa.update(OutgoingCall)
                .where(OutgoingCall.id == call_id, OutgoingCall.next_at <= now, _is_free(now))
                .values(lease_owner=self.owner, lease_until=_lease_end())
            )
            if taken.rowcount != 1:
                return None
        with self.database.read() as session:
            row = session.get(OutgoingCall, call_id)
        if row is None:
            return None
        return Due(
            row.id,
            row.integration_id,
            occasion.unseal(self.vault, row.occasion),
            row.occasion,
            row.urls[0],
            tuple(row.urls[1:]),
            row.tries,
            row.said,
            row.created_at,
            row.replay_of,
        )

    def add_repetition(self, due: Due) -> Due:
        """Add a call that repeats a stored one, and take it at once."""
        row = call_row(due.integration_id, due.sealed, [due.url])
        row |= {"replay_of": due.replay_of, "lease_owner": self.owner, "lease_until": _lease_end()}
        with self.database.write_connection() as connection:
            connection.execute(sa.insert(OutgoingCall).values(row))
        return Due(
            row["id"],
            due.integration_id,
            due.occasion,
            due.sealed,
            due.url,
            (),
            0,
            False,
            row["created_at"],
            due.replay_of,
        )

    def renew(self, call_ids: Sequence[str]) -> None:
        """Keep what this process is working on."""
        if not call_ids:
            return
        with self.database.write_connection() as connection:
            connection.execute(
                sa.update(OutgoingCall)
                .where(OutgoingCall.id.in_(call_ids), OutgoingCall.lease_owner == self.owner)
                .values(lease_until=_lease_end())
            )

    def put_off(self, due: Due, wait_s: float) -> None:
        """Let a call go that could not even be begun; it is taken again after that time."""
        with self.database.write_connection() as connection:
            connection.execute(
                sa.update(OutgoingCall)
                .where(OutgoingCall.id == due.id, OutgoingCall.lease_owner == self.owner)
                .values(_again(due.tries, wait_s))
            )

    def settle(self, entry: Entry, due: Due, retry_s: float | None) -> None:
        """
        Add to an entry that the call was made, and is made again after a time or is over.

        The entry is refused when the call is no longer this process's: then another one stores it.
        """
        if due.later and due.tries == 0:
            entry.add(
                OutgoingCall,
                {
                    **call_row(due.integration_id, due.sealed, list(due.later)),
                    "id": new_sortable_id(),
                },
            )
        entry.steps.append(self._settling(due, retry_s))

    def note_said(self, entry: Entry, due: Due) -> None:
        """Add to an entry of messages that they belong to this try; refused as by `settle`."""

        def note(connection: sa.Connection) -> None:
            noted = connection.execute(
                sa.update(OutgoingCall)
                .where(OutgoingCall.id == due.id, OutgoingCall.lease_owner == self.owner)
                .values(said=True)
            )
            if noted.rowcount != 1:
                raise LeaseLost(due.id)

        entry.steps.append(note)

    def forget_leases(self) -> None:
        """Forget who makes which call: for the one process that an SQLite database has."""
        with self.database.write_connection() as connection:
            connection.execute(sa.update(OutgoingCall).values(lease_owner=None, lease_until=None))

    def _settling(self, due: Due, retry_s: float | None) -> Callable[[sa.Connection], None]:
        mine = (OutgoingCall.id == due.id, OutgoingCall.lease_owner == self.owner)

        def settle(connection: sa.Connection) -> None:
            if retry_s is None:
                done = connection.execute(sa.delete(OutgoingCall).where(*mine))
            else:
                values = {**_again(due.tries + 1, retry_s), "urls": [due.url], "said": False}
                done = connection.execute(sa.update(OutgoingCall).where(*mine).values(values))
            if done.rowcount != 1:
                raise LeaseLost(due.id)

        return settle


def _is_free(now: dt.datetime) -> sa.ColumnElement[bool]:
    return sa.or_(OutgoingCall.lease_until.is_(None), OutgoingCall.lease_until < now)


def _lease_end() -> dt.datetime:
    return utcnow() + dt.timedelta(seconds=LEASE_S)


def _again(tries: int, wait_s: float) -> dict[str, object]:
    next_at = utcnow() + dt.timedelta(seconds=wait_s)
    return {"tries": tries, "next_at": next_at, "lease_owner": None, "lease_until": None}
