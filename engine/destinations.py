"""Destinations: what may be saved, how it is shown, and whether it works."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine import fields, targets, transports
from engine.db import utcnow
from engine.delivery.courier import Courier, Handed
from engine.delivery.ledger import target_of
from engine.delivery.tables import Delivery, DeliveryState, Destination, Lane
from engine.errors import Conflict, Invalid, NotFound
from engine.ids import new_id, new_sortable_id
from engine.models import Integration
from engine.redaction import HIDDEN
from engine.times import iso
from engine.transports.message import CanonicalMessage, Target, shown_url
from engine.vault import Vault

#: The id of the built-in one.
ROOMS = "rooms"
_MOST_AT_ONCE = 16
_MOST_PER_S = 1000.0
_SETTABLE = ("type", "name", "url", "enabled", "concurrency", "ratePerSecond", "noticeRoom")
#: What `as_dict` shows beside these.
_SHOWN_ONLY = (
    "_id",
    "state",
    "failures",
    "pausedAt",
    "pauseReason",
    "_createdAt",
    "_updatedAt",
    "_createdBy",
)


@dataclass(frozen=True, slots=True)
class Destinations:
    """Creates, changes, tries and shows destinations; callers bring the session and commit."""

    vault: Vault
    courier: Courier

    def create(self, session: Session, given: Mapping[str, Any], author: str) -> Destination:
        """
        Add a destination.

        :raise Invalid: when a field is wrong; `field` names it.
        """
        kind = given.get("type")
        if not isinstance(kind, str) or kind in transports.MANAGED:
            raise Invalid(f"type is one of {', '.join(transports.LABELS)}", field="type")
        fields.known_only(given, settable(kind), f"a destination of the type {kind}")
        now = utcnow()
        destination = Destination(
            id=new_id(),
            type=kind,
            name="",
            enabled=True,
            options={},
            concurrency=1,
            rate_per_s=0.0,
            notice_room="",
            created_at=now,
            updated_at=now,
            created_by=author,
        )
        self._apply(destination, {"url": "", **given}, Target("", {}, {}))
        if not destination.name:
            raise Invalid("name is missing", field="name")
        _check_notice_room(session, destination, given)
        session.add(destination)
        session.add(Lane(destination_id=destination.id, failures=0, pause_reason=""))
        return destination

    def update(self, session: Session, destination: Destination, given: Mapping[str, Any]) -> None:
        """
        Change what is given, and nothing else; a secret given as dots stays.

        :raise Invalid: when a field is wrong; `field` names it.
        """
        if given.get("type", destination.type) != destination.type:
            raise Invalid("type cannot be changed; make another destination", field="type")
        # What is shown may come back as a whole.
        known = [*settable(destination.type), *_SHOWN_ONLY]
        fields.known_only(given, known, f"a destination of the type {destination.type}")
        self._apply(destination, given, target_of(self.vault, destination))
        destination.updated_at = utcnow()
        if not destination.name:
            raise Invalid("name is missing", field="name")
        _check_notice_room(session, destination, given)

    def try_out(self, destination: Destination) -> Handed:
        """Send a real message at once, past the queue, and return the far side's answer."""
        now = utcnow()
        message = CanonicalMessage(
            id=new_sortable_id(),
            text=f"A test from Hooksmith: *{destination.name}* is reached.",
            sent_at=now,
            alias="Hooksmith",
        )
        transport = transports.load(destination.type)
        return self.courier.hand_over(
            transport, target_of(self.vault, destination), message, 0, lambda: None
        )

    def as_dict(self, destination: Destination, lane: Lane | None) -> dict[str, Any]:
        """Return a destination for the API: no secret of it, and of its address the host."""
        target = target_of(self.vault, destination)
        return {
            "_id": destination.id,
            "type": destination.type,
            "name": destination.name,
            "enabled": destination.enabled,
            "url": destination.url_shown,
            **destination.options,
            **{name: HIDDEN for name, value in target.secrets.items() if value},
            "concurrency": destination.concurrency,
            "ratePerSecond": destination.rate_per_s,
            "noticeRoom": destination.notice_room,
            "state": state_of(destination, lane),
            "failures": lane.failures if lane else 0,
            "pausedAt": iso(lane.paused_at) if lane and lane.paused_at else None,
            "pauseReason": lane.pause_reason if lane and lane.paused_at else "",
            "_createdAt": iso(destination.created_at),
            "_updatedAt": iso(destination.updated_at),
            "_createdBy": {"username": destination.created_by},
        }

    def _apply(self, destination: Destination, given: Mapping[str, Any], before: Target) -> None:
        if "name" in given:
            destination.name = fields.text(given["name"], "name", 128)
        if "enabled" in given:
            destination.enabled = fields.flag(given["enabled"], "enabled")
        if "noticeRoom" in given:
            destination.notice_room = fields.text(given["noticeRoom"], "noticeRoom", 128)
        if "concurrency" in given:
            number = _number(given["concurrency"], "concurrency", 1, _MOST_AT_ONCE)
            destination.concurrency = int(number)
        if "ratePerSecond" in given:
            destination.rate_per_s = _number(
                given["ratePerSecond"], "ratePerSecond", 0, _MOST_PER_S
            )
        self._apply_target(destination, given, before)

    def _apply_target(
        self, destination: Destination, given: Mapping[str, Any], before: Target
    ) -> None:
        transport = transports.load(destination.type)
        known = {field.name: field for field in transport.fields}
        if not {"url", *known} & set(given):
            return
        options, secrets = dict(before.options), dict(before.secrets)
        for name, field in known.items():
            if name in given and given[name] != HIDDEN:
                (secrets if field.secret else options)[name] = given[name]
        url = given.get("url", before.url)
        if not isinstance(url, str):
            raise Invalid("url is a text", field="url")
        unchanged = bool(before.url) and url.strip() in ("", HIDDEN, shown_url(before.url))
        target = transport.validate(before.url if unchanged else url.strip(), options, secrets)
        changes = (target.url, dict(target.secrets)) != (before.url, dict(before.secrets))
        if destination.type in transports.MANAGED and changes:
            where = f"{transport.label}: address and key are set where it belongs, and asked there"
            raise Invalid(where, field="url")
        destination.url_encrypted = self.vault.encrypt(target.url)
        destination.url_shown = shown_url(target.url)
        destination.options = dict(target.options)
        destination.secrets_encrypted = self.vault.encrypt(orjson.dumps(target.secrets).decode())


