"""One delivery: the requests its transport makes of it, sent one after the other and judged."""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from engine.db import utcnow
from engine.errors import OutboundError, OutboundKind
from engine.outbound.call import Call
from engine.outbound.client import Outbound
from engine.outbound.policy import Policy
from engine.redaction import Scrubber, redact_headers
from engine.transports.base import HttpTransport, SendingTransport, Transport
from engine.transports.message import (
    CanonicalMessage,
    Result,
    Target,
    Verdict,
    WireRequest,
    shown_url,
)

log = logging.getLogger(__name__)

#: What is read of an answer, and what is kept of it and of a request.
_ANSWER_BYTES = 64 << 10
_KEPT_CHARS = 4 << 10
_FINAL_KINDS = frozenset({OutboundKind.INVALID_URL, OutboundKind.REFUSED})
#: A secret that is shorter would blot out half of what is shown.
_SHORTEST_HIDDEN = 4
#: A piece of an address that is shorter is a word, such as `messages`.
_SHORTEST_TOKEN = 12


@dataclass(frozen=True, slots=True)
class Tried:
    """One request and what came of it, as it is stored."""

    part: int
    started_at: dt.datetime
    duration_ms: float
    verdict: Verdict
    method: str = ""
    url: str = ""
    headers: list[list[str]] = field(default_factory=list)
    body: str = ""
    status: int | None = None
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Handed:
    """What came of a delivery for now: the last verdict counts, for the whole of it."""

    tried: list[Tried]
    parts_done: int
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Courier:
    """Sends deliveries; holds no state of theirs, and serves any number of threads."""

    outbound: Outbound
    timeout_s: float

    def hand_over(
        self,
        transport: Transport,
        target: Target,
        message: CanonicalMessage,
        parts_done: int,
        wait_for_turn: Callable[[], None],
    ) -> Handed:
        """
        Send what is still to be sent of a message, up to the first request that fails.

        `wait_for_turn` is called before each request and returns when it may go. What the system
        cannot take of the message is named in the verdict of a delivery.
        """
        handed = self._hand_over(transport, target, message, parts_done, wait_for_turn)
        verdict, left_out = handed.verdict, transport.left_out(message)
        if verdict.result is not Result.DELIVERED or not left_out:
            return handed
        return replace(handed, verdict=replace(verdict, reason=f"{verdict.reason}; {left_out}"))

    def _hand_over(
        self,
        transport: Transport,
        target: Target,
        message: CanonicalMessage,
        parts_done: int,
        wait_for_turn: Callable[[], None],
    ) -> Handed:
        try:
            if isinstance(transport, SendingTransport):
                return self._send_whole(transport, target, message, wait_for_turn)
            assert isinstance(transport, HttpTransport)  # noqa: S101 - there is no third kind
            requests = transport.requests(message, target)
        except Exception as exc:
            # Not a far side's doing, and no other attempt would go better.
            log.exception("a message could not be handed to its transport")
            reason = f"the message could not be put into a request: {type(exc).__name__}"
            return Handed([], parts_done, Verdict.permanent(reason))
        if not requests:
            return Handed([], 0, Verdict.delivered("nothing of it could be shown there"))
        tried: list[Tried] = []
        for number in range(parts_done, len(requests)):
            wait_for_turn()
            one = self._send(transport, target, requests[number], number + 1)
            tried.append(one)
            if one.verdict.result is not Result.DELIVERED:
                return Handed(tried, number, one.verdict)
            if one.verdict.after_s and number + 1 < len(requests):
                time.sleep(min(one.verdict.after_s, self.timeout_s))
        last = tried[-1].verdict if tried else Verdict.delivered()
        return Handed(tried, len(requests), last)

    def _send(
        self, transport: HttpTransport, target: Target, request: WireRequest, part: int
    ) -> Tried:
        call = Call(
            method=request.method,
            url=request.url,
            headers=list(request.headers.items()),
            body=request.body,
            timeout_s=self.timeout_s,
            max_bytes=_ANSWER_BYTES,
            max_redirects=0,
            truncate=True,
        )
        started_at, started = utcnow(), time.perf_counter()
        status, answer = None, ""
        try:
            reply = self.outbound.send(call, Policy.anywhere())
        except OutboundError as exc:
            final = exc.kind in _FINAL_KINDS
            verdict = Verdict.permanent(str(exc)) if final else Verdict.retry(str(exc))
        else:
            status, answer = reply.status, reply.body.decode(errors="replace")
            verdict = transport.read(reply.status, dict(reply.headers), reply.body)
        hidden = Scrubber(_to_hide(target))
        return Tried(
            part=part,
            started_at=started_at,
            duration_ms=(time.perf_counter() - started) * 1000,
            verdict=verdict,
            method=request.method,
            url=shown_url(request.url),
            headers=hidden.value(redact_headers(request.headers.items())),
            body=hidden.text(request.body.decode(errors="replace")[:_KEPT_CHARS]),
            status=status,
            answer=hidden.text(answer.replace("\x00", "\N{REPLACEMENT CHARACTER}"))[:_KEPT_CHARS],
        )

    def _send_whole(
        self,
        transport: SendingTransport,
        target: Target,
        message: CanonicalMessage,
        wait_for_turn: Callable[[], None],
    ) -> Handed:
        wait_for_turn()
        started_at, started = utcnow(), time.perf_counter()
        verdict = transport.send(message, target, self.timeout_s)
        duration_ms = (time.perf_counter() - started) * 1000
        tried = Tried(1, started_at, duration_ms, verdict, url=shown_url(target.url))
        done = 1 if verdict.result is Result.DELIVERED else 0
        return Handed([tried], done, verdict)


def _to_hide(target: Target) -> list[str]:
    """Return the secrets of a target, the longest first."""
    values = [one for one in _texts(target.secrets) if len(one) >= _SHORTEST_HIDDEN]
    # An incoming hook's address is its credential.
    parts = urlsplit(target.url)
    pieces = [*parts.path.split("/"), *(value for _, value in parse_qsl(parts.query))]
    values += [piece for piece in pieces if len(piece) >= _SHORTEST_TOKEN]
    return sorted(values, key=len, reverse=True)


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [text for item in value.values() for text in _texts(item)]
    if isinstance(value, list | tuple):
        return [text for item in value for text in _texts(item)]
    return []
