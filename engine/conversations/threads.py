"""The threads of conversations: finding and beginning them, and delivering what is answered there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from engine import outbox
from engine.conversations.tables import ConversationThread, ConversationWebhook, WebhookStatus
from engine.db import Database, utcnow
from engine.delivery.tables import Destination
from engine.dialects import UCHAT, Conversation
from engine.models import Integration, Message
from engine.writer import Step

#: A row of `Message`.
Row = dict[str, Any]
_NO_VALUES: Mapping[str, Any] = {}
_KEY = ("integration_id", "room_id", "conversation_key")


@dataclass(frozen=True, slots=True)
class Conversations:
    """Knows which thread is which conversation; `steps` and rows it returns are for a journal's entry."""

    database: Database

    def put_into_threads(
        self, integration_id: str, conversation: Conversation, rows: Sequence[Row]
    ) -> list[Step]:
        """
        Make rows of one conversation replies to its first message, which may be one of them.

        A row that has a thread already stays there. The steps settle which message is the first
        when two come at the same moment.
        """
        steps: list[Step] = []
        by_room: dict[str, list[Row]] = {}
        for row in rows:
            custom = row["extra"].get("customFields") or _NO_VALUES
            own = {"conversation_id": conversation.id, "sender_id": conversation.sender_id}
            row["extra"] = {**row["extra"], "customFields": {**custom, **own}}
            if row["tmid"] is None:
                by_room.setdefault(row["room_id"], []).append(row)
        for room_id, here in by_room.items():
            key = {
                "integration_id": integration_id,
                "room_id": room_id,
                "conversation_key": conversation.key,
            }
            root_id = self._root_of(key)
            if root_id is None:
                values = {
                    **key,
                    "is_number": isinstance(conversation.id, int),
                    "sender_id": conversation.sender_id,
                    "root_id": here[0]["id"],
                    "created_at": utcnow(),
                }
                steps.append(self._beginning(values, [row["id"] for row in here]))
                root_id = here.pop(0)["id"]
            for row in here:
                row["tmid"] = root_id
        return steps

    def deliveries_for(self, rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """
        Return a row of `Delivery` for each message that answers a contact, for the entry of `rows`.

        That is a reply, by a person or by another integration, in the thread of a conversation
        whose integration has a verified webhook. Ring for their destinations when they are stored.
        """
        replies = [row for row in rows if row["tmid"]]
        if not replies:
            return []
        wanted = (
            sa.select(ConversationThread, ConversationWebhook.destination_id)
            .join(*_USABLE_WEBHOOK)
            .join(Destination, Destination.id == ConversationWebhook.destination_id)
            .join(Integration, Integration.id == ConversationThread.integration_id)
            .where(
                ConversationThread.root_id.in_({row["tmid"] for row in replies}),
                Destination.enabled,
                Integration.enabled,
                Integration.dialect == UCHAT,
            )
        )
        with self.database.read() as session:
            found = [(thread, id_) for thread, id_ in session.execute(wanted)]
        made: list[dict[str, Any]] = []
        for row in replies:
            for thread, destination_id in found:
                # The integration's own are what the contact said.
                if (
                    thread.root_id == row["tmid"]
                    and thread.room_id == row["room_id"]
                    and thread.integration_id != row["integration_id"]
                ):
                    said = _said(row, thread.conversation_id, thread.sender_id)
                    made += outbox.delivery_rows(
                        [destination_id],
                        [said],
                        integration_id=thread.integration_id,
                        execution_id=row["execution_id"],
                    )
        return made

    def answers(
        self,
        integration_id: str,
        conversation: Conversation,
        messages: Sequence[Mapping[str, Any]],
        execution_id: str,
    ) -> list[dict[str, Any]]:
        """
        Return rows of `Delivery` for what an integration answers by itself.

        `messages` are as `engine.outbox.message_of` makes them.
        """
        if not messages:
            return []
        wanted = (
            sa.select(ConversationWebhook.destination_id)
            .join(Destination, Destination.id == ConversationWebhook.destination_id)
            .where(
                ConversationWebhook.integration_id == integration_id,
                ConversationWebhook.status == WebhookStatus.VERIFIED,
                Destination.enabled,
            )
        )
        first = (
            sa.select(ConversationThread.sender_id)
            .where(
                ConversationThread.integration_id == integration_id,
                ConversationThread.conversation_key == conversation.key,
            )
            .order_by(ConversationThread.created_at)
            .limit(1)
        )
        with self.database.read() as session:
            destination_ids = list(session.scalars(wanted))
            contact = session.scalar(first) or conversation.sender_id
        belongs = {"conv_id": conversation.id, "sender_id": contact}
        return outbox.delivery_rows(
            destination_ids,
            [{**message, "conversation": belongs} for message in messages],
            integration_id=integration_id,
            execution_id=execution_id,
        )

    def _root_of(self, key: Mapping[str, str]) -> str | None:
        """Return the message that began a thread, if it is still there."""
        wanted = (
            sa.select(ConversationThread.root_id)
            .join(Message, Message.id == ConversationThread.root_id)
            .where(*_has(key))
        )
        with self.database.read() as session:
            return session.scalar(wanted)

    def _beginning(self, values: Mapping[str, Any], message_ids: Sequence[str]) -> Step:
        """Return what stores a thread, or puts these messages into the one that was there first."""
        insert = (sqlite.insert if self.database.is_sqlite else postgresql.insert)(
            ConversationThread
        )
        is_it = _has({name: values[name] for name in _KEY})

        def step(connection: sa.Connection) -> None:
            connection.execute(insert.values(values).on_conflict_do_nothing())
            root_id = connection.scalar(sa.select(ConversationThread.root_id).where(*is_it))
            if root_id == values["root_id"]:
                return
            there = sa.select(Message.id).where(Message.id == root_id)
            if connection.scalar(there) is None:
                # Its messages have been pruned: it begins anew, with the contact that it has.
                again = sa.update(ConversationThread).where(*is_it)
                connection.execute(again.values(root_id=values["root_id"]))
                return
            # Somebody else's was stored meanwhile.
            connection.execute(
                sa.update(Message).where(Message.id.in_(message_ids)).values(tmid=root_id)
            )

        return step


def _has(key: Mapping[str, str]) -> list[sa.ColumnElement[bool]]:
    return [getattr(ConversationThread, name) == value for name, value in key.items()]


_USABLE_WEBHOOK = (
    ConversationWebhook,
    sa.and_(
        ConversationWebhook.integration_id == ConversationThread.integration_id,
        ConversationWebhook.status == WebhookStatus.VERIFIED,
    ),
)


def _said(row: Mapping[str, Any], conversation_id: int | str, sender_id: str) -> dict[str, Any]:
    return {
        "text": row["msg"],
        "sent_at": row["ts"].isoformat(),
        "alias": row["alias"] or row["user_name"],
        "avatar": row["avatar"] or "",
        "emoji": row["emoji"] or "",
        "username": row["username"],
        "attachments": row["attachments"],
        "thread_key": row["tmid"],
        "message_id": row["id"],
        "conversation": {"conv_id": conversation_id, "sender_id": sender_id},
    }
