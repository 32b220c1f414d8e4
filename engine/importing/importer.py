"""What was found in an export, stored: a transaction for each integration, and nothing twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from engine import compatibility
from engine.addresses import icon_problem
from engine.compatibility import UsedAs
from engine.db import Database, reason_of
from engine.errors import EngineError
from engine.ids import token_matches
from engine.importing.found import Export, Found, KnownRoom
from engine.importing.places import CreateRooms, Places
from engine.importing.report import Brought, Outcome, Report
from engine.integrations import Changes, Integrations
from engine.models import Integration, IntegrationType

_MAX_ID_CHARS = 20
_NEW_ADDRESS = "it has no token that can be kept: callers need its new address"
_MADE_UP = "it has no token: one was made up, which those whom it calls do not know"


class _DryRun(Exception):
    """Ends a transaction that was only tried."""


@dataclass(frozen=True, slots=True)
class Choices:
    """How to import: try only, bring what is here already up to date, make missing rooms."""

    dry_run: bool = False
    update: bool = False
    create_rooms: CreateRooms = CreateRooms.PUBLIC


@dataclass(frozen=True, slots=True)
class Importer:
    """Imports exports on behalf of `author`."""

    database: Database
    integrations: Integrations
    choices: Choices
    author: str = "import"
    #: Origins that were met, so that a dry run sees what it would have stored.
    _met: set[str] = field(default_factory=set)

    def bring(self, export: Export) -> Report:
        """Store what was found; return what became of each."""
        report = Report(dry_run=self.choices.dry_run, problems=list(export.problems))
        for unusable in export.unusable:
            report.brought.append(
                Brought(unusable.origin, unusable.name, Outcome.FAILED, why=unusable.why)
            )
        for found in export.found:
            report.brought.append(self._bring_one(found, export.rooms))
        return report

    def _bring_one(self, found: Found, known: Mapping[str, KnownRoom]) -> Brought:
        brought = Brought(found.origin, found.name, Outcome.FAILED, kind=found.given["type"])
        try:
            existing = self._find(found.origin)
            if found.origin in self._met:
                brought.outcome, brought.why = Outcome.SKIPPED, "it is in the export twice"
                return brought
            if existing is not None and not self.choices.update:
                brought.outcome, brought.id = Outcome.SKIPPED, existing
                brought.why = "it was imported before; --update brings it up to date"
                return brought
            changes = self.integrations.changes(_usable(found), self.author)
            self._look_at_script(found, changes, brought)
            with self._transaction() as session:
                self._store(session, found, changes, existing, known, brought)
        except EngineError as exc:
            brought.outcome, brought.why = Outcome.FAILED, str(exc)
            brought.rooms = []
        except SQLAlchemyError as exc:
            brought.outcome, brought.why = Outcome.FAILED, f"not stored: {reason_of(exc)}"
            brought.rooms = []
        self._met.add(found.origin)
        return brought

    def _find(self, origin: str) -> str | None:
        with self.database.read() as session:
            return session.scalar(sa.select(Integration.id).where(Integration.origin == origin))

    def _look_at_script(self, found: Found, changes: Changes, brought: Brought) -> None:
        script = found.given.get("script", "")
        if not script.strip():
            return
        used_as = UsedAs(
            found.given["type"],
            found.given["lifecycle"],
            found.given.get("overrideDestinationChannelEnabled"),
        )
        brought.script_enabled = found.given["scriptEnabled"]
        brought.script = compatibility.check(
            self.integrations.pool, script, changes.checked.problem, used_as
        )

    def _store(
        self,
        session: Session,
        found: Found,
        changes: Changes,
        existing: str | None,
        known: Mapping[str, KnownRoom],
        brought: Brought,
    ) -> None:
        given = dict(changes.given)
        notes = list(found.notes)
        places = Places(session, known, self.choices.create_rooms)
        places.settle(given)
        if changes.checked.problem is not None and given["enabled"] and given.get("scriptEnabled"):
            given["enabled"] = False
            notes.append("it is switched off: its script cannot be loaded")
        if problem := icon_problem(given.get("avatar", "")):
            given["avatar"] = ""
            notes.append(f"it has no avatar: the address cannot be used, {problem}")
        settled = Changes(given, changes.author, changes.checked, may_lack_targets=True)
        if existing is None:
            integration = self._create(session, found, settled, notes)
            brought.outcome = Outcome.IMPORTED
        else:
            integration = session.get_one(Integration, existing)
            self._update(session, integration, settled)
            brought.outcome = Outcome.UPDATED
        session.flush()
        brought.id = integration.id
        brought.rooms = places.created
        brought.notes = [*notes, *places.notes]
        if integration.type == IntegrationType.INCOMING:
            brought.url = self.integrations.url(integration)
            brought.same_address = _has_same_address(found, integration)

    def _create(
        self, session: Session, found: Found, changes: Changes, notes: list[str]
    ) -> Integration:
        wanted = found.wanted_id if _is_free(session, found.wanted_id) else None
        incoming = found.given["type"] == IntegrationType.INCOMING
        if incoming and found.wanted_id and wanted is None:
            notes.append("its id could not be kept: callers need its new address")
        if not changes.given["token"]:
            notes.append(_NEW_ADDRESS if incoming else _MADE_UP)
        integration, _ = self.integrations.create(session, changes, integration_id=wanted)
        integration.origin = found.origin
        if found.created_at is not None:
            integration.created_at = found.created_at
        return integration

    def _update(self, session: Session, integration: Integration, changes: Changes) -> None:
        self.integrations.update(session, integration, changes)
        token = changes.given["token"]
        if token and not token_matches(token, integration.token_digest):
            self.integrations.renew_token(integration, token)

    @contextmanager
    def _transaction(self) -> Iterator[Session]:
        try:
            with self.database.write() as session:
                yield session
                session.flush()
                if self.choices.dry_run:
                    raise _DryRun
        except _DryRun:
            return


def _usable(found: Found) -> dict[str, Any]:
    """Return the body with the token that can be kept, or none."""
    given = dict(found.given)
    token = given.get("token", "")
    # Whoever an outgoing one calls knows its token, however short that is.
    fewest = 1 if given["type"] == IntegrationType.OUTGOING else 16
    if not fewest <= len(token) <= 256 or not token.isprintable():
        given["token"] = ""
    return given


def _is_free(session: Session, wanted: str) -> bool:
    if not (wanted.isascii() and wanted.isalnum() and len(wanted) <= _MAX_ID_CHARS):
        return False
    return session.get(Integration, wanted) is None


def _has_same_address(found: Found, integration: Integration) -> bool:
    kept = found.given.get("token", "")
    if not kept or not token_matches(kept, integration.token_digest):
        return False
    return not found.wanted_id or integration.id == found.wanted_id
