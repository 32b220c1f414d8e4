"""
Threads: messages that have a `tmid` in common.

It is the id of the message they answer or, when the caller names threads by keys of its own
(`engine.messages.ThreadKey`), that key; then the first message that has it is what the others answer.
The same holds when the message that was answered is no longer kept.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from engine import rooms
from engine.db import Database
from engine.errors import ChatError
from engine.messages import NO_SUCH_THREAD, Draft, ThreadKey
from engine.models import Message, Room


@dataclass(frozen=True, slots=True)
class Thread:
    """A message that was answered, and its answers."""

    #: The `tmid` of the answers.
    key: str
    head: Message
    count: int
    last_at: dt.datetime
    #: Who takes part, who wrote the head first.
    user_ids: list[str]

    def members(self) -> dict[str, Any]:
        """Return what Rocket.Chat adds to a thread's first message."""
        return {"tcount": self.count, "tlm": rooms.iso(self.last_at), "replies": self.user_ids}


def key_of(message: Message) -> str:
    """Return the `tmid` of answers to a message; there are no threads in threads."""
    return message.tmid or message.id


def join(session: Session, draft: Draft, room: Room) -> Draft:
    """
    Return a draft as it is posted to a room: an answer to an answer is one in the same thread.

    :raise ChatError: when its thread is none of this room.
    """
    if draft.tmid is None or isinstance(draft.tmid, ThreadKey):
        return draft
    answered = session.get(Message, draft.tmid)
    if answered is not None and answered.room_id == room.id:
        return replace(draft, tmid=key_of(answered))
    if _first(session, room.id, draft.tmid) is None:
        where = f"#{room.name}" if room.name else "this direct room"
        raise ChatError(NO_SUCH_THREAD, f"tmid {draft.tmid} is no message of {where}")
    return draft


def find(session: Session, message_id: str) -> Message:
    """
    Return the message of that id.

    :raise ChatError: when there is none.
    """
    message = session.get(Message, message_id)
    if message is None:
        raise ChatError(NO_SUCH_THREAD, f"there is no message {message_id}")
    return message


def has_thread(database: Database, integration_id: str, message_id: str) -> bool:
    """Tell whether an integration has posted a message of that id, or an answer to it."""
    with database.read() as session:
        found = session.scalar(
            sa.select(Message.id)
            .where(
                sa.or_(Message.id == message_id, Message.tmid == message_id),
                Message.integration_id == integration_id,
            )
            .limit(1)
        )
    return found is not None


def answers(
    session: Session, thread: Thread, *, count: int = 50, offset: int = 0, newest: bool = False
) -> Sequence[Message]:
    """Return a thread's answers, oldest first: the first ones, or the `newest`."""
    head = thread.head
    wanted = sa.select(Message).where(
        Message.tmid == thread.key, Message.room_id == head.room_id, Message.id != head.id
    )
    order = Message.id.desc() if newest else Message.id
    found = session.scalars(wanted.order_by(order).limit(count).offset(offset)).all()
    return found[::-1] if newest else found


def place_of(session: Session, thread: Thread, message_id: str, *, newest: bool = False) -> int:
    """
    Return how many answers of a thread come before one, or after it when the `newest` come first.

    :raise ChatError: when it is none of the thread.
    """
    here = (
        Message.tmid == thread.key,
        Message.room_id == thread.head.room_id,
        Message.id != thread.head.id,
    )
    if session.scalar(sa.select(Message.id).where(*here, Message.id == message_id)) is None:
        raise ChatError(NO_SUCH_THREAD, f"there is no answer {message_id} in this thread")
    before = Message.id > message_id if newest else Message.id < message_id
    return session.scalar(sa.select(sa.func.count(Message.id)).where(*here, before)) or 0


def threads_of(session: Session, messages: Sequence[Message]) -> dict[str, Thread]:
    """Return key -> thread, of those that messages of one room begin or answer in."""
    if not messages:
        return {}
    return _threads(session, messages[0].room_id, {key_of(one) for one in messages})


def latest_threads(
    session: Session, room: Room, *, count: int, offset: int = 0
) -> tuple[list[Thread], int]:
    """Return a room's threads, those with the latest answers first, and how many there are."""
    head = aliased(Message)
    is_answer = sa.exists().where(head.id == Message.tmid, head.room_id == room.id)
    keys = (
        sa.select(Message.tmid)
        .where(Message.room_id == room.id, Message.tmid.is_not(None))
        .group_by(Message.tmid)
        # A single message that has a key is no thread yet.
        .having(sa.or_(sa.func.count() > 1, is_answer))
    )
    total = session.scalar(sa.select(sa.func.count()).select_from(keys.subquery())) or 0
    latest = keys.order_by(sa.func.max(Message.id).desc()).limit(count).offset(offset)
    wanted = [key for key in session.scalars(latest) if key is not None]
    found = _threads(session, room.id, wanted)
    return [found[key] for key in wanted if key in found], total


def as_dicts(session: Session, messages: Sequence[Message]) -> list[dict[str, Any]]:
    """Return messages of one room with Rocket.Chat's field names, those of threads included."""
    threads = threads_of(session, messages)
    return [as_dict(message, threads.get(key_of(message))) for message in messages]


def as_dict(message: Message, thread: Thread | None) -> dict[str, Any]:
    """Return a message with Rocket.Chat's field names, and its thread's when it is the first of it."""
    is_head = thread is not None and thread.head.id == message.id
    return rooms.message_as_dict(message) | (thread.members() if thread and is_head else {})


def _first(session: Session, room_id: str, key: str) -> Message | None:
    wanted = sa.select(Message).where(Message.room_id == room_id, Message.tmid == key)
    return session.scalar(wanted.order_by(Message.id).limit(1))


def _threads(session: Session, room_id: str, keys: Iterable[str]) -> dict[str, Thread]:
    keys = list(keys)
    here = sa.select(Message).where(Message.room_id == room_id)
    heads = {one.id: one for one in session.scalars(here.where(Message.id.in_(keys)))}
    first = sa.func.min(Message.id)
    # One row for each thread and who takes part in it.
    rows = session.execute(
        sa.select(Message.tmid, Message.user_id, sa.func.count(), sa.func.max(Message.ts), first)
        .where(Message.room_id == room_id, Message.tmid.in_(keys))
        .group_by(Message.tmid, Message.user_id)
        .order_by(first)
    )
    several: dict[str, list[Any]] = {}
    for row in rows:
        several.setdefault(str(row[0]), []).append(row)
    headless = [its[0][4] for key, its in several.items() if key not in heads]
    firsts = {one.id: one for one in session.scalars(here.where(Message.id.in_(headless)))}
    found: dict[str, Thread] = {}
    for key, its in several.items():
        head = heads.get(key) or firsts.get(its[0][4])
        count = sum(row[2] for row in its) - (key not in heads)
        if head is None or not count:
            continue
        takers = dict.fromkeys([head.user_id, *(row[1] for row in its)])
        found[key] = Thread(key, head, count, max(row[3] for row in its), list(takers))
    return found
