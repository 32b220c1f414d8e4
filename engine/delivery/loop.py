"""Who runs lanes in this process, and when: woken by bells, timers, and a sweep in case one was lost."""

from __future__ import annotations

import heapq
import logging
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor

from engine.db import is_away, reason_of
from engine.delivery.lane import Lanes

log = logging.getLogger(__name__)

#: Destinations worked on at once.
MOST_LANES = 32
#: How often leases are renewed; several times in a lease.
_RENEW_S = 2.0
_CLOSE_S = 20.0


class Deliveries:
    """
    Delivers in this process: a thread that waits, and one for each destination that has work.

    A slow destination holds its own thread and nobody else's.
    """

    def __init__(self, lanes: Lanes, sweep_s: float = 5.0, threads: int = MOST_LANES) -> None:
        self._lanes = lanes
        self._sweep_s = sweep_s
        self._reachable = True
        self._change = threading.Condition()
        #: (monotonic time, destination), the soonest first.
        self._timers: list[tuple[float, str]] = []
        self._active: set[str] = set()
        #: Rung while its lane was running: it looks once more.
        self._again: set[str] = set()
        self._closed = False
        self._runners = ThreadPoolExecutor(threads, thread_name_prefix="delivery")
        self._thread = threading.Thread(target=self._work, name="deliveries", daemon=True)
        self._thread.start()

    def ring(self, destination_ids: Iterable[str]) -> None:
        """Say that there is something to deliver."""
        now = time.monotonic()
        with self._change:
            for destination_id in destination_ids:
                heapq.heappush(self._timers, (now, destination_id))
            self._change.notify()

    def close(self) -> None:
        """Finish the requests that are under way, and begin no more."""
        self._lanes.stopping.set()
        with self._change:
            self._closed = True
            self._change.notify()
        self._thread.join(timeout=_CLOSE_S)
        self._runners.shutdown(wait=True, cancel_futures=True)

    def _work(self) -> None:
        next_sweep = next_renewal = 0.0
        while True:
            now = time.monotonic()
            if now >= next_renewal:
                self._look(self._renew)
                next_renewal = now + _RENEW_S
            if now >= next_sweep:
                self._look(self._sweep)
                next_sweep = now + self._sweep_s
            with self._change:
                if self._closed:
                    return
                while self._timers and self._timers[0][0] <= time.monotonic():
                    self._start(heapq.heappop(self._timers)[1])
                soonest = min(next_sweep, next_renewal)
                if self._timers:
                    soonest = min(soonest, self._timers[0][0])
                wait_s = soonest - time.monotonic()
                if wait_s > 0:
                    self._change.wait(wait_s)

    def _renew(self) -> None:
        with self._change:
            active = list(self._active)
        self._lanes.renew(active)

    def _sweep(self) -> None:
        self.ring(self._lanes.ledger.waiting())

    def _look(self, step: Callable[[], None]) -> None:
        try:
            step()
        except Exception as exc:
            self._failed("what is to be delivered could not be looked up", exc)
        else:
            self._reachable = True

    def _failed(self, what: str, exc: BaseException) -> None:
        # While the database is away there is nothing to be done, and no need to say so every second.
        if not is_away(exc):
            log.error(what, exc_info=exc)
        elif self._reachable:
            self._reachable = False
            log.warning("%s: the database cannot be reached (%s)", what, reason_of(exc))

    def _start(self, destination_id: str) -> None:
        if not self._begin(destination_id):
            return
        self._runners.submit(self._lanes.run, destination_id).add_done_callback(
            lambda done: self._ended(destination_id, done)
        )

    def _begin(self, destination_id: str) -> bool:
        """Take a destination for a thread of this process; tell whether it was free."""
        if destination_id in self._active:
            self._again.add(destination_id)
            return False
        self._active.add(destination_id)
        return True

    def _ended(self, destination_id: str, done: Future[float | None]) -> None:
        wait_s: float | None = None
        if not done.cancelled():
            failure = done.exception()
            if failure is not None:
                self._failed(f"delivering to {destination_id} broke off", failure)
                wait_s = self._sweep_s
            else:
                wait_s = done.result()
        with self._change:
            self._active.discard(destination_id)
            if destination_id in self._again:
                self._again.discard(destination_id)
                wait_s = 0.0
            if wait_s is not None and not self._closed:
                heapq.heappush(self._timers, (time.monotonic() + wait_s, destination_id))
            self._change.notify()
