"""Instances between runs: held for one call, kept for all, and told of when they are gone."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from engine.sandbox.outcome import Job, RunLimits, RunOutcome, RunStatus
from engine.sandbox.pool import Pool
from tests.integration.test_sandbox_pool import wait_for

Run = Callable[..., RunOutcome]
MakePool = Callable[..., Pool]

COUNTS = """
  let made = 0;
  class Script {
    constructor() { made += 1; this.n = 0 }
    run(arg) { if (arg === 'spin') for (;;); this.n += 1; return [made, this.n] }
    async wait(ms) { await new Promise((done) => setTimeout(done, ms)); this.n += 1; return [made, this.n] }
  }
"""


def job(key: str | None, argument: str = "0", owner: str = "a", **more: object) -> Job:
    """Return a job of the counting script."""
    given = {"method": "run", "limits": RunLimits(cpu_s=1, wall_s=6), **more}
    return Job(owner, "hook", COUNTS, argument=argument.encode(), keep_as=key, **given)  # type: ignore[arg-type]


def first(key: str, argument: str = "0", owner: str = "a", **more: object) -> Job:
    """Return the first job of a call, which leaves its instance for the last."""
    return job(key, argument, owner, **{"hold_s": 60.0, **more})


def last(key: str, argument: str = "0", owner: str = "a", **more: object) -> Job:
    """Return the last job of a call."""
    return job(key, argument, owner, **{"hold_s": 0.0, **more})


def test_two_runs_of_one_call_share_an_instance(make_pool: MakePool) -> None:
    """What the first leaves in `this` and in variables is there in the second, and then gone."""
    pool = make_pool(workers=2)
    wait_for(lambda: pool.stats()["alive"] == 2)
    assert pool.run(first("call")).result == [1, 1]
    assert pool.instances() == {"held": 1, "replaced": 0}
    assert pool.stats()["kept"] == 0
    ended = pool.run(last("call"))
    assert (ended.result, ended.replaced) == ([1, 2], "")
    assert pool.instances() == {"held": 0, "replaced": 0}
    again = pool.run(last("call"))
    assert (again.result, again.replaced) == ([1, 1], "")


def test_no_two_calls_share_an_instance(make_pool: MakePool) -> None:
    """Of one owner or of two, however they come one after the other."""
    pool = make_pool(workers=2)
    wait_for(lambda: pool.stats()["alive"] == 2)
    names = [f"call-{n}" for n in range(20)]
    assert [pool.run(first(name)).result for name in names] == [[1, 1]] * 20
    assert [pool.run(last(name)).result for name in reversed(names)] == [[1, 2]] * 20


def test_a_held_instance_occupies_no_worker(make_pool: MakePool) -> None:
    """While a call waits for its answer, whoever comes runs at once."""
    pool = make_pool(workers=1, spares=0)
    for n in range(10):
        assert pool.run(first(f"call-{n}", owner=f"owner-{n}")).status is RunStatus.OK
    assert pool.stats()["busy"] == 0
    assert pool.run(job(None, owner="other")).queue_ms < 500


def test_each_run_of_a_call_has_limits_and_a_console_of_its_own(make_pool: MakePool) -> None:
    """CPU time, lines and result are counted anew."""
    pool = make_pool(workers=1, spares=0)
    source = """
      class Script {
        run(arg) {
          const until = Date.now() + 700;
          while (Date.now() < until);
          for (let i = 0; i < 3; i += 1) console.log(arg, i);
          return arg;
        }
      }
    """
    limits = RunLimits(cpu_s=1, console_lines=3)
    for argument, hold_s in ((b'"one"', 60.0), (b'"two"', 0.0)):
        made = Job("a", "hook", source, "run", argument, "call", limits, hold_s=hold_s)
        outcome = pool.run(made)
        said = argument.decode().strip('"')
        assert outcome.result == said
        assert [line["text"] for line in outcome.console] == [f"{said} {i}" for i in range(3)]


def test_a_call_whose_process_ended_runs_on_in_a_new_instance(make_pool: MakePool) -> None:
    """And says why: a run of somebody else, or the process itself."""
    pool = make_pool(workers=1, spares=0)
    pool.run(first("call"))
    assert pool.run(job(None, '"spin"', "other")).status is RunStatus.CPU_LIMIT
    ended = pool.run(last("call"))
    assert ended.result == [1, 1]
    assert ended.replaced == "its sandbox process was ended for another run in it"
    assert pool.instances() == {"held": 0, "replaced": 1}


def test_a_call_that_takes_too_long_loses_its_instance(make_pool: MakePool) -> None:
    """What nobody comes back for is dropped by itself."""
    pool = make_pool(workers=1, spares=0)
    pool.run(first("late", hold_s=0.05))
    time.sleep(0.1)
    assert pool.instances()["held"] == 0
    ended = pool.run(last("late"))
    assert (ended.result, ended.replaced) == (
        [1, 1],
        "the call took longer than an instance is held",
    )


def test_held_instances_are_bounded_and_who_has_most_gives(make_pool: MakePool) -> None:
    """One integration's calls take nothing from another's, nor from the kept ones."""
    pool = make_pool(workers=1, spares=0, max_held=4, max_kept=1)
    pool.run(job("kept", owner="kept"))
    pool.run(first("modest", owner="modest"))
    for n in range(8):
        pool.run(first(f"greedy-{n}", owner="greedy"))
    assert pool.instances()["held"] == 4
    assert pool.run(last("modest", owner="modest")).result == [1, 2]
    assert pool.run(job("kept", owner="kept")).result == [1, 2]
    assert pool.run(last("greedy-7", owner="greedy")).result == [1, 2]
    pushed = pool.run(last("greedy-0", owner="greedy"))
    assert (pushed.result, pushed.replaced) == (
        [1, 1],
        "more calls are under way than instances can be held for",
    )


def test_large_held_instances_go_first(make_pool: MakePool) -> None:
    """What they hold together is bounded; the small ones stay."""
    pool = make_pool(workers=1, spares=0)
    grows = """
      class Script { run(arg) { this.a = this.a || new Uint8Array(arg << 20).fill(1); return this.a.length >> 20 } }
    """

    def grown(key: str, size: int, hold_s: float) -> RunOutcome:
        limits = RunLimits(cpu_s=3)
        return pool.run(Job("a", "hook", grows, "run", str(size).encode(), key, limits, hold_s=hold_s))  # fmt: skip

    for n in range(4):
        grown(f"large-{n}", 90, 60.0)
    assert grown("small", 1, 60.0).result == 1
    assert pool.instances()["held"] < 5
    assert grown("small", 2, 0.0).result == 1
    gone = [grown(f"large-{n}", 1, 0.0).replaced for n in range(4)]
    assert "the instances of the calls under way held more memory than they may together" in gone


def test_a_forgotten_call_leaves_nothing(make_pool: MakePool) -> None:
    """Neither an instance, nor a reason why it is gone."""
    pool = make_pool(workers=1, spares=0)
    pool.run(first("call"))
    pool.forget("call")
    pool.forget("call")
    ended = pool.run(last("call"))
    assert (ended.result, ended.replaced) == ([1, 1], "")


def test_processes_that_hold_for_calls_are_replaced_too(make_pool: MakePool) -> None:
    """Each call makes an isolate, so no process makes them for ever."""
    pool = make_pool(workers=1, spares=1, max_fresh_runs=5)
    wait_for(lambda: pool.stats()["alive"] == 2)
    before = set(pool.pids())
    for n in range(40):
        # One that is worn is replaced between calls, when another is ready.
        wait_for(lambda: pool.stats()["alive"] == 2)
        pool.run(first(f"call-{n}"))
        assert pool.run(last(f"call-{n}")).result == [1, 2]
    assert set(pool.pids()) != before


# -- kept -----------------------------------------------------------------------------------


def test_a_kept_instance_is_waited_for(make_pool: MakePool) -> None:
    """A stranger's run of more than a second in its process does not cost what it remembers."""
    pool = make_pool(workers=2, spares=0, max_wait_s=5)
    wait_for(lambda: pool.stats()["alive"] == 2)
    homes = ["a", "b", "c"]  # on two workers: two of them share one
    assert [pool.run(job(owner, owner=owner)).result for owner in homes] == [[1, 1]] * 3
    with ThreadPoolExecutor() as threads:
        slow = [
            threads.submit(pool.run, job(owner, "1800", owner, method="wait")) for owner in homes
        ]
        wait_for(lambda: pool.stats()["busy"] == 2)
        others = [threads.submit(pool.run, job(owner, owner=owner)) for owner in homes]
        outcomes = [one.result() for one in (*slow, *others)]
    assert sorted(one.result for one in outcomes) == [[1, 2]] * 3 + [[1, 3]] * 3
    assert [one.replaced for one in outcomes] == [""] * 6
    assert max(one.queue_ms for one in outcomes) > 1100
    assert pool.instances()["replaced"] == 0


