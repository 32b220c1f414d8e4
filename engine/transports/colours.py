"""The colours of attachments, in the one form that every system takes."""

from __future__ import annotations

import re

_COLOURS = {
    "good": "#2eb886",
    "warning": "#daa038",
    "danger": "#a30200",
    "black": "#000000",
    "blue": "#0000ff",
    "cyan": "#00ffff",
    "gray": "#808080",
    "green": "#008000",
    "grey": "#808080",
    "lime": "#00ff00",
    "magenta": "#ff00ff",
    "navy": "#000080",
    "orange": "#ffa500",
    "purple": "#800080",
    "red": "#ff0000",
    "teal": "#008080",
    "white": "#ffffff",
    "yellow": "#ffff00",
}


def hex_colour(value: str) -> str | None:
    """Return `#rrggbb` for a colour that is known or given so."""
    word = value.strip().lower()
    if known := _COLOURS.get(word):
        return known
    digits = word.removeprefix("#")
    if re.fullmatch(r"[0-9a-f]{3}", digits):
        digits = "".join(2 * digit for digit in digits)
    return f"#{digits}" if re.fullmatch(r"[0-9a-f]{6}", digits) else None
