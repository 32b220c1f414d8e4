"""Who runs, who waits, who is sent away."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from engine.errors import SandboxBusy
from engine.sandbox.outcome import Job, RunLimits, RunOutcome, RunStatus
from engine.sandbox.pool import Pool

Call = Callable[..., RunOutcome]
MakePool = Callable[..., Pool]

SLEEP = "return new Promise(done => setTimeout(done, arg, arg))"


def wait_for(condition: Callable[[], bool], timeout_s: float = 30.0) -> None:
    """Wait until another thread or process has got there."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.002)


@pytest.fixture
def threads() -> Any:
    with ThreadPoolExecutor(32) as executor:
        yield executor


def occupy(
    threads: ThreadPoolExecutor, call: Call, pool: Pool, *owners: str, ms: int = 1000
) -> list[Future[RunOutcome]]:
    """Keep one worker busy for each owner."""
    busy = pool.stats()["busy"]
    futures = [threads.submit(call, SLEEP, ms, on=pool, owner=owner) for owner in owners]
    wait_for(lambda: pool.stats()["busy"] == busy + len(owners))
    return futures


def test_one_owner_holds_at_most_half_the_workers(
    make_pool: MakePool, threads: ThreadPoolExecutor, call: Call
) -> None:
    """The other half stays for others, who need not wait."""
    pool = make_pool(workers=4)
    greedy = [threads.submit(call, SLEEP, 700, on=pool, owner="greedy") for _ in range(6)]
    wait_for(lambda: (pool.stats()["waiting"], pool.stats()["busy"]) == (4, 2))
    assert call("return 1", on=pool, owner="modest").result == 1
    assert not greedy[-1].done()
    assert [future.result().status for future in greedy] == [RunStatus.OK] * 6


def test_a_full_queue_sends_away(
    make_pool: MakePool, threads: ThreadPoolExecutor, call: Call
) -> None:
    """Who finds no place is told at once when to come again."""
    pool = make_pool(workers=1, spares=0, max_waiting=2, max_wait_s=4.2)
    running = occupy(threads, call, pool, "a")
    running += [threads.submit(call, SLEEP, 0, on=pool, owner=owner) for owner in "bc"]
    wait_for(lambda: pool.stats()["waiting"] == 2)
    with pytest.raises(SandboxBusy) as caught:
        call("return 1", on=pool, owner="d")
    assert caught.value.retry_after_s == 5
    assert [future.result().status for future in running] == [RunStatus.OK] * 3


def test_one_owner_fills_at_most_half_the_queue(
    make_pool: MakePool, threads: ThreadPoolExecutor, call: Call
) -> None:
    """Others still find a place in it."""
    pool = make_pool(workers=1, spares=0, max_waiting=4)
    running = occupy(threads, call, pool, "greedy")
    running += [threads.submit(call, SLEEP, 0, on=pool, owner="greedy") for _ in range(2)]
    wait_for(lambda: pool.stats()["waiting"] == 2)
    with pytest.raises(SandboxBusy):
        call("return 1", on=pool, owner="greedy")
    assert call("return 1", on=pool, owner="modest").result == 1
    assert all(future.result().status is RunStatus.OK for future in running)


def test_who_waits_too_long_is_sent_away(
    make_pool: MakePool, threads: ThreadPoolExecutor, call: Call
) -> None:
    """Waiting is bounded, and leaves no trace in the queue."""
    pool = make_pool(workers=1, spares=0, max_wait_s=0.2)
    (running,) = occupy(threads, call, pool, "a")
    with pytest.raises(SandboxBusy, match=r"within 0\.2 s"):
        call("return 1", on=pool, owner="b")
    assert pool.stats()["waiting"] == 0
    assert running.result().result == 1000
    assert call("return 1", on=pool, owner="b").result == 1


def test_who_came_first_goes_first(
    make_pool: MakePool, threads: ThreadPoolExecutor, call: Call
) -> None:
    """The queue keeps its order."""
    pool = make_pool(workers=1, spares=0)
    occupy(threads, call, pool, "first", ms=500)
    order: list[int] = []
    futures = []
    for n in range(5):
        job = threads.submit(call, "return arg", n, on=pool, owner=f"owner-{n}")
        job.add_done_callback(lambda done: order.append(done.result().result))
        futures.append(job)
        wait_for(lambda waiting=n + 1: pool.stats()["waiting"] == waiting)  # type: ignore[misc]
    outcomes = [future.result() for future in futures]
    queued = [outcome.queue_ms for outcome in outcomes]
    assert all(ms > 0 for ms in queued)
    assert order == [0, 1, 2, 3, 4]


