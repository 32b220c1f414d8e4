"""Integrations: the list, and making, changing and removing one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import flash, redirect, request, url_for
from flask_admin import expose
from werkzeug.wrappers import Response

from admin.views import destinations_part, integration_page
from admin.views.base import RECENT
from admin.views.integration_form import SAMPLE_SCRIPT, IntegrationForm, check
from admin.views.integration_page import Attempt, ChangedMeanwhile
from admin.views.integration_tools import IntegrationTools
from engine import executions, integrations, versions
from engine.db import utcnow
from engine.errors import Invalid, SandboxError
from engine.executions import BAD

Page = str | Response | tuple[str, int]


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
            rows = [
                {
                    "integration": one,
                    "goes_to": destinations_part.goes_to(one, names),
                    "latest": latest.get(one.id),
                    "paused": pauses.get(one.id),
                    "problem": one.version.problem if one.version else None,
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
        """Offer an empty form with a script that works."""
        return self._editor(None, Attempt(IntegrationForm(script=SAMPLE_SCRIPT)))

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
            except (Invalid, SandboxError) as exc:
                attempt = attempt.refused(exc)
            else:
                flash("Created. Copy its URL into the service that is to call it.", "ok")
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
                integrations.get(session, integration_id)
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
                    after = integration.version.number if integration.version else 0
            except (Invalid, SandboxError, ChangedMeanwhile) as exc:
                attempt = attempt.refused(exc)
            else:
                flash(_saved(before, after, form.enabled and not attempt.disabled), "ok")
                return self._to_editor(integration_id)
        return self._editor(integration_id, attempt), 422

    @expose("/<integration_id>/delete/", methods=["GET", "POST"])
    def delete(self, integration_id: str) -> Page:
        """Ask, then delete."""
        if request.method == "POST":
            with self.engine.database.write() as session:
                integration = integrations.get(session, integration_id)
                integrations.remove(session, integration)
            flash(f"“{integration.name}” is deleted. Its URL answers 404 now.", "ok")
            return redirect(url_for(".index"))
        with self.engine.database.read() as session:
            integration = integrations.get(session, integration_id)
        return self.render("integrations/delete.html", integration=integration)

    # -- pages ----------------------------------------------------------------------------

    def _typed(self) -> Attempt:
        return Attempt(
            check(IntegrationForm.typed(request.form)),
            disabled=request.form.get("save") == "disabled",
        )

    def _editor(self, integration_id: str | None, attempt: Attempt) -> str:
        context: dict[str, Any] = integration_page.context(self.engine, integration_id, attempt)
        return self.render("integrations/edit.html", **context)

    def _to_editor(self, integration_id: str) -> Response:
        return redirect(url_for(".edit", integration_id=integration_id))


def _same_script(integration: Any, form: IntegrationForm) -> bool:
    version = integration.version
    return (version.source if version else "") == form.script


def _saved(before: int, after: int, enabled: bool) -> str:
    saved = "Saved." if after in (before, 0) else f"Saved as v{after}."
    return saved if enabled else f"{saved} It is disabled: callers get 503."
