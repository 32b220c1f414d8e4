"""Threads for what the event loop must not wait for."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

#: A call, and who waits for what comes of it.
_Task = tuple[Callable[[], Any], "asyncio.Future[Any]"]


class Threads:
    """
    Runs calls of one event loop on at most `count` threads.

    `loop.run_in_executor` does the same with a condition variable and a wake-up of the loop for
    every call, which costs 75 µs; here it is one for all calls that have ended, and 25 µs.
    """

    def __init__(self, count: int, name: str) -> None:
        self._count = count
        self._name = name
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: queue.SimpleQueue[_Task] = queue.SimpleQueue()
        self._ended: deque[tuple[asyncio.Future[Any], Any, BaseException | None]] = deque()
        self._loop_is_woken = False
        # Only the loop's own thread touches these two.
        self._started = 0
        self._unsettled = 0

    def run(self, call: Callable[[], T]) -> asyncio.Future[T]:
        """Return what a call returns or raises."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = self._loop.create_future()
        self._unsettled += 1
        if self._started < min(self._unsettled, self._count):
            self._started += 1
            # A daemon: whoever ends the process does not wait for a caller's answer.
            threading.Thread(target=self._work, name=self._name, daemon=True).start()
        self._tasks.put((call, future))
        return future

    def _work(self) -> None:
        while True:
            self._do(*self._tasks.get())

    def _do(self, call: Callable[[], Any], future: asyncio.Future[Any]) -> None:
        try:
            self._ended.append((future, call(), None))
        except BaseException as exc:
            self._ended.append((future, None, exc))
        # Who reads False after it has added wakes the loop; `_settle` says False before it looks.
        if not self._loop_is_woken:
            self._loop_is_woken = True
            loop = future.get_loop()
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._settle)

    def _settle(self) -> None:
        self._loop_is_woken = False
        while self._ended:
            future, result, exc = self._ended.popleft()
            self._unsettled -= 1
            if future.cancelled():
                continue
            if exc is None:
                future.set_result(result)
            else:
                future.set_exception(exc)
