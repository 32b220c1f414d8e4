"""One worker process, as the pool sees it: started bare, asked, timed, killed."""

from __future__ import annotations

import logging
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import orjson

from engine.errors import SandboxUnavailable
from engine.sandbox.birth import start_process
from engine.sandbox.calls import Calls
from engine.sandbox.lockdown import missing
from engine.sandbox.memory import MemoryGauge
from engine.sandbox.outcome import Host
from engine.sandbox.protocol import (
    GO,
    LENGTHS_BYTES,
    STARTED,
    WorkerGone,
    receive_frame,
    send_frame,
    set_timeout,
)

log = logging.getLogger(__name__)

_BOOT_S = 30.0
#: A worker that does not even begin within this time is stuck in an earlier job's remains.
_START_S = 2.0
#: A worker takes what is sent to it at the latest when its job's time is over.
_SEND_S = 30.0
#: What a script may send in one call, and how often before it is taken for an attack.
_CALL_BYTES = 4 << 20
_MAX_CALLS = 2000
#: Room for the head, the console's JSON quoting and the error beside result and console.
_FRAME_OVERHEAD_BYTES = 1 << 20
#: What an isolate adds to a process, nearly all of it its thread's stack, which stays untouched.
_ISOLATE_BYTES = 12 << 20


class WallLimit(Exception):
    """The job took longer than its wall time."""


