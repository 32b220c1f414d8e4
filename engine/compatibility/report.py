"""A check as lines of text."""

from __future__ import annotations

from collections.abc import Iterator

from engine.compatibility import Check, Level


def lines(check: Check, path: str) -> Iterator[str]:
    """Yield `path:line:column: level: message` for each note that is not "ok", what is used, and the verdict."""
    for note in check.notes:
        if note.level is Level.OK:
            continue
        place = f"{path}:{note.line}:{note.column}" if note.line else path
        yield f"{place}: {note.level}: {note.message}"
        if note.instead:
            yield f"    instead: {note.instead}"
    uses = [use.name for use in check.uses if use.origin != "javascript"]
    yield f"{path} uses {', '.join(uses)}" if uses else f"{path} uses nothing but JavaScript"
    counted = [_counted(check, level) for level in (Level.PROBLEM, Level.WARNING)]
    said = ", ".join(text for text in counted if text)
    yield f"{path} {'will run' if check.runs else 'will not run'}{f': {said}' if said else ''}"


def _counted(check: Check, level: Level) -> str:
    count = sum(note.level is level for note in check.notes)
    return f"{count} {level}{'' if count == 1 else 's'}" if count else ""
