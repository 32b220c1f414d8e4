"""Trying a script: the request it is given, typed or one that really came, and what it would post."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy.orm import Session

from admin.delivery_words import as_message
from engine.errors import Invalid
from engine.models import ExecutionDetail, Room
from engine.record import HookRequest
from engine.redaction import HIDDEN
from engine.room_details import direct_room_title
from engine.times import iso

_METHODS = ("POST", "GET")
#: These describe a connection, or a body that may be changed before it is sent again.
_NOT_SENT_AGAIN = frozenset(
    {"host", "connection", "content-length", "content-encoding", "transfer-encoding"}
)

_PLACE = ("id", "room_id", "ts")
_ADDRESS = ("channel", "message_id", "sent_at")


@dataclass(frozen=True, slots=True)
class Preview:
    """A message that would be posted, in Rocket.Chat's form, and the rooms it would go to."""

    message: dict[str, Any]
    rooms: list[str]


def shown_request(detail: ExecutionDetail) -> dict[str, Any]:
    """Return a stored request as the page shows it: JSON indented, headers one to a line."""
    headers = [
        f"{name}: {value}"
        for name, value in detail.headers
        if name.lower() not in _NOT_SENT_AGAIN and value != HIDDEN
    ]
    _, _, query = detail.path.partition("?")
    return {
        "method": detail.method,
        "query": query,
        "headers": "\n".join(headers),
        "body": _indented(detail.body),
        "bodyTruncated": detail.body_truncated,
    }


def as_request(given: Any, remote_address: str, *, body: bytes | None = None) -> HookRequest:
    """
    Return the request that somebody put together on the page.

    :raise Invalid: when it is none.
    """
    if not isinstance(given, dict) or not isinstance(given.get("script"), str):
        raise Invalid("There is no script to run")
    method = str(given.get("method") or "POST").upper()
    if method not in _METHODS:
        raise Invalid("Only POST and GET reach a script")
    return HookRequest(
        method=method,
        path="/hooks/test",
        query_string=str(given.get("query") or "").removeprefix("?"),
        headers=_headers(str(given.get("headers") or "")),
        body=str(given.get("body") or "").encode() if body is None else body,
        remote_address=remote_address,
    )


def previews(session: Session, rows: Iterable[dict[str, Any]]) -> list[Preview]:
    """Return what would be posted; what goes to several rooms is one message."""
    found: list[tuple[dict[str, Any], Preview]] = []
    for row in rows:
        content = {name: value for name, value in row.items() if name not in _PLACE}
        same = next((preview for other, preview in found if other == content), None)
        if same is None:
            same = Preview(_as_message(row), [])
            found.append((content, same))
        same.rooms.append(_room_name(session, row))
    return [preview for _, preview in found]


def remote_previews(messages: Iterable[dict[str, Any]]) -> list[Preview]:
    """Return what would be sent to other systems; what goes to several channels is one message."""
    found: list[tuple[dict[str, Any], Preview]] = []
    for one in messages:
        content = {name: value for name, value in one.items() if name not in _ADDRESS}
        same = next((preview for other, preview in found if other == content), None)
        if same is None:
            same = Preview(as_message(one), [])
            found.append((content, same))
        same.rooms.append(one["channel"])
    return [preview for _, preview in found]


def _as_message(row: dict[str, Any]) -> dict[str, Any]:
    optional = ("msg", "alias", "avatar", "emoji", "attachments", "tmid")
    return {
        "ts": iso(row["ts"]),
        "u": {"_id": row["user_id"], "username": row["username"], "name": row["user_name"]},
        "bot": {"i": row["integration_id"]},
        **row["extra"],
        **{name: row[name] for name in optional if row[name] is not None},
    }


def _room_name(session: Session, row: dict[str, Any]) -> str:
    room = session.get(Room, row["room_id"])
    if room is None:
        return "a room that is gone"
    if room.name is not None:
        return f"#{room.name}"
    return direct_room_title(session, room, row["user_id"])


def _headers(text: str) -> list[tuple[str, str]]:
    headers = []
    for line in text.splitlines():
        if not line.strip():
            continue
        name, colon, value = line.partition(":")
        if not colon or not name.strip():
            raise Invalid(f"A header is written “Name: value”; this is not: {line.strip()[:80]}")
        headers.append((name.strip(), value.strip()))
    return headers


def _indented(body: bytes) -> str:
    try:
        return orjson.dumps(orjson.loads(body), option=orjson.OPT_INDENT_2).decode()
    except (orjson.JSONDecodeError, TypeError):  # the latter says that it is nested too deep
        return body.decode(errors="replace")