def settable(kind: str) -> list[str]:
    """Return the members that can be set of a destination of a type."""
    return [*_SETTABLE, *(field.name for field in transports.load(kind).fields)]


def _check_notice_room(
    session: Session, destination: Destination, given: Mapping[str, Any]
) -> None:
    if "noticeRoom" in given and destination.notice_room:
        targets.require(session, [destination.notice_room], "noticeRoom")


def state_of(destination: Destination, lane: Lane | None) -> str:
    """Return in one word how a destination is: disabled, paused, failing or ok."""
    if not destination.enabled:
        return "disabled"
    if lane is not None and lane.paused_at is not None:
        return "paused"
    return "failing" if lane is not None and lane.failures else "ok"


def get(session: Session, destination_id: str) -> tuple[Destination, Lane | None]:
    """
    Return a destination and how it is.

    :raise NotFound: when there is none of that id.
    """
    destination = session.get(Destination, destination_id) if destination_id.isalnum() else None
    if destination is None:
        raise NotFound(f"There is no destination {destination_id}")
    return destination, session.get(Lane, destination_id)


def list_destinations(session: Session) -> Sequence[tuple[Destination, Lane | None]]:
    """Return all of them by name."""
    rows = session.execute(
        sa.select(Destination, Lane)
        .outerjoin(Lane, Lane.destination_id == Destination.id)
        .order_by(sa.func.lower(Destination.name), Destination.id)
    )
    return [(row[0], row[1]) for row in rows]


def users_of(session: Session, destination_id: str) -> list[Integration]:
    """Return the integrations that post to a destination, by name."""
    everything = session.scalars(
        sa.select(Integration).order_by(sa.func.lower(Integration.name), Integration.id)
    )
    return [one for one in everything if destination_id in one.destinations]


def remove(session: Session, destination: Destination) -> None:
    """
    Delete a destination and cancel what waits for it.

    :raise Conflict: when integrations post to it.
    """
    if users := users_of(session, destination.id):
        names = ", ".join(one.name or one.id for one in users[:5])
        raise Conflict(f"{names} post to it; change that first")
    cancel_all(session, destination.id)
    lane = session.get(Lane, destination.id)
    if lane is not None:
        session.delete(lane)
    session.delete(destination)


def pause(lane: Lane, username: str) -> None:
    """Deliver nothing to a destination for now; what comes meanwhile waits."""
    lane.paused_at = utcnow()
    lane.pause_reason = f"by @{username}"


def resume(session: Session, lane: Lane) -> None:
    """Deliver again to a destination that was paused, beginning with what waited longest."""
    lane.paused_at = None
    lane.not_before = None
    lane.failures = 0
    lane.failing_since = None
    now = utcnow()
    session.execute(
        sa.update(Delivery)
        .where(
            Delivery.destination_id == lane.destination_id,
            Delivery.state == DeliveryState.PENDING,
        )
        .values(next_at=now)
    )


def cancel_all(session: Session, destination_id: str) -> None:
    """Cancel everything that waits for a destination."""
    session.execute(
        sa.update(Delivery)
        .where(Delivery.destination_id == destination_id, Delivery.state == DeliveryState.PENDING)
        .values(state=DeliveryState.CANCELLED, finished_at=utcnow())
    )


def check_ids(session: Session, wanted: Sequence[str]) -> list[str]:
    """
    Return the destinations an integration may post to.

    :raise Invalid: when one does not exist.
    """
    ids = list(dict.fromkeys(wanted)) or [ROOMS]
    there = sa.select(Destination.id).where(
        Destination.id.in_(ids), Destination.type.not_in(transports.MANAGED)
    )
    known = {ROOMS, *session.scalars(there)}
    if unknown := [one for one in ids if one not in known]:
        raise Invalid(f"There is no destination {', '.join(unknown)}", field="destinations")
    return ids


def _number(value: Any, name: str, least: float, greatest: float) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not least <= value <= greatest:
        raise Invalid(f"{name} is a number from {least:g} to {greatest:g}", field=name)
    return float(value)
