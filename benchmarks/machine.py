"""What the figures were measured on."""

from __future__ import annotations

import json
import os
import platform
import statistics
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from benchmarks.contender import PROGRAM, Contender
from benchmarks.load import CONNECTIONS, Load
from benchmarks.workload import PUSH

_SYNCS = 100


def describe(load: Load, contender: Contender | None, folder: Path) -> list[str]:
    """Return lines about machine, programs and load."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    programs = [
        f"Python {platform.python_version()}",
        f"mini-racer {version('mini-racer')}",
    ]
    if contender is not None:
        programs += [f"Node {contender.node_version}", f"isolated-vm {_pinned('isolated-vm')}"]
    return [
        f"Machine: {_cpu()}, {cores} cores, {_memory()}{platform.system()} {platform.release()}; "
        f"{_sync_ms(folder):.2f} ms until a small write is on disk",
        f"Programs: {', '.join(programs)}",
        f"Load: {load.name}, {CONNECTIONS} connections unless said otherwise; "
        f"a GitHub push of {len(PUSH):,} bytes",
    ]


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _memory() -> str:
    try:
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return ""
    return f"{size / (1 << 30):.0f} GiB, "


def _sync_ms(folder: Path) -> float:
    """Return how long the disk takes to make a small write durable, in the folder of the data."""
    taken = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(_SYNCS):
            file.write(bytes(4096))
            file.flush()
            began = time.perf_counter()
            os.fsync(file.fileno())
            taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1000


def _pinned(package: str) -> str:
    text = (PROGRAM / "package.json").read_text(encoding="utf-8")
    dependencies: dict[str, str] = json.loads(text)["dependencies"]
    return dependencies[package]
