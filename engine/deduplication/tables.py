"""The table of deliveries that run once. Nothing here reads or writes."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Model

_ID = sa.String(20)


class DuplicateGuard(Model):
    """
    A delivery that is being handled, and by which execution; with a status, the answer it got.

    After `valid_until` (of the claim, then of the answer) it is as good as not there.
    """

    __tablename__ = "duplicate_guard"

    integration_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    #: SHA-256 of the sender's id.
    delivery_key: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    execution_id: Mapped[str] = mapped_column(_ID)
    status: Mapped[int | None]
    answer: Mapped[str] = mapped_column(sa.Text, default="")
    headers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[dt.datetime]
    valid_until: Mapped[dt.datetime] = mapped_column(index=True)
