"""A message's lines -> blocks of tokens: quotes, code, lists, tables, formulas and paragraphs."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from markdown_it.token import Token

from engine.chatmarkup.inline import read_line
from engine.chatmarkup.tables import NoTable, read_table
from engine.chatmarkup.words import LANGUAGES

#: Quotes and lists within each other.
MAX_NESTING = 20

_LINE_END = re.compile(r"\r\n|\n|\r")
_FENCE = re.compile(r"(`{3,})([^`]*)$")
_HEADING = re.compile(r"(#{1,4})[ \t]+(\S.*)$")
_RULE = re.compile(r"[ \t]*-{3,}[ \t]*$")
_ITEM = re.compile(r"(?:(-|\*(?!\s+\**\s*$))|(\d{1,9})\.)[ \t]+(?=\S)")
_TASK = re.compile(r"\[([ xX])\][ \t]+(?=\S)")
_INDENT = re.compile(r"[ \t]+")
_FORMULA = re.compile(r"\$\$|\\\[")
_FORMULA_END = re.compile(r"\$\$|\\\]")
_BOXES = {" ": "\N{BALLOT BOX} ", "x": "\N{BALLOT BOX WITH CHECK} "}


class TooDeep(Exception):
    """Quotes and lists are within each other more often than anybody writes."""


def read_text(text: str) -> list[Token]:
    """
    Return a text's tokens; each line of a paragraph is read by itself.

    :raises TooDeep: instead of leaving out what is within.
    """
    lines = _LINE_END.split(text.replace("\x00", "\ufffd"))
    return _Reader(lines, 0, 0).read()


class _Reader:
    def __init__(self, lines: list[str], first_line: int, depth: int) -> None:
        if depth > MAX_NESTING:
            raise TooDeep
        self._lines = lines
        #: Where in the message the first of the lines is.
        self._first_line = first_line
        self._depth = depth
        self._at = 0
        self._tokens: list[Token] = []
        #: What was looked for in vain, so that each line is looked at a few times only: up to which
        #: line a `>` begins no quote, a head of so many columns no table; which fences never end.
        self._no_quote_before = 0
        self._no_table = NoTable()
        self._endless_fences: set[str] = set()
        self._has_formula_end = True

    def read(self) -> list[Token]:
        """Return the tokens of all lines."""
        readers: tuple[Callable[[str], bool], ...] = (
            *(self._quote, self._fence, self._spoiler, self._heading, self._rule, self._list),
            *(self._table, self._formula),
        )
        paragraph: list[str] = []
        while self._at < len(self._lines):
            line, before, made = self._lines[self._at], self._at, len(self._tokens)
            blank = not line.strip()
            if not blank and not any(read(line) for read in readers):
                paragraph.append(line.strip())
                self._at += 1
                continue
            block = self._tokens[made:]
            del self._tokens[made:]
            self._paragraph(paragraph, before)
            paragraph = []
            self._tokens += block
            self._at += blank
        self._paragraph(paragraph, self._at)
        return self._tokens

    # -- tokens ---------------------------------------------------------------------------------

    def _open(self, kind: str, tag: str, at: int, **more: str) -> Token:
        token = Token(f"{kind}_open", tag, 1, block=True, **more)  # type: ignore[arg-type]
        token.map = [self._first_line + at, self._first_line + self._at]
        self._tokens.append(token)
        return token

    def _close(self, kind: str, tag: str) -> None:
        self._tokens.append(Token(f"{kind}_close", tag, -1, block=True))

    def _alone(self, kind: str, tag: str, at: int, content: str = "", info: str = "") -> None:
        token = Token(kind, tag, 0, block=True, content=content, info=info)
        token.map = [self._first_line + at, self._first_line + self._at]
        self._tokens.append(token)

    def _inline(self, lines: Sequence[str]) -> Token:
        children: list[Token] = []
        for line in lines:
            if children:
                children.append(Token("softbreak", "br", 0))
            children += read_line(line) or [Token("text", "", 0)]
        return Token("inline", "", 0, content="\n".join(lines), children=children, block=True)

    def _paragraph(self, lines: Sequence[str], end: int) -> None:
        if lines:
            self._open("paragraph", "p", end - len(lines))
            self._tokens += [self._inline(lines)]
            self._close("paragraph", "p")

    def _within(self, lines: list[str], at: int) -> list[Token]:
        return _Reader(lines, self._first_line + at, self._depth + 1).read()

    # -- blocks ---------------------------------------------------------------------------------

    def _quote(self, line: str) -> bool:
        at = end = self._at
        if at < self._no_quote_before:
            return False
        while end < len(self._lines) and self._lines[end].startswith(">"):
            end += 1
        quoted = [following[1:].removeprefix(" ") for following in self._lines[at:end]]
        if not any(map(str.strip, quoted)):
            self._no_quote_before = end
            return False
        self._at += len(quoted)
        self._open("blockquote", "blockquote", at)
        self._tokens += self._within(quoted, at)
        self._close("blockquote", "blockquote")
        return True

    def _fence(self, line: str) -> bool:
        """
        Code between lines of backticks; what follows the last of them is text again.

        It may also begin beside the first and end beside the last, as scripts write it. What is never
        closed is text.
        """
        opened = _FENCE.match(line)
        if opened is None:
            return False
        ticks, beside = opened[1], opened[2].strip()
        if ticks in self._endless_fences:
            return False
        at = self._at
        code: list[str] = []
        for index in range(at + 1, len(self._lines)):
            following = self._lines[index]
            if following.startswith(ticks):
                rest = following.lstrip("`").strip()
                if len(ticks) > 3 and rest:
                    code.append(following)
                    continue
            elif following.rstrip().endswith(ticks) and not following.rstrip().endswith(
                ticks + "`"
            ):
                code.append(following.rstrip().removesuffix(ticks))
                rest = ""
            elif len(ticks) == 3 and ticks in following:
                return False
            else:
                code.append(following)
                continue
            language = beside if beside.lower() in LANGUAGES else ""
            content = "\n".join(code if language or not beside else [beside, *code])
            if not content.strip():
                return False
            self._end_fence(index, rest)
            self._alone("fence", "code", at, f"{content}\n", language)
            self._tokens[-1].markup = ticks
            return True
        self._endless_fences.add(ticks)
        return False

    def _end_fence(self, index: int, rest: str) -> None:
        self._at = index + 1
        if rest:
            self._at = index
            self._lines[index] = rest

    def _spoiler(self, line: str) -> bool:
        """`||` on a line of its own, text, and `||` again."""
        if line != "||":
            return False
        at = self._at
        for index in range(at + 1, len(self._lines)):
            if self._lines[index].startswith("||"):
                if index == at + 1:
                    return False
                self._at = index
                self._open("spoiler_block", "div", at)
                self._tokens += self._within(self._lines[at + 1 : index], at + 1)
                self._close("spoiler_block", "div")
                self._end_fence(index, self._lines[index][2:].strip())
                return True
        return False

    def _heading(self, line: str) -> bool:
        found = _HEADING.match(line)
        if found is None:
            return False
        self._at += 1
        tag = f"h{len(found[1])}"
        self._open("heading", tag, self._at - 1, markup=found[1])
        self._tokens.append(self._inline([found[2].strip()]))
        self._close("heading", tag)
        return True

    def _rule(self, line: str) -> bool:
        if not _RULE.match(line):
            return False
        self._at += 1
        self._alone("hr", "hr", self._at - 1)
        return True

    def _list(self, line: str) -> bool:
        first = _ITEM.match(line)
        if first is None:
            return False
        kind, tag = ("bullet_list", "ul") if first[1] else ("ordered_list", "ol")
        opened = self._open(kind, tag, self._at)
        number = int(first[2] or 1)
        if first[2] and number != 1:
            opened.attrs["start"] = number
        while self._at < len(self._lines):
            item = _ITEM.match(self._lines[self._at])
            if item is None or item[1] != first[1]:
                break
            self._item(item, number)
            number = int(item[2] or 0) + 1
        self._close(kind, tag)
        return True

    def _item(self, found: re.Match[str], expected: int) -> None:
        """One item, with the indented lines that follow it."""
        at = self._at
        text = self._lines[at][found.end() :].strip()
        self._at += 1
        below = self._indented()
        opened = self._open("list_item", "li", at, info=found[2] or "")
        if found[2] and int(found[2]) != expected:
            opened.attrs["value"] = int(found[2])
        task = _TASK.match(text) if found[1] == "-" else None
        if task is not None:
            opened.attrs["class"] = "md-task"
            text = _BOXES[task[1].lower()] + text[task.end() :]
        if _FENCE.match(text):
            self._tokens += self._within([text, *below], at)
        else:
            self._tokens += self._item_text(text, below, at)
        self._close("list_item", "li")

    def _item_text(self, text: str, below: list[str], at: int) -> list[Token]:
        """An item's first line is always text; what is below may be blocks."""
        inner = self._within(below, at + 1)
        first = self._inline([text])
        if inner and inner[0].type == "paragraph_open" and below[0].strip():
            more = inner[1].children or []
            first.children = [*(first.children or []), Token("softbreak", "br", 0), *more]
            first.content += "\n" + inner[1].content
            inner = inner[3:]
        opened = Token("paragraph_open", "p", 1, block=True, hidden=True)
        opened.map = [self._first_line + at, self._first_line + at + 1]
        closed = Token("paragraph_close", "p", -1, block=True, hidden=True)
        return [opened, first, closed, *inner]

    def _indented(self) -> list[str]:
        """Take the lines that follow and are indented, without their indentation."""
        taken: list[str] = []
        width = 0
        while self._at < len(self._lines):
            line = self._lines[self._at]
            indent = _INDENT.match(line)
            if not line.strip():
                following = self._lines[self._at + 1] if self._at + 1 < len(self._lines) else ""
                if len(following) - len(following.lstrip()) < 2 or not following.strip():
                    break
            elif indent is None or _RULE.match(line):
                break
            size = len(indent[0]) if indent else 0
            width = width or size
            taken.append(line[min(size, width) :])
            self._at += 1
        return taken

    def _table(self, line: str) -> bool:
        found = read_table(self._lines, self._at, self._no_table)
        if found is None:
            return False
        at, self._at = self._at, found.end
        self._open("table", "table", at)
        for part, cell, rows in (("thead", "th", found.rows[:1]), ("tbody", "td", found.rows[1:])):
            if not rows:
                continue
            self._open(part, part, at)
            for row in rows:
                self._open("tr", "tr", at)
                for text, style in zip(row, found.styles, strict=True):
                    opened = self._open(cell, cell, at)
                    if style:
                        opened.attrs["style"] = style
                    self._tokens.append(self._inline([text]))
                    self._close(cell, cell)
                self._close("tr", "tr")
            self._close(part, part)
        self._close("table", "table")
        return True

    def _formula(self, line: str) -> bool:
        r"""`$$…$$` or `\[…\]`, which may go over lines; what follows is text again."""
        if not self._has_formula_end or not _FORMULA.match(line):
            return False
        at = self._at
        for index in range(at, len(self._lines)):
            start = 2 if index == at else 0
            found = _FORMULA_END.search(self._lines[index], start)
            if found is None:
                continue
            parts = [*self._lines[at:index], self._lines[index][: found.start()]]
            parts[0] = parts[0][2:]
            content = "\n".join(parts).strip("\n")
            if not content.strip():
                return False
            self._end_fence(index, self._lines[index][found.end() :].strip())
            self._alone("katex_block", "div", at, f"{content}\n")
            return True
        self._has_formula_end = False
        return False
