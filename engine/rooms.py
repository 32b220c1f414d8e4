"""The built-in chat: rooms, where a message may go, and the rows it becomes."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from engine.db import Database, utcnow
from engine.errors import ChatError, Conflict, Invalid, NotFound
from engine.ids import new_id, new_sortable_id
from engine.messages import READ_ONLY, Draft
from engine.models import Message, Room, RoomType, User
from engine.times import iso as iso
from engine.times import read_time
from engine.users import find, find_by_username

GENERAL = "general"
ROOM_NAME = re.compile(r"[\w.-]{1,64}")


def create_channel(
    session: Session,
    name: str,
    *,
    topic: str = "",
    private: bool = False,
    read_only: bool = False,
    members: Sequence[User] = (),
    by: User | None = None,
) -> Room:
    """
    Add a room with these members; `by` is who makes it.

    :raise Invalid: for an unusable name. :raise Conflict: when there is one of that name.
    """
    name = name.strip().removeprefix("#")
    if not ROOM_NAME.fullmatch(name):
        raise Invalid(
            "A room's name is 1 to 64 letters, digits, dots, dashes or underscores", field="name"
        )
    if find_by_name(session, name) is not None:
        raise Conflict(
            f"There is a room #{name} already",
            field="name",
            error_type="error-duplicate-channel-name",
        )
    room = Room(
        id=new_id(),
        type=RoomType.PRIVATE if private else RoomType.CHANNEL,
        name=name,
        topic=topic.replace("\x00", "").strip()[:1000],
        read_only=read_only,
        user_ids=[],
        member_ids=list(dict.fromkeys(user.id for user in members)),
        created_at=utcnow(),
        created_by=by.id if by else None,
    )
    session.add(room)
    return room


def archive(room: Room) -> bool:
    """Close a room; tell whether it was open."""
    was_open, room.archived = not room.archived, True
    return was_open


def join(room: Room, user: User) -> bool:
    """
    Make somebody a member; tell whether he was none.

    :raise Invalid: when it is not for everybody, or archived.
    """
    if room.type != RoomType.CHANNEL or room.archived:
        raise Invalid("Only an open channel can be joined", field="roomId")
    if user.id in room.member_ids:
        return False
    room.member_ids = [*room.member_ids, user.id]
    return True


def leave(room: Room, user: User) -> bool:
    """Take a member out; tell whether he was one."""
    if user.id not in room.member_ids:
        return False
    room.member_ids = [one for one in room.member_ids if one != user.id]
    return True


def find_by_name(session: Session, name: str) -> Room | None:
    """Return the room of that name."""
    return session.scalar(sa.select(Room).where(Room.name == name))


def get(session: Session, id_or_name: str) -> Room:
    """
    Return the room of that id or name.

    :raise NotFound: when there is none.
    """
    room = None
    if "\x00" not in id_or_name:  # which PostgreSQL would not even compare
        room = session.get(Room, id_or_name) or find_by_name(session, id_or_name.removeprefix("#"))
    if room is None:
        raise NotFound(f"There is no room {id_or_name}")
    return room


def resolve(database: Database, target: str, sender: User) -> Room:
    """
    Return the room that a target names, making a direct room when it is the first message to a user.

    `#x` is a room's id or name, `@x` a user's id or name, without a prefix a room or a user's id
    (wire.md 1.1, "Destinations").

    :raise ChatError: `invalid-channel`, or the room takes no messages.
    """
    with database.read() as session:
        room, user = look_up(session, target)
        if room is None and user is not None:
            room = session.get(Room, direct_room_id(sender, user))
    if room is None and user is not None:
        room = open_direct_room(database, sender, user)
    if room is None:
        raise ChatError("invalid-channel", f"there is no {_described(target)}", target=target)
    if room.read_only or room.archived:
        state = "archived" if room.archived else "read-only"
        raise ChatError(READ_ONLY, f"{target} is {state}", target=target)
    return room


def direct_room_id(one: User, other: User) -> str:
    """Return the id of the room between two users, as Rocket.Chat makes it: both ids, sorted."""
    return "".join(sorted({one.id, other.id}))


def message_row(
    draft: Draft,
    room: Room,
    sender: User,
    *,
    integration_id: str | None = None,
    execution_id: str | None = None,
    at: dt.datetime | None = None,
) -> dict[str, Any]:
    """Return the row that a draft becomes in a room."""
    return {
        "id": new_sortable_id(),
        "room_id": room.id,
        "ts": at or utcnow(),
        "user_id": sender.id,
        "username": sender.username,
        "user_name": sender.name,
        "msg": draft.msg,
        "alias": draft.alias,
        "avatar": draft.avatar,
        "emoji": draft.emoji,
        "attachments": draft.attachments,
        "tmid": None if draft.tmid is None else str(draft.tmid),
        "extra": draft.extra,
        "integration_id": integration_id,
        "execution_id": execution_id,
        "hops": 0,
        "edited_at": None,
        "edited_by": None,
        "reactions": None,
        "reacted_at": None,
    }


def latest_messages(
    session: Session,
    room: Room,
    *,
    count: int = 50,
    before: str | None = None,
    after: str | None = None,
) -> Sequence[Message]:
    """Return a room's messages, newest first: those between the ids `after` and `before`."""
    wanted = sa.select(Message).where(Message.room_id == room.id)
    if before is not None:
        wanted = wanted.where(Message.id < before)
    if after is not None:
        wanted = wanted.where(Message.id > after)
    return session.scalars(wanted.order_by(Message.id.desc()).limit(count)).all()


def following_messages(
    session: Session, room: Room, after: str, *, count: int = 50
) -> Sequence[Message]:
    """Return the messages that came next after that id, oldest first."""
    wanted = sa.select(Message).where(Message.room_id == room.id, Message.id > after)
    return session.scalars(wanted.order_by(Message.id).limit(count)).all()


