"""A call and its reply, as the rest of the program sees them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Call:
    """
    An HTTP call as somebody asks for it.

    `timeout_s` is for all of it: name lookup, redirects, the last byte. `max_bytes` is the
    largest body of the answer, unpacked; `truncate` cuts a larger one instead of failing. With
    `takes_broken` an answer whose body does not end as it should is returned, too, as far as it
    came. With `max_redirects=0` redirects are not followed but returned.
    """

    method: str
    url: str
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = b""
    timeout_s: float = 5.0
    max_bytes: int = 1 << 20
    max_redirects: int = 5
    truncate: bool = False
    takes_broken: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """
    What came back, whatever its status.

    `url` is the one that answered, behind redirects, without credentials; `address` the IP
    address. Headers are as they came; the body is unpacked if it was gzip or deflate.
    """

    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes
    url: str
    truncated: bool
    duration_ms: float
    address: str
    #: Why the body is not whole, as an OutboundError would say it; empty when it is, or is truncated.
    broken: str = ""
