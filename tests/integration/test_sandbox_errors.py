"""Why a script failed, in terms of its own text."""

from collections.abc import Callable

import pytest

from engine.sandbox.outcome import RunOutcome, RunStatus, ScriptFailure
from engine.sandbox.pool import Pool

Run = Callable[..., RunOutcome]


def failure(outcome: RunOutcome) -> ScriptFailure:
    assert outcome.error is not None
    return outcome.error


@pytest.mark.parametrize(
    ("source", "status", "name", "line", "column"),
    [
        ("class Script {\n run() {\n  throw new TypeError('x');\n }\n}", "run-error", "TypeError", 3, 9),
        ("class Script {\n run() { deep(); }\n}\nfunction deep() {\n  null.x;\n}", "run-error", "TypeError", 5, 8),
        ("class Script {\n async run() {\n  await 1;\n  nowhere();\n }\n}", "run-error", "ReferenceError", 4, 3),
        ("class Script {\n run() {\n  return new Promise((a, no) => setTimeout(() => no(new Error('x'))));\n }\n}", "run-error", "Error", 3, 53),
        ("class Script {\n run() {\n  return [1].map(() => { throw new Error('x'); });\n }\n}", "run-error", "Error", 3, 32),
        ("class Script {\n run() {\n  return JSON.parse('{');\n }\n}", "run-error", "SyntaxError", 3, 15),
        ("class Script {\n constructor() {\n  throw new Error('x');\n }\n}", "load-error", "Error", 3, 9),
        ("class Script {\n x = nowhere;\n}", "load-error", "ReferenceError", 2, 6),
        ("\n  throw new RangeError('x')", "load-error", "RangeError", 2, 9),
        ("class Script extends Missing {}", "load-error", "ReferenceError", 1, 22),
        ("\n\nJSON.parse('{')", "load-error", "SyntaxError", 3, 6),
        ("Object.defineProperty(this, 'Script', {\nget() { throw new Error('x'); }})", "load-error", "Error", 2, 15),
    ],
)  # fmt: skip
def test_an_error_has_its_line_and_column(
    run: Run, source: str, status: str, name: str, line: int, column: int
) -> None:
    """The place is the first frame in the script's own text."""
    outcome = run(source)
    error = failure(outcome)
    assert (outcome.status, error.name) == (status, name)
    assert (error.line, error.column) == (line, column)
    assert "prelude" not in error.stack


@pytest.mark.parametrize(
    ("source", "line", "column", "message"),
    [
        ("class Script {\n run( { }\n}", 3, 1, "Unexpected token '}'"),
        ("class Script {", 1, 15, "Unexpected end of input"),
        ("class Script { run() {} }}", 1, 26, "Unexpected token '}'"),
        ("let a = 1;\nlet a = 2;", 2, 5, "'a' has already been declared"),
        ("\nreturn 1", 2, 1, "Illegal return"),
        ("await 1", 1, 1, "await is only valid"),
        ("import x from 'y'", 1, 1, "import statement outside a module"),
        ("const a;", 1, 7, "Missing initializer"),
        ("'never closed", 1, 1, "Invalid or unexpected token"),
        ("`never closed", 1, 14, "Unexpected end of input"),
        ("1\n/* never closed", 2, 1, "Invalid or unexpected token"),
        ("const r = /(/;", 1, 11, "Unterminated group"),
        ("a\n;0b2", 2, 2, "Invalid or unexpected token"),
        ("☃", 1, 1, "Invalid or unexpected token"),
    ],
)
def test_a_syntax_error_has_its_line_and_column(
    run: Run, source: str, line: int, column: int, message: str
) -> None:
    """The place is in the user's text, never in what is added to it."""
    outcome = run(source)
    error = failure(outcome)
    assert (outcome.status, error.name) == (RunStatus.SYNTAX_ERROR, "SyntaxError")
    assert message in error.message
    assert (error.line, error.column) == (line, column)


@pytest.mark.parametrize(
    ("source", "method", "status"),
    [
        ("", "run", RunStatus.NO_SCRIPT),
        ("const Script = 5", "run", RunStatus.NO_SCRIPT),
        ("var Script", "run", RunStatus.NO_SCRIPT),
        ("class Script {}", "run", RunStatus.NO_METHOD),
        ("class Script { run = 5 }", "run", RunStatus.NO_METHOD),
        ("class Script {}", None, RunStatus.OK),
        ("var Script = class { run() {} }", "run", RunStatus.OK),
        ("globe = 1; Script = function () {}; Script.prototype.run = () => 1", "run", RunStatus.OK),
        ("'use strict'; class Script { run() {} }", "run", RunStatus.OK),
        ("class Script { run() {} } // the end", "run", RunStatus.OK),
        ("class Script { run() {} }; 10n", "run", RunStatus.OK),
        ("class Script { run() {} }; Symbol('x')", "run", RunStatus.OK),
    ],
)
def test_script_and_method_are_looked_for(
    run: Run, source: str, method: str | None, status: RunStatus
) -> None:
    """Whatever `Script` is by the end of the text is what is instantiated."""
    assert run(source, method=method).status is status


