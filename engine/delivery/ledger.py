"""What a lane reads and writes: its lease, the deliveries that are due, and what came of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from engine import transports
from engine.db import Database, Model, utcnow
from engine.delivery import holds
from engine.delivery.courier import Handed
from engine.delivery.holds import Hold
from engine.delivery.stored import Due
from engine.delivery.tables import Attempt, Delivery, DeliveryState, Destination, Lane, Pace
from engine.ids import new_sortable_id
from engine.transports.base import Transport
from engine.transports.message import Target
from engine.vault import Vault

_REASON_CHARS = 500
#: So many times as many deliveries are looked at when those of one place wait.
_LOOKED_PAST = 8
_LONG_AGO = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Opened:
    """A destination as a lane works on it."""

    id: str
    name: str
    transport: Transport
    target: Target
    concurrency: int
    rate_per_s: float
    notice_room: str
    failures: int
    failing_since: dt.datetime | None
    not_before: dt.datetime | None
    #: It was paused, was resumed, and has taken nothing since.
    recovering: bool
    updated_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of a delivery after it was handed over."""

    due: Due
    handed: Handed
    state: DeliveryState
    next_at: dt.datetime
    reason: str


@dataclass(frozen=True, slots=True)
class LaneState:
    """How things are with a destination after some requests."""

    failures: int
    failing_since: dt.datetime | None
    not_before: dt.datetime | None
    #: It is paused for that.
    pause_reason: str = ""
    #: Something has arrived.
    well: bool = False


@dataclass(frozen=True, slots=True)
class Ledger:
    """Reads and writes for lanes; `owner` tells this process from the others."""

    database: Database
    vault: Vault
    owner: str

    def claim(self, destination_id: str, lease_s: float) -> Opened | None:
        """Take a destination if nobody else has it and it may be delivered to."""
        now = utcnow()
        mine = {"lease_owner": self.owner, "lease_until": now + dt.timedelta(seconds=lease_s)}
        claim = (
            sa.update(Lane)
            .where(
                Lane.destination_id == destination_id,
                Lane.paused_at.is_(None),
                sa.or_(Lane.lease_owner.is_(None), Lane.lease_until < now),
            )
            .values(mine)
        )
        with self.database.write_connection() as connection:
            if connection.execute(claim).rowcount != 1:
                return None
        opened = self.open(destination_id)
        if opened is None:
            self.release(destination_id)
        return opened

    def open(self, destination_id: str, before: Opened | None = None) -> Opened | None:
        """
        Return a destination; None when it is gone, disabled or paused.

        `before` is how it was found before: unless it was changed since, its secrets are known.
        """
        with self.database.read() as session:
            row = session.execute(
                sa.select(Destination, Lane)
                .join(Lane, Lane.destination_id == Destination.id)
                .where(Destination.id == destination_id)
            ).first()
        if row is None or not row[0].enabled or row[1].paused_at is not None:
            return None
        destination, lane = row
        same = before is not None and before.updated_at == destination.updated_at
        return Opened(
            id=destination.id,
            name=destination.name,
            transport=transports.load(destination.type),
            target=before.target if before and same else target_of(self.vault, destination),
            concurrency=destination.concurrency,
            rate_per_s=destination.rate_per_s,
            notice_room=destination.notice_room,
            failures=lane.failures,
            failing_since=lane.failing_since,
            not_before=lane.not_before,
            recovering=bool(lane.pause_reason),
            updated_at=destination.updated_at,
        )

    def release(self, destination_id: str) -> None:
        """Let others have a destination."""
        with self.database.write() as session:
            session.execute(
                sa.update(Lane)
                .where(Lane.destination_id == destination_id, Lane.lease_owner == self.owner)
                .values(lease_owner=None, lease_until=None)
            )

    def renew(self, destination_ids: Sequence[str], lease_s: float) -> None:
        """Keep the destinations that this process has."""
        with self.database.write_connection() as connection:
            connection.execute(
                sa.update(Lane)
                .where(Lane.destination_id.in_(destination_ids), Lane.lease_owner == self.owner)
                .values(lease_until=utcnow() + dt.timedelta(seconds=lease_s))
            )

    def due(self, opened: Opened, count: int, hold_s: float) -> list[Due]:
        """Return the oldest deliveries whose time has come, and which wait for no parts of another."""
        now = utcnow()
        wanted = (
            sa.select(Delivery)
            .where(
                Delivery.destination_id == opened.id,
                Delivery.state == DeliveryState.PENDING,
                Delivery.next_at <= now,
            )
            .order_by(Delivery.id)
        )
        with self.database.read() as session:
            held = self._holds(session, opened, hold_s, now)
            if not held:
                return [Due.of(row) for row in session.scalars(wanted.limit(count))]
            holding = {hold.delivery_id for hold in held.values()}
            continued = session.scalars(wanted.where(Delivery.id.in_(holding))).all()
            others = session.scalars(
                wanted.where(Delivery.id.not_in(holding)).limit(count * _LOOKED_PAST)
            ).all()
        found = [Due.of(row) for row in continued]
        for row in others:
            due = Due.of(row)
            if opened.transport.place(due.message, opened.target) not in held:
                found.append(due)
        return found[:count]

    def next_due(self, opened: Opened, hold_s: float) -> dt.datetime | None:
        """Return when the next delivery's time comes."""
        now = utcnow()
        soonest = sa.select(sa.func.min(Delivery.next_at)).where(
            Delivery.destination_id == opened.id, Delivery.state == DeliveryState.PENDING
        )
        with self.database.read() as session:
            held = self._holds(session, opened, hold_s, now)
            if not held:
                return session.scalar(soonest)
            # What is due already waits for one of them.
            later = session.scalar(soonest.where(Delivery.next_at > now))
        moments = [min(hold.next_at, hold.until) for hold in held.values()]
        return min(moments if later is None else [*moments, later])

    def _holds(
        self, session: Session, opened: Opened, hold_s: float, now: dt.datetime
    ) -> dict[str, Hold]:
        where = (opened.id, opened.transport, opened.target)
        return holds.find(session, *where, hold_s=hold_s, now=now)

    def waiting(self) -> list[str]:
        """Return the destinations that have something due and nobody who works on it."""
        now = utcnow()
        with self.database.read() as session:
            return list(
                session.scalars(
                    sa.select(Delivery.destination_id)
                    .distinct()
                    .join(Destination, Destination.id == Delivery.destination_id)
                    .outerjoin(Lane, Lane.destination_id == Delivery.destination_id)
                    .where(
                        Delivery.state == DeliveryState.PENDING,
                        Delivery.next_at <= now,
                        Destination.enabled,
                        Lane.paused_at.is_(None),
                        sa.or_(Lane.lease_until.is_(None), Lane.lease_until < now),
                        sa.or_(Lane.not_before.is_(None), Lane.not_before <= now),
                    )
                ).all()
            )

    def record(
        self, destination_id: str, changes: Sequence[Change], state: LaneState, lease_s: float
    ) -> bool:
        """Store what came of deliveries; tell whether the destination is still ours."""
        now = utcnow()
        values: dict[str, Any] = {
            "lease_until": now + dt.timedelta(seconds=lease_s),
            "failures": state.failures,
            "failing_since": state.failing_since,
            "not_before": state.not_before,
        }
        if state.pause_reason:
            values |= {"paused_at": now, "pause_reason": state.pause_reason[:_REASON_CHARS]}
        elif state.well:
            values["pause_reason"] = ""
        attempts = [row for change in changes for row in _attempt_rows(change)]
        with self.database.write_connection() as connection:
            if attempts:
                connection.execute(sa.insert(Attempt), attempts)
            if changes:
                connection.execute(_UPDATE, [_delivery_row(change, now) for change in changes])
            held = connection.execute(
                sa.update(Lane)
                .where(Lane.destination_id == destination_id, Lane.lease_owner == self.owner)
                .values(values)
            )
        return bool(held.rowcount)

    def reserve(self, key: str, interval_s: float) -> float:
        """Take the next free moment of what many share; return in how many seconds it is."""
        insert = self._insert(Pace).values(key=key, next_at=_LONG_AGO)
        # One statement finds the row or makes it, and holds it: it may be deleted when it is idle.
        held = insert.on_conflict_do_update(
            index_elements=["key"], set_={"next_at": Pace.next_at}
        ).returning(Pace.next_at)
        with self.database.write_connection() as connection:
            free_at: dt.datetime = connection.execute(held).scalar_one()
            # Only now: others may have held it for a while.
            now = utcnow()
            mine = max(free_at, now)
            next_at = mine + dt.timedelta(seconds=interval_s)
            connection.execute(sa.update(Pace).where(Pace.key == key).values(next_at=next_at))
        return (mine - now).total_seconds()

    def _insert(self, table: type[Model]) -> Any:
        return sqlite.insert(table) if self.database.is_sqlite else postgresql.insert(table)


