"""Rooms as Rocket.Chat's API shows them, with what is counted and looked up for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.models import Message, Room, RoomType, User
from engine.times import iso
from engine.users import BOT_USERNAME


def as_dicts(session: Session, several: Sequence[Room]) -> list[dict[str, Any]]:
    """
    Return rooms with Rocket.Chat's field names.

    Beyond what is stored these are `msgs`, `usersCount`, `u` (who made it), `lm` and `_updatedAt`, and
    `usernames` of direct rooms.
    """
    said = _said(session, several)
    people = _people(session, several)
    return [_as_dict(room, *said.get(room.id, (0, None)), people) for room in several]


def as_dict(session: Session, room: Room) -> dict[str, Any]:
    """Return one room so."""
    return as_dicts(session, [room])[0]


def direct_room_title(session: Session, room: Room, viewer_id: str | None = None) -> str:
    """Return the names of a direct room's users, the viewer's left out."""
    ids = [user_id for user_id in room.user_ids if user_id != viewer_id] or room.user_ids
    names = session.scalars(sa.select(User.username).where(User.id.in_(ids))).all()
    return ", ".join(f"@{name}" for name in sorted(names)) or "direct"


def _as_dict(
    room: Room, count: int, last: Message | None, people: dict[str, User]
) -> dict[str, Any]:
    ids = dict.fromkeys([*room.user_ids, *room.member_ids])
    changed = (room.created_at, room.updated_at, last.ts if last else None)
    members: dict[str, Any] = {
        **_stored(room),
        "msgs": count,
        "usersCount": len(ids),
        "_updatedAt": iso(max(one for one in changed if one is not None)),
    }
    # Rooms that nobody made are Rocket.Chat's bot's there, too.
    if maker := people.get(room.created_by or "") or people.get(BOT_USERNAME):
        members["u"] = {"_id": maker.id, "username": maker.username, "name": maker.name}
    if last is not None:
        members["lm"] = iso(last.ts)
    if room.type == RoomType.DIRECT:
        members["usernames"] = sorted(people[one].username for one in ids if one in people)
    return members


def _said(session: Session, several: Sequence[Room]) -> dict[str, tuple[int, Message | None]]:
    """Return room id -> how many messages it has, and the latest."""
    ids = [room.id for room in several]
    rows = session.execute(
        sa.select(Message.room_id, sa.func.count())
        .where(Message.room_id.in_(ids))
        .group_by(Message.room_id)
    )
    counts = {room_id: count for room_id, count in rows}
    # By itself it is one look into the index; together with the count it would be read with each row.
    latest = (
        sa.select(sa.func.max(Message.id))
        .where(Message.room_id == Room.id)
        .correlate(Room)
        .scalar_subquery()
    )
    wanted = sa.select(latest).where(Room.id.in_(ids))
    found = session.scalars(sa.select(Message).where(Message.id.in_(wanted)))
    last = {one.room_id: one for one in found}
    return {room_id: (count, last.get(room_id)) for room_id, count in counts.items()}


def _people(session: Session, several: Sequence[Room]) -> dict[str, User]:
    """Return id -> user, of who made them and who is in direct ones; the bot by its name as well."""
    ids = {user_id for room in several for user_id in (*room.user_ids, room.created_by)}
    found = session.scalars(
        sa.select(User).where(
            sa.or_(User.id.in_([one for one in ids if one]), User.username == BOT_USERNAME)
        )
    ).all()
    return {user.id: user for user in found} | {
        user.username: user for user in found if user.username == BOT_USERNAME
    }


def _stored(room: Room) -> dict[str, Any]:
    """Return the members that are told as they are stored."""
    members: dict[str, Any] = {
        "_id": room.id,
        "t": room.type,
        "topic": room.topic,
        "ro": room.read_only or room.archived,
        "ts": iso(room.created_at),
    }
    if room.name is not None:
        members |= {"name": room.name, "fname": room.name}
    if room.user_ids:
        members["uids"] = room.user_ids
    if room.archived:
        members["archived"] = True
    return members
