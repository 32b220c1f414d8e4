"""Google Chat's texts, read: markup of messages, and the little HTML of cards."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

from engine.addresses import is_safe_url
from engine.dialects import slacktext
from engine.dialects.slacktext import said

_USER = re.compile(r"<users/([^<>|\s]{1,200})>")
#: Cards know a little HTML.
_TAG = re.compile(
    r"<(/?)(b|strong|i|em|s|strike|u|br|font|a|time)\b([^<>]{0,2000})>", re.IGNORECASE
)
_HREF = re.compile(r"""href\s*=\s*["']([^"']{1,2000})["']""", re.IGNORECASE)
_MARKS = {"b": "*", "strong": "*", "i": "_", "em": "_", "s": "~", "strike": "~"}

UsernameOf = Callable[[str], str | None]


def text_of(text: str, username_of: UsernameOf) -> str:
    """Return a text with `<url|label>` as `[label](url)`, and mentions as names."""

    def named(match: re.Match[str]) -> str:
        if match[1] == "all":
            return "@all"
        name = username_of(match[1])
        return f"@{name}" if name else match[0]

    return slacktext.translate(_USER.sub(named, text), {}, lambda _: None)


def formatted(value: Any) -> str:
    """Return a card's text with its HTML as marks."""
    links: list[str] = []

    def mark(match: re.Match[str]) -> str:
        closing, tag, rest = bool(match[1]), match[2].lower(), match[3]
        if tag == "br":
            return "\n"
        if tag != "a":
            return _MARKS.get(tag, "")
        if closing:
            return f"]({links.pop()})" if links else ""
        href = _HREF.search(rest)
        if href is None or not is_safe_url(html.unescape(href[1])):
            return ""
        links.append(html.unescape(href[1]))
        return "["

    return html.unescape(_TAG.sub(mark, said(value))).strip()
