"""A child process in which Apprise runs, as its caller sees it: asked, timed, killed."""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
import threading
import time
from typing import Any

import orjson

from engine.transports.requests import json_bytes

# -I and an empty environment: nothing of the parent's settings, paths or secrets.
_COMMAND = (sys.executable, "-I", "-m", "engine.transports.apprise_child")
#: The library's import takes two seconds, on a busy machine more.
_BOOT_S = 60.0
_MAX_ANSWER_BYTES = 1 << 20


class ChildLost(Exception):
    """The process gave no answer; `sent` parts of the message had arrived by then."""

    sent = 0


class ChildGone(ChildLost):
    """The process ended without an answer, or could not be started; the message says more."""


class ChildSlow(ChildLost):
    """The process did not answer in time."""

    def __init__(self) -> None:
        super().__init__("no answer in time")


class AppriseProcess:
    """One process; asks by one caller at a time."""

    def __init__(self) -> None:
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                _COMMAND,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={},
                cwd="/",
                close_fds=True,
            )
        except OSError as exc:
            raise ChildGone(f"the process for Apprise did not start: {exc.strerror}") from exc
        self._rest = b""
        try:
            self._read(time.monotonic() + _BOOT_S)
        except (ChildGone, ChildSlow) as exc:
            self.kill()
            raise ChildGone("the process for Apprise did not start") from exc

    @property
    def pid(self) -> int:
        return self._process.pid

    def ask(self, job: dict[str, Any], timeout_s: float) -> dict[str, Any]:
        """
        Return the answer to a job. After an exception the process is of no more use: kill it.

        `timeout_s` is for each part of a message.

        :raise ChildGone: when it ended. :raise ChildSlow: when it took too long.
        """
        deadline = time.monotonic() + timeout_s
        assert self._process.stdin is not None  # noqa: S101 - asked for above
        try:
            self._process.stdin.write(json_bytes(job) + b"\n")
            self._process.stdin.flush()
        except OSError as exc:
            raise ChildGone("the process for Apprise had ended") from exc
        sent = 0
        try:
            while "sentSoFar" in (answer := self._read(deadline)):
                sent = answer["sentSoFar"]
                deadline = time.monotonic() + timeout_s
        except ChildLost as exc:
            exc.sent = sent
            raise
        return {"sent": sent, **answer}

    def kill(self) -> None:
        """End the process, and wait until it has ended."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None  # noqa: S101 - asked for above
            try:
                stream.close()
            except OSError:
                continue  # what was still to be written has no reader

    def _read(self, deadline: float) -> dict[str, Any]:
        assert self._process.stdout is not None  # noqa: S101 - asked for above
        descriptor = self._process.stdout.fileno()
        with selectors.DefaultSelector() as selector:
            selector.register(descriptor, selectors.EVENT_READ)
            while b"\n" not in self._rest:
                if not selector.select(max(deadline - time.monotonic(), 0)):
                    raise ChildSlow
                read = os.read(descriptor, 1 << 16)
                if not read or len(self._rest) > _MAX_ANSWER_BYTES:
                    raise ChildGone("the process for Apprise ended")
                self._rest += read
        line, _, self._rest = self._rest.partition(b"\n")
        answer: dict[str, Any] = orjson.loads(line)
        return answer


class AppriseProcesses:
    """As many processes as are asked at the same time, up to a number; started when needed."""

    def __init__(self, most: int = 2) -> None:
        self._free = threading.BoundedSemaphore(most)
        self._lock = threading.Lock()
        self._idle: list[AppriseProcess] = []

    def ask(self, job: dict[str, Any], timeout_s: float) -> dict[str, Any]:
        """
        Return the answer to a job, waiting for a process if all are busy.

        :raise ChildGone: when it ended. :raise ChildSlow: when it took too long, waiting included.
        """
        deadline = time.monotonic() + timeout_s
        if not self._free.acquire(timeout=timeout_s):
            raise ChildSlow
        try:
            with self._lock:
                process = self._idle.pop() if self._idle else None
            if process is None:
                process = AppriseProcess()
                deadline = time.monotonic() + timeout_s  # its start is not the far side's fault
            try:
                answer = process.ask(job, max(deadline - time.monotonic(), 0.0))
            except ChildLost:
                process.kill()
                raise
            with self._lock:
                self._idle.append(process)
            return answer
        finally:
            self._free.release()

    def close(self) -> None:
        """End the processes that are idle."""
        with self._lock:
            idle, self._idle = self._idle, []
        for process in idle:
            process.kill()
