"""The `request` that `process_incoming_request` receives (wire.md 1.1)."""

from __future__ import annotations

from typing import Any

import orjson

from engine.json_reader import BYTE_ORDER_MARK
from engine.models import Integration, User
from engine.payload import Content, parse_query
from engine.record import HookRequest


def build(
    request: HookRequest,
    text: str,
    content: Content,
    integration: Integration,
    user: User,
    url_params: dict[str, str],
) -> dict[str, Any]:
    """
    Return the request as plain data; header names in lower case, `body` being `content`.

    Scripts print it whole, so its members are in Rocket.Chat's order (`server/api/webhooks.ts`).
    """
    # The sandbox reads the JSON itself, as Rocket.Chat does: no number or half character is changed.
    value = content.value if content.json is None else orjson.Fragment(content.json)
    search = f"?{request.query_string}" if request.query_string else ""
    return {
        "url": {
            "hash": "",
            "search": search,
            "query": parse_query(request.query_string),
            "pathname": request.path,
            "path": request.path + search,
        },
        "url_raw": request.path + search,
        "url_params": {"integrationId": integration.id, **url_params},
        "content": value,
        "content_raw": text.removeprefix(BYTE_ORDER_MARK),
        "headers": _lower_case(request.headers),
        "body": value,
        "user": {"_id": user.id, "name": user.name, "username": user.username},
    }


def _lower_case(headers: list[tuple[str, str]]) -> dict[str, str]:
    merged: dict[str, str] = {}
    for name, value in headers:
        key = name.lower()
        merged[key] = f"{merged[key]}, {value}" if key in merged else value
    return merged
