"""Integrations: the list, and making, changing and removing one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import flash, redirect, request, url_for
from flask_admin import expose
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin import directions
from admin.views import destinations_part, integration_page
from admin.views.base import RECENT
from admin.views.integration_form import (
    SAMPLE_OUTGOING_SCRIPT,
    SAMPLE_SCRIPT,
    IntegrationForm,
    check,
)
from admin.views.integration_page import Attempt, ChangedMeanwhile
from admin.views.integration_tools import IntegrationTools
from engine import compatibility, executions, integrations, versions
from engine.db import utcnow
from engine.errors import Invalid, SandboxError
from engine.executions import BAD
from engine.integrations import Changes
from engine.models import Integration, IntegrationType
from engine.outgoing.triggers import Ringing

Page = str | Response | tuple[str, int]

#: Of what the check says after a save; the editor shows all of it.
_MOST_WARNINGS = 3


class IntegrationsView(IntegrationTools):
    """`/admin/integrations/`"""

    @expose("/")
    def index(self) -> str:
        """List them with what they did last."""
        with self.engine.database.read() as session:
            everything = integrations.list_integrations(session)
            latest = executions.latest_of(session, [one.id for one in everything])
            outcomes = executions.outcome_counts(session, utcnow() - RECENT)
            pauses = self.engine.pauses.known(session, [one.id for one in everything])
            names = destinations_part.names(session)
            problems = versions.problems(session, everything)
            rows = [
                {
                    "integration": one,
                    "is_outgoing": directions.is_outgoing(one),
                    "line": directions.line(one, names),
                    "latest": latest.get(one.id),
                    "paused": pauses.get(one.id),
                    "problem": problems.get(one.id),
                    "bad": sum(n for name, n in outcomes.get(one.id, {}).items() if name in BAD),
                    "good": sum(
                        n for name, n in outcomes.get(one.id, {}).items() if name not in BAD
                    ),
                }
                for one in everything
            ]
        return self.render("integrations/list.html", rows=rows)

    @expose("/new/")
    def new(self) -> str:
        """Offer an empty form with a script that works; `?type=webhook-outgoing` for one that calls."""
        return self._editor(None, Attempt(_empty(request.args.get("type", ""))))

    @expose("/new/", methods=["POST"])
    def create(self) -> Page:
        """Make an integration of what was typed."""
        service = self.engine.integrations
        attempt = self._typed()
        if not attempt.form.errors:
            try:
                changes = service.changes(attempt.given(), self.user.username)
                with self.engine.database.write() as session:
                    integration, _ = service.create(session, changes)
                    session.flush()
                    ringing = self._announce(session, changes)
            except (Invalid, SandboxError) as exc:
                attempt = attempt.refused(exc)
            else:
                ringing.ring()
                flash(_with_rooms(_created(attempt.form), changes), "ok")
                self._warn(integration)
                return self._to_editor(integration.id)
        return self._editor(None, attempt), 422

    @expose("/<integration_id>/")
    def edit(self, integration_id: str) -> str:
        """Show an integration; `?load=3` puts an old script version into the editor."""
        load = request.args.get("load", type=int)
        with self.engine.database.read() as session:
            integration = integrations.get(session, integration_id)
            form = IntegrationForm.of(integration, self.engine.integrations.secrets(integration))
            problem = integration.version.problem if integration.version else None
            if load is not None:
                version = versions.get(session, integration, load)
                form, problem = replace(form, script=version.source), version.problem
        return self._editor(integration_id, Attempt(form, problem=problem, loaded=load))

    @expose("/<integration_id>/", methods=["POST"])
    def save(self, integration_id: str) -> Page:
        """Change an integration to what was typed."""
        service = self.engine.integrations
        attempt = self._typed()
        if not attempt.form.errors:
            with self.engine.database.read() as session:
                kind = integrations.get(session, integration_id).type
            attempt = replace(attempt, form=replace(attempt.form, type=kind))
            try:
                form = attempt.form
                changes = service.changes(attempt.given(), self.user.username)
                with self.engine.database.write() as session:
                    integration = integrations.get(session, integration_id)
                    before = integration.version.number if integration.version else 0
                    if before != form.base and not _same_script(integration, form):
                        raise ChangedMeanwhile(before)
                    service.update(session, integration, changes)
                    session.flush()
                    ringing = self._announce(session, changes)
                    after = integration.version.number if integration.version else 0
            except (Invalid, SandboxError, ChangedMeanwhile) as exc:
                attempt = attempt.refused(exc)
            else:
                ringing.ring()
                flash(_with_rooms(_saved(before, after, attempt), changes), "ok")
                self._warn(integration)
                return self._to_editor(integration_id)
        return self._editor(integration_id, attempt), 422

    @expose("/<integration_id>/delete/", methods=["GET", "POST"])
    def delete(self, integration_id: str) -> Page:
        """Ask, then delete."""
        if request.method == "POST":
            with self.engine.database.write() as session:
                integration = integrations.get(session, integration_id)
                integrations.remove(session, integration)
            ended = (
                "It calls nobody" if directions.is_outgoing(integration) else "Its URL answers 404"
            )
            flash(f"“{integration.name}” is deleted. {ended} now.", "ok")
            return redirect(url_for(".index"))
        with self.engine.database.read() as session:
            integration = integrations.get(session, integration_id)
        return self.render("integrations/delete.html", integration=integration)

    # -- pages ----------------------------------------------------------------------------

    def _typed(self) -> Attempt:
        return Attempt(
            check(IntegrationForm.typed(request.form)),
            disabled=request.form.get("save") == "disabled",
            create_rooms=tuple(request.form.get("create_rooms", "").split()),
        )

    def _announce(self, session: Session, changes: Changes) -> Ringing:
        """Tell outgoing integrations of the rooms that saving made."""
        announce, ringing = self.engine.triggers.announce_room, Ringing()
        for room in changes.made_rooms:
            found = announce(session, "roomCreated", room, self.user)
            ringing = found if found.bell else ringing
        return ringing

    def _editor(self, integration_id: str | None, attempt: Attempt) -> str:
        context: dict[str, Any] = integration_page.context(self.engine, integration_id, attempt)
        return self.render("integrations/edit.html", **context)

    def _warn(self, integration: Integration) -> None:
        """Say what the check has to say of the script that is saved, the worst first."""
        for note in compatibility.warnings_of(self.engine.pool, integration)[:_MOST_WARNINGS]:
            place = f"Line {note.line}: " if note.line else ""
            flash(f"{place}{note.message}.", "warn")

    def _to_editor(self, integration_id: str) -> Response:
        return redirect(url_for(".edit", integration_id=integration_id))


def _same_script(integration: Any, form: IntegrationForm) -> bool:
    version = integration.version
    return (version.source if version else "") == form.script


def _empty(kind: str) -> IntegrationForm:
    if kind == IntegrationType.OUTGOING:
        return IntegrationForm(type=kind, script=SAMPLE_OUTGOING_SCRIPT)
    return IntegrationForm(script=SAMPLE_SCRIPT)


def _with_rooms(said: str, changes: Changes) -> str:
    made = [f"#{room.name}" for room in changes.made_rooms]
    return f"{said} {' and '.join(made)} {'are' if len(made) > 1 else 'is'} new." if made else said


def _created(form: IntegrationForm) -> str:
    if form.is_outgoing:
        return "Created. Say what it listens for, or press Run to see what it would send."
    return "Created. Copy its URL into the service that is to call it."


def _saved(before: int, after: int, attempt: Attempt) -> str:
    saved = "Saved." if after in (before, 0) else f"Saved as v{after}."
    if attempt.form.enabled and not attempt.disabled:
        return saved
    means = "it calls nobody" if attempt.form.is_outgoing else "callers get 503"
    return f"{saved} It is disabled: {means}."