def test_a_job_ahead_that_may_not_run_holds_up_nobody(
    make_pool: MakePool, threads: ThreadPoolExecutor, call: Call
) -> None:
    """A waiting owner over its share is passed by others."""
    pool = make_pool(workers=2)
    running = occupy(threads, call, pool, "greedy")
    waiting = threads.submit(call, "return 1", on=pool, owner="greedy")
    wait_for(lambda: pool.stats()["waiting"] == 1)
    assert call("return 1", on=pool, owner="modest").queue_ms < 900
    assert not running[0].done()
    assert waiting.result().result == 1


def test_jobs_of_many_threads_get_their_own_outcomes(make_pool: MakePool, call: Call) -> None:
    """Nobody is answered with another's result, console or error."""
    pool = make_pool(workers=2)

    def job(n: int) -> bool:
        outcome = call(
            "console.log(arg); if (arg % 3 === 0) throw new Error(`e${arg}`); return arg",
            n,
            on=pool,
            owner=f"owner-{n % 7}",
            keep_as=f"kept-{n % 5}" if n % 2 else None,
        )
        told = outcome.error.message if outcome.error else outcome.result
        return outcome.console[0]["text"] == str(n) and told == (n if n % 3 else f"e{n}")

    with ThreadPoolExecutor(16) as threads:
        assert all(threads.map(job, range(200)))
    assert pool.stats() | {"alive": 0} == {"alive": 0, "busy": 0, "waiting": 0, "kept": 5}


def test_two_kept_instances_of_one_worker_do_not_meet(make_pool: MakePool, run: Call) -> None:
    """Instances that share a process share nothing else."""
    pool = make_pool(workers=1, spares=0)
    source = "class Script { run(arg) { const old = globe; globe = arg; return old } }; var globe = 'new';"
    assert run(source, "a", on=pool, owner="a", keep_as="a").result == "new"
    assert run(source, "b", on=pool, owner="b", keep_as="b").result == "new"
    assert run(source, "c", on=pool, owner="a", keep_as="a").result == "a"
    assert run(source, "c", on=pool, owner="b", keep_as="b").result == "b"


def test_a_worker_that_made_many_isolates_is_replaced_between_jobs(
    make_pool: Callable[..., Pool], run: Callable[..., RunOutcome]
) -> None:
    """V8 keeps some memory of every isolate, so no process makes them for ever; no job notices."""
    pool = make_pool(workers=1, spares=1, max_fresh_runs=5)
    script = "class Script { run() { return 1 } }"
    wait_for(lambda: pool.stats()["alive"] == 2)
    first = set(pool.pids())
    assert all(run(script, on=pool).status is RunStatus.OK for _ in range(40))
    assert set(pool.pids()) != first


def test_a_kept_instance_does_not_wait_for_a_strangers_long_run(make_pool: MakePool) -> None:
    """Fresh runs go where nobody's instance lives; where two kept ones share a worker, one moves."""
    pool = make_pool(workers=2, spares=0)
    counts = "class Script { run() { this.n = (this.n || 0) + 1; return this.n } }"
    for owner in ("a", "b", "c"):
        assert pool.run(Job(owner, "hook", counts, "run", keep_as=owner)).result == 1
    spin = "class Script { run() { for (;;); } }"
    limits = RunLimits(cpu_s=30, wall_s=30)
    spinning = threading.Thread(
        target=pool.run, args=(Job("x", "spin", spin, "run", keep_as="spin", limits=limits),)
    )
    spinning.start()
    wait_for(lambda: pool.stats()["busy"] == 1)
    answers = [
        pool.run(Job(owner, "hook", counts, "run", keep_as=owner)).result
        for owner in ("a", "b", "c")
    ]
    assert spinning.is_alive()
    assert set(answers) <= {1, 2}
    pool.close()
    spinning.join()
