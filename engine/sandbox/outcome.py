"""What a run is asked to do, and what comes of it: plain data on both sides."""

from __future__ import annotations

import enum
import secrets
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

#: Counts up when what is stored with script versions no longer fits prelude/classes.js.
COMPILED_FORMAT = 1


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
    STORE_LIMIT = "store-limit"  #: what it left in Store cannot be kept
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
class Compiled:
    """
    A script as it runs, made from its source by `engine/prelude/compile`.

    `text` is None when the source runs as it is. `positions` leads back from the text to the source:
    line -> [column, source column(, 0 where text was added)], for the lines that differ. `found` is
    what of sloppy mode the script uses: {kind, name, line, column}.
    """

    text: str | None = None
    positions: Mapping[str, Sequence[Sequence[int]]] = field(default_factory=dict)
    found: Sequence[Mapping[str, Any]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return what `compiled_from` takes."""
        return {
            "format": COMPILED_FORMAT,
            "text": self.text,
            "map": self.positions,
            "found": self.found,
        }


def compiled_from(stored: Mapping[str, Any] | None) -> Compiled | None:
    """Return what was stored, or None when that is nothing or was made by another version."""
    if stored is None or stored.get("format") != COMPILED_FORMAT:
        return None
    return Compiled(stored["text"], stored["map"] or {}, stored["found"])


def new_seed() -> list[int]:
    """Return the numbers that all chance of a run comes from."""
    return list(struct.unpack("<4I", secrets.token_bytes(16)))


#: What answers a script's calls to the outside: the call's number in its run and its JSON text in, a
#: JSON text out. It may take its time, is called from any thread, several at once, and raises nothing.
Host = Callable[[int, str], str]


@dataclass(frozen=True, slots=True)
class Repeat:
    """
    What a recorded run saw: the clock as `RunOutcome.clock`, and what the outside answered.

    `answers` holds the text each call was answered, calls counting from 1; `deliveries` the [turn, call]
    in which the answers of those came that were not waited for.
    """

    clock: Sequence[int]
    answers: Mapping[int, str]
    deliveries: Sequence[Sequence[int]]

    def as_dict(self) -> dict[str, Any]:
        """Return what prelude/runner.js takes."""
        return {
            "clock": self.clock,
            "answers": self.answers,
            "deliveries": self.deliveries,
        }


@dataclass(frozen=True, slots=True)
class Job:
    """
    One call of one method of one script.

    `owner` is whose turn it is (an integration's id). With `keep_as`, the instance stays in memory
    under that name for the next job that has it: use a new name for a new version of the script. With
    `hold_s` as well it is held for one call alone, and so long after this job at most; 0: no longer.
    Without a `method`, the script is loaded and nothing called. `argument` is JSON. Without `compiled`,
    the source is compiled first, and the outcome brings what came of that. With `repeat`, the run sees
    what another saw, and nothing outside is asked; `seed` has to be that run's.
    """

    owner: str
    name: str
    source: str
    method: str | None
    argument: bytes = b"{}"
    keep_as: str | None = None
    limits: RunLimits = field(default_factory=RunLimits)
    compiled: Compiled | None = None
    host: Host | None = None
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    seed: Sequence[int] = field(default_factory=new_seed)
    repeat: Repeat | None = None
    hold_s: float | None = None


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
    #: Until the instance was about to be made, where there was none: isolate and script.
    boot_ms: float = 0.0
    cpu_ms: float = 0.0
    #: What the process held more at the end than at the beginning.
    memory_bytes: int = 0
    #: What the source was compiled to, where the job did not say.
    compiled: Compiled | None = None
    #: What Store holds now, as JSON text; None where the run did not touch it.
    store: str | None = None
    #: What it saw of the time, for `Repeat`; None where nothing was noted, or it read it too often.
    clock: Sequence[int] | None = None
    deliveries: Sequence[Sequence[int]] = ()
    #: How many runs the instance has seen, this one included; 0 where it came to none.
    runs: int = 0
    #: A repeated run asked for what the recorded one had not.
    diverged: bool = False
    #: Why it ran in a new instance, where the job's name had one before; empty otherwise.
    replaced: str = ""