def changed_messages(
    session: Session, room: Room, since: dt.datetime, *, count: int = 200
) -> list[Message]:
    """Return the messages that were edited or reacted to since then, the latest of either first."""
    found: dict[str, Message] = {}
    for moment in (Message.edited_at, Message.reacted_at):  # each has an index of its own
        wanted = sa.select(Message).where(Message.room_id == room.id, moment >= since)
        for one in session.scalars(wanted.order_by(moment.desc()).limit(count)):
            found[one.id] = one
    return list(found.values())


def messages_of(session: Session, execution_id: str) -> list[tuple[Message, Room]]:
    """Return the messages that an execution posted, each with its room."""
    rows = session.execute(
        sa.select(Message, Room)
        .join(Room, Room.id == Message.room_id)
        .where(Message.execution_id == execution_id)
        .order_by(Message.id)
    )
    return [(message, room) for message, room in rows]


def list_rooms(session: Session, *, count: int = 500) -> list[tuple[Room, Message | None]]:
    """Return rooms with their latest messages, those with the latest first."""
    latest = (
        sa.select(sa.func.max(Message.id))
        .where(Message.room_id == Room.id)
        .correlate(Room)
        .scalar_subquery()
    )
    rows = session.execute(
        sa.select(Room, latest.label("latest"))
        .order_by(sa.text("latest DESC NULLS LAST"), Room.name, Room.id)
        .limit(count)
    ).all()
    ids = [message_id for _, message_id in rows if message_id is not None]
    found = {one.id: one for one in session.scalars(sa.select(Message).where(Message.id.in_(ids)))}
    return [(room, found.get(message_id)) for room, message_id in rows]


def find_names(session: Session, typed: str, *, count: int) -> list[tuple[str, str]]:
    """Return (name, topic) of rooms that a text may be the beginning of."""
    wanted, name = typed.lower(), sa.func.lower(Room.name)
    begins = name.startswith(wanted, autoescape=True)
    found = session.execute(
        sa.select(Room.name, Room.topic)
        .where(Room.name.is_not(None), name.contains(wanted, autoescape=True))
        .order_by(begins.desc(), name)
        .limit(count)
    )
    return [(one, other) for one, other in found if one is not None]


def titles(session: Session, several: Sequence[Room]) -> dict[str, str]:
    """Return room id -> what to call it: `#name`, or who talks in a direct room."""
    ids = {user_id for room in several for user_id in room.user_ids}
    rows = session.execute(sa.select(User.id, User.username).where(User.id.in_(ids)))
    names: dict[str, str] = {user_id: username for user_id, username in rows}
    return {
        room.id: f"#{room.name}"
        if room.name is not None
        else ", ".join(sorted(f"@{names[one]}" for one in room.user_ids if one in names))
        or "direct room"
        for room in several
    }


def message_as_dict(message: Message) -> dict[str, Any]:
    """Return a message with Rocket.Chat's field names; absent members are left out."""
    members: dict[str, Any] = {
        "_id": message.id,
        "rid": message.room_id,
        "msg": message.msg,
        "ts": iso(message.ts),
        "u": {"_id": message.user_id, "username": message.username, "name": message.user_name},
        **message.extra,
        "attachments": [_attachment(one) for one in message.attachments],
    }
    for name in ("alias", "avatar", "emoji", "tmid"):
        if (value := getattr(message, name)) is not None:
            members[name] = value
    if message.integration_id is not None:
        members["bot"] = {"i": message.integration_id}
    if message.edited_at is not None:
        members |= {"editedAt": iso(message.edited_at), "editedBy": message.edited_by}
    if message.reactions:
        members["reactions"] = message.reactions
    touched = (message.ts, message.edited_at, message.reacted_at)
    members["_updatedAt"] = iso(max(moment for moment in touched if moment is not None))
    return members


def _attachment(given: Any) -> Any:
    """Return an attachment with its time as Rocket.Chat's type has it; one that is none stays as it is."""
    if not isinstance(given, dict) or (ts := read_time(given.get("ts"))) is None:
        return given
    return {**given, "ts": iso(ts)}


def look_up(session: Session, target: str) -> tuple[Room | None, User | None]:
    """Return the room, or the user, that a target names."""
    if target.startswith("@"):
        return None, find(session, target[1:])
    name = target.removeprefix("#")
    if not name:
        return None, None
    room = session.get(Room, name) or find_by_name(session, name)
    if room is not None or target.startswith("#"):
        return room, None
    return None, session.get(User, name)


def _described(target: str) -> str:
    return f"user {target}" if target.startswith("@") else f"room {target or '(empty name)'}"


def open_direct_room(database: Database, one: User, other: User) -> Room:
    """Return the direct room between two people, made if need be."""
    room_id = direct_room_id(one, other)
    row = {
        "id": room_id,
        "type": RoomType.DIRECT,
        "name": None,
        "topic": "",
        "read_only": False,
        "user_ids": sorted({one.id, other.id}),
        "created_at": utcnow(),
        "created_by": one.id,
    }
    insert = sqlite.insert if database.is_sqlite else postgresql.insert
    with database.write() as session:
        # Two first messages at the same moment: one of them makes the room.
        session.execute(insert(Room).values(row).on_conflict_do_nothing())
        return session.get_one(Room, room_id)


def find_sender(session: Session, wanted: dict[str, Any]) -> User | None:
    """Return the user a script names with `user: {_id, username}`."""
    by_id, by_name = wanted.get("_id"), wanted.get("username")
    user = session.get(User, by_id) if isinstance(by_id, str) and by_id.isalnum() else None
    if user is None and isinstance(by_name, str):
        user = find_by_username(session, by_name)
    return user
