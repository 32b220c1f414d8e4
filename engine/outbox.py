"""Deliveries as a request leaves them: rows that are stored together with its messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from engine.cache import ReadCache
from engine.db import Database, utcnow
from engine.delivery.tables import DeliveryState, Destination
from engine.destinations import ROOMS
from engine.ids import new_sortable_id
from engine.messages import Draft
from engine.models import User
from engine.transports.blocks import attachments_of_blocks


def usable(database: Database, cache: ReadCache, wanted: Sequence[str]) -> dict[str, str]:
    """Return the names of those destinations that are there and enabled; the rooms are none."""

    def name(destination_id: str) -> str:
        with database.read() as session:
            found = session.scalar(
                sa.select(Destination.name).where(
                    Destination.id == destination_id, Destination.enabled
                )
            )
        return found or ""  # a text, so that one that is gone is not looked for each time

    found = {
        one: cache.get(("destination", one), lambda one=one: name(one))  # type: ignore[misc]
        for one in wanted
        if one != ROOMS
    }
    return {one: named for one, named in found.items() if named}


def message_of(
    draft: Draft, sender: User, channel: str, message_id: str | None = None
) -> dict[str, Any]:
    """Return a message as deliveries keep it: the members of `CanonicalMessage`, without its id."""
    return {
        "text": draft.msg,
        "sent_at": utcnow().isoformat(),
        "alias": draft.alias or sender.name or "",
        "avatar": draft.avatar or "",
        "emoji": draft.emoji or "",
        "username": sender.username,
        "channel": channel,
        "attachments": [
            *attachments_of_blocks(draft.extra.get("blocks")),
            *draft.attachments,
        ],
        "thread_key": draft.tmid,
        "message_id": message_id,
    }


def in_threads(
    messages: Sequence[dict[str, Any]], rows: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return messages with the threads that their rows were put into."""
    threads = {row["id"]: row["tmid"] for row in rows}
    return [
        {**one, "thread_key": threads.get(one["message_id"], one["thread_key"])} for one in messages
    ]


def delivery_rows(
    destination_ids: Iterable[str],
    messages: Sequence[dict[str, Any]],
    *,
    integration_id: str | None,
    execution_id: str | None,
) -> list[dict[str, Any]]:
    """Return one row of `Delivery` for each message and each destination."""
    now = utcnow()
    rows = []
    for message in messages:
        for destination_id in destination_ids:
            delivery_id = new_sortable_id()
            rows.append(
                {
                    "id": delivery_id,
                    "destination_id": destination_id,
                    "execution_id": execution_id,
                    "integration_id": integration_id,
                    "state": DeliveryState.PENDING,
                    "message": {"id": delivery_id, **message},
                    "created_at": now,
                    "next_at": now,
                    "attempts": 0,
                    "parts_done": 0,
                    "last_reason": "",
                    "finished_at": None,
                }
            )
    return rows
