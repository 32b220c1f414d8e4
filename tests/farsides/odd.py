"""A far side that takes every message, and whose answers break off, do not end, or are no answers."""

from __future__ import annotations

import contextlib
import gzip
import json
import re
import socket
import struct
import threading
from typing import Self

_HEAD_LIMIT = 64 << 10
_DRIP_S = 0.05
_NAME = re.compile(rb"\A\S+ \S*?-([a-z]+)[/? ]")
#: In front of what matters, as a message's `md` is in an answer of Rocket.Chat's.
_PADDING = [{"type": "EMOJI", "shortCode": "tada", "value": {"type": "PLAIN_TEXT"}}] * 14_000


class OddSide:
    """
    Answers as a word behind a hyphen in the path says; `good` is the vendor's answer when all is well.

    `whole` answers like that; `large` with 1 MB; `cut` and `reset` with half of that; `headless`
    with a status and headers alone; `chunks` and `packed` break off in chunks and in gzip; `slow`
    has no end; `garbage` is no text.
    """

    def __init__(self, good: object, status: int = 200) -> None:
        self.status = status
        self.good = good if isinstance(good, bytes) else json.dumps(good).encode()
        self.large = (
            json.dumps({"md": _PADDING, **good}).encode()
            if isinstance(good, dict)
            else self.good + b" " * (1 << 20)
        )
        #: The bodies that came, with that word.
        self.got: list[tuple[str, bytes]] = []
        self._closing = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.base = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()

    def count(self, name: str) -> int:
        """Return how many messages came to a name."""
        return sum(one == name for one, _ in self.got)

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                connected, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connected,), daemon=True).start()

    def _serve(self, connected: socket.socket) -> None:
        with connected, contextlib.suppress(OSError):
            data = b""
            while b"\r\n\r\n" not in data and len(data) < _HEAD_LIMIT:
                if not (read := connected.recv(1 << 16)):
                    return
                data += read
            head, _, body = data.partition(b"\r\n\r\n")
            length = next(
                int(line.split(b":")[1])
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length")
            )
            while len(body) < length:
                if not (read := connected.recv(1 << 16)):
                    return
                body += read
            found = _NAME.search(head)
            name = found[1].decode() if found else "whole"
            self.got.append((name, body))
            getattr(self, f"_{name}")(connected)

    def _head(self, connected: socket.socket, *headers: str) -> None:
        lines = [f"HTTP/1.1 {self.status} OK", "Content-Type: application/json", *headers]
        connected.sendall("\r\n".join([*lines, "Connection: close", "", ""]).encode())

    def _whole(self, connected: socket.socket) -> None:
        self._head(connected, f"Content-Length: {len(self.good)}")
        connected.sendall(self.good)

    def _large(self, connected: socket.socket) -> None:
        self._head(connected, f"Content-Length: {len(self.large)}")
        connected.sendall(self.large)

    def _cut(self, connected: socket.socket) -> None:
        self._head(connected, f"Content-Length: {len(self.large)}")
        connected.sendall(self.large[: len(self.large) // 2])

    def _reset(self, connected: socket.socket) -> None:
        self._cut(connected)
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _headless(self, connected: socket.socket) -> None:
        self._head(connected, "Content-Length: 1000")

    def _chunks(self, connected: socket.socket) -> None:
        self._head(connected, "Transfer-Encoding: chunked")
        half = self.good[: len(self.good) // 2 + 1]
        connected.sendall(b"%x\r\n%s\r\nfff\r\n" % (len(half), half))

    def _packed(self, connected: socket.socket) -> None:
        packed = gzip.compress(self.large)
        self._head(connected, "Content-Encoding: gzip", f"Content-Length: {len(packed)}")
        connected.sendall(packed[: len(packed) // 2])

    def _slow(self, connected: socket.socket) -> None:
        self._head(connected)
        while not self._closing.wait(_DRIP_S):
            connected.sendall(b" ")

    def _garbage(self, connected: socket.socket) -> None:
        body = bytes(range(128, 256)) + b"\x00{\xff\xfe[%%"
        self._head(connected, f"Content-Length: {len(body)}")
        connected.sendall(body)


ODD = ("large", "cut", "reset", "headless", "chunks", "packed", "slow", "garbage")
