"""channels.*, rooms.* and chat.*: the built-in rooms."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, Response, request

from engine import messages, rooms
from engine.errors import Invalid
from engine.journal import Entry
from engine.messages import Defaults
from engine.models import Message, Room, RoomType
from engine.web import the_engine
from engine.web.api.base import (
    admin_only,
    body,
    current_user,
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
    with the_engine().database.write() as session:
        room = rooms.create_channel(
            session, text(given, "name"), topic=text(given, "topic", required=False)
        )
        return success(channel=rooms.room_as_dict(room))


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
        listed = [rooms.message_as_dict(message) for message in found]
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
    engine.journal.store(entry)
    shown = rooms.message_as_dict(Message(**rows[0]))
    ts = int(rows[0]["ts"].timestamp() * 1000)
    return success(ts=ts, channel=targets[0].lstrip("#@"), message=shown)


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
