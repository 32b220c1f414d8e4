"""JavaScript and JSON with their words coloured, a line at a time."""

from __future__ import annotations

import re

from markupsafe import Markup

_KEYWORDS = (
    "async await break case catch class const continue default delete do else export extends false "
    "finally for function if import in instanceof let new null of return static super switch this "
    "throw true try typeof undefined var void while yield"
)
#: Named after the classes of the stylesheet. What is left open ends with its line, or its text.
_TOKEN = re.compile(
    r"(?P<cm>//[^\n]*|/\*.*?(?:\*/|\Z))"
    r"|(?P<st>\"(?:[^\"\\\n]|\\.)*\"?|'(?:[^'\\\n]|\\.)*'?|`(?:[^`\\]|\\.)*`?)"
    r"|(?P<nu>\b(?:0[xob][\da-f_]+|\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?)n?\b)"
    rf"|(?P<k>\b(?:{_KEYWORDS.replace(' ', '|')})\b)",
    re.DOTALL | re.IGNORECASE,
)


def lines(source: str) -> list[Markup]:
    """Return the source's lines with their words coloured; a text over several lines stays whole."""
    done: list[Markup] = [Markup("")]
    position = 0
    for match in _TOKEN.finditer(source):
        _add(done, source[position : match.start()], None)
        _add(done, match[0], match.lastgroup)
        position = match.end()
    _add(done, source[position:], None)
    return done


def html(source: str) -> Markup:
    """Return the whole source with its words coloured."""
    return Markup("\n").join(lines(source))


def _add(done: list[Markup], text: str, kind: str | None) -> None:
    for index, part in enumerate(text.split("\n")):
        if index:
            done.append(Markup(""))
        if part:
            done[-1] += (
                Markup('<b class="{}">{}</b>').format(kind, part)
                if kind
                else Markup("{}").format(part)
            )
