"""*.messages and *.history: what was said in a room."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, Response, request
from sqlalchemy.orm import Session

from engine import mentions, replies
from engine.models import Message
from engine.web import the_engine
from engine.web.api.base import admin_only, flag, moment, success, text, window
from engine.web.api.parameters import NO_QUERY, SORTED_PAGE, Kind, takes
from engine.web.api.rooms import ANY, ANY_ROOM, ONE_ROOM, find
from engine.web.api.selection import fields, order, show

blueprint = Blueprint("history", __name__)

_MILLISECOND = dt.timedelta(milliseconds=1)


@blueprint.get(f"/{ANY}.messages")
@blueprint.get(f"/{ANY}.history")
@admin_only
@takes(
    {
        **ANY_ROOM,
        **SORTED_PAGE,
        **dict.fromkeys(("latest", "oldest", "fields", "mentionIds", "starredIds"), Kind.TEXT),
        **dict.fromkeys(("inclusive", "unreads", "showThreadMessages", "pinned"), Kind.FLAG),
        "query": NO_QUERY,
    },
    one_of=[ONE_ROOM],
)
def list_messages(family: str) -> Response:
    """
    Return a room's messages, newest first; of a time, when `oldest` or `latest` is given.

    With `showThreadMessages=false` answers in threads are left out, unless they are also for the room.
    With `unreads=true`, `unreadNotLoaded` is how many since `oldest` are not among them.
    `mentionIds` are users that they mention, at least one of them.
    """
    count, offset = window()
    oldest_first = order(("ts", "_id"))[:1] in ([("ts", 1)], [("_id", 1)])
    shown = fields(request.args.get("fields"))
    with the_engine().database.read() as session:
        room = find(session, request.args, family)
        wanted = [Message.room_id == room.id, *_times(), *_marks()]
        if flag(request.args, "showThreadMessages") is False:
            for_all = Message.extra["tshow"].as_boolean().is_(True)
            wanted.append(sa.or_(Message.tmid.is_(None), for_all))
        if ids := text(request.args, "mentionIds", required=False):
            wanted.append(Message.id.in_(mentions.ids_of(session, ids.split(","), wanted)))
        total = session.scalar(sa.select(sa.func.count(Message.id)).where(*wanted))
        found = session.scalars(
            sa.select(Message)
            .where(*wanted)
            .order_by(Message.id if oldest_first else Message.id.desc())
            .limit(count)
            .offset(offset)
        ).all()
        listed = show(replies.as_dicts(session, found), shown)
        unread = _unread(session, wanted, found) if flag(request.args, "unreads") else {}
    return success(messages=listed, count=len(listed), offset=offset, total=total or 0, **unread)


def _marks() -> list[sa.ColumnElement[bool]]:
    """Return what no message is: nobody can pin one here, or mark one with a star."""
    pinned, starred = flag(request.args, "pinned"), text(request.args, "starredIds", required=False)
    return [sa.false()] if pinned or starred else []


def _unread(
    session: Session, wanted: Sequence[sa.ColumnElement[bool]], found: Sequence[Message]
) -> dict[str, Any]:
    """Return what is older than the messages found, in short (`getChannelHistory`)."""
    if "oldest" not in request.args or not found:
        return {"unreadNotLoaded": 0}
    older = [*wanted, Message.id < min(one.id for one in found)]
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
