"""What is sent: the request that a call asks for, and those that redirects make of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from engine.errors import OutboundError, OutboundKind
from engine.outbound.call import Call
from engine.outbound.target import Target
from engine.outbound.unpacking import ACCEPTED

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
#: What HTTP/1.1 lets stand in a header's value, less the tabs and spaces around it.
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_NOT_SENT = frozenset({"CONNECT", "TRACE", "TRACK"})
#: Headers of the connection, not of the request: they are this client's to set.
_OURS = frozenset(
    (
        "connection",
        "content-length",
        "expect",
        "host",
        "http2-settings",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    )
)
REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CREDENTIALS = frozenset({"authorization", "cookie"})
_MAX_HEADERS_BYTES = 64 << 10
#: Asking twice is like asking once (RFC 9110, 9.2.2).
_REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Request:
    """One request to one target; `headers` without those of the connection."""

    target: Target
    method: str
    headers: Headers
    body: bytes

    @property
    def is_repeatable(self) -> bool:
        return self.method in _REPEATABLE

    def redirected(self, status: int, target: Target) -> Request:
        """Return the request that a redirect asks for (the Fetch standard, 4.4)."""
        method, headers, body = self.method, self.headers, self.body
        if (status in (301, 302) and method == "POST") or (
            status == 303 and method not in ("GET", "HEAD")
        ):
            method, body = "GET", b""
            headers = tuple(h for h in headers if not h[0].lower().startswith("content-"))
        if target.origin != self.target.origin:
            headers = tuple(h for h in headers if h[0].lower() not in _CREDENTIALS)
        return _authorized(Request(target, method, headers, body))


def first_request(call: Call, target: Target, user_agent: str) -> Request:
    """
    Return the first request of a call.

    :raise OutboundError: `refused`, for a method or header that cannot be sent.
    """
    method = call.method.upper()
    if not _TOKEN.fullmatch(method) or method in _NOT_SENT:
        raise OutboundError(OutboundKind.REFUSED, f"the method {call.method[:40]!r} is not sent")
    headers = [_checked(name, value) for name, value in call.headers]
    headers = [header for header in headers if header[0].lower() not in _OURS]
    if sum(len(name) + len(value) for name, value in headers) > _MAX_HEADERS_BYTES:
        raise OutboundError(OutboundKind.REFUSED, "the headers are longer than 64 KiB")
    given = {name.lower() for name, _ in headers}
    for name, value in (("User-Agent", user_agent), ("Accept-Encoding", ACCEPTED)):
        if name.lower() not in given:
            headers.append((name, value))
    return _authorized(Request(target, method, tuple(headers), call.body))


def _authorized(request: Request) -> Request:
    authorization = request.target.authorization
    if authorization is None or any(n.lower() == "authorization" for n, _ in request.headers):
        return request
    return replace(request, headers=(*request.headers, ("Authorization", authorization)))


def _checked(name: str, value: str) -> tuple[str, str]:
    if not _TOKEN.fullmatch(name):
        raise OutboundError(OutboundKind.REFUSED, f"{name[:40]!r} is not a header's name")
    value = value.strip(" \t\r\n")
    if not _VALUE.fullmatch(value):
        raise OutboundError(
            OutboundKind.REFUSED, f"the value of the header {name} holds characters it cannot"
        )
    return name, value
