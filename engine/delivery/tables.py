"""The tables of destinations and deliveries. Nothing here reads or writes."""

from __future__ import annotations

import datetime as dt
import enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Model

_ID = sa.String(20)
_HAS_FAILED = sa.text("state = 'failed'")
#: As it stands in an index, so that databases find that.
IS_BEGUN = sa.text("state = 'pending' AND parts_done > 0")


class DeliveryState(enum.StrEnum):
    PENDING = "pending"  #: to be sent, at once or at `next_at`
    DELIVERED = "delivered"  #: the far side has it
    FAILED = "failed"  #: given up; it may be tried again by hand
    CANCELLED = "cancelled"  #: by hand


class Destination(Model):
    """Where messages go beside the built-in rooms: a remote system behind one transport."""

    __tablename__ = "destination"

    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    type: Mapped[str] = mapped_column(sa.String(16))
    name: Mapped[str] = mapped_column(sa.String(128))
    enabled: Mapped[bool] = mapped_column(default=True)
    #: The address, encrypted, for it holds a token more often than not; and what may be shown of it.
    url_encrypted: Mapped[str] = mapped_column(sa.Text)
    url_shown: Mapped[str] = mapped_column(sa.Text)
    options: Mapped[dict[str, Any]] = mapped_column(default=dict)
    secrets_encrypted: Mapped[str] = mapped_column(sa.Text)
    #: Messages sent at the same time; only with one they arrive in order.
    concurrency: Mapped[int] = mapped_column(default=1)
    #: Requests a second at most; 0: as fast as it takes them.
    rate_per_s: Mapped[float] = mapped_column(default=0.0)
    #: Where it is told that this destination was paused, or works again; empty: nowhere.
    notice_room: Mapped[str] = mapped_column(sa.String(128), default="")
    created_at: Mapped[dt.datetime]
    updated_at: Mapped[dt.datetime]
    created_by: Mapped[str] = mapped_column(sa.String(64), default="")


class Lane(Model):
    """How things are with a destination; written by whoever delivers to it."""

    __tablename__ = "destination_lane"

    destination_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    #: Who works on it, and until when others keep off.
    lease_owner: Mapped[str | None] = mapped_column(sa.String(64))
    lease_until: Mapped[dt.datetime | None]
    #: Requests that failed since one did not.
    failures: Mapped[int] = mapped_column(default=0)
    failing_since: Mapped[dt.datetime | None]
    #: Nothing is sent before.
    not_before: Mapped[dt.datetime | None]
    paused_at: Mapped[dt.datetime | None]
    pause_reason: Mapped[str] = mapped_column(sa.String(500), default="")


class Delivery(Model):
    """
    One message for one destination.

    There are no foreign keys: a row must be stored although its destination was just removed, and
    outlives the execution's place in the log.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        sa.Index("ix_delivery_destination_id_state_next_at", "destination_id", "state", "next_at"),
        sa.Index("ix_delivery_state_id", "state", "id"),
        sa.Index("ix_delivery_destination_id_id", "destination_id", "id"),
        sa.Index("ix_delivery_execution_id", "execution_id"),
        sa.Index("ix_delivery_integration_id_id", "integration_id", "id"),
        # Only what failed: nothing is written to it while all goes well. (The state is in it once
        # more because SQLite would prefer another index.)
        sa.Index(
            "ix_delivery_failed_at",
            "state",
            "finished_at",
            sqlite_where=_HAS_FAILED,
            postgresql_where=_HAS_FAILED,
        ),
        # Asked for before every batch: messages of which some parts have arrived. Few, if any.
        sa.Index(
            "ix_delivery_begun",
            "state",
            "destination_id",
            "id",
            sqlite_where=IS_BEGUN,
            postgresql_where=IS_BEGUN,
        ),
    )

    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    destination_id: Mapped[str] = mapped_column(_ID)
    execution_id: Mapped[str | None] = mapped_column(_ID)
    integration_id: Mapped[str | None] = mapped_column(_ID)
    state: Mapped[str] = mapped_column(sa.String(10), default=DeliveryState.PENDING)
    #: The members of `engine.transports.message.CanonicalMessage`.
    message: Mapped[dict[str, Any]]
    created_at: Mapped[dt.datetime]
    next_at: Mapped[dt.datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    #: A long message is several requests; so many of them have arrived.
    parts_done: Mapped[int] = mapped_column(default=0)
    last_reason: Mapped[str] = mapped_column(sa.String(500), default="")
    finished_at: Mapped[dt.datetime | None]


class Attempt(Model):
    """One request of a delivery, and the far side's answer; secrets are dots."""

    __tablename__ = "delivery_attempt"

    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    delivery_id: Mapped[str] = mapped_column(_ID, index=True)
    #: Counts from 1 within the delivery; `part` from 1 within the message.
    number: Mapped[int]
    part: Mapped[int]
    started_at: Mapped[dt.datetime]
    duration_ms: Mapped[float]
    method: Mapped[str] = mapped_column(sa.String(16), default="")
    url: Mapped[str] = mapped_column(sa.Text, default="")
    headers: Mapped[list[Any]] = mapped_column(default=list)
    body: Mapped[str] = mapped_column(sa.Text, default="")
    #: None when there was no answer.
    status: Mapped[int | None]
    answer: Mapped[str] = mapped_column(sa.Text, default="")
    result: Mapped[str] = mapped_column(sa.String(10))
    reason: Mapped[str] = mapped_column(sa.String(500), default="")


class Pace(Model):
    """When the next request may go to what several destinations, on all nodes, share."""

    __tablename__ = "pace"

    key: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    next_at: Mapped[dt.datetime]
