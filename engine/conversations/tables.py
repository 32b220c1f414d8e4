"""The tables of conversations and their webhooks. Nothing here reads or writes."""

from __future__ import annotations

import datetime as dt
import enum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Model

_ID = sa.String(20)


class WebhookStatus(enum.StrEnum):
    VERIFIED = "verified"  #: it answered with the challenge
    FAILED = "failed"  #: it did not; nothing is sent there


class ConversationThread(Model):
    """
    Which thread of a room a conversation is.

    There are no foreign keys, for the reason that `ScriptStore` has none.
    """

    __tablename__ = "conversation_thread"

    integration_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    room_id: Mapped[str] = mapped_column(sa.String(48), primary_key=True)
    #: The conversation's id as a text; and whether it came as a number.
    conversation_key: Mapped[str] = mapped_column(sa.String(200), primary_key=True)
    is_number: Mapped[bool]
    #: The contact, whom the first message was from: nobody who comes later gets the answers.
    sender_id: Mapped[str] = mapped_column(sa.String(200))
    #: The message that began it.
    root_id: Mapped[str] = mapped_column(_ID, index=True)
    created_at: Mapped[dt.datetime]

    @property
    def conversation_id(self) -> int | str:
        """The conversation's id as it came."""
        return int(self.conversation_key) if self.is_number else self.conversation_key


class ConversationWebhook(Model):
    """Where the answers in an integration's conversations go; address and key are the destination's."""

    __tablename__ = "conversation_webhook"

    integration_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    destination_id: Mapped[str] = mapped_column(_ID)
    status: Mapped[str] = mapped_column(sa.String(10))
    #: Why it failed.
    reason: Mapped[str] = mapped_column(sa.String(500), default="")
    checked_at: Mapped[dt.datetime]
