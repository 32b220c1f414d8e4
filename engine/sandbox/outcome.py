"""What a run is asked to do, and what comes of it: plain data on both sides."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Any


class RunStatus(enum.StrEnum):
    OK = "ok"  #: the method returned; `result` holds what
    SYNTAX_ERROR = "syntax-error"  #: the script cannot be parsed
    LOAD_ERROR = "load-error"  #: its top level, or the constructor, threw
    NO_SCRIPT = "no-script"  #: it defines no class `Script`
    NO_METHOD = "no-method"  #: the class has no such method
    RUN_ERROR = "run-error"  #: the method threw, or its promise was rejected
    NEVER_SETTLED = "never-settled"  #: it awaits what nothing will ever settle
    RESULT_INVALID = "result-invalid"  #: it returned what JSON cannot hold
    RESULT_LIMIT = "result-limit"
    CPU_LIMIT = "cpu-limit"
    WALL_LIMIT = "wall-limit"
    MEMORY_LIMIT = "memory-limit"
    CRASHED = "crashed"  #: the process died in a way that no limit explains


@dataclass(frozen=True, slots=True)
class RunLimits:
    cpu_s: float = 3.0
    wall_s: float = 10.0
    console_lines: int = 500
    console_bytes: int = 64 << 10
    result_bytes: int = 1 << 20
    heap_bytes: int = 64 << 20  #: at most what the pool gives every isolate


@dataclass(frozen=True, slots=True)
class Job:
    """
    One call of one method of one script.

    `owner` is whose turn it is (an integration's id). With `keep_as`, the instance stays in memory
    under that name for the next job that has it: use a new name for a new version of the script.
    Without a `method`, the script is loaded and nothing called. `argument` is JSON.
    """

    owner: str
    name: str
    source: str
    method: str | None
    argument: bytes = b"{}"
    keep_as: str | None = None
    limits: RunLimits = field(default_factory=RunLimits)


@dataclass(frozen=True, slots=True)
class ScriptFailure:
    """Why a script failed, in the user's own text: line and column count from 1."""

    name: str
    message: str
    line: int | None = None
    column: int | None = None
    stack: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "message": self.message,
            "line": self.line,
            "column": self.column,
            "stack": self.stack,
        }


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """`console` holds {level, text, at} with `at` in milliseconds since the run began."""

    status: RunStatus
    result: Any = None
    result_type: str = "undefined"
    error: ScriptFailure | None = None
    console: list[dict[str, Any]] = field(default_factory=list)
    queue_ms: float = 0.0
    run_ms: float = 0.0
