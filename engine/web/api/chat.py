"""channels.*, rooms.* and chat.*: the built-in rooms."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, Response, request

from engine import messages, replies, rooms, users
from engine.errors import Invalid, NotFound
from engine.models import Message, Room, RoomType, User
from engine.outgoing.triggers import Ringing
from engine.web import the_engine
from engine.web.api.base import (
    admin_only,
    body,
    current_user,
    hops,
    logged_in,
    moment,
    success,
    text,
    window,
)

blueprint = Blueprint("chat", __name__)

_MILLISECOND = dt.timedelta(milliseconds=1)


@blueprint.post("/channels.create")
@admin_only
def create() -> Response:
    """Add a room."""
    given = body()
    engine = the_engine()
    with engine.database.write() as session:
        room = rooms.create_channel(
            session, text(given, "name"), topic=text(given, "topic", required=False)
        )
        ringing = engine.triggers.announce_room(
            session, "roomCreated", room, current_user(), hops=hops()
        )
    ringing.ring()
    return success(channel=rooms.room_as_dict(room))


@blueprint.post("/channels.archive")
@admin_only
def archive() -> Response:
    """Close a room: it takes no more messages."""
    return _change_room("roomArchived", lambda room, user: rooms.archive(room))


@blueprint.post("/channels.unarchive")
@admin_only
def unarchive() -> Response:
    """Open a room again."""
    with the_engine().database.write() as session:
        room = rooms.get(session, _room_of(body()))
        room.archived = False
    return success(channel=rooms.room_as_dict(room))


@blueprint.post("/channels.join")
@logged_in
def join() -> Response:
    """Become a member of an open room."""
    return _change_room("roomJoined", rooms.join)


@blueprint.post("/channels.leave")
@logged_in
def leave() -> Response:
    """Be no member any more."""
    return _change_room("roomLeft", rooms.leave)


@blueprint.get("/channels.list")
@logged_in
def list_channels() -> Response:
    """Return the open rooms by name."""
    count, offset = window()
    wanted = Room.type == RoomType.CHANNEL
    with the_engine().database.read() as session:
        total = session.scalar(sa.select(sa.func.count(Room.id)).where(wanted)) or 0
        found = session.scalars(
            sa.select(Room).where(wanted).order_by(Room.name).limit(count).offset(offset)
        ).all()
        listed = [rooms.room_as_dict(room) for room in found]
    return success(channels=listed, count=len(listed), offset=offset, total=total)


@blueprint.get("/channels.info")
@logged_in
def info() -> Response:
    """Return one room."""
    with the_engine().database.read() as session:
        room = _visible(rooms.get(session, _named_room()), current_user())
        return success(channel=rooms.room_as_dict(room))


@blueprint.get("/channels.messages")
@blueprint.get("/channels.history")
@blueprint.get("/im.messages")
@blueprint.get("/im.history")
@blueprint.get("/dm.messages")
@blueprint.get("/dm.history")
@admin_only
def list_messages() -> Response:
    """Return a room's messages, newest first; of a time, when `oldest` or `latest` is given."""
    count, offset = window()
    with the_engine().database.read() as session:
        room = rooms.get(session, _named_room())
        wanted = [Message.room_id == room.id, *_times()]
        total = session.scalar(sa.select(sa.func.count(Message.id)).where(*wanted))
        found = session.scalars(
            sa.select(Message)
            .where(*wanted)
            .order_by(Message.id.desc())
            .limit(count)
            .offset(offset)
        ).all()
        listed = replies.as_dicts(session, found)
    return success(messages=listed, count=len(listed), offset=offset, total=total or 0)


@blueprint.get("/im.list")
@blueprint.get("/dm.list")
@admin_only
def list_direct() -> Response:
    """Return the direct rooms."""
    count, offset = window()
    wanted = Room.type == RoomType.DIRECT
    with the_engine().database.read() as session:
        total = session.scalar(sa.select(sa.func.count(Room.id)).where(wanted)) or 0
        found = session.scalars(
            sa.select(Room).where(wanted).order_by(Room.id).limit(count).offset(offset)
        ).all()
        listed = [rooms.room_as_dict(room) for room in found]
    return success(ims=listed, count=len(listed), offset=offset, total=total)


