"""The log: what is stored of a request, and how it is read again."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.db import utcnow
from engine.deduplication import Claim
from engine.errors import NotFound
from engine.ids import sortable_prefix
from engine.models import Execution, ExecutionDetail, ExecutionKind, Integration, Outcome
from engine.redaction import Scrubber, redact_headers, redact_query
from engine.rooms import iso

_PATH_CHARS = 8192
_SUMMARY_CHARS = 300
_ANSWER_CHARS = 16 << 10
#: Outcomes that nobody needs to look at.
GOOD = frozenset({Outcome.POSTED, Outcome.NOTHING, Outcome.DUPLICATE})
#: All others.
BAD = frozenset(Outcome) - GOOD
#: What really happened, as opposed to somebody trying a script in the editor.
REAL = frozenset({ExecutionKind.HOOK, ExecutionKind.REPLAY, ExecutionKind.OUTGOING})


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

    def name(self, integration: Integration) -> None:
        """Say whose request it is."""
        self.integration_id = integration.id
        self.integration_name = integration.name

    def rows(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the rows of `Execution` and `ExecutionDetail`, credentials replaced by dots."""
        request = self.request
        of_url = Scrubber((self.token,))
        hidden = Scrubber((self.token, *self.secrets)) if self.secrets else of_url
        query = redact_query(request.query_string)
        path = of_url.text(request.path[:_PATH_CHARS] + (f"?{query}" if query else ""))
        headers = of_url.json(redact_headers(request.headers))
        answer = hidden.text(self.answer)[:_ANSWER_CHARS]
        console = hidden.json(self.console)
        result = b"" if self.result is None else hidden.json(self.result)
        error = b"" if self.error is None else hidden.json(self.error)
        calls = hidden.json(self.calls)
        steps = hidden.json(self.steps) if self.steps else b"[]"
        # As JSON already: what is searched for words is not written a second time to be stored.
        detail = {
            "execution_id": self.id,
            "method": request.method[:16],
            "path": path,
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
            "summary": shorten(hidden.text(self.summary), _SUMMARY_CHARS),
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


@dataclass(frozen=True, slots=True)
class Filter:
    """Which executions to list."""

    integration_id: str | None = None
    outcomes: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    since: dt.datetime | None = None
    search: str = ""
    #: Ids: only executions that arrived earlier, or later, than this one.
    before: str | None = None
    after: str | None = None

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """Return it as SQL."""
        conditions: list[sa.ColumnElement[bool]] = []
        if self.integration_id:
            conditions.append(Execution.integration_id == self.integration_id)
        if self.outcomes:
            conditions.append(Execution.outcome.in_(sorted(self.outcomes)))
        if self.kinds:
            conditions.append(Execution.kind.in_(sorted(self.kinds)))
        if self.since is not None:
            conditions.append(Execution.id >= sortable_prefix(self.since.timestamp()))
        if self.before:
            conditions.append(Execution.id < self.before)
        if self.after:
            conditions.append(Execution.id > self.after)
        if self.search:
            pattern = f"%{_escape_like(self.search)}%"
            in_detail = sa.select(ExecutionDetail.execution_id).where(
                ExecutionDetail.execution_id == Execution.id,
                sa.or_(
                    sa.cast(ExecutionDetail.console, sa.Text).ilike(pattern, escape="\\"),
                    sa.cast(ExecutionDetail.error, sa.Text).ilike(pattern, escape="\\"),
                ),
            )
            conditions.append(
                sa.or_(
                    Execution.id == self.search,
                    Execution.summary.ilike(pattern, escape="\\"),
                    Execution.integration_name.ilike(pattern, escape="\\"),
                    in_detail.exists(),
                )
            )
        return conditions


def list_executions(
    session: Session, wanted: Filter, *, count: int = 50, offset: int = 0
) -> Sequence[Execution]:
    """Return executions, newest first."""
    statement = sa.select(Execution).where(*wanted.conditions())
    return session.scalars(
        statement.order_by(Execution.id.desc()).limit(count).offset(offset)
    ).all()


def count_executions(session: Session, wanted: Filter) -> int:
    """Return how many there are."""
    return session.scalar(sa.select(sa.func.count(Execution.id)).where(*wanted.conditions())) or 0


def outcome_counts(session: Session, since: dt.datetime) -> dict[str, dict[str, int]]:
    """Return integration id -> outcome -> how many since then; test runs do not count."""
    rows = session.execute(
        sa.select(Execution.integration_id, Execution.outcome, sa.func.count())
        .where(*Filter(since=since, kinds=REAL).conditions())
        .group_by(Execution.integration_id, Execution.outcome)
    )
    counts: dict[str, dict[str, int]] = {}
    for integration_id, outcome, count in rows:
        counts.setdefault(integration_id or "", {})[outcome] = count
    return counts


def latest_of(session: Session, integration_ids: Iterable[str]) -> dict[str, Execution]:
    """Return integration id -> its latest execution that was not a test run."""
    found = {
        one: list_executions(session, Filter(integration_id=one, kinds=REAL), count=1)
        for one in integration_ids
    }
    return {one: rows[0] for one, rows in found.items() if rows}


def get(session: Session, execution_id: str) -> tuple[Execution, ExecutionDetail]:
    """
    Return an execution with everything stored of it.

    :raise NotFound: when there is none.
    """
    execution = detail = None
    if "\x00" not in execution_id:  # which PostgreSQL would not even compare
        execution = session.get(Execution, execution_id)
        detail = session.get(ExecutionDetail, execution_id)
    if execution is None or detail is None:
        raise NotFound(f"There is no execution {execution_id}")
    return execution, detail


def as_dict(execution: Execution) -> dict[str, Any]:
    """Return what a list shows."""
    return {
        "_id": execution.id,
        "integrationId": execution.integration_id,
        "integrationName": execution.integration_name,
        "scriptVersion": execution.version_number,
        "kind": execution.kind,
        "replayOf": execution.replay_of,
        "receivedAt": iso(execution.received_at),
        "outcome": execution.outcome,
        "status": execution.status,
        "summary": execution.summary,
        "remoteAddress": execution.remote_address,
        "messageCount": execution.message_count,
        "queueMs": _rounded(execution.queue_ms),
        "runMs": _rounded(execution.run_ms),
        "totalMs": _rounded(execution.total_ms),
        "bootMs": _rounded(execution.boot_ms),
        "cpuMs": _rounded(execution.cpu_ms),
        "memoryBytes": execution.memory_bytes,
        "consoleBytes": execution.console_bytes,
        "resultBytes": execution.result_bytes,
        "callCount": execution.call_count,
    }


def detail_as_dict(execution: Execution, detail: ExecutionDetail) -> dict[str, Any]:
    """Return everything stored of an execution; a body that is no UTF-8 has its bytes replaced."""
    return {
        **as_dict(execution),
        "request": {
            "method": detail.method,
            "path": detail.path,
            "headers": detail.headers,
            "body": detail.body.decode(errors="replace"),
            "bodyTruncated": detail.body_truncated,
        },
        "console": detail.console,
        "result": detail.result["value"] if detail.result else None,
        "error": detail.error,
        "answer": detail.answer,
        "calls": detail.calls,
        "steps": detail.steps,
    }


def shorten(text: str, max_chars: int) -> str:
    """Return the text in one line of bounded length."""
    line = " ".join(text.replace("\x00", "\N{REPLACEMENT CHARACTER}").split())
    return line if len(line) <= max_chars else line[: max_chars - 1] + "…"


def _escape_like(text: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", text)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
