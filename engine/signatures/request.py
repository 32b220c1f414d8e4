"""What schemes look at: headers that came exactly once, fresh timestamps, the body as it was sent."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from engine.errors import BadSignature

#: How far a signed timestamp may be from now, both ways; what Slack, Stripe and Standard Webhooks use.
TOLERANCE_S = 300

_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)
_MILLISECONDS = re.compile(r"[0-9]{13}", re.ASCII)


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A request that claims to be signed; `body` is what was sent, after Content-Encoding."""

    headers: Sequence[tuple[str, str]]
    body: bytes
    now_s: float

    def has(self, name: str) -> bool:
        """Tell whether a header is there at all."""
        return bool(self._values(name))

    def header(self, name: str) -> str:
        """
        Return a header that must be there once.

        :raise BadSignature: when it is not, is empty, or came more than once.
        """
        values = self._values(name)
        if len(values) > 1:
            raise BadSignature("duplicate-header", f"the header {name} came {len(values)} times")
        if not values or not values[0]:
            raise BadSignature("missing-header", f"the header {name} is missing")
        return values[0]

    def one_of(self, *names: str) -> str:
        """
        Return the name of the header that is there, of several that mean the same.

        :raise BadSignature: when none is, or when more than one is.
        """
        found = [name for name in names if self.has(name)]
        if len(found) > 1:
            raise BadSignature(
                "conflicting-headers", f"only one of {' and '.join(found)} may be there"
            )
        return found[0] if found else names[0]

    def timestamp(self, name: str, text: str, *, milliseconds: bool = False) -> bytes:
        """
        Return a Unix timestamp as it was sent, if it is fresh.

        :raise BadSignature: when it is no number of seconds, or too far from now.
        """
        if milliseconds and _MILLISECONDS.fullmatch(text):
            sent_s = int(text) / 1000
        elif _SECONDS.fullmatch(text):
            sent_s = float(int(text))
        else:
            raise BadSignature(
                "malformed-header", f"the timestamp in {name} is not a number of seconds"
            )
        age_s = self.now_s - sent_s
        if age_s > TOLERANCE_S:
            raise BadSignature("timestamp-too-old", f"the timestamp in {name} is {_far(age_s)} old")
        if -age_s > TOLERANCE_S:
            raise BadSignature(
                "timestamp-too-new", f"the timestamp in {name} is {_far(-age_s)} in the future"
            )
        return text.encode("ascii")

    def _values(self, name: str) -> list[str]:
        wanted = name.lower()
        return [value.strip() for key, value in self.headers if key.lower() == wanted]


def octets(text: str) -> bytes:
    """Return a header's value as the bytes that were sent; WSGI hands them over as Latin-1."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def _far(seconds: float) -> str:
    if seconds < 7200:
        return f"{seconds / 60:.0f} minutes (more than {TOLERANCE_S // 60})"
    return f"more than {int(seconds // 3600):,} hours"
