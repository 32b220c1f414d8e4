"""What a script writes to its console, as the logs page shows it."""

from collections.abc import Callable

import pytest

from engine.sandbox.outcome import Job, RunLimits, RunOutcome, RunStatus
from engine.sandbox.pool import Pool

Call = Callable[..., RunOutcome]


def texts(outcome: RunOutcome) -> list[str]:
    assert outcome.status is RunStatus.OK, outcome.error
    return [line["text"] for line in outcome.console]


@pytest.mark.parametrize("level", ["log", "info", "warn", "error", "debug"])
def test_a_line_has_its_level(call: Call, level: str) -> None:
    """Each console method writes at its own level."""
    outcome = call(f"console.{level}('x', 1)")
    assert [(line["level"], line["text"]) for line in outcome.console] == [(level, "x 1")]


def test_lines_have_times_that_count_from_the_start(call: Call) -> None:
    """`at` is in milliseconds and never runs backwards."""
    outcome = call(
        "console.log(1); return new Promise(r => setTimeout(() => { console.log(2); r() }, 30))"
    )
    first, second = (line["at"] for line in outcome.console)
    assert first >= 0
    assert second - first >= 25


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("'a', 'b'", "a b"),
        ("", ""),
        ("null, undefined, true, -0, 1.5", "null undefined true -0 1.5"),
        ("10n, Symbol('q')", "10n Symbol(q)"),
        ("{a: {b: [1, 'x', {}]}, 'odd key': 1}", '{ a: { b: [ 1, "x", {} ] }, "odd key": 1 }'),
        ("[, 1]", "[ <empty>, 1 ]"),
        ("[]", "[]"),
        ("{a: {a: {a: {a: {a: {a: 1}}}}}, b: 1}", "{ a: { a: { a: { a: { a: [Object] } } } }, b: 1 }"),
        ("new Map([[{a: 1}, new Set([1, 'x'])]])", 'Map(1) { { a: 1 } => Set(2) { 1, "x" } }'),
        ("new Set()", "Set(0) {}"),
        ("new Date(0), new Date(NaN)", "1970-01-01T00:00:00.000Z Invalid Date"),
        ("/x+/gi", "/x+/gi"),
        ("[new TypeError('boo')]", "[ [TypeError: boo] ]"),
        ("new (class Point { x = 1 })", "Point { x: 1 }"),
        ("Object.create(null)", "[Object: null prototype] {}"),
        ("{get a() { throw 1 }, set b(v) {}}", "{ a: [Getter], b: [Setter] }"),
        ("new Proxy({a: 1}, {})", "{ a: 1 }"),
        ("new Proxy({}, {ownKeys() { throw 1 }})", "[cannot be shown]"),
        ("new Proxy({}, {getPrototypeOf() { throw 1 }})", "[cannot be shown]"),
        ("() => 1, function named() {}, class A {}", "[Function (anonymous)] [Function: named] [class: A]"),
        ("Promise.resolve(1)", "Promise {}"),
        ("Object('x'), Object(1), Object(true)", '[String: "x"] [Number: 1] [Boolean: true]'),
        ("{[Symbol.toStringTag]: 'Map', a: 1}, {[Symbol.toStringTag]: 'Date', a: 1}", "{ a: 1 } { a: 1 }"),
        ("'\\ud800', ['\\ud800']", '\ufffd [ "\ufffd" ]'),
        ("'%s is %d, %i, %j and %o%%', 'x', 1.5, 1.5, {a: 1}, {b: 1}, 'more'", 'x is 1.5, 1, {"a":1} and { b: 1 }% more'),
        ("'100%', '%s'", "100% %s"),
    ],
)  # fmt: skip
def test_values_are_readable(call: Call, expression: str, text: str) -> None:
    """Everything is shown as text, without calling the script's getters."""
    assert texts(call(f"console.log({expression})")) == [text]


