"""A text between its reading and its writing: lines of runs, so that it can be cut anywhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from engine.blanks import is_blank


class Border(IntEnum):
    """How far a line is from the one before it."""

    LINE = 1  #: another line of the same paragraph
    BLOCK = 2  #: another block, without a blank line between
    PARAGRAPH = 3  #: a blank line between


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands around marked text, such as stars."""

    open: str
    close: str


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of text under the same marks."""

    #: As people read it.
    raw: str
    marks: tuple[Mark, ...] = ()
    #: Writes any part of `raw` in the target's markup.
    write: Callable[[str], str] = str
    #: The whole of it in the target's markup, for what cannot be cut: a link, a mention.
    whole: str | None = None


@dataclass(frozen=True, slots=True)
class Fence:
    """What stands above and below a block of code."""

    open: str
    close: str


@dataclass(frozen=True, slots=True)
class Line:
    runs: tuple[Run, ...]
    #: What stands before it: a list's mark, a quote's.
    prefix: str = ""
    #: The same for what is cut off from it.
    indent: str = ""
    border: Border = Border.PARAGRAPH
    #: Lines of one block of code share the same object.
    fence: Fence | None = None


def shows(line: Line) -> bool:
    """Tell whether anything of a line can be seen."""
    return not (is_blank(line.prefix) and all(is_blank(run.raw) for run in line.runs))


def write_runs(runs: tuple[Run, ...]) -> str:
    """Return runs as text, every mark closed again."""
    written: list[str] = []
    standing: tuple[Mark, ...] = ()
    for run in runs:
        text = run.write(run.raw) if run.whole is None else run.whole
        if not text:
            continue
        shared = 0
        for mine, theirs in zip(run.marks, standing, strict=False):
            if mine != theirs:
                break
            shared += 1
        written += [mark.close for mark in reversed(standing[shared:])]
        written += [mark.open for mark in run.marks[shared:]]
        written.append(text)
        standing = run.marks
    written += [mark.close for mark in reversed(standing)]
    return "".join(written)
