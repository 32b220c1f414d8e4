"""Running an integration's script, and what its return value means (wire.md 1.1, "Result")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from engine import answers
from engine.errors import SandboxBusy, SandboxError
from engine.executions import Record
from engine.models import ExecutionKind, Integration, Lifecycle, Outcome
from engine.refusal import Refusal
from engine.sandbox.outcome import Job, RunLimits, RunOutcome, RunStatus, compiled_from
from engine.sandbox.pool import Pool
from engine.settings import Settings

INCOMING_METHOD = "process_incoming_request"

_EVALUATING = frozenset({RunStatus.SYNTAX_ERROR, RunStatus.LOAD_ERROR, RunStatus.NO_SCRIPT})
_NAMED = {
    RunStatus.CPU_LIMIT: Outcome.CPU_LIMIT,
    RunStatus.WALL_LIMIT: Outcome.WALL_LIMIT,
    RunStatus.MEMORY_LIMIT: Outcome.MEMORY_LIMIT,
    RunStatus.RESULT_LIMIT: Outcome.RESULT_LIMIT,
    RunStatus.CRASHED: Outcome.CRASHED,
}
#: Names the sandbox itself gives to failures; the message alone reads better.
_SELF_EXPLAINING = frozenset({"Thrown", "ResultError", *RunStatus})
_SHOWN_CHARS = 40


@dataclass(frozen=True, slots=True)
class Script:
    """What is to be run: a saved version, or a text that is not saved and so compiled on the way."""

    source: str
    compiled: Mapping[str, Any] | None = None


def run_incoming(
    pool: Pool,
    settings: Settings,
    integration: Integration,
    record: Record,
    script: Script,
    request: dict[str, Any],
) -> dict[str, Any] | None:
    """
    Return what the script wants to be done, None when that is nothing; note the run in the record.

    :raise Refusal: when it failed, returned an `error` or what cannot be used, or could not run.
    """
    kept = integration.lifecycle == Lifecycle.KEPT and record.kind is not ExecutionKind.TEST
    job = Job(
        owner=integration.id,
        name=integration.name or "script",
        source=script.source,
        method=INCOMING_METHOD,
        argument=orjson.dumps({"request": request}),
        keep_as=f"{integration.id}:{integration.version_id}" if kept else None,
        limits=limits_of(integration, settings),
        compiled=compiled_from(script.compiled),
    )
    try:
        outcome = pool.run(job)
    except SandboxError as exc:
        wait_s = exc.retry_after_s if isinstance(exc, SandboxBusy) else 5
        answer = answers.failure(503, str(exc), Retry_After=str(wait_s))
        raise Refusal(Outcome.OVERLOADED, answer, str(exc)) from exc
    _note(record, outcome)
    if outcome.status is RunStatus.NO_METHOD and outcome.error is not None:
        record.outcome, record.summary = Outcome.NOTHING, outcome.error.message
        return None
    if outcome.status is not RunStatus.OK:
        raise _failed(outcome)
    if not outcome.result and not isinstance(outcome.result, dict | list):  # falsy in JavaScript
        record.outcome = Outcome.NOTHING
        record.summary = f"ignored: the script returned {_described(outcome)}"
        return None
    return _usable(outcome)


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
        raise _unusable(
            f"the script returned {_described(outcome)} instead of an object with content"
        )
    if error := result.get("error"):
        reason = f"the script returned an error: {_said(error)}"
        raise Refusal(Outcome.SCRIPT_REFUSED, answers.failure(400, error), reason)
    if not isinstance(result.get("content"), dict):
        raise _unusable("the script returned an object without a content object")
    return result


def _said(error: Any) -> str:
    message = error.get("message") if isinstance(error, dict) else error
    return message if isinstance(message, str) else orjson.dumps(error).decode()


def _unusable(reason: str) -> Refusal:
    return Refusal(Outcome.SCRIPT_ERROR, answers.failure(400, answers.RUNNING), reason)


def _failed(outcome: RunOutcome) -> Refusal:
    error = outcome.error
    reason = outcome.status.value
    if error is not None:
        place = f" — line {error.line}" if error.line else ""
        label = "" if error.name in _SELF_EXPLAINING else f"{error.name}: "
        reason = f"{label}{error.message}{place}"
    said = answers.EVALUATING if outcome.status in _EVALUATING else answers.RUNNING
    named = _NAMED.get(outcome.status, Outcome.SCRIPT_ERROR)
    return Refusal(named, answers.failure(400, said), reason)


def _note(record: Record, outcome: RunOutcome) -> None:
    record.queue_ms = outcome.queue_ms
    record.run_ms = outcome.run_ms
    record.result = outcome.result
    record.console = outcome.console
    record.error = None if outcome.error is None else outcome.error.as_dict()


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
