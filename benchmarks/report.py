"""Figures as text: medians, ratios, and tables for the terminal or for Markdown."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

NONE = "-"


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the smallest value that so many percent of all do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


@dataclass(frozen=True)
class Rounds:
    """One figure, measured in several rounds; there is at least one."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def shown(self, digits: int = 0) -> str:
        """Return the median, and the least and the most beside it."""
        low, high = min(self.values), max(self.values)
        return f"{self.median:,.{digits}f} ({low:,.{digits}f}-{high:,.{digits}f})"

    def ratio(self, other: Rounds | None) -> str:
        """
        Return how many times the other this is.

        Each round's ratio is taken on its own, because what disturbs the machine disturbs both
        of a round's figures; the median of these is shown.
        """
        if other is None:
            return NONE
        pairs = zip(self.values, other.values, strict=True)
        return f"{statistics.median(mine / theirs for mine, theirs in pairs):.2f}x"


@dataclass(frozen=True)
class Table:
    """A title, a row of headings, rows of cells; the first column is text, all others figures."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = field(default_factory=tuple)

    def as_text(self) -> str:
        """Return it for a terminal."""
        lines = [self.headings, *self.rows]
        widths = [max(len(line[column]) for line in lines) for column in range(len(self.headings))]

        def written(cells: Sequence[str]) -> str:
            first = cells[0].ljust(widths[0])
            others = [cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True)]
            return "  ".join([first, *others]).rstrip()

        body = "\n".join(written(cells) for cells in lines)
        return "\n".join([self.title, "-" * len(self.title), body, *self.notes])

    def as_markdown(self) -> str:
        """Return it for a README."""
        rule = ["---", *["---:"] * (len(self.headings) - 1)]
        lines = ["| " + " | ".join(cells) + " |" for cells in (self.headings, rule, *self.rows)]
        notes = ["", *self.notes] if self.notes else []
        return "\n".join([f"**{self.title}**", "", *lines, *notes])


def mebibytes(count: float) -> str:
    """Return a number of bytes as MiB."""
    return f"{count / (1 << 20):,.1f} MiB"


def milliseconds(seconds: float) -> str:
    """Return seconds as milliseconds."""
    return f"{seconds * 1000:,.2f} ms"