def test_cycles_are_named_and_repetitions_are_not_cycles(call: Call) -> None:
    """Only an object inside itself is circular."""
    assert texts(
        call("const a = {}; a.self = a; const b = {n: 1}; console.log(a, [b, b], new Map([[a, a]]))")
    ) == [
        "{ self: [Circular] } [ { n: 1 }, { n: 1 } ] Map(1) { { self: [Circular] } => { self: [Circular] } }"
    ]  # fmt: skip


def test_an_error_is_shown_with_its_place(call: Call) -> None:
    """A logged error brings its stack, without the frames that are ours."""
    (text,) = texts(call("console.error(new RangeError('boo'))"))
    assert text.startswith("RangeError: boo\n    at Script.run (hook.js:1:")
    assert "prelude" not in text


def test_an_error_with_a_long_message_keeps_its_frames(call: Call) -> None:
    """Cutting starts with the message."""
    (text,) = texts(call("console.error(new Error('x'.repeat(20000)))"))
    assert text.startswith("Error: xxx")
    assert "hook.js:1:" in text


def test_long_values_are_cut_and_still_shown(call: Call) -> None:
    """A value too long for a line shows its beginning."""
    string, members, items, big = texts(
        call(
            "console.log('x'.repeat(20000)); console.log({a: 'y'.repeat(9000), b: 'z'.repeat(9000)});"
            "console.log(Array.from({length: 1000}, (x, id) => ({id, list: [1, 2, 3]})));"
            "console.log(10n ** 20000n)",
            console_bytes=1 << 20,
        )
    )
    assert string == "x" * 16384 + "…"
    assert members.startswith('{ a: "yyy')
    assert 'b: "zzz' in members
    assert items.startswith("[ { id: 0, list: [ 1, 2, 3 ] }, { id: 1,")
    assert items.endswith(", … 900 more items ]")
    assert len(big) == 16385


def test_a_nested_value_of_ordinary_size_is_shown_whole(call: Call) -> None:
    """What counts is what is written, once, however deep it stands."""
    argument = {"a": {"b": {"c": [{"text": "x" * 100, "n": n} for n in range(90)]}}}
    (text,) = texts(call("console.log(arg)", argument))
    assert "n: 89" in text
    assert "…" not in text


def test_lines_over_the_limit_are_counted(call: Call) -> None:
    """The last line says how many were left out."""
    outcome = call("for (let i = 0; i < 50; i++) console.log(i)", console_lines=10)
    assert texts(outcome)[:10] == [str(n) for n in range(10)]
    assert outcome.console[10]["level"] == "warn"
    assert "40 more lines" in outcome.console[10]["text"]


def test_characters_over_the_limit_are_cut(call: Call) -> None:
    """The line that passes the limit is cut, those after it are counted."""
    outcome = call("for (let i = 0; i < 5; i++) console.log('x'.repeat(60))", console_bytes=100)
    assert texts(outcome)[:2] == ["x" * 60, "x" * 40 + "…"]
    assert "3 more lines" in outcome.console[-1]["text"]


def test_no_line_at_all_can_be_allowed(call: Call) -> None:
    """With nothing kept, the count is still told."""
    assert texts(call("console.log(1)", console_lines=0)) == ["… 1 lines were not kept"]


def test_the_rest_of_the_console_works(call: Call) -> None:
    """assert, count, group, table, dir, time and trace exist and do the expected."""
    body = (
        "console.assert(1, 'no'); console.assert(0, 'yes'); console.count(); console.count();"
        "console.group('g'); console.log('in'); console.groupEnd(); console.groupEnd(); console.dir({a: 1});"
        "console.table([1]); console.time('t'); console.timeEnd('t'); console.timeEnd('t'); console.trace('tr')"
    )
    shown = texts(call(body))
    assert shown[:6] == [
        "Assertion failed: yes",
        "default: 1",
        "default: 2",
        "g",
        "  in",
        "{ a: 1 }",
    ]
    assert shown[6] == "[ 1 ]"
    assert shown[7].startswith("t: ")
    assert shown[8:] == ["tr"]


