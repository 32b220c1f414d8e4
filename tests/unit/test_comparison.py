"""docs/reference/compatibility.md tells what the comparisons found."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.differential import comparison

FOLDER = Path(comparison.__file__).parent
#: Whoever imports one of these asks another system's package.
ASKING = ("tests.differential.comparison", "apprise", "discord", "google", "slack_sdk", "svix")


def test_the_page_is_current() -> None:
    """`make compatibility` would change nothing."""
    assert comparison.PAGE.read_text(encoding="utf-8") == comparison.page(), (
        "run `make compatibility`"
    )


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Return the test modules of the comparisons, by name."""
    for file in sorted(FOLDER.rglob("test_*.py")):
        yield str(file.relative_to(FOLDER)), ast.parse(file.read_text(encoding="utf-8"))


def reported(module: ast.Module) -> list[str]:
    """Return the names under which a module reports; each stands there as it is."""
    names: list[str] = []
    for node in ast.walk(module):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        called = node.func.id if isinstance(node.func, ast.Name) else called
        if called == "report":
            name = node.args[0]
            assert isinstance(name, ast.Constant), "a report's name is written out"
            names.append(str(name.value))
    return names


def test_every_comparison_has_one_result_and_every_result_a_comparison() -> None:
    """No file is left of a test that went, and none is missing of one that came."""
    names = Counter(name for _, module in modules() for name in reported(module))
    assert set(names) == {file.stem for file in comparison.RESULTS.glob("*")}
    assert set(names.values()) == {1}


@pytest.mark.parametrize(("name", "module"), list(modules()), ids=[name for name, _ in modules()])
def test_whoever_asks_a_package_reports(name: str, module: ast.Module) -> None:
    """A comparison without figures would be on no page."""
    imported = [
        node.module or "" if isinstance(node, ast.ImportFrom) else node.names[0].name
        for node in ast.walk(module)
        if isinstance(node, ast.ImportFrom | ast.Import)
    ]
    asks = [one for one in imported if one.startswith(ASKING)]
    assert bool(asks) == bool(reported(module)), f"{name} imports {asks}"


def test_every_result_belongs_to_a_system_of_the_page() -> None:
    """Each has inputs, a reason for each difference, and a package that is known."""
    for name, result in comparison.results().items():
        assert comparison.system_of(result) in comparison.SYSTEMS, name
        assert result["total"] > 0, name
        for one in result["differences"]:
            assert one["count"] > 0, (name, one)
            assert len(one["why"]) > 10, (name, one)
