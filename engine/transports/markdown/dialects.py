"""How a system writes bold, links, lists and the rest: plain text, which the others build on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from engine.transports.markdown.lines import Fence, Mark

#: Stands inside what must not be taken for a mention or for the end of code.
NOTHING = "\N{ZERO WIDTH SPACE}"
BACKTICKS = re.compile(r"`{3,}")
_SEPARATORS = re.compile(r"[\x0b\x0c\x1c-\x1f\x85]")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x9f]")
CALLS_EVERYONE = frozenset({"@all", "@here", "@channel", "@everyone"})
#: What Slack, Google Chat and whoever translates for them take for a mention or a named link.
ANGLED = re.compile(r"<(?=[!@]|\s*users/|[^<>|\s]+\|)", re.IGNORECASE)


class Tables(StrEnum):
    NATIVE = "native"
    CODE = "code"  #: aligned, in a block of code
    LINES = "lines"  #: a line a row, bars between the cells


@dataclass(frozen=True)
class Mentions:
    """Who may be called by a text."""

    #: `@all` and `@here` call everybody.
    everyone: bool = False
    #: Name here -> id there, for systems that call people by ids.
    people: Mapping[str, str] = field(default_factory=dict)


class Dialect:
    """Plain text, which every system understands; the others change what they can do better."""

    bold: ClassVar[Mark | None] = None
    italic: ClassVar[Mark | None] = None
    strike: ClassVar[Mark | None] = None
    spoiler: ClassVar[Mark | None] = None
    tables: ClassVar[Tables] = Tables.LINES
    #: `# ` makes a heading; else it is a bold line.
    headings: ClassVar[bool] = False
    bullet: ClassVar[str] = "\N{BULLET} "
    quote: ClassVar[str] = "> "
    rule: ClassVar[str] = "\N{EM DASH}" * 3
    newline: ClassVar[str] = "\n"
    blank_line: ClassVar[str] = "\n\n"
    #: Between a block of code and what stands around it.
    code_edge: ClassVar[str] = "\n"
    #: What follows a block of code instead of a line end, where it ends a line by itself.
    after_code: ClassVar[str | None] = None

    def __init__(self, mentions: Mentions | None = None) -> None:
        self.mentions = mentions or Mentions()

    def text(self, raw: str) -> str:
        """Write text that must stay text."""
        return raw

    def bare(self, raw: str) -> str:
        """Write text for a place that has no markup, such as a title."""
        return raw

    def code_text(self, raw: str) -> str:
        """Write text within code."""
        return raw

    def code_mark(self, raw: str) -> Mark | None:
        """Return what stands around code within a line, or None when it is text there."""
        return None

    def fence(self, language: str, content: str) -> Fence | None:
        """Return what stands around a block of code, or None when it is text there."""
        return None

    def start(self, line: str) -> str:
        """Write a line so that it does not begin like a list or a heading."""
        return line

    def prefix(self, before: str) -> str:
        """Write what stands before a line: blanks, a list's mark, a quote's."""
        return before

    def link(self, label: str, url: str) -> str:
        """Write a link; the label is plain text."""
        shown = self.text(label)
        return shown if label in (url, url.removeprefix("mailto:")) else f"{shown} ({url})"

    def image(self, label: str, url: str) -> str:
        """Write a picture."""
        return self.link(label or url, url)

    def time(self, spoken: str, unix_s: int, form: str) -> str:
        """Write a moment; `spoken` is it in UTC, `form` Rocket.Chat's and Discord's letter for its form."""
        return self.text(spoken)

    def name(self, name: str) -> str:
        """Write `@somebody` or `#room`."""
        return self.text(name)


class PlainText(Dialect):
    """For systems without markup, such as UChat."""


def broken_ticks(raw: str) -> str:
    """Return code in which no backticks end the block."""
    return BACKTICKS.sub(lambda ticks: NOTHING.join(ticks[0]), raw)


def without_controls(text: str) -> str:
    """Return a text in which no character controls a terminal or a chat client."""
    return _CONTROLS.sub("", _SEPARATORS.sub(" ", text))


def kept_indent(raw: str) -> tuple[str, str]:
    """Return a line's blanks, as characters that are not taken away, and the rest of it."""
    rest = raw.lstrip(" \t")
    blanks = raw[: len(raw) - len(rest)].expandtabs(4)
    return "\N{NO-BREAK SPACE}" * len(blanks), rest
