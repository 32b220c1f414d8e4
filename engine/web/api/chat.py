"""chat.*: posting, changing and reading messages."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request
from sqlalchemy.exc import SQLAlchemyError

from engine import messages, replies, rooms
from engine.db import is_away, reason_of, utcnow
from engine.errors import ChatError, Invalid, NotFound
from engine.models import Message, Room
from engine.web import the_engine
from engine.web.api.base import (
    Refused,
    admin_only,
    body,
    current_user,
    flag,
    hops,
    logged_in,
    success,
    text,
    wanted,
    window,
)
from engine.web.api.parameters import (
    LISTED,
    SORTED_PAGE,
    Kind,
    NoDifference,
    NotHere,
    takes,
)
from engine.web.api.selection import order, selection

log = logging.getLogger(__name__)

#: So many of a room's threads, the latest, are looked through when not simply all are wanted.
_MOST_THREADS = 1_000
_THREAD_MEMBERS = frozenset(("_id", "ts", "tlm", "tcount", "msg", "u._id", "u.username"))
_NO_PREVIEWS = NoDifference(Kind.TEXTS, "no previews of addresses are made")
_NOT_ENCRYPTED = NotHere(Kind.OBJECT, "messages are not encrypted end to end")

blueprint = Blueprint("chat", __name__)


@blueprint.post("/chat.postMessage")
@admin_only
@takes(
    dict.fromkeys(
        # Rocket.Chat's, and what its hooks know beside: the message's own check says what is wrong.
        (
            *("channel", "roomId", "text", "alias", "emoji", "avatar", "attachments", "tmid"),
            *("customFields", "parseUrls", "msg", "username", "icon_emoji", "icon_url"),
            *("groupable", "tshow", "blocks"),
        ),
        Kind.ANY,
    ),
    one_of=[("channel", "roomId")],
)
def post_message() -> Response:
    """Post as the caller, with `tmid` in a thread."""
    given = body()
    targets = messages.targets(given, [])
    if not targets:
        raise Invalid("channel or roomId is missing", field="channel")
    row = the_engine().talk.post(current_user(), given, targets, hops=hops())[0]
    ts = int(row["ts"].timestamp() * 1000)
    return success(ts=ts, channel=targets[0].lstrip("#@"), message=_shown(row))


@blueprint.post("/chat.sendMessage")
@admin_only
@takes({"message": Kind.OBJECT, "previewUrls": _NO_PREVIEWS})
def send_message() -> Response:
    """
    Post `message` to the room `rid` as the caller.

    An `_id` of the caller's own is not kept: ids here sort by time. The answer has the one it got.
    """
    message = body().get("message")
    if not isinstance(message, dict):
        raise Invalid("message is an object", field="message")
    if not message.get("rid"):
        raise Refused("The 'rid' property on the message object is missing.")
    if message.get("t"):
        raise Refused("Cannot send system messages using 'chat.sendMessage'")
    room_id = text(message, "rid")
    with the_engine().database.read() as session:
        if session.get(Room, room_id) is None:
            raise ChatError("error-invalid-room", f"there is no room {room_id}")
    row = the_engine().talk.post(current_user(), message, [f"#{room_id}"], hops=hops())[0]
    return success(message=_shown(row))


@blueprint.post("/chat.update")
@logged_in
@takes(
    {
        **dict.fromkeys(("roomId", "msgId", "text"), Kind.TEXT),
        **dict.fromkeys(("customFields", "attachments"), Kind.ANY),
        "previewUrls": _NO_PREVIEWS,
        **dict.fromkeys(("content", "e2eMentions"), _NOT_ENCRYPTED),
    }
)
def update() -> Response:
    """Change the text of a message, and its `customFields`; its author may, and administrators."""
    given = body()
    if "attachments" in given:  # which Rocket.Chat does not change either
        raise Refused("attachments cannot be changed", "invalid-params")
    row = the_engine().talk.edit(
        current_user(),
        text(given, "msgId"),
        text(given, "text"),
        room_id=text(given, "roomId"),
        custom_fields=_custom_fields(given),
        hops=hops(),
    )
    return success(message=_shown(row))


@blueprint.post("/chat.delete")
@logged_in
@takes(
    {
        **dict.fromkeys(("roomId", "msgId"), Kind.TEXT),
        "asUser": NoDifference(Kind.MAYBE, "administrators and authors may delete in any case"),
        "fileId": NotHere(Kind.TEXT, "there are no files"),
    }
)
def delete() -> Response:
    """Delete a message; its author may, and administrators. `asUser` makes no difference to that."""
    given = body()
    try:
        message = the_engine().talk.delete(
            current_user(), text(given, "msgId"), room_id=text(given, "roomId")
        )
    except NotFound as exc:
        raise Refused(str(exc)) from exc
    shown = rooms.message_as_dict(message)
    return success(
        _id=message.id,
        ts=str(int(utcnow().timestamp() * 1000)),
        message={name: shown[name] for name in ("_id", "rid", "u")},
    )


@blueprint.post("/chat.react")
@logged_in
@takes(
    {
        "emoji": Kind.ANY,
        "reaction": Kind.ANY,
        "messageId": Kind.TEXT,
        "shouldReact": Kind.MAYBE,
    },
    one_of=[("emoji", "reaction")],
)
def react() -> Response:
    """React to a message, or take that back; without `shouldReact`, the other of both."""
    given = body()
    emoji = given.get("emoji") or given.get("reaction")
    if not isinstance(emoji, str) or not emoji.strip():
        raise Refused('The required "emoji" param is missing.', "error-emoji-param-not-provided")
    try:
        the_engine().talk.react(
            current_user(), text(given, "messageId"), emoji, flag(given, "shouldReact")
        )
    except NotFound as exc:
        raise Refused(
            'The provided "messageId" does not match any existing message.',
            "error-message-not-found",
        ) from exc
    return success()


@blueprint.get("/chat.getMessage")
@admin_only
@takes({"msgId": Kind.TEXT})
def get_message() -> Response:
    """Return one message."""
    with the_engine().database.read() as session:
        message = replies.find(session, text(request.args, "msgId"))
        return success(message=replies.as_dicts(session, [message])[0])


@blueprint.get("/chat.getThreadMessages")
@admin_only
@takes({**SORTED_PAGE, "tmid": Kind.TEXT, "aroundId": Kind.TEXT})
def list_thread() -> Response:
    """
    Return a thread's answers, oldest first.

    With `aroundId` they are those that the answer of this id is in the middle of.
    """
    count, offset = window()
    newest_first = order(("ts", "_id"))[:1] in ([("ts", -1)], [("_id", -1)])
    around = wanted("aroundId")
    with the_engine().database.read() as session:
        first = replies.find(session, text(request.args, "tmid"))
        thread = replies.threads_of(session, [first]).get(replies.key_of(first))
        if thread and around:
            place = replies.place_of(session, thread, around, newest=newest_first)
            offset = max(0, place - count // 2)
        found = (
            replies.answers(session, thread, count=count, offset=offset, newest=newest_first)
            if thread
            else []
        )
        listed = replies.as_dicts(session, found[::-1] if newest_first else found)
    total = thread.count if thread else 0
    return success(messages=listed, count=len(listed), offset=offset, total=total)


@blueprint.get("/chat.getThreadsList")
@admin_only
@takes({**LISTED, **dict.fromkeys(("rid", "type", "text"), Kind.TEXT)})
def list_threads() -> Response:
    """
    Return the first messages of a room's threads, those with the latest answers first.

    `text` is a part of theirs; with `type=following` they are those that the caller takes part in.
    """
    count, offset = window()
    chosen, part, kind = selection(_THREAD_MEMBERS), wanted("text"), wanted("type")
    if kind not in (None, "", "following"):
        raise Invalid("type is following: what is read is not known here", field="type")
    is_whole = chosen.is_whole and not part and not kind
    page = (count, offset) if is_whole else (_MOST_THREADS, 0)
    with the_engine().database.read() as session:
        room = rooms.get(session, text(request.args, "rid"))
        threads, total = replies.latest_threads(session, room, count=page[0], offset=page[1])
        listed = [replies.as_dict(one.head, one) for one in threads]
    if not is_whole:
        me, searched = current_user().id, (part or "").lower()
        listed = chosen.of(
            one
            for one in listed
            if searched in one["msg"].lower() and (not kind or me in one["replies"])
        )
        total, listed = len(listed), listed[offset : offset + count]
    shown = chosen.show(listed)
    return success(threads=shown, count=len(shown), offset=offset, total=total)


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    message = Message(**row)
    try:
        with the_engine().database.read() as session:
            return replies.as_dicts(session, [message])[0]
    except SQLAlchemyError as exc:
        if not is_away(exc):
            raise
        # It is stored, and whoever is told otherwise posts it twice. What it heads is not known now.
        log.warning("message %s is told without its thread: %s", message.id, reason_of(exc))
        return rooms.message_as_dict(message)


def _custom_fields(given: Mapping[str, Any]) -> dict[str, Any] | None:
    custom_fields = given.get("customFields")
    if custom_fields is not None and not isinstance(custom_fields, dict):
        raise Invalid("customFields is an object", field="customFields")
    return custom_fields
