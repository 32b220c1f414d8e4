"""What only an outgoing call has to tell: what triggered it, its steps, the call, and its other tries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from admin import words
from admin.units import NOTHING, milliseconds
from engine.errors import ConfigError
from engine.models import Execution, ExecutionDetail, ExecutionKind, Message, Outcome, Room
from engine.outgoing import history, occasion
from engine.outgoing.occasion import Occasion
from engine.runtime import Engine

_SHOWN_CHARS = 300
#: Event -> what happened, said of `who`.
_HAPPENED = {
    "sendMessage": "posted a message",
    "fileUploaded": "posted a file",
    "roomCreated": "made a room",
    "roomArchived": "archived a room",
    "roomJoined": "joined a room",
    "roomLeft": "left a room",
    "userCreated": "was added",
}
#: Members of a step that are worth a line, in this order.
_TOLD = ("method", "url", "triggerWord", "statusCode", "durationMs", "httpError", "error", "text")
_SENT = ("prepareSentMessage", "processSentMessage", "resultMessage")


@dataclass(frozen=True, slots=True)
class Trigger:
    """What happened, and where; `message_id` when the message is still there."""

    who: str
    what: str
    text: str = ""
    word: str = ""
    room_id: str = ""
    room: str = ""
    message_id: str = ""
    #: How many calls led to it.
    hops: int = 0


@dataclass(frozen=True, slots=True)
class Told:
    """A step under Rocket.Chat's name; `at_ms` counts from the first."""

    name: str
    at_ms: float
    detail: str
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """The call as it was made; without a status it got no answer, without either it was not made."""

    made: bool
    status: int | None = None
    duration_ms: float | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class OutgoingStory:
    trigger: Trigger | None
    steps: list[Told]
    call: Call
    #: All tries of this call, the oldest first, this one among them; empty when there is only this.
    tries: Sequence[Execution] = ()


def is_outgoing(execution: Execution, detail: ExecutionDetail) -> bool:
    """Tell whether an execution is a call of ours, or a trial of one."""
    return execution.kind == ExecutionKind.OUTGOING or detail.occasion is not None


def tell(
    engine: Engine, session: Session, execution: Execution, detail: ExecutionDetail
) -> OutgoingStory | None:
    """Return what an outgoing call has to tell; None of what is none."""
    if not is_outgoing(execution, detail):
        return None
    try:
        happened = None
        if detail.occasion is not None:
            happened = occasion.unseal_call(engine.vault, detail.occasion).occasion
        tries = history.tries_of(session, engine.vault, execution)
    except ConfigError:
        # It was written with another key: what triggered it cannot be read any more.
        happened, tries = None, [execution]
    return OutgoingStory(
        trigger=None if happened is None else _trigger(session, happened),
        steps=_told(detail.steps),
        call=_call(detail),
        tries=tries if len(tries) > 1 else (),
    )


def time_line(execution: Execution, story: OutgoingStory) -> list[tuple[str, str, str]]:
    """Return (label, value, state) of the stretches of the way, as `admin.story.Step` has them."""
    trigger, call = story.trigger, story.call
    posted = execution.message_count
    not_accepted = execution.outcome == Outcome.INVALID_MESSAGE
    script_failed = any(
        step.failed and step.name.startswith("execute-script-error") for step in story.steps
    )
    return [
        ("triggered", (trigger.word or trigger.what) if trigger else NOTHING, ""),
        (
            "script failed" if script_failed else "script ran",
            "no script" if execution.run_ms is None else milliseconds(execution.run_ms),
            "x" if script_failed else "n" if execution.run_ms is None else "",
        ),
        _called(call),
        (
            "posted, not accepted" if not_accepted else "posted",
            words.plural(posted, "message") if posted else NOTHING,
            "x" if not_accepted else "" if posted else "n",
        ),
    ]


def _called(call: Call) -> tuple[str, str, str]:
    if not call.made:
        return "called", "not called", "n"
    if call.status is None:
        return "called, no answer", NOTHING, "x"
    value = f"{call.status}, {milliseconds(call.duration_ms)}"
    return "called", value, "" if call.status < 400 else "x"


def _trigger(session: Session, happened: Occasion) -> Trigger:
    data = happened.data
    room_id = str(data.get("channel_id") or "")
    message_id = str(data.get("message_id") or "")
    name = data.get("channel_name")
    return Trigger(
        who=happened.username,
        what=_HAPPENED.get(happened.event, happened.event),
        text=happened.text[:_SHOWN_CHARS],
        word=happened.word or "",
        room_id=room_id if room_id and session.get(Room, room_id) is not None else "",
        room=f"#{name}" if name else "a direct room" if room_id else "",
        message_id=message_id if _is_there(session, message_id) else "",
        hops=happened.hops,
    )


def _is_there(session: Session, message_id: str) -> bool:
    wanted = sa.select(Message.id).where(Message.id == message_id)
    return bool(message_id) and session.scalar(wanted) is not None


def _told(steps: Sequence[Any]) -> list[Told]:
    given = [one for one in steps if isinstance(one, Mapping) and isinstance(one.get("step"), str)]
    times = [_time(one.get("at")) for one in given]
    first = next((time for time in times if time is not None), None)
    return [
        Told(
            name=one["step"],
            at_ms=0.0 if time is None or first is None else (time - first).total_seconds() * 1000,
            detail=_detail(one),
            failed=bool(one.get("error") or one.get("httpError")),
        )
        for one, time in zip(given, times, strict=True)
    ]


def _detail(step: Mapping[str, Any]) -> str:
    said = []
    for name in _TOLD:
        value = step.get(name)
        if value is None or value == "" or isinstance(value, bool):
            continue
        said.append(milliseconds(value) if name == "durationMs" else str(value)[:_SHOWN_CHARS])
    for name in _SENT:
        for message in step.get(name) or []:
            if isinstance(message, Mapping):
                said.append(f"“{str(message.get('msg') or '')[:80]}”")
    return ", ".join(said)


def _call(detail: ExecutionDetail) -> Call:
    steps = {one.get("step"): one for one in detail.steps if isinstance(one, Mapping)}
    before, after = steps.get("pre-http-call"), steps.get("after-http-call")
    if before is None or not detail.method:
        return Call(made=False)
    if after is None or after.get("httpError"):
        return Call(made=after is not None, error=str((after or {}).get("httpError") or ""))
    status, duration_ms = after.get("statusCode"), after.get("durationMs")
    return Call(
        made=True,
        status=status if isinstance(status, int) else None,
        duration_ms=duration_ms if isinstance(duration_ms, int | float) else None,
    )


def _time(value: Any) -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat(str(value))
    except ValueError:
        return None
