"""
What a script uses, what of that is missing or different here, and what to write instead.

The facts come from `prelude/check`, which reads the script inside a sandbox, as data. What is said of
them stands beside this: names from outside in `names`, how they are used in `habits`, the class and
its methods in `script_class`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine import prelude
from engine.compatibility import habits, names, script_class
from engine.compatibility.notes import Level as Level
from engine.compatibility.notes import Note as Note
from engine.compatibility.notes import UsedAs as UsedAs
from engine.errors import SandboxError
from engine.models import Integration
from engine.sandbox.outcome import Compiled, Job, RunStatus
from engine.sandbox.pool import Pool

_ORDER = list(Level)


@dataclass(frozen=True, slots=True)
class Use:
    """A name that a script takes from outside, `HTTP.get`; `origin` as `names.origin` tells."""

    name: str
    origin: str
    line: int
    column: int
    count: int

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "origin": self.origin,
            "line": self.line,
            "column": self.column,
            "count": self.count,
        }


@dataclass(frozen=True, slots=True)
class Check:
    """The verdict: `runs` when no note is a problem. The worst notes come first."""

    uses: Sequence[Use] = ()
    notes: Sequence[Note] = ()

    @property
    def runs(self) -> bool:
        return all(note.level is not Level.PROBLEM for note in self.notes)

    @property
    def warnings(self) -> list[Note]:
        """What is to be told unasked: the problems and the warnings."""
        return [note for note in self.notes if note.level in (Level.PROBLEM, Level.WARNING)]

    def as_dict(self) -> dict[str, Any]:
        return {
            "runs": self.runs,
            "uses": [use.as_dict() for use in self.uses],
            "notes": [note.as_dict() for note in self.notes],
        }


def examine(pool: Pool, source: str, name: str, used_as: UsedAs | None = None) -> Check:
    """
    Load a script, calling nothing, and check it.

    :raise SandboxError: when the sandbox cannot be used.
    """
    if not source.strip():
        return check(pool, source, None, used_as)
    error = pool.check(source, name).error
    return check(pool, source, None if error is None else error.as_dict(), used_as)


def warnings_of(pool: Pool, integration: Integration) -> list[Note]:
    """Return what is to be told of the script that an integration runs, if it runs one."""
    version = integration.version
    if not integration.script_enabled or version is None:
        return []
    try:
        found = check(pool, version.source, version.problem, UsedAs.by(integration))
    except SandboxError as exc:
        message = f"The script could not be checked: {exc}"
        return [Note(Level.WARNING, "unread", "", message)]
    return found.warnings


def check(
    pool: Pool,
    source: str,
    problem: Mapping[str, Any] | None,
    used_as: UsedAs | None = None,
) -> Check:
    """
    Check a script that was loaded already.

    :param problem: why it did not load: {name, message, line, column}.
    :raise SandboxError: when the sandbox cannot be used.
    """
    if not source.strip():
        return Check(notes=[Note(Level.PROBLEM, "class", "Script", "There is no script")])
    facts = _facts(pool, source)
    found = [] if facts is None else list(_notes(facts, used_as or UsedAs()))
    if facts is None or (not facts["read"] and not problem and not found):
        found.append(
            Note(
                Level.INFO,
                "unread",
                "",
                "The script could not be looked into; whether it runs shows when it does",
            )
        )
    notes = script_class.with_problem(found, problem, facts, used_as or UsedAs())
    notes.sort(key=lambda note: (_ORDER.index(note.level), note.line or 0, note.column or 0))
    return Check([] if facts is None else _uses(facts["uses"]), notes)


def _facts(pool: Pool, source: str) -> dict[str, Any] | None:
    """Return what prelude/check/check.js tells; None when it could not."""
    outcome = pool.run(
        Job(
            owner="check",
            name="check",
            source=prelude.check_source(),
            method="look",
            argument=json.dumps(source).encode(),
            compiled=Compiled(),
        )
    )
    if outcome.status is not RunStatus.OK:
        return None
    facts: dict[str, Any] = outcome.result
    return facts


def _notes(facts: Mapping[str, Any], used_as: UsedAs) -> Sequence[Note]:
    notes: dict[tuple[str, str, str, str], Note] = {}
    said = [names.note_of(use) for use in facts["uses"]]
    said += [habits.note_of(one, used_as) for one in facts["found"]]
    if facts["script"]:
        said += script_class.notes_of(facts["script"], used_as)
    for note in said:
        if note is None:
            continue
        key = (note.level, note.kind, note.name, note.message)
        before = notes.get(key)
        places = [*before.places, *note.places] if before else note.places
        notes[key] = Note(
            note.level, note.kind, note.name, note.message, note.instead, sorted(places)
        )
    return list(notes.values())


def _uses(found: Sequence[Mapping[str, Any]]) -> list[Use]:
    uses: dict[str, Use] = {}
    for one in found:
        member = one.get("member")
        name = one["name"] if member is None else f"{one['name']}.{member}"
        (line, column), count = one["places"][0], one["count"]
        before = uses.get(name)
        if before is not None:
            line, column = min((line, column), (before.line, before.column))
            count += before.count
        uses[name] = Use(name, names.origin(one), line, column, count)
    return list(uses.values())
