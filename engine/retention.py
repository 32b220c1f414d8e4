"""Old executions go: by age, by number and by size, a few at a time; and deliveries nobody repeats."""

from __future__ import annotations

import datetime as dt
import logging
import threading

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from engine.db import Database, utcnow
from engine.deduplication import forget_ended
from engine.ids import sortable_prefix
from engine.models import Execution, ExecutionDetail
from engine.settings import Settings
from engine.shared_rate import forget_ended_windows

log = logging.getLogger(__name__)

#: Deleted in one transaction: few enough that no request waits noticeably for it.
STEP = 500
_FIRST_AFTER_S = 60.0
_INTERVAL_S = 300.0
_PAUSE_S = 0.05


def oldest_to_delete(session: Session, settings: Settings) -> str | None:
    """Return the id before which every execution goes, or None when all may stay."""
    cutoffs = []
    oldest_kept = utcnow() - dt.timedelta(days=settings.retention_days)
    cutoffs.append(sortable_prefix(oldest_kept.timestamp()))
    nth_newest = session.scalar(
        sa.select(Execution.id)
        .order_by(Execution.id.desc())
        .limit(1)
        .offset(settings.retention_executions - 1)
    )
    if nth_newest is not None:
        cutoffs.append(nth_newest)
    if (by_size := _cutoff_by_size(session, settings.retention_bytes)) is not None:
        cutoffs.append(by_size)
    cutoff = max(cutoffs)
    first = session.scalar(sa.select(sa.func.min(Execution.id)))
    return cutoff if first is not None and first < cutoff else None


def prune_step(database: Database, cutoff: str) -> int:
    """Delete the oldest executions before the cutoff, at most `STEP`; return how many went."""
    with database.write() as session:
        ids = session.scalars(
            sa.select(Execution.id).where(Execution.id < cutoff).order_by(Execution.id).limit(STEP)
        ).all()
        if ids:
            session.execute(sa.delete(ExecutionDetail).where(ExecutionDetail.execution_id.in_(ids)))
            session.execute(sa.delete(Execution).where(Execution.id.in_(ids)))
    return len(ids)


def prune(database: Database, settings: Settings, stop: threading.Event | None = None) -> int:
    """Delete all that has to go; return how many."""
    with database.read() as session:
        cutoff = oldest_to_delete(session, settings)
    total = 0
    while cutoff is not None and not (stop and stop.is_set()):
        count = prune_step(database, cutoff)
        total += count
        if count < STEP:
            break
        if stop is not None:
            stop.wait(_PAUSE_S)
    return total


class Pruner:
    """Prunes every few minutes, on a thread of its own."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="retention", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop after the step that is under way."""
        self._stop.set()
        self._thread.join(timeout=30)

    def _work(self) -> None:
        wait_s = _FIRST_AFTER_S
        while not self._stop.wait(wait_s):
            wait_s = _INTERVAL_S
            try:
                if count := prune(self._database, self._settings, self._stop):
                    log.info("deleted %d old executions", count)
                forget_ended(self._database, utcnow())
                forget_ended_windows(self._database, utcnow())
            except SQLAlchemyError:
                log.exception("old executions were not deleted; trying again later")


def _cutoff_by_size(session: Session, max_bytes: int) -> str | None:
    total = session.scalar(sa.select(sa.func.sum(Execution.stored_bytes))) or 0
    excess = total - max_bytes
    if excess <= 0:
        return None
    # Walk from the oldest until enough is found; the next one may stay.
    rows = session.execute(sa.select(Execution.id, Execution.stored_bytes).order_by(Execution.id))
    for execution_id, size in rows.yield_per(1000):
        if excess <= 0:
            return str(execution_id)
        excess -= size
    return "~"  # sorts after every id: all of them
