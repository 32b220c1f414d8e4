"""Scripts that want too much: each ends with its status, and the next job is unharmed."""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from engine.sandbox.outcome import RunOutcome, RunStatus
from engine.sandbox.pool import Pool, PoolConfig

Call = Callable[..., RunOutcome]
MakePool = Callable[..., Pool]


@pytest.fixture(scope="module")
def victims() -> Iterator[Pool]:
    """A pool whose workers may be killed."""
    with_spare = Pool(PoolConfig(workers=2))
    assert with_spare.wait_until_ready()
    yield with_spare
    with_spare.close()


SPIN = "(async () => { for (;;) await null })();"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("for (;;);", RunStatus.CPU_LIMIT),
        ("try { for (;;); } catch { for (;;); } finally { for (;;); }", RunStatus.CPU_LIMIT),
        ("return {toJSON() { for (;;); }}", RunStatus.CPU_LIMIT),
        ("return {get a() { for (;;); }}", RunStatus.CPU_LIMIT),
        ("return {get then() { for (;;); }}", RunStatus.CPU_LIMIT),
        ("console.log({get [Symbol.toStringTag]() { for (;;); }})", RunStatus.CPU_LIMIT),
        ("throw {get stack() { for (;;); }}", RunStatus.CPU_LIMIT),
        ("Error.prepareStackTrace = () => { for (;;); }; throw new Error('x')", RunStatus.CPU_LIMIT),
        ("setTimeout(() => { for (;;); }, 1); return new Promise(() => {})", RunStatus.CPU_LIMIT),
        (f"{SPIN} return Promise.resolve(1)", RunStatus.CPU_LIMIT),
        ("return new Proxy([], {get: (t, k) => (k === 'length' ? Infinity : undefined), has: () => true})", RunStatus.RESULT_LIMIT),
        ("const tick = () => setTimeout(tick, 50); tick(); return new Promise(() => {})", RunStatus.WALL_LIMIT),
        ("return new Promise(done => setTimeout(done, 60000))", RunStatus.WALL_LIMIT),
        ("return 'x'.repeat(1 << 28)", RunStatus.RESULT_LIMIT),
        ("for (;;) console.log('x'.repeat(1e5))", RunStatus.CPU_LIMIT),
    ],
)  # fmt: skip
def test_a_limit_ends_the_job_and_only_the_job(
    victims: Pool, call: Call, body: str, status: RunStatus
) -> None:
    """The outcome names the limit, and the next job runs."""
    outcome = call(body, on=victims, cpu_s=0.4, wall_s=1.5)
    # A worker slowed down by others may meet the wall first.
    assert outcome.status in (status, RunStatus.WALL_LIMIT)
    assert outcome.error is not None
    assert outcome.error.message
    assert call("return 1", on=victims, owner="other").result == 1


@pytest.mark.parametrize(
    "body",
    [
        "const a = []; for (;;) a.push(new Array(1000).fill(1.5))",
        "return 'y'.repeat(1 << 28).split('')",
        "const m = new Map(); for (let i = 0; ; i++) m.set(i, {i})",
        "for (let i = 0; ; i++) setTimeout(() => {}, i)",
        "const f = () => Promise.resolve().then(f).then(f); return f()",
    ],
)
def test_memory_is_limited(victims: Pool, call: Call, body: str) -> None:
    """Whether V8 stops gently or aborts its process, the outcome says why."""
    outcome = call(body, on=victims, cpu_s=10, wall_s=20)
    assert outcome.status is RunStatus.MEMORY_LIMIT
    assert call("return 1", on=victims, owner="other").result == 1


@pytest.mark.parametrize("source", ["for (;;);", f"{SPIN} class Script {{}}", "class Script { constructor() { for (;;); } }", "Object.defineProperty(this, 'Script', {get() { for (;;); }})"])  # fmt: skip
def test_loading_is_limited_too(victims: Pool, run: Call, source: str) -> None:
    """The top level and the constructor count."""
    outcome = run(source, on=victims, method=None, cpu_s=0.4, wall_s=8)
    assert outcome.status is RunStatus.CPU_LIMIT


def test_the_limit_of_cpu_time_is_the_jobs_own(make_pool: MakePool, call: Call) -> None:
    """It holds as well when no isolate was prepared and one must be made first."""
    pool = make_pool(workers=1, spares=0, prepared=0)
    for _ in range(4):
        call("return 1", on=pool)
        # Five seconds, the limit of a preparation, would meet the wall.
        outcome = call("for (;;);", on=pool, cpu_s=0.3, wall_s=4)
        assert outcome.status is RunStatus.CPU_LIMIT


def test_waiting_costs_no_cpu_time(victims: Pool, call: Call) -> None:
    """A job may wait longer than it may compute."""
    body = "return new Promise(done => setTimeout(done, 600, 'done'))"
    assert call(body, on=victims, cpu_s=0.3, wall_s=10).result == "done"


def test_a_backtracking_pattern_answers(call: Call) -> None:
    """V8 goes over to its linear engine before the time is up."""
    assert call("return /^(a+)+$/.test('a'.repeat(60) + 'b')", cpu_s=2).result is False


@pytest.mark.parametrize(
    "body",
    [
        f"{SPIN} return 1",
        "Promise.resolve().then(() => { for (;;); }); return 1",
        # One call into V8 that nothing can interrupt but the end of its process.
        "Promise.resolve().then(() => Array.prototype.includes.call({length: 2 ** 53}, 1)); return 1",
        f"{SPIN} throw 1",
        f"{SPIN} console.log(1); return 1n",
    ],
)
@pytest.mark.parametrize("keep_as", [None, "a"])
def test_a_runaway_left_behind_is_charged_to_its_job(
    make_pool: MakePool, call: Call, body: str, keep_as: str | None
) -> None:
    """What goes on after a result is part of the job; the next one finds a worker at rest."""
    pool = make_pool(workers=1, spares=1)
    outcome = call(body, on=pool, keep_as=keep_as, cpu_s=0.3)
    assert outcome.status is RunStatus.CPU_LIMIT
    busy = "const end = Date.now() + 200; while (Date.now() < end); return 2"
    assert call(busy, on=pool, owner="other", cpu_s=2).result == 2


@pytest.mark.parametrize(
    "body",
    [
        "new FinalizationRegistry(() => { for (;;); }).register({}, 1); return 1",
        "Atomics.waitAsync(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100).value.then(() => { for (;;); }); return 1",
        "WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])).then(() => { for (;;); }); return 1",
        "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); return 1",
    ],
)  # fmt: skip
def test_nothing_wakes_a_script_that_has_answered(call: Call, body: str) -> None:
    """What V8 would call back on its own, or block on without using CPU, is not there."""
    outcome = call(body)
    assert outcome.error is not None
    assert outcome.error.name == "ReferenceError"


def test_many_hostile_jobs_leave_a_working_pool(make_pool: MakePool, call: Call) -> None:
    """Killing worker after worker costs restarts, nothing else."""
    pool = make_pool(workers=2, spares=1)
    for n in range(12):
        call("return 'y'.repeat(1 << 28).split('')", on=pool, owner="hostile")
        assert call("return arg", n, on=pool, owner="other").result == n
    assert pool.ready()


def test_an_ended_worker_is_gone_from_the_machine(victims: Pool, call: Call) -> None:
    """A killed worker is reaped: no zombie remains."""
    call("for (;;);", on=victims, cpu_s=0.3)
    states = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, parent = stat.read_text().rsplit(")", 1)[1].split()[:2]
            if parent == str(os.getpid()):
                states.append(state)
    assert "Z" not in states
