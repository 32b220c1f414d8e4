"""The threads in which the calls of all runs to the outside are made, and whose call is next."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

#: Threads in which calls wait for the outside, at least; they are started when needed.
_MOST_AT_ONCE = 256
#: What one owner may have of them, for each run it may have going on.
_AT_ONCE_PER_RUN = 16
#: What the texts of one owner's calls may come to that wait for a thread.
_WAITING_BYTES = 16 << 20


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    run: object
    size_bytes: int
    make: Callable[[], None]


class Calls:
    """
    Makes calls in threads of its own; safe to use from any thread.

    An owner's calls beyond its share wait for each other, and for nobody else's. Should all threads
    be taken, the owner that has fewest goes first.
    """

    def __init__(self, runs_per_owner: int) -> None:
        self._per_owner = runs_per_owner * _AT_ONCE_PER_RUN
        self._free = max(_MOST_AT_ONCE, 4 * self._per_owner)
        self._threads = ThreadPoolExecutor(self._free, thread_name_prefix="sandbox-call")
        self._lock = threading.Lock()
        self._closed = False
        self._going: Counter[str] = Counter()
        self._waiting: dict[str, deque[_Waiting]] = {}
        self._waiting_bytes: Counter[str] = Counter()

    def close(self) -> None:
        """Make no more calls."""
        with self._lock:
            self._closed = True
            self._waiting.clear()
        self._threads.shutdown(wait=False)

    def has_room(self, owner: str, size_bytes: int) -> bool:
        """Tell whether a text of this size may still wait for its turn."""
        with self._lock:
            return self._waiting_bytes[owner] + size_bytes <= _WAITING_BYTES

    def make(self, owner: str, run: object, size_bytes: int, make: Callable[[], None]) -> None:
        """Call `make`, which raises nothing, in a thread as soon as it is the owner's turn."""
        with self._lock:
            self._waiting.setdefault(owner, deque()).append(_Waiting(run, size_bytes, make))
            self._waiting_bytes[owner] += size_bytes
            self._start()

    def drop(self, owner: str, run: object) -> None:
        """Forget the calls of a run that still wait for their turn."""
        with self._lock:
            for call in list(self._waiting.get(owner, ())):
                if call.run is run:
                    self._waiting[owner].remove(call)
                    self._count_out(owner, call)

    def _start(self) -> None:
        """Start the calls whose turn it is. Holds the lock."""
        while self._free and not self._closed:
            ready = [owner for owner in self._waiting if self._going[owner] < self._per_owner]
            if not ready:
                return
            owner = min(ready, key=self._going.__getitem__)
            call = self._waiting[owner].popleft()
            self._count_out(owner, call)
            self._going[owner] += 1
            self._free -= 1
            self._threads.submit(self._run, owner, call.make)

    def _count_out(self, owner: str, call: _Waiting) -> None:
        self._waiting_bytes[owner] -= call.size_bytes
        if not self._waiting[owner]:
            del self._waiting[owner], self._waiting_bytes[owner]

    def _run(self, owner: str, make: Callable[[], None]) -> None:
        try:
            make()
        finally:
            with self._lock:
                self._free += 1
                self._going[owner] -= 1
                if not self._going[owner]:
                    del self._going[owner]
                self._start()
