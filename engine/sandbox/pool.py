"""The pool of sandbox processes: a job in, what came of it out."""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from typing import Any

import orjson

from engine.errors import SandboxUnavailable
from engine.sandbox.calls import Calls
from engine.sandbox.config import PoolConfig as PoolConfig
from engine.sandbox.crew import Crew
from engine.sandbox.outcome import Job, RunOutcome, RunStatus
from engine.sandbox.places import Lease
from engine.sandbox.process import Question, WallLimit, WorkerProcess
from engine.sandbox.protocol import WorkerGone
from engine.sandbox.replies import cause_of_death, read_reply, stopped

log = logging.getLogger(__name__)

#: How much longer than its source what a script is compiled to may be as JSON, its map included.
_COMPILED_TIMES = 64
#: What a Store may come to as JSON text.
_STORE_BYTES = 64 << 10
#: Why a worker was ended.
_NONSENSE = "its sandbox process answered nonsense"
_SWOLLEN = "its sandbox process held too much memory"


class Pool:
    """Runs jobs in child processes; safe to use from any thread."""

    def __init__(self, config: PoolConfig | None = None) -> None:
        self.config = config or PoolConfig()
        self._calls = Calls(self.config.per_owner)
        self._crew = Crew(self.config)
        self._places = self._crew.places

    def run(self, job: Job) -> RunOutcome:
        """
        Run a job and return what came of it.

        :raise SandboxBusy: when no worker came free in time.
        :raise SandboxUnavailable: when every worker dies before it begins.
        """
        started = time.perf_counter()
        replaced = ""
        for _ in range(self.config.workers + self.config.spares + 1):
            lease = self._places.acquire(job)
            replaced = replaced or lease.replaced
            queue_ms = (time.perf_counter() - started) * 1000
            try:
                answer = self._ask(lease, queue_ms)
            except WorkerGone:
                # It was dead or stuck before this job began: not the job's fault, try another.
                log.warning("sandbox process %d was lost before a job began", lease.worker.pid)
                continue
            finally:
                self._places.release(lease)
            if not isinstance(answer, RunOutcome):
                answer = self._read(lease, answer, queue_ms)
            return replace(answer, replaced=replaced) if replaced else answer
        raise SandboxUnavailable("every sandbox process was lost before the script began")

    def check(self, source: str, name: str) -> RunOutcome:
        """Load a script and call nothing: is it one that can run, and what is it compiled to?"""
        return self.run(Job(owner="check", name=name, source=source, method=None))

    def forget(self, keep_as: str) -> None:
        """Drop a kept instance, so that the next job makes a new one."""
        self._places.forget(keep_as)

    def ready(self) -> bool:
        """Tell whether at least one worker is alive."""
        return bool(self._places.alive)

    def pids(self) -> list[int]:
        """Return the process ids of the workers."""
        return [worker.pid for worker in list(self._places.alive)]

    def layers(self) -> dict[str, str]:
        """Return the layers of the workers' lock-down: "active", or why not; empty before the first."""
        return dict(self._crew.layers)

    def trouble(self) -> str:
        """Return why the last worker that should have started did not; empty when it did."""
        return self._crew.trouble

    def stats(self) -> dict[str, int]:
        """Return how many are alive, busy, waiting and kept."""
        return self._places.stats()

    def instances(self) -> dict[str, int]:
        """Return how many instances calls hold, and how often a job found its own replaced."""
        return self._places.instances()

    def wait_until_ready(self, timeout_s: float = 30.0) -> bool:
        """Wait for the first worker; tell whether it came."""
        deadline = time.monotonic() + timeout_s
        while not self.ready():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
        return True

    def close(self) -> None:
        """End every worker."""
        self._crew.close()
        self._calls.close()

    # -- one job on one worker ------------------------------------------------------------

    def _ask(self, lease: Lease, queue_ms: float) -> RunOutcome | tuple[dict[str, Any], bytes]:
        """Return the worker's answer, or what its silence means."""
        worker, job, limits = lease.worker, lease.job, lease.job.limits
        head: dict[str, Any] = {
            "script": job.source,
            "text": job.compiled.text if job.compiled else None,
            "compile": job.compiled is None,
            "name": job.name,
            "method": job.method,
            "kept": job.keep_as,
            "last": job.hold_s == 0,
            "secrets": dict(job.secrets),
            "seed": job.seed,
            "repeat": job.repeat.as_dict() if job.repeat else None,
            "limits": {
                "cpuS": limits.cpu_s,
                "wallS": limits.wall_s,
                "consoleLines": limits.console_lines,
                "consoleBytes": limits.console_bytes,
                "resultBytes": limits.result_bytes,
                "heapBytes": limits.heap_bytes,
            },
        }
        # JSON may write a character as six (\u2028).
        max_bytes = 6 * (limits.result_bytes + limits.console_bytes + _STORE_BYTES)
        if job.compiled is None:
            max_bytes += _COMPILED_TIMES * len(job.source)
        question = Question(
            head,
            job.argument,
            limits.wall_s,
            max_bytes,
            job.owner,
            job.host or _no_host,
            self._calls,
            lambda waits: self._places.park(lease, waits=waits),
        )
        began = time.perf_counter()
        try:
            answer = worker.ask(question)
        except WallLimit:
            return stopped(RunStatus.WALL_LIMIT, job, queue_ms, began, worker.last_lines)
        except WorkerGone as exc:
            if not exc.started:
                raise
            status = cause_of_death(worker.end_signal())
            return stopped(status, job, queue_ms, began, worker.last_lines)
        try:
            worker.prepared = answer[0]["prepared"]
            is_fresh = job.keep_as is None or (job.hold_s is not None and answer[0]["runs"] == 1)
            worker.fresh_runs += is_fresh
            self._places.remember(worker, job, kept=answer[0]["kept"])
        except (LookupError, TypeError):
            return self._distrust(worker, job, queue_ms, began)
        if worker.is_swollen():
            log.warning("sandbox process %d holds too much memory and is replaced", worker.pid)
            worker.why_ended = _SWOLLEN
            worker.kill()
        return answer

    def _read(
        self, lease: Lease, answer: tuple[dict[str, Any], bytes], queue_ms: float
    ) -> RunOutcome:
        """Read an answer, the worker having gone on to its next job meanwhile."""
        began = time.perf_counter()
        try:
            return read_reply(
                answer[0], orjson.loads(answer[1]), lease.job, queue_ms, lease.worker.grown_bytes
            )
        except (ValueError, LookupError, TypeError, AttributeError):
            return self._distrust(lease.worker, lease.job, queue_ms, began)

    def _distrust(
        self, worker: WorkerProcess, job: Job, queue_ms: float, began: float
    ) -> RunOutcome:
        """What came is not what our own worker says: a script has got hold of it."""
        log.exception("sandbox process %d answered nonsense", worker.pid)
        worker.why_ended = _NONSENSE
        worker.kill()
        return stopped(RunStatus.CRASHED, job, queue_ms, began)


def _no_host(_number: int, _request: str) -> str:
    return '{"error":"there is no network and no Store here"}'
