"""What a far side answered: its words, the time it asks for, and what a status means by itself."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Iterable, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from engine.errors import Invalid
from engine.json_reader import parse_bytes
from engine.payload import shallow
from engine.redaction import cut
from engine.sought import CUT
from engine.transports.message import Verdict
from engine.transports.partialjson import members_of

#: More of an answer is never looked at. Rocket.Chat's REST API repeats a message with all that its
#: parser made of it, a hundred times as long.
MAX_BODY_BYTES = 2 << 20
#: More of it is not looked at for words; a sentence that says what is wrong is short.
_MAX_TEXT_BYTES = 64 << 10
_MAX_QUOTED_CHARS = 160
#: What looks like a token, since far sides repeat what they were called with.
_TOKEN = re.compile(r"(?=[a-z_-]*\d)[a-z0-9_-]{16,}", re.IGNORECASE)
_SENTENCE_WAIT = re.compile(r"wait (\d{1,6}) second")
#: Numbers above it are milliseconds since 1970; above the other, seconds; below, a duration.
_MILLISECONDS_FROM, _SECONDS_FROM = 1e11, 1e9

_RETRIED = frozenset({408, 425, 429})
_NEVER = frozenset({501, 505})


#: By name, or as they came.
Headers = Mapping[str, str] | Iterable[tuple[str, str]]


class FarAnswer:
    """
    The answer to one request, as transports look at it.

    `unread` says why the body is not whole, such as "its answer breaks off"; empty when it is.
    """

    def __init__(
        self, status: int, headers: Headers, body: bytes, now: float, unread: str = ""
    ) -> None:
        self.status = status
        #: Names are lower case.
        self.headers = {name.lower(): value for name, value in dict(headers).items()}
        self.body = body[:MAX_BODY_BYTES]
        self.unread = unread or ("its answer is very long" if len(body) > MAX_BODY_BYTES else "")
        self.now = now
        #: The body read as JSON; None when it is none.
        self.json = _json(self.body)

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body[:_MAX_TEXT_BYTES].decode("utf-8", "replace").strip()

    @functools.cached_property
    def members(self) -> dict[str, Any]:
        """
        The body's JSON object; empty when it is none.

        Of one that cannot be read whole the members that came, but for lists and what is deep.
        """
        if self.json is None:
            return members_of(self.body)
        return self.json if isinstance(self.json, dict) else {}

    @property
    def is_page(self) -> bool:
        """Whether it is meant for people: a proxy's, or one to log in."""
        begin = self.text[:1000].lower()
        return "<html" in begin or "<!doctype" in begin

    @property
    def said(self) -> str:
        """What the far side gave as the reason, on one line, fit to be shown."""
        error = self.members.get("error")
        named = error if isinstance(error, dict) else self.members
        for name in ("message", "error", "detail", "description", "reason"):
            if isinstance(named.get(name), str) and named[name].strip():
                return quoted(named[name])
        if self.json is not None or self.is_page or self.body[:1] in (b"{", b"["):
            return ""
        return quoted(self.text)

    def reason(self, said: str | None = None) -> str:
        """Return status and reason as one line."""
        try:
            phrase = f" {HTTPStatus(self.status).phrase}"
        except ValueError:
            phrase = ""
        shown = self.said if said is None else said
        return f"HTTP {self.status}{phrase}" + (f": {shown}" if shown else "")

    def accepted(self, message_id: object = None, *, odd: str = "") -> Verdict:
        """
        Return that the far side has the message: its status says so, and the body nothing else.

        Sending it again would post it twice, so an answer that does not end, or that is `odd`, is
        a note in the reason and no failure.
        """
        note = self.unread or odd
        return Verdict.delivered(
            self.reason(f"accepted, though {note}") if note else "delivered",
            message_id=message_id if isinstance(message_id, str) else None,
            after_s=self.pause_s,
        )

    @property
    def wait_s(self) -> float | None:
        """The seconds after which the far side wants to be asked again, when it says so."""
        for found in (
            _number(self.members.get("retry_after")),
            self._retry_after_s(),
            self._google_delay_s(),
            self._reset_s(),
        ):
            if found is not None:
                return found
        sentence = _SENTENCE_WAIT.search(self.text[:2000])
        return float(sentence[1]) if sentence else None

    @property
    def pause_s(self) -> float | None:
        """The seconds after which the next request will be let in, when this one was the last."""
        if _number(self.headers.get("x-ratelimit-remaining")) != 0:
            return None
        return self._reset_s()

    def _retry_after_s(self) -> float | None:
        value = self.headers.get("retry-after", "")
        seconds = _number(value)
        return seconds if seconds is not None else self._until(_http_date(value))

    def _reset_s(self) -> float | None:
        after = _number(self.headers.get("x-ratelimit-reset-after"))
        if after is not None:
            return after
        reset = _number(self.headers.get("x-ratelimit-reset"))
        if reset is None or reset < _SECONDS_FROM:
            return reset
        return self._until(reset / 1000 if reset >= _MILLISECONDS_FROM else reset)

    def _until(self, moment: float | None) -> float | None:
        if moment is None:
            return None
        # By the far side's own clock, if it tells it: the clocks need not agree.
        there = _http_date(self.headers.get("date", ""))
        return max(moment - (self.now if there is None else there), 0.0)

    def _google_delay_s(self) -> float | None:
        error = self.members.get("error")
        details = error.get("details") if isinstance(error, dict) else None
        for detail in details if isinstance(details, list) else ():
            delay = detail.get("retryDelay") if isinstance(detail, dict) else None
            if isinstance(delay, str) and delay.endswith("s"):
                return _number(delay[:-1])
        return None


def read_status(answer: FarAnswer) -> Verdict:
    """Judge an answer by its status alone, as HTTP and Standard Webhooks mean it (wire.md 5)."""
    if answer.ok:
        return answer.accepted()
    if 300 <= answer.status < 400:
        return Verdict.permanent(answer.reason(_redirect(answer)))
    if answer.status in _RETRIED or (answer.status >= 500 and answer.status not in _NEVER):
        return Verdict.retry(answer.reason(), after_s=answer.wait_s)
    return Verdict.permanent(answer.reason(), gone=answer.status == 410)


def quoted(text: str) -> str:
    """Return words of the far side on one line, shortened, without what looks like a token."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return cut(_TOKEN.sub(CUT, cut(line, 4 * _MAX_QUOTED_CHARS)), _MAX_QUOTED_CHARS)


def _redirect(answer: FarAnswer) -> str:
    try:
        host = urlsplit(answer.headers.get("location", "")).hostname
    except ValueError:
        host = None
    where = quoted(host) if host else "another address"
    return f"it sends callers on to {where}; enter the address it has now"


def _json(body: bytes) -> Any:
    try:
        return shallow(parse_bytes(body))
    except Invalid:
        return None


def _number(value: Any) -> float | None:
    """Return seconds that were given as a number or as a text, and are no nonsense."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _http_date(value: str) -> float | None:
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, IndexError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
