"""An incoming hook, from the request to the answer: admit, run, post, record."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from engine import answers, dialects, script_request
from engine.admission import (
    Hook,
    HookCall,
    admit,
    digest_of,
    find_hook,
    find_hook_by_token,
    read_body,
    require_enabled,
)
from engine.answers import Answer
from engine.cache import ReadCache
from engine.conversations import Conversations
from engine.db import Database, is_away, reason_of
from engine.delivery.bell import Bell
from engine.dialects import Done, Failed
from engine.dialects.uchatsubscription import asked
from engine.entries import entry_of
from engine.errors import Invalid, NotFound
from engine.executions import get as get_execution
from engine.hook_posts import HookPosts
from engine.ids import new_sortable_id
from engine.journal import RETRY_AFTER_S, Entry, Journal, NotStored
from engine.models import ExecutionKind, Outcome
from engine.outgoing.occasion import HOPS_HEADER, hops_of
from engine.outgoing.triggers import Triggers
from engine.pauses import Pauses
from engine.payload import Content, bounded
from engine.posting import Posting, is_separate, wanted_by
from engine.protection import Protection
from engine.rate import HookRate, Windows, network_of
from engine.record import HookRequest, Record, stored_request
from engine.redaction import HIDDEN
from engine.refusal import Refusal, bad_request
from engine.scripting import Script, ScriptRunner, unusable
from engine.settings import Settings

log = logging.getLogger(__name__)

#: Wrong ids, tokens and signatures from one address (IPv6: /64); what is beyond is answered the same, but not logged.
MAX_REFUSALS_A_MINUTE = 120
#: What those come to.
_STRANGERS = frozenset({Outcome.REFUSED, Outcome.BAD_SIGNATURE})

#: The answer, and the messages that are to be stored with the record.
_Done = tuple[Answer, list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Handled:
    """The answer, the id it is logged under, and the messages (of a test: that would be posted)."""

    answer: Answer
    execution_id: str
    outcome: Outcome
    messages: list[dict[str, Any]] = field(default_factory=list)
    #: The same as destinations other than the rooms get them, whether there are any or not.
    remote: list[dict[str, Any]] = field(default_factory=list)


class Incoming:
    """Handles calls of incoming hooks, replays of stored ones, and test runs."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        scripts: ScriptRunner,
        journal: Journal,
        rate: HookRate,
        bell: Bell,
        protection: Protection,
        pauses: Pauses,
        triggers: Triggers,
        conversations: Conversations,
    ) -> None:
        self._settings = settings
        self._database = database
        self._scripts = scripts
        self._journal = journal
        self._rate = rate
        self._bell = bell
        self._protection = protection
        self._pauses = pauses
        self._triggers = triggers
        self._cache = ReadCache(database)
        self._posts = HookPosts(settings, database, self._cache, conversations)
        self._refusals = Windows(60.0)

    def receive(self, call: HookCall) -> Handled:
        """
        Handle a call; whatever happens, it is answered, and logged when the log can be written.
        """
        record = Record(new_sortable_id(), call.request, dialect=call.dialect)

        def work() -> _Done:
            hook, url_params = admit(
                self._find_called, self._rate, self._settings.rate_limit_per_minute, call, record
            )
            call.request.body = read_body(call)
            record.body_read = True
            if record.dialect == dialects.UCHAT and (question := asked(call.request.sent)):
                require_enabled(hook.integration)
                return self._protection.subscribe(hook.integration, record, question), []
            self._protection.verify(hook.integration, record)
            require_enabled(hook.integration)
            return self._protection.once(
                hook.integration,
                record,
                lambda: self._pauses.watch(
                    hook, record, lambda: self._process(hook, record, url_params)
                ),
            )

        try:
            return self._handle(record, work)
        except NotStored as exc:
            reason = f"The request was not stored: {exc}"
            answer = answers.failure(503, reason, Retry_After=str(RETRY_AFTER_S))
            return Handled(_translated(record, Outcome.FAILED, answer), "", Outcome.FAILED)

    def replay(self, execution_id: str) -> Handled:
        """
        Run a stored request again, through the script as it is now, and post what comes of it.

        :raise NotFound: when there is no such execution or its integration is gone.
        :raise Invalid: when its body was not stored.
        """
        with self._database.read() as session:
            execution, detail = get_execution(session, execution_id)
        if detail.body_truncated:
            raise Invalid("The request's body was not stored, so it cannot be replayed")
        record = Record(
            new_sortable_id(),
            stored_request(execution, detail),
            kind=ExecutionKind.REPLAY,
            replay_of=execution_id,
            body_read=True,
        )
        return self._again(execution.integration_id or "", record)

    def test(self, integration_id: str, request: HookRequest, source: str | None = None) -> Handled:
        """
        Run a request through a script, the saved one or another, and post nothing.

        :raise NotFound: when there is no such integration.
        """
        record = Record(new_sortable_id(), request, kind=ExecutionKind.TEST, body_read=True)
        return self._again(integration_id, record, source)

    # -- steps ----------------------------------------------------------------------------

    def _again(self, integration_id: str, record: Record, source: str | None = None) -> Handled:
        hook = self._find(integration_id)
        if hook is None:
            raise NotFound(f"There is no integration {integration_id}")
        record.name(hook.integration)
        record.dialect = hook.integration.dialect
        return self._handle(record, lambda: self._process(hook, record, {"token": HIDDEN}, source))

    def _find(self, integration_id: str) -> Hook | None:
        return self._cache.get(
            ("hook", integration_id), lambda: find_hook(self._database, integration_id)
        )

    def _find_called(self, call: HookCall) -> Hook | None:
        if call.integration_id:
            hook = self._find(call.integration_id)
            has_own_address = call.dialect in (
                dialects.ROCKETCHAT,
                hook and hook.integration.dialect,
            )
            return hook if has_own_address else None
        digest, dialect = digest_of(call), call.dialect
        return self._cache.get(
            ("hook", digest, dialect), lambda: find_hook_by_token(self._database, digest, dialect)
        )

    def _handle(self, record: Record, work: Callable[[], _Done]) -> Handled:
        try:
            with self._journal.expecting() as store:
                return self._handled(record, work, store)
        finally:
            record.when_stored()

    def _handled(
        self, record: Record, work: Callable[[], _Done], store: Callable[[Entry], None]
    ) -> Handled:
        started = time.perf_counter()
        messages: list[dict[str, Any]] = []
        try:
            answer, messages = work()
        except Refusal as refusal:
            answer = _translated(
                record, refusal.outcome, refusal.answer, refusal.target, refusal.reason
            )
            record.outcome, record.summary = refusal.outcome, refusal.reason
        except NotStored:
            # It was not claimed, so nothing ran; a row of the log could not be stored either.
            raise
        except Exception as exc:
            # The caller gets an answer and the log a row, whatever went wrong here.
            answer, messages = self._failed(record, exc), []
        record.answer = answer.encoded().decode()
        record.total_ms = (time.perf_counter() - started) * 1000
        record.status = answer.status
        posted = [] if record.kind is ExecutionKind.TEST else messages
        record.message_count = len(posted)
        if record.outcome in _STRANGERS and self._too_many_refused(record):
            return Handled(answer, "", record.outcome)
        entry = entry_of(record, posted)
        hops = hops_of(record.request.header(HOPS_HEADER))
        ringing = self._triggers.announce(entry, posted, hops=hops)
        store(entry)
        ringing.ring()
        if record.deliveries:
            self._bell.ring({delivery["destination_id"] for delivery in record.deliveries})
        return Handled(answer, record.id, record.outcome, messages, record.remote)

    def _failed(self, record: Record, exc: Exception) -> Answer:
        record.outcome = Outcome.FAILED
        if is_away(exc):
            # Nothing was done yet, so the sender may come again.
            log.warning("request %s found no database: %s", record.id, reason_of(exc))
            record.summary = "the database could not be reached"
            answer = answers.failure(503, record.summary, Retry_After=str(RETRY_AFTER_S))
        else:
            log.exception("request %s failed", record.id)
            record.summary = f"an error of Hooksmith itself: {type(exc).__name__}: {exc}"
            answer = answers.failure(500, answers.INTERNAL)
        return _translated(record, Outcome.FAILED, answer)

    def _too_many_refused(self, record: Record) -> bool:
        # A stranger's thousands of guesses must not push real requests out of the log.
        count, _ = self._refusals.add(network_of(record.request.remote_address))
        if count == MAX_REFUSALS_A_MINUTE:
            record.summary += "; more of this address in this minute are not logged"
        return count > MAX_REFUSALS_A_MINUTE

    def _process(
        self, hook: Hook, record: Record, url_params: dict[str, str], source: str | None = None
    ) -> _Done:
        integration, request = hook.integration, record.request
        user = hook.require_user()
        script = Script(source or "")
        if source is None and integration.script_enabled and hook.version is not None:
            script = Script(hook.version.source, hook.version.compiled)
            record.version_number = hook.version.number
        # A GET runs it, as in Rocket.Chat up to 6: monitors such as UptimeRobot send nothing else.
        runs = bool(script.source.strip()) and request.method != "HEAD"
        dialect = dialects.of(record.dialect)
        sent = request.sent
        try:
            read = dialect.read(sent, for_script=runs)
            content = read.value if runs else bounded(read)
        except Invalid as exc:
            raise bad_request(400, exc) from exc
        if read.problem:
            record.notes.append(read.problem)
        record.conversation = dialects.conversation_of(record.dialect, content)
        if record.conversation is not None and record.conversation.private:
            record.outcome, record.summary = Outcome.NOTHING, "nothing to post: a private note"
            return dialect.success(Done()), []
        posting = Posting(content, user, separate=is_separate(content))
        if runs:
            argument = script_request.build(request, sent.text, read, integration, user, url_params)
            result = self._scripts.run_incoming(integration, record, script, argument)
            if result is None or not isinstance(result.get("content"), dict):
                response = None if result is None else result.get("response")
                if dialects.reply_of(record.dialect, response, {}) is not None:
                    raise unusable("the script returned a response to say, but no content object")
                return dialect.success(Done(response=response)), []
            posting = wanted_by(result, posting)
        elif dialect.empty_is_nothing and not content:
            record.outcome = Outcome.NOTHING
            record.summary = _without_content(read, request)
            return dialect.success(Done()), []
        return self._posts.post(hook.integration, record, posting)


def _without_content(read: Content, request: HookRequest) -> str:
    if read.problem:
        return "nothing to post"
    if request.method == "GET":
        return "nothing to post: a GET has no body, and there is no script to run"
    return f"nothing to post: the body is {'an empty object' if request.body.strip() else 'empty'}"


def _translated(
    record: Record, outcome: Outcome, answer: Answer, target: str = "", reason: str = ""
) -> Answer:
    media_type = (record.request.header("Content-Type") or "").partition(";")[0].strip()[:100]
    failed = Failed(answer, outcome, record.id, media_type, target, reason)
    return dialects.of(record.dialect).failure(failed)
