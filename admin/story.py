"""One execution told as a story: what came, what ran, what was said, what was answered, where it went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from sqlalchemy.orm import Session

from admin import highlight, meter, outgoing_story, words
from admin.meter import Call, Gauge
from admin.outgoing_story import OutgoingStory
from admin.rendering import MessageView, view_of_row
from admin.stored_request import (
    RequestView,
    is_body_missing,
    json_html,
    json_or_text,
    request_view,
)
from admin.units import NOTHING, milliseconds, size
from engine import deliverypages, executions, pauses, rooms, versions
from engine.activity import SLOW_WAIT_MS
from engine.delivery.tables import DeliveryState
from engine.deliverypages import Listed
from engine.errors import NotFound
from engine.models import Execution, ExecutionDetail, ExecutionKind, Integration, Outcome
from engine.runtime import Engine
from engine.sandbox.outcome import RunLimits
from engine.scripting import limits_of

#: A longer line is shown in part.
_LINE_CHARS = 200
_LINES_AROUND = 5
#: More are counted, and listed on a page of their own.
MOST_DELIVERIES = 20
#: Outcomes that are known before a script could run.
_NOT_ADMITTED = frozenset(
    {
        Outcome.REFUSED,
        Outcome.BAD_SIGNATURE,
        Outcome.IN_PROGRESS,
        Outcome.DISABLED,
        Outcome.RATE_LIMITED,
        Outcome.TOO_LARGE,
        Outcome.BAD_REQUEST,
    }
)
_SCRIPT_FAILED = frozenset(
    {
        Outcome.SCRIPT_ERROR,
        Outcome.CPU_LIMIT,
        Outcome.WALL_LIMIT,
        Outcome.MEMORY_LIMIT,
        Outcome.RESULT_LIMIT,
        Outcome.CRASHED,
    }
)


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The script's lines around the failing one; `first` is the number of the first of them."""

    first: int
    lines: Sequence[Markup]
    failing: int


@dataclass(frozen=True, slots=True)
class Step:
    """
    A stretch of the time line.

    `state` is "" when it went well, w when that took long, x when it failed, n when it was not reached.
    """

    label: str
    value: str
    state: str = ""


@dataclass(frozen=True, slots=True)
class Posted:
    message: MessageView
    room_id: str
    room: str


@dataclass(frozen=True, slots=True)
class Story:
    execution: Execution
    integration: Integration | None
    steps: list[Step]
    error: dict[str, Any] | None
    excerpt: Excerpt | None
    #: Why there is no excerpt where one would be expected.
    no_excerpt: str
    console: list[dict[str, Any]]
    request: RequestView
    answer: Markup
    #: What the run took; empty when none did.
    gauges: list[Gauge]
    calls: list[Call]
    result: Markup | None
    messages: list[Posted]
    #: How long the pause was that began with it; empty when none did.
    paused_for: str
    #: What was sent elsewhere, at most `MOST_DELIVERIES` and one.
    deliveries: list[Listed]
    #: Why it cannot be run again.
    no_replay: str
    #: Of a call of ours.
    outgoing: OutgoingStory | None = None

    @property
    def failing_line(self) -> int | None:
        line = (self.error or {}).get("line")
        return line if isinstance(line, int) else None


def tell(engine: Engine, execution_id: str) -> Story:
    """
    Return everything the page of an execution shows.

    :raise NotFound: when there is none of that id.
    """
    with engine.database.read() as session:
        execution, detail = executions.get(session, execution_id)
        integration = _integration(session, execution)
        excerpt, no_excerpt = _excerpt(session, execution, integration, detail.error)
        posted = rooms.messages_of(session, execution_id)
        named = rooms.titles(session, [room for _, room in posted])
        sent = deliverypages.of_execution(session, execution_id, most=MOST_DELIVERIES + 1)
        outgoing = outgoing_story.tell(engine, session, execution, detail)
    return Story(
        execution=execution,
        integration=integration,
        steps=_way(execution, detail, outgoing) + _delivered(sent),
        error=detail.error,
        excerpt=excerpt,
        no_excerpt=no_excerpt,
        console=detail.console,
        # What we call has its whole address already.
        request=request_view(detail, "" if outgoing else engine.settings.base_url),
        answer=json_or_text(detail.answer),
        result=None if detail.result is None else json_html(detail.result["value"]),
        gauges=meter.gauges(
            execution, _limits(engine, integration), engine.settings.script_fetch_calls
        ),
        calls=meter.calls(detail.calls),
        deliveries=sent,
        messages=[Posted(view_of_row(one), room.id, named[room.id]) for one, room in posted],
        paused_for=pauses.begun_by(execution),
        no_replay=_no_replay(execution, detail, integration),
        outgoing=outgoing,
    )


