"""One worker process, as the pool sees it: started bare, asked, timed, killed."""

from __future__ import annotations

import select
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from typing import Any

from engine.errors import SandboxUnavailable
from engine.sandbox.lockdown import missing
from engine.sandbox.memory import MemoryGauge
from engine.sandbox.protocol import (
    STARTED,
    WorkerGone,
    receive_exactly,
    receive_frame,
    send_frame,
)

# -I and an empty environment: nothing of the parent's settings, paths or secrets.
_COMMAND = (sys.executable, "-I", "-m", "engine.sandbox.worker")
_BOOT_S = 30.0
#: A worker that does not even begin within this time is stuck in an earlier job's remains.
_START_S = 2.0
#: Room for the head, the console's JSON quoting and the error beside result and console.
_FRAME_OVERHEAD_BYTES = 1 << 20
#: What an isolate adds to a process, nearly all of it its thread's stack, which stays untouched.
_ISOLATE_BYTES = 12 << 20


class WallLimit(Exception):
    """The job took longer than its wall time."""


@dataclass(frozen=True, slots=True)
class WorkerConfig:
    heap_bytes: int
    prepared: int
    v8_flags: tuple[str, ...] = ()
    #: What the process may take beyond what it holds at rest, whatever it takes it for.
    allowance_bytes: int = 256 << 20
    #: A layer of the lock-down that is missing makes the start fail.
    strict: bool = False


class WorkerProcess:
    """A child in which V8 runs."""

    def __init__(self, config: WorkerConfig) -> None:
        try:
            self._connection, self._process = _start()
            self._memory = MemoryGauge(self._process.pid, config.allowance_bytes)
        except OSError as exc:
            raise SandboxUnavailable(f"a sandbox process did not start: {exc}") from exc
        #: Held by a job that uses the connection: closed meanwhile, its number may become another's.
        self._in_use = threading.Lock()
        self.prepared = 0
        self.fresh_runs = 0
        #: Set when it was told to end, or found dead: it takes no more jobs.
        self.dying = False
        #: Instance it keeps -> bytes its calls have added; oldest use first, the pool's book-keeping.
        self.kept: dict[str, int] = {}
        #: Bytes its last job added and that stayed.
        self.grown_bytes = 0
        self._to_drop: list[str] = []
        try:
            self._connection.settimeout(_BOOT_S)
            head = {
                "heapBytes": config.heap_bytes,
                "allowanceBytes": config.allowance_bytes,
                "prepared": config.prepared,
                "v8Flags": list(config.v8_flags),
            }
            send_frame(self._connection, head)
            ready, _ = receive_frame(self._connection)
        except (OSError, WorkerGone) as exc:
            self.kill()
            said = self._last_words()
            self.wait()
            raise SandboxUnavailable(f"a sandbox process did not start: {said or exc}") from exc
        assert self._process.stderr is not None  # noqa: S101 - asked for above
        self._process.stderr.close()
        #: Layer of the lock-down -> "active", or why it is not.
        self.layers: dict[str, str] = ready["layers"]
        if config.strict and (lacking := missing(self.layers)):
            self.kill()
            self.wait()
            raise SandboxUnavailable(f"the sandbox is not locked down as demanded: {lacking}")
        # The other isolates that it will have at rest come on top.
        self._base_bytes = self._memory.held_bytes() + config.prepared * _ISOLATE_BYTES
        self._rest_bytes = self._base_bytes
        self._heap_bytes = config.heap_bytes

    @property
    def pid(self) -> int:
        return self._process.pid

    def drop(self, key: str) -> None:
        """Forget a kept instance; the worker is told with its next job."""
        self.kept.pop(key, None)
        self._to_drop.append(key)

    def ask(
        self, head: dict[str, Any], body: bytes, wall_s: float, max_bytes: int
    ) -> tuple[dict[str, Any], bytes]:
        """
        Send a job and return the answer.

        :raise WorkerGone: when the process ended.
        :raise WallLimit: when it did not answer in time; kill it then.
        """
        head = {**head, "drop": self._to_drop}
        self._to_drop = []
        with self._in_use:
            return self._converse(head, body, wall_s, max_bytes)

    def kill(self) -> None:
        """End the process now."""
        self.dying = True
        self._process.kill()

    def wait(self) -> None:
        """Wait until the process has ended, and close what led to it."""
        self._process.wait()
        with self._in_use:
            self._connection.close()
            self._memory.close()

    def is_swollen(self) -> bool:
        """Tell whether it holds much at rest that nothing in it accounts for any more."""
        # A heap's worth is V8's own, which keeps the pages of a closed isolate for the next.
        return self._rest_bytes > self._explained_bytes() + self._heap_bytes

    def end_signal(self) -> signal.Signals | None:
        """Return the signal that ended the process, waiting briefly for the kernel to say."""
        try:
            code = self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            return None
        return signal.Signals(-code) if code < 0 else None

    def _converse(
        self, head: dict[str, Any], body: bytes, wall_s: float, max_bytes: int
    ) -> tuple[dict[str, Any], bytes]:
        try:
            self._connection.settimeout(_START_S)
            send_frame(self._connection, head, body)
            if receive_exactly(self._connection, 1) != STARTED:
                raise WorkerGone(started=True)
            # Now, and not sooner: it may just have closed the isolate of the job before.
            self._rest_bytes = self._memory.held_bytes()
            self._memory.allow_from(min(self._rest_bytes, self._explained_bytes()))
        except (OSError, WorkerGone) as exc:
            self.kill()
            raise WorkerGone(started=False) from exc
        deadline = time.monotonic() + wall_s
        if not self._readable_until(deadline):
            raise WallLimit
        try:
            # The answer is being written: what is left of the wall time covers its reading.
            self._connection.settimeout(max(deadline - time.monotonic(), 0.5))
            answer = receive_frame(self._connection, max_bytes + _FRAME_OVERHEAD_BYTES)
        except TimeoutError as exc:
            raise WallLimit from exc
        except OSError as exc:
            raise WorkerGone(started=True) from exc
        self.grown_bytes = self._memory.held_bytes() - self._rest_bytes
        return answer

    def _explained_bytes(self) -> int:
        return self._base_bytes + sum(self.kept.values()) + len(self.kept) * _ISOLATE_BYTES

    def _last_words(self) -> str:
        assert self._process.stderr is not None  # noqa: S101 - asked for above
        with self._process.stderr as stream:
            lines = stream.read(65536).decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else ""

    def _readable_until(self, deadline: float) -> bool:
        left = max(deadline - time.monotonic(), 0)
        return bool(select.select([self._connection], [], [], left)[0])


def _start() -> tuple[socket.socket, subprocess.Popen[bytes]]:
    ours, theirs = socket.socketpair()
    with theirs:
        try:
            return ours, subprocess.Popen(  # noqa: S603 - our own program
                _COMMAND,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,  # heard until it is ready: why a start failed
                env={},
                cwd="/",
                close_fds=True,
            )
        except OSError:
            ours.close()
            raise
