"""The edge: what reaches the application, and what never does."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterable
from types import NoneType, SimpleNamespace
from typing import Any

import pytest

from engine.web.edge import Edge
from engine.web.request_body import DiscardLimits, Headers


class Caller:
    """The far side of one request: sends its chunks, then perhaps nothing more, or goes away."""

    def __init__(self, *chunks: bytes, hangs: bool = False, leaves: bool = False) -> None:
        self._chunks, self._hangs, self._leaves = chunks, hangs, leaves
        self.answer: tuple[int, Headers, bytes | str] | None = None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Give what Granian gives: an empty chunk at the end, two where it broke off before that."""
        for chunk in self._chunks:
            yield chunk
        if self._hangs:
            await asyncio.Event().wait()
        yield b""
        if self._leaves:
            yield b""

    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None:
        self.answer = (status, headers, body)

    def response_str(self, status: int, headers: Headers, body: str) -> None:
        self.answer = (status, headers, body)


class Echo:
    """An application that keeps what it was given."""

    def __init__(self) -> None:
        self.environ: dict[str, Any] = {}

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.environ = environ
        start_response("200 OK", [("X-Echo", "1")])
        return [b"a", b"b"]


def scope(**members: Any) -> Any:
    given: dict[str, Any] = {
        "proto": "http",
        "http_version": "1.1",
        "server": "[::1]:8080",
        "client": "192.0.2.1:5000",
        "scheme": "http",
        "method": "POST",
        "path": "/hooks/ä",
        "query_string": "a=1",
        "headers": {"content-type": "text/plain", "x_forwarded_for": "6.6.6.6", "x-a": "1"},
    }
    return SimpleNamespace(**{**given, **members})


def run(caller: Caller, app: Echo, **members: Any) -> None:
    edge = Edge(
        app,
        threads=1,
        max_body_bytes=10,
        body_timeout_s=0.2,
        discard=DiscardLimits(max_bytes=100, timeout_s=0.2),
    )
    asyncio.run(edge.__rsgi__(scope(**members), caller))


def test_the_application_gets_an_ordinary_wsgi_request() -> None:
    """Path, query, headers, addresses and body, and headers with underscores dropped."""
    caller, app = Caller(b"abc", b"def"), Echo()
    run(caller, app)
    environ = app.environ
    assert caller.answer == (200, [("X-Echo", "1")], b"ab")
    assert environ["PATH_INFO"].encode("latin-1").decode() == "/hooks/ä"
    assert environ["wsgi.input"].read() == b"abcdef"
    assert (environ["CONTENT_LENGTH"], environ["CONTENT_TYPE"]) == ("6", "text/plain")
    assert (environ["REMOTE_ADDR"], environ["SERVER_NAME"]) == ("192.0.2.1", "::1")
    assert environ["HTTP_X_A"] == "1"
    assert "HTTP_X_FORWARDED_FOR" not in environ


def test_a_body_that_is_too_long_is_cut_one_byte_above_the_limit() -> None:
    """The application sees that it is too long, and nothing of the rest."""
    caller, app = Caller(b"x" * 8, b"y" * 8, hangs=True), Echo()
    run(caller, app)
    assert len(app.environ["wsgi.input"].read()) == 11


@pytest.mark.parametrize("chunks", [(), (b"abc",)])
def test_a_body_that_does_not_come_is_not_waited_for(chunks: tuple[bytes, ...]) -> None:
    """408, and the application never hears of it."""
    caller, app = Caller(*chunks, hangs=True), Echo()
    run(caller, app)
    assert caller.answer is not None
    assert caller.answer[0] == 408
    assert app.environ == {}


@pytest.mark.parametrize(
    ("headers", "leaves"),
    [
        ({"content-length": "9"}, False),
        ({"content-length": "9"}, True),
        ({"transfer-encoding": "chunked"}, True),
    ],
)
def test_a_body_that_ends_early_is_not_taken_for_a_whole_one(
    headers: dict[str, str], leaves: bool
) -> None:
    """Less came than was announced, or no last chunk: 400, and nothing is run."""
    caller, app = Caller(b"abc", leaves=leaves), Echo()
    run(caller, app, headers=headers)
    assert caller.answer is not None
    assert caller.answer[0] == 400
    assert app.environ == {}


def test_as_many_calls_as_there_are_threads_run_at_once() -> None:
    """Three calls that wait for each other all end; what the application raises reaches the server."""
    together = threading.Barrier(3, timeout=10)

    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        together.wait()
        if environ["QUERY_STRING"] == "fail":
            raise ValueError("no")
        start_response("200 OK", [])
        return []

    async def call() -> list[BaseException | None]:
        edge = Edge(app, threads=3, max_body_bytes=10)
        scopes = [scope(query_string=query) for query in ("", "fail", "")]
        calls = (edge.__rsgi__(one, Caller()) for one in scopes)
        return await asyncio.gather(*calls, return_exceptions=True)

    for _ in range(3):
        assert [type(one) for one in asyncio.run(call())] == [NoneType, ValueError, NoneType]


def test_calls_beyond_the_number_of_threads_wait() -> None:
    """Twenty calls on two threads are all answered, and never more than two at once."""
    inside: list[int] = []
    most = 0

    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        nonlocal most
        inside.append(1)
        most = max(most, len(inside))
        time.sleep(0.001)
        inside.pop()
        start_response("200 OK", [])
        return [b"done"]

    callers = [Caller() for _ in range(20)]

    async def call() -> None:
        edge = Edge(app, threads=2, max_body_bytes=10)
        await asyncio.gather(*(edge.__rsgi__(scope(), caller) for caller in callers))

    asyncio.run(call())
    assert [caller.answer for caller in callers] == [(200, [], b"done")] * 20
    assert most <= 2
