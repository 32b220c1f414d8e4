"""In whose dialect an integration answers, and what it lets its callers decide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine import dialects, fields, replies, rooms
from engine.db import Database
from engine.dialects import Rules
from engine.errors import Conflict
from engine.models import Dialect, Integration, IntegrationType

#: More people than a message mentions; what is beyond is left as it is written.
_MAX_MENTIONED = 100


def apply(session: Session, integration: Integration, given: Mapping[str, Any]) -> None:
    """
    Set `dialect` and the switches of an API body.

    :raise Invalid: when one is wrong. :raise Conflict: when the token would find two integrations.
    """
    if "dialect" in given:
        integration.dialect = fields.choice(given["dialect"], Dialect, "dialect")
    integration.dialect_options = {
        **integration.dialect_options,
        **{name: fields.flag(given[name], name) for name in dialects.SWITCHES if name in given},
    }
    if integration.type == IntegrationType.OUTGOING:
        return
    for several in dialects.FOUND_BY_TOKEN.values():
        if integration.dialect in several and _is_taken(session, integration, several):
            raise Conflict("Another integration has this token", field="token")


def rules_of(
    integration: Integration, query_string: str, max_chars: int, database: Database
) -> Rules:
    """Return what an integration says about the messages of a request, as dialects take it."""
    switches = dialects.switches(integration.dialect_options)

    known: dict[str, str | None] = {}

    def username_of(user_id: str) -> str | None:
        # A text may mention somebody ten thousand times; each look-up costs a query.
        if user_id not in known and len(known) < _MAX_MENTIONED:
            with database.read() as session:
                user = rooms.find_sender(session, {"_id": user_id})
            known[user_id] = None if user is None else user.username
        return known.get(user_id)

    def thread_exists(message_id: str) -> bool:
        return replies.has_thread(database, integration.id, message_id)

    return Rules(
        name=integration.name,
        channels=integration.channels,
        alias=integration.alias,
        may_override_channel=integration.override_channel,
        channel_locked=switches["channelLocked"],
        username_override=switches["usernameOverrideEnabled"],
        icon_override=switches["iconOverrideEnabled"],
        max_chars=max_chars,
        username_of=username_of,
        thread_exists=thread_exists,
        scope=integration.id,
        query_string=query_string,
    )


def _is_taken(session: Session, integration: Integration, several: tuple[str, ...]) -> bool:
    found = session.scalar(
        sa.select(Integration.id).where(
            Integration.token_digest == integration.token_digest,
            Integration.dialect.in_(several),
            Integration.type == IntegrationType.INCOMING,
            Integration.id != integration.id,
        )
    )
    return found is not None
