"""How things are with deliveries and destinations, counted: the questions of the admin pages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.delivery.tables import Delivery, DeliveryState, Destination, Lane
from engine.ids import sortable_prefix

#: Counting ends here: who has so many need not know how many exactly.
MOST_COUNTED = 10_000
#: Written out, for an index that holds only these is used when its condition is seen.
_HAS_FAILED = Delivery.state == sa.literal_column("'failed'")
_WAITS = Delivery.state == DeliveryState.PENDING


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits, what arrived and failed since some time; how many destinations are there and paused."""

    destinations: int
    paused: int
    waiting: int
    #: Of those that were made since then.
    delivered: int
    failed: int


def read(session: Session, since: dt.datetime) -> Backlog | None:
    """Return how things are; None when there is no destination at all."""
    known, paused = session.execute(
        sa.select(
            sa.func.count(Destination.id),
            sa.func.count(sa.case((Destination.enabled, Lane.paused_at))),
        ).outerjoin(Lane, Lane.destination_id == Destination.id)
    ).one()
    if not known:
        return None
    return Backlog(
        destinations=known,
        paused=paused,
        waiting=_count(session, _WAITS),
        delivered=_count(
            session,
            Delivery.state == DeliveryState.DELIVERED,
            Delivery.id >= sortable_prefix(since.timestamp()),
        ),
        failed=_count(session, _HAS_FAILED, Delivery.finished_at >= since),
    )


def reasons(session: Session, destination_ids: Sequence[str]) -> dict[str, str]:
    """Return destination -> why its last request failed, of those where something waits for that."""
    found = {}
    for destination_id in destination_ids:
        # What was tried comes back later than what was not: the last one is found at once.
        reason = session.scalar(
            sa.select(Delivery.last_reason)
            .where(Delivery.destination_id == destination_id, _WAITS, Delivery.attempts > 0)
            .order_by(Delivery.next_at.desc())
            .limit(1)
        )
        if reason:
            found[destination_id] = reason
    return found


def refusals(session: Session, destination_ids: Sequence[str]) -> dict[str, str]:
    """Return destination -> why it refused its newest message, of those that did."""
    found = {}
    for destination_id in destination_ids:
        newest = session.execute(
            sa.select(Delivery.state, Delivery.last_reason)
            .where(
                Delivery.destination_id == destination_id,
                Delivery.state.in_([DeliveryState.DELIVERED, DeliveryState.FAILED]),
            )
            .order_by(Delivery.id.desc())
            .limit(1)
        ).first()
        if newest is not None and newest.state == DeliveryState.FAILED:
            found[destination_id] = newest.last_reason
    return found


def _count(session: Session, *conditions: sa.ColumnElement[bool]) -> int:
    some = sa.select(sa.literal(1)).select_from(Delivery).where(*conditions).limit(MOST_COUNTED)
    return session.scalar(sa.select(sa.func.count()).select_from(some.subquery())) or 0
