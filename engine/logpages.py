"""The log a page at a time, as fast with a million executions as with ten."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.executions import Filter
from engine.ids import sortable_prefix
from engine.models import Execution, Outcome

#: A search reads this many executions at a time, until it has found a page or its time is over.
_SEARCH_STEP = 2_000
_SEARCH_S = 1.5


@dataclass(frozen=True, slots=True)
class Page:
    """Executions, newest first. `before` and `after` continue it, None at either end of the log."""

    executions: Sequence[Execution]
    before: str | None = None
    after: str | None = None
    #: A search that took too long stopped here; `before` continues it.
    searched_back_to: dt.datetime | None = None


def read(session: Session, wanted: Filter, *, count: int = 50) -> Page:
    """
    Return the newest executions that `wanted` describes; with `wanted.after` the oldest of them.

    Pages follow each other by id: an offset would count through all that came before.
    """
    forward = wanted.after is not None and wanted.before is None
    stopped_at = None
    if wanted.search:
        found, stopped_at = _search(session, wanted, count + 1, forward)
    else:
        found = list(_read(session, wanted, count + 1, forward))
    more = len(found) > count
    shown = found[:count]
    if forward:
        shown.reverse()
    first, last = (shown[0].id, shown[-1].id) if shown else (None, None)
    if forward:
        return Page(shown, before=last or wanted.after, after=first if more else None)
    return Page(
        shown,
        before=last if more else (stopped_at.id if stopped_at else None),
        after=first if wanted.before is not None else None,
        searched_back_to=None if more or stopped_at is None else stopped_at.received_at,
    )


def newest(session: Session, wanted: Filter, *, count: int = 50) -> Sequence[Execution]:
    """Return the newest executions that `wanted` describes, newest first."""
    if wanted.search:
        return _search(session, wanted, count, forward=False)[0]
    return _read(session, wanted, count, forward=False)


def counts_since(session: Session, since: dt.datetime) -> dict[str, int]:
    """Return outcome -> how many executions since then."""
    # Naming every outcome lets the index on (outcome, id) answer alone.
    rows = session.execute(
        sa.select(Execution.outcome, sa.func.count())
        .where(
            Execution.outcome.in_([outcome.value for outcome in Outcome]),
            Execution.id >= sortable_prefix(since.timestamp()),
        )
        .group_by(Execution.outcome)
    )
    return {outcome: count for outcome, count in rows}


def _read(session: Session, wanted: Filter, count: int, forward: bool) -> Sequence[Execution]:
    ids = _ids(wanted, count, forward)
    rows = sa.select(Execution).where(Execution.id.in_(ids)).order_by(_order(forward))
    return session.scalars(rows).all()


def _search(
    session: Session, wanted: Filter, count: int, forward: bool
) -> tuple[list[Execution], Execution | None]:
    """Return what was found, and where the search stopped if that is not the end of the log."""
    deadline = time.monotonic() + _SEARCH_S
    found: list[Execution] = []
    while True:
        step = session.scalars(_ids(replace(wanted, search=""), _SEARCH_STEP, forward)).all()
        if not step:
            return found, None
        hits = sa.select(Execution).where(
            *wanted.conditions(), Execution.id.between(min(step), max(step))
        )
        hits = hits.order_by(_order(forward)).limit(count - len(found))
        found += session.scalars(hits).all()
        if len(found) >= count or len(step) < _SEARCH_STEP:
            return found, None
        if time.monotonic() > deadline:
            return found, session.get(Execution, step[-1])
        # The direction, not the page, decides which end moves on.
        edge = step[-1]
        wanted = replace(wanted, after=edge) if forward else replace(wanted, before=edge)


def _ids(wanted: Filter, count: int, forward: bool) -> sa.Select[str]:
    def in_order(one: Filter) -> sa.Select[str]:
        ids = sa.select(Execution.id).where(*one.conditions())
        return ids.order_by(_order(forward)).limit(count)

    if len(wanted.outcomes) < 2:
        return in_order(wanted)
    # Each outcome has its own index range; reading them apart never sorts or skips a long one.
    parts = [
        in_order(replace(wanted, outcomes=frozenset({one}))).subquery()
        for one in sorted(wanted.outcomes)
    ]
    every = sa.union_all(*(sa.select(part.c.id) for part in parts)).subquery()
    order = every.c.id.asc() if forward else every.c.id.desc()
    return sa.select(every.c.id).order_by(order).limit(count)


def _order(forward: bool) -> sa.ColumnElement[str]:
    return Execution.id.asc() if forward else Execution.id.desc()
