"""The built-in rooms: what was posted, as a chat shows it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from flask import jsonify, redirect, render_template, request, url_for
from flask_admin import expose
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin.rendering import MessageView, preview, view_of_row
from admin.views.arguments import id_argument
from admin.views.base import ProtectedView
from engine import rooms
from engine.db import utcnow
from engine.errors import Invalid
from engine.ids import sortable_prefix
from engine.models import Message, Room, RoomType

PER_PAGE = 50
#: How many messages are shown above one that a link leads to, itself included.
_ABOVE = 20
#: A message has its id before it is stored, and a commit may overtake another.
_LOOK_BACK = dt.timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Listed:
    """A room in the list, with what was said there last."""

    id: str
    title: str
    topic: str
    is_direct: bool
    latest: Message | None
    said: str


@dataclass(frozen=True, slots=True)
class Chat:
    """A stretch of a room's messages, oldest first, and whether there are more at either end."""

    messages: list[MessageView]
    has_older: bool = False
    has_newer: bool = False

    @property
    def first(self) -> str | None:
        return self.messages[0].id if self.messages else None

    @property
    def last(self) -> str | None:
        return self.messages[-1].id if self.messages else None


class RoomsView(ProtectedView):
    """Pages under /admin/rooms/."""

    @expose("/")
    def index(self) -> str:
        """List the rooms, those with the latest messages first."""
        return self._list()

    @expose("/", methods=["POST"])
    def create(self) -> Response | tuple[str, int]:
        """Add a room."""
        name, topic = request.form.get("name", ""), request.form.get("topic", "")
        try:
            with self.engine.database.write() as session:
                room = rooms.create_channel(session, name, topic=topic)
                ringing = self.engine.triggers.announce_room(
                    session, "roomCreated", room, self.user
                )
        except Invalid as exc:
            return self._list(reason=str(exc), name=name, topic=topic), 400
        ringing.ring()
        return redirect(url_for(".room", room_id=room.id))

    @expose("/<room_id>/")
    def room(self, room_id: str) -> str:
        """Show a room's latest messages, those around one (`at`), or those before one (`before`)."""
        before, at = id_argument("before", "a message"), id_argument("at", "a message")
        with self.engine.database.read() as session:
            room = rooms.get(session, room_id)
            chat = _around(session, room, at) if at else _latest(session, room, before)
            title = rooms.titles(session, [room])[room.id]
            listed = _listed(session)
        return self.render(
            "rooms/room.html",
            room=room,
            title=title,
            chat=chat,
            rooms=listed,
            at=at,
            is_newest=not before and not chat.has_newer,
        )

    @expose("/<room_id>/messages")
    def messages(self, room_id: str) -> Response:
        """Return messages older than `before`, or those that came after `after`."""
        before, after = id_argument("before", "a message"), id_argument("after", "a message")
        with self.engine.database.read() as session:
            room = rooms.get(session, room_id)
            chat = _since(session, room, after) if after else _latest(session, room, before)
        return jsonify(
            html=render_template("rooms/_chat.html", chat=chat),
            older=chat.has_older,
            newer=chat.has_newer,
        )

    def _list(self, *, reason: str = "", name: str = "", topic: str = "") -> str:
        with self.engine.database.read() as session:
            listed = _listed(session)
        return self.render("rooms/index.html", rooms=listed, reason=reason, name=name, topic=topic)


def _listed(session: Session) -> list[Listed]:
    found = rooms.list_rooms(session)
    named = rooms.titles(session, [room for room, _ in found])
    return [
        Listed(
            id=room.id,
            title=named[room.id],
            topic=room.topic,
            is_direct=room.type == RoomType.DIRECT,
            latest=latest,
            said=preview(latest) if latest else "",
        )
        for room, latest in found
    ]


def _latest(session: Session, room: Room, before: str | None) -> Chat:
    found = rooms.latest_messages(session, room, count=PER_PAGE + 1, before=before)
    return Chat(
        _views(found[:PER_PAGE][::-1]),
        has_older=len(found) > PER_PAGE,
        has_newer=before is not None,
    )


def _around(session: Session, room: Room, at: str) -> Chat:
    # "0" after an id is the least text above it: the message itself is in the upper part.
    above = rooms.latest_messages(session, room, count=_ABOVE + 1, before=at + "0")
    below = rooms.following_messages(session, room, at, count=PER_PAGE - _ABOVE + 1)
    shown = [*above[:_ABOVE][::-1], *below[: PER_PAGE - _ABOVE]]
    return Chat(
        _views(shown), has_older=len(above) > _ABOVE, has_newer=len(below) > PER_PAGE - _ABOVE
    )


def _since(session: Session, room: Room, after: str) -> Chat:
    lately = sortable_prefix((utcnow() - _LOOK_BACK).timestamp())
    found = rooms.latest_messages(session, room, count=PER_PAGE + 1, after=min(after, lately))
    return Chat(_views(found[:PER_PAGE][::-1]), has_older=len(found) > PER_PAGE)


def _views(messages: Sequence[Message]) -> list[MessageView]:
    return [view_of_row(message) for message in messages]
