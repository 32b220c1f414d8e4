"""The log: executions as they are listed, counted, found and shown."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.errors import NotFound
from engine.ids import sortable_prefix
from engine.models import Execution, ExecutionDetail, ExecutionKind, Integration, Outcome
from engine.times import iso

#: Outcomes that nobody needs to look at.
GOOD = frozenset({Outcome.POSTED, Outcome.NOTHING, Outcome.DUPLICATE})
#: All others.
BAD = frozenset(Outcome) - GOOD
#: What really happened, as opposed to somebody trying a script in the editor.
REAL = frozenset({ExecutionKind.HOOK, ExecutionKind.REPLAY, ExecutionKind.OUTGOING})


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
    session: Session,
    wanted: Filter,
    *,
    count: int = 50,
    offset: int = 0,
    oldest_first: bool = False,
) -> Sequence[Execution]:
    """Return executions, newest first unless it is said otherwise."""
    order = Execution.id if oldest_first else Execution.id.desc()
    statement = sa.select(Execution).where(*wanted.conditions())
    return session.scalars(statement.order_by(order).limit(count).offset(offset)).all()


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
    """Return integration id -> its latest execution that was not a test run, of those that there are."""
    # One look into the index for each, in one statement.
    latest = (
        sa.select(Execution.id)
        .where(Execution.integration_id == Integration.id, *Filter(kinds=REAL).conditions())
        .order_by(Execution.id.desc())
        .limit(1)
        .correlate(Integration)
        .scalar_subquery()
    )
    ids = session.scalars(sa.select(latest).where(Integration.id.in_(list(integration_ids)))).all()
    found = session.scalars(sa.select(Execution).where(Execution.id.in_(filter(None, ids))))
    return {one.integration_id: one for one in found if one.integration_id is not None}


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


def _escape_like(text: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", text)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
