"""Promises and timers inside one job."""

from collections.abc import Callable
from typing import Any

import pytest

from engine.sandbox.outcome import RunOutcome, RunStatus

Call = Callable[..., RunOutcome]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return Promise.resolve({a: 1})", {"a": 1}),
        ("return (async () => { await null; return [1] })()", [1]),
        ("return {then(done) { done(5) }}", 5),
        ("return {then(done) { done({then(again) { again(6) }}) }}", 6),
        ("return {then(done, fail) { done(1); done(2); fail(3); throw 4 }}", 1),
        ("return new Proxy(Promise.resolve(7), {get: (t, k) => (k === 'then' ? t.then.bind(t) : t[k])})", 7),
        ("return {then: 5}", {"then": 5}),
        ("return {then: null, a: 1}", {"then": None, "a": 1}),
        ("return new Promise(done => setTimeout(done, 1, 'late'))", "late"),
        ("return new Promise(done => setTimeout(() => Promise.resolve().then(() => done(8))))", 8),
        ("return Promise.all([1, new Promise(done => setTimeout(done, 2, 2))])", [1, 2]),
        ("return Promise.race([new Promise(d => setTimeout(d, 9000, 'slow')), new Promise(d => setTimeout(d, 1, 'fast'))])", "fast"),
        ("return class extends Promise {}.resolve(9)", 9),
        ("let n = 0; return new Promise(d => { const tick = () => (++n === 50 ? d(n) : setTimeout(tick)); tick() })", 50),
        ("return Promise.resolve(undefined)", None),
    ],
)  # fmt: skip
def test_what_a_method_awaits_is_awaited(call: Call, body: str, expected: Any) -> None:
    """Promises, thenables and timers lead to their value."""
    outcome = call(body)
    assert (outcome.status, outcome.result) == (RunStatus.OK, expected)


@pytest.mark.parametrize(
    "body",
    [
        "return Promise.reject(new Error('no'))",
        "return {then(done, fail) { fail(new Error('no')) }}",
        "return {then() { throw new Error('no') }}",
        "return {get then() { throw new Error('no') }}",
        "return new Promise((done, fail) => setTimeout(() => fail(new Error('no')), 1))",
        "return Promise.resolve({get a() { throw new Error('no') }})",
    ],
)
def test_a_rejection_is_the_scripts_error(call: Call, body: str) -> None:
    """A promise that fails is like a method that throws."""
    outcome = call(body)
    assert outcome.status is RunStatus.RUN_ERROR
    assert outcome.error is not None
    assert outcome.error.message == "no"


@pytest.mark.parametrize(
    "body",
    [
        "return new Promise(() => {})",
        "return {then() {}}",
        "return new Promise(done => clearTimeout(setTimeout(done, 1)))",
        "setTimeout(() => {}, 1); return new Promise(() => {})",
        "return (async () => { for await (const x of {[Symbol.asyncIterator]: () => ({next: () => new Promise(() => {})})}); })()",
        "return new Promise(done => setTimeout(() => { throw new Error('lost') }, 1))",
    ],
)  # fmt: skip
def test_what_nothing_can_settle_is_not_waited_for(call: Call, body: str) -> None:
    """Without a timer left, no time can change anything: the answer comes at once."""
    outcome = call(body, wall_s=60)
    assert outcome.status is RunStatus.NEVER_SETTLED
    assert outcome.error is not None
    assert "run awaits" in outcome.error.message


def test_timers_run_in_the_order_of_their_times(call: Call) -> None:
    """Earlier first, equal ones in the order they were set, microtasks in between."""
    body = """
      const seen = [];
      setTimeout(() => seen.push('c'), 20);
      setTimeout(() => { seen.push('a1'); Promise.resolve().then(() => seen.push('after a1')); }, 5);
      setTimeout(() => seen.push('a2'), 5);
      const cancelled = setTimeout(() => seen.push('never'), 6);
      setTimeout(() => seen.push('b'), 10);
      Promise.resolve().then(() => seen.push('micro'));
      clearTimeout(cancelled); clearTimeout(undefined); clearTimeout({}); clearTimeout(cancelled);
      return new Promise((done) => setTimeout(() => done(seen), 30));
    """
    assert call(body).result == ["micro", "a1", "after a1", "a2", "b", "c"]


@pytest.mark.parametrize(
    "delay", ["undefined", "null", "-5", "NaN", "'1'", "{}", "0.5", "-Infinity"]
)
def test_odd_delays_are_soon(call: Call, delay: str) -> None:
    """What is no time counts as none."""
    outcome = call(f"return new Promise(done => setTimeout(done, {delay}, 'x', 'y'))")
    assert outcome.result == "x"


@pytest.mark.parametrize("delay", ["Infinity", "1e300", "2**31", "Number.MAX_VALUE"])
def test_endless_delays_meet_the_wall_limit(
    make_pool: Callable[..., Any], call: Call, delay: str
) -> None:
    """A delay beyond all bounds is a long one, and kills no worker by itself."""
    body = f"return new Promise(done => setTimeout(done, {delay}))"
    pool = make_pool(workers=1, spares=0)
    assert call(body, on=pool, wall_s=0.3).status is RunStatus.WALL_LIMIT


@pytest.mark.parametrize("callback", ["'code'", "undefined", "{}"])
def test_a_timer_needs_a_function(call: Call, callback: str) -> None:
    """Text is not evaluated."""
    outcome = call(f"setTimeout({callback}, 1)")
    assert outcome.error is not None
    assert outcome.error.name == "TypeError"


def test_an_exception_in_a_timer_is_a_console_line(call: Call) -> None:
    """It belongs to nobody's promise, and stops nothing."""
    outcome = call(
        "setTimeout(() => { throw new Error('lost') }, 1);"
        "return new Promise(done => setTimeout(done, 5, 'done'))"
    )
    assert outcome.result == "done"
    assert outcome.console[0]["level"] == "error"
    assert outcome.console[0]["text"].startswith("Uncaught in setTimeout: Error: lost")


def test_a_result_does_not_wait_for_timers(call: Call) -> None:
    """A timer nobody awaits dies with the job."""
    outcome = call("setTimeout(() => console.log('late'), 60000); return 'now'", wall_s=30)
    assert (outcome.result, outcome.console) == ("now", [])


def test_an_unhandled_rejection_harms_nothing(call: Call) -> None:
    """A forgotten promise may fail."""
    assert call("Promise.reject(new Error('x')); return 1").result == 1


def test_lines_of_what_was_not_awaited_are_kept(call: Call) -> None:
    """Promises that can go on without a timer are run to their end."""
    outcome = call("(async () => { for (let i = 0; i < 5; i++) await i; console.log('late') })()")
    assert [line["text"] for line in outcome.console] == ["late"]


def test_a_timer_that_is_due_at_once_settles_what_awaits_it(call: Call) -> None:
    """Also when it was set, and fell due, while the method's first awaits were settling."""
    body = """return (async () => {
        await null;
        const end = Date.now() + 3;
        const timer = new Promise((done) => setTimeout(done, 1));
        while (Date.now() < end);
        await timer;
        await null;
        return 'settled';
    })();"""
    assert call(body).result == "settled"
