"""Slack's tables, read as Markdown's (docs.slack.dev, "Table block")."""

from __future__ import annotations

from typing import Any

from engine.dialects import richtext
from engine.dialects.richtext import dicts
from engine.dialects.slacktext import Translate, said

_RULES = {"left": ":--", "center": ":-:", "right": "--:"}
_RULE = "---"


def read(block: dict[str, Any], translated: Translate) -> str:
    """Return the rows, the first of them the head, between empty lines; nothing when there are none."""
    given = block.get("rows")
    rows = [
        [_cell(one, translated) for one in dicts(row)]
        for row in (given if isinstance(given, list) else ())
        if isinstance(row, list)
    ]
    width = max(map(len, rows), default=0)
    if not width:
        return ""
    aligned = dicts(block.get("column_settings"))
    rules = [_RULES.get(said(one.get("align")), _RULE) for one in aligned[:width]]
    rules += [_RULE] * (width - len(rules))
    lines = [_row(row + [""] * (width - len(row))) for row in rows]
    return "\n".join(["", lines[0], _row(rules), *lines[1:], ""])


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cell: dict[str, Any], translated: Translate) -> str:
    if cell.get("type") == "rich_text":
        text = richtext.in_a_line(cell, translated)
    else:
        text = said(cell.get("text")) or said(cell.get("value"))
    return " ".join(text.split()).replace("|", "\\|")
