"""
Where connections end: requests are read whole, within size and time, before a thread takes them.

A WSGI server hands a request over as soon as its headers are there. Then a few dozen senders that
trickle their bodies hold every thread, and nobody else is answered. Here the event loop waits for
them, and gives up on them.
"""

from __future__ import annotations

import asyncio
import functools
import io
import logging
import sys
from collections.abc import Callable, Iterable
from typing import Any

from engine.web.request_body import (
    DiscardLimits,
    EndedEarly,
    Headers,
    RequestBody,
    Scope,
    Transport,
)
from engine.web.threads import Threads

log = logging.getLogger(__name__)

WSGIApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

#: A body that is not here by then is not waited for.
BODY_TIMEOUT_S = 15.0
#: All bodies that are being read together; beyond it new ones are refused.
_MAX_BUFFERED_BYTES = 256 << 20
_PLAIN = [("Content-Type", "text/plain; charset=utf-8"), ("Connection", "close")]


class Edge:
    """
    An RSGI application that runs a WSGI application on threads.

    A body longer than `max_body_bytes` reaches the application cut one byte above it, so that the
    application refuses it in its own words. The rest is thrown away when that is said.
    """

    def __init__(
        self,
        app: WSGIApplication,
        *,
        threads: int,
        max_body_bytes: int,
        body_timeout_s: float = BODY_TIMEOUT_S,
        discard: DiscardLimits | None = None,
    ) -> None:
        self._app = app
        self._threads = Threads(threads, "request")
        self._max_body_bytes = max_body_bytes
        self._body_timeout_s = body_timeout_s
        self._discard = discard or DiscardLimits()
        self._buffered_bytes = 0

    async def __rsgi__(self, scope: Scope, transport: Transport) -> None:
        """Answer one request."""
        if scope.proto != "http":
            return
        body = RequestBody(scope, transport)
        await self._answer(scope, transport, body)
        if not body.ended:
            # Closing the connection on somebody who still sends would take the answer away again.
            await body.discard(self._discard)

    async def _answer(self, scope: Scope, transport: Transport, body: RequestBody) -> None:
        read = bytearray()
        try:
            async with asyncio.timeout(self._body_timeout_s):
                await self._read(body, read)
            if self._buffered_bytes > _MAX_BUFFERED_BYTES:
                transport.response_str(503, [*_PLAIN, ("Retry-After", "5")], "Too busy\n")
                return
            environ = _environ(scope, bytes(read))
            status, headers, data = await self._threads.run(
                functools.partial(self._respond, environ)
            )
        except EndedEarly:
            transport.response_str(400, _PLAIN, "The request's body ended early\n")
        except TimeoutError:
            transport.response_str(408, _PLAIN, "The request's body did not arrive in time\n")
        except ConnectionError:
            log.debug("a caller went away while it was sending")
        else:
            transport.response_bytes(status, headers, data)
        finally:
            self._buffered_bytes -= len(read)

    async def _read(self, body: RequestBody, read: bytearray) -> None:
        while part := await body.part():
            kept = part[: self._max_body_bytes + 1 - len(read)]
            read += kept
            self._buffered_bytes += len(kept)
            if len(read) > self._max_body_bytes or self._buffered_bytes > _MAX_BUFFERED_BYTES:
                return

    def _respond(self, environ: dict[str, Any]) -> tuple[int, Headers, bytes]:
        begun: list[tuple[int, Headers]] = []

        def start_response(
            status: str, headers: Headers, exc_info: Any = None
        ) -> Callable[..., Any]:
            begun[:] = [(int(status.partition(" ")[0]), headers)]
            return lambda data: None

        parts = self._app(environ, start_response)
        try:
            data = b"".join(parts)
        finally:
            close = getattr(parts, "close", None)
            if close is not None:
                close()
        return (*begun[0], data)


def _environ(scope: Scope, body: bytes) -> dict[str, Any]:
    host, _, port = scope.server.rpartition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        # Percent-decoded already; WSGI wants the bytes, spelled as Latin-1.
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": host.strip("[]") or "localhost",
        "SERVER_PORT": port or "80",
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]") or scope.client,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.input_terminated": True,  # a chunked body, too, ends where it ends here
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in scope.headers.items():
        # `x_forwarded_for` would arrive under the name of `x-forwarded-for`.
        if "_" in name or name == "content-length":
            continue
        key = "CONTENT_TYPE" if name == "content-type" else f"HTTP_{name.upper().replace('-', '_')}"
        if key in environ:
            value = f"{environ[key]}{'; ' if name == 'cookie' else ','}{value}"
        environ[key] = value
    return environ
