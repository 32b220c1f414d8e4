"""Who runs lanes in this process, and when: woken by bells, timers, and a sweep in case one was lost."""

from __future__ import annotations

import heapq
import logging
import threading
import time
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor

from engine.delivery.lane import Lanes

log = logging.getLogger(__name__)

_MOST_LANES = 32
_CLOSE_S = 20.0


class Deliveries:
    """
    Delivers in this process: a thread that waits, and one for each destination that has work.

    A slow destination holds its own thread and nobody else's.
    """

    def __init__(self, lanes: Lanes, sweep_s: float = 5.0) -> None:
        self._lanes = lanes
        self._sweep_s = sweep_s
        self._change = threading.Condition()
        #: (monotonic time, destination), the soonest first.
        self._timers: list[tuple[float, str]] = []
        self._active: set[str] = set()
        #: Rung while its lane was running: it looks once more.
        self._again: set[str] = set()
        self._closed = False
        self._runners = ThreadPoolExecutor(_MOST_LANES, thread_name_prefix="delivery")
        self._thread = threading.Thread(target=self._work, name="deliveries", daemon=True)
        self._thread.start()

    def ring(self, destination_ids: Iterable[str]) -> None:
        """Say that there is something to deliver."""
        now = time.monotonic()
        with self._change:
            for destination_id in destination_ids:
                heapq.heappush(self._timers, (now, destination_id))
            self._change.notify()

    def come_back(self, destination_id: str, wait_s: float) -> None:
        """Look at a destination again after this time."""
        with self._change:
            heapq.heappush(self._timers, (time.monotonic() + wait_s, destination_id))
            self._change.notify()

    def run_here(self, destination_id: str) -> None:
        """Deliver to a destination in the thread that calls, unless one is at it already."""
        with self._change:
            if not self._begin(destination_id):
                return
        done: Future[float | None] = Future()
        try:
            done.set_result(self._lanes.run(destination_id))
        except Exception as exc:
            done.set_exception(exc)
        self._ended(destination_id, done)

    def close(self) -> None:
        """Finish the requests that are under way, and begin no more."""
        self._lanes.stopping.set()
        with self._change:
            self._closed = True
            self._change.notify()
        self._thread.join(timeout=_CLOSE_S)
        self._runners.shutdown(wait=True, cancel_futures=True)

    def _work(self) -> None:
        next_sweep = 0.0
        while True:
            now = time.monotonic()
            if now >= next_sweep:
                self._sweep()
                next_sweep = now + self._sweep_s
            with self._change:
                if self._closed:
                    return
                while self._timers and self._timers[0][0] <= time.monotonic():
                    self._start(heapq.heappop(self._timers)[1])
                soonest = min(next_sweep, self._timers[0][0] if self._timers else next_sweep)
                wait_s = soonest - time.monotonic()
                if wait_s > 0:
                    self._change.wait(wait_s)

    def _sweep(self) -> None:
        try:
            with self._change:
                active = list(self._active)
            self._lanes.renew(active)
            self.ring(self._lanes.ledger.waiting())
        except Exception:
            # The database may be away; the next sweep finds it again.
            log.exception("what is to be delivered could not be looked up")

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
                log.error("delivering to %s failed", destination_id, exc_info=failure)
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
