"""What is stored of a request, or of an outgoing call: filled while it is handled, and then rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from engine.db import utcnow
from engine.deduplication import Claim
from engine.dialects import Conversation, Sent
from engine.models import Execution, ExecutionDetail, ExecutionKind, Integration, Outcome
from engine.redaction import Scrubber, redact_headers, redact_query
from engine.writer import Step

_PATH_CHARS = 8192
_SUMMARY_CHARS = 300
_ANSWER_CHARS = 16 << 10


@dataclass(slots=True)
class HookRequest:
    """A request as it came: `path` is percent-encoded, header names keep their case."""

    method: str
    path: str
    query_string: str
    headers: list[tuple[str, str]]
    body: bytes
    remote_address: str
    received_at: dt.datetime = field(default_factory=utcnow)

    def header(self, name: str) -> str | None:
        """Return a header's value."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)

    @property
    def sent(self) -> Sent:
        """What dialects read of it: a GET has no body, whatever came along."""
        if self.method == "GET":
            return Sent(None, b"", self.query_string)
        return Sent(self.header("Content-Type"), self.body, self.query_string)


def stored_request(execution: Execution, detail: ExecutionDetail) -> HookRequest:
    """Return a request as it was stored, credentials replaced by dots."""
    path, _, query_string = detail.path.partition("?")
    return HookRequest(
        method=detail.method,
        path=path,
        query_string=query_string,
        headers=[(name, value) for name, value in detail.headers],
        body=detail.body,
        remote_address=execution.remote_address,
    )


def _nothing() -> None:
    """Do nothing."""


@dataclass(slots=True)
class Record:
    """What is to be stored of one request; filled while it is handled."""

    id: str
    request: HookRequest
    kind: ExecutionKind = ExecutionKind.HOOK
    replay_of: str | None = None
    #: How the caller is answered: see `engine.dialects`.
    dialect: str = "rocketchat"
    integration_id: str | None = None
    integration_name: str = ""
    version_number: int | None = None
    token: str = ""
    outcome: Outcome = Outcome.FAILED
    status: int = 500
    summary: str = ""
    #: What else is to be said in the summary, however it went.
    notes: list[str] = field(default_factory=list)
    message_count: int = 0
    queue_ms: float | None = None
    run_ms: float | None = None
    total_ms: float = 0.0
    boot_ms: float | None = None
    cpu_ms: float | None = None
    memory_bytes: int | None = None
    calls: list[dict[str, Any]] = field(default_factory=list)
    #: Of an outgoing call: how it went, and what triggered it, sealed.
    steps: list[dict[str, Any]] = field(default_factory=list)
    occasion: bytes | None = None
    #: What the run saw, sealed.
    recording: bytes | None = None
    #: What must not be in the log, beside the token.
    secrets: tuple[str, ...] = ()
    #: What the script left in `Store`; None when that is as it was.
    store: str | None = None
    #: Its messages as destinations other than the rooms get them: see `engine.outbox.message_of`.
    remote: list[dict[str, Any]] = field(default_factory=list)
    #: Rows of `Delivery`.
    deliveries: list[dict[str, Any]] = field(default_factory=list)
    #: Where its messages belong, in dialects that have conversations; and what that needs when stored.
    conversation: Conversation | None = None
    along: list[Step] = field(default_factory=list)
    #: Called when the rows are durable, or will never be.
    when_stored: Callable[[], None] = _nothing
    #: Whether `request.body` is what was sent; before, only the headers are known.
    body_read: bool = False
    console: list[dict[str, Any]] = field(default_factory=list)
    result: Any = None
    error: dict[str, Any] | None = None
    answer: str = ""
    #: The delivery it runs, when each is run once only.
    claim: Claim | None = None

    @property
    def hidden(self) -> Scrubber:
        """What takes credentials out of what is stored and shown of it."""
        return Scrubber((self.token, *self.secrets))

    def warn(self, text: str) -> None:
        """Add a line of our own to what the script wrote to the console."""
        self.console = [*self.console, own_line(text, self.console)]

    def name(self, integration: Integration) -> None:
        """Say whose request it is."""
        self.integration_id = integration.id
        self.integration_name = integration.name

    def rows(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the rows of `Execution` and `ExecutionDetail`, credentials replaced by dots."""
        request = self.request
        hidden = self.hidden
        query = redact_query(request.query_string)
        path = hidden.text(request.path + (f"?{query}" if query else ""))[: 2 * _PATH_CHARS]
        headers = hidden.json(redact_headers(request.headers))
        answer = hidden.text(self.answer)[:_ANSWER_CHARS]
        console = hidden.json(self.console)
        result = b"" if self.result is None else hidden.json(self.result)
        error = b"" if self.error is None else hidden.json(self.error)
        calls = hidden.json(self.calls)
        steps = hidden.json(self.steps) if self.steps else b"[]"
        # As JSON already: what is searched for words is not written a second time to be stored.
        detail = {
            "execution_id": self.id,
            "method": _storable(request.method[:16]),
            "path": _storable(path),
            "headers": orjson.Fragment(headers),
            "body": request.body,
            "body_truncated": not self.body_read and request.method not in ("GET", "HEAD"),
            "console": orjson.Fragment(console),
            "result": orjson.Fragment(b'{"value":%b}' % result) if result else None,
            "error": orjson.Fragment(error) if error else None,
            "answer": answer,
            "calls": orjson.Fragment(calls),
            "recording": self.recording,
            "steps": orjson.Fragment(steps),
            "occasion": self.occasion,
        }
        texts = (request.body, path, headers, console, result, error, calls, answer, steps)
        sealed = len(self.recording or b"") + len(self.occasion or b"")
        stored_bytes = sum(map(len, texts)) + sealed + 512
        # Each is stored as it is, and once more in the attempt that sends it.
        stored_bytes += sum(2 * len(orjson.dumps(one["message"])) + 1024 for one in self.deliveries)
        execution = {
            "id": self.id,
            "integration_id": self.integration_id,
            "integration_name": self.integration_name,
            "version_number": self.version_number,
            "kind": self.kind,
            "replay_of": self.replay_of,
            "received_at": request.received_at,
            "outcome": self.outcome,
            "status": self.status,
            "summary": shorten(hidden.text("; ".join((self.summary, *self.notes))), _SUMMARY_CHARS),
            "remote_address": request.remote_address[:64],
            "message_count": self.message_count,
            "queue_ms": self.queue_ms,
            "run_ms": self.run_ms,
            "total_ms": self.total_ms,
            "stored_bytes": stored_bytes,
            "boot_ms": self.boot_ms,
            "cpu_ms": self.cpu_ms,
            "memory_bytes": self.memory_bytes,
            "console_bytes": sum(len(line["text"]) for line in self.console),
            "result_bytes": len(result),
            "call_count": len(self.calls),
        }
        return execution, detail


def own_line(text: str, before: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """Return a console line that Hooksmith itself writes, after those before it; no script has `own`."""
    at = before[-1]["at"] if before else 0
    return {"level": "warn", "text": f"Hooksmith: {text}", "at": at, "own": True}


def shorten(text: str, max_chars: int) -> str:
    """Return the text in one line of bounded length."""
    line = " ".join(_storable(text).split())
    return line if len(line) <= max_chars else line[: max_chars - 1] + "…"


def _storable(text: str) -> str:
    """Return the text as PostgreSQL takes it: its own holds every character but NUL."""
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}")
