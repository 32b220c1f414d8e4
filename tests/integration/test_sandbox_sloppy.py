"""Scripts with sloppy class bodies: where their errors are, and that other scripts are left alone."""

from collections.abc import Callable

import pytest

from engine.sandbox.outcome import Compiled, Job, RunOutcome, RunStatus, compiled_from
from engine.sandbox.pool import Pool
from engine.sandbox.positions import source_column, source_stack

Run = Callable[..., RunOutcome]

#: What makes each of the scripts below need a sloppy class body, on a line of its own.
SLOPPY = "u = 1;"


def source_of(body: str, *, after: str = "") -> str:
    return f"class Script {{\n{body}\n}}\n{after}"


@pytest.mark.parametrize(
    ("source", "line", "column"),
    [
        (source_of(f" run() {{ {SLOPPY}\n  throw new TypeError('x');\n }}"), 3, 9),
        (source_of(f" run() {{ {SLOPPY} throw new TypeError('x'); }}"), 2, 23),
        (source_of(f" async run() {{ {SLOPPY} await null; null.x; }}"), 2, 40),
        (source_of(f" async run() {{ {SLOPPY}\n  await 1;\n  nowhere();\n }}"), 4, 3),
        (source_of(f" run() {{ {SLOPPY} return [1].map(function () {{ throw new Error('x'); }}); }}"), 2, 52),
        (source_of(f" constructor() {{ {SLOPPY} throw new Error('x'); }}"), 2, 31),
        (source_of(f" constructor() {{ {SLOPPY}\n  null.x; }}"), 3, 8),
        (source_of(f" static {{ {SLOPPY} throw new Error('x'); }}"), 2, 24),
        (source_of(" static y = (u = 1);\n  static x = null.y;"), 3, 19),
        (source_of(" y = (u = 1);\n x = nowhere;"), 3, 6),
        (source_of(" y = (u = 1);\n x = () => { null.x };\n run() { this.x(); }"), 3, 19),
        (source_of(f" static run() {{ {SLOPPY} null.x }} run() {{ Script.run(); }}"), 2, 29),
        (source_of(f" get v() {{ {SLOPPY} null.x }}\n run() {{ return this.v; }}"), 2, 24),
        (source_of(f" run() {{ {SLOPPY} helper(); }}", after="function helper() {\n   null.x; }"), 5, 9),
        (source_of(f" #p() {{ {SLOPPY} null.x; }} run() {{ this.#p(); }}"), 2, 21),
        (f"class A {{ constructor() {{ {SLOPPY} }} }}\nclass Script extends A {{\n constructor() {{ super(); this.x = null.x; }}\n}}", 3, 41),
        (f"class A {{ m() {{ {SLOPPY} }} }} class Script extends A {{ run() {{ super.m(); null.x; }} }}", 1, 77),
        (f"class A {{ m() {{ {SLOPPY} }} }}\nclass Script extends Missing {{}}", 2, 22),
        (f"class A {{ m() {{ {SLOPPY} }} }}\nclass Script extends undefined {{}}", 2, 1),
        (f"class A {{ m() {{ {SLOPPY} }} }}\nthrow new Error('x')", 2, 7),
        (f"class Script {{ m() {{ {SLOPPY} }} }} const x = class {{ static y = 1 }}; null.x", 1, 72),
    ],
)  # fmt: skip
def test_an_error_is_where_the_user_wrote_it(run: Run, source: str, line: int, column: int) -> None:
    """Line and column are the source's, whatever was added in front of them."""
    outcome = run(source)
    assert outcome.compiled is not None
    assert outcome.compiled.text is not None
    assert outcome.error is not None
    assert (outcome.error.line, outcome.error.column) == (line, column), outcome.error
    assert f"hook.js:{line}:{column}" in outcome.error.stack
    assert "prelude" not in outcome.error.stack


def test_the_place_is_the_same_natively(run: Run) -> None:
    """The columns of a rewritten script are those that V8 tells for the script as it is."""
    body = (
        "run(input) { const a = [1, 2].map((x) => x * 2); return a.length + input.missing.text; }"
    )
    plain = run(f"class Script {{ {body} }}", {})
    rewritten = run(f"class Script {{ {body} other() {{ u = 1; }} }}", {})
    assert plain.compiled == Compiled()
    assert rewritten.compiled is not None
    assert rewritten.compiled.text is not None
    assert plain.error is not None
    assert plain.error == rewritten.error