@pytest.mark.parametrize(
    "source",
    [
        "console.log('before'); class Script { constructor() { throw new Error('x') } }",
        "console.log('before'); throw new Error('x')",
        "console.log('before'); class Script { run() { throw new Error('x') } }",
        "console.log('before'); class Script { run() { return 1n } }",
        "console.log('before'); class Script {}",
        "console.log('before')",
        "class Script { run() { console.log('before'); return new Promise(() => {}) } }",
    ],
)
def test_lines_of_a_failed_run_are_kept(run: Call, source: str) -> None:
    """What was logged before a failure is what explains it."""
    outcome = run(source)
    assert outcome.status is not RunStatus.OK
    assert [line["text"] for line in outcome.console] == ["before"]


def test_lines_of_a_checked_script_are_kept(run: Call) -> None:
    """Loading without calling has a console too."""
    assert texts(run("console.log('loaded'); class Script {}", method=None)) == ["loaded"]


LIMITS = RunLimits(cpu_s=0.3, wall_s=20)


@pytest.mark.parametrize(
    ("ends", "status", "limits"),
    [
        ("for (;;);", RunStatus.CPU_LIMIT, LIMITS),
        ("await new Promise((done) => setTimeout(done, 60000))", RunStatus.WALL_LIMIT,
         RunLimits(wall_s=0.5)),
        ("'y'.repeat(1 << 28).split('')", RunStatus.MEMORY_LIMIT, RunLimits(20, 60)),
        ("for (const all = []; ;) all.push({ all })", RunStatus.MEMORY_LIMIT, RunLimits(20, 60)),
        ("for (let n = 0; n < 3000; n += 1) fetch('http://x/'); await fetch('http://x/')",
         RunStatus.CRASHED, RunLimits()),
    ],
    ids=["cpu", "wall", "abort", "heap", "crash"],
)  # fmt: skip
def test_lines_outlive_the_process_that_wrote_them(
    pool: Pool, ends: str, status: RunStatus, limits: RunLimits
) -> None:
    """Whatever limit ends a run, what it had said by then is there, as it was said."""
    body = f"""console.log('first', {{a: 1}}); console.error('"]}}\\n\\0 für 😀'); {ends}"""
    source = f"class Script {{ async run() {{ {body} }} }}"
    outcome = pool.run(Job("talks and dies", "hook", source, "run", limits=limits))
    assert outcome.status is status
    told = [(line["level"], line["text"]) for line in outcome.console]
    assert told == [("log", "first { a: 1 }"), ("error", '"]}\n\0 für 😀')]
    assert all(0 <= line["at"] < 60000 for line in outcome.console)


def test_lines_of_a_run_that_was_ended_are_bounded_as_ever(pool: Pool) -> None:
    """So many, so long together, and how many there would have been more."""
    for body, count, chars, last in (
        ("for (let n = 0; n < 600; n += 1) console.log('line', n)", 501, 6000, "… 100 more lines"),
        ("for (let n = 0; n < 9; n += 1) console.log('x'.repeat(10000))", 8, 66000, "… 2 more"),
        ("for (let n = 0; n < 9; n += 1) console.log('\\0'.repeat(60000))", 2, 17000, "… 8 more"),
    ):
        source = f"class Script {{ run() {{ {body}; for (;;); }} }}"
        outcome = pool.run(Job("talks a lot", "hook", source, "run", limits=LIMITS))
        assert outcome.status is RunStatus.CPU_LIMIT
        assert len(outcome.console) == count
        assert sum(len(line["text"]) for line in outcome.console) < chars
        assert outcome.console[-1]["text"].startswith(last)


@pytest.mark.parametrize("kept", [None, "talks"])
def test_a_run_that_is_ended_has_no_lines_of_others(
    make_pool: Callable[..., Pool], kept: str | None
) -> None:
    """Although they stood in the same memory."""
    pool = make_pool(workers=1, spares=0)
    talks = "class Script { run() { console.log('of somebody else') } }"
    assert len(pool.run(Job("a", "hook", talks, "run", keep_as=kept)).console) == 1
    silent = Job("b", "hook", "for (;;);", "run", limits=LIMITS)
    assert (pool.run(silent).status, pool.run(silent).console) == (RunStatus.CPU_LIMIT, [])
