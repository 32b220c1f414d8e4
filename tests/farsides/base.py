"""A server that checks what it gets, keeps it, and can be told to fail."""

from __future__ import annotations

import contextlib
import json
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Self
from urllib.parse import parse_qs, urlsplit

from engine.transports.message import WireRequest


class Refused(Exception):
    """What came is not what the vendor takes."""


@dataclass
class Got:
    """A request as the server got it."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    json: Any = None


@dataclass
class Reply:
    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    #: What the body consists of, again and again, with pauses; it has no end.
    endless: bytes = b""
    pause_s: float = 0.0


def json_reply(status: int, body: Any, **headers: str) -> Reply:
    named = {"Content-Type": "application/json", **headers}
    return Reply(status, json.dumps(body).encode(), named)


def text_reply(status: int, text: str, **headers: str) -> Reply:
    return Reply(status, text.encode(), {"Content-Type": "text/plain", **headers})


#: Name -> the answer of a vendor that fails in this way.
Failures = Mapping[str, Callable[[], Reply]]


class FarSide:
    """Base of all; a vendor says `take` and `refuse`, and how it fails."""

    failures: ClassVar[Failures] = {}

    def __init__(self) -> None:
        #: What was accepted, and why the rest was not.
        self.got: list[Got] = []
        self.refusals: list[str] = []
        self._next: deque[str] = deque()
        self._closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def fail(self, *names: str) -> None:
        """Answer the next requests with these failures."""
        self._next.extend(names)

    def take(self, got: Got) -> Reply:
        """Check a request and answer it; raise Refused when it is wrong."""
        raise NotImplementedError

    def shown(self) -> str:
        """Return the texts of the messages that were accepted."""
        raise NotImplementedError

    def refuse(self, why: str) -> Reply:
        """Answer as the vendor does when something is wrong."""
        return json_reply(400, {"error": why})

    def answer(self, got: Got) -> Reply:
        if self._next:
            return self.failures[self._next.popleft()]()
        try:
            need(got.method == "POST", "method")
            need(got.headers.get("content-type") == "application/json", "Content-Type")
            got.json = json.loads(got.body.decode("utf-8"))
            need(isinstance(got.json, dict), "body is an object")
            reply = self.take(got)
        except (Refused, ValueError) as exc:
            self.refusals.append(str(exc))
            return self.refuse(str(exc))
        self.got.append(got)
        return reply

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        far = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                parts = urlsplit(self.path)
                length = int(self.headers.get("Content-Length", 0))
                reply = far.answer(
                    Got(
                        self.command,
                        parts.path,
                        {name: values[-1] for name, values in parse_qs(parts.query).items()},
                        {name.lower(): value for name, value in self.headers.items()},
                        self.rfile.read(length),
                    )
                )
                self.send_response_only(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                if reply.endless:
                    self.end_headers()
                    with contextlib.suppress(OSError):  # the other side has had enough
                        while not far._closing.wait(reply.pause_s):
                            self.wfile.write(reply.endless)
                    return
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)

            def log_message(self, *_: object) -> None:
                """Print nothing."""

        return Handler


def send(request: WireRequest) -> tuple[int, list[tuple[str, str]], bytes]:
    """Send a request over a socket; return status, headers and body of the answer."""
    parts = urlsplit(request.url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    try:
        path = parts._replace(scheme="", netloc="").geturl()
        connection.request(request.method, path, request.body, dict(request.headers))
        answer = connection.getresponse()
        return answer.status, answer.getheaders(), answer.read()
    finally:
        connection.close()


# -- checks --------------------------------------------------------------------------------------


def need(condition: object, what: str) -> None:
    if not condition:
        raise Refused(what)


def only(members: Mapping[str, Any], allowed: Mapping[str, Any], where: str) -> None:
    """Members have these names and types, and no others are there."""
    for name, value in members.items():
        need(name in allowed, f"{where} has an unknown member {name}")
        kinds = allowed[name]
        is_bool = isinstance(value, bool) and bool not in (
            kinds if isinstance(kinds, tuple) else (kinds,)
        )
        need(isinstance(value, kinds) and not is_bool, f"{where}.{name} is {value!r:.80}")


def web_or_data(value: Any, where: str) -> None:
    """Refuse what Rocket.Chat's `isURL` refuses."""
    if not isinstance(value, str) or not value.startswith("data:"):
        web(value, where)


def web(value: Any, where: str, *, https: bool = False) -> None:
    """A value is an absolute address of the web."""
    parts = urlsplit(value) if isinstance(value, str) else None
    good = parts and parts.scheme in (("https",) if https else ("http", "https")) and parts.netloc
    need(good, f"{where} is {value!r:.80}")


def webs(members: Mapping[str, Any], names: Iterable[str], where: str) -> None:
    for name in names:
        if name in members:
            web(members[name], f"{where}.{name}")


def js_length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