@pytest.mark.parametrize(
    ("thrown", "name", "message"),
    [
        ("'text'", "Thrown", "a string was thrown, not an Error: text"),
        ("5", "Thrown", "a number was thrown, not an Error: 5"),
        ("null", "Thrown", "null was thrown, not an Error"),
        ("undefined", "Thrown", "undefined was thrown, not an Error"),
        ("Symbol('x')", "Thrown", "a symbol was thrown, not an Error: Symbol(x)"),
        ("10n", "Thrown", "a bigint was thrown, not an Error: 10n"),
        ("{code: 5}", "Thrown", "an object was thrown, not an Error: { code: 5 }"),
        ("new Proxy({}, {getPrototypeOf() { throw 1 }})", "Thrown", "an object was thrown, not an Error: [cannot be shown]"),
        ("new Proxy({}, {get() { throw 1 }})", "Thrown", "an object was thrown, not an Error: [cannot be shown]"),
        ("Object.assign(new Error('x'), {name: 'Mine'})", "Mine", "x"),
        ("Object.defineProperty(new Error('x'), 'name', {get() { throw 1 }})", "Error", "x"),
        ("Object.defineProperty(new Error('x'), 'message', {get() { throw 1 }})", "Error", ""),
        ("Object.defineProperty(new Error('x'), 'message', {value: {}})", "Error", ""),
        ("Object.defineProperty(new Error('x'), 'stack', {get() { throw 1 }})", "Error", "x"),
        ("Object.defineProperty(new Error('x'), 'stack', {value: 5})", "Error", "x"),
        ("new Error('\\ud800')", "Error", "\ufffd"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("keyword", ["", "async "])
def test_whatever_is_thrown_is_described(
    run: Run, keyword: str, thrown: str, name: str, message: str
) -> None:
    """Hostile members of what was thrown do no harm."""
    outcome = run(f"class Script {{ {keyword}run() {{ throw {thrown} }} }}")
    error = failure(outcome)
    assert (outcome.status, error.name, error.message) == (RunStatus.RUN_ERROR, name, message)


@pytest.mark.parametrize("thrown", ["'text'", "null", "Symbol('x')", "{a: 1}", "10n"])
def test_what_is_thrown_at_the_top_level_is_described(run: Run, thrown: str) -> None:
    """The top level may throw anything too."""
    outcome = run(f"\nthrow {thrown}")
    assert outcome.status is RunStatus.LOAD_ERROR
    assert failure(outcome).line == 2
    assert "was thrown, not an Error" in failure(outcome).message


@pytest.mark.parametrize("where", ["throw e", "class Script { constructor() { throw e } }", "class Script { run() { throw e } }"])  # fmt: skip
def test_a_huge_message_is_cut_and_still_located(run: Run, where: str) -> None:
    """An error as large as the heap allows costs neither the line nor a worker."""
    outcome = run(f"const e = new Error('x'.repeat(5e6));\n{where}")
    error = failure(outcome)
    assert outcome.status in (RunStatus.LOAD_ERROR, RunStatus.RUN_ERROR)
    assert error.line in (1, 2)
    assert 1000 < len(error.message) < 5000


@pytest.mark.parametrize(
    "name",
    ["a b", "Größe ☃", "two\nlines", "it's \"quoted\" `${x}`", "*/ throw 1 //", "a.js", "hooksmith-prelude", ""],
)  # fmt: skip
def test_any_script_name_gives_a_place(run: Run, name: str) -> None:
    """Names are the user's; lines are found under each."""
    outcome = run("class Script {\n run() { throw new Error('x') } }", name=name)
    assert failure(outcome).line == 2


@pytest.mark.parametrize("comment", ["//# sourceURL=other.js", "//@ sourceURL=other.js\n", "//# sourceMappingURL=x"])  # fmt: skip
def test_a_scripts_own_source_url_changes_nothing(run: Run, comment: str) -> None:
    """The script is known by the name its integration has."""
    outcome = run(f"class Script {{\n run() {{ throw new Error('x') }} }}\n{comment}")
    assert failure(outcome).line == 2


def test_lone_surrogates_in_a_source_do_no_harm(run: Run, pool: Pool) -> None:
    """V8 takes no such text; the script runs with them replaced."""
    assert run("class Script { run() { return 'a\ud800b' } }").result == "a?b"


def test_endless_recursion_is_an_error_of_the_script(run: Run) -> None:
    """The stack's end is told like any other exception."""
    outcome = run("class Script { run() { return this.run() } }")
    assert (outcome.status, failure(outcome).name) == (RunStatus.RUN_ERROR, "RangeError")


def test_check_loads_and_calls_nothing(pool: Pool) -> None:
    """A script is judged at save without running its method."""
    good = pool.check("class Script { run() { throw 1 } }", "mine")
    bad = pool.check("class Script {\n run( }", "mine")
    assert good.status is RunStatus.OK
    assert (bad.status, failure(bad).line) == (RunStatus.SYNTAX_ERROR, 2)
