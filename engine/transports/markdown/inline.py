"""What is within a line: nodes that were read -> runs of text as a dialect writes them."""

from __future__ import annotations

from markdown_it.tree import SyntaxTreeNode

from engine.blanks import is_blank
from engine.transports.markdown.dialects import Dialect
from engine.transports.markdown.lines import Mark, Run, write_runs

#: Nodes that mark what is within.
_MARKING = ("em", "strong", "s", "spoiler")
#: Nodes that are text.
_TEXTS = ("text", "emoji", "color")


class Inline:
    """Writes what stands within lines."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect

    def runs(self, node: SyntaxTreeNode, marks: tuple[Mark, ...]) -> list[Run | None]:
        """Return the runs below a node; None is a line end."""
        found: list[Run | None] = []
        for child in node.children:
            if child.type in ("softbreak", "hardbreak"):
                found.append(None)
            elif child.type in _MARKING:
                found += self.runs(child, with_mark(marks, self._mark(child)))
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
                found += self.text_runs(child.content, marks)
            else:
                found += self.runs(child, marks)
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

    def text_runs(self, text: str, marks: tuple[Mark, ...]) -> list[Run]:
        """Return a text as runs, none when it is empty."""
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
            return self.text_runs(label, marks)
        if url.startswith("tel:"):
            digits = url.removeprefix("tel:")
            known = "".join(char for char in label if char.isdigit()) == digits.strip("+")
            return self.text_runs(label if known else f"{label} ({digits})", marks)
        runs = [self.link_run(url if is_blank(label) else label, url, marks)]
        for picture in _pictures_in(node):
            # The link is around it, and has no place for its address.
            runs += [Run(" ", marks), self._image_run(picture, marks)]
        return runs

    def _time_run(self, node: SyntaxTreeNode, marks: tuple[Mark, ...]) -> Run:
        written = self._dialect.time(node.content, int(node.meta["moment"].timestamp()), node.info)
        return Run(node.content, marks, self._dialect.text, written)

    def link_run(self, label: str, url: str, marks: tuple[Mark, ...]) -> Run:
        """Return a link; the label is plain text."""
        raw = label if label == url else f"{label} ({url})"
        return Run(raw, marks, self._dialect.text, self._dialect.link(label, url))

    def _image_run(self, node: SyntaxTreeNode, marks: tuple[Mark, ...]) -> Run:
        label = "".join(self._plain(child) for child in node.children)
        label, url = "" if is_blank(label) else label, str(node.attrs.get("src", ""))
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

    def spelled(self, node: SyntaxTreeNode) -> str:
        """Return what people read of a node, and the addresses behind it."""
        if node.type == "link":
            return "".join(run.raw for run in self._link_runs(node, ()))
        if node.type == "image":
            return self._image_run(node, ()).raw
        if not node.children:
            return self._plain(node)
        return "".join(self.spelled(child) for child in node.children)

    def cell(self, node: SyntaxTreeNode) -> str:
        """Return what stands in a cell of a table."""
        runs = [run for child in node.children for run in self.runs(child, ()) if run is not None]
        return write_runs(tuple(runs))


def with_mark(marks: tuple[Mark, ...], mark: Mark | None) -> tuple[Mark, ...]:
    """Return marks with one more, unless there is none or it is among them."""
    return marks if mark is None or mark in marks else (*marks, mark)


def _pictures_in(node: SyntaxTreeNode) -> list[SyntaxTreeNode]:
    found = [child for child in node.children if child.type == "image"]
    return found + [one for child in node.children for one in _pictures_in(child)]