@blueprint.post("/im.create")
@blueprint.post("/dm.create")
@admin_only
def create_direct() -> Response:
    """Return the caller's direct room with somebody, made if need be."""
    target = "@" + text(body(), "username").removeprefix("@")
    return success(
        room=rooms.room_as_dict(rooms.resolve(the_engine().database, target, current_user()))
    )


@blueprint.post("/chat.postMessage")
@admin_only
def post_message() -> Response:
    """Post as the caller, with `tmid` in a thread."""
    given = body()
    targets = messages.targets(given, [])
    if not targets:
        raise Invalid("channel or roomId is missing", field="channel")
    row = the_engine().talk.post(current_user(), given, targets, hops=hops())[0]
    ts = int(row["ts"].timestamp() * 1000)
    return success(ts=ts, channel=targets[0].lstrip("#@"), message=_shown(row))


@blueprint.post("/chat.update")
@logged_in
def update() -> Response:
    """Change the text of a message; its author may, and administrators."""
    given = body()
    row = the_engine().talk.edit(
        current_user(),
        text(given, "msgId"),
        text(given, "text"),
        room_id=text(given, "roomId"),
        hops=hops(),
    )
    return success(message=_shown(row))


@blueprint.get("/chat.getMessage")
@admin_only
def get_message() -> Response:
    """Return one message."""
    with the_engine().database.read() as session:
        message = replies.find(session, text(request.args, "msgId"))
        return success(message=replies.as_dicts(session, [message])[0])


@blueprint.get("/chat.getThreadMessages")
@admin_only
def list_thread() -> Response:
    """Return a thread's answers, oldest first."""
    count, offset = window()
    with the_engine().database.read() as session:
        first = replies.find(session, text(request.args, "tmid"))
        thread = replies.threads_of(session, [first]).get(replies.key_of(first))
        found = replies.answers(session, thread, count=count, offset=offset) if thread else []
        listed = replies.as_dicts(session, found)
    total = thread.count if thread else 0
    return success(messages=listed, count=len(listed), offset=offset, total=total)


@blueprint.get("/chat.getThreadsList")
@admin_only
def list_threads() -> Response:
    """Return the first messages of a room's threads, those with the latest answers first."""
    count, offset = window()
    with the_engine().database.read() as session:
        room = rooms.get(session, text(request.args, "rid"))
        threads, total = replies.latest_threads(session, room, count=count, offset=offset)
        listed = [replies.as_dict(one.head, one) for one in threads]
    return success(threads=listed, count=len(listed), offset=offset, total=total)


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    with the_engine().database.read() as session:
        return replies.as_dicts(session, [Message(**row)])[0]


def _change_room(event: str, change: Callable[[Room, User], bool]) -> Response:
    """Do something to a room; where that changes it, outgoing integrations may wait for it."""
    engine = the_engine()
    ringing = Ringing()
    with engine.database.write() as session:
        user = current_user()
        room = _visible(rooms.get(session, _room_of(body())), user)
        if change(room, user):
            ringing = engine.triggers.announce_room(session, event, room, user, hops=hops())
    ringing.ring()
    return success(channel=rooms.room_as_dict(room))


def _visible(room: Room, user: User) -> Room:
    """
    Return a room that somebody may know of.

    :raise NotFound: when it is not for everybody, and he is not in it.
    """
    is_inside = user.id in room.user_ids or user.id in room.member_ids
    if room.type != RoomType.CHANNEL and not is_inside and not users.is_admin(user):
        raise NotFound("There is no such room")
    return room


def _room_of(given: Mapping[str, Any]) -> str:
    return text(given, "roomId" if "roomId" in given else "roomName")


def _named_room() -> str:
    return text(request.args, "roomName" if "roomName" in request.args else "roomId")


def _times() -> list[sa.ColumnElement[bool]]:
    # Callers know times to the millisecond, as `rooms.iso` writes them; the database knows more.
    inclusive = request.args.get("inclusive", "").lower() == "true"
    wanted = []
    if (oldest := moment("oldest")) is not None:
        wanted.append(Message.ts >= (oldest if inclusive else oldest + _MILLISECOND))
    if (latest := moment("latest")) is not None:
        wanted.append(Message.ts < (latest + _MILLISECOND if inclusive else latest))
    return wanted
