"""What came over, what did not and why, as data and as lines of text; no secret is in it."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from engine.compatibility import Check, Level


class Outcome(enum.StrEnum):
    IMPORTED = "imported"
    UPDATED = "updated"
    SKIPPED = "skipped"  #: it was imported before
    FAILED = "failed"


@dataclass(slots=True)
class Brought:
    """What became of one integration."""

    origin: str
    name: str
    outcome: Outcome
    #: `webhook-incoming` or `webhook-outgoing`, when that was told.
    kind: str = ""
    why: str = ""
    id: str | None = None
    #: Its address, with dots for the token; of incoming ones.
    url: str | None = None
    #: Whether its callers need to change no more than the host name.
    same_address: bool | None = None
    rooms: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    script: Check | None = None
    script_enabled: bool = False

    def as_dict(self) -> dict[str, Any]:
        return {
            "origin": self.origin,
            "name": self.name,
            "type": self.kind or None,
            "outcome": self.outcome,
            "why": self.why or None,
            "_id": self.id,
            "url": self.url,
            "sameAddress": self.same_address,
            "createdRooms": self.rooms,
            "notes": self.notes,
            "scriptEnabled": self.script_enabled,
            "script": None if self.script is None else self.script.as_dict(),
        }


@dataclass(slots=True)
class Report:
    dry_run: bool = False
    brought: list[Brought] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether nothing was left behind."""
        return not self.problems and self.count(Outcome.FAILED) == 0

    def count(self, outcome: Outcome) -> int:
        return sum(one.outcome is outcome for one in self.brought)

    def created_rooms(self) -> list[str]:
        return list(dict.fromkeys(room for one in self.brought for room in one.rooms))

    def as_dict(self) -> dict[str, Any]:
        return {
            "dryRun": self.dry_run,
            **{outcome.value: self.count(outcome) for outcome in Outcome},
            "createdRooms": self.created_rooms(),
            "problems": self.problems,
            "integrations": [one.as_dict() for one in self.brought],
        }

    def lines(self) -> Iterator[str]:
        """Yield the report for people."""
        for one in self.brought:
            yield from map(_printable, _lines_of(one))
        for problem in self.problems:
            yield _printable(f"unreadable: {problem}")
        yield from map(_printable, self._summary())

    def _summary(self) -> Iterator[str]:
        counts = [(outcome, self.count(outcome)) for outcome in Outcome]
        said = ", ".join(f"{number} {outcome}" for outcome, number in counts if number)
        yield f"{said or 'nothing found'}{' (a dry run: nothing was stored)' if self.dry_run else ''}"
        if rooms := self.created_rooms():
            yield f"rooms made: {', '.join(rooms)}"
        scripts = [one.script for one in self.brought if one.script is not None]
        if scripts:
            yield f"scripts: {sum(one.runs for one in scripts)} of {len(scripts)} will run"


def _lines_of(one: Brought) -> Iterator[str]:
    kind = {"webhook-incoming": "incoming", "webhook-outgoing": "outgoing"}.get(one.kind, "")
    yield f"{one.outcome:<9} {kind:<9}{one.name}{f': {one.why}' if one.why else ''}"
    if one.url is not None:
        kept = "as before, but for the host name" if one.same_address else "new"
        yield f"          address {one.url} ({kept})"
    for note in one.notes:
        yield f"          note: {note}"
    if one.script is not None:
        yield from _lines_of_script(one.script, one.script_enabled)


def _lines_of_script(script: Check, enabled: bool) -> Iterator[str]:
    uses = ", ".join(use.name for use in script.uses if use.origin != "javascript")
    off = "" if enabled else " (it is switched off)"
    yield (
        f"          script {'will run' if script.runs else 'will not run'}{off}; "
        f"uses {uses or 'nothing but JavaScript'}"
    )
    for note in script.notes:
        if note.level not in (Level.PROBLEM, Level.WARNING):
            continue
        place = f"line {note.line}: " if note.line else ""
        instead = f" Instead: {note.instead}" if note.instead else ""
        yield f"          {note.level}: {place}{note.message}.{instead}"


def _printable(line: str) -> str:
    """Names come from elsewhere; a terminal must not obey them."""
    return "".join(char if char.isprintable() else "�" for char in line)
