"""What /proc tells of processes while a hostile script runs."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

_LOOK_S = 0.015


def resident_bytes(pid: int, line: str = "VmRSS") -> int:
    """Return a process's resident memory, or with `VmHWM` the most it ever was; 0 when it has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = next((one for one in status.splitlines() if one.startswith(f"{line}:")), "")
    return int(found.split()[1]) << 10 if found else 0


def own_bytes() -> int:
    """Return this process's resident memory."""
    return resident_bytes(os.getpid())


def own_bytes_in_use() -> int:
    """Return the same when what is free in it has been given back, where the C library can do that."""
    gc.collect()
    with contextlib.suppress(AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
    return own_bytes()


class Peaks:
    """The most that any worker, and that this process, holds while it is entered."""

    def __init__(self, pids: Callable[[], Iterable[int]]) -> None:
        self._pids = pids
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        #: The kernel's own record is exact; but what a worker held before is not this script's.
        self._before = {pid: resident_bytes(pid, "VmHWM") for pid in pids()}
        self.worker_bytes = 0
        self.own_bytes = 0

    def __enter__(self) -> Peaks:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()
        self._look()

    def _watch(self) -> None:
        while not self._done.wait(_LOOK_S):
            self._look()

    def _look(self) -> None:
        self.own_bytes = max(self.own_bytes, own_bytes())
        for pid in self._pids():
            most = resident_bytes(pid, "VmHWM")
            if most <= self._before.get(pid, 0):
                most = resident_bytes(pid)
            self.worker_bytes = max(self.worker_bytes, most)