@pytest.mark.parametrize(
    "source",
    [
        "class Script { run(a) { let i; for (i = 0; i < 2; i++); return { a, i }; } }",
        "class Script { run() { const o = {}; o.x = 1; this.y = o; return this.y; } }",
        "class Script { constructor() { this.n = 0; } run() { return [1].map((x) => this.n + x); } }",
        "class Script { get v() { return 1; } static #p = 1; run() { return Script.#p + this.v; } }",
        "class Script { run() { function inner(a) { return a; } return inner(arguments.length); } }",
        "i = 0; function f() { return this; } class Script { run() { return f() === undefined; } }",
        "'use strict'; class Script { run() { try { u = 1; } catch { return 'strict'; } } }",
        "class Script { run() { 'use strict'; try { u = 1; } catch { return 'strict'; } } }",
        "class Script { run() { return hooksmith$; } }\nvar hooksmith$ = 1;",
        "var Script = function () {}; Script.prototype.run = function () { u = 1; return u; };",
        "class Script { run() { return /* i = 0; with (x) */ 'delete x; \\\\1 010'; } }",
        "let table = { x: 1 }; class Script { run() { return table.x; } }",
        "class Script { run( }",
    ],
)
def test_a_script_that_cannot_tell_runs_untouched(run: Run, source: str) -> None:
    """Nothing sloppy inside a class body, nothing rewritten."""
    outcome = run(source)
    assert outcome.compiled == Compiled()


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("for (i = 0; i < 2; i++);", "undeclared"),
        ("[a, { b }] = [1, {}];", "undeclared"),
        ("(function () { this.x; })();", "this"),
        ("[1].map(this.run);", "method value"),
        ("const { run } = this; this;", "method value"),
        ("arguments.callee;", "arguments"),
        ("'\\101';", "octal"),
        ("010;", "octal"),
        ("delete x; var x;", "delete"),
        ("with ({}) {}", "with"),
        ("var static;", "reserved word"),
        ("(function (a, a) {})();", "duplicate parameter"),
        ("if (1) { function f() {} }", "function in block"),
        ("eval('1');", "eval"),
        ("Script.call(this);", "class call"),
        ("let text = 'x'; text.y = 1;", "read-only"),
        ("Object.freeze(this).y = 1;", "read-only"),
        ("let text = text || 'x';", "early use"),
    ],
)
def test_what_needs_a_sloppy_body_is_found(run: Run, body: str, kind: str) -> None:
    """Each with its place."""
    source = f"class Script {{\n  run() {{ {body} }}\n}}"
    compiled = run(source, method=None).compiled
    assert compiled is not None
    assert compiled.text is not None
    assert kind in [one["kind"] for one in compiled.found]
    assert all(one["line"] == 2 and one["column"] >= 11 for one in compiled.found)


def test_a_compiled_script_is_not_compiled_again(run: Run, pool: Pool) -> None:
    """What is stored with a version comes back as it was, and serves every later run."""
    source = source_of(" run() {\n  u = 1; null.x;\n }")
    made = run(source, method=None).compiled
    assert made is not None
    stored = compiled_from(made.as_dict())
    assert stored == made
    outcome = pool.run(Job("owner", "hook", source, "run", compiled=stored))
    assert outcome.compiled is None
    assert outcome.error is not None
    assert (outcome.error.line, outcome.error.column) == (3, 15)
    assert compiled_from({**made.as_dict(), "format": 0}) is None
    assert compiled_from(None) is None


def test_a_kept_instance_tells_its_places_too(run: Run) -> None:
    """The second call runs what the first one compiled."""
    source = source_of(f" run() {{ {SLOPPY} throw new Error('x'); }}")
    for _ in range(2):
        outcome = run(source, keep_as="kept-sloppy")
        assert outcome.error is not None
        assert (outcome.error.line, outcome.error.column) == (2, 23)


def test_what_the_compiler_cannot_read_runs_as_it_is(run: Run) -> None:
    """Too deep for it, or too much, is no reason to fail a script."""
    deep = "[" * 3000 + "]" * 3000
    outcome = run(f"class Script {{ run() {{ u = 1; }} }} {deep}")
    assert outcome.compiled is not None
    assert outcome.status in (RunStatus.RUN_ERROR, RunStatus.OK, RunStatus.SYNTAX_ERROR)
    assert run(source_of(" run() { u = 2; return u; }")).result == 2


def test_a_long_script_is_compiled_within_the_limits(run: Run) -> None:
    """As long as a script may be, and rewritten everywhere."""
    methods = "".join(f" m{n}() {{ v{n} = this.m{n}; }}\n" for n in range(6500))
    outcome = run(source_of(f"{methods} run() {{ return 1; }}"))
    assert (outcome.status, outcome.result) == (RunStatus.OK, 1)


def test_nothing_of_ours_is_visible(run: Run) -> None:
    """The runtime of rewritten classes is in no object, and its classes look like classes."""
    source = source_of(
        " m() {}\n run() { u = 1; return [Reflect.ownKeys(global).filter((k) => /hooksmith/.test(String(k))),"
        " Reflect.ownKeys(Script.prototype), Reflect.ownKeys(this), Script.length] }"
    )
    assert run(source).result == [[], ["constructor", "m", "run"], [], 0]


def test_positions_lead_back() -> None:
    """Kept parts are shifted; what was added is at the place of what it stands for."""
    compiled = Compiled("text", {"2": [[5, 5, 0], [20, 8]]})
    columns = [source_column(compiled, 2, column) for column in (3, 5, 12, 20, 25)]
    assert columns == [3, 5, 5, 8, 13]
    assert source_column(compiled, 1, 40) == 40
    stack = "Error: at hook.js:2:25\n    at x (hook.js:2:25)\n    at other.js:2:25"
    assert source_stack(compiled, stack, "hook") == (
        "Error: at hook.js:2:13\n    at x (hook.js:2:13)\n    at other.js:2:25"
    )
