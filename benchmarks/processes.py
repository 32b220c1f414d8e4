"""What /proc tells about a server's processes: who they are, what they hold, how busy they are."""

from __future__ import annotations

import os
import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_V8 = b"engine.sandbox"
_SETTLED = 0.005
_SETTLE_S = 1.0
_SETTLE_AT_MOST_S = 20.0


@dataclass(frozen=True)
class Memory:
    """Bytes held; `exact` is false where only an upper bound could be read of some process."""

    held_bytes: int
    exact: bool


def available() -> bool:
    """Tell whether this system has what this module reads."""
    return sys.platform == "linux"


def family(pid: int) -> list[int]:
    """Return a process and all that descend from it."""
    parents = {}
    for entry in _PROC.iterdir():
        if entry.name.isdecimal() and (fields := _stat(int(entry.name))):
            parents[int(entry.name)] = int(fields[1])
    found = [pid]
    for member in found:
        found += [child for child, parent in parents.items() if parent == member]
    return found


def v8_processes(pid: int) -> list[int]:
    """Return those of a server's processes in which scripts run."""
    return [member for member in family(pid) if _V8 in _command(member)]


def busiest(pids: list[int], seconds: float) -> int:
    """Return the process that used most CPU time during so many seconds from now."""
    before = {pid: _cpu_ticks(pid) for pid in pids}
    time.sleep(seconds)
    return max(pids, key=lambda pid: _cpu_ticks(pid) - before[pid])


def memory(pid: int) -> Memory:
    """Return what a process and its descendants hold: shared pages are divided among their users."""
    held, exact = 0, True
    for member in family(pid):
        try:
            rollup = (_PROC / str(member) / "smaps_rollup").read_text(encoding="ascii")
            held += int(re.findall(r"^Pss: +(\d+) kB", rollup, re.MULTILINE)[0]) * 1024
        except (PermissionError, IndexError):
            # A locked-down process shows that to root alone, but its resident pages to everybody.
            pages = (_PROC / str(member) / "statm").read_text(encoding="ascii").split()[1]
            held += int(pages) * os.sysconf("SC_PAGE_SIZE")
            exact = False
        except (FileNotFoundError, ProcessLookupError):
            continue
    return Memory(held, exact)


def settled_memory(pid: int) -> Memory:
    """Wait until what it holds hardly changes any more; return that."""
    last = memory(pid)
    deadline = time.monotonic() + _SETTLE_AT_MOST_S
    while time.monotonic() < deadline:
        time.sleep(_SETTLE_S)
        now = memory(pid)
        if abs(now.held_bytes - last.held_bytes) < _SETTLED * last.held_bytes:
            return now
        last = now
    return last


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/<pid>/stat that follow the name; none when it has ended."""
    try:
        text = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return []
    return text.rpartition(")")[2].split()


def _cpu_ticks(pid: int) -> int:
    fields = _stat(pid)
    return int(fields[11]) + int(fields[12]) if fields else 0


def _command(pid: int) -> bytes:
    try:
        return (_PROC / str(pid) / "cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""
