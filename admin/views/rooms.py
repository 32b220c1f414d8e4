"""The built-in rooms: what was posted, as a chat shows it, and posting as oneself."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from flask import abort, jsonify, redirect, render_template, request, url_for
from flask_admin import expose
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin import chat
from admin.rendering import preview
from admin.views.arguments import id_argument, is_id
from admin.views.base import ProtectedView
from engine import rooms, users
from engine.errors import ChatError, Invalid
from engine.journal import NotStored
from engine.models import Message, Room, RoomType
from engine.talk import forbidden

#: How many names are offered while one is typed.
_NAMES = 8


@dataclass(frozen=True, slots=True)
class Listed:
    """A room in the list, with what was said there last."""

    id: str
    title: str
    topic: str
    is_direct: bool
    latest: Message | None
    said: str


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
                room = rooms.create_channel(session, name, topic=topic, by=self.user)
                ringing = self.engine.triggers.announce_room(
                    session, "roomCreated", room, self.user
                )
        except Invalid as exc:
            return self._list(reason=str(exc), name=name, topic=topic), 400
        ringing.ring()
        return redirect(url_for(".room", room_id=room.id))

    @expose("/direct/", methods=["POST"])
    def direct(self) -> Response | tuple[str, int]:
        """Open the direct room with somebody."""
        wanted = request.form.get("username", "").strip().removeprefix("@")
        try:
            room = rooms.resolve(self.engine.database, f"@{wanted}", self.user)
        except ChatError:
            return self._list(no_user=f"There is no user @{wanted}", username=wanted), 400
        return redirect(url_for(".room", room_id=room.id))

    @expose("/names")
    def names(self) -> Response:
        """Return the users or rooms whose names begin with, or hold, what was typed."""
        typed = request.args.get("q", "").replace("\x00", "")[:64]
        wants_rooms = request.args.get("of") == "rooms"
        find = rooms.find_names if wants_rooms else users.find_names
        with self.engine.database.read() as session:
            found = find(session, typed, count=_NAMES)
        return jsonify(names=[{"name": name, "label": label} for name, label in found])

    @expose("/<room_id>/")
    def room(self, room_id: str) -> str:
        """Show a room's latest messages, those around one (`at`), or those before one (`before`)."""
        return self._room(room_id)

    @expose("/<room_id>/", methods=["POST"])
    def say(self, room_id: str) -> Response | tuple[Response | str, int]:
        """Post what was typed, in a thread or not; or make it the text of a message that is there."""
        given = {name: request.form.get(name, "") for name in ("text", "tmid", "edit")}
        with self.engine.database.read() as session:
            room = rooms.get(session, room_id)
        try:
            row = self._said(room, given)
        except (ChatError, Invalid) as exc:
            reason = exc.reason if isinstance(exc, ChatError) else str(exc)
            return self._unsaid(room, given, reason, 400)
        except NotStored:
            return self._unsaid(room, given, "It could not be stored; try again in a moment", 503)
        if _wants_json():
            return self._answered(row["id"])
        thread = given["tmid"] or None
        place = url_for(".room", room_id=room.id, thread=thread, _anchor=f"m-{row['id']}")
        return redirect(place, 303)

    @expose("/<room_id>/messages")
    def messages(self, room_id: str) -> Response:
        """Return messages older than `before`, or what happened since `after` and `seen`."""
        before, after = id_argument("before", "a message"), id_argument("after", "a message")
        thread_id = id_argument("thread", "a message")
        with self.engine.database.read() as session:
            room = rooms.get(session, room_id)
            if not after:
                piece = chat.latest(session, room, self.user, before)
                html = render_template("rooms/_chat.html", chat=piece)
                return jsonify(html=html, older=piece.has_older, newer=piece.has_newer)
            news = chat.news(
                session, room, self.user, after=after, seen=_moment("seen"), thread_id=thread_id
            )
            there = _still_there(session, room, after)
        answer: dict[str, Any] = {
            "html": render_template("rooms/_chat.html", chat=news.fresh),
            "older": news.fresh.has_older,
            "newer": False,
            "changed": render_template("rooms/_chat.html", chat=news.changed),
            "seen": news.seen_ms,
        }
        if there is not None:
            answer["there"] = there
        if news.thread is not None:
            answer["thread"] = {
                "html": render_template("rooms/_chat.html", chat=news.thread.chat, whole=True),
                "changed": render_template(
                    "rooms/_chat.html", chat=news.thread_changed, whole=True
                ),
                "answers": news.thread.answers,
            }
        return jsonify(answer)

    @expose("/<room_id>/thread/<message_id>")
    def thread(self, room_id: str, message_id: str) -> Response:
        """Return a thread, as it stands beside its room."""
        if not is_id(message_id):
            abort(400, "A thread is named by the id of a message")
        with self.engine.database.read() as session:
            room = rooms.get(session, room_id)
            opened = chat.thread(session, room, self.user, message_id)
        reason = forbidden(room, self.user)
        return jsonify(
            html=render_template("rooms/_thread.html", thread=opened, room=room, forbidden=reason)
        )

    def _said(self, room: Room, given: dict[str, str]) -> dict[str, Any]:
        if given["edit"]:
            return self.engine.talk.edit(self.user, given["edit"], given["text"], room_id=room.id)
        if not given["text"].strip():
            raise Invalid("There is nothing to post yet")
        content = {"text": given["text"], "tmid": given["tmid"]}
        return self.engine.talk.post(self.user, content, [f"#{room.id}"])[0]

    def _answered(self, message_id: str) -> Response:
        with self.engine.database.read() as session:
            message = session.get_one(Message, message_id)
            said = chat.Chat([chat.one_line(session, message, self.user)])
            head = chat.thread_head(session, message, self.user)
        return jsonify(
            html=render_template("rooms/_chat.html", chat=said),
            whole=render_template("rooms/_chat.html", chat=said, whole=True),
            changed=render_template("rooms/_chat.html", chat=chat.Chat([head])),
            answers=head.answers,
        )

    def _unsaid(
        self, room: Room, given: dict[str, str], reason: str, status: int
    ) -> tuple[Response | str, int]:
        reason = f"{reason[:1].upper()}{reason[1:]}."
        if _wants_json():
            return jsonify(error=reason), status
        return self._room(room.id, reason=reason, typed=given), status

    def _room(self, room_id: str, *, reason: str = "", typed: dict[str, str] | None = None) -> str:
        before, at = id_argument("before", "a message"), id_argument("at", "a message")
        wanted, edit = id_argument("thread", "a message"), id_argument("edit", "a message")
        typed = typed or {"text": "", "tmid": "", "edit": edit or ""}
        user = self.user
        with self.engine.database.read() as session:
            room = rooms.get(session, room_id)
            shown = (
                chat.around(session, room, user, at)
                if at
                else chat.latest(session, room, user, before)
            )
            opened = chat.thread(session, room, user, wanted) if wanted else None
            if edit:
                message = session.get(Message, edit)
                typed["text"] = message.msg if message is not None else ""
            title = rooms.titles(session, [room])[room.id]
            listed = _listed(session)
        return self.render(
            "rooms/room.html",
            room=room,
            title=title,
            chat=shown,
            thread=opened,
            rooms=listed,
            at=at,
            is_newest=not before and not shown.has_newer,
            forbidden=forbidden(room, user),
            typed=typed,
            reason=reason,
        )

    def _list(self, **typed: str) -> str:
        with self.engine.database.read() as session:
            listed = _listed(session)
        return self.render("rooms/index.html", rooms=listed, **typed)


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


def _still_there(session: Session, room: Room, after: str) -> list[str] | None:
    first, shown = id_argument("first", "a message"), request.args.get("shown", "")
    if not first or not shown.isdecimal() or len(shown) > 6:
        return None
    return chat.still_there(session, room, first, after, int(shown))


def _wants_json() -> bool:
    return request.accept_mimetypes.best == "application/json"


def _moment(name: str) -> dt.datetime | None:
    given = request.args.get(name, "")
    if not given.isdecimal() or len(given) > 14:
        return None
    return dt.datetime.fromtimestamp(int(given) / 1000, dt.UTC)
