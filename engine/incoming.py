"""An incoming hook, from the request to the answer: find, check, run, post, record."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote

import orjson
import sqlalchemy as sa

from engine import answers, payload, script_request
from engine.answers import Answer
from engine.db import Database
from engine.errors import ChatError, EngineError, Invalid, NotFound, SandboxBusy, SandboxError
from engine.executions import HIDDEN, HookRequest, Record
from engine.executions import get as get_execution
from engine.ids import new_sortable_id, token_matches
from engine.integrations import get as get_integration
from engine.journal import Entry, Journal
from engine.models import (
    Execution,
    ExecutionDetail,
    ExecutionKind,
    Integration,
    Message,
    Outcome,
    ScriptVersion,
    User,
)
from engine.payload import BodyTooLarge, UnknownEncoding
from engine.posting import Posting, post
from engine.rate import HookRate
from engine.sandbox.outcome import Job, RunLimits, RunOutcome, RunStatus
from engine.sandbox.pool import Pool
from engine.settings import Settings

log = logging.getLogger(__name__)

METHOD = "process_incoming_request"

_EVALUATING = frozenset({RunStatus.SYNTAX_ERROR, RunStatus.LOAD_ERROR, RunStatus.NO_SCRIPT})
_NAMED = {
    RunStatus.CPU_LIMIT: Outcome.CPU_LIMIT,
    RunStatus.WALL_LIMIT: Outcome.WALL_LIMIT,
    RunStatus.MEMORY_LIMIT: Outcome.MEMORY_LIMIT,
    RunStatus.RESULT_LIMIT: Outcome.RESULT_LIMIT,
    RunStatus.CRASHED: Outcome.CRASHED,
}
_NO_DIGEST = "0" * 64


@dataclass(frozen=True, slots=True)
class HookCall:
    """
    A call of a hook's URL. `rest` is what follows the integration's id, percent-decoded once.

    The body is read only when the caller has proved to know the token.

    `read_body` raises `BodyTooLarge`, `UnknownEncoding` or `Invalid`.
    """

    integration_id: str
    rest: str
    request: HookRequest
    read_body: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Handled:
    """The answer, the id it is logged under, and the messages (of a test: that would be posted)."""

    answer: Answer
    execution_id: str
    outcome: Outcome
    messages: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Hook:
    integration: Integration
    version: ScriptVersion | None
    user: User | None


class _Stop(EngineError):
    """The request ends here, with this outcome, answer and reason."""

    def __init__(self, outcome: Outcome, answer: Answer, reason: str) -> None:
        super().__init__(reason)
        self.outcome = outcome
        self.answer = answer
        self.reason = reason


class Incoming:
    """Handles calls of incoming hooks, replays of stored ones, and test runs."""

    def __init__(
        self, settings: Settings, database: Database, pool: Pool, journal: Journal, rate: HookRate
    ) -> None:
        self._settings = settings
        self._database = database
        self._pool = pool
        self._journal = journal
        self._rate = rate

    def receive(self, call: HookCall) -> Handled:
        """Handle a call; whatever happens, it is answered and logged."""
        record = Record(new_sortable_id(), call.request)

        def work() -> tuple[Answer, list[dict[str, Any]]]:
            hook, url_params = self._admit(call, record)
            try:
                record.request = replace(call.request, body=call.read_body())
            except BodyTooLarge as exc:
                raise _Stop(Outcome.TOO_LARGE, answers.failure(413, str(exc)), str(exc)) from exc
            except UnknownEncoding as exc:
                raise _Stop(Outcome.BAD_REQUEST, answers.failure(415, str(exc)), str(exc)) from exc
            except Invalid as exc:
                raise _Stop(Outcome.BAD_REQUEST, answers.failure(400, str(exc)), str(exc)) from exc
            return self._process(hook, record, url_params)

        return self._handle(record, work)

    def replay(self, execution_id: str) -> Handled:
        """
        Run a stored request again, through the script as it is now, and post what comes of it.

        :raise NotFound: when there is no such execution or its integration is gone.
        :raise Invalid: when its body was not stored.
        """
        with self._database.read() as session:
            execution, detail = get_execution(session, execution_id)
        if execution.integration_id is None:
            raise NotFound("The execution belongs to no integration")
        if detail.body_truncated:
            raise Invalid("The request's body was not stored, so it cannot be replayed")
        path, _, query_string = detail.path.partition("?")
        request = HookRequest(
            detail.method,
            path,
            query_string,
            [(name, value) for name, value in detail.headers],
            detail.body,
            execution.remote_address,
        )
        return self._run_as(ExecutionKind.REPLAY, execution.integration_id, request, of=execution_id)

    def test(self, integration_id: str, request: HookRequest, source: str | None = None) -> Handled:
        """
        Run a request through a script, saved or not, and post nothing.

        :raise NotFound: when there is no such integration.
        """
        return self._run_as(ExecutionKind.TEST, integration_id, request, source=source)

    # -- steps ----------------------------------------------------------------------------

    def _run_as(
        self,
        kind: ExecutionKind,
        integration_id: str,
        request: HookRequest,
        *,
        of: str | None = None,
        source: str | None = None,
    ) -> Handled:
        with self._database.read() as session:
            get_integration(session, integration_id)
        hook = self._find(integration_id)
        assert hook is not None  # noqa: S101 - it was there a moment ago
        record = Record(new_sortable_id(), request, kind=kind, replay_of=of)
        self._name(record, hook)

        def work() -> tuple[Answer, list[dict[str, Any]]]:
            self._require_user(hook)
            return self._process(hook, record, {"token": HIDDEN}, source=source)

        return self._handle(record, work)

    def _handle(
        self, record: Record, work: Callable[[], tuple[Answer, list[dict[str, Any]]]]
    ) -> Handled:
        started = time.perf_counter()
        messages: list[dict[str, Any]] = []
        try:
            answer, messages = work()
        except _Stop as stop:
            answer = stop.answer
            record.outcome = stop.outcome
            record.summary = stop.reason
        except Exception as exc:
            # The caller gets an answer and the log a row, whatever went wrong here.
            log.exception("request %s failed", record.id)
            answer = answers.failure(500, answers.INTERNAL)
            record.outcome = Outcome.FAILED
            record.summary = f"an error of Hooksmith itself: {type(exc).__name__}: {exc}"
        record.total_ms = (time.perf_counter() - started) * 1000
        record.status = answer.status
        record.answer = orjson.dumps(answer.body).decode()
        posted = [] if record.kind is ExecutionKind.TEST else messages
        record.message_count = len(posted)
        execution, detail = record.rows()
        entry = Entry()
        entry.add(Execution, execution)
        entry.add(ExecutionDetail, detail)
        for message in posted:
            entry.add(Message, message)
        self._journal.store(entry)
        return Handled(answer, record.id, record.outcome, messages)

    def _admit(self, call: HookCall, record: Record) -> tuple[_Hook, dict[str, str]]:
        """Refuse in the order of wire.md 1.1, "Checks in order"."""
        hook = self._find(call.integration_id)
        url_params = _match_token(call.rest, hook.integration.token_digest if hook else _NO_DIGEST)
        if hook is None or url_params is None:
            # The token that was tried may be one somewhere else: it is not shown.
            record.token = call.rest
            record.keep_body = False
            reason = "no such integration" if hook is None else "wrong token"
            if hook is not None:
                self._name(record, hook)
            raise _Stop(Outcome.REFUSED, answers.failure(404, answers.UNKNOWN_HOOK), reason)
        record.token = url_params["token"]
        self._name(record, hook)
        self._require_user(hook)
        self._count(hook.integration)
        if not hook.integration.enabled:
            raise _Stop(
                Outcome.DISABLED,
                answers.failure(503, answers.DISABLED),
                "the integration is disabled",
            )
        return hook, url_params

    def _find(self, integration_id: str) -> _Hook | None:
        with self._database.read() as session:
            row = session.execute(
                sa.select(Integration, ScriptVersion, User)
                .outerjoin(ScriptVersion, ScriptVersion.id == Integration.version_id)
                .outerjoin(User, User.id == Integration.user_id)
                .where(Integration.id == integration_id)
            ).first()
        return None if row is None else _Hook(row[0], row[1], row[2])

    def _name(self, record: Record, hook: _Hook) -> None:
        record.integration_id = hook.integration.id
        record.integration_name = hook.integration.name

    def _require_user(self, hook: _Hook) -> None:
        if hook.user is None or not hook.user.active:
            raise _Stop(
                Outcome.REFUSED,
                answers.failure(401, answers.NO_USER),
                f"the user @{hook.integration.username}, as whom it posts, is gone or inactive",
            )

    def _count(self, integration: Integration) -> None:
        per_minute = integration.limits.get("ratePerMinute", self._settings.rate_limit_per_minute)
        verdict = self._rate.count(integration.id, per_minute)
        if verdict is not None and not verdict.allowed:
            raise _Stop(
                Outcome.RATE_LIMITED,
                answers.too_many(verdict.wait_s, verdict.limit, verdict.reset_at_s),
                f"more than {per_minute} requests in a minute",
            )

    def _process(
        self, hook: _Hook, record: Record, url_params: dict[str, str], *, source: str | None = None
    ) -> tuple[Answer, list[dict[str, Any]]]:
        integration, request = hook.integration, record.request
        assert hook.user is not None  # noqa: S101 - required before
        if source is None and integration.script_enabled and hook.version is not None:
            source = hook.version.source
            record.version_number = hook.version.number
        # A GET has no body, so the script does not see it; see wire.md 1.1, "Script gate".
        runs = source is not None and source.strip() != "" and request.method not in ("GET", "HEAD")
        text = request.body.decode(errors="replace")
        try:
            content = payload.parse(request.header("Content-Type"), text, for_script=runs)
        except Invalid as exc:
            raise _Stop(Outcome.BAD_REQUEST, answers.failure(400, str(exc)), str(exc)) from exc
        posting = Posting(content, hook.user, separate=_separate(content))
        if runs and source is not None:
            argument = script_request.build(request, text, content, integration, hook.user, url_params)
            result = self._run(hook, record, source, argument)
            if result is None:
                return answers.success(), []
            posting = self._read_result(result, posting)
        elif not content and not integration.script_enabled:
            record.outcome, record.summary = Outcome.NOTHING, "nothing to post: the body is empty"
            return answers.success(), []
        try:
            done = post(self._database, integration, posting, record.id, self._settings.message_max_chars)
        except ChatError as exc:
            raise _Stop(
                Outcome.INVALID_MESSAGE, answers.failure(400, exc.code), f"{exc.code}: {exc.reason}"
            ) from exc
        record.outcome, record.summary = done.outcome, done.summary
        return done.answer, done.messages

    def _run(
        self, hook: _Hook, record: Record, source: str, argument: dict[str, Any]
    ) -> dict[str, Any] | None:
        """Run the script; return what it wants, None when that is nothing."""
        integration = hook.integration
        kept = integration.lifecycle == "kept" and record.kind is not ExecutionKind.TEST
        job = Job(
            owner=integration.id,
            name=integration.name or "script",
            source=source,
            method=METHOD,
            argument=orjson.dumps({"request": argument}),
            keep_as=f"{integration.id}:{integration.version_id}" if kept else None,
            limits=self._limits(integration),
        )
        try:
            outcome = self._pool.run(job)
        except SandboxBusy as exc:
            raise _Stop(
                Outcome.OVERLOADED,
                answers.failure(503, str(exc), Retry_After=str(exc.retry_after_s)),
                str(exc),
            ) from exc
        except SandboxError as exc:
            raise _Stop(Outcome.OVERLOADED, answers.failure(503, str(exc), Retry_After="5"), str(exc)) from exc
        _note(record, outcome)
        if outcome.status is RunStatus.NO_METHOD or (
            outcome.status is RunStatus.OK and not outcome.result
        ):
            record.outcome = Outcome.NOTHING
            record.summary = (
                outcome.error.message
                if outcome.error is not None
                else f"the script returned {_described(outcome)}"
            )
            return None
        if outcome.status is not RunStatus.OK:
            raise _script_stop(outcome)
        if not isinstance(outcome.result, dict):
            reason = f"the script returned {_described(outcome)} instead of an object with content"
            raise _Stop(Outcome.SCRIPT_ERROR, answers.failure(400, answers.RUNNING), reason)
        return outcome.result

    def _read_result(self, result: dict[str, Any], posting: Posting) -> Posting:
        if error := result.get("error"):
            raise _Stop(
                Outcome.SCRIPT_REFUSED,
                answers.failure(400, error),
                f"the script returned an error: {error if isinstance(error, str) else orjson.dumps(error).decode()}",
            )
        content = result.get("content")
        if not isinstance(content, dict):
            raise _Stop(
                Outcome.SCRIPT_ERROR,
                answers.failure(400, answers.RUNNING),
                "the script returned an object without a content object",
            )
        wanted_user = result.get("user")
        return replace(
            posting,
            content=content,
            separate=_separate(content) if "separateResponse" in content else posting.separate,
            response=result.get("response"),
            wanted_user=wanted_user if isinstance(wanted_user, dict) else None,
        )

    def _limits(self, integration: Integration) -> RunLimits:
        settings, own = self._settings, integration.limits
        return RunLimits(
            cpu_s=own.get("cpuS", settings.script_cpu_s),
            wall_s=own.get("wallS", settings.script_wall_s),
            console_lines=own.get("consoleLines", settings.console_max_lines),
            console_bytes=own.get("consoleBytes", settings.console_max_bytes),
            result_bytes=own.get("resultBytes", settings.result_max_bytes),
        )


def _match_token(rest: str, digest: str) -> dict[str, str] | None:
    """
    Return the URL's parameters when its token is the right one.

    An encoded slash in a token arrives as a slash, so the token is either all that follows the id
    or what follows the legacy form's user id; and it may be percent-encoded once more.
    """
    user_id, slash, tail = rest.partition("/")
    forms = [({"token": token}, token_matches(token, digest)) for token in (rest, unquote(rest))]
    if slash:
        forms += [
            ({"userId": user_id, "token": token}, token_matches(token, digest))
            for token in (tail, unquote(tail))
        ]
    return next((url_params for url_params, matches in forms if matches), None)


def _separate(content: Any) -> bool:
    return isinstance(content, dict) and content.get("separateResponse") is True


def _note(record: Record, outcome: RunOutcome) -> None:
    record.queue_ms = outcome.queue_ms
    record.run_ms = outcome.run_ms
    record.console = [
        {**line, "text": _without(record.token, line["text"])} for line in outcome.console
    ]
    record.result = outcome.result
    if outcome.error is not None:
        record.error = {
            name: _without(record.token, value) if isinstance(value, str) else value
            for name, value in outcome.error.as_dict().items()
        }


def _without(token: str, text: str) -> str:
    return text.replace(token, HIDDEN) if token else text


def _script_stop(outcome: RunOutcome) -> _Stop:
    error = outcome.error
    place = f" — line {error.line}" if error and error.line else ""
    if error is None:
        reason = outcome.status.value
    elif error.name in (outcome.status.value, "Thrown", "ResultError"):
        reason = f"{error.message}{place}"
    else:
        reason = f"{error.name}: {error.message}{place}"
    said = answers.EVALUATING if outcome.status in _EVALUATING else answers.RUNNING
    return _Stop(
        _NAMED.get(outcome.status, Outcome.SCRIPT_ERROR), answers.failure(400, said), reason
    )


def _described(outcome: RunOutcome) -> str:
    if outcome.result_type in ("undefined", "function", "symbol"):
        return "nothing"
    if outcome.result_type == "object" and isinstance(outcome.result, list):
        return "an array"
    if outcome.result in ("", None):
        return "an empty text" if outcome.result == "" else "null"
    text = orjson.dumps(outcome.result).decode()
    return text if len(text) < 40 else f"a {outcome.result_type}"
