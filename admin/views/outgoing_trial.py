"""Trying an outgoing integration: the message that is made up, and what would be sent and posted for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import get_template_attribute, url_for

from admin.stored_request import request_view
from admin.views import trial
from admin.words import outcome_words, tone
from engine import executions, fields, integrations
from engine.errors import Invalid
from engine.models import Outcome, User
from engine.outgoing import matching
from engine.outgoing.trials import Answered, Tried
from engine.runtime import Engine

_TEXT_CHARS = 20_000
_WITH_TEXT = ("sendMessage", "fileUploaded")


@dataclass(frozen=True, slots=True)
class Typed:
    """The script, the message, and what is supposed to be answered."""

    script: str
    text: str
    room: str
    answered: Answered | None


def typed(given: Any) -> Typed:
    """
    Return what somebody put together on the page.

    :raise Invalid: when it is nothing to be tried.
    """
    if not isinstance(given, dict) or not isinstance(given.get("script"), str):
        raise Invalid("There is no script to run")
    status = str(given.get("status") or "").strip()
    if status and not (status.isdecimal() and 100 <= int(status[:4]) <= 599):
        raise Invalid("A status is a number from 100 to 599")
    answer = str(given.get("answer") or "")[:_TEXT_CHARS]
    return Typed(
        fields.script_text(given["script"]),
        str(given.get("text") or "")[:_TEXT_CHARS],
        str(given.get("room") or "").strip().removeprefix("#"),
        Answered(int(status), answer) if status else None,
    )


def run(engine: Engine, integration_id: str, what: Typed, user: User) -> dict[str, Any]:
    """Return what the page shows of a trial; the settings are those that are saved."""
    with engine.database.read() as session:
        integration = integrations.get(session, integration_id)
        ((trigger,),) = matching.watching([integration]).values()
    word = matching.word_of(trigger, what.text) if trigger.event == "sendMessage" else ""
    if word is None:
        words = ", ".join(trigger.words)
        return _not_triggered(f"not called: the message has none of the words {words}")
    told: dict[str, Any] = {"text": what.text} if trigger.event in _WITH_TEXT else {}
    if what.room and trigger.event != "userCreated":
        told["channel_name"] = what.room
    if word:
        told["trigger_word"] = word
    source = what.script if integration.script_enabled else ""
    tried = engine.outgoing.test(integration_id, told, user, source, what.answered)
    return _shown(engine, tried, answered=what.answered is not None)


def _not_triggered(summary: str) -> dict[str, Any]:
    return {
        "outcome": "not triggered",
        "tone": "mute",
        "summary": summary,
        "runMs": None,
        "console": [],
        "error": None,
        "log": None,
        "answered": False,
        "request": None,
        "messages": [],
    }


def _would_call(tried: Tried, answered: bool) -> bool:
    return not answered and tried.call is not None and tried.record.outcome == Outcome.NOTHING


def _words(tried: Tried, answered: bool) -> str:
    if _would_call(tried, answered):
        return "would call"
    if tried.record.outcome == Outcome.POSTED:
        return "would post"
    return outcome_words(tried.record.outcome)


def _shown(engine: Engine, tried: Tried, *, answered: bool) -> dict[str, Any]:
    record = tried.record
    with engine.database.read() as session:
        execution, detail = executions.get(session, record.id)
        previews = trial.previews(session, tried.messages)
    message = get_template_attribute("rooms/_message.html", "message")
    sent = request_view(detail, "") if tried.call is not None else None
    return {
        "outcome": _words(tried, answered),
        "tone": "ok" if _would_call(tried, answered) else tone(record.outcome),
        "answered": answered,
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
