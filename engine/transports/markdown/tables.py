"""Rows of cells as lines of text."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

_STYLES = {"text-align:center": ":---:", "text-align:right": "---:", "text-align:left": ":---"}


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows with columns under each other, for a font in which that shows."""
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    lines = [_padded(row, widths) for row in rows]
    return [lines[0], "-+-".join("-" * width for width in widths), *lines[1:]]


def barred(rows: Sequence[Sequence[str]], styles: Sequence[str]) -> list[str]:
    """Return rows as Markdown writes tables; `styles` are the columns' in CSS."""
    rule = [_STYLES.get(style, "---") for style in styles]
    return [f"| {' | '.join(row)} |" for row in (rows[0], rule, *rows[1:])]


def _padded(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)]
    return " | ".join(cells).rstrip()


def _width(text: str) -> int:
    return sum(1 + (unicodedata.east_asian_width(char) in "WF") for char in text)
