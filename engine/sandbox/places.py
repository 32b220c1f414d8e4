"""Which worker takes which job: who may run, who waits for a place, where an instance is kept."""

from __future__ import annotations

import contextlib
import math
import threading
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from engine.errors import SandboxBusy, SandboxUnavailable
from engine.sandbox.config import PoolConfig
from engine.sandbox.instances import Instances
from engine.sandbox.outcome import Job
from engine.sandbox.process import WorkerProcess

#: Of the time a job may wait for a worker, it waits so much of it for the one that has its instance,
#: while another owner's job has that one; in what is left it may go anywhere.
_WAITS_FOR_INSTANCE = 0.8
#: Why a worker ended that the pool itself has replaced.
_WORN = "its sandbox process was due to be replaced"


@dataclass(slots=True, eq=False)
class _Waiter:
    job: Job
    turn: threading.Lock = field(default_factory=threading.Lock)
    lease: Lease | None = None
    #: It has waited for its instance long enough, and takes a new one elsewhere.
    moves: bool = False


@dataclass(slots=True, eq=False)
class Lease:
    """A worker and the job that has it; `parked` while the job waits for the outside."""

    worker: WorkerProcess
    job: Job
    #: Why the instance is new that the job finds, where there was one before.
    replaced: str = ""
    parked: bool = False
    over: bool = False


