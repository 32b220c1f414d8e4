"""The hostile scripts: each a file that says in its first lines what it tries and how that has to end."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine.sandbox.outcome import RunLimits, RunStatus

SCRIPTS = Path(__file__).parent / "scripts"
METHOD = "process_incoming_request"
#: What a script answers that has got through with nothing.
CONTAINED = "contained"

#: Small enough that a run which has to be stopped costs the suite little.
_LIMITS = {"cpuS": 1.0, "wallS": 5.0, "heapBytes": 64 << 20}
_FIELD = re.compile(r"(outcome|error|limits|kept): (.+)")


@dataclass(frozen=True, slots=True)
class Case:
    """
    One script: its source, and what its header says.

    With `kept` it is called so often as one kept instance, and `outcome` is that of the last call; those
    before end well. Where the outcome is `ok`, the message is `CONTAINED`: whatever a script finds that
    it should not have, it names instead. `error` is a part of the error's message.
    """

    category: str
    name: str
    source: str
    tries: str
    outcome: RunStatus
    error: str = ""
    kept: int = 0
    #: As the management API names them.
    limits: Mapping[str, float] = field(default_factory=lambda: dict(_LIMITS))

    @property
    def id(self) -> str:
        return f"{self.category}/{self.name}"

    @property
    def run_limits(self) -> RunLimits:
        return RunLimits(
            cpu_s=self.limits["cpuS"],
            wall_s=self.limits["wallS"],
            heap_bytes=int(self.limits["heapBytes"]),
        )


def read_cases() -> list[Case]:
    """
    Read all scripts, by category and name.

    :raise ValueError: when a header does not say what is tried and how it ends.
    """
    return [_read(path) for path in sorted(SCRIPTS.glob("*/*.js"))]


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
        error=fields.get("error", ""),
        kept=int(fields.get("kept", 0)),
        limits=_LIMITS | {name: float(value) for name, value in chosen.items()},
    )
