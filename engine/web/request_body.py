"""A request's body as it arrives: its parts, whether it came whole, and the rest that nobody wants."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Protocol

Headers = list[tuple[str, str]]


class EndedEarly(Exception):
    """Less came than the head announced, or a chunked body broke off."""


@dataclass(frozen=True, slots=True)
class DiscardLimits:
    """How much is read on after an answer, so that a sender that is not done gets to read it."""

    max_bytes: int = 64 << 20
    timeout_s: float = 30.0


class Scope(Protocol):
    """A request's head, as the RSGI specification names it."""

    proto: str
    http_version: str
    server: str
    client: str
    scheme: str
    method: str
    path: str
    query_string: str
    headers: Any


class Transport(Protocol):
    """A request's body and the way to answer, as the RSGI specification names them."""

    def __aiter__(self) -> Any: ...
    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None: ...
    def response_str(self, status: int, headers: Headers, body: str) -> None: ...


class RequestBody:
    """
    Reads a body part by part.

    Granian's iterator gives an empty part where a body ends, and one more where the connection or
    the framing of a chunked body broke off before that (seen with 2.8.7). Trailers give one more
    as well: a body that has some without announcing them counts as broken off.
    """

    def __init__(self, scope: Scope, transport: Transport) -> None:
        head = scope.headers
        declared = head.get("content-length", "")
        self.length = int(declared) if declared.isdecimal() else None
        #: Nothing more of it will come.
        self.ended = self.length == 0 or (
            self.length is None
            and scope.method in ("GET", "HEAD")
            and not head.get("transfer-encoding", "")
        )
        self._trailers_announced = bool(head.get("trailer", ""))
        self._transport = transport
        self._parts: AsyncIterator[bytes] | None = None
        self._arrived_bytes = 0

    async def part(self) -> bytes:
        """
        Return the next part; an empty one at the end.

        :raise EndedEarly: when the end is none.
        """
        if self.ended:
            return b""
        if self._parts is None:
            self._parts = aiter(self._transport)
        empty_parts = 0
        while True:
            try:
                part = await anext(self._parts)
            except StopAsyncIteration:
                break
            if part:
                self._arrived_bytes += len(part)
                # Its end is not waited for: an idle connection may be long in telling it.
                self.ended = self._arrived_bytes == self.length
                return part
            empty_parts += 1
        self.ended = True
        if self.length is None:
            broke_off = empty_parts > 1 and not self._trailers_announced
        else:
            broke_off = self._arrived_bytes < self.length
        if broke_off:
            raise EndedEarly
        return b""

    async def discard(self, limits: DiscardLimits) -> None:
        """Read on and throw away; the connection of one that goes on beyond the limits is closed."""
        left_bytes = limits.max_bytes
        try:
            async with asyncio.timeout(limits.timeout_s):
                while left_bytes > 0 and (part := await self.part()):
                    left_bytes -= len(part)
        except (TimeoutError, ConnectionError, EndedEarly):
            return
