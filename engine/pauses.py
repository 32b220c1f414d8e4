"""Integrations whose script keeps timing out or crashing are paused, longer each time, until a run ends well."""

from __future__ import annotations

import datetime as dt
import logging
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from engine import answers
from engine.admission import Hook
from engine.db import Database, is_away, reason_of, utcnow
from engine.models import Execution, Integration, IntegrationPause, Outcome
from engine.record import Record
from engine.refusal import Refusal
from engine.settings import Settings
from engine.times import iso

log = logging.getLogger(__name__)

#: How long the first pause lasts, the second, and so on; all after these last as long as the last.
STEPS_S = (30, 60, 120, 300, 900, 1800, 3600)
#: Ends of a run that cost others a worker, and how they are said. A script that throws costs nothing.
_HARMFUL = {
    Outcome.CPU_LIMIT: "it computed for too long",
    Outcome.WALL_LIMIT: "it took too long",
    Outcome.MEMORY_LIMIT: "it used too much memory",
    Outcome.CRASHED: "its sandbox process died",
}
#: What stands after the summary of the run that begins a pause.
_SAID = "; paused for "
#: What those are told who come while one run tries.
_TRIAL_RETRY_S = 5
#: How much longer than a run may take a trial is waited for.
_TRIAL_GRACE_S = 10

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Paused:
    """
    An integration that is paused, or was and has not yet shown that it works again.

    With `remaining_s` 0 the pause is over, and the next call is the trial; `next_s` is how long
    the pause is that follows when it fails.
    """

    until: dt.datetime
    remaining_s: int
    next_s: int
    reason: str
    failures: int
    on_trial: bool
    execution_id: str | None

    def as_dict(self) -> dict[str, Any] | None:
        """Return it for the API, null when callers are not refused."""
        if not self.remaining_s:
            return None
        return {"until": iso(self.until), "reason": self.reason, "failures": self.failures}


@dataclass(frozen=True, slots=True)
class _Run:
    """What a run knows of its integration's pauses from its beginning."""

    epoch: int = 0
    failures: int = 0
    is_trial: bool = False


class Pauses:
    """
    Decides which calls may run, and learns from how they end.

    What is known stands in one row, which is written only when it changes, under a lock that
    all servers share. A run counts only when the row's `epoch` is still the one it began in: so runs
    that fail together begin one pause, and one that outlived a pause says nothing about the next.
    """

    def __init__(
        self, settings: Settings, database: Database, clock: Callable[[], dt.datetime] = utcnow
    ) -> None:
        self.clock = clock
        self._database = database
        self._after_failures = settings.pause_after_failures
        # The worker that a job was given may be lost before it began, and the job wait once more.
        longest_s = 2 * settings.sandbox_wait_s + settings.script_wall_s + _TRIAL_GRACE_S
        self._trial_lease = dt.timedelta(seconds=longest_s)

    def watch(self, hook: Hook, record: Record, work: Callable[[], T]) -> T:
        """
        Do the work of a call unless its integration is paused, and learn from how it ends.

        :raise Refusal: when it is paused, or as `work` does, with what came of it in the reason.
        """
        if not self._after_failures or not hook.integration.script_enabled:
            return work()
        run = self._admit(hook)
        try:
            done = work()
        except Refusal as refusal:
            refusal.reason += self._learn(hook.integration, record, run, refusal.outcome)
            raise
        self._learn(hook.integration, record, run, record.outcome)
        return done

    def known(self, session: Session, integration_ids: Iterable[str]) -> dict[str, Paused]:
        """Return integration id -> its pause, for those that have one."""
        if not self._after_failures:
            return {}
        rows = session.scalars(
            sa.select(IntegrationPause).where(
                IntegrationPause.level > 0,
                IntegrationPause.integration_id.in_(list(integration_ids)),
            )
        )
        now = self.clock()
        return {
            row.integration_id: Paused(
                until=until,
                remaining_s=_remaining_s(until, now),
                next_s=_step_s(row.level + 1),
                reason=row.reason,
                failures=row.failures,
                on_trial=row.on_trial,
                execution_id=row.execution_id,
            )
            for row in rows
            if (until := row.paused_until) is not None
        }

    # -- before a run ---------------------------------------------------------------------

    def _admit(self, hook: Hook) -> _Run:
        seen, now = hook.pause, self.clock()
        if seen is None:
            return _Run()
        if not seen.level:
            return _Run(seen.epoch, seen.failures)
        _require_over(seen, now)
        with self._database.write() as session:
            row = _locked(session, hook.integration.id, now)
            if not row.level:
                return _Run(row.epoch, row.failures)
            _require_over(row, now)  # another may have been quicker to try
            row.epoch += 1
            row.on_trial, row.paused_until = True, now + self._trial_lease
            run = _Run(row.epoch, row.failures, is_trial=True)
        log.info("the pause of %s is over; one call tries it", _named(hook.integration))
        return run

    # -- after a run ----------------------------------------------------------------------

    def _learn(self, integration: Integration, record: Record, run: _Run, outcome: Outcome) -> str:
        """Return what is to be said of it after the summary."""
        ran = record.run_ms is not None
        if not run.is_trial and (not ran or (outcome not in _HARMFUL and not run.failures)):
            return ""
        pause_s, now = 0, self.clock()
        try:
            with self._database.write() as session:
                row = _locked(session, integration.id, now)
                if row.epoch != run.epoch:
                    return ""
                if not ran:
                    row.on_trial, row.paused_until = False, now  # the next call may try
                elif outcome in _HARMFUL:
                    pause_s = self._count(row, outcome, record.id, now, is_trial=run.is_trial)
                else:
                    _begin_anew(row, now)
        except SQLAlchemyError as exc:
            # The run's own result is worth more than what follows from it.
            what = f"how a run of {_named(integration)} ended was not counted"
            if is_away(exc):
                log.warning("%s: %s", what, reason_of(exc))
            else:
                log.exception(what)
            return ""
        if pause_s:
            paused_for, name = duration(pause_s), _named(integration)
            log.warning("%s is paused for %s: %s", name, paused_for, row.reason)
            return f"{_SAID}{paused_for}"
        if run.is_trial and ran:
            log.info("%s works again and is no longer paused", _named(integration))
        return ""

    def _count(
        self,
        row: IntegrationPause,
        outcome: Outcome,
        execution_id: str,
        now: dt.datetime,
        *,
        is_trial: bool,
    ) -> int:
        """Return how many seconds the pause lasts that begins with it; 0 when none does."""
        row.failures += 1
        row.updated_at = now
        if not is_trial and row.failures < self._after_failures:
            return 0
        row.level += 1
        row.epoch += 1
        pause_s = _step_s(row.level)
        row.on_trial, row.paused_until = False, now + dt.timedelta(seconds=pause_s)
        row.execution_id = execution_id
        row.reason = (
            f"{row.failures} runs in a row were stopped or crashed, the last because "
            if row.failures > 1
            else "the last run was stopped or crashed, because "
        ) + _HARMFUL[outcome]
        return pause_s


