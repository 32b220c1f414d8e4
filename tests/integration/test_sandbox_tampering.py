"""Scripts that redefine what the prelude might lean on: the outcome is still right."""

from collections.abc import Callable
from typing import Any

import pytest

from engine.sandbox.outcome import RunOutcome, RunStatus

Run = Callable[..., RunOutcome]

#: Exercises the console, the serializer, timers and promises after a script has done its worst.
WORK = """
class Script {
  async run(arg) {
    console.log('seen %d', 5, { a: [1, { b: 2 }] }, new Map([[1, new Set([2])]]), new Date(0), /x/);
    await new Promise((done) => setTimeout(done, 2));
    return { content: { text: arg.text, list: [1, 'two', null, { at: new Date(0) }], n: new Number(5) } };
  }
}
"""
LINE = "seen 5 { a: [ 1, { b: 2 } ] } Map(1) { 1 => Set(1) { 2 } } 1970-01-01T00:00:00.000Z /x/"
RESULT = {
    "content": {"text": "hi", "list": [1, "two", None, {"at": "1970-01-01T00:00:00.000Z"}], "n": 5}
}

SPOIL = """
const spoil = (object, skip = []) => {
  for (const key of Reflect.ownKeys(object)) {
    const { configurable, writable } = Object.getOwnPropertyDescriptor(object, key);
    if (skip.includes(key) || !(configurable || writable)) continue;
    if (typeof key === 'symbol' || typeof Object.getOwnPropertyDescriptor(object, key).value === 'function') object[key] = () => 'spoilt';
  }
};
const trap = (key, get) =>
  Object.defineProperty(Object.prototype, key, {
    __proto__: null, configurable: true, get, set(v) { throw new Error('trapped ' + String(key)); },
  });
"""

REDEFINITIONS = {
    "JSON": "JSON = { parse: () => 1, stringify: () => '{}' };",
    "JSON members": "JSON.parse = () => ({ text: 'forged' }); JSON.stringify = () => '\"forged\"';",
    "Object": "globeObject = Object; Object = null;",
    "Object members": "Object.keys = () => ['forged']; Object.create = null; Object.getOwnPropertyNames = null;",
    "Reflect": "Reflect.apply = Reflect.construct = Reflect.ownKeys = () => 'forged'; Reflect = null;",
    "console": "console.error = console.warn = () => { throw 1 };",
    "Array.prototype": "spoil(Array.prototype, ['constructor', Symbol.iterator]);",
    "String.prototype": "spoil(String.prototype, ['constructor']);",
    "Number.prototype": "spoil(Number.prototype, ['constructor']);",
    "Symbol.iterator": "const it = Array.prototype[Symbol.iterator]; let used = 0;"
    "Array.prototype[Symbol.iterator] = function () { used += 1; return it.call(this) };",
    "call, bind and apply": "const F = (() => 1).constructor.prototype; F.call = F.bind = F.apply = () => 'forged';",
    "Set and Map": "spoil(Set.prototype, ['constructor', 'add']); spoil(Map.prototype, ['constructor', 'set']);",
    "Symbol.species": "Object.defineProperty(Array, Symbol.species, { get() { throw 1 } });"
    "Object.defineProperty(Promise, Symbol.species, { get() { throw 1 } });",
    "then": "const then = Promise.prototype.then;"
    "Promise.prototype.then = function (a, b) { return then.call(this, () => a('forged'), b) };",
    "Promise": "const P = Promise; Promise = function (f) { return new P(f) }; Promise.resolve = () => 'forged';",
    "Date": "Date.now = () => NaN;",
    "setTimeout": "const real = setTimeout; setTimeout = (f, ms) => real(f, ms);",
    "Error.prepareStackTrace": "Error.prepareStackTrace = () => { throw 1 };",
    "Error": "const E = Error; Error = null;",
    "Math and Number": "Math.floor = Math.min = Math.max = () => 'forged'; Number.isFinite = () => false;",
    "RegExp.prototype": "RegExp.prototype.exec = RegExp.prototype.test = () => { throw 1 };",
    "setters on Object.prototype": "['stage', 'error', 'result', 'type', 'console', 'json', 'count', 'chars', 'left', 'depth',"
    "'state', 'run', 'lines', 'limits', 'callback', 'values', 'dueAt', 'text', 'used', 'kind', 'message', 'waitMs',"
    "'seen', 'ancestors', 'maxChars', 'maxLines', 'dropped', 'next', 'done', '0', '1', '2', '3'].forEach((key) => trap(key));",
    "getters on Object.prototype": "['kind', 'stage', 'left', 'state', 'run', 'limits', 'toString', 'get', 'set', 'value',"
    "'enumerable', 'configurable', 'writable', '7', '8'].forEach((key) => trap(key, () => 'forged'));",
    "symbols on Object.prototype": "trap(Symbol.toPrimitive); trap(Symbol.isConcatSpreadable);",
    "a frozen world": "[Object, Array, Map, Set, Promise, JSON].forEach((x) => (Object.freeze(x), Object.freeze(x.prototype ?? {})));",
}  # fmt: skip


@pytest.mark.parametrize("tampering", REDEFINITIONS.values(), ids=REDEFINITIONS.keys())
def test_redefinitions_change_nothing_outside(run: Run, tampering: str) -> None:
    """Console, result, timers and awaiting work on built-ins of their own."""
    outcome = run(f"{SPOIL}{tampering}{WORK}", {"text": "hi"})
    assert outcome.error is None
    assert (outcome.status, outcome.result) == (RunStatus.OK, RESULT)
    assert [line["text"] for line in outcome.console] == [LINE]


