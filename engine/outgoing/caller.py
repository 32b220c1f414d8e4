"""Makes a call that was claimed: whether it may be made, what it needs, and what is stored of it."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine import answers
from engine.admission import Hook, find_hook
from engine.db import Database, is_away, utcnow
from engine.delivery.bell import Bell
from engine.delivery.tables import Delivery
from engine.entries import entry_of, store_row
from engine.errors import Invalid, NotFound
from engine.executions import get as get_execution
from engine.ids import new_sortable_id
from engine.journal import Entry, Journal, NotStored
from engine.models import ExecutionKind, Integration, IntegrationType, Message, Outcome
from engine.outbound.call import Call, Reply
from engine.outbound.client import Outbound
from engine.outbound.entries import split_entries
from engine.outgoing import matching, occasion
from engine.outgoing import request as requests
from engine.outgoing import settings as outgoing_settings
from engine.outgoing.ledger import CallLedger, Due, LeaseLost
from engine.outgoing.mattermost import Mattermost
from engine.outgoing.occasion import MOST_HOPS
from engine.outgoing.replies import Made, Replies
from engine.outgoing.rocketchat import RocketChat
from engine.outgoing.run import PROCESS, Run
from engine.outgoing.triggers import Triggers
from engine.outgoing.verdict import Manner
from engine.pauses import Pauses
from engine.record import HookRequest, Record
from engine.refusal import Refusal
from engine.sandbox.outcome import RunOutcome
from engine.scripting import Script, ScriptRunner
from engine.settings import Settings
from engine.vault import Vault

log = logging.getLogger(__name__)

_SHORTEST_HIDDEN = 4
_ROCKETCHAT, _MATTERMOST = RocketChat(), Mattermost()
#: For so long a call waits for a sandbox, this much at a time.
_PATIENCE_S, _PUT_OFF_S = 600.0, 2.0
_ANSWER_PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Caller:
    """Makes calls, in whatever thread; holds no state of theirs."""

    settings: Settings
    database: Database
    vault: Vault
    scripts: ScriptRunner
    journal: Journal
    pauses: Pauses
    outbound: Outbound
    triggers: Triggers
    ledger: CallLedger
    replies: Replies
    bell: Bell

    def run(self, due: Due) -> Record | None:
        """
        Make a call and store what came of it; None when there is nothing to be stored.

        Whatever goes wrong with it is stored as well.

        :raise NotStored: when that was not possible; the call is made again when its lease is over.
        """
        hook = find_hook(self.database, due.integration_id, IntegrationType.OUTGOING)
        if hook is None or self._is_no_longer_meant(hook, due):
            self._forget(due)
            return None
        record = record_of(self.vault, hook, due)
        run = Run(
            due,
            hook,
            manner_of(hook.integration),
            outgoing_settings.of(hook.integration),
            self.vault.decrypt(hook.integration.token_encrypted),
            record,
            _Hands(self, hook, due, record),
            script_of(hook, record),
        )
        started = time.perf_counter()
        try:
            _require_allowed(hook, due)
            self.pauses.watch(hook, record, run.go)
        except Refusal as refusal:
            busy = refusal.outcome is Outcome.OVERLOADED and not run.called
            if busy and _age_s(due) < _PATIENCE_S:
                record.when_stored()
                self.ledger.put_off(due, _PUT_OFF_S)
                return None
            record.outcome, record.summary = refusal.outcome, refusal.reason
        except Exception as exc:
            if is_away(exc.__cause__ or exc if isinstance(exc, NotStored) else exc):
                record.when_stored()
                raise
            log.exception("outgoing call %s failed", record.id)
            record.outcome = Outcome.FAILED
            record.summary = f"an error of Hooksmith itself: {type(exc).__name__}: {exc}"
        finally:
            self.scripts.end_call(hook.integration, record)
        record.total_ms = (time.perf_counter() - started) * 1000
        self._finish(run, record)
        return record

    def repetition(self, execution_id: str) -> Due:
        """
        Claim a call that repeats a stored one, with what happened then and the script as it is now.

        :raise NotFound: when there is no such execution, or its integration is gone.
        :raise Invalid: when it cannot be repeated.
        """
        with self.database.read() as session:
            execution, detail = get_execution(session, execution_id)
        if detail.occasion is None:
            raise Invalid("What triggered this execution was not stored")
        found = occasion.unseal_call(self.vault, detail.occasion)
        integration_id = execution.integration_id or ""
        if find_hook(self.database, integration_id, IntegrationType.OUTGOING) is None:
            raise NotFound(f"There is no integration {integration_id} to make the call")
        return self.ledger.add_repetition(
            Due(
                id="",
                integration_id=integration_id,
                occasion=found.occasion,
                sealed=occasion.seal(self.vault, found.occasion),
                url=found.url,
                later=(),
                tries=0,
                said=False,
                created_at=utcnow(),
                replay_of=execution_id,
            )
        )

    # -- steps ----------------------------------------------------------------------------

    def _is_no_longer_meant(self, hook: Hook, due: Due) -> bool:
        """Tell whether the word that triggered a call is none any more when it is tried again."""
        if not due.tries or due.occasion.event != "sendMessage":
            return False
        (trigger,) = matching.watching([hook.integration]).get("sendMessage", [None])
        return trigger is None or matching.word_of(trigger, due.occasion.text) is None

    def _forget(self, due: Due) -> None:
        entry = Entry()
        self.ledger.settle(entry, replace(due, later=()), None)
        self.journal.store(entry)

    def _finish(self, run: Run, record: Record) -> None:
        verdict, made = run.verdict, run.made
        if verdict is not None and verdict.disables:
            self._disable(run.hook.integration.id)
        record.deliveries = made.deliveries
        try:
            self._store(run, record, made.rows, verdict.retry_s if verdict else None)
        except Exception as exc:
            cause = exc.__cause__ if isinstance(exc, NotStored) else exc
            if cause is None or is_away(cause) or isinstance(cause, LeaseLost):
                raise
            log.exception("what came of the outgoing call %s could not be stored", record.id)
            self._store(run, _bare(self.vault, run, record, cause), [], None)
        else:
            self.ring(made)
        finally:
            record.when_stored()

    def _store(
        self, run: Run, record: Record, rows: list[dict[str, Any]], retry_s: float | None
    ) -> None:
        entry = entry_of(record, rows)
        ringing = self.triggers.announce(entry, rows, hops=run.due.occasion.hops + 1)
        self.ledger.settle(entry, run.due, retry_s)
        self.journal.store(entry)
        ringing.ring()

    def _disable(self, integration_id: str) -> None:
        with self.database.write() as session:
            integration = session.get(Integration, integration_id)
            if integration is not None:
                integration.enabled = False
                log.warning("integration %s was switched off: 410 Gone", integration.name)

    def ring(self, made: Made) -> None:
        """Have delivered what was stored for remote destinations."""
        if made.deliveries:
            self.bell.ring({delivery["destination_id"] for delivery in made.deliveries})


@dataclass(frozen=True, slots=True)
class _Hands:
    """What a run does in the world."""

    caller: Caller
    hook: Hook
    due: Due
    record: Record

    def run_script(self, script: Script, method: str, arguments: Mapping[str, Any]) -> RunOutcome:
        outcome = self._run_patiently(script, method, arguments)
        record = self.record
        try:
            # The call may take long, and until it is durable nobody else can have the Store.
            if record.store is not None:
                entry = Entry()
                entry.add(*store_row(record))
                self.caller.journal.store(entry)
        finally:
            record.when_stored()
            record.store, record.when_stored = None, _nothing
        return outcome

    def _run_patiently(
        self, script: Script, method: str, arguments: Mapping[str, Any]
    ) -> RunOutcome:
        """Run a method; the one for the answer waits for a sandbox, as the call cannot be made again."""
        gives_up_at = time.monotonic() + (_ANSWER_PATIENCE_S if method == PROCESS else 0.0)
        while True:
            try:
                return self.caller.scripts.run_method(
                    self.hook.integration,
                    self.record,
                    script,
                    method,
                    arguments,
                    last=method == PROCESS,
                )
            except Refusal:
                self.record.when_stored()
                if time.monotonic() >= gives_up_at:
                    raise
            time.sleep(_PUT_OFF_S)

    def make(self, content: Mapping[str, Any], *, scripted: bool) -> Made:
        return self.caller.replies.make(
            self.hook,
            manner_of(self.hook.integration),
            self.due.occasion,
            content,
            self.record.id,
            scripted=scripted,
        )

    def post_first(self, made: Made) -> None:
        caller, entry = self.caller, Entry()
        for row in made.rows:
            entry.add(Message, row)
        for delivery in made.deliveries:
            entry.add(Delivery, delivery)
        ringing = caller.triggers.announce(entry, made.rows, hops=self.due.occasion.hops + 1)
        caller.ledger.note_said(entry, self.due)
        caller.journal.store(entry)
        ringing.ring()
        caller.ring(made)

    def send(self, call: Call) -> Reply:
        caller = self.caller
        urls = [*outgoing_settings.of(self.hook.integration)["urls"], self.due.url]
        policy = requests.policy_for(
            urls,
            split_entries(caller.settings.script_fetch_allow),
            "HOOKSMITH_SCRIPT_FETCH_ALLOW",
        )
        return caller.outbound.send(call, policy)


def manner_of(integration: Integration) -> Manner:
    """Return how an integration calls."""
    return _MATTERMOST if outgoing_settings.is_mattermost(integration) else _ROCKETCHAT


def script_of(hook: Hook, record: Record) -> Script | None:
    """Return the script that an integration's calls run, noting its version; None when there is none."""
    version = hook.version
    if not hook.integration.script_enabled or version is None or not version.source.strip():
        return None
    record.version_number = version.number
    return Script(version.source, version.compiled)


