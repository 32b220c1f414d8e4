"""Who belongs to a room and may know of it."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine import rooms
from engine.errors import Invalid
from engine.models import Room, RoomType, User
from engine.users import is_admin


def is_member(room: Room, user: User) -> bool:
    """Tell whether somebody is in a room."""
    return user.id in room.user_ids or user.id in room.member_ids


def may_see(room: Room, user: User) -> bool:
    """Tell whether somebody may know of a room: everybody of a channel, and administrators of all."""
    return room.type == RoomType.CHANNEL or is_member(room, user) or is_admin(user)


def visible(session: Session, user: User, *types: RoomType) -> list[Room]:
    """Return the rooms of these types that somebody may know of, by name."""
    found = session.scalars(
        sa.select(Room).where(Room.type.in_(types)).order_by(Room.name, Room.id)
    )
    return [room for room in found if may_see(room, user)]


def invite(room: Room, users: Sequence[User]) -> None:
    """
    Make several people members.

    :raise Invalid: when it is a direct room, or archived.
    """
    if room.type == RoomType.DIRECT or room.archived:
        raise Invalid("Nobody is invited to a direct or an archived room", field="roomId")
    room.member_ids = list(dict.fromkeys([*room.member_ids, *(user.id for user in users)]))


def members(session: Session, room: Room) -> list[User]:
    """Return who is in a room, by name."""
    wanted = {*room.user_ids, *room.member_ids}
    found = session.scalars(sa.select(User).where(User.id.in_(wanted)))
    return sorted(found, key=lambda user: user.username.lower())


def rooms_of(session: Session, user: User) -> list[dict[str, str]]:
    """Return the rooms that somebody is in, as Rocket.Chat's `users.info` lists them."""
    found = [room for room in visible(session, user, *RoomType) if is_member(room, user)]
    titles = rooms.titles(session, found)
    return [
        {"rid": room.id, "t": room.type, "name": room.name or titles[room.id]} for room in found
    ]
