"""Beside the form of an integration: its URL, its versions, and trying a script."""

from __future__ import annotations

import shlex
from typing import Any

from flask import flash, get_template_attribute, jsonify, redirect, request, url_for
from flask_admin import expose
from werkzeug.wrappers import Response

from admin import directions
from admin.views import destinations_part, dialect_form, outgoing_trial, trial
from admin.views.base import ProtectedView
from admin.views.integration_page import has_editor
from admin.words import outcome_words, tone
from engine import compatibility, executions, fields, integrations, pauses
from engine import versions as script_versions
from engine.compatibility import UsedAs
from engine.conversations import webhooks
from engine.errors import Invalid, SandboxError
from engine.incoming import Handled
from engine.json_reader import parse_bytes
from engine.models import Integration


class IntegrationTools(ProtectedView):
    """The pages and JSON endpoints that the editor leads to."""

    # -- the URL --------------------------------------------------------------------------

    @expose("/<integration_id>/url/", methods=["POST"])
    def url_in_clear(self, integration_id: str) -> str | Response:
        """Show the URL with its token; as JSON for the buttons that copy it."""
        service = self.engine.integrations
        with self.engine.database.read() as session:
            integration = integrations.get(session, integration_id)
        token = service.reveal_token(integration)
        if directions.is_outgoing(integration):
            return self._token(integration, token)
        url = service.url(integration, token)
        sample = dialect_form.sample_body(integration.dialect) or '{"text": "Hello from curl"}'
        curl = (
            f"curl -X POST {shlex.quote(url)} -H 'Content-Type: application/json' "
            f"-d {shlex.quote(sample)}"
        )
        if request.accept_mimetypes.best == "application/json":
            return jsonify(url=url, curl=curl)
        return self.render("integrations/url.html", integration=integration, url=url, curl=curl)

    def _token(self, integration: Integration, token: str) -> str | Response:
        if request.accept_mimetypes.best == "application/json":
            return jsonify(token=token)
        return self.render("integrations/token.html", integration=integration, token=token)

    @expose("/<integration_id>/renew/", methods=["GET", "POST"])
    def renew(self, integration_id: str) -> str | Response:
        """Ask, then give it a new URL, or one that calls a new token."""
        with self.engine.database.write() as session:
            integration = integrations.get(session, integration_id)
            if request.method == "POST":
                self.engine.integrations.renew_token(integration)
                flash(
                    "Its calls carry a new token from now on."
                    if directions.is_outgoing(integration)
                    else "It has a new URL. The old one answers 404 from now on.",
                    "ok",
                )
                return redirect(url_for(".edit", integration_id=integration_id))
        return self.render("integrations/renew.html", integration=integration)

    # -- a pause --------------------------------------------------------------------------

    @expose("/<integration_id>/resume/", methods=["POST"])
    def resume(self, integration_id: str) -> Response:
        """End its pause."""
        with self.engine.database.write() as session:
            integration = integrations.get(session, integration_id)
            pauses.resume(session, integration, f"{self.user.username} resumed it")
        flash("Resumed: the next call runs the script.", "ok")
        return redirect(url_for(".edit", integration_id=integration_id))

    # -- the webhook of UChat's dialect -------------------------------------------------------

    @expose("/<integration_id>/webhook/", methods=["POST"])
    def set_webhook(self, integration_id: str) -> Response:
        """Ask a webhook for the challenge and store what came of it, or remove it."""
        if request.form.get("do") == "remove":
            with self.engine.database.write() as session:
                webhooks.require_integration(session, integration_id)
                webhooks.remove(session, integration_id)
            flash("Removed. What was waiting for it is cancelled.", "ok")
            return redirect(url_for(".edit", integration_id=integration_id))
        with self.engine.database.read() as session:
            webhooks.require_integration(session, integration_id)
            saved = self.engine.webhooks.get(session, integration_id)
        url = request.form.get("webhook_url", "").strip() or (saved.url if saved else "")
        key = request.form.get("webhook_key", "") or (saved.verification_key if saved else "")
        try:
            webhook = self.engine.webhooks.set(
                self.engine.database, integration_id, url, key, self.user.username
            )
        except Invalid as exc:
            flash(f"Not saved: {exc}.", "bad")
        else:
            self.engine.bell.ring([webhook.destination_id])
            said = "is verified" if not webhook.reason else f"is not verified: {webhook.reason}"
            flash(f"The webhook {said}.", "bad" if webhook.reason else "ok")
        return redirect(url_for(".edit", integration_id=integration_id))

    # -- versions -------------------------------------------------------------------------

    @expose("/<integration_id>/versions/")
    @expose("/<integration_id>/versions/<int:number>/")
    def versions(self, integration_id: str, number: int | None = None) -> str:
        """List the script versions and show one of them."""
        with self.engine.database.read() as session:
            integration = integrations.get(session, integration_id)
            everything = script_versions.list_versions(session, integration)
            shown = integration.version or (everything[0] if everything else None)
            if number is not None:
                shown = script_versions.get(session, integration, number)
        return self.render(
            "integrations/versions.html",
            integration=integration,
            versions=everything,
            shown=shown,
            has_editor=has_editor(),
        )

    # -- checking -------------------------------------------------------------------------

    @expose("/check/", methods=["POST"])
    def check(self) -> Response:
        """Tell what a script that is being typed uses, and what of that is missing here."""
        given: Any = _given()
        script = given.get("script") if isinstance(given, dict) else None
        if not isinstance(script, str):
            return _said(400, "script is a text")
        used_as = UsedAs(given.get("type"), given.get("lifecycle"), given.get("mayChooseRoom"))
        try:
            source = fields.script_text(script)
            problem = self.engine.integrations.check(source, "script").problem
            found = compatibility.check(self.engine.pool, source, problem, used_as)
        except Invalid as exc:
            return _said(400, str(exc))
        except SandboxError as exc:
            return _said(503, str(exc))
        return jsonify(found.as_dict())

    # -- trying ---------------------------------------------------------------------------

    @expose("/<integration_id>/requests/<execution_id>/")
    def captured(self, integration_id: str, execution_id: str) -> Response:
        """Return a stored request, to try a script with."""
        with self.engine.database.read() as session:
            execution, detail = executions.get(session, execution_id)
        if execution.integration_id != integration_id:
            return _said(404, "That request was made to another integration.")
        return jsonify(trial.shown_request(detail))

    @expose("/<integration_id>/run/", methods=["POST"])
    def run(self, integration_id: str) -> Response:
        """Run a script that need not be saved on a request that need not have been made."""
        given: Any = _given()
        try:
            hook_request = trial.as_request(given, request.remote_addr or "")
        except Invalid as exc:
            return _said(400, str(exc))
        if given.get("requestId"):
            with self.engine.database.read() as session:
                execution, detail = executions.get(session, str(given["requestId"]))
            if execution.integration_id == integration_id:
                # Byte for byte what came, where the page could only show text.
                hook_request = trial.as_request(given, request.remote_addr or "", body=detail.body)
        handled = self.engine.incoming.test(integration_id, hook_request, str(given["script"]))
        return jsonify(self._outcome(integration_id, handled))

    @expose("/<integration_id>/call/", methods=["POST"])
    def call(self, integration_id: str) -> Response:
        """Tell what an outgoing integration would send for a message that nobody wrote."""
        try:
            what = outgoing_trial.typed(_given())
        except Invalid as exc:
            return _said(400, str(exc))
        return jsonify(outgoing_trial.run(self.engine, integration_id, what, self.user))

    def _outcome(self, integration_id: str, handled: Handled) -> dict[str, Any]:
        with self.engine.database.read() as session:
            execution, detail = executions.get(session, handled.execution_id)
            previews = trial.previews(session, handled.messages)
            elsewhere = destinations_part.elsewhere(
                integrations.get(session, integration_id), destinations_part.names(session)
            )
        # Without the rooms, all there is are the messages for other systems.
        previews = previews or trial.remote_previews(handled.remote)
        message = get_template_attribute("rooms/_message.html", "message")
        return {
            "outcome": "would post" if previews else outcome_words(handled.outcome),
            "tone": tone(handled.outcome),
            "status": handled.answer.status,
            "answer": handled.answer.body,
            "summary": execution.summary,
            "runMs": execution.run_ms,
            "console": detail.console,
            "error": detail.error,
            "log": url_for("logs.execution", execution_id=execution.id),
            "messages": [
                {
                    "html": str(message(one.message, log=False)),
                    "to": ", ".join([*one.rooms, *elsewhere]),
                }
                for one in previews
            ],
        }


def _given() -> Any:
    """Return what a page sends as JSON, None when it is none."""
    try:
        return parse_bytes(request.get_data()) if request.is_json else None
    except Invalid:
        return None


def _said(status: int, error: str) -> Response:
    response = jsonify(error=error)
    response.status_code = status
    return response