def test_a_kept_instance_that_moves_is_told_and_counted(make_pool: MakePool) -> None:
    """Most of the queue's time is for the old one, the rest for any worker that is free."""
    pool = make_pool(workers=2, spares=0, max_wait_s=1.5)
    wait_for(lambda: pool.stats()["alive"] == 2)
    for owner in ("a", "b", "c"):
        pool.run(job(owner, owner=owner))
    limits = RunLimits(cpu_s=30, wall_s=30)
    spinning = threading.Thread(
        target=pool.run, args=(job("x", '"spin"', "x", limits=limits),), daemon=True
    )
    spinning.start()
    wait_for(lambda: pool.stats()["busy"] == 1)
    outcomes = [pool.run(job(owner, owner=owner)) for owner in ("a", "b", "c")]
    assert spinning.is_alive()
    moved = [one for one in outcomes if one.result == [1, 1]]
    assert {one.replaced for one in moved} == {
        "another integration's run had its sandbox process for over 1.2 s"
    }
    assert all(one.replaced == "" for one in outcomes if one.result == [1, 2])
    assert pool.instances()["replaced"] == len(moved) >= 1
    # Where it is now, it stays.
    assert [pool.run(job(owner, owner=owner)).replaced for owner in ("a", "b", "c")] == [""] * 3
    pool.close()
    spinning.join()


