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
import select
import signal
import socket
import time
from collections import OrderedDict
from typing import Any, cast

from py_mini_racer import JSOOMException

from engine import prelude
from engine.sandbox.compiler import Compiler
from engine.sandbox.console import ConsoleMemory
from engine.sandbox.isolate import Isolate, start_v8
from engine.sandbox.link import HostLink
from engine.sandbox.lockdown import lock_down
from engine.sandbox.protocol import GO, STARTED, WorkerGone, receive_frame, send_frame

#: CPU burnt while no job runs that shows something of an earlier job is still spinning.
_IDLE_CPU_S = 0.1
#: After its wall time a job is the pool's to end; should the pool be gone, it ends itself.
_WALL_GRACE_S = 1.0
#: CPU one preparation of an isolate may take before the process gives up on itself.
_HOUSEKEEPING_CPU_S = 5.0

#: What mini-racer takes for the running event loop. It evaluates on the calling thread only where one
#: runs, and never asks it for anything then; a real one would hold a poll and two sockets open.
_NO_LOOP = cast(asyncio.AbstractEventLoop, object())

#: What of a run is told to have ended it before there was an instance: nothing to keep.
_NO_INSTANCE = ("L", "M")


class Worker:
    """Takes jobs from the socket until it closes."""

    def __init__(self, connection: socket.socket, config: dict[str, Any]) -> None:
        self._connection = connection
        self._link = HostLink(connection)
        self._heap_bytes: int = config["heapBytes"]
        self._allowance_bytes: int = config["allowanceBytes"]
        #: Standard output is where the pool put its descriptor.
        self._console = ConsoleMemory(1) if config["console"] else None
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
            if "answer" in head:
                continue  # to a call of a job that is over
            if time.process_time() - self._cpu_at_rest_s > _IDLE_CPU_S:
                return  # something an earlier job left behind is spinning; the pool replaces us
            for key in head["drop"]:
                self._drop(key)
            if self._console is not None:
                self._console.clear()
            self._connection.sendall(STARTED)
            if head["hold"] and self._connection.recv(1) != GO:
                return
            self._work(head, body)

    def _warm_up(self) -> None:
        """Have everything read that comes from a file, and leave no thread behind."""
        prelude.load()
        first = Isolate(self._heap_bytes, self._console)
        head = {
            "limits": {
                "consoleLines": 1,
                "consoleBytes": 1,
                "resultBytes": 1,
                "heapBytes": 1 << 30,
            },
            "seed": [0, 0, 0, 0],
        }
        first.load("class Script {} new Date().getTimezoneOffset()", None, "warm-up", head, "")
        first.close()

    def _work(self, head: dict[str, Any], body: bytes) -> None:
        limits = head["limits"]
        key: str | None = head["kept"]
        at_hand = self._kept.get(key) if key is not None else None
        if at_hand is None and head["script"] is None:
            send_frame(self._connection, {"missing": True})  # dropped meanwhile
            return
        started, cpu_s = time.perf_counter(), time.process_time()
        _limit_cpu(limits["cpuS"])
        _limit_wall(limits["wallS"] + _WALL_GRACE_S)
        isolate = at_hand or self._take()
        self._link.begin(head["job"])
        boot_ms = 0.0
        try:
            if at_hand is None:
                answer, boot_ms = self._first_run(isolate, head, body, started)
            else:
                answer = isolate.call(self._link, head, body.decode())
            left = isolate.settle()
        except (JSOOMException, MemoryError):
            lines = self._console.texts() if self._console is not None else []
            answer, left = 'M{"stage":"memory","error":null}', f'{{"console":[{",".join(lines)}]}}'
        keep = key is not None and answer[0] not in _NO_INSTANCE and not head["last"]
        if key is not None and not keep:
            self._kept.pop(key, None)
        elif key is not None:
            self._kept[key] = isolate
        reply = {
            "kept": keep,
            "prepared": len(self._prepared),
            "runMs": (time.perf_counter() - started) * 1000,
            "cpuMs": (time.process_time() - cpu_s) * 1000,
            "bootMs": boot_ms,
            "runs": isolate.runs,
        }
        compiled = json.dumps(isolate.compiled) if head["compile"] else "null"
        _limit_wall(0)
        text = f'{{"outcome":{answer[1:]},"left":{left},"compiled":{compiled}}}'
        send_frame(self._connection, reply, text.encode(errors="replace"))
        if not keep:
            self._close(isolate)

    def _first_run(
        self, isolate: Isolate, head: dict[str, Any], body: bytes, started: float
    ) -> tuple[str, float]:
        # V8 takes no lone surrogates.
        source = head["script"].encode(errors="replace").decode()
        if head["compile"]:
            isolate.compiled = self._compiler.compile(source)
        text = isolate.compiled["text"] if isolate.compiled else head["text"]
        failed = isolate.load(source, text, head["name"], head, body.decode())
        boot_ms = (time.perf_counter() - started) * 1000
        if failed is not None:
            return f"L{json.dumps(failed)}", boot_ms
        repeat = head.get("repeat") is not None
        return isolate.start(self._link, repeat=repeat), boot_ms

    def _take(self) -> Isolate:
        if not self._prepared:
            self._prepared.append(Isolate(self._heap_bytes, self._console))
        return self._prepared.pop()

    def _prepare(self, count: int) -> None:
        _limit_cpu(_HOUSEKEEPING_CPU_S)
        for _ in range(count):
            self._prepared.append(Isolate(self._heap_bytes, self._console))

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


def _serve(connection: socket.socket) -> None:
    config, _ = receive_frame(connection)
    asyncio._set_running_loop(_NO_LOOP)
    library = start_v8(config["v8Flags"])
    # V8 seeds each isolate from /dev/urandom, which a locked process cannot open; the clock, which
    # it would take then, can be guessed.
    with contextlib.suppress(AttributeError):
        library._ZN2v82V816SetEntropySourceEPFbPhmE(_entropy_source)
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