def clear_leases(database: Database) -> None:
    """Forget who worked on what: for the one process that an SQLite database has."""
    with database.write() as session:
        session.execute(sa.update(Lane).values(lease_owner=None, lease_until=None))


def target_of(vault: Vault, destination: Destination) -> Target:
    """Return where a destination's messages go, secrets in clear."""
    return Target(
        vault.decrypt(destination.url_encrypted),
        destination.options,
        orjson.loads(vault.decrypt(destination.secrets_encrypted)),
    )


_UPDATE = (
    sa.update(Delivery)
    .where(
        Delivery.id == sa.bindparam("row_id"),
        # One that was cancelled meanwhile stays so.
        Delivery.state == DeliveryState.PENDING,
    )
    .values(
        state=sa.bindparam("new_state"),
        next_at=sa.bindparam("new_next_at"),
        attempts=sa.bindparam("new_attempts"),
        parts_done=sa.bindparam("new_parts_done"),
        last_reason=sa.bindparam("new_reason"),
        finished_at=sa.bindparam("new_finished_at"),
    )
    .execution_options(synchronize_session=False)
)


def _delivery_row(change: Change, now: dt.datetime) -> dict[str, Any]:
    return {
        "row_id": change.due.id,
        "new_state": change.state,
        "new_next_at": change.next_at,
        "new_attempts": change.due.attempts + 1,
        "new_parts_done": change.handed.parts_done,
        "new_reason": change.reason[:_REASON_CHARS],
        "new_finished_at": None if change.state is DeliveryState.PENDING else now,
    }


def _attempt_rows(change: Change) -> list[dict[str, Any]]:
    return [
        {
            "id": new_sortable_id(),
            "delivery_id": change.due.id,
            "number": change.due.attempts + 1,
            "part": tried.part,
            "started_at": tried.started_at,
            "duration_ms": tried.duration_ms,
            "method": tried.method,
            "url": tried.url,
            "headers": tried.headers,
            "body": tried.body,
            "status": tried.status,
            "answer": tried.answer,
            "result": tried.verdict.result,
            "reason": tried.verdict.reason[:_REASON_CHARS],
        }
        for tried in change.handed.tried
    ]
