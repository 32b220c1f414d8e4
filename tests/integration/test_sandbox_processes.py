"""The child processes: what they hold, how they are replaced, when they are gone."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from engine.errors import SandboxUnavailable
from engine.sandbox.outcome import RunOutcome, RunStatus
from engine.sandbox.pool import Pool, PoolConfig
from engine.sandbox.process import WorkerConfig, WorkerProcess
from tests.conftest import missing

Call = Callable[..., RunOutcome]
MakePool = Callable[..., Pool]

#: Computes a little, which can be seen from outside, and then waits.
WORK_THEN_WAIT = """
  let sum = 0;
  for (let i = 0; i < 4e8; i += 1) sum += i % 7;
  return new Promise(() => setTimeout(() => {}, 60000));
"""


def wait_for(condition: Callable[[], bool], timeout_s: float = 30.0) -> None:
    """Wait until another thread or process has got there."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.002)


def children(parent: int) -> set[int]:
    """Return the ids of a process's living children."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and is_alive(int(entry.name), parent):
            found.add(int(entry.name))
    return found


def is_alive(pid: int, parent: int | None = None) -> bool:
    try:
        state, parent_id = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[:2]
    except OSError:
        return False
    return state != "Z" and (parent is None or parent_id == str(parent))


def cpu_ticks(pids: set[int]) -> int:
    """Return the CPU time used by processes, in hundredths of a second."""
    stats = [Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split() for pid in pids]
    return sum(int(fields[11]) + int(fields[12]) for fields in stats)


def start_job(
    threads: ThreadPoolExecutor, call: Call, pool: Pool, pids: set[int]
) -> Future[RunOutcome]:
    """Start a job that goes on for a minute, and wait until a worker has it in hand."""
    before = cpu_ticks(pids)
    job = threads.submit(call, WORK_THEN_WAIT, on=pool, wall_s=90)
    wait_for(lambda: cpu_ticks(pids) >= before + 15)
    return job


def workers_of(make_pool: MakePool, **config: int) -> tuple[Pool, set[int]]:
    """Make a pool and return it with the ids of its processes, all of them started."""
    before = children(os.getpid())
    pool = make_pool(**config)
    wait_for(lambda: pool.stats()["alive"] == config["workers"] + config["spares"])
    return pool, children(os.getpid()) - before


def kill_and_wait_for_others(pool: Pool, pids: set[int]) -> None:
    """Kill all of a pool's workers, and wait until it has as many new ones."""
    others = children(os.getpid()) - pids
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: len(children(os.getpid()) - others - pids) == len(pids))
    wait_for(lambda: pool.stats()["alive"] == len(pids))


def look_into(pid: int, what: str) -> Path:
    """Return a part of /proc that is shown to the owner alone, and of a locked process to root."""
    path = Path(f"/proc/{pid}/{what}")
    if not os.access(path, os.R_OK):
        missing("what a locked process shows to root only (tests/hostile asks from inside)")
    return path


