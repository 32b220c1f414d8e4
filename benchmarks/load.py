"""Load: as many requests a second as a few connections bring about, by wrk where it is installed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Protocol

from benchmarks.client import BenchError, call_once, drive
from benchmarks.workload import Target

CONNECTIONS = 16
_LUA = Path(__file__).with_name("wrk.lua")
_MARK = "FIGURES "


class Load(Protocol):
    """Something that calls a target as fast as it answers."""

    name: str

    def run(self, target: Target, seconds: float) -> tuple[int, float]:
        """Return how many requests were answered, and in how many seconds."""


class Wrk:
    """The load generator wrk, with one thread and a script that chooses the paths."""

    def __init__(self, program: str) -> None:
        said = subprocess.run([program, "--version"], capture_output=True, text=True)
        words = (said.stdout or said.stderr).split()
        self._program = program
        self.name = " ".join(words[:2]) if words else "wrk"

    def run(self, target: Target, seconds: float) -> tuple[int, float]:
        """
        Return how many requests were answered, and in how many seconds.

        :raise BenchError: when one of them was answered with an error or not at all.
        """
        with tempfile.TemporaryDirectory() as folder:
            paths, tail = Path(folder, "paths"), Path(folder, "tail")
            paths.write_text("\n".join(target.paths), encoding="ascii")
            tail.write_bytes(target.tail)
            done = subprocess.run(
                [
                    self._program,
                    "--threads=1",
                    f"--connections={CONNECTIONS}",
                    f"--duration={max(1, round(seconds))}s",
                    "--timeout=30s",
                    f"--script={_LUA}",
                    f"http://127.0.0.1:{target.port}",
                ],
                env={
                    **os.environ,
                    "BENCH_METHOD": target.method,
                    "BENCH_PATHS": str(paths),
                    "BENCH_TAIL": str(tail),
                },
                capture_output=True,
                text=True,
            )
        _, found, figures = done.stdout.partition(_MARK)
        if done.returncode or not found:
            raise BenchError(f"wrk failed: {(done.stderr or done.stdout).strip()[-300:]}")
        answered = json.loads(figures)
        errors = {kind: count for kind, count in answered["errors"].items() if count}
        if errors:
            call_once(target)  # says what is wrong when it still is
            raise BenchError(f"{target.name}: of {answered['requests']} requests failed: {errors}")
        return answered["requests"], answered["seconds"]


class OwnClient:
    """The client in Python, for machines without wrk."""

    name = "a Python client, as wrk is not installed"

    def run(self, target: Target, seconds: float) -> tuple[int, float]:
        """Return how many requests were answered, and in how many seconds."""
        return len(drive(target, CONNECTIONS, seconds)), seconds


def find_load() -> Load:
    """Return wrk, or what takes its place."""
    program = shutil.which("wrk")
    return Wrk(program) if program else OwnClient()
