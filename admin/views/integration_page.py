"""What the page of one integration shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flask import current_app

from admin import directions
from admin.views import destinations_part, dialect_form, outgoing_form
from admin.views.dialect_form import DIALECTS, OUTGOING_DIALECTS
from admin.views.integration_form import SAMPLE_BODY, IntegrationForm
from admin.views.security_form import OPTION_USERS
from engine import executions, integrations, users, versions
from engine.errors import Invalid
from engine.executions import REAL, Filter
from engine.models import Integration, Lifecycle, Outcome
from engine.runtime import Engine
from engine.script_check import BrokenScript
from engine.signatures import PRESETS
from engine.targets import UnknownTargets

_CAPTURED = 20
_LIFECYCLES = {
    Lifecycle.PER_REQUEST: "a fresh sandbox for every request",
    Lifecycle.KEPT: "one Script instance stays in memory, as in Rocket.Chat",
}
#: Their bodies were not stored, so there is nothing to try a script with.
_WITHOUT_BODY = frozenset({Outcome.REFUSED, Outcome.TOO_LARGE, Outcome.BAD_REQUEST})


class ChangedMeanwhile(Exception):
    """Somebody else saved a script while this one was being typed."""

    def __init__(self, number: int) -> None:
        super().__init__(f"v{number} was saved while you were editing")
        self.number = number


@dataclass(frozen=True, slots=True)
class Attempt:
    """What is in the form, and why it was not saved as it is."""

    form: IntegrationForm
    #: Why the script cannot run: name, message, line, column.
    problem: Mapping[str, Any] | None = None
    #: Whether saving was refused because of it.
    refused_script: bool = False
    #: Said above the form.
    notice: str = ""
    #: The old version that was loaded into the editor.
    loaded: int | None = None
    disabled: bool = False
    #: Rooms that are to be made if they are missing.
    create_rooms: tuple[str, ...] = ()
    #: Rooms that are missing and can be made.
    creatable: tuple[str, ...] = ()

    def given(self) -> dict[str, Any]:
        """Return what the engine is to save."""
        given = {**self.form.given(), "createRooms": list(self.create_rooms)}
        return {**given, "enabled": False} if self.disabled else given

    def refused(self, exc: Exception) -> Attempt:
        """Return the attempt with the reason why it failed; what was typed stays."""
        if isinstance(exc, BrokenScript):
            return replace(self, problem=exc.problem, refused_script=True)
        if isinstance(exc, ChangedMeanwhile):
            notice = f"{exc}. Saving again puts your text on top of it; History shows both."
            return replace(self, form=replace(self.form, base=exc.number), notice=notice)
        if isinstance(exc, UnknownTargets) and exc.field:
            form = self.form.wrong(exc.field, str(exc))
            return replace(self, form=form, creatable=tuple(exc.creatable))
        if isinstance(exc, Invalid) and exc.field:
            return replace(self, form=self.form.wrong(exc.field, str(exc)))
        return replace(self, notice=f"Not saved: {exc}")


def context(engine: Engine, integration_id: str | None, attempt: Attempt) -> dict[str, Any]:
    """Return what the template needs."""
    with engine.database.read() as session:
        integration = integrations.get(session, integration_id) if integration_id else None
        saved = IntegrationForm.of(integration) if integration else None
        senders = [one for one in users.list_users(session) if one.active]
        number = versions.latest_number(session, integration) if integration else 0
        wanted = Filter(integration_id=integration_id, kinds=REAL)
        offered = destinations_part.offered(session)
        names = destinations_part.names(session)
        captured = (
            executions.list_executions(session, wanted, count=_CAPTURED) if integration_id else []
        )
        webhook = engine.webhooks.get(session, integration_id) if integration_id else None
        pauses = engine.pauses.known(session, [integration_id] if integration_id else [])
    form = attempt.form
    usernames = [one.username for one in senders]
    return {
        "attempt": attempt,
        "form": form,
        "integration": integration,
        "webhook": webhook,
        "paused": pauses.get(integration_id or ""),
        "saved_script": saved.script if saved else "",
        "url": engine.integrations.url(integration) if integration else "",
        "next_version": number + 1,
        "usernames": (usernames if form.username in usernames else [form.username, *usernames]),
        "absent_sender": _absent_sender(integration, usernames),
        "lifecycles": _LIFECYCLES,
        "dialects": OUTGOING_DIALECTS if form.is_outgoing else DIALECTS,
        "offering": dialect_form.offering,
        "choices": outgoing_form,
        "presets": list(PRESETS.values()),
        "options": OPTION_USERS,
        "offered": offered,
        "line": directions.line(integration, names) if integration else "",
        "saved_preset": saved.security.preset if saved else "",
        "captured": [one for one in captured if one.outcome not in _WITHOUT_BODY],
        "sample_body": dialect_form.sample_body(form.callers.dialect) or SAMPLE_BODY,
        "problem_line": _line(form.script, attempt.problem),
        "has_editor": has_editor(),
    }


def _absent_sender(integration: Integration | None, active: Sequence[str]) -> str:
    """Return whom a saved integration posts as, where nobody of that name is active."""
    return integration.username if integration and integration.username not in active else ""


def _line(script: str, problem: Mapping[str, Any] | None) -> str:
    lines = script.split("\n")
    number = (problem or {}).get("line") or 0
    return lines[number - 1][:300] if 0 < number <= len(lines) else ""


def has_editor() -> bool:
    """Tell whether the editor was built; the page works without it."""
    return (Path(str(current_app.static_folder)) / "dist" / "editor.js").is_file()