def _integration(session: Session, execution: Execution) -> Integration | None:
    return session.get(Integration, execution.integration_id) if execution.integration_id else None


def _limits(engine: Engine, integration: Integration | None) -> RunLimits | None:
    return None if integration is None else limits_of(integration, engine.settings)


def _excerpt(
    session: Session,
    execution: Execution,
    integration: Integration | None,
    error: dict[str, Any] | None,
) -> tuple[Excerpt | None, str]:
    line = (error or {}).get("line")
    if not isinstance(line, int):
        return None, ""
    if execution.version_number is None:
        return None, "The script that ran was never saved, so its lines are not here."
    if integration is None:
        return None, "The integration was deleted, and its script with it."
    try:
        version = versions.get(session, integration, execution.version_number)
    except NotFound:
        return None, f"Version {execution.version_number} of the script is gone."
    source = version.source.split("\n")
    if not 1 <= line <= len(source):
        return None, ""
    first, last = max(1, line - _LINES_AROUND), line + _LINES_AROUND
    if max(map(len, source[first - 1 : last])) <= _LINE_CHARS:
        return Excerpt(first, highlight.lines(version.source)[first - 1 : last], line), ""
    # Scripts on one line: what is around the error, not the beginning of it all.
    column = (error or {}).get("column")
    cut = [
        _around(text, column if number == line and isinstance(column, int) else 1)
        for number, text in enumerate(source[first - 1 : last], first)
    ]
    return Excerpt(first, highlight.lines("\n".join(cut)), line), ""


def _around(text: str, column: int) -> str:
    if len(text) <= _LINE_CHARS:
        return text
    start = min(max(column - 1 - _LINE_CHARS // 2, 0), len(text) - _LINE_CHARS)
    end = start + _LINE_CHARS
    return f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}"


def _way(
    execution: Execution, detail: ExecutionDetail, outgoing: OutgoingStory | None
) -> list[Step]:
    if outgoing is None:
        return _steps(execution, detail)
    return [Step(*one) for one in outgoing_story.time_line(execution, outgoing)]


def _steps(execution: Execution, detail: ExecutionDetail) -> list[Step]:
    outcome, ran = execution.outcome, execution.run_ms
    not_run = "not again" if outcome == Outcome.DUPLICATE else "no script"
    return [
        Step("received, refused", NOTHING, "x")
        if outcome in _NOT_ADMITTED
        else Step("received", size(len(detail.body)) if detail.body else "no body"),
        _waited(execution),
        Step("ran, failed", milliseconds(ran), "x")
        if outcome in _SCRIPT_FAILED
        else Step("ran", not_run if ran is None else milliseconds(ran), "n" if ran is None else ""),
        _posted(execution),
        Step(
            "answered",
            f"{execution.status}, {milliseconds(execution.total_ms)}",
            "x" if outcome == Outcome.FAILED else "",
        ),
    ]


def _waited(execution: Execution) -> Step:
    if execution.outcome == Outcome.OVERLOADED:
        return Step("waited in vain", NOTHING, "x")
    if execution.outcome == Outcome.PAUSED:
        return Step("paused", NOTHING, "x")
    waited = execution.queue_ms
    if waited is not None and waited > SLOW_WAIT_MS:
        return Step("waited long", milliseconds(waited), "w")
    return Step("waited", milliseconds(waited), "n" if execution.run_ms is None else "")


def _posted(execution: Execution) -> Step:
    if execution.outcome == Outcome.INVALID_MESSAGE:
        return Step("posted, not accepted", NOTHING, "x")
    if execution.outcome == Outcome.POSTED and execution.kind == ExecutionKind.TEST:
        return Step("posted", "not in a test", "n")
    if not execution.message_count:
        return Step("posted", NOTHING, "n")
    return Step("posted", words.plural(execution.message_count, "message"))


def _delivered(sent: Sequence[Listed]) -> list[Step]:
    if not sent:
        return []
    states = [one.delivery.state for one in sent]
    arrived = states.count(DeliveryState.DELIVERED)
    state = "x" if DeliveryState.FAILED in states else "n" if arrived < len(states) else ""
    total = f"{MOST_DELIVERIES}+" if len(sent) > MOST_DELIVERIES else str(len(sent))
    return [Step("delivered", f"{arrived} of {total}", state)]


def _no_replay(
    execution: Execution, detail: ExecutionDetail, integration: Integration | None
) -> str:
    if execution.integration_id is None:
        return "It belongs to no integration"
    if integration is None:
        return "Its integration was deleted"
    if outgoing_story.is_outgoing(execution, detail):
        if execution.kind == ExecutionKind.TEST:
            return "It was only tried"
        return "" if detail.occasion else "What triggered it was not stored"
    if is_body_missing(detail):
        return "Its body was not stored"
    return ""
