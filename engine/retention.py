"""What is old goes, a few rows at a time: executions with their deliveries, and what ended by itself."""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import InstrumentedAttribute, Session

from engine.db import Database, is_away, reason_of, utcnow
from engine.deduplication import forget_ended
from engine.delivery.retention import Reach, cancel_orphans, forget_paces, prune_deliveries
from engine.delivery.tables import Delivery
from engine.ids import sortable_prefix
from engine.models import Execution, ExecutionDetail, Message
from engine.settings import Settings
from engine.shared_rate import forget_ended_windows

log = logging.getLogger(__name__)

#: Deleted in one transaction: few enough that no request waits noticeably for it.
STEP = 500
_FIRST_AFTER_S = 60.0
_INTERVAL_S = 300.0
_PAUSE_S = 0.05
#: Sorts before every id, and after every id.
_NONE, _ALL = "", "~"


@dataclass(frozen=True, slots=True)
class Cutoffs:
    """The ids before which rows go; messages stay for ever unless the settings say otherwise."""

    executions: str
    deliveries: Reach
    messages: str


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many of each were deleted."""

    executions: int
    deliveries: int
    messages: int


def prune(database: Database, settings: Settings, stop: threading.Event | None = None) -> Pruned:
    """Delete all that has to go."""
    with database.read() as session:
        cutoffs = _cutoffs(session, settings)
    return Pruned(
        _in_steps(lambda: _prune_executions(database, cutoffs.executions), stop),
        prune_deliveries(database, cutoffs.deliveries, stop),
        _in_steps(lambda: _prune_messages(database, cutoffs.messages), stop),
    )


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
                self._tidy()
            except SQLAlchemyError as exc:
                if is_away(exc):
                    log.warning("what is old is deleted later: %s", reason_of(exc))
                else:
                    log.exception("what is old was not deleted; trying again later")

    def _tidy(self) -> None:
        pruned = prune(self._database, self._settings, self._stop)
        if pruned != Pruned(0, 0, 0):
            log.info(
                "deleted %d old executions, %d deliveries, %d messages",
                pruned.executions,
                pruned.deliveries,
                pruned.messages,
            )
        now = utcnow()
        forget_ended(self._database, now)
        forget_ended_windows(self._database, now)
        forget_paces(self._database, now)
        cancel_orphans(self._database, now)


def _cutoffs(session: Session, settings: Settings) -> Cutoffs:
    oldest_kept = utcnow() - dt.timedelta(days=settings.retention_days)
    by_age, most = _id_at(oldest_kept), settings.retention_executions
    of_executions = max(
        _nth_newest(session, Execution.id, most), _by_size(session, settings.retention_bytes)
    )
    # One execution may have many deliveries, and some have none.
    of_deliveries = max(of_executions, _nth_newest(session, Delivery.id, most))
    messages_days = settings.retention_messages_days
    return Cutoffs(
        max(by_age, of_executions),
        Reach(max(by_age, of_deliveries), of_deliveries, oldest_kept),
        _id_at(utcnow() - dt.timedelta(days=messages_days)) if messages_days else _NONE,
    )


def _id_at(moment: dt.datetime) -> str:
    return sortable_prefix(moment.timestamp())


def _nth_newest(session: Session, key: InstrumentedAttribute[str], number: int) -> str:
    newest_first = sa.select(key).order_by(key.desc())
    return session.scalar(newest_first.limit(1).offset(number - 1)) or _NONE


def _by_size(session: Session, max_bytes: int) -> str:
    total = session.scalar(sa.select(sa.func.sum(Execution.stored_bytes))) or 0
    excess = total - max_bytes
    if excess <= 0:
        return _NONE
    # Walk from the oldest until enough is found; the next one may stay.
    rows = session.execute(sa.select(Execution.id, Execution.stored_bytes).order_by(Execution.id))
    for execution_id, size in rows.yield_per(1000):
        if excess <= 0:
            return str(execution_id)
        excess -= size
    return _ALL


def _in_steps(step: Callable[[], int], stop: threading.Event | None) -> int:
    total = 0
    while not (stop and stop.is_set()):
        count = step()
        total += count
        if count < STEP:
            break
        if stop is not None:
            stop.wait(_PAUSE_S)
    return total


def _prune_executions(database: Database, cutoff: str) -> int:
    with database.write() as session:
        ids = session.scalars(
            sa.select(Execution.id).where(Execution.id < cutoff).order_by(Execution.id).limit(STEP)
        ).all()
        if ids:
            session.execute(sa.delete(ExecutionDetail).where(ExecutionDetail.execution_id.in_(ids)))
            session.execute(sa.delete(Execution).where(Execution.id.in_(ids)))
    return len(ids)


def _prune_messages(database: Database, cutoff: str) -> int:
    some = sa.select(Message.id).where(Message.id < cutoff).order_by(Message.id).limit(STEP)
    with database.write_connection() as connection:
        done = connection.execute(sa.delete(Message).where(Message.id.in_(some)))
    return int(done.rowcount)
