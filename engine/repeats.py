"""Repeating a recorded run: the same script sees the same again, and nothing is posted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson
import sqlalchemy as sa

from engine import dialects, protection, script_request
from engine.db import Database
from engine.dialects import Sent
from engine.errors import Invalid
from engine.executions import get as get_execution
from engine.models import Execution, ExecutionDetail, Integration, ScriptVersion, User
from engine.record import HookRequest
from engine.recording import Recording, unseal
from engine.redaction import Scrubber
from engine.sandbox.outcome import Job, RunOutcome, compiled_from
from engine.sandbox.pool import Pool
from engine.script_secrets import to_hide
from engine.scripting import INCOMING_METHOD, limits_of
from engine.settings import Settings
from engine.vault import Vault


@dataclass(frozen=True, slots=True)
class Repeated:
    """
    What a repetition came to, with the log's dots where the log has them.

    `differs` names what was not byte for byte the same; `doubts` say why it need not be.
    """

    execution_id: str
    outcome: RunOutcome
    result: Any
    console: list[dict[str, Any]]
    error: dict[str, Any] | None
    differs: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)

    @property
    def identical(self) -> bool:
        return not self.differs

    def as_dict(self) -> dict[str, Any]:
        """Return it for the API and the command line."""
        return {
            "executionId": self.execution_id,
            "identical": self.identical,
            "differs": self.differs,
            "doubts": self.doubts,
            "result": self.result,
            "console": self.console,
            "error": self.error,
        }


@dataclass(frozen=True, slots=True)
class Repeats:
    """Repeats executions from what was recorded of them."""

    settings: Settings
    database: Database
    vault: Vault
    pool: Pool

    def repeat(self, execution_id: str) -> Repeated:
        """
        Run an execution's script as it ran, and compare.

        :raise NotFound: when there is no such execution.
        :raise Invalid: when it cannot be repeated, with the reason.
        :raise SandboxError: when no sandbox could be had.
        """
        with self.database.read() as session:
            execution, detail = get_execution(session, execution_id)
            row = session.execute(
                sa.select(Integration, ScriptVersion)
                .join(ScriptVersion, ScriptVersion.integration_id == Integration.id)
                .where(
                    Integration.id == execution.integration_id,
                    ScriptVersion.number == execution.version_number,
                )
            ).first()
        if detail.recording is None:
            raise Invalid("Nothing was recorded of this execution that could be repeated")
        recording = unseal(self.vault, detail.recording)
        if recording is None:
            raise Invalid("It was recorded by another version of Hooksmith")
        if row is None:
            raise Invalid("The script it ran is no longer there, or was never saved")
        integration, version = row
        outcome = self.pool.run(
            Job(
                owner=f"repeat:{integration.id}",
                name=integration.name or "script",
                source=version.source,
                method=INCOMING_METHOD,
                argument=_argument(integration, detail, recording),
                limits=limits_of(integration, self.settings),
                compiled=compiled_from(version.compiled),
                secrets=recording.secrets,
                seed=recording.seed,
                repeat=recording.repeat(),
            )
        )
        headers_hold = protection.to_hide(integration, self.vault)
        return _compared(execution, detail, recording, outcome, headers_hold)


def _argument(integration: Integration, detail: ExecutionDetail, recording: Recording) -> bytes:
    request = HookRequest(
        method=detail.method,
        path=recording.path,
        query_string=recording.query_string,
        headers=[(name, value) for name, value in recording.headers],
        body=detail.body,
        remote_address="",
    )
    sent = Sent(request.header("Content-Type"), request.body, request.query_string)
    content = dialects.of(integration.dialect).read(sent, for_script=True)
    user = User(
        id=recording.user["_id"],
        name=recording.user["name"],
        username=recording.user["username"],
    )
    params = dict(recording.url_params)
    params.pop("integrationId", None)
    built = script_request.build(request, sent.text, content, integration, user, params)
    return orjson.dumps({"request": built})


def _compared(
    execution: Execution,
    detail: ExecutionDetail,
    recording: Recording,
    outcome: RunOutcome,
    headers_hold: tuple[str, ...],
) -> Repeated:
    token = recording.url_params.get("token", "")
    hidden = Scrubber((token, *headers_hold, *to_hide(dict(recording.secrets))))
    result = hidden.value(outcome.result)
    console = hidden.value(outcome.console)
    error = hidden.value(outcome.error.as_dict()) if outcome.error else None
    stored_result = detail.result["value"] if detail.result else None
    pairs = {
        "result": (result, stored_result),
        "console": (console, [line for line in detail.console if not line.get("own")]),
        "error": (error, detail.error),
    }
    differs = [
        name for name, (now, then) in pairs.items() if orjson.dumps(now) != orjson.dumps(then)
    ]
    doubts = []
    if recording.runs > 1:
        doubts.append(
            f"its instance had answered {recording.runs - 1} requests before, and what it "
            "remembered of them is not recorded"
        )
    if outcome.diverged:
        doubts.append("it asked for something that the recorded run had not asked for")
    return Repeated(execution.id, outcome, result, console, error, differs, doubts)
