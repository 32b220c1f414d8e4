"""channels.*, groups.*, im.* (or dm.*) and rooms.*: the built-in rooms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session

from engine import membership, room_details, rooms, users
from engine.errors import Invalid, NotFound
from engine.models import Room, RoomType, User
from engine.outgoing.triggers import Ringing
from engine.web import the_engine
from engine.web.api.base import (
    Refused,
    admin_only,
    body,
    current_user,
    flag,
    hops,
    logged_in,
    moment,
    success,
    text,
    window,
)

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
ANY = "<any(channels,groups,im,dm):family>"
_NAMED = "<any(channels,groups):family>"
_PAIR = "<any(im,dm):family>"


@blueprint.post(f"/{_NAMED}.create")
@admin_only
def create(family: str) -> Response:
    """Add a room; who makes a private one is in it."""
    given, kind = body(), FAMILIES[family]
    read_only = flag(given, "readOnly")
    engine, user = the_engine(), current_user()
    with engine.database.write() as session:
        room = rooms.create_channel(
            session,
            text(given, "name"),
            topic=text(given, "topic", required=False),
            private=kind.type == RoomType.PRIVATE,
            by=user,
        )
        room.read_only = read_only is True
        first = [user] if kind.type == RoomType.PRIVATE else []
        room.member_ids = []
        membership.invite(room, [*first, *_people(session, given.get("members") or [])])
        session.flush()
        ringing = engine.triggers.announce_room(session, "roomCreated", room, user, hops=hops())
        shown = room_details.as_dict(session, room)
    ringing.ring()
    return success(**{kind.one: shown})


@blueprint.post(f"/{_PAIR}.create")
@admin_only
def create_direct(family: str) -> Response:
    """Return the caller's direct room with somebody, made if need be."""
    given = body()
    username = text(given, "usernames" if "usernames" in given else "username")
    if "," in username:
        raise Invalid("A direct room is between two people here", field="usernames")
    target = "@" + username.removeprefix("@")
    room = rooms.resolve(the_engine().database, target, current_user())
    with the_engine().database.read() as session:
        shown = room_details.as_dict(session, room)
    return success(room={**shown, "rid": room.id})


@blueprint.post(f"/{_NAMED}.archive")
@admin_only
def archive(family: str) -> Response:
    """Close a room: it takes no more messages."""
    return _change_room(family, "roomArchived", lambda room, user: rooms.archive(room))


@blueprint.post(f"/{_NAMED}.unarchive")
@admin_only
def unarchive(family: str) -> Response:
    """Open a room again."""

    def open_again(room: Room) -> None:
        room.archived = False

    return _settle_room(family, open_again)


@blueprint.post("/channels.join")
@logged_in
def join() -> Response:
    """Become a member of an open room."""
    return _change_room("channels", "roomJoined", rooms.join)


@blueprint.post(f"/{_NAMED}.leave")
@logged_in
def leave(family: str) -> Response:
    """Be no member any more."""
    return _change_room(family, "roomLeft", rooms.leave)


@blueprint.post(f"/{_NAMED}.invite")
@admin_only
def invite(family: str) -> Response:
    """Make others members."""
    with the_engine().database.read() as session:
        several = _invited(session, body())
    return _settle_room(family, lambda room: membership.invite(room, several))


@blueprint.post(f"/{_NAMED}.kick")
@admin_only
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
def list_rooms(family: str) -> Response:
    """Return the rooms of a kind that the caller may know of, by name."""
    return _listed(family, lambda room: True)


@blueprint.get("/channels.list.joined")
@logged_in
def list_joined() -> Response:
    """Return the channels that the caller has joined."""
    user = current_user()
    return _listed("channels", lambda room: membership.is_member(room, user))


@blueprint.get("/<any(groups):family>.listAll")
@blueprint.get(f"/{_PAIR}.list.everyone")
@admin_only
def list_everybodys(family: str) -> Response:
    """Return everybody's."""
    return _listed(family, lambda room: True)


@blueprint.get(f"/{_NAMED}.info")
@logged_in
def info(family: str) -> Response:
    """Return one room."""
    with the_engine().database.read() as session:
        room = find(session, request.args, family)
        return success(**{FAMILIES[family].one: room_details.as_dict(session, room)})


@blueprint.get("/rooms.info")
@logged_in
def info_of_any() -> Response:
    """Return one room of whatever kind."""
    with the_engine().database.read() as session:
        room = find(session, request.args, "rooms")
        return success(room=room_details.as_dict(session, room))


@blueprint.get("/rooms.get")
@logged_in
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
def list_members(family: str) -> Response:
    """Return who is in a room, by name."""
    count, offset = window()
    with the_engine().database.read() as session:
        room = find(session, request.args, family)
        found = membership.members(session, room)
    listed = [users.as_dict(user) for user in found[offset : offset + count]]
    for one in listed:
        del one["emails"]  # for administrators alone
    if room.type == RoomType.DIRECT:  # both have been in it since it was made
        for one in listed:
            one["subscription"] = {
                "_id": f"{room.id}{one['_id']}",
                "ts": rooms.iso(room.created_at),
            }
    return success(members=listed, count=len(listed), offset=offset, total=len(found))


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
    wanted = text(given, named)
    if named == "username":
        other = users.find_by_username(session, wanted.removeprefix("@"))
        return session.get(Room, rooms.direct_room_id(user, other)) if other else None
    try:
        return rooms.get(session, wanted)
    except NotFound:
        return None


def _listed(family: str, is_wanted: Callable[[Room], bool]) -> Response:
    count, offset = window()
    kind = FAMILIES[family]
    with the_engine().database.read() as session:
        visible = membership.visible(session, current_user(), kind.type)
        found = [room for room in visible if is_wanted(room)]
        listed = room_details.as_dicts(session, found[offset : offset + count])
    return success(**{kind.many: listed}, count=len(listed), offset=offset, total=len(found))


def _invited(session: Session, given: Mapping[str, Any]) -> list[User]:
    for name in ("userId", "username", "userIds", "usernames"):
        if (named := given.get(name)) is not None:
            return _people(session, named if isinstance(named, list) else [named])
    raise Refused(
        'The required "userId" or "username" param was not provided',
        "error-user-param-not-provided",
    )


def _people(session: Session, named: Any) -> list[User]:
    if not isinstance(named, list) or not all(isinstance(one, str) for one in named):
        raise Invalid("members is a list of usernames", field="members")
    found = {one: users.find(session, one) for one in named}
    if missing := [one for one, user in found.items() if user is None]:
        raise Refused(f"There is no user {missing[0]}", "error-invalid-user")
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
