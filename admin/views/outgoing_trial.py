"""Trying an outgoing integration: the message that is made up, and what would be sent and posted for it."""

from __future__ import annotations

from typing import Any

from flask import get_template_attribute, url_for

from admin.stored_request import request_view
from admin.views import trial
from admin.words import outcome_words, tone
from engine import executions
from engine.errors import Invalid
from engine.models import User
from engine.outgoing.trial import MadeUp, Tried
from engine.runtime import Engine

_TEXT_CHARS = 20_000


def typed(given: Any, author: User) -> tuple[str, MadeUp]:
    """
    Return the script and the message that somebody put together on the page.

    :raise Invalid: when they are none.
    """
    if not isinstance(given, dict) or not isinstance(given.get("script"), str):
        raise Invalid("There is no script to run")
    status = str(given.get("status") or "").strip()
    if status and not (status.isdecimal() and 100 <= int(status[:4]) <= 599):
        raise Invalid("A status is a number from 100 to 599")
    return given["script"], MadeUp(
        author,
        text=str(given.get("text") or "")[:_TEXT_CHARS],
        room=str(given.get("room") or ""),
        status=int(status) if status else None,
        answer=str(given.get("answer") or "")[:_TEXT_CHARS],
    )


def shown(engine: Engine, tried: Tried) -> dict[str, Any]:
    """Return what the page shows of a trial."""
    record = tried.record
    with engine.database.read() as session:
        execution, detail = executions.get(session, record.id)
        previews = trial.previews(session, tried.messages)
    message = get_template_attribute("rooms/_message.html", "message")
    sent = request_view(detail, "") if tried.would_call else None
    return {
        "outcome": "would call" if sent and not previews else outcome_words(record.outcome),
        "tone": "ok" if sent and tone(record.outcome) == "mute" else tone(record.outcome),
        "summary": execution.summary,
        "runMs": execution.run_ms,
        "console": detail.console,
        "error": detail.error,
        "log": url_for("logs.execution", execution_id=execution.id),
        "request": sent
        and {
            "line": f"{sent.method} {sent.path}",
            "headers": "\n".join(f"{name}: {value}" for name, value in sent.headers),
            "body": sent.raw,
        },
        "messages": [
            {"html": str(message(one.message, log=False)), "to": ", ".join(one.rooms)}
            for one in previews
        ],
    }
