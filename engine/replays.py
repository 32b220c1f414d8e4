"""Running what a log row holds once more, whichever way it ran."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.executions import get as get_execution
from engine.models import ExecutionKind, Outcome
from engine.runtime import Engine


@dataclass(frozen=True, slots=True)
class Replayed:
    """The new execution; status and body are what a caller got, or what was answered to an outgoing call."""

    execution_id: str
    outcome: Outcome
    status: int
    body: Any


def replay(engine: Engine, execution_id: str) -> Replayed:
    """
    Run a stored request, or make a stored call, again, and post what comes of it.

    :raise NotFound: when there is no such execution or its integration is gone.
    :raise Invalid: when not enough of it was stored.
    """
    with engine.database.read() as session:
        execution, _ = get_execution(session, execution_id)
    if execution.kind == ExecutionKind.OUTGOING:
        record = engine.outgoing.replay(execution_id)
        return Replayed(record.id, record.outcome, record.status, record.answer)
    handled = engine.incoming.replay(execution_id)
    return Replayed(
        handled.execution_id, handled.outcome, handled.answer.status, handled.answer.body
    )
