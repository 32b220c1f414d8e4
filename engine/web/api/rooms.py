"""channels.*, groups.*, im.* (or dm.*) and rooms.*: the built-in rooms."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session

from engine import membership, room_details, rooms, users
from engine.errors import NotFound
from engine.models import Room, RoomType, User
from engine.outgoing.triggers import Ringing
from engine.web import the_engine
from engine.web.api.base import (
    Refused,
    admin_only,
    body,
    current_user,
    hops,
    logged_in,
    moment,
    success,
    text,
    wanted,
    window,
)
from engine.web.api.parameters import LISTED, SORTED_PAGE, Kind, NotHere, Taken, takes
from engine.web.api.selection import ROOM_MEMBERS, USER_MEMBERS, selection

blueprint = Blueprint("rooms", __name__)

#: More than any client reads; Rocket.Chat's `rooms.get` has no pages.
_MAX_ROOMS = 500


@dataclass(frozen=True, slots=True)
class Family:
    """Calls that differ in the kind of their rooms alone."""

    type: RoomType
    #: What a room is called in answers, several are, and in errors.
    one: str
    many: str
    called: str


_DIRECT = Family(RoomType.DIRECT, "room", "ims", "direct message")
FAMILIES = {
    "channels": Family(RoomType.CHANNEL, "channel", "channels", "channel"),
    "groups": Family(RoomType.PRIVATE, "group", "groups", "group"),
    "im": _DIRECT,
    "dm": _DIRECT,
}
#: A room by id or name, and how the calls of direct rooms name one.
ROOM: Taken = {"roomId": Kind.TEXT, "roomName": Kind.TEXT}
ANY_ROOM: Taken = {**ROOM, "username": Kind.TEXT}
ONE_ROOM = tuple(ANY_ROOM)
_PEOPLE: Taken = {
    **dict.fromkeys(("userId", "username", "user"), Kind.TEXT),
    **dict.fromkeys(("userIds", "usernames"), Kind.TEXTS),
}
_LIST: Taken = {**LISTED, "_id": Kind.TEXT}
ANY = "<any(channels,groups,im,dm):family>"
NAMED = "<any(channels,groups):family>"
PAIR = "<any(im,dm):family>"


@blueprint.post(f"/{NAMED}.archive")
@admin_only
@takes(ROOM, one_of=[tuple(ROOM)])
def archive(family: str) -> Response:
    """Close a room: it takes no more messages."""
    return _change_room(family, "roomArchived", lambda room, user: rooms.archive(room))


@blueprint.post(f"/{NAMED}.unarchive")
@admin_only
@takes(ROOM, one_of=[tuple(ROOM)])
def unarchive(family: str) -> Response:
    """Open a room again."""

    def open_again(room: Room) -> None:
        room.archived = False

    return _settle_room(family, open_again)


@blueprint.post("/channels.join")
@logged_in
@takes({**ROOM, "joinCode": NotHere(Kind.TEXT, "channels have no codes")}, one_of=[tuple(ROOM)])
def join() -> Response:
    """Become a member of an open room."""
    return _change_room("channels", "roomJoined", rooms.join)


@blueprint.post(f"/{NAMED}.leave")
@logged_in
@takes(ROOM, one_of=[tuple(ROOM)])
def leave(family: str) -> Response:
    """Be no member any more."""
    return _change_room(family, "roomLeft", rooms.leave)


@blueprint.post(f"/{NAMED}.invite")
@admin_only
@takes({**ROOM, **_PEOPLE}, one_of=[tuple(ROOM), tuple(_PEOPLE)])
def invite(family: str) -> Response:
    """Make others members."""
    with the_engine().database.read() as session:
        several = _invited(session, body())
    return _settle_room(family, lambda room: membership.invite(room, several))


@blueprint.post(f"/{NAMED}.kick")
@admin_only
@takes({**ROOM, **_PEOPLE}, one_of=[tuple(ROOM), tuple(_PEOPLE)])
def kick(family: str) -> Response:
    """Take others out."""

    def take_out(room: Room) -> None:
        for user in several:
            rooms.leave(room, user)

    with the_engine().database.read() as session:
        several = _invited(session, body())
    return _settle_room(family, take_out)


@blueprint.get(f"/{ANY}.list")
@logged_in
@takes(_LIST)
def list_rooms(family: str) -> Response:
    """Return the rooms of a kind that the caller may know of, by name."""
    return _listed(family, lambda room: True)


@blueprint.get("/channels.list.joined")
@logged_in
@takes(_LIST)
def list_joined() -> Response:
    """Return the channels that the caller has joined."""
    user = current_user()
    return _listed("channels", lambda room: membership.is_member(room, user))


@blueprint.get("/<any(groups):family>.listAll")
@blueprint.get(f"/{PAIR}.list.everyone")
@admin_only
@takes(_LIST)
def list_everybodys(family: str) -> Response:
    """Return everybody's."""
    return _listed(family, lambda room: True)


@blueprint.get(f"/{NAMED}.info")
@logged_in
@takes(ROOM, one_of=[tuple(ROOM)])
def info(family: str) -> Response:
    """Return one room."""
    with the_engine().database.read() as session:
        room = find(session, request.args, family)
        return success(**{FAMILIES[family].one: room_details.as_dict(session, room)})


@blueprint.get("/rooms.info")
@logged_in
@takes(ROOM, one_of=[tuple(ROOM)])
def info_of_any() -> Response:
    """Return one room of whatever kind."""
    with the_engine().database.read() as session:
        room = find(session, request.args, "rooms")
        return success(room=room_details.as_dict(session, room))


