"""What happened lately, counted: the dashboard's questions to the log."""

from __future__ import annotations

import datetime as dt
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine import executions
from engine.executions import BAD, GOOD, REAL, Filter
from engine.ids import sortable_prefix
from engine.models import Execution

#: A wait for a sandbox that somebody should look at, in milliseconds.
SLOW_WAIT_MS = 250
#: Of more executions the latest say the same, and all would take long to read.
_MOST_WAITS = 5_000


@dataclass(frozen=True, slots=True)
class Waits:
    """How long the latest runs waited for a sandbox; `slow` of these `count` waited noticeably."""

    count: int
    median_ms: float
    worst_ms: float
    slow: int


@dataclass(frozen=True, slots=True)
class Hour:
    """How many requests ended well and how many did not, from `start` on."""

    start: dt.datetime
    good: int
    bad: int


@dataclass(frozen=True, slots=True)
class Failing:
    """An integration (none: addresses that lead nowhere) with failures, and its newest one."""

    integration_id: str | None
    good: int
    bad: int
    newest: Execution
    #: Whether nothing went well since.
    still: bool


def per_hour(session: Session, now: dt.datetime, hours: int = 24) -> list[Hour]:
    """Count the last hours, oldest first; the last one is the one that ends now."""
    starts = [now - dt.timedelta(hours=back) for back in range(hours, 0, -1)]
    # An execution's id begins with its time, so the primary key alone tells the hour.
    hour = sa.case(
        *(
            (Execution.id >= sortable_prefix(start.timestamp()), index)
            for index, start in reversed(list(enumerate(starts)))
        ),
        else_=0,
    ).label("hour")
    good = Execution.outcome.in_(sorted(GOOD)).label("good")
    rows = session.execute(
        sa.select(hour, good, sa.func.count())
        .where(*Filter(since=starts[0], kinds=REAL).conditions())
        .group_by(hour, good)
    )
    counts = {(index, bool(went_well)): count for index, went_well, count in rows}
    return [
        Hour(start, counts.get((index, True), 0), counts.get((index, False), 0))
        for index, start in enumerate(starts)
    ]


def failing(session: Session, since: dt.datetime) -> list[Failing]:
    """Return who failed since then: first those that still do, then by the time of the failure."""
    found = []
    for integration_id, outcomes in executions.outcome_counts(session, since).items():
        bad = sum(count for outcome, count in outcomes.items() if outcome in BAD)
        newest = _newest(session, integration_id, since) if bad else []
        if newest:
            good = sum(outcomes.values()) - bad
            # For addresses that lead nowhere there is nothing that could recover.
            real = Filter(integration_id=integration_id, kinds=executions.REAL)
            latest = executions.list_executions(session, real, count=1) if integration_id else []
            still = any(one.outcome in BAD for one in latest)
            found.append(Failing(integration_id or None, good, bad, newest[0], still))
    return sorted(found, key=lambda one: (one.still, one.newest.id), reverse=True)


def waits(session: Session, since: dt.datetime) -> Waits | None:
    """Measure the runs since then, the latest of them when they are many; None when there was none."""
    latest = (
        sa.select(Execution.queue_ms, Execution.kind)
        .where(*Filter(since=since).conditions())
        .order_by(Execution.id.desc())
        .limit(_MOST_WAITS)
    )
    rows = session.execute(latest)
    waited = [queue_ms for queue_ms, kind in rows if queue_ms is not None and kind in REAL]
    if not waited:
        return None
    slow = sum(one > SLOW_WAIT_MS for one in waited)
    return Waits(len(waited), statistics.median(waited), max(waited), slow)


def _newest(session: Session, integration_id: str, since: dt.datetime) -> Sequence[Execution]:
    if integration_id:
        wanted = Filter(integration_id=integration_id, outcomes=BAD, kinds=REAL, since=since)
        return executions.list_executions(session, wanted, count=1)
    conditions = Filter(kinds=REAL, since=since).conditions()
    return session.scalars(
        sa.select(Execution)
        .where(Execution.integration_id.is_(None), *conditions)
        .order_by(Execution.id.desc())
        .limit(1)
    ).all()
