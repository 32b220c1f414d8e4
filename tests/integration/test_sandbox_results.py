"""What a script returns, as it arrives outside."""

from collections.abc import Callable
from typing import Any

import pytest

from engine.sandbox.outcome import RunOutcome, RunStatus

Call = Callable[..., RunOutcome]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("{content: {text: 'hi', n: [1, 2.5, true, null]}}", {"content": {"text": "hi", "n": [1, 2.5, True, None]}}),
        ("'text'", "text"),
        ("17", 17),
        ("false", False),
        ("null", None),
        ("undefined", None),
        ("() => 1", None),
        ("Symbol('x')", None),
        ("NaN", None),
        ("[NaN, Infinity, -Infinity]", [None, None, None]),
        ("[-0]", [0]),
        ("[1e21, 2**53, 0.1]", [1e21, 2**53, 0.1]),
        ("[undefined, () => 1, Symbol('x')]", [None, None, None]),
        ("{a: undefined, b: () => 1, c: Symbol('x'), [Symbol('d')]: 1, e: 1}", {"e": 1}),
        ("new Date(0)", "1970-01-01T00:00:00.000Z"),
        ("{at: new Date(NaN)}", {"at": None}),
        ("[Object(5), Object('x'), Object(false)]", [5, "x", False]),
        ("[, 1]", [None, 1]),
        ("new Map([[1, 2]])", {}),
        ("new (class Point { x = 1; get y() { return 2 } })", {"x": 1}),
        ("{get a() { return 1 }}", {"a": 1}),
        ("Object.create({inherited: 1})", {}),
        ("Object.create(null)", {}),
        ("{__proto__: null, ['__proto__']: 1}", {"__proto__": 1}),
        ("new Proxy({a: 1}, {})", {"a": 1}),
        ("new Proxy([1, 2], {})", [1, 2]),
        ("{toJSON() { return {told: 1} }, hidden: 2}", {"told": 1}),
        ("{a: {toJSON(key) { return key }}}", {"a": "a"}),
        ("{toJSON() { return undefined }}", None),
        ("{[Symbol.toStringTag]: 'Number', a: 1}", {"a": 1}),
        ("'\\ud800x'", "\ufffdx"),
        ("{'\\udfff': 1}", {"\ufffd": 1}),
        ("'\\u2028\\u0000\\u{1F600}\"'", '\u2028\0\U0001f600"'),
        ("new Array(3)", [None, None, None]),
    ],
)  # fmt: skip
def test_a_result_follows_the_rules_of_json(call: Call, expression: str, expected: Any) -> None:
    """What JSON.stringify would drop, change or keep is dropped, changed or kept."""
    outcome = call(f"return ({expression})")
    assert (outcome.status, outcome.result) == (RunStatus.OK, expected)
    assert outcome.error is None


@pytest.mark.parametrize(
    ("expression", "type_name"),
    [
        ("undefined", "undefined"),
        ("null", "null"),
        ("1", "number"),
        ("''", "string"),
        ("[]", "object"),
        ("() => 1", "function"),
    ],
)
def test_the_type_of_a_result_is_told(call: Call, expression: str, type_name: str) -> None:
    """What JSON cannot tell apart is told beside it."""
    assert call(f"return ({expression})").result_type == type_name


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("const a = {b: {}}; a.b.c = a; return a", "the result.b.c refers back"),
        ("const a = []; a.push([a]); return a", "the result[0][0] refers back"),
        ("return {n: 10n}", "the result.n is a BigInt"),
        ("return 10n", "the result is a BigInt"),
        ("let a = {}; for (let i = 0; i < 1e5; i++) a = {a}; return a", "more than 100 levels"),
        ("const a = {toJSON() { return {a} }}; return a", "more than 100 levels"),
    ],
)
def test_what_json_cannot_hold_is_named_with_its_place(call: Call, body: str, message: str) -> None:
    """The author learns which member is the trouble."""
    outcome = call(body)
    assert outcome.status is RunStatus.RESULT_INVALID
    assert outcome.error is not None
    assert message in outcome.error.message


@pytest.mark.parametrize(
    "body",
    [
        "return {get a() { throw new Error('boom') }}",
        "return {toJSON() { throw new Error('boom') }}",
        "return new Proxy({}, {ownKeys() { throw new Error('boom') }})",
        "return new Proxy({}, {get() { throw new Error('boom') }})",
        "return [{get [Symbol.toStringTag]() { throw new Error('boom') }}]",
    ],
)
def test_a_result_that_throws_is_the_scripts_error(call: Call, body: str) -> None:
    """An exception on the way out is told like one in the method, with its place."""
    outcome = call(body)
    assert outcome.status is RunStatus.RUN_ERROR
    assert outcome.error is not None
    assert (outcome.error.message, outcome.error.line) == ("boom", 1)


@pytest.mark.parametrize(
    "body",
    [
        "return 'x'.repeat(2000)",
        "return Array(2000).fill(1)",
        "const a = []; a.length = 4294967295; return a",
        "return Object.fromEntries(Array.from({length: 500}, (x, i) => [`key${i}`, 1]))",
        "const a = Array(30).fill('0123456789'); return Array(10).fill(a)",
        "return new Proxy([], {get: (target, key) => (key === 'length' ? Infinity : 1)})",
        "return '\\0'.repeat(300)",
    ],
)
def test_a_result_over_its_limit_is_refused(call: Call, body: str) -> None:
    """The size is bounded while the text is written, not afterwards."""
    outcome = call(body, result_bytes=1000)
    assert outcome.status is RunStatus.RESULT_LIMIT
    assert outcome.error is not None
    assert "larger than 1000" in outcome.error.message


def test_a_result_as_large_as_its_limit_passes(call: Call) -> None:
    """The limit itself is allowed, escaped characters and all."""
    outcome = call("return '\\u2028'.repeat(arg)", 998, result_bytes=1000)
    assert outcome.result == "\u2028" * 998


def test_the_argument_arrives_as_plain_objects(call: Call) -> None:
    """Unicode, odd keys and nesting survive the way in and out."""
    argument = {"a": ["\u2028", "☃", '"', "\\", "`${1}`"], "__proto__": {"x": 1}, "": {"d": None}}
    assert call("return arg", argument).result == argument
    assert call("return Object.getPrototypeOf(arg) === Object.prototype", {}).result is True


def test_a_thenable_function_is_no_promise_and_no_json(call: Call) -> None:
    """Functions have no JSON, whatever members they have."""
    assert call("return Object.assign(() => 1, {then() {}})").result is None
