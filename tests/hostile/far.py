"""The far side that hostile scripts call: servers on this machine, one of which nobody may reach."""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import unquote

from tests.internet import HangUp, Seen, Server

#: Behind this, a server that is never to be called has stopped waiting as well.
_PATIENCE_S = 30.0
_PIECE = b"y" * (64 << 10)


class Far:
    """A server that scripts may call and that behaves as its paths say, and one that is out of bounds."""

    def __init__(self) -> None:
        self._closed = False
        _bomb()  # made now, so that it is sent at once
        self._server = Server(self._behave)
        self._trap = Server()
        #: What lets scripts call it, as settings.
        self.settings: dict[str, Any] = {
            "script_fetch_allow": f"127.0.0.1:{self._server.port}",
            "script_fetch_s": 0.5,
            "script_fetch_calls": 60,
        }
        #: What a script gets of it as its request's content.
        self.content = {
            "far": f"http://127.0.0.1:{self._server.port}",
            "trap": f"http://127.0.0.1:{self._trap.port}",
            "trapPort": self._trap.port,
            "calls": self.settings["script_fetch_calls"],
        }

    def close(self) -> None:
        self._closed = True
        self._server.close()
        self._trap.close()

    def forget(self) -> None:
        """Let go of what was sent."""
        self._server.requests.clear()

    @property
    def trapped(self) -> int:
        """How many connections came to where none may."""
        return self._trap.connections

    def _behave(self, seen: Seen) -> Iterator[bytes]:
        path, _, query = seen.path.partition("?")
        match path:
            case "/to":
                yield _answer(b"", f"Location: {unquote(query)}", status="302 Found")
            case "/around":
                yield _answer(b"", "Location: /around", status="307 Temporary Redirect")
            case "/endless":
                yield b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                while True:
                    yield b"%x\r\n%s\r\n" % (len(_PIECE), _PIECE)
            case "/bomb":
                yield _answer(_bomb(), "Content-Encoding: gzip")
            case "/headers":
                yield b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(10**5))
            case "/header":
                yield b"HTTP/1.1 200 OK\r\nX: " + _PIECE * 32
            case "/drip":
                yield b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
                yield from self._wait(b"x")
            case "/never":
                yield from self._wait(b"")
            case "/lies":
                yield (
                    b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nContent-Length: 20\r\n\r\n" + _PIECE
                )
            case "/large":
                yield _answer(b"x" * (1 << 20))
            case "/echo":
                told = {
                    "line": f"{seen.method} {seen.path}",
                    "headers": seen.headers,
                    "size": len(seen.body),
                }
                yield _answer(json.dumps(told).encode())
            case _:
                yield _answer(b'{"n":1}')

    def _wait(self, piece: bytes) -> Iterator[bytes]:
        deadline = time.monotonic() + _PATIENCE_S
        while not self._closed and time.monotonic() < deadline:
            time.sleep(0.05)
            yield piece
        raise HangUp


def _answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = (f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", "")
    return "\r\n".join(lines).encode() + body


@cache
def _bomb() -> bytes:
    """A quarter of a megabyte that unpacks to a quarter of a gigabyte."""
    packer = zlib.compressobj(1, wbits=zlib.MAX_WBITS | 16)
    return b"".join([*(packer.compress(bytes(1 << 20)) for _ in range(256)), packer.flush()])
