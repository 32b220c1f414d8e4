"""Integrations and their script versions: what may be saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine import (
    destinations,
    dialect_settings,
    dialects,
    fields,
    integration_targets,
    limits,
    pauses,
    protection,
    script_secrets,
    users,
    versions,
)
from engine.addresses import MAX_DATA_CHARS, icon_problem
from engine.conversations import webhooks
from engine.db import utcnow
from engine.errors import Invalid, NotFound
from engine.ids import new_id, new_token, token_digest
from engine.models import (
    Dialect,
    Integration,
    IntegrationPause,
    IntegrationType,
    Lifecycle,
    Room,
    ScriptStore,
    ScriptVersion,
)
from engine.outgoing import settings as outgoing_settings
from engine.outgoing.tables import OutgoingCall
from engine.redaction import HIDDEN
from engine.sandbox.pool import Pool
from engine.script_check import BrokenScript, Checked
from engine.settings import Settings
from engine.vault import Vault

_TEXTS = {"name": 128, "description": 500, "alias": 128, "avatar": MAX_DATA_CHARS, "emoji": 64}


@dataclass(frozen=True, slots=True)
class Changes:
    """What a caller wants to set, and what its script turned out to be; made by `Integrations.changes`."""

    given: Mapping[str, Any]
    author: str
    checked: Checked
    #: Rooms and users that it names may be missing: whoever imports it is told of them.
    may_lack_targets: bool = False
    #: The rooms that saving it made, because `createRooms` said so; outgoing integrations may wait
    #: for them.
    made_rooms: list[Room] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Integrations:
    """Creates and changes integrations; callers bring the session and commit."""

    settings: Settings
    vault: Vault
    pool: Pool

    def changes(self, given: Mapping[str, Any], author: str, *, name: str = "") -> Changes:
        """
        Look at what is to be saved; call it before the transaction, because the script is run.

        :raise Invalid: when the script is too long to be one.
        """
        script = given.get("script")
        checked = Checked()
        if isinstance(script, str):
            shown_as = given.get("name") or name
            checked = self.check(
                fields.script_text(script), shown_as if isinstance(shown_as, str) else name
            )
        return Changes(given, author, checked)

    def create(
        self, session: Session, changes: Changes, *, integration_id: str | None = None
    ) -> tuple[Integration, str]:
        """
        Add an integration, under an id that is free if one is given; return it and its URL token.

        :raise Invalid: when a field is wrong. :raise BrokenScript: when it is to run what cannot.
        """
        given = changes.given
        kind = given.get("type", IntegrationType.INCOMING)
        if kind not in list(IntegrationType):
            raise Invalid(f"type is one of {', '.join(IntegrationType)}", field="type")
        outgoing = kind == IntegrationType.OUTGOING
        token = self._chosen_token(given, 1 if outgoing else 16)
        now = utcnow()
        integration = Integration(
            id=integration_id or new_id(),
            type=kind,
            name="",
            description="",
            enabled=True,
            alias="",
            avatar="",
            emoji="",
            override_channel=False,
            script_enabled=False,
            lifecycle=Lifecycle.PER_REQUEST,
            dialect=Dialect.ROCKETCHAT,
            dialect_options={},
            destinations=["rooms"],
            limits={},
            version=None,  # known, so that it can be asked for after the transaction
            token_digest=token_digest(token),
            token_encrypted=self.vault.encrypt(token),
            created_at=now,
            updated_at=now,
            created_by=changes.author,
        )
        if "channel" not in given and not outgoing:
            raise Invalid("channel is missing: name at least one #room or @user", field="channel")
        self._apply(session, integration, {"username": users.BOT_USERNAME, **given}, changes)
        session.add(integration)
        return integration, token

    def update(self, session: Session, integration: Integration, changes: Changes) -> None:
        """
        Change what is given, and nothing else; a changed script becomes a new version.

        :raise Invalid: when a field is wrong. :raise BrokenScript: when it is to run what cannot.
        """
        version = integration.version
        self._apply(session, integration, changes.given, changes)
        if integration.version is not version:
            pauses.resume(session, integration, f"{changes.author} saved another script")
        integration.updated_at = utcnow()

    def renew_token(self, integration: Integration, token: str | None = None) -> str:
        """Give the integration a new URL, made up or with this token; the old one ends."""
        token = token or new_token()
        integration.token_digest = token_digest(token)
        integration.token_encrypted = self.vault.encrypt(token)
        integration.updated_at = utcnow()
        return token

    def check(self, source: str, name: str) -> Checked:
        """
        Load a script, and tell what came of it.

        :raise Invalid: when it is too long to be a script.
        """
        size = len(source.encode("utf-8", "replace"))
        if size > self.settings.script_max_bytes:
            raise Invalid(
                f"The script has {size} bytes; {self.settings.script_max_bytes} are allowed",
                field="script",
            )
        if not source.strip():
            return Checked()
        return Checked.by(self.pool.check(source, name or "script"))

    def url(self, integration: Integration, token: str | None = None) -> str:
        """Return the address to call, none of an outgoing one; without the token it is shown as dots."""
        if integration.type == IntegrationType.OUTGOING:
            return ""
        shown = HIDDEN if token is None else quote(token, safe="")
        return self.settings.base_url + dialects.of(integration.dialect).path(integration.id, shown)

    def reveal_token(self, integration: Integration) -> str:
        """Return the URL token in clear."""
        return self.vault.decrypt(integration.token_encrypted)

    def secrets(self, integration: Integration) -> dict[str, str]:
        """Return the names of what its script may know, with dots."""
        return script_secrets.shown(self.vault, integration.secrets_encrypted)

    # -- fields ---------------------------------------------------------------------------

    def _apply(
        self, session: Session, integration: Integration, given: Mapping[str, Any], changes: Changes
    ) -> None:
        for name, max_chars in _TEXTS.items():
            if name in given:
                setattr(integration, name, fields.text(given[name], name, max_chars))
        if "avatar" in given and (problem := icon_problem(integration.avatar)):
            raise Invalid(f"avatar cannot be used: {problem}", field="avatar")
        for key, attribute in (
            ("enabled", "enabled"),
            ("overrideDestinationChannelEnabled", "override_channel"),
            ("scriptEnabled", "script_enabled"),
        ):
            if key in given:
                setattr(integration, attribute, fields.flag(given[key], key))
        if "username" in given:
            self._set_user(session, integration, given["username"])
        if "channel" in given and integration.type == IntegrationType.INCOMING:
            integration.channels = fields.channels(given["channel"])
        if "lifecycle" in given:
            integration.lifecycle = fields.choice(given["lifecycle"], Lifecycle, "lifecycle")
        dialect_settings.apply(session, integration, given)
        outgoing_settings.apply(session, integration, given, self.vault)
        if "destinations" in given:
            wanted = fields.strings(given["destinations"], "destinations")
            integration.destinations = destinations.check_ids(session, wanted)
        if not changes.may_lack_targets:
            changes.made_rooms.extend(integration_targets.check(session, integration, given))
        if "limits" in given:
            integration.limits = limits.check(self.settings, given["limits"])
        if "secrets" in given:
            integration.secrets_encrypted = script_secrets.change(
                self.vault, integration.secrets_encrypted, given["secrets"]
            )
        protection.apply(integration, given, self.vault)
        if "script" in given:
            self._set_script(session, integration, fields.script_text(given["script"]), changes)
        version = integration.version
        if (
            integration.enabled
            and integration.script_enabled
            and version is not None
            and version.problem is not None
        ):
            raise BrokenScript(version.problem)

    def _set_user(self, session: Session, integration: Integration, username: Any) -> None:
        user = users.find_by_username(session, fields.text(username, "username", 64))
        if user is None:
            raise Invalid(f"There is no user {username}", field="username")
        integration.user_id = user.id
        integration.username = user.username

    def _set_script(
        self, session: Session, integration: Integration, source: str, changes: Changes
    ) -> None:
        current = integration.version
        if (current.source if current else "") == source:
            return
        if not source.strip():
            integration.version = None
            return
        problem, compiled = changes.checked.problem, changes.checked.compiled
        version = ScriptVersion(
            integration_id=integration.id,
            number=versions.latest_number(session, integration) + 1,
            source=source,
            problem=None if problem is None else dict(problem),
            compiled=None if compiled is None else compiled.as_dict(),
            created_at=utcnow(),
            created_by=changes.author,
        )
        session.add(integration)
        integration.version = version

    def _chosen_token(self, given: Mapping[str, Any], least_chars: int) -> str:
        """An imported integration keeps the token that its callers, or those it calls, know."""
        token = given.get("token")
        if token is None or token == "":
            return new_token()
        return fields.token(token, least_chars)


def get(session: Session, integration_id: str) -> Integration:
    """
    Return an integration.

    :raise NotFound: when there is none of that id.
    """
    integration = session.get(Integration, integration_id) if integration_id.isalnum() else None
    if integration is None:
        raise NotFound(f"There is no integration {integration_id}")
    return integration


def find_by_url(session: Session, url: str) -> Integration | None:
    """Return an outgoing integration that calls an address, the oldest of several."""
    outgoing = sa.select(Integration).filter_by(type=IntegrationType.OUTGOING)
    several = session.scalars(outgoing.order_by(Integration.created_at, Integration.id))
    return next((one for one in several if url in outgoing_settings.of(one)["urls"]), None)


def list_integrations(session: Session, kind: str | None = None) -> Sequence[Integration]:
    """Return all of them, or all of one type, by name."""
    wanted = sa.select(Integration) if kind is None else sa.select(Integration).filter_by(type=kind)
    return session.scalars(wanted.order_by(sa.func.lower(Integration.name), Integration.id)).all()


def remove(session: Session, integration: Integration) -> None:
    """Delete an integration and its scripts; its executions and messages stay."""
    integration.version_id = None
    session.flush()
    webhooks.forget(session, integration.id)
    for table in (ScriptVersion, ScriptStore, IntegrationPause, OutgoingCall):
        session.execute(sa.delete(table).where(table.integration_id == integration.id))
    session.delete(integration)
