"""The edge: what reaches the application, and what never does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from types import SimpleNamespace
from typing import Any

import pytest

from engine.web.edge import Edge, Headers


class Caller:
    """The far side of one request: sends its chunks, then perhaps nothing more."""

    def __init__(self, *chunks: bytes, hangs: bool = False) -> None:
        self._chunks, self._hangs = chunks, hangs
        self.answer: tuple[int, Headers, bytes | str] | None = None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self._chunks:
            yield chunk
        if self._hangs:
            await asyncio.Event().wait()

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
    edge = Edge(app, threads=1, max_body_bytes=10, body_timeout_s=0.2)
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
    """The application sees that it is too long, and nobody reads the rest."""
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


def test_a_body_that_ends_early_is_not_taken_for_a_whole_one() -> None:
    """Less came than was announced: 400, and nothing is run."""
    caller, app = Caller(b"abc"), Echo()
    run(caller, app, headers={"content-length": "9"})
    assert caller.answer is not None
    assert caller.answer[0] == 400
    assert app.environ == {}
