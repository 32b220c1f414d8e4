"""What a script turned out to be when it was loaded, before it is saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.errors import Invalid
from engine.sandbox.outcome import Compiled, RunOutcome, RunStatus

_BAD_WHEN_SAVED = frozenset(
    {
        RunStatus.SYNTAX_ERROR,
        RunStatus.LOAD_ERROR,
        RunStatus.NO_SCRIPT,
        RunStatus.CPU_LIMIT,
        RunStatus.WALL_LIMIT,
        RunStatus.MEMORY_LIMIT,
        RunStatus.CRASHED,
    }
)


class BrokenScript(Invalid):
    """A script that cannot run was to be saved enabled; `problem` says where and why."""

    def __init__(self, problem: Mapping[str, Any]) -> None:
        place = (
            f"line {problem['line']}, column {problem['column']}: " if problem.get("line") else ""
        )
        super().__init__(f"{place}{problem['name']}: {problem['message']}", field="script")
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Checked:
    """Why a script cannot run ({name, message, line, column, stack}), if so, and what it runs as."""

    problem: Mapping[str, Any] | None = None
    compiled: Compiled | None = None

    @classmethod
    def by(cls, outcome: RunOutcome) -> Checked:
        """Return what loading a script came to."""
        if outcome.status not in _BAD_WHEN_SAVED or outcome.error is None:
            return cls(None, outcome.compiled)
        return cls(outcome.error.as_dict(), outcome.compiled)