@blueprint.get("/rooms.get")
@logged_in
@takes({"updatedSince": Kind.TEXT})
def list_any() -> Response:
    """Return the rooms that the caller may know of; with `updatedSince`, those that changed."""
    since = moment("updatedSince")
    with the_engine().database.read() as session:
        found = membership.visible(session, current_user(), *RoomType)[:_MAX_ROOMS]
        listed = room_details.as_dicts(session, found)
    if since is not None:
        listed = [one for one in listed if one["_updatedAt"] > rooms.iso(since)]
    return success(update=listed, remove=[])


@blueprint.get(f"/{ANY}.members")
@logged_in
@takes(
    {
        **ANY_ROOM,
        **SORTED_PAGE,
        "filter": Kind.TEXT,
        "status": NotHere(Kind.TEXTS, "who is online is not known"),
        "query": Kind.TEXT,
    },
    one_of=[ONE_ROOM],
)
def list_members(family: str) -> Response:
    """Return who is in a room, by name; `filter` is a part of their names."""
    count, offset = window()
    with the_engine().database.read() as session:
        room = find(session, request.args, family)
        found = membership.members(session, room)
    part = (wanted("filter") or "").lower()
    told = [
        users.as_dict(user)
        for user in found
        if part in user.username.lower() or part in user.name.lower()
    ]
    for one in told:
        del one["emails"]  # for administrators alone, and so not to be asked for either
    chosen = selection(USER_MEMBERS).of(told)
    listed = chosen[offset : offset + count]
    if room.type == RoomType.DIRECT:  # both have been in it since it was made
        for one in listed:
            one["subscription"] = {
                "_id": f"{room.id}{one['_id']}",
                "ts": rooms.iso(room.created_at),
            }
    return success(members=listed, count=len(listed), offset=offset, total=len(chosen))


def find(session: Session, given: Mapping[str, Any], family: str) -> Room:
    """
    Return the room that `roomId` or `roomName` names, or the direct room with `username`.

    :raise Refused: when there is none of the family's kind, or the caller may not know of it.
    """
    user = current_user()
    kind = FAMILIES.get(family)
    room = _named(session, given, user, direct=kind is _DIRECT)
    # Calls for channels take every room, as they did when there were no others.
    is_kind = kind is None or kind.type in (RoomType.CHANNEL, room.type if room else None)
    if room is None or not is_kind or not membership.may_see(room, user):
        called = kind.called if kind else "channel"
        names = '"roomId"' if kind is _DIRECT else '"roomId" or "roomName"'
        raise Refused(
            f"The required {names} param provided does not match any {called}",
            "error-room-not-found",
            404 if family == "channels" else 400,
        )
    return room


def _named(session: Session, given: Mapping[str, Any], user: User, *, direct: bool) -> Room | None:
    names = ("roomId", "username") if direct else ("roomId", "roomName")
    named = next((name for name in names if given.get(name)), None)
    if named is None:
        quoted = " or ".join(f'"{name}"' for name in names)
        raise Refused(f"The parameter {quoted} is required", "error-roomid-param-not-provided")
    name = text(given, named)
    if named == "username":
        other = users.find_by_username(session, name.removeprefix("@"))
        return session.get(Room, rooms.direct_room_id(user, other)) if other else None
    try:
        return rooms.get(session, name)
    except NotFound:
        return None


def _listed(family: str, is_wanted: Callable[[Room], bool]) -> Response:
    count, offset = window()
    kind, chosen, room_id = FAMILIES[family], selection(ROOM_MEMBERS), wanted("_id")
    page = slice(offset, offset + count)
    with the_engine().database.read() as session:
        visible = membership.visible(session, current_user(), kind.type)
        found = [room for room in visible if room_id in (None, room.id) and is_wanted(room)]
        if chosen.is_whole:
            total, listed = len(found), room_details.as_dicts(session, found[page])
        else:
            every = chosen.of(room_details.as_dicts(session, found))
            total, listed = len(every), every[page]
    shown = chosen.show(listed)
    return success(**{kind.many: shown}, count=len(shown), offset=offset, total=total)


def _invited(session: Session, given: Mapping[str, Any]) -> list[User]:
    for name in _PEOPLE:
        if (named := given.get(name)) is not None:
            return people(session, named if isinstance(named, list) else [named], name)
    raise Refused(
        'The required "userId" or "username" param was not provided',
        "error-user-param-not-provided",
    )


def people(session: Session, named: Sequence[str], name: str) -> list[User]:
    """
    Return users by their ids or names.

    :raise Refused: when there is one missing of those that the parameter `name` has.
    """
    found = {one: users.find(session, one) for one in named}
    if missing := [one for one, user in found.items() if user is None]:
        raise Refused(f"There is no user {missing[0][:64]} (in {name})", "error-invalid-user")
    return [user for user in found.values() if user is not None]


def _settle_room(family: str, change: Callable[[Room], None]) -> Response:
    """Do something to a room that no outgoing integration waits for."""
    with the_engine().database.write() as session:
        room = find(session, body(), family)
        change(room)
        session.flush()
        return success(**{FAMILIES[family].one: room_details.as_dict(session, room)})


def _change_room(family: str, event: str, change: Callable[[Room, User], bool]) -> Response:
    """Do something to a room; where that changes it, outgoing integrations may wait for it."""
    engine = the_engine()
    ringing = Ringing()
    with engine.database.write() as session:
        user = current_user()
        room = find(session, body(), family)
        if change(room, user):
            ringing = engine.triggers.announce_room(session, event, room, user, hops=hops())
        session.flush()
        shown = room_details.as_dict(session, room)
    ringing.ring()
    return success(**{FAMILIES[family].one: shown})
