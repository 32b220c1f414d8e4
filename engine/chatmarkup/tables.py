"""A table in lines that begin with a bar -> its cells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_RULE = re.compile(r"\|[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_CELL_END = re.compile(r"(?<!\\)\|")
_STYLES = {
    (True, True): "text-align:center",
    (False, True): "text-align:right",
    (True, False): "text-align:left",
}


@dataclass(frozen=True, slots=True)
class Table:
    #: The first is the head; all are as long as `styles`.
    rows: list[list[str]]
    #: Of the columns, in CSS; empty for none.
    styles: list[str]
    #: The line after it.
    end: int


@dataclass(slots=True)
class NoTable:
    """Before this line no head of so few columns begins a table: a row there has more."""

    line: int = 0
    columns: int = 0


def read_table(lines: Sequence[str], at: int, known: NoTable) -> Table | None:
    """Return the table that begins here; a row with more cells than columns makes it none."""
    if not lines[at].startswith("|") or at + 1 == len(lines) or not _RULE.match(lines[at + 1]):
        return None
    head, rule = _cells(lines[at]), _cells(lines[at + 1])
    if at < known.line and len(head) <= known.columns:
        return None
    styles = [_STYLES.get((cell[:1] == ":", cell[-1:] == ":"), "") for cell in rule]
    styles = (styles + [""] * len(head))[: len(head)]
    rows, end = [head], at + 2
    while end < len(lines) and lines[end].startswith("|"):
        row = _cells(lines[end])
        if len(row) > len(head):
            known.line, known.columns = end, len(head)
            return None
        rows.append(row + [""] * (len(head) - len(row)))
        end += 1
    return Table(rows, styles, end) if len(rule) <= len(head) else None


def _cells(line: str) -> list[str]:
    inner = line.strip().removeprefix("|")
    if inner.endswith("|") and not inner.endswith("\\|"):
        inner = inner[:-1]
    return [cell.strip().replace("\\|", "|") for cell in _CELL_END.split(inner)]
