"""channels.*, rooms.* and chat.*: the built-in rooms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, Response, request

from engine import messages, rooms
from engine.errors import Invalid
from engine.journal import Entry
from engine.messages import Defaults
from engine.models import Message, Room, RoomType, User
from engine.outgoing.occasion import HOPS_HEADER, hops_of
from engine.outgoing.triggers import Ringing
from engine.web import the_engine
from engine.web.api.base import admin_only, body, current_user, logged_in, success, text, window

blueprint = Blueprint("chat", __name__)


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
        ringing = engine.triggers.announce_room(session, "roomCreated", room, current_user())
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
        return success(channel=rooms.room_as_dict(rooms.get(session, _named_room())))


@blueprint.get("/channels.messages")
@blueprint.get("/im.messages")
@admin_only
def list_messages() -> Response:
    """Return a room's messages, newest first."""
    count, offset = window()
    with the_engine().database.read() as session:
        room = rooms.get(session, _named_room())
        total = session.scalar(
            sa.select(sa.func.count(Message.id)).where(Message.room_id == room.id)
        )
        found = session.scalars(
            sa.select(Message)
            .where(Message.room_id == room.id)
            .order_by(Message.id.desc())
            .limit(count)
            .offset(offset)
        ).all()
        listed = [rooms.message_as_dict(message) for message in found]
    return success(messages=listed, count=len(listed), offset=offset, total=total or 0)


@blueprint.get("/im.list")
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


@blueprint.post("/chat.postMessage")
@admin_only
def post_message() -> Response:
    """Post as the caller."""
    given = body()
    engine = the_engine()
    user = current_user()
    targets = messages.targets(given, [])
    if not targets:
        raise Invalid("channel or roomId is missing", field="channel")
    draft = messages.build(given, Defaults(), max_chars=engine.settings.message_max_chars)
    found = [rooms.resolve(engine.database, target, user) for target in targets]
    entry = Entry()
    rows: list[dict[str, Any]] = [rooms.message_row(draft, room, user) for room in found]
    for row in rows:
        entry.add(Message, row)
    hops = hops_of(request.headers.get(HOPS_HEADER))
    ringing = engine.triggers.announce(entry, rows, hops=hops)
    engine.journal.store(entry)
    ringing.ring()
    shown = rooms.message_as_dict(Message(**rows[0]))
    ts = int(rows[0]["ts"].timestamp() * 1000)
    return success(ts=ts, channel=targets[0].lstrip("#@"), message=shown)


def _change_room(event: str, change: Callable[[Room, User], bool]) -> Response:
    """Do something to a room; where that changes it, outgoing integrations may wait for it."""
    engine = the_engine()
    ringing = Ringing()
    with engine.database.write() as session:
        room, user = rooms.get(session, _room_of(body())), current_user()
        if change(room, user):
            ringing = engine.triggers.announce_room(session, event, room, user)
    ringing.ring()
    return success(channel=rooms.room_as_dict(room))


def _room_of(given: Mapping[str, Any]) -> str:
    return text(given, "roomId" if "roomId" in given else "roomName")


def _named_room() -> str:
    return text(request.args, "roomName" if "roomName" in request.args else "roomId")
