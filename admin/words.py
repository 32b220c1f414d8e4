"""How outcomes and times are said on the pages."""

from __future__ import annotations

import datetime as dt

from flask import Flask

from engine.db import utcnow
from engine.models import Outcome
from engine.times import iso

#: Outcome -> the class that colours it, and its words.
_OUTCOMES: dict[str, tuple[str, str]] = {
    Outcome.POSTED: ("ok", "posted"),
    Outcome.NOTHING: ("mute", "nothing posted"),
    Outcome.SCRIPT_REFUSED: ("warn", "refused by script"),
    Outcome.SCRIPT_ERROR: ("bad", "script error"),
    Outcome.CPU_LIMIT: ("bad", "stopped: CPU time"),
    Outcome.WALL_LIMIT: ("bad", "stopped: too slow"),
    Outcome.MEMORY_LIMIT: ("bad", "stopped: memory"),
    Outcome.RESULT_LIMIT: ("bad", "result too large"),
    Outcome.CRASHED: ("bad", "sandbox died"),
    Outcome.INVALID_MESSAGE: ("bad", "invalid message"),
    Outcome.BAD_REQUEST: ("bad", "unreadable"),
    Outcome.TOO_LARGE: ("bad", "too large"),
    Outcome.REFUSED: ("bad", "refused"),
    Outcome.BAD_SIGNATURE: ("bad", "bad signature"),
    Outcome.DUPLICATE: ("mute", "duplicate"),
    Outcome.IN_PROGRESS: ("warn", "still running"),
    Outcome.DISABLED: ("warn", "disabled"),
    Outcome.PAUSED: ("warn", "paused"),
    Outcome.RATE_LIMITED: ("warn", "too many"),
    Outcome.OVERLOADED: ("bad", "overloaded"),
    Outcome.CALL_FAILED: ("bad", "call failed"),
    Outcome.HOP_LIMIT: ("warn", "hop limit"),
    Outcome.FAILED: ("bad", "internal error"),
}
_STEPS = ((60, 1, "s"), (3600, 60, "min"), (86_400, 3600, "h"), (7 * 86_400, 86_400, "days"))


def install(app: Flask) -> None:
    """Give the templates these words."""
    app.jinja_env.filters.update(
        tone=tone, outcome=outcome_words, ago=ago, iso=iso, moment=moment, plural=plural
    )


def tone(outcome: str) -> str:
    """Return the class that colours an outcome: ok, mute, warn or bad."""
    return _OUTCOMES.get(outcome, ("mute", ""))[0]


def outcome_words(outcome: str) -> str:
    """Return an outcome in words."""
    return _OUTCOMES.get(outcome, ("", outcome))[1]


def ago(then: dt.datetime, now: dt.datetime | None = None) -> str:
    """Return how long ago something was, or its date when that says more."""
    elapsed_s = ((now or utcnow()) - then).total_seconds()
    if elapsed_s < 5:
        return "just now"
    for below_s, unit_s, unit in _STEPS:
        if elapsed_s < below_s:
            count = int(elapsed_s // unit_s)
            return f"{count} {'day' if unit == 'days' and count == 1 else unit} ago"
    return f"{then:%Y-%m-%d}"


def moment(then: dt.datetime) -> str:
    """Return a time in full."""
    return f"{then.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S} UTC"


def plural(count: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
