"""
The process in which V8 runs: one job at a time from one socket, nothing else open.

It is locked down before it says that it is ready (see `lockdown`), and imports neither the web
server nor the database. The pool starts it bare and kills it when a job takes too long in wall
time; CPU time it limits itself, by an interval timer whose signal ends the process even while V8
never returns.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import json
import os
import secrets
import select
import signal
import socket
import time
from collections import OrderedDict
from contextlib import ExitStack
from typing import Any, cast

from py_mini_racer import (
    JSEvalException,
    JSOOMException,
    JSParseException,
    init_mini_racer,
    mini_racer,
)
from py_mini_racer import _mini_racer as _engine_internals

from engine import prelude
from engine.sandbox.compiler import Compiler
from engine.sandbox.lockdown import lock_down
from engine.sandbox.protocol import STARTED, WorkerGone, receive_frame, send_frame
from engine.sandbox.scripts import libraries_used, parse_engine_error, source_url

#: CPU burnt while no job runs that shows something of an earlier job is still spinning.
_IDLE_CPU_S = 0.1
#: After its wall time a job is the pool's to end; should the pool be gone, it ends itself.
_WALL_GRACE_S = 1.0
#: CPU one preparation of an isolate may take before the process gives up on itself.
_HOUSEKEEPING_CPU_S = 5.0


# mini-racer declares `var setTimeout` in every context, which no script could then redeclare with
# const. The prelude brings its own, so the installation is left out (and its time saved).
_engine_internals.INSTALL_SET_TIMEOUT = "0"  # type: ignore[attr-defined]


#: What mini-racer takes for the running event loop. It evaluates on the calling thread only where one
#: runs, and never asks it for anything then; a real one would hold a poll and two sockets open.
_NO_LOOP = cast(asyncio.AbstractEventLoop, object())


class Isolate:
    """A V8 isolate with the prelude in it, and the script once it is loaded."""

    def __init__(self, heap_bytes: int) -> None:
        self._heap_bytes = heap_bytes
        self._stack = ExitStack()
        self._engine = self._stack.enter_context(mini_racer())
        self._engine.set_hard_memory_limit(heap_bytes)
        # The prelude's entry is a lexical global nobody can enumerate; this name is its only key.
        self._entry = f"hooksmith_{secrets.token_hex(12)}"
        self._engine.eval(prelude.source(self._entry))
        #: What the worker made of the script's source, for errors to come.
        self.compiled: dict[str, Any] | None = None

    def close(self) -> None:
        self._stack.close()

    def begin(self, limits: dict[str, Any]) -> None:
        self._engine.set_hard_memory_limit(min(limits["heapBytes"], self._heap_bytes))
        self._call(
            f"begin({limits['consoleLines']},{limits['consoleBytes']},{limits['resultBytes']})"
        )

    def load(self, source: str, text: str | None, name: str) -> dict[str, Any] | None:
        """
        Evaluate a script and make its instance; return what went wrong, or None.

        :param text: what the source was compiled to, if that is to be evaluated in its place.
        """
        for library in libraries_used(source):
            self._call(f"provide({json.dumps(library)},{prelude.library_literal(library)})")
        url = f"\n//# sourceURL={source_url(name)}"
        try:
            # The 0 is there because mini-racer cannot convert every completion value (a BigInt).
            if text is not None:
                self._engine.eval(prelude.classes_source())
            self._engine.eval(f"{source if text is None else text}\n;0{url}")
        except JSParseException:
            # Again as it is: the complaint must be about the user's text, not about ours.
            try:
                self._engine.eval(source)
            except JSEvalException as exc:
                return {"stage": "syntax", "error": parse_engine_error(str(exc))}
        except JSOOMException:
            raise
        except JSEvalException as exc:
            return {"stage": "load", "error": parse_engine_error(str(exc))}
        return self._answer(
            f"{self._entry}.instantiate(()=>typeof Script==='undefined'?undefined:Script)"
        )

    def call(self, method: str, argument: str) -> dict[str, Any]:
        """Call a method of the instance and wait for what it awaits."""
        reply = self._call(f"call({json.dumps(method)},{json.dumps(argument)})")
        idle_looks = 0
        while "waitMs" in reply:
            wait_ms = reply["waitMs"]
            if wait_ms < 0:
                # What was resolved by now may settle the promise after this answer: look once more.
                idle_looks += 1
                if idle_looks > 1:
                    self._raise_if_out_of_memory()
                    return self._call("abandon()")
            else:
                idle_looks = 0
                time.sleep(wait_ms / 1000)
            reply = self._call("resume()")
        return reply

    def settle(self) -> dict[str, Any]:
        """
        Wait until nothing runs any more of what a job left behind, and return the console.

        V8 answers before it runs the microtasks. Left alone they would go on under the next job:
        at its expense in a kept isolate, and where this one is closed that waits for them too.
        """
        console = self._call("drain()")
        self._raise_if_out_of_memory()
        return console

    def _raise_if_out_of_memory(self) -> None:
        # V8 ends a microtask that reaches the limit without a word to whoever evaluates next.
        if self._engine.was_hard_memory_limit_reached():
            raise JSOOMException

    def _call(self, expression: str) -> dict[str, Any]:
        return self._answer(f"{self._entry}.{expression}") or {}

    def _answer(self, code: str) -> dict[str, Any] | None:
        text = self._engine.eval(f"{code}\n//# sourceURL={prelude.NAME}")
        return json.loads(text) if isinstance(text, str) and text else None


class Worker:
    """Takes jobs from the socket until it closes."""

    def __init__(self, connection: socket.socket, config: dict[str, Any]) -> None:
        self._connection = connection
        self._heap_bytes: int = config["heapBytes"]
        self._allowance_bytes: int = config["allowanceBytes"]
        self._prepared_target: int = config["prepared"]
        self._prepared: list[Isolate] = []
        self._kept: OrderedDict[str, Isolate] = OrderedDict()
        self._compiler = Compiler(self._heap_bytes)
        self._cpu_at_rest_s = time.process_time()

    def serve(self) -> None:
        self._warm_up()
        _close_all_but(self._connection.fileno())
        layers = lock_down(self._allowance_bytes)
        self._prepare(1)
        send_frame(self._connection, {"ready": True, "layers": layers})
        while True:
            while len(self._prepared) < self._prepared_target and not self._job_waits():
                self._prepare(1)
            self._cpu_at_rest_s = time.process_time()
            try:
                head, body = receive_frame(self._connection)
            except WorkerGone:
                return
            if time.process_time() - self._cpu_at_rest_s > _IDLE_CPU_S:
                return  # something an earlier job left behind is spinning; the pool replaces us
            for key in head.get("drop", ()):
                self._drop(key)
            if "script" in head:
                self._connection.sendall(STARTED)
                self._work(head, body)

    def _warm_up(self) -> None:
        """Have everything read that comes from a file, and leave no thread behind."""
        prelude.load()
        first = Isolate(self._heap_bytes)
        first.load("class Script {} new Date().getTimezoneOffset()", None, "warm-up")
        first.close()

    def _work(self, head: dict[str, Any], body: bytes) -> None:
        limits = head["limits"]
        key: str | None = head["kept"]
        at_hand = self._kept.get(key) if key is not None else None
        isolate = at_hand or self._take()
        started = time.perf_counter()
        _limit_cpu(limits["cpuS"])
        _limit_wall(limits["wallS"] + _WALL_GRACE_S)
        try:
            reply = self._run(isolate, head, body.decode(errors="replace"), at_hand is None)
            reply |= isolate.settle()
            if isolate.compiled is not None:
                reply["compiled"] = isolate.compiled
        except (JSOOMException, MemoryError):
            reply = {"stage": "memory", "error": None, "console": []}
        reply["runMs"] = (time.perf_counter() - started) * 1000
        keep = key is not None and reply["stage"] not in ("memory", "syntax", "load", "no-script")
        if key is not None and not keep:
            self._kept.pop(key, None)
        elif key is not None:
            self._kept[key] = isolate
        _limit_wall(0)
        send_frame(
            self._connection,
            {"kept": keep, "prepared": len(self._prepared)},
            json.dumps(reply).encode(),
        )
        if not keep:
            self._close(isolate)

    def _run(self, isolate: Isolate, head: dict[str, Any], argument: str, fresh: bool) -> Any:
        isolate.begin(head["limits"])
        if fresh:
            # V8 takes no lone surrogates.
            source = head["script"].encode(errors="replace").decode()
            if head["compile"]:
                isolate.compiled = self._compiler.compile(source)
            text = isolate.compiled["text"] if isolate.compiled else head["text"]
            failed = isolate.load(source, text, head["name"])
            if failed is not None:
                return failed
        if head["method"] is None:
            return {"stage": "done", "type": "undefined", "result": None}
        return isolate.call(head["method"], argument)

    def _take(self) -> Isolate:
        if not self._prepared:
            self._prepare(1)
        return self._prepared.pop()

    def _prepare(self, count: int) -> None:
        _limit_cpu(_HOUSEKEEPING_CPU_S)
        for _ in range(count):
            self._prepared.append(Isolate(self._heap_bytes))

    def _drop(self, key: str) -> None:
        isolate = self._kept.pop(key, None)
        if isolate is not None:
            self._close(isolate)

    def _close(self, isolate: Isolate) -> None:
        _limit_cpu(_HOUSEKEEPING_CPU_S)
        isolate.close()

    def _job_waits(self) -> bool:
        return bool(select.select([self._connection], [], [], 0)[0])


def _close_all_but(connection: int) -> None:
    """Close every other descriptor, standard input, output and error included."""
    os.closerange(0, connection)
    os.closerange(connection + 1, os.sysconf("SC_OPEN_MAX"))


def _limit_cpu(cpu_s: float) -> None:
    """End this process by SIGPROF once it has used this much more CPU, whatever it is doing."""
    signal.setitimer(signal.ITIMER_PROF, cpu_s)


def _limit_wall(wall_s: float) -> None:
    """End this process by SIGALRM after this time, whatever it waits for; 0 lifts the limit."""
    signal.setitimer(signal.ITIMER_REAL, wall_s)


def _fill_with_chance(buffer: int, length: int) -> bool:
    ctypes.memmove(buffer, os.urandom(length), length)
    return True


_EntropySource = ctypes.CFUNCTYPE(ctypes.c_bool, ctypes.c_void_p, ctypes.c_size_t)
_entropy_source = _EntropySource(_fill_with_chance)


def _start_v8(flags: list[str]) -> None:
    library = init_mini_racer(flags=("--single-threaded", *flags))
    # V8 seeds each isolate from /dev/urandom, which a locked process cannot open; the clock, which
    # it would take then, can be guessed.
    with contextlib.suppress(AttributeError):
        library._ZN2v82V816SetEntropySourceEPFbPhmE(_entropy_source)


def _serve(connection: socket.socket) -> None:
    config, _ = receive_frame(connection)
    asyncio._set_running_loop(_NO_LOOP)
    _start_v8(config["v8Flags"])
    Worker(connection, config).serve()


def main() -> None:
    """Serve the socket that is standard input, until it closes."""
    connection = socket.socket(fileno=os.dup(0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    try:
        _serve(connection)
    except (BrokenPipeError, ConnectionResetError):
        pass
    except MemoryError:
        os.abort()  # told as V8's own end for want of memory
    # Not sys.exit: an isolate that still spins would keep the interpreter from ending.
    os._exit(0)


if __name__ == "__main__":
    main()
