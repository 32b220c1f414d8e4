"""The webhooks of integrations: set after a handshake, shown, removed (wire.md 4.1 B)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine import destinations, transports
from engine.conversations.handshake import Verifier
from engine.conversations.tables import ConversationThread, ConversationWebhook, WebhookStatus
from engine.db import Database, utcnow
from engine.delivery.ledger import target_of
from engine.delivery.tables import Destination, Lane
from engine.dialects import UCHAT
from engine.errors import NotFound
from engine.ids import new_id
from engine.models import Integration
from engine.transports.message import Target, shown_url
from engine.vault import Vault

#: The kind of destination that a webhook is.
KIND = "uchatwebhook"
_KEY = "verification_key"
_NAME_CHARS = 128
_REASON_CHARS = 500


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook as it is."""

    destination_id: str
    url: str
    verification_key: str
    status: str
    #: Why it failed.
    reason: str
    checked_at: dt.datetime

    @property
    def url_shown(self) -> str:
        """What may be shown of the address."""
        return shown_url(self.url)

    def __repr__(self) -> str:
        return f"Webhook({self.url_shown!r}, {self.status})"


@dataclass(frozen=True, slots=True)
class Webhooks:
    """Sets, shows and removes the webhooks of integrations."""

    vault: Vault
    verifier: Verifier

    def get(self, session: Session, integration_id: str) -> Webhook | None:
        """Return an integration's webhook."""
        row = session.execute(
            sa.select(ConversationWebhook, Destination)
            .join(Destination, Destination.id == ConversationWebhook.destination_id)
            .where(ConversationWebhook.integration_id == integration_id)
        ).first()
        if row is None:
            return None
        webhook, destination = row
        target = target_of(self.vault, destination)
        return Webhook(
            destination_id=destination.id,
            url=target.url,
            verification_key=target.secrets.get(_KEY, ""),
            status=webhook.status,
            reason=webhook.reason,
            checked_at=webhook.checked_at,
        )

    def set(
        self, database: Database, integration_id: str, url: Any, key: Any, author: str
    ) -> Webhook:
        """
        Ask a webhook for the challenge, and store it with what came of that; it replaces another.

        One that fails gets nothing, nor does the one that was there before.

        :raise NotFound: when there is no such integration of UChat's dialect.
        :raise Invalid: when address or key are unusable; then nothing changes.
        """
        target = transports.load(KIND).validate(
            url, {"flow_ns": integration_id}, {_KEY: key if key is not None else ""}
        )
        reason = self.verifier.verify(target.url, target.secrets[_KEY])
        status = WebhookStatus.FAILED if reason else WebhookStatus.VERIFIED
        now = utcnow()
        with database.write() as session:
            integration = require_integration(session, integration_id)
            destination, lane = self._destination(session, integration, author)
            destination.name = f"Webhook of {integration.name or integration.id}"[:_NAME_CHARS]
            destination.enabled = status is WebhookStatus.VERIFIED
            destination.updated_at = now
            self._put(destination, target)
            session.flush()
            if destination.enabled:
                destinations.resume(session, lane)
            webhook = session.get_one(ConversationWebhook, integration.id)
            webhook.status, webhook.reason = status, reason[:_REASON_CHARS]
            webhook.checked_at = now
        return Webhook(
            destination_id=destination.id,
            url=target.url,
            verification_key=target.secrets[_KEY],
            status=status,
            reason=reason,
            checked_at=now,
        )

    def _destination(
        self, session: Session, integration: Integration, author: str
    ) -> tuple[Destination, Lane]:
        """Return the destination of an integration's webhook, made when there is none."""
        webhook = session.get(ConversationWebhook, integration.id)
        known = session.get(Destination, webhook.destination_id) if webhook else None
        lane = session.get(Lane, known.id) if known else None
        if known is not None and lane is not None:
            return known, lane
        now = utcnow()
        made = Destination(
            id=new_id(),
            type=KIND,
            name="",
            enabled=False,
            options={},
            concurrency=1,
            rate_per_s=0.0,
            notice_room="",
            created_at=now,
            updated_at=now,
            created_by=author,
        )
        lane = Lane(destination_id=made.id, failures=0, pause_reason="")
        self._put(made, Target("", {}, {}))
        session.add_all([made, lane])
        if webhook is None:
            webhook = ConversationWebhook(integration_id=integration.id, reason="")
            session.add(webhook)
        webhook.destination_id = made.id
        webhook.status, webhook.checked_at = WebhookStatus.FAILED, now
        return made, lane

    def _put(self, destination: Destination, target: Target) -> None:
        destination.url_encrypted = self.vault.encrypt(target.url)
        destination.url_shown = shown_url(target.url)
        destination.options = dict(target.options)
        destination.secrets_encrypted = self.vault.encrypt(
            orjson.dumps(dict(target.secrets)).decode()
        )


def require_integration(session: Session, integration_id: str) -> Integration:
    """
    Return an integration that speaks UChat's dialect.

    :raise NotFound: when there is none of that id.
    """
    found = session.get(Integration, integration_id) if integration_id.isalnum() else None
    if found is None or found.dialect != UCHAT:
        raise NotFound(f"There is no integration {integration_id[:40]} that speaks UChat's dialect")
    return found


def remove(session: Session, integration_id: str) -> None:
    """Remove an integration's webhook, and cancel what waits for it."""
    webhook = session.get(ConversationWebhook, integration_id)
    if webhook is None:
        return
    destination = session.get(Destination, webhook.destination_id)
    if destination is not None:
        destinations.remove(session, destination)
    session.delete(webhook)


def forget(session: Session, integration_id: str) -> None:
    """Remove all that is kept of an integration's conversations, its messages aside."""
    remove(session, integration_id)
    session.execute(
        sa.delete(ConversationThread).where(ConversationThread.integration_id == integration_id)
    )
