"""Trying an outgoing integration: what it would send for a made-up message; nothing is called or posted."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.admission import Hook, find_hook
from engine.db import Database, utcnow
from engine.entries import entry_of
from engine.errors import NotFound
from engine.executions import HookRequest, Record
from engine.ids import new_id, new_sortable_id
from engine.journal import Journal
from engine.models import ExecutionKind, IntegrationType, Outcome, Room, RoomType, User
from engine.outbound.call import Call, Reply
from engine.outgoing import matching, occasion
from engine.outgoing import settings as outgoing_settings
from engine.outgoing.caller import manner_of
from engine.outgoing.ledger import Due
from engine.outgoing.occasion import Occasion
from engine.outgoing.replies import Made, Replies
from engine.outgoing.run import Run
from engine.outgoing.verdict import Manner
from engine.refusal import Refusal
from engine.rooms import GENERAL, find_by_name, iso
from engine.sandbox.outcome import RunOutcome
from engine.scripting import Script, ScriptRunner
from engine.vault import Vault

_FILE = {"title": "report.pdf", "type": "file", "title_link_download": True}


@dataclass(frozen=True, slots=True)
class MadeUp:
    """What is to be taken for having happened, and for having been answered; no status: no answer."""

    author: User
    text: str = ""
    room: str = GENERAL
    status: int | None = None
    answer: str = ""
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of it: the record, which is stored, and messages that would be posted."""

    record: Record
    #: Whether it got as far as a call.
    would_call: bool
    messages: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Trials:
    """Tries outgoing integrations with their settings as they are saved, and any script."""

    database: Database
    vault: Vault
    scripts: ScriptRunner
    journal: Journal
    replies: Replies
    site_url: str

    def run(self, integration_id: str, source: str, made_up: MadeUp) -> Tried:
        """
        Try it, and note it in the log as a test.

        :raise NotFound: when there is no such integration.
        """
        hook = find_hook(self.database, integration_id, IntegrationType.OUTGOING)
        if hook is None:
            raise NotFound(f"There is no outgoing integration {integration_id}")
        manner, settings = manner_of(hook.integration), outgoing_settings.of(hook.integration)
        token = self.vault.decrypt(hook.integration.token_encrypted)
        happened = self._happened(hook, settings["event"], made_up)
        url = settings["urls"][0]
        record = self._record(hook, happened, url, token)
        hands = _Hands(self, hook, manner, happened, record, made_up)
        run = _TrialRun(
            _due(integration_id, happened, url),
            hook,
            manner,
            settings,
            token,
            record,
            hands,
            source=source,
        )
        started = time.perf_counter()
        try:
            if not self._is_triggered(hook, happened, record):
                return Tried(record, False)
            run.go()
        except _WouldCall:
            record.outcome = Outcome.NOTHING
            record.summary = f"would call {record.request.method} {record.request.path}"
        except Refusal as refusal:
            record.outcome, record.summary = refusal.outcome, refusal.reason
        finally:
            record.total_ms = (time.perf_counter() - started) * 1000
            record.body_read = True
            self.journal.store(entry_of(record, []))
            record.when_stored()
        return Tried(record, hands.called(), [*hands.first, *run.made.rows])

    def _record(self, hook: Hook, happened: Occasion, url: str, token: str) -> Record:
        record = Record(
            new_sortable_id(),
            HookRequest("", url, "", [], b"", ""),
            kind=ExecutionKind.TEST,
            status=0,
            occasion=occasion.seal_call(self.vault, happened, url),
        )
        record.name(hook.integration)
        # One that is shorter would blot out half of the log.
        record.token = token if len(token) >= 4 else ""
        return record

    def _happened(self, hook: Hook, event: str, made_up: MadeUp) -> Occasion:
        now, author = utcnow(), made_up.author
        if event == "userCreated":
            return occasion.of_user(author, iso(now))
        room = self._room(made_up.room)
        if event not in ("sendMessage", "fileUploaded"):
            return occasion.of_room(event, room, author, iso(now))
        row = {
            "id": new_sortable_id(),
            "room_id": room.id,
            "ts": now,
            "user_id": author.id,
            "username": author.username,
            "user_name": author.name,
            "msg": made_up.text,
            "attachments": [_FILE] if event == "fileUploaded" else [],
        }
        found = occasion.of_message(event, row, room, self.site_url, edited=False)
        (trigger,) = matching.watching([hook.integration])[event]
        word = matching.word_of(trigger, made_up.text)
        return Occasion(
            found.event,
            found.data,
            word or None,
            found.room_id,
            found.thread_id,
            found.username,
        )

    def _room(self, name: str) -> Room:
        name = name.strip().removeprefix("#") or GENERAL
        with self.database.read() as session:
            found = find_by_name(session, name)
        made = Room(id=new_id(), type=RoomType.CHANNEL, name=name, topic="", user_ids=[])
        made.created_at, made.read_only, made.archived = utcnow(), False, False
        return found or made

    def _is_triggered(self, hook: Hook, happened: Occasion, record: Record) -> bool:
        if happened.event != "sendMessage":
            return True
        (trigger,) = matching.watching([hook.integration])["sendMessage"]
        if matching.word_of(trigger, happened.text) is not None:
            return True
        record.outcome = Outcome.NOTHING
        record.summary = f"not called: the message has none of the words {', '.join(trigger.words)}"
        return False


class _WouldCall(Exception):
    """Ends a run where the call would be made."""


@dataclass(slots=True)
class _TrialRun(Run):
    """A run of a script that need not be saved."""

    source: str = ""

    def _script(self) -> Script | None:
        if not self.hook.integration.script_enabled or not self.source.strip():
            return None
        version = self.hook.version
        if version is not None and version.source == self.source:
            self.record.version_number = version.number
            return Script(version.source, version.compiled)
        return Script(self.source)


@dataclass(frozen=True, slots=True)
class _Hands:
    """What a run does when nothing is to come of it."""

    trials: Trials
    hook: Hook
    manner: Manner
    happened: Occasion
    record: Record
    made_up: MadeUp
    first: list[dict[str, Any]] = field(default_factory=list)

    def called(self) -> bool:
        return bool(self.record.request.method)

    def run_script(self, script: Script, method: str, arguments: Mapping[str, Any]) -> RunOutcome:
        scripts, integration = self.trials.scripts, self.hook.integration
        try:
            return scripts.run_method(integration, self.record, script, method, arguments)
        finally:
            # What it left in Store is not kept, so nobody has to wait for it.
            self.record.when_stored()
            self.record.store, self.record.when_stored = None, _nothing

    def make(self, content: Mapping[str, Any], *, scripted: bool) -> Made:
        return self.trials.replies.make(
            self.hook, self.manner, self.happened, content, self.record.id, scripted=scripted
        )

    def post_first(self, made: Made) -> None:
        self.first.extend(made.rows)

    def send(self, call: Call) -> Reply:
        if self.made_up.status is None:
            raise _WouldCall
        headers = [("Content-Type", self.made_up.content_type)]
        body = self.made_up.answer.encode("utf-8", "replace")
        return Reply(self.made_up.status, "", headers, body, call.url, False, 0.0, "")


def _due(integration_id: str, happened: Occasion, url: str) -> Due:
    return Due(
        id="",
        integration_id=integration_id,
        occasion=happened,
        sealed=b"",
        url=url,
        later=(),
        tries=0,
        said=False,
        created_at=utcnow(),
        replay_of=None,
    )


def _nothing() -> None:
    """Do nothing."""