def test_who_waits_for_an_instance_holds_up_nobody(make_pool: MakePool) -> None:
    """Others pass, also those who came later."""
    pool = make_pool(workers=2, spares=0, max_wait_s=5)
    wait_for(lambda: pool.stats()["alive"] == 2)
    for owner in ("a", "b", "c"):
        pool.run(job(owner, owner=owner))
    with ThreadPoolExecutor(32) as threads:
        slow = threads.submit(pool.run, job("x", "2500", "x", method="wait"))
        wait_for(lambda: pool.stats()["busy"] == 1)
        waiting = [
            threads.submit(pool.run, job(owner, owner=owner))
            for owner in ("a", "b", "c")
            for _ in range(4)
        ]
        time.sleep(0.3)
        assert pool.run(job(None, owner="other")).queue_ms < 500
        assert not slow.done()
        assert [one.result().replaced for one in waiting] == [""] * 12


def test_why_a_kept_instance_is_gone_is_told(make_pool: MakePool) -> None:
    """Its own limit, another's, too many of them, too much memory, or the end of the process."""
    pool = make_pool(workers=1, spares=0, max_kept=2)
    pool.run(job("own"))
    assert pool.run(job("own", '"spin"')).status is RunStatus.CPU_LIMIT
    assert pool.run(job("own")).replaced == "its last run was stopped"
    pool.run(job(None, '"spin"', "other"))
    assert pool.run(job("own")).replaced == "its sandbox process was ended for another run in it"
    for key in ("second", "third"):
        assert pool.run(job(key)).replaced == ""
    assert pool.run(job("own")).replaced == "more instances are kept than there is room for"
    (worker,) = pool._places.alive
    worker.kill()
    wait_for(lambda: pool.stats()["alive"] == 0 or pool._places.alive[0] is not worker)
    assert pool.run(job("own")).replaced == "its sandbox process ended"
    assert pool.run(job("own")).replaced == ""
    assert pool.instances()["replaced"] == 4


def test_an_instance_that_never_was_is_not_told_of(make_pool: MakePool) -> None:
    """The first run broke a limit; the second has lost nothing."""
    pool = make_pool(workers=1, spares=0)
    assert pool.run(job("new", '"spin"')).status is RunStatus.CPU_LIMIT
    assert pool.run(job("new")).replaced == ""
    assert pool.instances()["replaced"] == 0
