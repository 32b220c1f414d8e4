"""Lines -> as few texts as fit: cut between paragraphs, else lines, else words, else characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace

from engine.transports.markdown.dialects import NOTHING, Dialect
from engine.transports.markdown.lines import Border, Line, Run, shows, write_runs

_ATOMS = re.compile(r"\s+|\S+")
_JOINED = frozenset("\N{ZERO WIDTH JOINER}\ufe0e\ufe0f\u20e3")
_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|#x27);")
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_FLAGS = range(0x1F1E6, 0x1F200)
_TAGS = range(0xE0020, 0xE0080)
#: Longer sequences are no character.
_MAX_CLUSTER = 32


def units(text: str) -> int:
    """Return a length as JavaScript counts it, which is never less than the number of characters."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def pack(lines: Sequence[Line], dialect: Dialect, max_units: int) -> list[str]:
    """Return the lines in texts of at most `max_units`; a block of code goes on in a new fence."""
    packer = _Packer(dialect, max_units)
    for group in _groups(lines):
        packer.add_group([_Written(line, dialect) for line in group])
    return packer.finished()


def cut(text: str, max_units: int) -> tuple[str, str]:
    """Return a text's beginning that is short enough, and the rest, between words if possible."""
    if units(text) <= max_units:
        return text, ""
    end = _fitting(text, max_units)
    space = max(text.rfind(" ", end // 2, end + 1), text.rfind("\n", end // 2, end + 1))
    end = space if space > 0 else end
    return text[:end].rstrip(), text[end:].lstrip()


class _Written:
    """A line and its text in the dialect."""

    __slots__ = ("line", "text", "units")

    def __init__(self, line: Line, dialect: Dialect) -> None:
        text = write_runs(line.runs)
        marked = line.fence or (line.runs and line.runs[0].whole is not None)
        self.line = line
        self.text = text if marked else dialect.start(text)
        self.units = units(self.text)


class _Packer:
    def __init__(self, dialect: Dialect, max_units: int) -> None:
        self._dialect = dialect
        self._max = max_units
        self._parts: list[str] = []
        self._current: list[_Written] = []
        self._size = 0

    def add_group(self, group: list[_Written]) -> None:
        if self._fits(group):
            self._append(group)
        elif self._cost(group, None) <= self._max:
            self._flush()
            self._append(group)
        else:
            for written in group:
                self._add_line(written)

    def finished(self) -> list[str]:
        self._flush()
        return self._parts

    def _add_line(self, written: _Written) -> None:
        if self._fits([written]):
            self._append([written])
            return
        line = written.line
        if self._cost([written], None) <= self._max:
            self._flush()
            self._append([written])
            return
        room = self._max - self._size - self._overhead(line, self._last)
        if room < self._max // 4:
            self._flush()
            room = self._max - self._overhead(line, None)
        for piece in _pieces(line, room, self._max - self._overhead(line, None)):
            part = [_Written(piece, self._dialect)]
            if self._current and not self._fits(part):
                self._flush()
            self._append(part)

    @property
    def _last(self) -> Line | None:
        return self._current[-1].line if self._current else None

    def _fits(self, lines: Sequence[_Written]) -> bool:
        return self._size + self._cost(lines, self._last) <= self._max

    def _append(self, lines: Sequence[_Written]) -> None:
        self._size += self._cost(lines, self._last)
        self._current += lines

    def _flush(self) -> None:
        if any(shows(written.line) for written in self._current):
            self._parts.append(self._text().strip("\n").rstrip())
        self._current, self._size = [], 0

    def _cost(self, lines: Sequence[_Written], before: Line | None) -> int:
        size = 0
        for written in lines:
            size += self._overhead(written.line, before) + written.units
            if size > self._max:
                break  # by how much does not matter
            before = written.line
        return size

    def _overhead(self, line: Line, before: Line | None) -> int:
        """What a line takes beside its text: line ends, prefix, and the fences around its block."""
        size = units(line.prefix)
        if before is not None:
            size += units(self._between(before, line))
        if line.fence and (before is None or before.fence is not line.fence):
            fence, around = line.fence, units(line.prefix) + units(self._dialect.code_edge)
            size += units(fence.open) + units(fence.close) + 2 * around
        return size

    def _between(self, before: Line, line: Line) -> str:
        if before.fence and before.fence is line.fence:
            return "\n"
        if before.fence and self._dialect.after_code is not None:
            return self._dialect.after_code
        if line.border is not Border.PARAGRAPH:
            return "\n" if before.fence else self._dialect.newline
        # Within a quote, a blank line is the quote's too.
        quote = _shared(before.indent, line.indent).rstrip()
        if not quote:
            return self._dialect.blank_line
        return f"{self._dialect.newline}{quote}{self._dialect.newline}"

    def _text(self) -> str:
        pieces: list[str] = []
        edge = self._dialect.code_edge
        before: Line | None = None
        for written in self._current:
            line = written.line
            if before is not None:
                if before.fence and before.fence is not line.fence:
                    pieces += [edge, before.prefix, before.fence.close]
                pieces.append(self._between(before, line))
            if line.fence and (before is None or before.fence is not line.fence):
                pieces += [line.prefix, line.fence.open, edge]
            pieces += [line.prefix, written.text]
            before = line
        if before is not None and before.fence:
            pieces += [edge, before.prefix, before.fence.close]
        return "".join(pieces)


def _groups(lines: Sequence[Line]) -> Iterator[list[Line]]:
    group: list[Line] = []
    for line in lines:
        if group and line.border is not Border.LINE:
            yield group
            group = []
        group.append(line)
    if group:
        yield group


def _pieces(line: Line, room: int, full_room: int) -> Iterator[Line]:
    """Cut one line: the first piece within `room`, the others within `full_room`."""
    # One for a backslash that the beginning of a line may need.
    room, full_room = max(room - 1, 1), max(full_room - 1, 1)
    rest, piece, size = line, list[Run](), 0
    for atom in _atoms(line.runs, full_room):
        cost = units(_text(atom))
        if not piece or piece[-1].marks != atom.marks:
            cost += _mark_units(atom)
        if piece and size + cost > room:
            yield replace(rest, runs=tuple(piece))
            rest = replace(line, prefix=line.indent, border=Border.LINE)
            piece, size, room = [], 0, full_room
            cost = units(_text(atom)) + _mark_units(atom)
        if piece or rest is line or line.fence or _text(atom).strip():
            # (Otherwise it is the blank at which the line was cut.)
            piece.append(atom)
            size += cost
    if piece:
        yield replace(rest, runs=tuple(piece))


def _atoms(runs: Sequence[Run], max_units: int) -> Iterator[Run]:
    """Split runs at blanks, and what is still too long anywhere; their text is written already."""
    for run in runs:
        around = _mark_units(run)
        if run.whole is not None and units(run.whole) + around <= max_units:
            yield run
            continue
        for found in _ATOMS.finditer(run.write(run.raw)):
            word, begin = found[0], 0
            # A character is two units at most.
            while 2 * (len(word) - begin) + around > max_units and (
                units(word[begin : begin + max_units + 1]) + around > max_units
            ):
                end = begin + _fitting(
                    word[begin : begin + max_units + _MAX_CLUSTER], max(max_units - around, 1)
                )
                yield Run(word[begin:end], run.marks)
                begin = end
            yield Run(word[begin:], run.marks)


def _text(run: Run) -> str:
    return run.write(run.raw) if run.whole is None else run.whole


def _mark_units(run: Run) -> int:
    return sum(units(mark.open) + units(mark.close) for mark in run.marks)


def _fitting(text: str, max_units: int) -> int:
    """Return how many characters fit, at least one, with nothing cut from what it belongs to."""
    end = min(len(text), max_units)
    while end > 1 and (taken := units(text[:end])) > max_units:
        end = max(min(end - 1, end * max_units // taken), 1)
    for before in range(end, max(end - _MAX_CLUSTER, 0), -1):
        if not _belongs(text, before):
            return before
    return end


def _belongs(text: str, index: int) -> bool:
    """Tell whether the character at `index` is a part of the one before it."""
    if not 0 < index < len(text):
        return False
    char, before = text[index], text[index - 1]
    if before == "\\" or before == NOTHING or _cuts_entity(text, index):
        return True
    if char in _JOINED or before == "\N{ZERO WIDTH JOINER}" or unicodedata.combining(char):
        return True
    if ord(char) in _SKIN_TONES or ord(char) in _TAGS:
        return True
    if ord(char) in _FLAGS:
        start = index
        while start > 0 and ord(text[start - 1]) in _FLAGS:
            start -= 1
        return (index - start) % 2 == 1
    return False


def _cuts_entity(text: str, index: int) -> bool:
    begin = text.rfind("&", max(index - 5, 0), index)
    found = _ENTITY.match(text, begin) if begin >= 0 else None
    return found is not None and found.end() > index


def _shared(one: str, other: str) -> str:
    length = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        length += 1
    return one[:length]
