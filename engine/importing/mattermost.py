"""
Mattermost's hooks: `mmctl webhook list --json`, and saved answers of its REST API.

Channels are known there by ids; their names come from `mmctl channel list --json`, from saved
answers too, or from whoever imports. A bulk export holds channels, but no hooks.
"""

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

SYSTEM = "mattermost"
NO_HOOKS = (
    "a bulk export holds no webhooks; add what `mmctl webhook list --json` prints as another --file"
)
_WRAPPERS = ("incoming_webhooks", "outgoing_webhooks", "channels")
_CHANNEL_TYPES = {"O": False, "P": True}


def parse(
    documents: Iterable[Any], named: Mapping[str, str] | None = None, dialect: str = SYSTEM
) -> Export:
    """
    Return what an export holds.

    :param named: channel ids and their names, which count more than what the export says.
    :param dialect: in which imported hooks answer, `mattermost` or `kchat`.
    """
    export = Export()
    hooks: list[Mapping[str, Any]] = []
    is_bulk = False
    for document in documents:
        is_bulk |= _take(document, hooks, export)
    for channel_id, name in (named or {}).items():
        private = export.rooms[channel_id].private if channel_id in export.rooms else False
        export.rooms[channel_id] = KnownRoom(name.removeprefix("#"), private)
    for hook in hooks:
        _take_hook(hook, dialect, export)
    if is_bulk and not hooks:
        export.problems.append(NO_HOOKS)
    return export


def _take(document: Any, hooks: list[Mapping[str, Any]], export: Export) -> bool:
    """Sort a document into hooks and rooms; tell whether it is a line of a bulk export."""
    if not isinstance(document, dict):
        export.problems.append(f"a document is no object but {type(document).__name__}")
        return False
    for several in (document[name] for name in _WRAPPERS if isinstance(document.get(name), list)):
        for one in several:
            _take(one, hooks, export)
    kind = document.get("type")
    if kind == "version" or (isinstance(kind, str) and isinstance(document.get(kind), dict)):
        if kind == "channel":
            _take_room(document["channel"], export)
        return True
    if "callback_urls" in document or ("channel_id" in document and "display_name" in document):
        hooks.append(document)
    elif kind in _CHANNEL_TYPES:
        _take_room(document, export)
    return False


def _take_room(document: Mapping[str, Any], export: Export) -> None:
    name, kind = document.get("name"), document.get("type")
    if isinstance(name, str) and kind in _CHANNEL_TYPES:
        room = KnownRoom(name, _CHANNEL_TYPES[kind])
        export.rooms[name] = room
        if isinstance(document.get("id"), str):
            export.rooms[document["id"]] = room


def _take_hook(hook: Mapping[str, Any], dialect: str, export: Export) -> None:
    hook_id = hook.get("id")
    name = _name(hook)
    if not isinstance(hook_id, str) or not hook_id or len(hook_id) > 48:
        export.unusable.append(Unusable("", name, "it has no id"))
        return
    origin = f"{SYSTEM}:{hook_id}"
    notes: list[str] = []
    try:
        if hook.get("delete_at"):
            raise BadDocument("it was deleted there")
        outgoing = "callback_urls" in hook
        given = _common(hook, dialect, notes)
        given |= _outgoing(hook, export) if outgoing else _incoming(hook, hook_id, export)
    except BadDocument as exc:
        export.unusable.append(Unusable(origin, name, str(exc)))
        return
    created_at = moment(hook.get("create_at"))
    export.found.append(Found(origin, given["name"], given, "", created_at, notes))


def _common(hook: Mapping[str, Any], dialect: str, notes: list[str]) -> dict[str, Any]:
    return {
        "name": shortened(_name(hook), 128, "name", notes),
        "description": shortened(text(hook, "description"), 500, "description", notes),
        "enabled": True,
        "alias": shortened(text(hook, "username"), 128, "username", notes),
        "avatar": text(hook, "icon_url"),
        "dialect": dialect,
        "lifecycle": "kept",
    }


def _incoming(hook: Mapping[str, Any], hook_id: str, export: Export) -> dict[str, Any]:
    """The hook's id is all that its address holds (wire.md 2.1), so it becomes the token."""
    return {
        "type": "webhook-incoming",
        "channel": [_channel(hook, export)],
        "channelLocked": flag(hook, "channel_locked", False),
        "token": hook_id,
    }


def _outgoing(hook: Mapping[str, Any], export: Export) -> dict[str, Any]:
    trigger_when = hook.get("trigger_when") or 0
    if trigger_when not in (0, 1):
        raise BadDocument("trigger_when is neither 0 nor 1")
    urls = hook["callback_urls"]
    if not isinstance(urls, list) or not all(isinstance(one, str) for one in urls):
        raise BadDocument("callback_urls is not a list of addresses")
    content_type = text(hook, "content_type")
    return {
        "type": "webhook-outgoing",
        "event": "sendMessage",
        "channel": [_channel(hook, export)] if hook.get("channel_id") else ["all_public_channels"],
        "triggerWords": texts(hook, "trigger_words"),
        "triggerWhen": int(trigger_when),
        "urls": [one.strip() for one in urls if one.strip()],
        "contentType": content_type or "application/x-www-form-urlencoded",
        "token": text(hook, "token"),
    }


def _channel(hook: Mapping[str, Any], export: Export) -> str:
    channel_id = text(hook, "channel_id")
    if channel_id not in export.rooms:
        raise BadDocument(
            f"the name of its channel {channel_id} is not known: say --channel {channel_id}=NAME, "
            "or add what `mmctl channel list --json` prints as another --file"
        )
    return f"#{export.rooms[channel_id].name}"


def _name(hook: Mapping[str, Any]) -> str:
    name = hook.get("display_name")
    if isinstance(name, str) and name.strip():
        return name
    kind = "Outgoing" if "callback_urls" in hook else "Incoming"
    return f"{kind} webhook {str(hook.get('id', ''))[:6]}".strip()
