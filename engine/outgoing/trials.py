"""Trying an outgoing integration's script: what would be sent or posted, with nothing sent and nothing posted."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from engine import room_details, users
from engine.admission import Hook, find_hook
from engine.db import utcnow
from engine.entries import entry_of
from engine.errors import NotFound
from engine.ids import new_id, new_sortable_id
from engine.models import ExecutionKind, IntegrationType, Outcome, Room, RoomType, User
from engine.outbound.call import Call, Reply
from engine.outgoing import occasion
from engine.outgoing import settings as outgoing_settings
from engine.outgoing.caller import Caller, manner_of, record_of, script_of
from engine.outgoing.ledger import Due
from engine.outgoing.occasion import Occasion
from engine.outgoing.replies import Made
from engine.outgoing.run import PROCESS, Run
from engine.record import Record
from engine.refusal import Refusal
from engine.rooms import GENERAL, find_by_name
from engine.sandbox.outcome import RunOutcome
from engine.scripting import Script
from engine.times import iso

_FILE = {"title": "report.pdf", "type": "file", "title_link_download": True}


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of it: the execution, the call that would be made, and messages that would be posted."""

    record: Record
    call: Call | None = None
    messages: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Answered:
    """What a far side is supposed to answer."""

    status: int
    body: str
    content_type: str = "application/json"


class _Enough(Exception):
    """The call would be made now, and nobody said what is answered."""


@dataclass(slots=True)
class _Onlooker:
    """Hands that do nothing but run the script."""

    caller: Caller
    hook: Hook
    due: Due
    record: Record
    answered: Answered | None
    call: Call | None = None
    messages: list[dict[str, Any]] = field(default_factory=list)

    def run_script(self, script: Script, method: str, arguments: Mapping[str, Any]) -> RunOutcome:
        try:
            return self.caller.scripts.run_method(
                self.hook.integration,
                self.record,
                script,
                method,
                arguments,
                last=method == PROCESS,
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
        self.call = call
        if self.answered is None:
            raise _Enough
        body = self.answered.body.encode("utf-8", "replace")
        headers = [("Content-Type", self.answered.content_type)]
        return Reply(self.answered.status, "", headers, body, call.url, False, 0.0, "")


def run(
    caller: Caller,
    integration_id: str,
    told: Mapping[str, Any],
    user: User,
    source: str | None = None,
    answered: Answered | None = None,
) -> Tried:
    """
    Let a script, the saved one or another, prepare the call for what it listens for.

    `told` replaces members of what a call tells; with an answer the script deals with that as well.

    :raise NotFound: when there is no such integration.
    """
    hook = find_hook(caller.database, integration_id, IntegrationType.OUTGOING)
    if hook is None:
        raise NotFound(f"There is no integration {integration_id}")
    own = outgoing_settings.of(hook.integration)
    happened = _happened(caller, own["event"], told, user)
    due = Due("", integration_id, happened, b"", own["urls"][0], (), 0, False, utcnow(), None)
    record = record_of(caller.vault, hook, due)
    record.kind = ExecutionKind.TEST
    hands = _Onlooker(caller, hook, due, record, answered)
    token = caller.vault.decrypt(hook.integration.token_encrypted)
    script = script_of(hook, record)
    if source is not None:
        script = Script(source) if source.strip() else None
    trial = Run(due, hook, manner_of(hook.integration), own, token, record, hands, script)
    started = time.perf_counter()
    try:
        trial.go()
    except _Enough:
        record.outcome = Outcome.NOTHING
        record.summary = f"tried: would {record.request.method} to {record.request.path}"
    except Refusal as refusal:
        record.outcome, record.summary = refusal.outcome, refusal.reason
    finally:
        caller.scripts.end_call(hook.integration, record)
    record.total_ms = (time.perf_counter() - started) * 1000
    record.message_count, record.store = 0, None
    caller.journal.store(entry_of(record, []))
    return Tried(record, hands.call, hands.messages)


def _happened(caller: Caller, event: str, told: Mapping[str, Any], user: User) -> Occasion:
    """Return what somebody made up, as the occasion that it would be."""
    site_url, now = caller.settings.base_url, utcnow()
    room = _room(caller, str(told.get("channel_name") or GENERAL))
    with caller.database.read() as session:
        shown = room_details.as_dict(session, room)
    if event == "userCreated":
        found = occasion.of_user(user, iso(now))
    elif event in ("sendMessage", "fileUploaded"):
        row = {
            "id": new_sortable_id(),
            "ts": now,
            "room_id": room.id,
            "user_id": user.id,
            "username": user.username,
            "user_name": user.name,
            "msg": str(told.get("text") or ""),
            "attachments": [_FILE] if event == "fileUploaded" else [],
            "extra": {},
        }
        along = {"user": users.as_dict(user), "room": shown}
        found = occasion.of_message(event, row, room, site_url, edited=False, along=along)
    else:
        found = occasion.of_room(event, room, user, iso(now), shown)
    word = told.get("trigger_word")
    return replace(found, data={**found.data, **told}, word=str(word) if word else None)


def _room(caller: Caller, name: str) -> Room:
    """Return the room of that name; one that is not there is made up."""
    with caller.database.read() as session:
        # PostgreSQL would not even compare a NUL.
        found = find_by_name(session, name) if "\x00" not in name else None
    return found or Room(
        id=new_id(),
        type=RoomType.CHANNEL,
        name=name,
        topic="",
        read_only=False,
        archived=False,
        user_ids=[],
        member_ids=[],
        created_at=utcnow(),
    )
