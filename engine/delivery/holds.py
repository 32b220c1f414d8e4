"""Messages of which some parts have arrived: nothing else is sent between those and the rest."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.delivery.stored import canonical
from engine.delivery.tables import IS_BEGUN, Attempt, Delivery
from engine.transports.base import Transport
from engine.transports.message import Result, Target

#: More than a few at a time there are only where these were cancelled, or retried by hand.
_MOST = 20


@dataclass(frozen=True, slots=True)
class Hold:
    """A delivery that waits to be continued, and for which others wait."""

    delivery_id: str
    #: As `Transport.place` tells it.
    place: str
    next_at: dt.datetime
    #: The others wait no longer.
    until: dt.datetime


def find(
    session: Session,
    destination_id: str,
    transport: Transport,
    target: Target,
    *,
    hold_s: float,
    now: dt.datetime,
) -> dict[str, Hold]:
    """Return place -> what holds up the others there, `hold_s` seconds after its last part arrived."""
    begun = session.scalars(
        sa.select(Delivery)
        .where(Delivery.destination_id == destination_id, IS_BEGUN)
        .order_by(Delivery.id)
        .limit(_MOST)
    ).all()
    if not begun:
        return {}
    rows = session.execute(
        sa.select(Attempt.delivery_id, sa.func.max(Attempt.started_at))
        .where(
            Attempt.delivery_id.in_([one.id for one in begun]),
            Attempt.result == Result.DELIVERED,
        )
        .group_by(Attempt.delivery_id)
    )
    arrived_at: dict[str, dt.datetime] = {row[0]: row[1] for row in rows}
    holds: dict[str, Hold] = {}
    for one in begun:
        if one.id not in arrived_at:
            continue
        until = arrived_at[one.id] + dt.timedelta(seconds=hold_s)
        place = transport.place(canonical(one.message), target)
        if until > now and place not in holds:
            holds[place] = Hold(one.id, place, one.next_at, until)
    return holds


class Gate:
    """Lets messages of one part go at the same time, and one of several parts alone."""

    def __init__(self) -> None:
        self._change = threading.Condition()
        self._inside = 0
        self._alone = False

    @contextmanager
    def passing(self, parts: int) -> Iterator[None]:
        """Wait until a message of so many parts may go; it goes until the end of the block."""
        alone = parts > 1
        with self._change:
            self._change.wait_for(lambda: not self._alone and not (alone and self._inside))
            self._inside += 1
            self._alone = alone
        try:
            yield
        finally:
            with self._change:
                self._inside -= 1
                self._alone = False
                self._change.notify_all()
