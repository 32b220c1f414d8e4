"""Running an integration's script, and what its return value means (wire.md 1.1, "Result")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson

from engine import answers
from engine.errors import SandboxBusy, SandboxError
from engine.ids import token_digest
from engine.models import ExecutionKind, Integration, Lifecycle, Outcome
from engine.record import Record, own_line
from engine.recording import Recording, seal
from engine.refusal import Refusal
from engine.sandbox.outcome import Job, RunLimits, RunOutcome, RunStatus, compiled_from
from engine.sandbox.pool import Pool
from engine.script_host import Outside, ScriptHost
from engine.script_secrets import reveal, to_hide
from engine.settings import Settings
from engine.vault import Vault

INCOMING_METHOD = "process_incoming_request"
#: For so long an instance is held between the two methods of a call: longer than any call takes, and
#: the wait for a sandbox after it.
_HOLD_S = 120.0

#: A script of which no method can be called.
EVALUATING = frozenset({RunStatus.SYNTAX_ERROR, RunStatus.LOAD_ERROR, RunStatus.NO_SCRIPT})
_NAMED = {
    RunStatus.CPU_LIMIT: Outcome.CPU_LIMIT,
    RunStatus.WALL_LIMIT: Outcome.WALL_LIMIT,
    RunStatus.MEMORY_LIMIT: Outcome.MEMORY_LIMIT,
    RunStatus.RESULT_LIMIT: Outcome.RESULT_LIMIT,
    RunStatus.STORE_LIMIT: Outcome.STORE_LIMIT,
    RunStatus.CRASHED: Outcome.CRASHED,
}
#: Names the sandbox itself gives to failures; the message alone reads better.
_SELF_EXPLAINING = frozenset({"Thrown", "ResultError", *RunStatus})
_SHOWN_CHARS = 40
_NO_INCOMING_METHOD = f"the script has no method {INCOMING_METHOD}: nothing is posted"


@dataclass(frozen=True, slots=True)
class Script:
    """What is to be run: a saved version, or a text that is not saved and so compiled on the way."""

    source: str
    compiled: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class ScriptRunner:
    """Runs the scripts of integrations with all that they may use."""

    settings: Settings
    pool: Pool
    vault: Vault
    outside: Outside

    def run_incoming(
        self, integration: Integration, record: Record, script: Script, request: dict[str, Any]
    ) -> dict[str, Any] | None:
        """
        Return what the script wants to be done, None when that is nothing; note the run in the record.

        Without an object `content` in it there is nothing to post.

        :raise Refusal: when it failed, returned an `error` or what cannot be used, or could not run.
        """
        job, host = self._job(integration, record, script, INCOMING_METHOD, {"request": request})
        outcome = self._run(record, job, host)
        record.recording = self._recorded(record, job, host, outcome, request)
        _note(record, outcome)
        if outcome.status is RunStatus.NO_METHOD:
            record.outcome, record.summary = Outcome.NOTHING, _NO_INCOMING_METHOD
            record.warn(_NO_INCOMING_METHOD)
            return None
        if outcome.status is not RunStatus.OK:
            raise _failed(outcome)
        if not outcome.result and not isinstance(outcome.result, dict | list):
            # It is falsy in JavaScript.
            record.outcome = Outcome.NOTHING
            record.summary = f"ignored: the script returned {_described(outcome)}"
            return None
        result = _usable(outcome)
        if not isinstance(result.get("content"), dict):
            record.outcome = Outcome.NOTHING
            record.summary = "nothing to post: the script returned an object without content"
            record.warn(record.summary)
        return result

    def run_method(
        self,
        integration: Integration,
        record: Record,
        script: Script,
        method: str,
        arguments: Mapping[str, Any],
        *,
        last: bool,
    ) -> RunOutcome:
        """
        Run a method of a call and return its outcome; what a run leaves behind is added to the record's.

        The methods of one call run in one instance, until the `last` one or `end_call`.

        :raise Refusal: when it could not be run at all.
        """
        job, host = self._job(integration, record, script, method, arguments)
        if job.keep_as is None:
            hold_s = 0.0 if last else _HOLD_S
            job = replace(job, keep_as=_call_instance(integration, record), hold_s=hold_s)
        outcome = self._run(record, job, host)
        _note_another(record, outcome, method)
        return outcome

    def end_call(self, integration: Integration, record: Record) -> None:
        """Let go of the instance that the methods of a call ran in, should one still be held."""
        self.pool.forget(_call_instance(integration, record))

    def _job(
        self,
        integration: Integration,
        record: Record,
        script: Script,
        method: str,
        arguments: Mapping[str, Any],
    ) -> tuple[Job, ScriptHost]:
        limits = limits_of(integration, self.settings)
        secrets = reveal(self.vault, integration.secrets_encrypted)
        host = ScriptHost(self.outside, integration.id, limits.wall_s)
        record.secrets += to_hide(secrets)
        record.when_stored = host.close
        job = Job(
            owner=integration.id,
            name=integration.name or "script",
            source=script.source,
            method=method,
            argument=orjson.dumps(arguments),
            keep_as=_instance(integration, record),
            limits=limits,
            compiled=compiled_from(script.compiled),
            host=host,
            secrets=secrets,
        )
        return job, host

    def _run(self, record: Record, job: Job, host: ScriptHost) -> RunOutcome:
        try:
            outcome = self.pool.run(job)
        except SandboxError as exc:
            wait_s = exc.retry_after_s if isinstance(exc, SandboxBusy) else 5
            answer = answers.failure(503, str(exc), Retry_After=str(wait_s))
            raise Refusal(Outcome.OVERLOADED, answer, str(exc)) from exc
        record.calls += host.calls
        if outcome.store is not None and outcome.store != host.store_before():
            record.store = outcome.store
        return outcome

    def _recorded(
        self,
        record: Record,
        job: Job,
        host: ScriptHost,
        outcome: RunOutcome,
        request: dict[str, Any],
    ) -> bytes | None:
        if outcome.clock is None:
            return None  # it was stopped, and would be again
        recording = Recording(
            seed=job.seed,
            clock=outcome.clock,
            deliveries=outcome.deliveries,
            answers=host.answers,
            runs=outcome.runs,
            path=record.request.path,
            query_string=record.request.query_string,
            headers=record.request.headers,
            url_params=request["url_params"],
            user=request["user"],
            secrets=job.secrets,
        )
        return seal(self.vault, recording)


def _instance(integration: Integration, record: Record) -> str | None:
    """The name under which an instance is kept: a new one for a new script, or new secrets."""
    if integration.lifecycle != Lifecycle.KEPT or record.kind is ExecutionKind.TEST:
        return None
    secrets = integration.secrets_encrypted
    known = f":{token_digest(secrets)[:16]}" if secrets else ""
    return f"{integration.id}:{integration.version_id}{known}"


def _call_instance(integration: Integration, record: Record) -> str:
    """The name under which a call's instance is held: never that of another try, or of a kept one."""
    return f"{integration.id}:call:{record.id}"


