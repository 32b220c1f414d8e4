"""Far sides on this machine that take what they are sent, answer as they are told, and remember it."""

from __future__ import annotations

import http.server
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

#: (status, headers, body)
Reply = tuple[int, dict[str, str], bytes]
OK: Reply = (200, {"Content-Type": "application/json"}, b'{"success":true}')


@dataclass(frozen=True, slots=True)
class Got:
    """One request as it came."""

    at: float
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return str(self.json().get("text", ""))


@dataclass
class Sink(http.server.ThreadingHTTPServer):
    """A server whose answers a function decides."""

    answer: Callable[[Got], Reply] = lambda _: OK
    got: list[Got] = field(default_factory=list)

    daemon_threads = True
    request_queue_size = 128

    def __post_init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def __hash__(self) -> int:
        return id(self)

    def close(self) -> None:
        self.shutdown()
        self.server_close()

    def texts(self) -> list[str]:
        return [one.text for one in self.got]

    def wait_for(self, count: int, timeout_s: float = 15.0) -> list[Got]:
        """Wait until so many requests have come."""
        deadline = time.monotonic() + timeout_s
        while len(self.got) < count and time.monotonic() < deadline:
            time.sleep(0.005)
        assert len(self.got) >= count, f"{len(self.got)} of {count} came within {timeout_s} s"
        return list(self.got)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        sink = self.server
        assert isinstance(sink, Sink)
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        if len(body) < length:
            return  # of a sender that was killed: no request at all
        got = Got(time.monotonic(), self.command, self.path, dict(self.headers), body)
        sink.got.append(got)
        status, headers, answer = sink.answer(got)
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(answer))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_PUT = do_POST

    def log_message(self, *args: object) -> None:
        """Say nothing."""
