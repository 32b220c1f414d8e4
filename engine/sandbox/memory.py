"""How much memory a worker holds at rest, and the kernel's limit on what a job may add to it."""

from __future__ import annotations

import os
import resource
import sys

#: Limits that differ by less are the same.
_STEP_BYTES = 1 << 20


class MemoryGauge:
    """
    The data of one process, as the kernel counts it against RLIMIT_DATA, and that limit.

    It is set from outside, for the process itself may no longer change it, and anew for every job,
    for kept instances and their isolates add to what the process holds rightly. Where the kernel
    has no such numbers it measures 0 and limits nothing.
    """

    def __init__(self, pid: int, allowance_bytes: int) -> None:
        self._pid = pid
        self._allowance_bytes = allowance_bytes
        self._limit_bytes = 0
        #: Opened while the process is still like any other: later /proc may hide it.
        self._statm = -1
        if sys.platform == "linux":
            self._statm = os.open(f"/proc/{pid}/statm", os.O_RDONLY | os.O_CLOEXEC)

    def held_bytes(self) -> int:
        """Return what it holds now; 0 when it has ended or cannot be asked."""
        if self._statm < 0:
            return 0
        try:
            fields = os.pread(self._statm, 256, 0).split()
        except OSError:
            return 0
        return int(fields[5]) * resource.getpagesize() if len(fields) > 5 else 0

    def allow_from(self, held_bytes: int) -> None:
        """Let the process take the allowance beyond what it holds."""
        limit = held_bytes + self._allowance_bytes
        if not held_bytes or abs(limit - self._limit_bytes) < _STEP_BYTES:
            return
        try:
            _, hard = resource.prlimit(self._pid, resource.RLIMIT_DATA)
            if hard != resource.RLIM_INFINITY:
                limit = min(limit, hard)
            resource.prlimit(self._pid, resource.RLIMIT_DATA, (limit, hard))
        except OSError:  # it has ended, or a limit from before stands
            return
        self._limit_bytes = limit

    def close(self) -> None:
        """Give the descriptor back; nothing can be measured any more."""
        if self._statm >= 0:
            os.close(self._statm)
            self._statm = -1
