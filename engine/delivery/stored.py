"""A delivery as it is stored, and as it is sent."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Self

from engine.delivery.tables import Delivery
from engine.transports.message import CanonicalMessage


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery whose time has come."""

    id: str
    message: CanonicalMessage
    created_at: dt.datetime
    attempts: int
    parts_done: int

    @classmethod
    def of(cls, row: Delivery) -> Self:
        """Return a row as it is sent."""
        return cls(row.id, canonical(row.message), row.created_at, row.attempts, row.parts_done)


def canonical(stored: dict[str, Any]) -> CanonicalMessage:
    """Return a stored message as transports take it."""
    return CanonicalMessage(**{**stored, "sent_at": dt.datetime.fromisoformat(stored["sent_at"])})
