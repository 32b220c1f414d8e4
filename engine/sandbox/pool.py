"""The pool of sandbox processes: who runs where, who waits, who is replaced."""

from __future__ import annotations

import contextlib
import logging
import math
import threading
import time
from collections import Counter, OrderedDict, deque
from dataclasses import dataclass, field
from typing import Any

import orjson

from engine.errors import SandboxBusy, SandboxUnavailable
from engine.sandbox.config import PoolConfig as PoolConfig
from engine.sandbox.lockdown import missing
from engine.sandbox.outcome import Job, RunOutcome, RunStatus
from engine.sandbox.process import WallLimit, WorkerProcess
from engine.sandbox.protocol import WorkerGone
from engine.sandbox.replies import cause_of_death, read_reply, stopped

log = logging.getLogger(__name__)

#: How much longer than its source what a script is compiled to may be as JSON, its map included.
_COMPILED_TIMES = 64

_RESTART_DELAY_S = (0.0, 0.2, 1.0, 5.0)
#: What a kept instance may hold beside V8's heap between calls, garbage included.
_KEPT_BYTES_BEYOND_HEAP = 64 << 20


@dataclass(slots=True, eq=False)
class _Waiter:
    job: Job
    turn: threading.Lock = field(default_factory=threading.Lock)
    worker: WorkerProcess | None = None


