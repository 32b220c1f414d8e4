"""Rocket.Chat's documents: integrations and rooms, as its database and its REST API hold them (wire.md 1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engine.importing.found import (
    BadDocument,
    Export,
    Found,
    KnownRoom,
    Unusable,
    flag,
    moment,
    shortened,
    text,
    texts,
)

SYSTEM = "rocketchat"
INCOMING = "webhook-incoming"
OUTGOING = "webhook-outgoing"
#: What answers of the REST API wrap documents in.
_WRAPPERS = ("integrations", "channels", "groups", "rooms", "update")
_ROOM_TYPES = {"c": False, "p": True}


def parse(documents: Iterable[Any]) -> Export:
    """Return what an export holds; what is of no use for it is passed over."""
    export = Export()
    for document in documents:
        _take(document, export)
    return export


def _take(document: Any, export: Export) -> None:
    if not isinstance(document, dict):
        export.problems.append(f"a document is no object but {type(document).__name__}")
        return
    inner = [document[name] for name in _WRAPPERS if isinstance(document.get(name), list)]
    if inner and "_id" not in document:
        for one in (one for several in inner for one in several):
            _take(one, export)
    elif isinstance(document.get("integration"), dict):
        _take(document["integration"], export)
    elif document.get("t") in _ROOM_TYPES:
        _take_room(document, export)
    elif document.get("type") in (INCOMING, OUTGOING):
        _take_integration(document, export)
    elif "urls" in document or "script" in document or "token" in document:
        export.unusable.append(
            Unusable("", _name(document), f"its type is neither {INCOMING} nor {OUTGOING}")
        )


def _take_room(document: Mapping[str, Any], export: Export) -> None:
    name, room_id = document.get("name"), document.get("_id")
    if isinstance(name, str) and isinstance(room_id, str):
        room = KnownRoom(name, _ROOM_TYPES[document["t"]])
        export.rooms[room_id] = export.rooms[name] = room


def _take_integration(document: Mapping[str, Any], export: Export) -> None:
    origin_id = document.get("_id")
    if not isinstance(origin_id, str) or not origin_id or len(origin_id) > 48:
        export.unusable.append(Unusable("", _name(document), "it has no _id"))
        return
    origin = f"{SYSTEM}:{origin_id}"
    notes: list[str] = []
    try:
        given = _given(document, notes)
    except BadDocument as exc:
        export.unusable.append(Unusable(origin, _name(document), str(exc)))
        return
    export.found.append(
        Found(origin, given["name"], given, origin_id, moment(document.get("_createdAt")), notes)
    )


def _given(document: Mapping[str, Any], notes: list[str]) -> dict[str, Any]:
    given = {
        "type": document["type"],
        "name": shortened(_name(document), 128, "name", notes),
        "enabled": flag(document, "enabled", True),
        "username": text(document, "username"),
        "channel": texts(document, "channel"),
        "alias": shortened(text(document, "alias"), 128, "alias", notes),
        "avatar": text(document, "avatar") or text(document, "avatarUrl"),
        "emoji": text(document, "emoji"),
        "script": text(document, "script"),
        "scriptEnabled": flag(document, "scriptEnabled", False),
        "token": text(document, "token"),
        "lifecycle": "kept",
        "dialect": SYSTEM,
    }
    if given["scriptEnabled"] and not given["script"].strip():
        notes.append("its script is switched on, but the export holds none")
    if document["type"] == INCOMING:
        return given | {
            "overrideDestinationChannelEnabled": flag(
                document, "overrideDestinationChannelEnabled", False
            )
        }
    return given | _outgoing(document)


def _outgoing(document: Mapping[str, Any]) -> dict[str, Any]:
    retry_count = document.get("retryCount")
    if isinstance(retry_count, str) and retry_count.strip().isdigit():
        retry_count = int(retry_count)
    members: dict[str, Any] = {
        "event": text(document, "event") or "sendMessage",
        "urls": _urls(document),
        "triggerWords": texts(document, "triggerWords"),
        "targetRoom": text(document, "targetRoom").strip(),
        "retryFailedCalls": flag(document, "retryFailedCalls", False),
    }
    for name in ("triggerWordAnywhere", "runOnEdits", "impersonateUser"):
        members[name] = flag(document, name, False)
    if isinstance(retry_count, int | float) and not isinstance(retry_count, bool):
        members["retryCount"] = int(retry_count)
    if retry_delay := text(document, "retryDelay"):
        members["retryDelay"] = retry_delay
    return members


def _urls(document: Mapping[str, Any]) -> list[str]:
    value = document.get("urls")
    if isinstance(value, str):
        value = value.splitlines()
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise BadDocument("urls is not a list of addresses")
    return [one.strip() for one in value if one.strip()]


def _name(document: Mapping[str, Any]) -> str:
    name = document.get("name")
    if isinstance(name, str) and name.strip():
        return name
    return f"Integration {document.get('_id', 'without an id')}"
