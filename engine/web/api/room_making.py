"""channels.create, groups.create and im.create (or dm.create): new rooms."""

from __future__ import annotations

from flask import Blueprint, Response

from engine import room_details, rooms, users
from engine.errors import ChatError, Invalid
from engine.models import RoomType
from engine.web import the_engine
from engine.web.api.base import admin_only, body, current_user, flag, hops, success, text
from engine.web.api.parameters import Kind, NotHere, Taken, members, takes
from engine.web.api.rooms import FAMILIES, NAMED, PAIR, people

blueprint = Blueprint("room_making", __name__)

_TEAMS = "there are no teams"
#: What `extraData` may have.
EXTRA: Taken = {
    "topic": Kind.TEXT,
    "broadcast": NotHere(Kind.FLAG, "there are no broadcast rooms"),
    "encrypted": NotHere(Kind.FLAG, "rooms are not encrypted end to end"),
    "federated": NotHere(Kind.MAYBE, "rooms are not federated"),
    "teamId": NotHere(Kind.TEXT, _TEAMS),
}


@blueprint.post(f"/{NAMED}.create")
@admin_only
@takes(
    {
        **dict.fromkeys(("name", "topic"), Kind.TEXT),
        "members": Kind.TEXTS,
        **dict.fromkeys(("readOnly", "excludeSelf"), Kind.MAYBE),
        "extraData": Kind.OBJECT,
        "customFields": NotHere(Kind.OBJECT, "rooms have no fields of one's own"),
        "teams": NotHere(Kind.TEXTS, _TEAMS),
    }
)
def create(family: str) -> Response:
    """
    Add a room; who makes a private one is in it, unless `excludeSelf` is true.

    Nobody has to be in a channel to use it; who makes it is when `excludeSelf` is false.
    """
    given, kind = body(), FAMILIES[family]
    read_only, exclude_self = flag(given, "readOnly"), flag(given, "excludeSelf")
    extra = members(given.get("extraData"), EXTRA, "extraData")
    engine, user = the_engine(), current_user()
    with engine.database.write() as session:
        is_in = exclude_self is False or (kind.type == RoomType.PRIVATE and not exclude_self)
        first = [user] if is_in else []
        room = rooms.create_channel(
            session,
            text(given, "name"),
            topic=text({**given, **extra}, "topic", required=False),
            private=kind.type == RoomType.PRIVATE,
            read_only=read_only is True,
            members=[*first, *people(session, given.get("members") or [], "members")],
            by=user,
        )
        session.flush()
        ringing = engine.triggers.announce_room(session, "roomCreated", room, user, hops=hops())
        shown = room_details.as_dict(session, room)
    ringing.ring()
    return success(**{kind.one: shown})


@blueprint.post(f"/{PAIR}.create")
@admin_only
@takes(
    {**dict.fromkeys(("username", "usernames"), Kind.TEXT), "excludeSelf": Kind.MAYBE},
    one_of=[("username", "usernames")],
)
def create_direct(family: str) -> Response:
    """
    Return the direct room between two people, made if need be.

    They are the caller and somebody or, with `excludeSelf`, the two of `usernames`.
    """
    given, me = body(), current_user()
    name = "usernames" if given.get("usernames") is not None else "username"
    named = [one.strip().removeprefix("@") for one in text(given, name).split(",") if one.strip()]
    engine = the_engine()
    with engine.database.read() as session:
        found = {one: users.find(session, one) for one in named}
    if missing := [one for one, user in found.items() if user is None]:
        raise ChatError("invalid-channel", f"there is no user @{missing[0][:64]}")
    people = list({one.id: one for one in found.values() if one is not None}.values())
    if not flag(given, "excludeSelf"):
        people = [me, *(one for one in people if one.id != me.id or len(people) == 1)]
    if len(people) != 2:
        raise Invalid(
            f"{name} makes a room of {len(people)} people: a direct room is between two here, "
            "the caller being one unless excludeSelf is true",
            field=name,
        )
    room = rooms.open_direct_room(engine.database, *people)
    with engine.database.read() as session:
        shown = room_details.as_dict(session, room)
    return success(room={**shown, "rid": room.id})
