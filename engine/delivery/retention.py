"""Deliveries that have ended go with the log, a few at a time, and so does what stands for nothing."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine.db import Database
from engine.delivery.tables import Attempt, Delivery, DeliveryState, Destination, Pace

#: Rows deleted in one transaction: few enough that nobody waits noticeably for it.
STEP = 200
_PAUSE_S = 0.05
#: A moment so long past holds nobody back.
_PACE_KEPT = dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Reach:
    """
    Which deliveries go: those made before an id, once they have ended.

    Of those made at `crowded_out` or later only what ended before `ended_before`: what was held up
    for weeks and arrived today can still be looked at.
    """

    before_id: str
    crowded_out: str
    ended_before: dt.datetime

    def condition(self) -> sa.ColumnElement[bool]:
        """Return it as SQL."""
        return sa.and_(
            Delivery.id < self.before_id,
            Delivery.state != DeliveryState.PENDING,
            sa.or_(Delivery.id < self.crowded_out, Delivery.finished_at < self.ended_before),
        )


def prune_deliveries(database: Database, reach: Reach, stop: threading.Event | None = None) -> int:
    """Delete deliveries with their attempts; return how many went. What waits never goes."""
    total, last = 0, ""
    while not (stop and stop.is_set()):
        # Outside of a transaction that writes: what has to stay may be passed over by the thousand.
        with database.read() as session:
            ids = session.scalars(
                sa.select(Delivery.id)
                .where(reach.condition(), Delivery.id > last)
                .order_by(Delivery.id)
                .limit(STEP)
            ).all()
        if not ids:
            break
        last = ids[-1]
        while _delete(database, Attempt.id, Attempt.delivery_id.in_(ids), stop) == STEP:
            pass
        # What is tried again by hand meanwhile stays.
        total += _delete(database, Delivery.id, reach.condition() & Delivery.id.in_(ids), stop)
    return total


def cancel_orphans(database: Database, now: dt.datetime) -> int:
    """Cancel what waits for a destination that is gone: stored by a node that still knew it."""
    there = sa.select(Destination.id)
    waits = Delivery.state == DeliveryState.PENDING
    with database.read() as session:
        gone: Sequence[str] = session.scalars(
            sa.select(Delivery.destination_id)
            .distinct()
            .where(waits, Delivery.destination_id.not_in(there))
        ).all()
    if not gone:
        return 0
    with database.write_connection() as connection:
        done = connection.execute(
            sa.update(Delivery)
            .where(waits, Delivery.destination_id.in_(gone), Delivery.destination_id.not_in(there))
            .values(
                state=DeliveryState.CANCELLED,
                finished_at=now,
                last_reason="its destination was removed",
            )
        )
    return int(done.rowcount)


def forget_paces(database: Database, now: dt.datetime) -> None:
    """Delete the moments that have long passed, of destinations that are gone and of idle ones."""
    with database.write_connection() as connection:
        connection.execute(sa.delete(Pace).where(Pace.next_at < now - _PACE_KEPT))


def _delete(
    database: Database,
    key: sa.orm.InstrumentedAttribute[str],
    which: sa.ColumnElement[bool],
    stop: threading.Event | None,
) -> int:
    """Delete at most `STEP` rows; return how many. What another node is deleting is left to it."""
    some: sa.Select[Any] = sa.select(key).where(which).limit(STEP).with_for_update(skip_locked=True)
    with database.write_connection() as connection:
        done = connection.execute(
            sa.delete(key.class_).where(key.in_(some)).execution_options(synchronize_session=False)
        )
    if stop is not None:
        stop.wait(_PAUSE_S)
    return int(done.rowcount)
