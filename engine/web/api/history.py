"""*.messages and *.history: what was said in a room."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, Response, request
from sqlalchemy.orm import Session

from engine import replies
from engine.models import Message
from engine.web import the_engine
from engine.web.api.base import admin_only, flag, moment, success, window
from engine.web.api.rooms import ANY, find

blueprint = Blueprint("history", __name__)

_MILLISECOND = dt.timedelta(milliseconds=1)


@blueprint.get(f"/{ANY}.messages")
@blueprint.get(f"/{ANY}.history")
@admin_only
def list_messages(family: str) -> Response:
    """
    Return a room's messages, newest first; of a time, when `oldest` or `latest` is given.

    With `showThreadMessages=false` answers in threads are left out, unless they are also for the room.
    With `unreads=true`, `unreadNotLoaded` is how many since `oldest` are not among them.
    """
    count, offset = window()
    with the_engine().database.read() as session:
        room = find(session, request.args, family)
        wanted = [Message.room_id == room.id, *_times()]
        if flag(request.args, "showThreadMessages") is False:
            for_all = Message.extra["tshow"].as_boolean().is_(True)
            wanted.append(sa.or_(Message.tmid.is_(None), for_all))
        total = session.scalar(sa.select(sa.func.count(Message.id)).where(*wanted))
        found = session.scalars(
            sa.select(Message)
            .where(*wanted)
            .order_by(Message.id.desc())
            .limit(count)
            .offset(offset)
        ).all()
        listed = replies.as_dicts(session, found)
        unread = _unread(session, wanted, found) if flag(request.args, "unreads") else {}
    return success(messages=listed, count=len(listed), offset=offset, total=total or 0, **unread)


def _unread(
    session: Session, wanted: Sequence[sa.ColumnElement[bool]], found: Sequence[Message]
) -> dict[str, Any]:
    """Return what is older than the messages found, in short (`getChannelHistory`)."""
    if "oldest" not in request.args or not found:
        return {"unreadNotLoaded": 0}
    older = [*wanted, Message.id < found[-1].id]
    count = session.scalar(sa.select(sa.func.count(Message.id)).where(*older)) or 0
    first = session.scalars(sa.select(Message).where(*older).order_by(Message.id).limit(1)).all()
    shown = replies.as_dicts(session, first)
    return {"unreadNotLoaded": count, **({"firstUnread": shown[0]} if shown else {})}


def _times() -> list[sa.ColumnElement[bool]]:
    # Callers know times to the millisecond, as `rooms.iso` writes them; the database knows more.
    inclusive = flag(request.args, "inclusive") is True
    wanted = []
    if (oldest := moment("oldest")) is not None:
        wanted.append(Message.ts >= (oldest if inclusive else oldest + _MILLISECOND))
    if (latest := moment("latest")) is not None:
        wanted.append(Message.ts < (latest + _MILLISECOND if inclusive else latest))
    return wanted
