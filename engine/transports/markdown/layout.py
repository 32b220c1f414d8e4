"""A text that was read -> lines in a dialect, and what a transport adds around them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from markdown_it.tree import SyntaxTreeNode

from engine.markup import parse
from engine.transports.markdown.dialects import Dialect, Tables
from engine.transports.markdown.lines import Border, Line, Mark, Run, write_runs
from engine.transports.markdown.splitting import pack
from engine.transports.markdown.tables import aligned, barred

#: Inline nodes that mark what is within.
_MARKING = ("em", "strong", "s", "spoiler")
#: Inline nodes that are text.
_TEXTS = ("text", "emoji", "color")


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
        """Add a text in Rocket.Chat's Markdown."""
        if not text.strip():
            return
        self._begin(border)
        self._source = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        tokens = parse(text)
        if tokens is None:
            for line in self._source:
                self._add(self._text_runs(line, ()))
                self._border = Border.LINE
        else:
            self._blocks(SyntaxTreeNode(tokens).children)

    def line(self, *spans: Span | str, border: Border = Border.BLOCK) -> None:
        """Add a line; plain texts and spans follow each other."""
        runs: list[Run] = []
        for span in spans:
            piece = Span(span) if isinstance(span, str) else span
            text = " ".join(piece.text.splitlines())
            marks = self._with((), self._dialect.bold if piece.bold else None)
            if piece.url:
                runs.append(self._link_run(text or piece.url, piece.url, marks))
            else:
                runs += self._text_runs(text, marks)
        if any(run.raw.strip() for run in runs):
            self._begin(border)
            self._add(runs)

    def labelled(self, label: str, text: str) -> None:
        """Add a bold label and a text in Markdown: beside it, or below when it has several lines."""
        before = len(self._lines)
        self.markdown(text, border=Border.BLOCK)
        first = self._lines[before] if len(self._lines) > before else None
        bold = Run(label, self._with((), self._dialect.bold), self._dialect.text)
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
            self._inline_lines(node, self._with((), self._dialect.bold))

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
            raw = [["".join(run.raw for run in runs) for runs in self._cells(row)] for row in rows]
            self._code("\n".join(aligned(raw)))
            return
        if self._dialect.tables is Tables.NATIVE:
            self._border = Border.PARAGRAPH  # a table that follows a line at once is none
            written = [[write_runs(tuple(runs)) for runs in self._cells(row)] for row in rows]
            for line in barred(written, [str(c.attrs.get("style", "")) for c in rows[0].children]):
                self._add([Run(line, whole=line)])
                self._border = Border.LINE
            return
        for row in rows:
            first, *others = self._cells(row)
            between = Run(" | ", write=self._dialect.text)
            self._add([*first, *(run for runs in others for run in (between, *runs))])
            self._border = Border.LINE

    # -- what is within a line ------------------------------------------------------------------

    def _inline_lines(self, node: SyntaxTreeNode, marks: tuple[Mark, ...]) -> None:
        line: list[Run] = []
        for run in self._runs(node, marks):
            if run is None:
                self._add(line)
                self._border = Border.LINE
                line = []
            else:
                line.append(run)
        self._add(line)

    def _runs(self, node: SyntaxTreeNode, marks: tuple[Mark, ...]) -> list[Run | None]:
        """Return the runs below a node; None is a line end."""
        found: list[Run | None] = []
        for child in node.children:
            if child.type in ("softbreak", "hardbreak"):
                found.append(None)
            elif child.type in _MARKING:
                found += self._runs(child, self._with(marks, self._mark(child)))
            elif child.type == "code_inline":
                found.append(self._code_run(child.content, marks))
            elif child.type == "link":
                found += self._link_runs(child, marks)
            elif child.type == "time":
                found.append(self._time_run(child, marks))
            elif child.type == "katex":
                found.append(self._code_run(child.content, marks))
            elif child.type == "image":
                found.append(self._image_run(child, marks))
            elif child.type == "name":
                found += self._name_runs(child.content, marks)
            elif child.type in _TEXTS:
                found += self._text_runs(child.content, marks)
            else:
                found += self._runs(child, marks)
        return found

    def _mark(self, node: SyntaxTreeNode) -> Mark | None:
        return {
            "strong": self._dialect.bold,
            "em": self._dialect.italic,
            "s": self._dialect.strike,
            "spoiler": self._dialect.spoiler,
        }[node.type]

    def _name_runs(self, name: str, marks: tuple[Mark, ...]) -> list[Run]:
        named = self._dialect.name(name)
        # One that calls nobody is text, and has to be seen with what is around it.
        is_text = named == self._dialect.text(name)
        return [Run(name, marks, self._dialect.text, None if is_text else named)]

    def _text_runs(self, text: str, marks: tuple[Mark, ...]) -> list[Run]:
        return [Run(text, marks, self._dialect.text)] if text else []

    def _code_run(self, text: str, marks: tuple[Mark, ...]) -> Run:
        mark = self._dialect.code_mark(text)
        if mark is None:
            return Run(text, marks, self._dialect.text)
        return Run(text, (*marks, mark), self._dialect.code_text)

    def _link_runs(self, node: SyntaxTreeNode, marks: tuple[Mark, ...]) -> list[Run]:
        label, url = self._plain(node), str(node.attrs.get("href", ""))
        if url != label and url.partition(":")[2].removeprefix("//") == label:
            # A name, a mail address or a phone number that was written as text.
            return self._text_runs(label, marks)
        if url.startswith("tel:"):
            digits = url.removeprefix("tel:")
            known = "".join(char for char in label if char.isdigit()) == digits.strip("+")
            return self._text_runs(label if known else f"{label} ({digits})", marks)
        return [self._link_run(label or url, url, marks)]

    def _time_run(self, node: SyntaxTreeNode, marks: tuple[Mark, ...]) -> Run:
        written = self._dialect.time(node.content, int(node.meta["moment"].timestamp()), node.info)
        return Run(node.content, marks, self._dialect.text, written)

    def _link_run(self, label: str, url: str, marks: tuple[Mark, ...]) -> Run:
        raw = label if label == url else f"{label} ({url})"
        return Run(raw, marks, self._dialect.text, self._dialect.link(label, url))

    def _image_run(self, node: SyntaxTreeNode, marks: tuple[Mark, ...]) -> Run:
        label = "".join(self._plain(child) for child in node.children)
        url = str(node.attrs.get("src", ""))
        raw = f"{label} ({url})" if label else url
        return Run(raw, marks, self._dialect.text, self._dialect.image(label, url))

    def _plain(self, node: SyntaxTreeNode) -> str:
        """Return what people read of a node."""
        if node.type in ("softbreak", "hardbreak"):
            return " "
        if node.type in (*_TEXTS, "code_inline", "name", "time", "katex"):
            return node.content
        words = "".join(self._plain(child) for child in node.children)
        return words or (str(node.attrs.get("src", "")) if node.type == "image" else "")

    def _cells(self, row: SyntaxTreeNode) -> list[list[Run]]:
        """Return what a row's cells hold; a link's raw text says where it leads."""
        return [
            [run for inline in cell.children for run in self._runs(inline, ()) if run is not None]
            for cell in row.children
        ]

    @staticmethod
    def _with(marks: tuple[Mark, ...], mark: Mark | None) -> tuple[Mark, ...]:
        return marks if mark is None or mark in marks else (*marks, mark)

    # -- lines ----------------------------------------------------------------------------------

    def _add(self, runs: Sequence[Run]) -> None:
        self._lines.append(self._made(tuple(_merged(runs))))

    def _made(self, runs: tuple[Run, ...]) -> Line:
        return Line(runs, self._take_prefix(), self._indent, self._border)

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
