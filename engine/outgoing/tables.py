"""The table of calls that outgoing integrations are still to make. Nothing here reads or writes."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Model

_ID = sa.String(20)


class OutgoingCall(Model):
    """
    Calls of an integration's URLs, one after the other, for something that happened.

    The row is written with what happened and goes with what came of it, in one transaction each: what
    is there is still to be done. There is no foreign key, for the row must be storable although its
    integration was just removed.
    """

    __tablename__ = "outgoing_call"
    __table_args__ = (
        sa.Index("ix_outgoing_call_integration_id_next_at", "integration_id", "next_at"),
        sa.Index("ix_outgoing_call_next_at", "next_at"),
    )

    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    integration_id: Mapped[str] = mapped_column(_ID)
    #: What happened, encrypted: a JSON object of `engine.outgoing.occasion.Occasion`.
    occasion: Mapped[bytes]
    #: The first is called; the others, when that was called once.
    urls: Mapped[list[str]] = mapped_column(default=list)
    #: How often the first was called.
    tries: Mapped[int] = mapped_column(default=0)
    #: What its script wanted to be posted before this try's call is posted.
    said: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[dt.datetime]
    next_at: Mapped[dt.datetime]
    #: Who makes the call, and until when others keep off.
    lease_owner: Mapped[str | None] = mapped_column(sa.String(64))
    lease_until: Mapped[dt.datetime | None]
    #: What it repeats when somebody asked for that by hand.
    replay_of: Mapped[str | None] = mapped_column(_ID)
