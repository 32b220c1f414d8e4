"""The hostile scripts: each a file that says in its first lines what it tries and how that has to end."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine.sandbox.outcome import Job, RunLimits, RunStatus
from engine.sandbox.replies import stopped

SCRIPTS = Path(__file__).parent / "scripts"
METHOD = "process_incoming_request"
#: What a script answers that has got through with nothing.
CONTAINED = "contained"

#: Where a run has to be stopped by CPU or wall time its header names less, so that it costs the suite little.
_LIMITS = {"cpuS": 3.0, "wallS": 20.0, "heapBytes": 64 << 20}
#: Categories by the test file that runs them, in its turn on one core; the files are about as long.
COMPUTING = ("cpu", "promises", "recursion", "results")
HOARDING = ("memory", "shared_memory", "v8_aborts")
REACHING_OUT = ("console", "escape", "forged", "network", "store")
_FIELD = re.compile(r"(outcome|or|error|limits|kept): (.+)")


@dataclass(frozen=True, slots=True)
class Case:
    """
    One script: its source, and what its header says.

    With `kept` it is called so often as one kept instance, and `outcome` is that of the last call; those
    before end well. Where the outcome is `ok`, the message is `CONTAINED`: whatever a script finds that
    it should not have, it names instead. `error` is a part of the error's message. `crashed`
    can be named as well, for what ends where native code gets no more memory: V8 notices or does not.
    """

    category: str
    name: str
    source: str
    tries: str
    outcome: RunStatus
    or_outcome: RunStatus | None = None
    error: str = ""
    kept: int = 0
    #: As the management API names them.
    limits: Mapping[str, float] = field(default_factory=lambda: dict(_LIMITS))

    @property
    def id(self) -> str:
        return f"{self.category}/{self.name}"

    @property
    def answer(self) -> str:
        """What the sandbox says of it: the error's message, or a part of that where it is long."""
        return self.error or self.answer_to(self.outcome)

    def answer_to(self, outcome: RunStatus) -> str:
        """Return what it says when that is the outcome and no error is named."""
        if outcome is RunStatus.OK:
            return CONTAINED
        job = Job(self.id, self.name, self.source, METHOD, limits=self.run_limits)
        error = stopped(outcome, job, queue_ms=0, began=0).error
        return error.message if error else ""

    @property
    def run_limits(self) -> RunLimits:
        return RunLimits(
            cpu_s=self.limits["cpuS"],
            wall_s=self.limits["wallS"],
            heap_bytes=int(self.limits["heapBytes"]),
        )


def read_cases(categories: Iterable[str] = ("*",)) -> list[Case]:
    """
    Read the scripts of some categories, or all, by name.

    :raise ValueError: when a header does not say what is tried and how it ends.
    """
    return [_read(path) for one in categories for path in sorted(SCRIPTS.glob(f"{one}/*.js"))]


def _read(path: Path) -> Case:
    source = path.read_text(encoding="utf-8")
    prose: list[str] = []
    fields: dict[str, str] = {}
    for line in source.splitlines():
        if not line.startswith("// "):
            break
        if match := _FIELD.fullmatch(line[3:]):
            fields[match[1]] = match[2]
        else:
            prose.append(line[3:])
    if not prose or "outcome" not in fields:
        raise ValueError(f"{path} does not say what it tries and how that ends")
    chosen = dict(part.split("=") for part in fields.get("limits", "").split())
    return Case(
        category=path.parent.name,
        name=path.stem,
        source=source,
        tries=" ".join(prose),
        outcome=RunStatus(fields["outcome"]),
        or_outcome=RunStatus(fields["or"]) if "or" in fields else None,
        error=fields.get("error", ""),
        kept=int(fields.get("kept", 0)),
        limits=_LIMITS | {name: float(value) for name, value in chosen.items()},
    )