def test_a_worker_has_no_environment(
    make_pool: MakePool, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The parent's secrets are not in the child."""
    monkeypatch.setenv("HOOKSMITH_SECRET_KEY", "very secret")
    _, pids = workers_of(make_pool, workers=1, spares=1)
    assert len(pids) == 2
    for pid in pids:
        assert look_into(pid, "environ").read_bytes() == b""
        assert look_into(pid, "cwd").readlink() == Path("/")


def test_a_worker_holds_nothing_but_its_socket(
    make_pool: MakePool, call: Call, tmp_path: Path
) -> None:
    """Nothing that the parent has open is open in the child: neither file nor standard stream."""
    with (tmp_path / "secret").open("w") as secret:
        os.set_inheritable(secret.fileno(), True)
        pool, (pid,) = workers_of(make_pool, workers=1, spares=0)
        call("return 1", on=pool)
        opened = [str(link.readlink()) for link in look_into(pid, "fd").iterdir()]
    assert [target.split(":")[0] for target in opened] == ["socket"]


def test_the_worker_imports_neither_web_server_nor_database() -> None:
    """The child is small, and what it does not have cannot be reached."""
    code = (
        "import sys, engine.sandbox.worker;"
        "print([m for m in ('flask', 'sqlalchemy', 'engine.settings') if m in sys.modules])"
    )
    command = [sys.executable, "-I", "-c", code]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "[]\n"


def test_a_worker_killed_while_idle_costs_no_job(make_pool: MakePool, call: Call) -> None:
    """The dead one is passed over."""
    pool, pids = workers_of(make_pool, workers=2, spares=1)
    for pid in sorted(pids)[:1]:
        os.kill(pid, signal.SIGKILL)
        assert [call("return arg", n, on=pool).result for n in range(5)] == list(range(5))
    wait_for(lambda: pool.stats()["alive"] == 3)


def test_all_workers_killed_while_idle_are_replaced(make_pool: MakePool, call: Call) -> None:
    """A pool that lost everything works again by itself."""
    pool, pids = workers_of(make_pool, workers=2, spares=1)
    kill_and_wait_for_others(pool, pids)
    assert call("return 1", on=pool).result == 1


def test_a_worker_killed_while_busy_is_told_as_a_crash(make_pool: MakePool, call: Call) -> None:
    """The job that ran is lost and says so; it is not run twice."""
    pool, (pid,) = workers_of(make_pool, workers=1, spares=0)
    with ThreadPoolExecutor() as threads:
        job = start_job(threads, call, pool, {pid})
        os.kill(pid, signal.SIGKILL)
        outcome = job.result(timeout=30)
    assert outcome.status is RunStatus.CRASHED
    assert outcome.error is not None
    assert call("return 1", on=pool).result == 1


def test_a_stopped_worker_does_not_stop_the_pool(make_pool: MakePool, call: Call) -> None:
    """One that does not even begin is killed, and its job goes to another."""
    pool, pids = workers_of(make_pool, workers=2, spares=0)
    frozen = min(pids)
    os.kill(frozen, signal.SIGSTOP)
    assert [call("return arg", n, on=pool).result for n in range(3)] == [0, 1, 2]


def test_who_waits_for_a_lost_instance_goes_elsewhere(make_pool: MakePool, call: Call) -> None:
    """A kept instance whose process died keeps nobody waiting."""
    pool, pids = workers_of(make_pool, workers=2, spares=0)
    assert call("return this.n = (this.n || 0) + 1", on=pool, keep_as="a").result == 1
    kill_and_wait_for_others(pool, pids)
    assert call("return this.n = (this.n || 0) + 1", on=pool, keep_as="a").result == 1


def test_close_leaves_no_child(call: Call) -> None:
    """Busy or idle, every worker is gone."""
    before = children(os.getpid())
    pool = Pool(PoolConfig(workers=3, spares=1))
    assert pool.wait_until_ready()
    call("return 1", on=pool, keep_as="a")
    with ThreadPoolExecutor() as threads:
        job = start_job(threads, call, pool, children(os.getpid()) - before)
        pool.close()
        assert job.result(timeout=30).status is RunStatus.CRASHED
    wait_for(lambda: children(os.getpid()) <= before)
    assert not pool.ready()
    with pytest.raises(SandboxUnavailable, match="shutting down"):
        call("return 1", on=pool)
    pool.close()


def test_a_closed_pool_leaves_no_descriptor(call: Call) -> None:
    """Sockets and pipes go with their processes."""
    opened = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(2):
        pool = Pool(PoolConfig(workers=2))
        assert pool.wait_until_ready()
        call("return 1", on=pool)
        call("return 'y'.repeat(1 << 28).split('')", on=pool)
        pool.close()
    assert len(list(Path("/proc/self/fd").iterdir())) == opened


PARENT = """
import threading, time
from engine.sandbox.outcome import Job, RunLimits
from engine.sandbox.pool import Pool, PoolConfig
from engine.sandbox.process import WorkerConfig, WorkerProcess

pool = Pool(PoolConfig(workers=3, spares=1))
for body in ("for (;;);", "return new Promise(done => setTimeout(done, 1e9))"):
    source = "class Script { run() { %s } }" % body
    job = Job(body, "hook", source, "run", limits=RunLimits(cpu_s=2, wall_s=3))
    threading.Thread(target=pool.run, args=(job,), daemon=True).start()
while pool.stats()["alive"] < 4 or pool.stats()["busy"] < 2:
    time.sleep(0.005)
print("running", flush=True)
time.sleep(60)
"""


def test_workers_do_not_outlive_their_parent() -> None:
    """Idle, computing or waiting: after a kill of the parent all are gone by themselves."""
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"running\n"
        workers = children(parent.pid)
        parent.kill()
    assert len(workers) == 4
    wait_for(lambda: not any(map(is_alive, workers)))


def test_a_start_that_fails_is_told_and_tried_again(
    monkeypatch: pytest.MonkeyPatch, call: Call
) -> None:
    """When the machine has no process left to give, the pool waits for better times."""

    def refuse(*args: object, **kwargs: object) -> None:
        raise OSError("no more processes")

    start = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", refuse)
    with pytest.raises(SandboxUnavailable, match="no more processes"):
        WorkerProcess(WorkerConfig(64 << 20, 1))
    pool = Pool(PoolConfig(workers=1, spares=0, max_wait_s=30))
    assert not pool.wait_until_ready(timeout_s=0.1)
    monkeypatch.setattr(subprocess, "Popen", start)
    assert pool.wait_until_ready()
    assert call("return 1", on=pool).result == 1
    pool.close()
