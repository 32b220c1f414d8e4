"""One delivery: the requests its transport makes of it, sent one after the other and judged."""

from __future__ import annotations

import datetime as dt
import logging
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from engine.db import utcnow
from engine.errors import OutboundError, OutboundKind
from engine.outbound.call import Call, Reply
from engine.outbound.client import Outbound
from engine.outbound.policy import Policy
from engine.redaction import Scrubber, redact_headers
from engine.sought import CUT
from engine.transports.answers import MAX_BODY_BYTES
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

#: What is looked at of an answer to show it, and what is kept of it and of a request.
_SHOWN_BYTES = 64 << 10
_KEPT_CHARS = 4 << 10
_FINAL_KINDS = frozenset({OutboundKind.INVALID_URL, OutboundKind.REFUSED})
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

    def parts(self, transport: Transport, target: Target, message: CanonicalMessage) -> int:
        """Return how many requests a message is; 1 where only sending it will tell."""
        if not isinstance(transport, HttpTransport):
            return 1
        try:
            return len(transport.requests(message, target))
        except Exception:
            return 1  # handing it over fails as well, and says why

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
                return self._send_whole(transport, target, message, parts_done, wait_for_turn)
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
            max_bytes=MAX_BODY_BYTES,
            max_redirects=0,
            truncate=True,
            takes_broken=True,
        )
        started_at, started = utcnow(), time.perf_counter()
        status, answer = None, ""
        hidden = Scrubber(_to_hide(target))
        try:
            reply = self.outbound.send(call, Policy.anywhere())
        except OutboundError as exc:
            final = exc.kind in _FINAL_KINDS
            verdict = Verdict.permanent(str(exc)) if final else Verdict.retry(str(exc))
        else:
            status, answer = reply.status, _text_of(reply)
            shown = hidden.text(answer)
            verdict = _judged(transport, reply, None if shown == answer else shown)
            answer = shown
        return Tried(
            part=part,
            started_at=started_at,
            duration_ms=(time.perf_counter() - started) * 1000,
            verdict=replace(verdict, reason=hidden.text(verdict.reason)),
            method=request.method,
            url=shown_url(request.url),
            headers=hidden.value(redact_headers(request.headers.items())),
            body=hidden.text(request.body.decode(errors="replace"))[:_KEPT_CHARS],
            status=status,
            answer=answer.replace("\x00", "\N{REPLACEMENT CHARACTER}")[:_KEPT_CHARS],
        )

    def _send_whole(
        self,
        transport: SendingTransport,
        target: Target,
        message: CanonicalMessage,
        parts_done: int,
        wait_for_turn: Callable[[], None],
    ) -> Handed:
        wait_for_turn()
        started_at, started = utcnow(), time.perf_counter()
        verdict = transport.send(message, target, self.timeout_s, parts_done)
        hidden = Scrubber(_to_hide(target))
        verdict = replace(verdict, reason=hidden.text(verdict.reason))
        duration_ms = (time.perf_counter() - started) * 1000
        part = parts_done + 1
        tried = Tried(part, started_at, duration_ms, verdict, url=shown_url(target.url))
        return Handed([tried], verdict.parts_done, verdict)


def _text_of(reply: Reply) -> str:
    """Return an answer as text, with a mark where it was cut off: a secret may begin before it."""
    text = reply.body[:_SHOWN_BYTES].decode(errors="replace")
    if not reply.truncated and not reply.broken and len(reply.body) <= _SHOWN_BYTES:
        return text
    # The cut may be in the middle of a character.
    return text.rstrip("\N{REPLACEMENT CHARACTER}") + CUT


def _judged(transport: HttpTransport, reply: Reply, shown: str | None) -> Verdict:
    """Return the verdict on an answer; where that has secrets, with what it quotes of it without them."""
    headers, unread = dict(reply.headers), ""
    if reply.truncated:
        unread = f"its answer is longer than {MAX_BODY_BYTES >> 20} MiB"
    elif reply.broken:
        unread = f"its answer is not whole: {reply.broken}"
    verdict = transport.read(reply.status, headers, reply.body, unread)
    # Of an answer that the message was accepted with, nothing is quoted.
    if shown is None or verdict.result is Result.DELIVERED:
        return verdict
    # What is quoted is shortened, and what is left of a secret then would not be found.
    quoting = transport.read(reply.status, headers, shown.encode(errors="replace"), unread)
    return replace(verdict, reason=quoting.reason)


def _to_hide(target: Target) -> list[str]:
    """Return the secrets of a target."""
    values = _texts(target.secrets)
    # An incoming hook's address is its credential.
    parts = urlsplit(target.url)
    pieces = [*parts.path.split("/"), *(value for _, value in parse_qsl(parts.query))]
    # What Apprise reads as user, password or host is often a token.
    pieces += re.split("[@:]", parts.netloc) if parts.scheme not in ("http", "https") else []
    values += [piece for piece in pieces if len(piece) >= _SHORTEST_TOKEN]
    return values


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [text for item in value.values() for text in _texts(item)]
    if isinstance(value, list | tuple):
        return [text for item in value for text in _texts(item)]
    return []
