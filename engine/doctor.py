"""What `hooksmith doctor` finds: whether database and sandbox of this machine are as they should be."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from engine import setup
from engine.database_state import sqlite_path
from engine.db import reason_of
from engine.errors import EngineError, SandboxError
from engine.runtime import pool_config
from engine.sandbox.outcome import Job, RunStatus
from engine.sandbox.pool import Pool
from engine.sandbox.process import WorkerProcess
from engine.settings import Settings

_PROBE = "class Script { answer() { return 6 * 7 } }"


@dataclass(frozen=True, slots=True)
class Finding:
    """One part, its state in words, and whether something must be done about it."""

    part: str
    state: str
    good: bool = True


def examine(settings: Settings) -> list[Finding]:
    """Look at the database and at a sandbox of one process, and change nothing."""
    return [_database(settings), *_sandbox(settings)]


def start_problem(settings: Settings) -> str:
    """Return why a worker cannot be started as the settings demand it; empty when it can."""
    try:
        worker = WorkerProcess(pool_config(settings).worker())
    except SandboxError as exc:
        return str(exc)
    worker.kill()
    worker.wait()
    return ""


def _database(settings: Settings) -> Finding:
    path = sqlite_path(settings.effective_database_url)
    if path is not None and not path.exists():
        return Finding("database", "not there yet: the first start makes it")
    try:
        setup.check_ready(settings)
    except EngineError as exc:
        return Finding("database", str(exc), good=False)
    except SQLAlchemyError as exc:
        return Finding("database", f"cannot be used: {reason_of(exc)}", good=False)
    return Finding("database", "ok")


def _sandbox(settings: Settings) -> list[Finding]:
    pool = Pool(pool_config(settings).of_one())
    try:
        outcome = pool.run(Job("doctor", "doctor", _PROBE, "answer"))
        ran = outcome.status is RunStatus.OK and outcome.result == 42
        state = "ok" if ran else f"a script that returns 42 ended with {outcome.status}"
        return [
            Finding("sandbox", state, good=ran),
            *(Finding(f"  {layer}", said) for layer, said in pool.layers().items()),
        ]
    except SandboxError as exc:
        return [Finding("sandbox", pool.trouble() or str(exc), good=False)]
    finally:
        pool.close()
