"""From where something is in a compiled script to where it is in the user's own text."""

from __future__ import annotations

import re
from bisect import bisect_right

from engine.sandbox.outcome import Compiled
from engine.sandbox.scripts import source_url


def source_column(compiled: Compiled, line: int, column: int) -> int:
    """Return the column in the source; compiling moves nothing to another line."""
    parts = compiled.positions.get(str(line), ())
    index = bisect_right(parts, column, key=lambda part: part[0]) - 1
    if index < 0:
        return column
    start, source_start, *added = parts[index]
    return source_start if added else source_start + column - start


def source_stack(compiled: Compiled, stack: str, name: str) -> str:
    """Return a stack trace with the source's columns."""

    def replace(frame: re.Match[str]) -> str:
        line, column = int(frame["line"]), int(frame["column"])
        return f"{frame['place']}{line}:{source_column(compiled, line, column)}"

    file = re.escape(source_url(name))
    frames = rf"(?P<place>(?:^|[\s(]){file}:)(?P<line>\d{{1,9}}):(?P<column>\d{{1,9}})(?!\d)"
    return re.sub(frames, replace, stack)