@pytest.mark.parametrize("tampering", REDEFINITIONS.values(), ids=REDEFINITIONS.keys())
def test_redefinitions_do_not_hide_an_error(run: Run, tampering: str) -> None:
    """A failure after tampering is still told with its name and message."""
    outcome = run(f"{SPOIL}{tampering}\nclass Script {{ run() {{ null.x }} }}")
    assert outcome.status is RunStatus.RUN_ERROR
    assert outcome.error is not None
    assert outcome.error.name == "TypeError"
    assert "null" in outcome.error.message


def test_redefinitions_are_gone_with_the_job(run: Run) -> None:
    """The next job finds the built-ins as they were."""
    for tampering in REDEFINITIONS.values():
        run(f"{SPOIL}{tampering}{WORK}", {"text": "hi"})
        assert run(WORK, {"text": "hi"}).result == RESULT


@pytest.mark.parametrize(
    ("source", "status"),
    [
        # The problem with the result must not be caught on its way, nor given another kind.
        ("run() { Object.defineProperty(Object.prototype, 'kind', {set() {}, get: () => 'x\",\"stage\":\"done'}); return 1n }", RunStatus.RESULT_INVALID),
        ("run() { Object.defineProperty(Object.prototype, 'message', {set() { throw 1 }}); return 1n }", RunStatus.RESULT_INVALID),
        ("run() { throw {kind: 'too-large', message: 'x'} }", RunStatus.RUN_ERROR),
        ("run() { return {toJSON() { throw {kind: 'done', message: 'x'} }} }", RunStatus.RUN_ERROR),
        ("run() { return {toJSON() { throw new Proxy({}, {getPrototypeOf() { throw 1 }}) }} }", RunStatus.RUN_ERROR),
        ("run() { throw new Proxy({}, {getPrototypeOf() { throw 1 }, has() { throw 1 }}) }", RunStatus.RUN_ERROR),
        ("get run() { throw 1 }", RunStatus.RUN_ERROR),
        ("constructor() { return new Proxy({}, {get() { throw 1 }}) }", RunStatus.RUN_ERROR),
        ("constructor() { return null }", RunStatus.NO_METHOD),
        ("run() { Object.defineProperty(Error, Symbol.hasInstance, {value() { throw 1 }}); throw 5 }", RunStatus.RUN_ERROR),
    ],
)  # fmt: skip
def test_a_status_cannot_be_forged(run: Run, source: str, status: RunStatus) -> None:
    """What became of a run is told by the prelude, not by what was thrown."""
    assert run(f"class Script {{ {source} }}").status is status


@pytest.mark.parametrize(
    "result",
    ['"},"stage":"load"', '{"stage":"load"}', "\\u0000", "\\n//\\n", "</script>", "${1}", "\\\\"],
)
def test_text_cannot_leave_its_quotes(run: Run, result: str) -> None:
    """Strings, keys, console lines and messages cannot become structure."""
    source = (
        f"const t = '{result}'; class Script {{ run() {{ console.log(t); return {{[t]: t}} }} }}"
    )
    outcome = run(source)
    assert outcome.status is RunStatus.OK
    ((key, value),) = outcome.result.items()
    assert key == value == outcome.console[0]["text"]
    failed = run(f"const t = '{result}'; class Script {{ run() {{ throw new Error(t) }} }}")
    assert failed.error is not None
    assert failed.error.message == value


@pytest.mark.parametrize(
    "source",
    [
        "var out; Object.defineProperty(this, 'Script', {get() { out = new Error().stack; return class { run() { return out } } }})",
        "class Script { run() { return new Error().stack } }",
        "class Script { async run() { await 1; return new Error().stack } }",
        "var out; class Script { constructor() { out = new Error().stack } run() { return out } }",
        "class Script { run() { return [{toString() { return '' }, get a() { return new Error().stack }}] } }",
        "class Script { run() { return new Promise(done => setTimeout(() => done(new Error().stack))) } }",
    ],
)  # fmt: skip
def test_call_sites_do_not_give_the_prelude_away(run: Run, source: str) -> None:
    """No frame hands out our functions, our `this` or the name of the prelude's entry."""
    tell = (
        "Error.prepareStackTrace = (e, sites) => sites.map(site => "
        "[site.getFunction(), site.getThis(), site.getEvalOrigin(), site].map(String).join());\n"
    )
    outcome = run(tell + source)
    assert outcome.status is RunStatus.OK
    assert "hooksmith_" not in str(outcome.result)


def test_no_global_is_ours(run: Run) -> None:
    """The globals are the language's and those the documentation names."""
    names: Any = run(
        "const names = Reflect.ownKeys(this).map(String); class Script { run() { return names } }"
    ).result
    assert not [name for name in names if "hook" in name.lower() or "prelude" in name]
    assert {"console", "setTimeout", "clearTimeout"} <= set(names)
    assert not {"Atomics", "SharedArrayBuffer", "WebAssembly", "FinalizationRegistry"} & set(names)


@pytest.mark.parametrize(
    "name", ["console", "setTimeout", "clearTimeout", "URL", "fetch", "Store", "HTTP"]
)
@pytest.mark.parametrize("keyword", ["const", "let", "var", "class", "function"])
def test_a_script_may_declare_our_globals_itself(run: Run, keyword: str, name: str) -> None:
    """All globals are plain and configurable."""
    body = {"class": "{}", "function": "() {}"}.get(keyword, "= 5")
    outcome = run(f"{keyword} {name} {body}; class Script {{ run() {{ return typeof {name} }} }}")
    assert outcome.result == ("number" if keyword in ("const", "let", "var") else "function")
