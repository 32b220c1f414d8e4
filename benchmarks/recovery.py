"""One V8 process dies in the middle of a run; what that costs somebody else."""

from __future__ import annotations

import os
import signal
import statistics
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks import processes
from benchmarks.client import BenchError, Connection, require_ok
from benchmarks.report import percentile
from benchmarks.server import Server
from benchmarks.workload import Target

#: The victim computes for this long, unless it is killed.
_BUSY = """class Script {
  process_incoming_request() {
    const end = Date.now() + 2500;
    while (Date.now() < end) {}
    return { content: { text: 'done' } };
  }
}
"""
_SETTLE_S = 0.3
_WATCH_S = 0.3
_AFTER_S = 1.0
_REPLACED_S = 20.0


@dataclass(frozen=True)
class Trial:
    """The seconds for which a neighbour waited from one moment on, and what the victim got."""

    waits: Sequence[float]
    victim_status: int | None


class Neighbour:
    """Calls a hook on one connection, one request after the other, and notes when and how long."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._ended = threading.Event()
        self._calls: list[tuple[float, float]] = []
        self._failure: BenchError | None = None
        self._thread = threading.Thread(target=self._work)
        self._thread.start()

    def end(self) -> list[tuple[float, float]]:
        """
        Stop; return when each answer came, and the seconds that it took.

        :raise BenchError: when one of the answers was not a 200.
        """
        self._ended.set()
        self._thread.join()
        if self._failure is not None:
            raise self._failure
        return self._calls

    def _work(self) -> None:
        request = self._target.requests()[0]
        try:
            connection = Connection(self._target.port)
            try:
                while not self._ended.is_set():
                    began = time.perf_counter()
                    require_ok(self._target, *connection.call(request))
                    now = time.perf_counter()
                    self._calls.append((now, now - began))
            finally:
                connection.close()
        except (BenchError, OSError) as exc:
            self._failure = BenchError(f"the neighbour of a killed process: {exc}")


def victim_of(server: Server) -> Target:
    """Create the integration whose process is killed."""
    return Target("victim", server.port, (server.create_hook(_BUSY, "per-request"),))


def attempt(
    server: Server, neighbour: Target, victim: Target | None = None, *, kill: bool = False
) -> Trial:
    """
    Watch a neighbour: alone, beside a busy victim, or when the victim's process is killed.

    :raise BenchError: when the neighbour fails, or another process than the victim's was killed.
    """
    workers = processes.v8_processes(server.pid)
    running = _Victim(victim) if victim else None
    # While nobody else calls, it is the victim's process that is busy.
    pid = processes.busiest(workers, _WATCH_S)
    calling = Neighbour(neighbour)
    try:
        time.sleep(_SETTLE_S)
        moment = time.perf_counter()
        if kill:
            os.kill(pid, signal.SIGKILL)
        time.sleep(_AFTER_S)
    finally:
        calls = calling.end()
        status = running.end() if running else None
    if running and kill != (status != 200):
        raise BenchError(f"killed: {kill}, yet the process's own request was answered {status}")
    _wait_for(server, len(workers))
    # What was waiting already waits on: only the time from the moment on counts.
    return Trial([at - max(at - taken, moment) for at, taken in calls if at >= moment], status)


def slowest_s(trials: Sequence[Trial]) -> float:
    """Return the median of the trials' longest waits."""
    return statistics.median(max(trial.waits) for trial in trials)


def p50_s(trials: Sequence[Trial]) -> float:
    """Return the median of all waits."""
    return percentile([wait for trial in trials for wait in trial.waits], 50)


class _Victim:
    """One call of the victim, on a thread of its own."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._status: int | None = None
        self._thread = threading.Thread(target=self._work)
        self._thread.start()

    def end(self) -> int:
        """Return the status of the answer."""
        self._thread.join()
        if self._status is None:
            raise BenchError("the request of a killed process was not answered")
        return self._status

    def _work(self) -> None:
        connection = Connection(self._target.port)
        try:
            self._status, _ = connection.call(self._target.requests()[0])
        except BenchError:
            self._status = None
        finally:
            connection.close()


def _wait_for(server: Server, count: int) -> None:
    """Wait until a killed process has its successor."""
    deadline = time.monotonic() + _REPLACED_S
    while len(processes.v8_processes(server.pid)) < count:
        if time.monotonic() > deadline:
            raise BenchError(f"a killed V8 process was not replaced within {_REPLACED_S:g} s")
        time.sleep(0.1)
    time.sleep(_SETTLE_S)
