"""What a worker's answer, or its silence, means."""

from __future__ import annotations

import signal
import time
from typing import Any

from engine.sandbox.console import lost_lines
from engine.sandbox.outcome import (
    COMPILED_FORMAT,
    Compiled,
    Job,
    RunOutcome,
    RunStatus,
    ScriptFailure,
    compiled_from,
)
from engine.sandbox.positions import source_column, source_stack
from engine.sandbox.scripts import locate

_STATUS_OF_STAGE = {
    "done": RunStatus.OK,
    "syntax": RunStatus.SYNTAX_ERROR,
    "load": RunStatus.LOAD_ERROR,
    "no-script": RunStatus.NO_SCRIPT,
    "no-method": RunStatus.NO_METHOD,
    "run": RunStatus.RUN_ERROR,
    "never-settled": RunStatus.NEVER_SETTLED,
    "result-invalid": RunStatus.RESULT_INVALID,
    "result-too-large": RunStatus.RESULT_LIMIT,
    "memory": RunStatus.MEMORY_LIMIT,
}
#: How the RangeErrors end that V8 throws when the process may have no more memory.
_OUT_OF_MEMORY = ("Array buffer allocation failed", ": Out of memory")
#: V8 ends its process by one of these when it cannot go on, nearly always for want of memory.
_V8_ABORTS = (signal.SIGTRAP, signal.SIGABRT, signal.SIGILL)


def read_reply(
    head: dict[str, Any], body: dict[str, Any], job: Job, queue_ms: float, memory_bytes: int
) -> RunOutcome:
    """
    Return what a worker's answer means.

    :raise LookupError: :raise TypeError: :raise AttributeError: when it is not a worker's answer.
    """
    told, left = body["outcome"], body["left"] or {}
    status = _STATUS_OF_STAGE[told["stage"]]
    failed = told.get("error")
    if failed and failed["name"] == "RangeError" and failed["message"].endswith(_OUT_OF_MEMORY):
        status = RunStatus.MEMORY_LIMIT
    compiled = _compiled(body["compiled"])
    # What cannot be parsed is complained about in the words of the source itself.
    ran = None if status is RunStatus.SYNTAX_ERROR else compiled or job.compiled
    failure = _failure(failed, job, ran) or _limit_failure(status, job)
    if status is RunStatus.OK and (problem := left.get("storeProblem")):
        status = RunStatus.STORE_LIMIT
        failure = ScriptFailure(status.value, problem)
    return RunOutcome(
        status=status,
        result=told.get("result") if status is RunStatus.OK else None,
        result_type=told.get("type", "undefined"),
        error=failure,
        console=_console(left),
        queue_ms=queue_ms,
        run_ms=float(head["runMs"]),
        boot_ms=float(head["bootMs"]),
        cpu_ms=float(head["cpuMs"]),
        memory_bytes=max(memory_bytes, 0),
        compiled=compiled,
        store=left.get("store"),
        clock=left.get("clock"),
        deliveries=left.get("deliveries", ()),
        runs=int(head["runs"]),
        diverged=bool(left.get("diverged")),
    )


def _console(left: dict[str, Any]) -> list[dict[str, Any]]:
    console: list[dict[str, Any]] = left.get("console") or []
    if dropped := left.get("consoleDropped"):
        console.append(lost_lines(dropped, console))
    return console


def cause_of_death(ended_by: signal.Signals | None) -> RunStatus:
    """Return which limit the signal that ended a worker stands for."""
    if ended_by == signal.SIGPROF:
        return RunStatus.CPU_LIMIT
    if ended_by == signal.SIGALRM:
        return RunStatus.WALL_LIMIT
    return RunStatus.MEMORY_LIMIT if ended_by in _V8_ABORTS else RunStatus.CRASHED


def stopped(
    status: RunStatus,
    job: Job,
    queue_ms: float,
    began: float,
    console: list[dict[str, Any]] | None = None,
) -> RunOutcome:
    """Return the outcome of a job that was ended from outside; `began` is a perf_counter()."""
    return RunOutcome(
        status,
        error=_limit_failure(status, job),
        console=console or [],
        queue_ms=queue_ms,
        run_ms=(time.perf_counter() - began) * 1000,
    )


def _compiled(made: dict[str, Any] | None) -> Compiled | None:
    return compiled_from({**made, "format": COMPILED_FORMAT}) if made else None


def _failure(error: dict[str, Any] | None, job: Job, ran: Compiled | None) -> ScriptFailure | None:
    if error is None:
        return None
    stack = error["stack"]
    line, column = locate(stack, job.name)
    if line is None:
        # A syntax error has no frame. Where there is one, V8's own place may be in another text.
        line, column = error.get("line"), error.get("column")
    if ran is not None and ran.text is not None:
        stack = source_stack(ran, stack, job.name)
        if line is not None and column is not None:
            column = source_column(ran, line, column)
    return ScriptFailure(
        name=error["name"],
        message=error["message"],
        line=line,
        column=column,
        stack=stack,
    )


def _limit_failure(status: RunStatus, job: Job) -> ScriptFailure | None:
    messages = {
        RunStatus.NO_SCRIPT: "the script defines no class named Script",
        RunStatus.NO_METHOD: f"the class Script has no method {job.method}",
        RunStatus.NEVER_SETTLED: f"{job.method} awaits a promise that nothing can settle any more",
        RunStatus.CPU_LIMIT: f"still computing after {job.limits.cpu_s:g} s of CPU time; stopped",
        RunStatus.WALL_LIMIT: f"not finished after {job.limits.wall_s:g} s; stopped",
        RunStatus.MEMORY_LIMIT: "used more memory than a script may; stopped",
        RunStatus.CRASHED: "the sandbox process died while the script ran",
    }
    message = messages.get(status)
    return ScriptFailure(status.value, message) if message else None
