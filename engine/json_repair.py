"""JSON that a shell script put together, repaired: line ends, tabs and quotes inside texts that nobody escaped."""

from __future__ import annotations

import re

_MARK = re.compile(r'["{}\[\],:]')
#: What needs a look inside a text.
_INSIDE = re.compile(r'\\.|["\x00-\x1f]', re.DOTALL)
#: What follows the quote that ends a text: a member's name, a member's value, an item of a list.
_AFTER_NAME = re.compile(r"\s*:")
_AFTER_VALUE = re.compile(r'\s*(?:\}\s*(?:[,\]}]|\Z)|,\s*"[^"]{0,200}"\s*:|\Z)')
_AFTER_ITEM = re.compile(r'\s*(?:\]|,\s*["{\[\-0-9tfn]|\Z)')
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}


def repaired(text: str) -> str:
    """
    Return JSON with line ends, tabs, other control characters and quotes inside its texts escaped.

    A quote ends a text when what follows it may follow a text there; any other is a part of it. What
    is no JSON for another reason stays so.
    """
    made: list[str] = []
    at, wants_name = 0, False
    inside: list[str] = []
    while found := _MARK.search(text, at):
        made.append(text[at : found.end()])
        at, mark = found.end(), found[0]
        if mark == '"':
            in_object = inside[-1:] == ["{"]
            ending = _AFTER_VALUE if in_object else _AFTER_ITEM
            at = _text(text, at, _AFTER_NAME if wants_name else ending, made)
        elif mark in "{[":
            inside.append(mark)
        elif mark in "}]" and inside:
            inside.pop()
        wants_name = mark in "{," and inside[-1:] == ["{"]
    made.append(text[at:])
    return "".join(made)


def _text(text: str, begin: int, ending: re.Pattern[str], made: list[str]) -> int:
    """Add what is inside of a text, and the quote that ends it; return where that is over."""
    at = begin
    for found in _INSIDE.finditer(text, begin):
        mark = found[0]
        if mark[0] == "\\":
            continue
        made.append(text[at : found.start()])
        at = found.end()
        if mark != '"':
            made.append(_SHORT.get(mark) or f"\\u{ord(mark):04x}")
        elif ending.match(text, at):
            made.append(mark)
            return at
        else:
            made.append('\\"')
    made.append(text[at:])
    return len(text)
