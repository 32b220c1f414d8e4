"""An integration's log in the form of Rocket.Chat's history (`IIntegrationHistory`)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from engine.executions import detail_as_dict
from engine.models import Execution, ExecutionDetail, ExecutionKind
from engine.times import iso

#: What Rocket.Chat calls the messages that a call led to, by the step that posted them.
_SENT = ("prepareSentMessage", "processSentMessage")


def as_dict(execution: Execution, detail: ExecutionDetail) -> dict[str, Any]:
    """
    Return everything stored of an execution, with Rocket.Chat's members beside ours.

    Rocket.Chat keeps a history of outgoing integrations alone. A request to an incoming one has the
    type `incoming-webhook`, its outcome as `step`, and the event that it is for: `sendMessage`.
    """
    steps: Sequence[Mapping[str, Any]] = detail.steps
    ended_at = execution.received_at + dt.timedelta(milliseconds=execution.total_ms)
    outgoing = execution.kind == ExecutionKind.OUTGOING or bool(steps)
    members: dict[str, Any] = {
        "type": "outgoing-webhook" if outgoing else "incoming-webhook",
        "step": steps[-1]["step"] if steps else execution.outcome,
        "integration": {"_id": execution.integration_id},
        "event": _last(steps, "event") or "sendMessage",
        "_createdAt": iso(execution.received_at),
        "_updatedAt": iso(ended_at),
        "ranPrepareScript": _last(steps, "ranPrepareScript") is True,
        "finished": True,  # what is still going on has no row yet; a retry has one of its own
    }
    for name, kind in (
        ("url", str),
        ("triggerWord", str),
        ("data", dict),
        ("httpCallData", dict),
        ("httpError", str),
        ("httpResult", str),
        ("errorStack", str),
    ):
        if isinstance(value := _last(steps, name), kind):
            members[name] = value
    for name in _SENT:
        if (sent := _last(steps, name)) is not None:
            members[name] = [{"channel": one["rid"], "message": one} for one in sent]
    return {**detail_as_dict(execution, detail), **members}


def _last(steps: Sequence[Mapping[str, Any]], name: str) -> Any:
    return next((step[name] for step in reversed(steps) if name in step), None)
