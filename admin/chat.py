"""A stretch of a room's messages as its page shows it: answers in short, threads beside, what changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import Session

from admin.rendering import MessageView, excerpt, view_of_row
from engine import replies, rooms
from engine.db import utcnow
from engine.ids import sortable_prefix
from engine.models import Message, Room, User
from engine.replies import Thread, key_of
from engine.rooms import message_as_dict
from engine.times import iso

PER_PAGE = 50
#: Answers shown of one thread: the latest.
PER_THREAD = 200
#: How many messages are shown above one that a link leads to, itself included.
_ABOVE = 20
#: A message has its id before it is stored, and a commit may overtake another.
_LOOK_BACK = dt.timedelta(seconds=20)
_HEAD_CHARS = 80
#: A page that shows more is not told what was deleted from it.
_MAX_COMPARED = 2000


@dataclass(frozen=True, slots=True)
class Line:
    """A message in its room."""

    message: MessageView
    #: Changes when the message or its thread does.
    version: str
    #: The text to edit, of the reader's own messages.
    own_text: str | None = None
    #: Of a thread's first message: how many answers, and when the last one came.
    answers: int = 0
    last_at: str | None = None
    #: Of an answer: what it answers, and in words. Of another message: itself.
    head_id: str = ""
    head_said: str = ""
    said: str = ""
    #: An answer that is also said to the room.
    is_for_all: bool = False

    @property
    def is_answer(self) -> bool:
        return self.head_id != self.message.id


@dataclass(frozen=True, slots=True)
class Chat:
    """Messages, oldest first, and whether there are more at either end."""

    lines: list[Line] = field(default_factory=list)
    has_older: bool = False
    has_newer: bool = False

    @property
    def first(self) -> str | None:
        return self.lines[0].message.id if self.lines else None


@dataclass(frozen=True, slots=True)
class Opened:
    """A thread that is open beside its room; `head` is None when it is no longer there."""

    head_id: str
    head: Line | None = None
    chat: Chat = field(default_factory=Chat)
    answers: int = 0


@dataclass(frozen=True, slots=True)
class News:
    """What happened in a room since somebody last asked, and the moment to ask from next time."""

    fresh: Chat
    #: Messages that may be on the page already, and look different now.
    changed: Chat
    seen_ms: int
    #: The same of the thread that is open.
    thread: Opened | None = None
    thread_changed: Chat = field(default_factory=Chat)


def latest(session: Session, room: Room, reader: User, before: str | None) -> Chat:
    """Return the newest messages, or those before one."""
    found = rooms.latest_messages(session, room, count=PER_PAGE + 1, before=before)
    return Chat(
        _lines(session, found[:PER_PAGE][::-1], reader),
        has_older=len(found) > PER_PAGE,
        has_newer=before is not None,
    )


def around(session: Session, room: Room, reader: User, at: str) -> Chat:
    """Return a message among those before and after it."""
    # "0" after an id is the least text above it: the message itself is in the upper part.
    above = rooms.latest_messages(session, room, count=_ABOVE + 1, before=at + "0")
    below = rooms.following_messages(session, room, at, count=PER_PAGE - _ABOVE + 1)
    shown = [*above[:_ABOVE][::-1], *below[: PER_PAGE - _ABOVE]]
    return Chat(
        _lines(session, shown, reader),
        has_older=len(above) > _ABOVE,
        has_newer=len(below) > PER_PAGE - _ABOVE,
    )


def thread(session: Session, room: Room, reader: User, message_id: str) -> Opened:
    """Return the thread that a message began, or is in."""
    message = session.get(Message, message_id)
    if message is None or message.room_id != room.id:
        return Opened(message_id)
    found = replies.threads_of(session, [message]).get(key_of(message))
    if found is None:
        return Opened(message_id, _lines(session, [message], reader)[0])
    several = replies.answers(session, found, count=PER_THREAD + 1, newest=True)
    return Opened(
        found.head.id,
        _lines(session, [found.head], reader)[0],
        Chat(_lines(session, several[-PER_THREAD:], reader), has_older=len(several) > PER_THREAD),
        found.count,
    )


def news(
    session: Session,
    room: Room,
    reader: User,
    *,
    after: str,
    seen: dt.datetime | None,
    thread_id: str | None,
) -> News:
    """Return the messages after an id, what changed since a moment, and the thread that is open."""
    now = utcnow()
    lately = now - _LOOK_BACK
    since = min(after, sortable_prefix(lately.timestamp()))
    found = rooms.latest_messages(session, room, count=PER_PAGE + 1, after=since)
    altered = rooms.changed_messages(session, room, min(seen or lately, lately))
    heads = [one.head for one in replies.threads_of(session, found).values()]
    changed = list({one.id: one for one in (*altered, *heads)}.values())
    fresh = _lines(session, found[:PER_PAGE][::-1], reader)
    differing = _lines(session, changed, reader)
    seen_ms = int(now.timestamp() * 1000)
    opened = session.get(Message, thread_id) if thread_id else None
    if opened is None or opened.room_id != room.id:
        return News(Chat(fresh, len(found) > PER_PAGE), Chat(differing), seen_ms)
    head = thread_head(session, opened, reader)
    return News(
        Chat(fresh, len(found) > PER_PAGE),
        Chat(differing),
        seen_ms,
        Opened(
            head.message.id, head, Chat([one for one in fresh if _answers(one, head)]), head.answers
        ),
        Chat([one for one in differing if one.head_id == head.message.id]),
    )


def still_there(
    session: Session, room: Room, first: str, last: str, shown: int
) -> list[str] | None:
    """
    Return the ids of the messages from one to another, when they are not as many as a page shows.

    Messages that are deleted leave nothing behind that could be asked for.
    """
    is_between = (Message.room_id == room.id, Message.id >= first, Message.id <= last)
    count = session.scalar(sa.select(sa.func.count(Message.id)).where(*is_between))
    if count == shown or shown > _MAX_COMPARED:
        return None
    found = sa.select(Message.id).where(*is_between).order_by(Message.id)
    return list(session.scalars(found.limit(_MAX_COMPARED * 2)))


def thread_head(session: Session, message: Message, reader: User) -> Line:
    """Return the first message of the thread that a message is in, or could begin."""
    found = replies.threads_of(session, [message]).get(key_of(message))
    return one_line(session, found.head if found else message, reader)


def one_line(session: Session, message: Message, reader: User) -> Line:
    """Return one message."""
    return _lines(session, [message], reader)[0]


def _lines(session: Session, messages: Sequence[Message], reader: User) -> list[Line]:
    threads = replies.threads_of(session, messages)
    return [_line(message, threads, reader) for message in messages]


def _line(message: Message, threads: Mapping[str, Thread], reader: User) -> Line:
    view = view_of_row(message)
    version = _version(message)
    is_own = message.user_id == reader.id and message.integration_id is None
    own_text = message.msg if is_own else None
    found = threads.get(key_of(message))
    if found is None:
        return Line(view, version, own_text, head_id=message.id)
    if found.head.id == message.id:
        version = f"{version}/{found.count}"
        last_at = iso(found.last_at)
        return Line(view, version, own_text, found.count, last_at, head_id=message.id)
    return Line(
        view,
        version,
        own_text,
        head_id=found.head.id,
        head_said=_short(excerpt(message_as_dict(found.head))),
        said=excerpt(message_as_dict(message)),
        is_for_all=message.extra.get("tshow") is True,
    )


def _version(message: Message) -> str:
    changes = (message.edited_at, message.reacted_at)
    return " ".join(iso(moment) for moment in changes if moment is not None)


def _answers(line: Line, head: Line) -> bool:
    return line.is_answer and line.head_id == head.message.id


def _short(text: str) -> str:
    return text if len(text) <= _HEAD_CHARS else f"{text[:_HEAD_CHARS].rstrip()}…"
