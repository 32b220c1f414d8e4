"""What a transport is given and what it gives back; nothing here shows a secret in its repr()."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from engine.blanks import is_blank

#: No far side makes a message wait longer; asking again then does no harm.
MAX_WAIT_S = 3600.0


@dataclass(frozen=True, slots=True)
class CanonicalMessage:
    """A message with Rocket.Chat's meaning, on its way to one destination."""

    #: The delivery's id, the same at every attempt: what a far side can recognise a repetition by.
    id: str
    #: Rocket.Chat's Markdown.
    text: str
    sent_at: datetime
    #: The name shown; empty: `username`.
    alias: str = ""
    #: An absolute address; what is none is left out.
    avatar: str = ""
    #: `:bell:`; far sides show it only without an avatar.
    emoji: str = ""
    #: Who posted it here.
    username: str = ""
    #: The room it was posted to, `#general` or `@ada`; empty when there was none.
    channel: str = ""
    #: With Rocket.Chat's members (wire.md 1.1, "Validation").
    attachments: Sequence[Mapping[str, Any]] = ()
    #: The `tmid`: what the messages of one thread have in common.
    thread_key: str | None = None
    #: Its id in the room here: the `thread_key` of the replies to it.
    message_id: str | None = None
    #: {conv_id, sender_id} of the conversation it belongs to, in the words of who talks to us there.
    conversation: Mapping[str, Any] | None = None

    @property
    def name(self) -> str:
        """The name to show, on one line; may be empty."""
        shown = self.username if is_blank(self.alias) else self.alias
        return "" if is_blank(shown) else " ".join(shown.split())


@dataclass(frozen=True, slots=True, repr=False)
class Target:
    """Where to, and how: what a transport's `validate` has let through."""

    url: str
    options: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Target({shown_url(self.url)!r}, options={dict(self.options)!r}, secrets=…)"


@dataclass(frozen=True, slots=True, repr=False)
class WireRequest:
    """One HTTP request, whole but for `Host` and `Content-Length`; redirects are not followed."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes

    def __post_init__(self) -> None:
        # What is made of a message goes into bodies; this is the last line, for a mistake here.
        for text in (self.method, self.url, *self.headers, *self.headers.values()):
            if not text.isascii() or not text.isprintable():
                raise ValueError("a request line or a header holds what would break it")

    def __repr__(self) -> str:
        size = f"{len(self.body)} bytes"
        return f"WireRequest({self.method} {shown_url(self.url)}, {sorted(self.headers)}, {size})"


class Result(StrEnum):
    DELIVERED = "delivered"  #: the far side has it
    RETRY = "retry"  #: it may take it later
    PERMANENT = "permanent"  #: it will never take it as things are


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    What came of one request.

    `reason` is a line for an administrator. It may quote the far side, shortened and without what
    looks like a token.
    """

    result: Result
    reason: str
    #: What the far side calls the message, when it says so.
    message_id: str | None = None
    #: Ask no sooner: for the retry, or after a delivery for the next request to the same target.
    after_s: float | None = None
    #: The destination is gone for good: switch it off.
    gone: bool = False
    #: Of a message that a library sends by itself: so many of its parts have arrived.
    parts_done: int = 0

    @classmethod
    def delivered(
        cls,
        reason: str = "delivered",
        *,
        message_id: str | None = None,
        after_s: float | None = None,
    ) -> Verdict:
        return cls(Result.DELIVERED, reason, message_id, _bounded(after_s))

    @classmethod
    def retry(cls, reason: str, *, after_s: float | None = None) -> Verdict:
        return cls(Result.RETRY, reason, None, _bounded(after_s))

    @classmethod
    def permanent(cls, reason: str, *, gone: bool = False) -> Verdict:
        return cls(Result.PERMANENT, reason, None, None, gone)


def shown_url(url: str) -> str:
    """Return what may be shown of an address: of one that is not the web's the scheme alone."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        host = f"[{host}]" if ":" in host else host
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "…"
    # Paths and queries hold tokens; what Apprise reads as a host often is one.
    return (
        f"{parts.scheme}://{host}{port}/…"
        if parts.scheme in ("http", "https")
        else (f"{parts.scheme}://…")
    )


def _bounded(after_s: float | None) -> float | None:
    return None if after_s is None else min(max(after_s, 0.0), MAX_WAIT_S)