def record_of(vault: Vault, hook: Hook, due: Due) -> Record:
    """Return the record of a call that is about to be made."""
    record = Record(
        new_sortable_id(),
        HookRequest("", due.url, "", [], b"", ""),
        kind=ExecutionKind.OUTGOING,
        replay_of=due.replay_of,
        body_read=True,
        status=0,
        occasion=occasion.seal_call(vault, due.occasion, due.url),
    )
    record.name(hook.integration)
    token = vault.decrypt(hook.integration.token_encrypted)
    # One that is shorter would blot out half of the log.
    record.token = token if len(token) >= _SHORTEST_HIDDEN else ""
    return record


def _bare(vault: Vault, run: Run, record: Record, cause: BaseException) -> Record:
    """Return what is stored of a call whose record no database takes, so that it is over nevertheless."""
    bare = record_of(vault, run.hook, run.due)
    bare.id, bare.status, bare.total_ms = record.id, record.status, record.total_ms
    bare.version_number = record.version_number
    bare.outcome = Outcome.FAILED
    bare.summary = f"called, but what came of it could not be stored: {type(cause).__name__}"
    return bare


def _require_allowed(hook: Hook, due: Due) -> None:
    if due.occasion.hops >= MOST_HOPS:
        reason = f"not called: integrations have called each other {due.occasion.hops} times before"
        raise Refusal(Outcome.HOP_LIMIT, answers.failure(400, reason), reason)
    if not hook.integration.enabled:
        reason = "not called: the integration was switched off meanwhile"
        raise Refusal(Outcome.DISABLED, answers.failure(503, reason), reason)


def _age_s(due: Due) -> float:
    return (utcnow() - due.created_at).total_seconds()


def _nothing() -> None:
    """Do nothing."""
