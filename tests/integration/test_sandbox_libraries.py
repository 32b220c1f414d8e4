"""The libraries a script finds: underscore, underscore.string and moment, and that all are plain globals."""

from collections.abc import Callable
from importlib import resources
from typing import Any

import pytest

from engine.prelude import LIBRARIES
from engine.sandbox.outcome import RunOutcome, RunStatus
from tests.conftest import missing

Run = Callable[..., RunOutcome]

NAMES = [name for names in LIBRARIES.values() for name in names]


@pytest.fixture(autouse=True)
def libraries_are_there() -> None:
    """The wheel build brings them in."""
    if not resources.files("engine.prelude").joinpath("vendor/moment.js").is_file():
        missing("the libraries of the wheel build")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("_.map([1, 2], n => n * 2)", [2, 4]),
        ("_.template('hi <%= name %>')({name: 'you'})", "hi you"),
        ("_.chain([3, 1, 2]).sortBy().first().value()", 1),
        ("s.capitalize('abc')", "Abc"),
        ("s('  x ').trim().value()", "x"),
        ("s.truncate('hello world', 8)", "hello wo..."),
        ("moment.utc(0).format()", "1970-01-01T00:00:00Z"),
        ("moment.utc('2024-02-29').add(1, 'year').format('YYYY-MM-DD')", "2025-02-28"),
        ("moment.duration(5, 'minutes').humanize()", "5 minutes"),
        ("typeof globalThis['_'] + typeof global.moment", "functionfunction"),
        ("eval('s.isBlank(\" \")')", True),
        ("[].map.constructor('return this')()['mom' + 'ent'].utc(0).year()", 1970),
    ],
)
def test_the_libraries_work(call: Run, expression: str, expected: Any) -> None:
    """Each is there under its name, however it is reached."""
    assert call(f"return {expression}").result == expected


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("keyword", ["const", "let", "var", "class", "function"])
def test_a_script_may_declare_a_librarys_name(run: Run, keyword: str, name: str) -> None:
    """The names are common ones; a script's own come first."""
    body = {"class": "{}", "function": "() {}"}.get(keyword, "= 5")
    outcome = run(f"{keyword} {name} {body}; class Script {{ run() {{ return typeof {name} }} }}")
    assert outcome.result == ("number" if keyword in ("const", "let", "var") else "function")


@pytest.mark.parametrize("name", NAMES)
def test_a_script_may_assign_a_librarys_name(run: Run, name: str) -> None:
    """An undeclared assignment works as in sloppy mode."""
    assert run(f"{name} = 5; class Script {{ run() {{ return {name} }} }}").result == 5


def test_a_changed_library_is_whole_for_the_next_job(call: Run) -> None:
    """Jobs share no library."""
    assert call("_.map = () => 'forged'; s.trim = null; return _.map()").result == "forged"
    assert call("return _.map([1], n => n)").result == [1]


@pytest.mark.parametrize(
    "source", ["eval('(')", "new Function('(')", "\n\n  globalThis.x.y", "(0, eval)('throw 1')"]
)
def test_code_made_at_run_time_fails_like_any(run: Run, source: str) -> None:
    """An exception inside evaluated code is the script's."""
    outcome = run(f"{source}\nclass Script {{}}")
    assert outcome.status is RunStatus.LOAD_ERROR
    assert outcome.error is not None
