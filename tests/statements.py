"""
The list of what is checked of the documents that Hooksmith started from: docs/statements.md, and README's table.

Both are made of the tests in tests/acceptance/seeds: a module's docstring names the document and what
of it cannot be checked, a test's docstring is one statement.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
LISTING = ROOT / "docs" / "statements.md"
README = ROOT / "README.md"
_SEEDS = ROOT / "tests" / "acceptance" / "seeds"
_HEAD = """# What the documents say, and the tests that show it

Written by `make statements` from [tests/acceptance/seeds](../tests/acceptance/seeds); each line is a
test, which runs against a started server over a real socket.
"""
_TABLE = re.compile(r"(?s)(<!-- statements -->\n).*?(<!-- /statements -->)")


@dataclass(frozen=True, slots=True)
class Statement:
    text: str
    test: str


@dataclass(frozen=True, slots=True)
class Document:
    """One of the documents: what it is, what of it cannot be checked, and what is."""

    title: str
    beside: str
    path: str
    statements: list[Statement]


def documents() -> list[Document]:
    """Return the documents in the order of their numbers."""
    return [_read(path) for path in sorted(_SEEDS.glob("test_seed_*.py"))]


def listing() -> str:
    """Return docs/statements.md as it ought to be."""
    return _HEAD + "".join(_section(one) for one in documents())


def with_table(readme: str) -> str:
    """Return the README with its table as it ought to be."""
    rows = "".join(
        f"| {one.title} | ✓ {len(one.statements)} | [{Path(one.path).name}]({one.path}) |\n"
        for one in documents()
    )
    table = f"| Document | Statements | Tests |\n|---|---|---|\n{rows}"
    return _TABLE.sub(lambda found: found[1] + table + found[2], readme)


def _section(document: Document) -> str:
    lines = "".join(f"- [x] {one.text} `{one.test}`\n" for one in document.statements)
    beside = f"\n{document.beside}\n" if document.beside else ""
    return f"\n## {document.title}\n\n[{document.path}](../{document.path})\n{beside}\n{lines}"


def _read(path: Path) -> Document:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    title, _, beside = (ast.get_docstring(tree) or path.stem).partition("\n")
    return Document(
        title.rstrip("."),
        beside.strip(),
        path.relative_to(ROOT).as_posix(),
        list(_statements(tree)),
    )


def _statements(tree: ast.Module) -> Iterator[Statement]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            said = " ".join((ast.get_docstring(node) or "").split())
            yield Statement(said, node.name)


if __name__ == "__main__":
    LISTING.write_text(listing(), encoding="utf-8")
    README.write_text(with_table(README.read_text(encoding="utf-8")), encoding="utf-8")
