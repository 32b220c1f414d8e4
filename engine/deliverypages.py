"""The list of deliveries a page at a time, each with how things are with its destination."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.deliveries import Wanted
from engine.delivery.tables import Delivery, DeliveryState, Destination, Lane
from engine.destinations import state_of


@dataclass(frozen=True, slots=True)
class Listed:
    """A delivery and its destination, None when that was removed."""

    delivery: Delivery
    destination: Destination | None
    lane: Lane | None

    @property
    def next_try(self) -> dt.datetime | None:
        """When it is sent; None when it does not wait, or nothing is sent there at present."""
        if self.delivery.state != DeliveryState.PENDING or self.destination is None:
            return None
        if state_of(self.destination, self.lane) in ("disabled", "paused"):
            return None
        held = self.lane.not_before if self.lane else None
        return max(self.delivery.next_at, held) if held else self.delivery.next_at


@dataclass(frozen=True, slots=True)
class Page:
    """Deliveries, newest first. `before` and `after` continue it, None at either end of the list."""

    listed: Sequence[Listed]
    before: str | None = None
    after: str | None = None


def read(session: Session, wanted: Wanted, *, count: int = 50) -> Page:
    """Return the newest deliveries that `wanted` describes; with `wanted.after` the oldest of them."""
    forward = wanted.after is not None and wanted.before is None
    found = list(_read(session, wanted, count + 1, forward))
    more = len(found) > count
    shown = found[:count]
    if forward:
        shown.reverse()
    first, last = (shown[0].id, shown[-1].id) if shown else (None, None)
    listed = with_destinations(session, shown)
    if forward:
        return Page(listed, before=last or wanted.after, after=first if more else None)
    return Page(listed, last if more else None, first if wanted.before is not None else None)


def of_execution(session: Session, execution_id: str, *, most: int) -> list[Listed]:
    """Return what one execution sent, in the order in which it did."""
    rows = session.scalars(
        sa.select(Delivery)
        .where(Delivery.execution_id == execution_id)
        .order_by(Delivery.id)
        .limit(most)
    ).all()
    return with_destinations(session, rows)


def with_destinations(session: Session, deliveries: Sequence[Delivery]) -> list[Listed]:
    """Return deliveries together with their destinations."""
    ids = {one.destination_id for one in deliveries}
    known = {
        destination.id: (destination, lane)
        for destination, lane in session.execute(
            sa.select(Destination, Lane)
            .outerjoin(Lane, Lane.destination_id == Destination.id)
            .where(Destination.id.in_(ids))
        )
    }
    return [Listed(one, *known.get(one.destination_id, (None, None))) for one in deliveries]


def _read(session: Session, wanted: Wanted, count: int, forward: bool) -> Sequence[Delivery]:
    order = Delivery.id.asc() if forward else Delivery.id.desc()
    ids = sa.select(Delivery.id).where(*wanted.conditions()).order_by(order).limit(count)
    # Only the rows of the page are read whole, whatever the ids were sorted by.
    return session.scalars(sa.select(Delivery).where(Delivery.id.in_(ids)).order_by(order)).all()
