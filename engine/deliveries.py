"""Deliveries as people see them: listed, shown, tried again, cancelled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine import transports
from engine.db import utcnow
from engine.delivery import holds
from engine.delivery.holds import Hold
from engine.delivery.ledger import target_of
from engine.delivery.stored import canonical
from engine.delivery.tables import Attempt, Delivery, DeliveryState, Destination
from engine.errors import Invalid, NotFound
from engine.times import iso
from engine.vault import Vault


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    Which deliveries to list.

    `before` and `after` are ids: only those that were made earlier, or later. `since` leaves out
    what had ended by then; what waits was made, or last retried by hand, after it.
    """

    destination_id: str | None = None
    execution_id: str | None = None
    integration_id: str | None = None
    states: frozenset[str] = frozenset()
    since: dt.datetime | None = None
    before: str | None = None
    after: str | None = None

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """Return it as SQL."""
        pairs = (
            (Delivery.destination_id, self.destination_id),
            (Delivery.execution_id, self.execution_id),
            (Delivery.integration_id, self.integration_id),
        )
        conditions: list[sa.ColumnElement[bool]] = [
            column == value for column, value in pairs if value is not None
        ]
        if self.states:
            conditions.append(Delivery.state.in_(sorted(self.states)))
        if self.since:
            conditions.append(self._since(self.since))
        if self.before:
            conditions.append(Delivery.id < self.before)
        if self.after:
            conditions.append(Delivery.id > self.after)
        return conditions

    def _since(self, since: dt.datetime) -> sa.ColumnElement[bool]:
        ended = Delivery.finished_at >= since
        if self.states and DeliveryState.PENDING not in self.states:
            return ended
        return sa.or_(ended, Delivery.finished_at.is_(None) & (Delivery.created_at >= since))


def list_deliveries(
    session: Session, wanted: Wanted, *, count: int = 50, offset: int = 0
) -> Sequence[tuple[Delivery, str]]:
    """Return deliveries and the names of their destinations, newest first."""
    rows = session.execute(
        sa.select(Delivery, sa.func.coalesce(Destination.name, ""))
        .outerjoin(Destination, Destination.id == Delivery.destination_id)
        .where(*wanted.conditions())
        .order_by(Delivery.id.desc())
        .limit(count)
        .offset(offset)
    )
    return [(row[0], row[1]) for row in rows]


def count(session: Session, wanted: Wanted) -> int:
    """Return how many there are."""
    return session.scalar(sa.select(sa.func.count(Delivery.id)).where(*wanted.conditions())) or 0


def state_counts(session: Session) -> dict[str, dict[str, int]]:
    """Return destination id -> state -> how many, of those that wait or failed."""
    open_states = (DeliveryState.PENDING, DeliveryState.FAILED)
    counts: dict[str, dict[str, int]] = {}
    for destination_id, state, number in session.execute(
        sa.select(Delivery.destination_id, Delivery.state, sa.func.count())
        .where(Delivery.state.in_(open_states))
        .group_by(Delivery.destination_id, Delivery.state)
    ):
        counts.setdefault(destination_id, {})[state] = number
    return counts


def get(session: Session, delivery_id: str) -> Delivery:
    """
    Return a delivery.

    :raise NotFound: when there is none of that id.
    """
    found = session.get(Delivery, delivery_id) if delivery_id.isalnum() else None
    if found is None:
        raise NotFound(f"There is no delivery {delivery_id}")
    return found


def held_by(session: Session, delivery: Delivery, vault: Vault, hold_s: float) -> Hold | None:
    """Return what a delivery waits for: another one there, of which only some parts have arrived."""
    destination = session.get(Destination, delivery.destination_id)
    if delivery.state != DeliveryState.PENDING or destination is None:
        return None
    transport, target = transports.load(destination.type), target_of(vault, destination)
    found = holds.find(session, destination.id, transport, target, hold_s=hold_s, now=utcnow()).get(
        transport.place(canonical(delivery.message), target)
    )
    return None if found is None or found.delivery_id == delivery.id else found


def attempts_of(session: Session, delivery_id: str) -> Sequence[Attempt]:
    """Return what was tried, in order."""
    return session.scalars(
        sa.select(Attempt).where(Attempt.delivery_id == delivery_id).order_by(Attempt.id)
    ).all()


def retry(session: Session, delivery: Delivery) -> None:
    """
    Try a delivery again now, with a day to arrive.

    :raise Invalid: when it has arrived already, or its destination is gone.
    """
    if delivery.state == DeliveryState.DELIVERED:
        raise Invalid("It was delivered; sending it again would post it twice")
    if session.get(Destination, delivery.destination_id) is None:
        raise Invalid("Its destination was removed")
    delivery.state = DeliveryState.PENDING
    delivery.created_at = delivery.next_at = utcnow()
    delivery.attempts = 0
    delivery.finished_at = None


def retry_failed(session: Session, destination_id: str) -> int:
    """Try all failed deliveries of a destination again; return how many."""
    now = utcnow()
    done = session.execute(
        sa.update(Delivery)
        .where(Delivery.destination_id == destination_id, Delivery.state == DeliveryState.FAILED)
        .values(
            state=DeliveryState.PENDING, next_at=now, created_at=now, attempts=0, finished_at=None
        )
    )
    return int(done.rowcount)  # type: ignore[attr-defined]


def cancel(session: Session, delivery: Delivery) -> None:
    """
    Give up a delivery that waits.

    :raise Invalid: when it does not wait.
    """
    if delivery.state != DeliveryState.PENDING:
        raise Invalid(f"It cannot be cancelled: it is {delivery.state}")
    delivery.state = DeliveryState.CANCELLED
    delivery.finished_at = utcnow()


def as_dict(delivery: Delivery, destination_name: str) -> dict[str, Any]:
    """Return what a list shows."""
    return {
        "_id": delivery.id,
        "destinationId": delivery.destination_id,
        "destinationName": destination_name,
        "executionId": delivery.execution_id,
        "integrationId": delivery.integration_id,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "reason": delivery.last_reason,
        "createdAt": iso(delivery.created_at),
        "nextAt": iso(delivery.next_at) if delivery.state == DeliveryState.PENDING else None,
        "finishedAt": iso(delivery.finished_at) if delivery.finished_at else None,
        "message": delivery.message,
    }


def attempt_as_dict(attempt: Attempt) -> dict[str, Any]:
    """Return one attempt."""
    return {
        "number": attempt.number,
        "part": attempt.part,
        "startedAt": iso(attempt.started_at),
        "durationMs": round(attempt.duration_ms, 1),
        "request": {
            "method": attempt.method,
            "url": attempt.url,
            "headers": attempt.headers,
            "body": attempt.body,
        },
        "status": attempt.status,
        "answer": attempt.answer,
        "result": attempt.result,
        "reason": attempt.reason,
    }
