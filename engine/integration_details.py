"""Integrations as Rocket.Chat's API shows them, with who made them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine import dialects, protection, users
from engine.integrations import Integrations
from engine.models import Integration, ScriptVersion, User
from engine.outgoing import settings as outgoing_settings
from engine.redaction import HIDDEN
from engine.times import iso


def as_dicts(
    service: Integrations, session: Session, several: Sequence[Integration]
) -> list[dict[str, Any]]:
    """
    Return integrations with Rocket.Chat's field names, their tokens as dots.

    `_createdBy` is null when no user made it, but an import.
    """
    makers = users.find_by_usernames(session, {one.created_by for one in several})
    ids = {one.version_id for one in several if one.version_id is not None}
    found = session.scalars(sa.select(ScriptVersion).where(ScriptVersion.id.in_(ids)))
    versions: dict[int | None, ScriptVersion] = {version.id: version for version in found}
    return [
        _as_dict(service, one, versions.get(one.version_id), makers.get(one.created_by.lower()))
        for one in several
    ]


def as_dict(
    service: Integrations, session: Session, integration: Integration, *, token: str | None = None
) -> dict[str, Any]:
    """Return one integration so; its token only if it is passed."""
    maker = users.find_by_username(session, integration.created_by)
    return _as_dict(service, integration, integration.version, maker, token)


def _as_dict(
    service: Integrations,
    integration: Integration,
    version: ScriptVersion | None,
    maker: User | None,
    token: str | None = None,
) -> dict[str, Any]:
    problem = version.problem if version else None
    return {
        "_id": integration.id,
        "type": integration.type,
        "name": integration.name,
        "description": integration.description,
        "enabled": integration.enabled,
        "username": integration.username,
        "userId": integration.user_id,
        "channel": integration.channels,
        "alias": integration.alias,
        "avatar": integration.avatar,
        "emoji": integration.emoji,
        "overrideDestinationChannelEnabled": integration.override_channel,
        "scriptEnabled": integration.script_enabled,
        "script": version.source if version else "",
        "scriptVersion": version.number if version else None,
        **({} if problem is None else {"scriptError": problem}),
        "lifecycle": integration.lifecycle,
        "dialect": integration.dialect,
        **dialects.switches(integration.dialect_options),
        **outgoing_settings.as_dict(integration),
        "destinations": integration.destinations,
        "limits": integration.limits,
        "secrets": service.secrets(integration),
        **protection.as_dict(integration),
        "token": HIDDEN if token is None else token,
        "url": service.url(integration, token),
        "_createdAt": iso(integration.created_at),
        "_updatedAt": iso(integration.updated_at),
        "_createdBy": maker and {"_id": maker.id, "username": maker.username},
    }