@dataclass(frozen=True, slots=True)
class Question:
    """A job as it goes to a worker, and what answers its calls to the outside."""

    head: dict[str, Any]
    body: bytes
    wall_s: float
    max_bytes: int
    owner: str
    host: Host
    calls: Calls
    #: Told True when the job begins to wait for the outside, False when it has all answers.
    on_wait: Callable[[bool], None]


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
            self._connection, self._process, self._console = start_process()
            self._memory = MemoryGauge(self._process.pid, config.allowance_bytes)
        except OSError as exc:
            raise SandboxUnavailable(f"a sandbox process did not start: {exc}") from exc
        #: Held by a job that uses the connection: closed meanwhile, its number may become another's.
        self._in_use = threading.Lock()
        #: Held by who sends; `_job` counts the jobs, so that a late answer reaches no other.
        self._sending = threading.Lock()
        self._counting = threading.Lock()
        self._job = 0
        self._unanswered = 0
        self.prepared = 0
        self.fresh_runs = 0
        #: Set when it was told to end, or found dead: it takes no more jobs.
        self.dying = False
        #: Why the pool ended it, where no run was to blame.
        self.why_ended = ""
        #: Whether it has begun a job that is not over, and for which instance.
        self.in_run = False
        self.run_for: str | None = None
        #: Instance it keeps -> bytes its calls have added; oldest use first, the pool's book-keeping.
        self.kept: dict[str, int] = {}
        #: Of these, the ones it has said to keep: they need no script sent along.
        self.loaded: set[str] = set()
        #: Whose job it has, or had last.
        self.owner = ""
        #: Bytes its last job added and that stayed.
        self.grown_bytes = 0
        #: What its last job had written to the console, when it ended with it.
        self.last_lines: list[dict[str, Any]] = []
        self._to_drop: list[str] = []
        try:
            set_timeout(self._connection, socket.SO_RCVTIMEO, _BOOT_S)
            set_timeout(self._connection, socket.SO_SNDTIMEO, _SEND_S)
            head = {
                "heapBytes": config.heap_bytes,
                "allowanceBytes": config.allowance_bytes,
                "prepared": config.prepared,
                "v8Flags": list(config.v8_flags),
                "console": self._console is not None,
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
        self._timeout_s = _BOOT_S
        self._base_bytes = self._memory.held_bytes() + config.prepared * _ISOLATE_BYTES
        self._rest_bytes = self._base_bytes
        self._heap_bytes = config.heap_bytes

    @property
    def pid(self) -> int:
        return self._process.pid

    def drop(self, key: str) -> None:
        """Forget a kept instance; the worker is told with its next job."""
        self.kept.pop(key, None)
        self.loaded.discard(key)
        self._to_drop.append(key)

    def ask(self, question: Question) -> tuple[dict[str, Any], bytes]:
        """
        Send a job, answer what it asks, and return what comes of it.

        :raise WorkerGone: when the process ended.
        :raise WallLimit: when it did not answer in time. It is killed in either case.
        """
        with self._in_use:
            self._job += 1
            self._unanswered = 0
            try:
                answer = self._ask_again_with_script(question)
            except (WorkerGone, WallLimit):
                self.kill()
                self.last_lines = self._lines(question.head["limits"])
                raise
            finally:
                self._job += 1  # what is still answered reaches nobody any more
                question.calls.drop(question.owner, self)
            self.grown_bytes = self._memory.held_bytes() - self._rest_bytes
            return answer

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
            if self._console is not None:
                self._console.close()

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

    def _ask_again_with_script(self, question: Question) -> tuple[dict[str, Any], bytes]:
        key = question.head["kept"]
        if key not in self.loaded:
            return self._converse(question)
        # It has the script already, as far as we know.
        head, body = self._converse(
            replace(question, head={**question.head, "script": None, "text": None})
        )
        if "missing" not in head:
            return head, body
        self.loaded.discard(key)
        return self._converse(question)

    def _converse(self, question: Question) -> tuple[dict[str, Any], bytes]:
        deadline = time.monotonic() + question.wall_s
        # What it still holds of the job before, or is to drop, it has given back once it begins. To
        # wait for that, and have it wait until it is measured, costs two wakes more, so it is only
        # done where there is something.
        settled = self._measure() and not self._to_drop
        head = {**question.head, "job": self._job, "drop": self._to_drop, "hold": not settled}
        try:
            with self._sending:
                send_frame(self._connection, head, question.body)
            self._to_drop = []
            lengths = self._started(min(_START_S, question.wall_s), alone=not settled)
            if not settled:
                self._measure()
                self._connection.sendall(GO)
            self.in_run, self.run_for = True, head["kept"]
        except (OSError, WorkerGone) as exc:
            self.kill()
            raise WorkerGone(started=False) from exc
        calls = 0
        while True:
            try:
                self._wait_until(deadline, already=bool(lengths))
                frame, body = receive_frame(
                    self._connection, question.max_bytes + _FRAME_OVERHEAD_BYTES, lengths
                )
            except BlockingIOError as exc:
                raise WallLimit from exc
            except OSError as exc:
                raise WorkerGone(started=True) from exc
            if "call" not in frame:
                self.in_run = False
                return frame, body
            calls += 1
            if calls > _MAX_CALLS or len(body) > _CALL_BYTES:
                raise WorkerGone(started=True)
            if not isinstance(frame["call"], int):
                raise WorkerGone(started=True)
            self._answer(frame["call"], body, question)
            lengths = b""

    def _measure(self) -> bool:
        """Bound what the process may take from now on; tell whether what it holds is accounted for."""
        self._rest_bytes = self._memory.held_bytes()
        explained = self._explained_bytes()
        self._memory.allow_from(min(self._rest_bytes, explained))
        return self._rest_bytes <= explained

    def _started(self, timeout_s: float, *, alone: bool) -> bytes:
        """Wait until the job has begun; return what came along of the answer's lengths."""
        self._receive_within(timeout_s)
        buffer = bytearray(1 if alone else 1 + LENGTHS_BYTES)
        count = self._connection.recv_into(buffer, 0, socket.MSG_WAITALL)
        if count == 0 or buffer[:1] != STARTED:
            raise WorkerGone(started=False)
        return bytes(buffer[1:count])

    def _wait_until(self, deadline: float, *, already: bool) -> None:
        left = deadline - time.monotonic()
        if left <= 0 and not already:
            raise WallLimit
        # The answer may be on its way: what is left of the wall time covers its reading.
        if not already or self._timeout_s > max(left, 0.5):
            self._receive_within(max(left, 0.5) if already else left)

    def _receive_within(self, timeout_s: float) -> None:
        if timeout_s != self._timeout_s:
            set_timeout(self._connection, socket.SO_RCVTIMEO, timeout_s)
            self._timeout_s = timeout_s

    def _answer(self, call: int, body: bytes, question: Question) -> None:
        """Have a call answered in a thread of its own: this one has to read on, or nobody does."""
        job, host = self._job, question.host
        # Not the lock of who sends: that one waits for the worker, and the worker for us to read on.
        with self._counting:
            self._unanswered += 1
            first = self._unanswered == 1
        if first:
            question.on_wait(True)
        if not question.calls.has_room(question.owner, len(body)):
            host, body = _refuse, b""

        def make() -> None:
            if self._job != job:
                return
            try:
                answer = host(call, body.decode(errors="replace")).encode(errors="replace")
            except Exception as exc:
                log.exception("a script's call to the outside failed")
                answer = orjson.dumps({"error": f"an error of Hooksmith itself: {exc}"})
            self._send_answer(job, call, answer, question)

        question.calls.make(question.owner, self, len(body), make)

    def _send_answer(self, job: int, call: int, answer: bytes, question: Question) -> None:
        with self._sending:
            if self._job != job or self.dying:
                return
            with self._counting:
                self._unanswered -= 1
                last = self._unanswered == 0
            if last:
                question.on_wait(False)
            try:
                send_frame(self._connection, {"answer": call, "job": job}, answer)
            except OSError:
                self.kill()  # half a frame would be taken for the beginning of the next

    def _lines(self, limits: dict[str, Any]) -> list[dict[str, Any]]:
        if self._console is None:
            return []
        return self._console.lines(limits["consoleLines"], limits["consoleBytes"])

    def _explained_bytes(self) -> int:
        return self._base_bytes + sum(self.kept.values()) + len(self.kept) * _ISOLATE_BYTES

    def _last_words(self) -> str:
        assert self._process.stderr is not None  # noqa: S101 - asked for above
        with self._process.stderr as stream:
            lines = stream.read(65536).decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else ""


def _refuse(_number: int, _request: str) -> str:
    return '{"error":"more is asked at once than can be kept until its turn comes"}'
