"""A text that was read -> lines in a dialect, and what a transport adds around them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from markdown_it.tree import SyntaxTreeNode

from engine.blanks import is_blank
from engine.markup import parse
from engine.transports.markdown.dialects import Dialect, Tables
from engine.transports.markdown.inline import Inline, with_mark
from engine.transports.markdown.lines import Border, Line, Mark, Run, shows
from engine.transports.markdown.splitting import pack
from engine.transports.markdown.tables import aligned, barred


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a line that a transport writes: plain text, perhaps bold or a link."""

    text: str
    bold: bool = False
    url: str | None = None


class Page:
    """What will be one message, or several when it is long; written from top to bottom."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._inline = Inline(dialect)
        self._lines: list[Line] = []
        #: The lines of the text that is being read.
        self._source: list[str] = []
        #: What stands before every line of the blocks that are open, and before the next line only.
        self._indent = ""
        self._next_prefix: str | None = None
        self._border = Border.PARAGRAPH
        self._gap = False

    def __bool__(self) -> bool:
        return bool(self._lines)

    def gap(self) -> None:
        """Leave a blank line before whatever comes next."""
        self._gap = True

    def markdown(self, text: str, *, border: Border = Border.PARAGRAPH) -> None:
        """Add a text in Rocket.Chat's Markdown; one of which nothing can be seen is none."""
        if is_blank(text):
            return
        self._begin(border)
        self._source = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        before, begun = len(self._lines), self._border
        tokens = parse(text)
        if tokens is not None:
            self._blocks(SyntaxTreeNode(tokens).children)
        if not any(shows(line) for line in self._lines[before:]):
            # It is too long to be read, or what was read of it is nothing: it stays as it was written.
            del self._lines[before:]
            self._border, self._next_prefix = begun, None
            for line in self._source:
                self._add(self._inline.text_runs(line, ()))
                self._border = Border.LINE

    def line(self, *spans: Span | str, border: Border = Border.BLOCK) -> None:
        """Add a line; plain texts and spans follow each other."""
        runs: list[Run] = []
        for span in spans:
            piece = Span(span) if isinstance(span, str) else span
            text = " ".join(piece.text.splitlines())
            marks = with_mark((), self._dialect.bold if piece.bold else None)
            if piece.url:
                runs.append(self._inline.link_run(text or piece.url, piece.url, marks))
            else:
                runs += self._inline.text_runs(text, marks)
        if not all(is_blank(run.raw) for run in runs):
            self._begin(border)
            self._add(runs)

    def labelled(self, label: str, text: str) -> None:
        """Add a bold label and a text in Markdown: beside it, or below when it has several lines."""
        before = len(self._lines)
        self.markdown(text, border=Border.BLOCK)
        first = self._lines[before] if len(self._lines) > before else None
        bold = Run(label, with_mark((), self._dialect.bold), self._dialect.text)
        if first is None:
            self.line(Span(label, bold=True))
        elif len(self._lines) > before + 1 or first.prefix or first.fence:
            self._lines[before] = replace(first, border=Border.LINE)
            self._lines.insert(before, Line((bold,), border=first.border))
        else:
            self._lines[before] = replace(first, runs=(bold, Run(" "), *first.runs))

    def parts(self, max_units: int) -> list[str]:
        """Return it in pieces that are no longer; without a line, none."""
        return pack(self._lines, self._dialect, max_units)

    def _begin(self, border: Border) -> None:
        self._border = Border.PARAGRAPH if self._gap else border
        self._gap = False

    # -- blocks ---------------------------------------------------------------------------------

    def _blocks(self, nodes: Sequence[SyntaxTreeNode]) -> None:
        for index, node in enumerate(nodes):
            if index:
                line = node.map[0] if node.map else 0
                follows_blank = line > 0 and not self._source[line - 1].strip(" \t>")
                self._border = Border.PARAGRAPH if follows_blank else Border.BLOCK
            getattr(self, f"_{node.type}", self._inner)(node)

    def _inner(self, node: SyntaxTreeNode) -> None:
        self._blocks(node.children)

    def _paragraph(self, node: SyntaxTreeNode) -> None:
        self._inline_lines(node, ())

    def _heading(self, node: SyntaxTreeNode) -> None:
        if self._dialect.headings:
            self._next_prefix = f"{self._take_prefix()}{node.markup} "
            self._inline_lines(node, ())
        else:
            self._inline_lines(node, with_mark((), self._dialect.bold))

    def _bullet_list(self, node: SyntaxTreeNode) -> None:
        self._list(node, [self._dialect.bullet] * len(node.children))

    def _ordered_list(self, node: SyntaxTreeNode) -> None:
        # Every item says its number, as it was written.
        self._list(node, [f"{item.info}. " for item in node.children])

    def _list(self, node: SyntaxTreeNode, marks: Sequence[str]) -> None:
        before = self._indent
        for index, (item, mark) in enumerate(zip(node.children, marks, strict=True)):
            if index:
                self._border = Border.LINE
            self._next_prefix = self._take_prefix() + mark
            self._indent = before + " " * len(mark)
            if item.children:
                self._blocks(item.children)
            else:
                self._add([])
            self._indent = before

    def _blockquote(self, node: SyntaxTreeNode) -> None:
        before = self._indent
        self._next_prefix = self._take_prefix() + self._dialect.quote
        self._indent = before + self._dialect.quote
        self._blocks(node.children)
        self._next_prefix, self._indent = None, before

    def _fence(self, node: SyntaxTreeNode) -> None:
        self._code(node.content.removesuffix("\n"), node.info.strip())

    def _code(self, content: str, language: str = "") -> None:
        fence = self._dialect.fence(language, content)
        # A list's mark would stand within the code.
        if fence and self._next_prefix not in (None, self._indent):
            self._add([])
            self._border = Border.LINE
        for text in content.split("\n"):
            run = Run(text, write=self._dialect.code_text)
            line = self._made((run,) if text else ())
            if fence and self._dialect.after_code is not None:
                line = replace(line, prefix="", indent="")  # it would stand within the code
            self._lines.append(replace(line, fence=fence) if fence else line)
            self._border = Border.LINE

    def _katex_block(self, node: SyntaxTreeNode) -> None:
        self._code(node.content.removesuffix("\n"))

    def _spoiler_block(self, node: SyntaxTreeNode) -> None:
        before = len(self._lines)
        self._blocks(node.children)
        mark = self._dialect.spoiler
        if mark is not None:
            for index, line in enumerate(self._lines[before:], start=before):
                if line.fence is None:
                    runs = tuple(replace(run, marks=(mark, *run.marks)) for run in line.runs)
                    self._lines[index] = replace(line, runs=runs)

    def _hr(self, node: SyntaxTreeNode) -> None:
        self._add([Run(self._dialect.rule, whole=self._dialect.rule)])

    def _table(self, node: SyntaxTreeNode) -> None:
        rows = [row for part in node.children for row in part.children]
        if self._dialect.tables is Tables.CODE:
            cells = [[self._inline.spelled(cell) for cell in row.children] for row in rows]
            self._code("\n".join(aligned(cells)))
            return
        if self._dialect.tables is Tables.NATIVE:
            self._border = Border.PARAGRAPH  # a table that follows a line at once is none
            written = [[self._inline.cell(cell) for cell in row.children] for row in rows]
            for line in barred(written, [str(c.attrs.get("style", "")) for c in rows[0].children]):
                self._add([Run(line, whole=line)])
                self._border = Border.LINE
            return
        for row in rows:
            runs: list[Run] = []
            for cell in row.children:
                runs += self._inline.text_runs(" | ", ()) if runs else []
                runs += [run for run in self._inline.runs(cell, ()) if run is not None]
            self._add(runs)
            self._border = Border.LINE

    # -- what is within a line ------------------------------------------------------------------

    def _inline_lines(self, node: SyntaxTreeNode, marks: tuple[Mark, ...]) -> None:
        line: list[Run] = []
        for run in self._inline.runs(node, marks):
            if run is None:
                self._add(line)
                self._border = Border.LINE
                line = []
            else:
                line.append(run)
        self._add(line)

    # -- lines ----------------------------------------------------------------------------------

    def _add(self, runs: Sequence[Run]) -> None:
        self._lines.append(self._made(tuple(_merged(runs))))

    def _made(self, runs: tuple[Run, ...]) -> Line:
        prefix, indent = map(self._dialect.prefix, (self._take_prefix(), self._indent))
        return Line(runs, prefix, indent, self._border)

    def _take_prefix(self) -> str:
        prefix, self._next_prefix = self._next_prefix, None
        return self._indent if prefix is None else prefix


def _merged(runs: Sequence[Run]) -> list[Run]:
    """Join texts that stand beside each other: what `<` and `@` make together is known together."""
    merged: list[Run] = []
    for run in runs:
        last = merged[-1] if merged else None
        if (
            last is not None
            and last.whole is None
            and run.whole is None
            and (last.marks, last.write) == (run.marks, run.write)
        ):
            merged[-1] = replace(last, raw=last.raw + run.raw)
        else:
            merged.append(run)
    return merged