class Pool:
    """
    Runs jobs in child processes; safe to use from any thread.

    Each worker has a keeper thread that starts it, waits for its end and starts the next, so a
    killed worker's place is taken by a spare at once and by a new process soon.
    """

    def __init__(self, config: PoolConfig | None = None) -> None:
        self.config = config or PoolConfig()
        self._layers: dict[str, str] = {}
        self._trouble = ""
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._alive: list[WorkerProcess] = []
        self._idle: list[WorkerProcess] = []
        self._busy = 0
        self._waiting: deque[_Waiter] = deque()
        self._held: Counter[str] = Counter()
        #: Kept instance -> where it lives, least recently used first.
        self._kept: OrderedDict[str, WorkerProcess] = OrderedDict()
        self._keepers = [
            threading.Thread(target=self._keep, name=f"sandbox-{n}", daemon=True)
            for n in range(self.config.workers + self.config.spares)
        ]
        for keeper in self._keepers:
            keeper.start()

    def run(self, job: Job) -> RunOutcome:
        """
        Run a job and return what came of it.

        :raise SandboxBusy: when no worker came free in time.
        :raise SandboxUnavailable: when every worker dies before it begins.
        """
        started = time.perf_counter()
        for _ in range(self.config.workers + self.config.spares + 1):
            worker = self._acquire(job)
            queue_ms = (time.perf_counter() - started) * 1000
            try:
                return self._run_on(worker, job, queue_ms)
            except WorkerGone:
                # It was dead or stuck before this job began: not the job's fault, try another.
                log.warning("sandbox process %d was lost before a job began", worker.pid)
            finally:
                self._release(worker, job)
        raise SandboxUnavailable("every sandbox process was lost before the script began")

    def check(self, source: str, name: str) -> RunOutcome:
        """Load a script and call nothing: is it one that can run, and what is it compiled to?"""
        return self.run(Job(owner="check", name=name, source=source, method=None))

    def forget(self, keep_as: str) -> None:
        """Drop a kept instance, so that the next job makes a new one."""
        with self._lock:
            worker = self._kept.pop(keep_as, None)
            if worker is not None:
                worker.drop(keep_as)

    def ready(self) -> bool:
        """Tell whether at least one worker is alive."""
        with self._lock:
            return bool(self._alive)

    def layers(self) -> dict[str, str]:
        """Return the layers of the workers' lock-down: "active", or why not; empty before the first."""
        return dict(self._layers)

    def trouble(self) -> str:
        """Return why the last worker that should have started did not; empty when it did."""
        return self._trouble

    def stats(self) -> dict[str, int]:
        """Return how many are alive, busy, waiting and kept."""
        with self._lock:
            return {
                "alive": len(self._alive),
                "busy": self._busy,
                "waiting": len(self._waiting),
                "kept": len(self._kept),
            }

    def wait_until_ready(self, timeout_s: float = 30.0) -> bool:
        """Wait for the first worker; tell whether it came."""
        deadline = time.monotonic() + timeout_s
        while not self.ready():
            if time.monotonic() > deadline or self._closed.is_set():
                return False
            time.sleep(0.01)
        return True

    def close(self) -> None:
        """End every worker."""
        self._closed.set()
        with self._lock:
            alive = list(self._alive)
        for worker in alive:
            worker.kill()
        for keeper in self._keepers:
            keeper.join(timeout=5)

    # -- one job on one worker ------------------------------------------------------------

    def _run_on(self, worker: WorkerProcess, job: Job, queue_ms: float) -> RunOutcome:
        limits = job.limits
        head: dict[str, Any] = {
            "script": job.source,
            "text": job.compiled.text if job.compiled else None,
            "compile": job.compiled is None,
            "name": job.name,
            "method": job.method,
            "kept": job.keep_as,
            "limits": {
                "cpuS": limits.cpu_s,
                "wallS": limits.wall_s,
                "consoleLines": limits.console_lines,
                "consoleBytes": limits.console_bytes,
                "resultBytes": limits.result_bytes,
                "heapBytes": limits.heap_bytes,
            },
        }
        began = time.perf_counter()
        try:
            # JSON may write a character as six (\\u2028).
            answer, body = worker.ask(
                head,
                job.argument,
                limits.wall_s,
                6 * (limits.result_bytes + limits.console_bytes)
                + (_COMPILED_TIMES * len(job.source) if job.compiled is None else 0),
            )
        except WallLimit:
            worker.kill()
            return stopped(RunStatus.WALL_LIMIT, job, queue_ms, began)
        except WorkerGone as exc:
            if not exc.started:
                raise
            worker.kill()
            return stopped(cause_of_death(worker.end_signal()), job, queue_ms, began)
        try:
            outcome = read_reply(orjson.loads(body), job, queue_ms)
            worker.prepared = answer["prepared"]
            worker.fresh_runs += job.keep_as is None
            self._remember(worker, job, kept=answer["kept"])
            if worker.is_swollen():
                log.warning("sandbox process %d holds too much memory and is replaced", worker.pid)
                worker.kill()
        except (ValueError, LookupError, TypeError, AttributeError):
            # Not what our own worker says: a script has got hold of it.
            log.exception("sandbox process %d answered nonsense", worker.pid)
            worker.kill()
            return stopped(RunStatus.CRASHED, job, queue_ms, began)
        return outcome

    def _remember(self, worker: WorkerProcess, job: Job, *, kept: bool) -> None:
        if job.keep_as is None:
            return
        with self._lock:
            if self._kept.get(job.keep_as) is not worker:
                # Forgotten while it ran; the next job may already have made its own elsewhere.
                worker.drop(job.keep_as)
                return
            if not kept:
                del self._kept[job.keep_as]
                worker.kept.pop(job.keep_as, None)
                return
            worker.kept[job.keep_as] = max(worker.kept[job.keep_as] + worker.grown_bytes, 0)
            if worker.kept[job.keep_as] > self.config.heap_bytes + _KEPT_BYTES_BEYOND_HEAP:
                # It would take from the others' room; its next job makes a new one.
                del self._kept[job.keep_as]
                worker.drop(job.keep_as)
                return
            while len(self._kept) > self.config.max_kept:
                key, owner = self._kept.popitem(last=False)
                owner.drop(key)

    # -- who runs where -------------------------------------------------------------------

    def _acquire(self, job: Job) -> WorkerProcess:
        with self._lock:
            if self._closed.is_set():
                raise SandboxUnavailable("the sandbox is shutting down")
            worker = None if self._waiting else self._choose(job)
            if worker is not None:
                self._take(worker, job)
                return worker
            if len(self._waiting) >= self.config.max_waiting or self._crowds_out(job):
                raise self._busy_error("too many requests are waiting for a sandbox")
            waiter = _Waiter(job)
            waiter.turn.acquire()
            self._waiting.append(waiter)
            # A job ahead in the queue may be held back by its owner's share while this one could go.
            self._serve_waiting()
        waiter.turn.acquire(timeout=self.config.max_wait_s)
        with self._lock:
            if waiter.worker is not None:
                return waiter.worker
            self._waiting.remove(waiter)
        raise self._busy_error(f"no sandbox came free within {self.config.max_wait_s:g} s")

    def _busy_error(self, message: str) -> SandboxBusy:
        return SandboxBusy(message, retry_after_s=max(1, math.ceil(self.config.max_wait_s)))

    def _crowds_out(self, job: Job) -> bool:
        """One owner may fill half of the queue, so that others find a place in it."""
        own = sum(waiter.job.owner == job.owner for waiter in self._waiting)
        return own >= max(1, self.config.max_waiting // 2)

    def _choose(self, job: Job) -> WorkerProcess | None:
        """Return an idle worker that may take this job now. Holds the lock."""
        if self._busy >= self.config.workers or not self._idle:
            return None
        if self._held[job.owner] >= self.config.per_owner:
            return None
        if job.keep_as is None:
            return max(self._idle, key=lambda worker: worker.prepared)
        home = self._kept.get(job.keep_as)
        if home is not None:
            return home if home in self._idle else None
        return min(self._idle, key=lambda worker: len(worker.kept))

    def _take(self, worker: WorkerProcess, job: Job) -> None:
        self._idle.remove(worker)
        self._busy += 1
        self._held[job.owner] += 1
        if job.keep_as is not None:
            # Claimed now, so that the next job for this instance waits for it.
            self._kept[job.keep_as] = worker
            self._kept.move_to_end(job.keep_as)
            worker.kept.setdefault(job.keep_as, 0)

    def _release(self, worker: WorkerProcess, job: Job) -> None:
        with self._lock:
            self._busy -= 1
            self._held[job.owner] -= 1
            if not self._held[job.owner]:
                del self._held[job.owner]
            if worker in self._alive and not worker.dying:
                if self._is_worn(worker) and self._idle:
                    worker.kill()  # another is ready, and its keeper starts the next
                else:
                    self._idle.append(worker)
            self._serve_waiting()

    def _is_worn(self, worker: WorkerProcess) -> bool:
        """Tell whether a worker has made so many isolates that a new one is better; kept ones delay it."""
        patience = 4 if worker.kept else 1
        return worker.fresh_runs >= patience * self.config.max_fresh_runs

    def _serve_waiting(self) -> None:
        for waiter in list(self._waiting):
            if self._busy >= self.config.workers:
                return
            worker = self._choose(waiter.job)
            if worker is not None:
                self._take(worker, waiter.job)
                self._waiting.remove(waiter)
                waiter.worker = worker
                waiter.turn.release()

    # -- keeping workers alive ------------------------------------------------------------

    def _keep(self) -> None:
        failures = 0
        while not self._closed.is_set():
            if self._closed.wait(_RESTART_DELAY_S[min(failures, len(_RESTART_DELAY_S) - 1)]):
                return
            try:
                worker = WorkerProcess(self.config.worker())
            except SandboxUnavailable as exc:
                failures += 1
                self._trouble = str(exc)
                log.error("%s", exc)
                continue
            failures = 0
            self._trouble = ""
            self._admit(worker)
            worker.wait()
            self._bury(worker)

    def _admit(self, worker: WorkerProcess) -> None:
        with self._lock:
            if not self._layers and (lacking := missing(worker.layers)):
                log.warning("scripts run without these layers of protection: %s", lacking)
            self._layers = worker.layers
            self._alive.append(worker)
            self._idle.append(worker)
            self._serve_waiting()
            closed = self._closed.is_set()
        if closed:
            worker.kill()

    def _bury(self, worker: WorkerProcess) -> None:
        with self._lock:
            self._alive.remove(worker)
            with contextlib.suppress(ValueError):
                self._idle.remove(worker)
            for key in worker.kept:
                if self._kept.get(key) is worker:
                    del self._kept[key]
            self._serve_waiting()  # who waited for one of these may go elsewhere now
