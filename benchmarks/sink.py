"""A far side in a process of its own: takes what is posted at once, or after a while, and remembers when."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.client import BenchError

#: What a call to a slow address takes.
SLOW_S = 10.0
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_STOP_S = 15.0


@dataclass(frozen=True, slots=True)
class Arrival:
    """One message: the name in the address that it came to, its text, and when, as `time.time()`."""

    name: str
    text: str
    at: float


@dataclass(frozen=True, slots=True)
class Sink:
    """The far side, seen from the benchmark."""

    port: int

    def url(self, name: str, *, slow: bool = False) -> str:
        """Return an address that takes messages as Rocket.Chat's incoming hooks do."""
        return f"http://127.0.0.1:{self.port}/hooks/{'slow' if slow else 'quick'}/{name}"

    def arrived(self) -> list[Arrival]:
        """Return what has arrived since this was asked last."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with contextlib.closing(connection):
            connection.request("GET", "/arrived")
            return [Arrival(*one) for one in json.loads(connection.getresponse().read())]


@contextlib.contextmanager
def running() -> Iterator[Sink]:
    """Give a sink that listens."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.sink"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None  # piped, above
    assert process.stdout is not None
    try:
        port = process.stdout.readline().strip()
        if not port:
            raise BenchError("the sink did not start")
        yield Sink(int(port))
    finally:
        process.stdin.close()
        try:
            process.wait(timeout=_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


class _Far(asyncio.Protocol):
    """One connection, kept open; a request at a time, as our client sends them."""

    def __init__(self, arrivals: list[tuple[str, str, float]]) -> None:
        self._arrivals = arrivals
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, gap, body = self._received.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not gap or len(body) < (int(length[1]) if length else 0):
            return
        self._received = b""
        path = head.split(b" ", 2)[1].decode()
        if path == "/arrived":
            self._answer(json.dumps(self._arrivals).encode())
            self._arrivals.clear()
            return
        _, _, pace, name = path.split("/")
        self._arrivals.append((name, json.loads(body)["text"], time.time()))
        wait_s = SLOW_S if pace == "slow" else 0.0
        if wait_s:
            asyncio.get_running_loop().call_later(wait_s, self._answer, b'{"success":true}')
        else:
            self._answer(b'{"success":true}')

    def _answer(self, body: bytes) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        self._transport.write(head % len(body) + body)


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    arrivals: list[tuple[str, str, float]] = []
    server = await loop.create_server(lambda: _Far(arrivals), "127.0.0.1", 0, backlog=512)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    # Whoever started it closes this when it is over.
    await loop.run_in_executor(None, sys.stdin.buffer.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(_serve())
