"""What people say in rooms: posting, answering in threads, and editing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import sqlalchemy as sa

from engine import emptiness, messages, replies, rooms, users
from engine.answers import UNKNOWN_ERROR
from engine.conversations import Conversations
from engine.db import Database, utcnow
from engine.delivery.bell import Bell
from engine.delivery.tables import Delivery
from engine.errors import ChatError, Invalid, NotFound
from engine.journal import Entry, Journal
from engine.messages import READ_ONLY, Defaults
from engine.models import Message, Room, RoomType, User
from engine.outgoing.triggers import Triggers
from engine.settings import Settings

NOT_ALLOWED = "error-action-not-allowed"


class Talk:
    """Stores what people say; every change goes through the journal."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        journal: Journal,
        triggers: Triggers,
        conversations: Conversations,
        bell: Bell,
    ) -> None:
        self._settings = settings
        self._database = database
        self._journal = journal
        self._triggers = triggers
        self._conversations = conversations
        self._bell = bell

    def post(
        self, user: User, content: Mapping[str, Any], targets: Sequence[str], *, hops: int = 0
    ) -> list[dict[str, Any]]:
        """
        Post a content of Rocket.Chat's form as a user; return a row of `Message` for each room.

        Every target is looked up before anything is posted. `hops` counts the outgoing calls that led
        to it.

        :raise ChatError: when the message, its thread or a room is not acceptable.
        """
        draft = messages.build(content, Defaults(), max_chars=self._settings.message_max_chars)
        if not emptiness.is_message(draft):
            raise ChatError(UNKNOWN_ERROR, emptiness.REASON)
        found = [rooms.resolve(self._database, target, user) for target in targets]
        several = {room.id: room for room in found}.values()
        for room in several:
            if reason := forbidden(room, user):
                raise ChatError(NOT_ALLOWED, reason)
        with self._database.read() as session:
            drafts = [(replies.join(session, draft, room), room) for room in several]
        rows = [rooms.message_row(made, room, user) for made, room in drafts]
        self._store(rows, hops=hops)
        return rows

    def edit(
        self,
        user: User,
        message_id: str,
        text: str,
        *,
        room_id: str | None = None,
        hops: int = 0,
    ) -> dict[str, Any]:
        """
        Change a message's text; return its row. The same text is no edit.

        `hops` counts the outgoing calls that led to it.

        :raise NotFound: when there is no such message.
        :raise Invalid: when it is of another room than `room_id`, or nothing would be left of it.
        :raise ChatError: when the text is too long, or the user may not change it.
        """
        content = {"text": text}
        draft = messages.build(content, Defaults(), max_chars=self._settings.message_max_chars)
        with self._database.read() as session:
            # PostgreSQL would not even compare a NUL.
            message = session.get(Message, message_id) if "\x00" not in message_id else None
            if message is None:
                raise NotFound(f'No message found with the id of "{message_id}".')
            room = session.get_one(Room, message.room_id)
        if room_id is not None and room_id != room.id:
            reason = "The room id provided does not match where the message is from."
            raise Invalid(reason, field="roomId")
        if message.user_id != user.id and not users.is_admin(user):
            raise ChatError(NOT_ALLOWED, "Only who wrote a message and administrators may edit it")
        if room.read_only or room.archived:
            raise ChatError(READ_ONLY, "nothing is written in the room any more")
        if emptiness.is_blank(draft.msg) and not message.attachments:
            raise Invalid("A message without text would be empty", field="text")
        row = {one.key: getattr(message, one.key) for one in sa.inspect(Message).column_attrs}
        if draft.msg != message.msg:
            row["msg"], row["edited_at"] = draft.msg, utcnow()
            row["edited_by"] = {"_id": user.id, "username": user.username}
            self._store([row], edited=True, hops=hops)
        return row

    def _store(
        self, rows: Sequence[dict[str, Any]], *, edited: bool = False, hops: int = 0
    ) -> None:
        """Add new messages, or the new texts of old ones, to an entry of the journal and store it."""
        entry = Entry()
        ringing = self._triggers.announce(entry, rows, edited=edited, hops=hops)
        for row in rows:
            if edited:
                entry.steps.append(partial(_change, row))
            else:
                entry.add(Message, row)
        deliveries = [] if edited else self._conversations.deliveries_for(rows)
        for delivery in deliveries:
            entry.add(Delivery, delivery)
        self._journal.store(entry)
        ringing.ring()
        if deliveries:
            self._bell.ring({delivery["destination_id"] for delivery in deliveries})


def forbidden(room: Room, user: User) -> str:
    """Return why a user cannot write in a room, or nothing."""
    if room.archived:
        return "This room is archived"
    if room.read_only:
        return "This room is read-only"
    if room.type == RoomType.DIRECT and user.id not in room.user_ids:
        return "Only the two people of a direct room write in it"
    return ""


def _change(row: Mapping[str, Any], connection: sa.Connection) -> None:
    # One that was removed meanwhile stays removed.
    changed = {name: row[name] for name in ("msg", "edited_at", "edited_by")}
    connection.execute(sa.update(Message).where(Message.id == row["id"]).values(changed))
