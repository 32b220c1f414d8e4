"""Trying an outgoing integration's script: what would be sent or posted, with nothing sent and nothing posted."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.admission import Hook, find_hook
from engine.db import utcnow
from engine.entries import entry_of
from engine.errors import NotFound
from engine.executions import Record
from engine.ids import new_sortable_id
from engine.models import ExecutionKind, IntegrationType, Outcome, User
from engine.outbound.call import Call, Reply
from engine.outgoing import settings as outgoing_settings
from engine.outgoing.caller import Caller, manner_of, record_of, script_of
from engine.outgoing.ledger import Due
from engine.outgoing.occasion import Occasion
from engine.outgoing.replies import Made
from engine.outgoing.run import Run
from engine.refusal import Refusal
from engine.rooms import GENERAL, find_by_name, iso
from engine.sandbox.outcome import RunOutcome
from engine.scripting import Script


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of it: the execution, the call that would be made, and messages that would be posted first."""

    record: Record
    call: Call | None = None
    messages: list[dict[str, Any]] = field(default_factory=list)


class _Enough(Exception):
    """The call would be made now."""

    def __init__(self, call: Call) -> None:
        super().__init__()
        self.call = call


@dataclass(slots=True)
class _Onlooker:
    """Hands that do nothing but run the script."""

    caller: Caller
    hook: Hook
    due: Due
    record: Record
    messages: list[dict[str, Any]] = field(default_factory=list)

    def run_script(self, script: Script, method: str, arguments: Mapping[str, Any]) -> RunOutcome:
        try:
            return self.caller.scripts.run_method(
                self.hook.integration, self.record, script, method, arguments
            )
        finally:
            self.record.when_stored()

    def make(self, content: Mapping[str, Any], *, scripted: bool) -> Made:
        made = self.caller.replies.make(
            self.hook,
            manner_of(self.hook.integration),
            self.due.occasion,
            content,
            self.record.id,
            scripted=scripted,
        )
        self.messages += made.rows
        return made

    def post_first(self, made: Made) -> None:
        """Post nothing."""

    def send(self, call: Call) -> Reply:
        raise _Enough(call)


def run(
    caller: Caller,
    integration_id: str,
    told: Mapping[str, Any],
    user: User,
    source: str | None = None,
) -> Tried:
    """
    Let a script, the saved one or another, prepare the call for a message; `told` replaces its members.

    :raise NotFound: when there is no such integration.
    """
    hook = find_hook(caller.database, integration_id, IntegrationType.OUTGOING)
    if hook is None:
        raise NotFound(f"There is no integration {integration_id}")
    own = outgoing_settings.of(hook.integration)
    due = _due(caller, integration_id, own["urls"][0], told, user)
    record = record_of(caller.vault, hook, due)
    record.kind = ExecutionKind.TEST
    hands = _Onlooker(caller, hook, due, record)
    token = caller.vault.decrypt(hook.integration.token_encrypted)
    script = script_of(hook, record) if source is None else Script(source)
    trial = Run(due, hook, manner_of(hook.integration), own, token, record, hands, script)
    started, call = time.perf_counter(), None
    try:
        trial.go()
    except _Enough as enough:
        call = enough.call
        record.outcome = Outcome.NOTHING
        record.summary = f"tried: would {call.method} to {own['urls'][0]}"
    except Refusal as refusal:
        record.outcome, record.summary = refusal.outcome, refusal.reason
    record.total_ms = (time.perf_counter() - started) * 1000
    record.message_count, record.store = 0, None
    caller.journal.store(entry_of(record, []))
    return Tried(record, call, hands.messages)


def _due(caller: Caller, integration_id: str, url: str, told: Mapping[str, Any], user: User) -> Due:
    with caller.database.read() as session:
        room = find_by_name(session, GENERAL)
    data = {
        "bot": False,
        "channel_id": room.id if room is not None else "",
        "channel_name": GENERAL,
        "message_id": new_sortable_id(),
        "timestamp": iso(utcnow()),
        "user_id": user.id,
        "user_name": user.username,
        "text": "",
        "siteUrl": caller.settings.base_url,
        **told,
    }
    occasion = Occasion(
        "sendMessage",
        data,
        word=str(told["trigger_word"]) if told.get("trigger_word") else None,
        room_id=room.id if room is not None else None,
        username=user.username,
    )
    return Due("", integration_id, occasion, b"", url, (), 0, False, utcnow(), None)