class Places:
    """
    The workers that are alive, and the jobs that have them or wait; safe to use from any thread.

    A job that waits for the outside leaves its place to another. A spare takes that one, or an extra
    worker that `call_extra` is asked to start.
    """

    def __init__(self, config: PoolConfig, call_extra: Callable[[int], None]) -> None:
        self._config = config
        self._call_extra = call_extra
        self._lock = threading.Lock()
        self._closed = False
        self.alive: list[WorkerProcess] = []
        self._idle: list[WorkerProcess] = []
        self._busy = 0
        self._parked = 0
        self._waiting: deque[_Waiter] = deque()
        self._held: Counter[str] = Counter()
        self._instances = Instances(config)
        self._patience_s = _WAITS_FOR_INSTANCE * config.max_wait_s

    def stats(self) -> dict[str, int]:
        """Return how many are alive, busy, waiting and kept."""
        with self._lock:
            return {
                "alive": len(self.alive),
                "busy": self._busy,
                "waiting": len(self._waiting),
                "kept": self._instances.kept,
            }

    def instances(self) -> dict[str, int]:
        """Return how many instances calls hold, and how often a job found its own replaced."""
        with self._lock:
            self._instances.expire()
            return {"held": self._instances.held, "replaced": self._instances.replaced}

    def close(self) -> list[WorkerProcess]:
        """Give out no more places; return the workers that are alive."""
        with self._lock:
            self._closed = True
            return list(self.alive)

    def forget(self, keep_as: str) -> None:
        """Drop a kept instance, so that the next job makes a new one."""
        with self._lock:
            self._instances.forget(keep_as)

    def remember(self, worker: WorkerProcess, job: Job, *, kept: bool) -> None:
        """Note whether the worker keeps the job's instance now."""
        if job.keep_as is None:
            return
        with self._lock:
            self._instances.settle(job.keep_as, job, worker, kept=kept)

    def acquire(self, job: Job) -> Lease:
        """
        Return a worker for the job, waiting for one if need be; `release` it.

        :raise SandboxBusy: when none came free in time.
        """
        with self._lock:
            if self._closed:
                raise SandboxUnavailable("the sandbox is shutting down")
            self._instances.expire()
            worker = None if self._waiting else self._choose(job)
            if worker is not None:
                return self._take(worker, job)
            if len(self._waiting) >= self._config.max_waiting or self._crowds_out(job):
                raise self._busy_error("too many requests are waiting for a sandbox")
            waiter = _Waiter(job)
            waiter.turn.acquire()
            self._waiting.append(waiter)
            # A job ahead in the queue may be held back by its owner's share while this one could go.
            self._serve_waiting()
            self._look_for_extra()
        if not waiter.turn.acquire(timeout=self._patience_s):
            with self._lock:
                waiter.moves = True
                self._serve_waiting()
            waiter.turn.acquire(timeout=self._config.max_wait_s - self._patience_s)
        with self._lock:
            if waiter.lease is not None:
                return waiter.lease
            self._waiting.remove(waiter)
        raise self._busy_error(f"no sandbox came free within {self._config.max_wait_s:g} s")

    def _busy_error(self, message: str) -> SandboxBusy:
        return SandboxBusy(message, retry_after_s=max(1, math.ceil(self._config.max_wait_s)))

    def _crowds_out(self, job: Job) -> bool:
        """One owner may fill half of the queue, so that others find a place in it."""
        own = sum(waiter.job.owner == job.owner for waiter in self._waiting)
        return own >= max(1, self._config.max_waiting // 2)

    def _choose(self, job: Job, *, moves: bool = False) -> WorkerProcess | None:
        """
        Return an idle worker that may take this job now. Holds the lock.

        With `moves`, an instance need not wait for its own while another owner's job has it.
        """
        if self._busy >= self._config.workers or not self._idle:
            return None
        if self._held[job.owner] >= self._config.per_owner:
            return None
        home = self._instances.home(job.keep_as) if job.keep_as is not None else None
        if home is not None and not (moves and home.owner != job.owner):
            return home if home in self._idle else None
        if job.keep_as is None or job.hold_s is not None:
            # Where nobody's instance would have to wait for it.
            return min(self._idle, key=lambda worker: (len(worker.kept), -worker.prepared))
        if sum(map(self._instances.is_keeper, self.alive)) >= self._config.workers:
            # The spares stay free of them.
            holders = [worker for worker in self._idle if self._instances.is_keeper(worker)]
            return min(holders or self._idle, key=lambda worker: len(worker.kept))
        return min(self._idle, key=lambda worker: len(worker.kept))

    def _take(self, worker: WorkerProcess, job: Job) -> Lease:
        self._idle.remove(worker)
        worker.owner = job.owner
        self._busy += 1
        self._held[job.owner] += 1
        lease = Lease(worker, job)
        if job.keep_as is not None:
            busy = (
                f"another integration's run had its sandbox process for over {self._patience_s:g} s"
            )
            lease.replaced = self._instances.claim(job.keep_as, job, worker, busy)
        return lease

    def release(self, lease: Lease) -> None:
        """Give a worker back."""
        worker, job = lease.worker, lease.job
        with self._lock:
            lease.over = True
            if lease.parked:
                self._parked -= 1
            else:
                self._busy -= 1
            self._held[job.owner] -= 1
            if not self._held[job.owner]:
                del self._held[job.owner]
            if worker in self.alive and not worker.dying:
                if self._is_worn(worker) and self._idle:
                    worker.why_ended = _WORN
                    worker.kill()  # another is ready, and its keeper starts the next
                else:
                    self._idle.append(worker)
            self._serve_waiting()

    def _is_worn(self, worker: WorkerProcess) -> bool:
        """Tell whether a worker has made so many isolates that a new one is better; kept ones delay it."""
        patience = 4 if worker.kept else 1
        return worker.fresh_runs >= patience * self._config.max_fresh_runs

    def _serve_waiting(self) -> None:
        for waiter in list(self._waiting):
            if self._busy >= self._config.workers:
                return
            worker = self._choose(waiter.job, moves=waiter.moves)
            if worker is not None:
                waiter.lease = self._take(worker, waiter.job)
                self._waiting.remove(waiter)
                waiter.turn.release()

    def park(self, lease: Lease, *, waits: bool) -> None:
        """Give a job's place to another while it only waits, and take it back, be it free or not."""
        with self._lock:
            if lease.over or lease.parked == waits:
                return
            lease.parked = waits
            change = 1 if waits else -1
            self._parked += change
            self._busy -= change
            self._serve_waiting()
            self._look_for_extra()

    def _look_for_extra(self) -> None:
        """Have one more worker where jobs only wait because those of others do. Holds the lock."""
        if self._waiting and not self._idle and self._parked and self._busy < self._config.workers:
            self._call_extra(self._parked)

    # -- workers come and go --------------------------------------------------------------

    def admit(self, worker: WorkerProcess) -> None:
        """Let a new worker take jobs."""
        with self._lock:
            self.alive.append(worker)
            self._idle.append(worker)
            self._serve_waiting()
            closed = self._closed
        if closed:
            worker.kill()

    def bury(self, worker: WorkerProcess) -> None:
        """Forget a worker that has ended."""
        with self._lock:
            self.alive.remove(worker)
            with contextlib.suppress(ValueError):
                self._idle.remove(worker)
            self._instances.lose(worker)
            self._serve_waiting()  # who waited for one of these may go elsewhere now

    def dismiss(self, worker: WorkerProcess) -> bool:
        """End a worker if it is idle and keeps nothing; tell whether it was."""
        with self._lock:
            self._instances.expire()
            if worker not in self._idle or worker.kept:
                return False
            self._idle.remove(worker)
        worker.kill()
        return True

    def is_idle(self, worker: WorkerProcess) -> bool:
        """Tell whether a worker has nothing to do."""
        with self._lock:
            return worker in self._idle
