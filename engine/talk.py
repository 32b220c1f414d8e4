"""What people say in rooms: posting, answering in threads, editing, deleting and reacting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import sqlalchemy as sa

from engine import emptiness, membership, messages, reactions, replies, rooms, users
from engine.answers import UNKNOWN_ERROR
from engine.blanks import is_blank
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
        custom_fields: dict[str, Any] | None = None,
        hops: int = 0,
    ) -> dict[str, Any]:
        """
        Change a message's text, and its custom fields if given; return its row. The same is no edit.

        `hops` counts the outgoing calls that led to it.

        :raise NotFound: when there is no such message.
        :raise Invalid: when it is of another room than `room_id`, or nothing would be left of it.
        :raise ChatError: when the text is too long, or the user may not change it.
        """
        content = {"text": text, "customFields": custom_fields}
        draft = messages.build(content, Defaults(), max_chars=self._settings.message_max_chars)
        message = self._own(user, message_id, room_id)
        beside = emptiness.shows_beside(message.attachments, message.extra)
        if is_blank(draft.msg) and not beside:
            raise Invalid("A message without text would be empty", field="text")
        row = {one.key: getattr(message, one.key) for one in sa.inspect(Message).column_attrs}
        extra = message.extra
        if custom_fields is not None:
            extra = {**extra, "customFields": custom_fields}
        if (draft.msg, extra) != (message.msg, message.extra):
            row["msg"], row["extra"], row["edited_at"] = draft.msg, extra, utcnow()
            row["edited_by"] = {"_id": user.id, "username": user.username}
            self._store([row], edited=True, hops=hops)
        return row

    def delete(self, user: User, message_id: str, *, room_id: str | None = None) -> Message:
        """
        Delete a message; return it. What answered it stays, as messages of the room.

        Other systems keep what was delivered to them, and outgoing integrations hear nothing of it.

        :raise NotFound: when there is no such message.
        :raise Invalid: when it is of another room than `room_id`.
        :raise ChatError: when the user may not delete it.
        """
        message = self._own(user, message_id, room_id)
        with self._database.write_connection() as connection:
            # Rocket.Chat's `removeThreadRefByThreadId`.
            connection.execute(
                sa.update(Message)
                .where(Message.tmid == message.id, Message.room_id == message.room_id)
                .values(tmid=None)
            )
            connection.execute(sa.delete(Message).where(Message.id == message.id))
        return message

    def react(
        self, user: User, message_id: str, emoji: str, should_react: bool | None = None
    ) -> None:
        """
        React to a message with an emoji, or take that back; without `should_react`, the other of both.

        :raise NotFound: when there is no such message.
        :raise ChatError: when there is no such emoji, or the user may not react.
        """
        name = reactions.shortcode(emoji)
        _, room = self._find(user, message_id)
        if room.read_only or room.archived:
            raise ChatError(READ_ONLY, "nothing is written in the room any more")
        with self._database.write_connection() as connection:
            is_it = Message.id == message_id
            # Locked, so that of two who react at once both are there.
            found = connection.execute(
                sa.select(Message.reactions).where(is_it).with_for_update()
            ).one_or_none()
            if found is None:
                raise NotFound(_missing(message_id))
            after = reactions.changed(found.reactions, name, user.username, should_react)
            if after is not None:
                values = {"reactions": after or None, "reacted_at": utcnow()}
                connection.execute(sa.update(Message).where(is_it).values(values))

    def _own(self, user: User, message_id: str, room_id: str | None) -> Message:
        """Return a message that a user may change."""
        message, room = self._find(user, message_id)
        if room_id is not None and room_id != room.id:
            reason = "The room id provided does not match where the message is from."
            raise Invalid(reason, field="roomId")
        if message.user_id != user.id and not users.is_admin(user):
            raise ChatError(
                NOT_ALLOWED, "Only who wrote a message and administrators may edit or delete it"
            )
        if room.read_only or room.archived:
            raise ChatError(READ_ONLY, "nothing is written in the room any more")
        return message

    def _find(self, user: User, message_id: str) -> tuple[Message, Room]:
        """Return a message that a user may know of, and its room."""
        with self._database.read() as session:
            # PostgreSQL would not even compare a NUL.
            message = session.get(Message, message_id) if "\x00" not in message_id else None
            room = session.get(Room, message.room_id) if message is not None else None
        if message is None or room is None or not membership.may_see(room, user):
            raise NotFound(_missing(message_id))
        return message, room

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
    if not membership.may_see(room, user):
        return "Only its members write in a private room"
    return ""


def _missing(message_id: str) -> str:
    return f'No message found with the id of "{message_id}".'


def _change(row: Mapping[str, Any], connection: sa.Connection) -> None:
    # One that was removed meanwhile stays removed.
    changed = {name: row[name] for name in ("msg", "extra", "edited_at", "edited_by")}
    connection.execute(sa.update(Message).where(Message.id == row["id"]).values(changed))
