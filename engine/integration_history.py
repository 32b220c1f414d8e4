"""What an integration did, in the form of Rocket.Chat's history of outgoing integrations (`IIntegrationHistory`)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from engine import executions
from engine.models import Execution, ExecutionDetail, ExecutionKind, IntegrationType
from engine.rooms import iso

#: Members of a step that are the history's as they are.
_TAKEN = ("triggerWord", "url", "httpError", "httpResult", "error", "errorStack")
_MESSAGES = ("prepareSentMessage", "processSentMessage", "resultMessage")


def as_dict(execution: Execution, detail: ExecutionDetail) -> dict[str, Any]:
    """
    Return an execution in Rocket.Chat's form, and what only the log here knows of it beside.

    Rocket.Chat writes one record as the call goes, and a step's members over those of an earlier one.
    Of incoming integrations it has no history; theirs is what was asked and answered here.
    """
    is_outgoing = execution.kind == ExecutionKind.OUTGOING or bool(detail.steps)
    ended = execution.received_at + dt.timedelta(milliseconds=execution.total_ms)
    ours = executions.detail_as_dict(execution, detail)
    theirs: dict[str, Any] = {
        "_id": execution.id,
        "type": IntegrationType.OUTGOING if is_outgoing else IntegrationType.INCOMING,
        "step": execution.outcome,
        "integration": {"_id": execution.integration_id or ""},
        "event": "sendMessage",
        "ranPrepareScript": False,
        "finished": not is_outgoing,
        "_createdAt": iso(execution.received_at),
        "_updatedAt": iso(ended),
    }
    if not is_outgoing:
        theirs |= {"url": detail.path, "httpResult": detail.answer}
    told = {**theirs, **_of_steps(detail.steps)}
    if detail.error is not None:
        told["error"] = detail.error
    return {**ours, **told}


def _of_steps(steps: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for step in steps:
        found["step"] = step["step"]
        for name in _TAKEN:
            if step.get(name) is not None:
                found[name] = step[name]
        if step.get("event"):
            found["event"] = step["event"]
        # What is long is told in a sentence instead: then there is no such member.
        for name in ("data", "httpCallData"):
            if isinstance(step.get(name), Mapping):
                found[name] = step[name]
        for name in _MESSAGES:
            if step.get(name):
                found[name] = [{"channel": one["rid"], "message": one} for one in step[name]]
        for name in ("ranPrepareScript", "finished"):
            found[name] = found.get(name, False) or step.get(name) is True
    return found
