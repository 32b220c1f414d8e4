"""A small HTTP client on bare sockets: it shares the machine with what it measures, so it does little."""

from __future__ import annotations

import random
import re
import selectors
import socket
import time
from contextlib import ExitStack

from benchmarks.workload import Target

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_TIMEOUT_S = 30.0
_SEED = 1


class BenchError(Exception):
    """Something answered wrongly or not at all, so there is nothing to measure."""


class Connection:
    """One connection that is kept open; a request at a time."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=_TIMEOUT_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received = b""

    def call(self, request: bytes) -> tuple[int, bytes]:
        """Send a request; return status and body of the answer."""
        self.send(request)
        while (answer := self.receive()) is None:
            pass
        return answer

    def send(self, request: bytes) -> None:
        """Send a request, its answer being read by `receive`."""
        self._received = b""
        self.socket.sendall(request)

    def receive(self) -> tuple[int, bytes] | None:
        """
        Read what has come; return status and body when it is all there.

        :raise BenchError: when the server hangs up or is silent.
        """
        try:
            data = self.socket.recv(1 << 18)
        except OSError as exc:
            raise BenchError(f"no answer: {exc}") from exc
        if not data:
            raise BenchError("the server closed a connection")
        self._received += data
        head, gap, body = self._received.partition(b"\r\n\r\n")
        if not gap:
            return None
        length = _LENGTH.search(head)
        if length is None:
            raise BenchError("an answer came without Content-Length")
        return (int(head[9:12]), body) if len(body) >= int(length[1]) else None

    def close(self) -> None:
        self.socket.close()


def require_ok(target: Target, status: int, body: bytes) -> None:
    """
    Accept an answer, or end the benchmark.

    :raise BenchError: when it is not a 200.
    """
    if status != 200:
        text = body[:300].decode(errors="replace").strip()
        raise BenchError(f"{target.name} answered {status}: {text}")


def call_once(target: Target) -> bytes:
    """Call the first path once; return the body."""
    connection = Connection(target.port)
    try:
        status, body = connection.call(target.requests()[0])
    finally:
        connection.close()
    require_ok(target, status, body)
    return body


def call_each(target: Target) -> None:
    """Call every path once, one after the other."""
    connection = Connection(target.port)
    try:
        for request in target.requests():
            require_ok(target, *connection.call(request))
    finally:
        connection.close()


def drive(target: Target, connections: int, seconds: float) -> list[float]:
    """Keep this many connections busy for so long; return the seconds that each answer took."""
    pick = random.Random(_SEED)
    requests = target.requests()
    taken: list[float] = []
    with ExitStack() as stack:
        selector = stack.enter_context(selectors.DefaultSelector())
        sent: dict[Connection, float] = {}
        for _ in range(connections):
            connection = Connection(target.port)
            stack.callback(connection.close)
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            sent[connection] = time.perf_counter()
            connection.send(pick.choice(requests))
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            ready = selector.select(timeout=_TIMEOUT_S)
            if not ready:
                raise BenchError(f"{target.name} was silent for {_TIMEOUT_S:g} s")
            for key, _ in ready:
                connection = key.data
                answer = connection.receive()
                if answer is None:
                    continue
                now = time.perf_counter()
                require_ok(target, *answer)
                taken.append(now - sent[connection])
                sent[connection] = now
                connection.send(pick.choice(requests))
    return taken