def limits_of(integration: Integration, settings: Settings) -> RunLimits:
    """Return an integration's limits: its own where it has one, else the administrator's."""
    own = integration.limits
    return RunLimits(
        cpu_s=own.get("cpuS", settings.script_cpu_s),
        wall_s=own.get("wallS", settings.script_wall_s),
        console_lines=own.get("consoleLines", settings.console_max_lines),
        console_bytes=own.get("consoleBytes", settings.console_max_bytes),
        result_bytes=own.get("resultBytes", settings.result_max_bytes),
        heap_bytes=own.get("heapBytes", settings.script_heap_bytes),
    )


def _usable(outcome: RunOutcome) -> dict[str, Any]:
    result = outcome.result
    if not isinstance(result, dict):
        raise unusable(
            f"the script returned {_described(outcome)} instead of an object with content"
        )
    if error := result.get("error"):
        reason = f"the script returned an error: {_said(error)}"
        raise Refusal(Outcome.SCRIPT_REFUSED, answers.failure(400, error), reason)
    content = result.get("content")
    # What is falsy in JavaScript is no content, as in Rocket.Chat up to 6 (`return {}` in its manual).
    if not isinstance(content, dict) and (content or isinstance(content, list)):
        raise unusable("the script returned an object without a content object")
    return result


def _said(error: Any) -> str:
    message = error.get("message") if isinstance(error, dict) else error
    return message if isinstance(message, str) else orjson.dumps(error).decode()


def unusable(reason: str) -> Refusal:
    """Return the end of a request whose script returned what means nothing."""
    return Refusal(Outcome.SCRIPT_ERROR, answers.failure(400, answers.RUNNING), reason)


def _failed(outcome: RunOutcome) -> Refusal:
    said = answers.EVALUATING if outcome.status in EVALUATING else answers.RUNNING
    return Refusal(failure_of(outcome), answers.failure(400, said), reason_of(outcome))


def failure_of(outcome: RunOutcome) -> Outcome:
    """Return what a run that failed comes to."""
    return _NAMED.get(outcome.status, Outcome.SCRIPT_ERROR)


def reason_of(outcome: RunOutcome) -> str:
    """Return in a line why a run failed."""
    error = outcome.error
    if error is None:
        return outcome.status.value
    place = f" — line {error.line}" if error.line else ""
    label = "" if error.name in _SELF_EXPLAINING else f"{error.name}: "
    return f"{label}{error.message}{place}"


def _replacement(outcome: RunOutcome) -> list[dict[str, Any]]:
    """Return what the console says first of a run that did not find its instance."""
    if not outcome.replaced:
        return []
    said = "this ran in a new instance of the script, without what the one before had in memory"
    return [own_line(f"{said}: {outcome.replaced}")]


def _note(record: Record, outcome: RunOutcome) -> None:
    record.queue_ms = outcome.queue_ms
    record.run_ms = outcome.run_ms
    record.boot_ms = outcome.boot_ms
    record.cpu_ms = outcome.cpu_ms
    record.memory_bytes = outcome.memory_bytes
    record.result = outcome.result
    record.console = [*_replacement(outcome), *outcome.console]
    record.error = None if outcome.error is None else outcome.error.as_dict()


def _note_another(record: Record, outcome: RunOutcome, method: str) -> None:
    record.queue_ms = (record.queue_ms or 0.0) + outcome.queue_ms
    record.run_ms = (record.run_ms or 0.0) + outcome.run_ms
    record.boot_ms = (record.boot_ms or 0.0) + outcome.boot_ms
    record.cpu_ms = (record.cpu_ms or 0.0) + outcome.cpu_ms
    record.memory_bytes = max(record.memory_bytes or 0, outcome.memory_bytes)
    record.console = [*record.console, *_replacement(outcome), *outcome.console]
    if outcome.status is RunStatus.OK:
        record.result = {**(record.result or {}), method: outcome.result}
    elif outcome.error is not None and outcome.status is not RunStatus.NO_METHOD:
        record.error = outcome.error.as_dict()


def _described(outcome: RunOutcome) -> str:
    if outcome.result_type in ("undefined", "function", "symbol"):
        return "nothing"
    if outcome.result is None:
        return "null"
    if outcome.result == "":
        return "an empty text"
    if isinstance(outcome.result, list):
        return "an array"
    text = orjson.dumps(outcome.result).decode()
    return text if len(text) < _SHOWN_CHARS else f"a {outcome.result_type}"