def resume(session: Session, integration: Integration, why: str) -> None:
    """Let an integration's calls run again, as if none had failed; runs under way no longer count."""
    row = _locked(session, integration.id, utcnow())
    if row.level:
        log.info("%s is no longer paused: %s", _named(integration), why)
    row.epoch += 1
    _begin_anew(row, utcnow())


def begun_by(execution: Execution) -> str:
    """Return how long the pause was that began with an execution, in words; empty when none did."""
    return execution.summary.partition(_SAID)[2] if execution.outcome in _HARMFUL else ""


def duration(seconds: int) -> str:
    """Return the length of a pause as one says it."""
    return f"{seconds} s" if seconds < 60 else f"{math.ceil(seconds / 60)} min"


def _locked(session: Session, integration_id: str, now: dt.datetime) -> IntegrationPause:
    """Return the row, made if need be, and keep every other writer from it until the commit."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    row = {"integration_id": integration_id, "updated_at": now}
    session.execute(insert(IntegrationPause).values(row).on_conflict_do_nothing())
    return session.get_one(IntegrationPause, integration_id, with_for_update=True)


def _require_over(row: IntegrationPause, now: dt.datetime) -> None:
    until = row.paused_until
    if until is None or until <= now:
        return
    if row.on_trial:
        reason = f"paused, and another call is trying whether it works again: {row.reason}"
        raise Refusal(Outcome.PAUSED, answers.paused(_TRIAL_RETRY_S), reason)
    reason = f"paused until {until:%H:%M:%S} UTC: {row.reason}"
    raise Refusal(Outcome.PAUSED, answers.paused(_remaining_s(until, now)), reason)


def _begin_anew(row: IntegrationPause, now: dt.datetime) -> None:
    row.failures = row.level = 0
    row.paused_until, row.on_trial, row.updated_at = None, False, now
    row.reason, row.execution_id = "", None


def _step_s(level: int) -> int:
    return STEPS_S[min(level, len(STEPS_S)) - 1]


def _remaining_s(until: dt.datetime, now: dt.datetime) -> int:
    return max(0, math.ceil((until - now).total_seconds()))


def _named(integration: Integration) -> str:
    return f"integration {integration.id} ({integration.name!r})"
