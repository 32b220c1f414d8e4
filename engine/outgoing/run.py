"""One call from its beginning to what follows from it: scripts, request, answer (wire.md 1.3 B)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson

from engine.admission import Hook
from engine.db import utcnow
from engine.errors import ChatError, Invalid, OutboundError
from engine.models import Outcome
from engine.outbound.call import Call, Reply
from engine.outgoing import request as requests
from engine.outgoing.ledger import Due
from engine.outgoing.replies import Made
from engine.outgoing.verdict import Answer, Manner, Verdict
from engine.record import Record
from engine.redaction import HIDDEN, cut, redact_headers, redact_url
from engine.sandbox.outcome import RunOutcome, RunStatus
from engine.scripting import EVALUATING, Script, failure_of, reason_of
from engine.times import iso

PREPARE, PROCESS = "prepare_outgoing_request", "process_outgoing_response"
#: What is kept of an answer in the steps; the execution keeps more.
_KEPT_CHARS, _ANSWER_CHARS = 4 << 10, 16 << 10
_URL_CHARS = 2048
_SHOWN_BYTES = 64 << 10
_NUL, _INSTEAD = "\x00", "\N{REPLACEMENT CHARACTER}"


class Hands(Protocol):
    """What a run does beyond thinking; `engine.outgoing.caller` has them."""

    def run_script(self, script: Script, method: str, arguments: Mapping[str, Any]) -> RunOutcome:
        """Run a method; what it left in Store is durable when this returns."""
        ...

    def make(self, content: Mapping[str, Any], *, scripted: bool) -> Made:
        """
        Make messages of a content.

        :raise ChatError: when that is not acceptable.
        """
        ...

    def post_first(self, made: Made) -> None:
        """Post before the call is made, once."""
        ...

    def send(self, call: Call) -> Reply:
        """
        Make the call.

        :raise OutboundError: when there is no answer.
        """
        ...


@dataclass(slots=True)
class Run:
    """One try of one call; `record` is filled, `made` and `verdict` say what is to be stored with it."""

    due: Due
    hook: Hook
    manner: Manner
    settings: Mapping[str, Any]
    token: str
    record: Record
    hands: Hands
    script: Script | None
    #: The far side was called, so that beginning anew would call it twice.
    called: bool = False
    made: Made = field(default_factory=Made)
    verdict: Verdict | None = None
    #: What went wrong with the script, where the call went on nevertheless.
    trouble: tuple[Outcome, str] | None = None

    def go(self) -> None:
        """Do all of it; how it went is in the record."""
        occasion = self.due.occasion
        self._step(
            "start-execute-trigger-url",
            event=occasion.event,
            url=redact_url(self.due.url),
            tries=self.due.tries,
            hops=occasion.hops,
            triggerWord=occasion.word,
        )
        request = requests.prepared(self.manner, self.due.url, occasion, self.token, self.settings)
        self._step("mapped-args-to-data", data=_shown(request["data"]))
        script = self.script
        prepared = self._prepare(script, request)
        if prepared is None or not self._may_call(prepared):
            return
        answer = self._call(prepared)
        if answer is None or (script is not None and self._process(script, prepared, answer)):
            return
        self._follow(self.manner.judge(answer, self.settings, self.due.tries))

    # -- the script -----------------------------------------------------------------------

    def _run_script(
        self, script: Script, method: str, arguments: Mapping[str, Any]
    ) -> RunOutcome | None:
        """Return what came of a method; None when there is none, or the script cannot be evaluated."""
        self._step("execute-script-getting-script", method=method)
        outcome = self.hands.run_script(script, method, arguments)
        if outcome.status in EVALUATING:
            self._step(f"execute-script-error-running-{method}", error=reason_of(outcome))
            self.trouble = failure_of(outcome), f"the script cannot be run: {reason_of(outcome)}"
            return None
        if outcome.status is RunStatus.NO_METHOD:
            self._step(f"execute-script-no-method-{method}")
            return None
        self._step(f"execute-script-before-running-{method}")
        if outcome.status is not RunStatus.OK:
            error = outcome.error
            self._step(
                f"execute-script-error-running-{method}",
                error=reason_of(outcome),
                errorStack=self._cut(error.stack, _KEPT_CHARS) if error is not None else "",
            )
        return outcome

    def _prepare(self, script: Script | None, request: dict[str, Any]) -> Mapping[str, Any] | None:
        """Return the request to send, None when there is none."""
        outcome = None
        if script is not None:
            outcome = self._run_script(script, PREPARE, {"request": request})
        self._step("after-maybe-ran-prepare", ranPrepareScript=outcome is not None)
        if outcome is None:
            return request
        if outcome.status is not RunStatus.OK:
            self._end(failure_of(outcome), f"not called: {reason_of(outcome)}")
            self._step("after-prepare-no-opts")
            return None
        result = outcome.result
        if not result and not isinstance(result, dict | list):
            self._end(Outcome.NOTHING, "not called: the script returned nothing")
            self._step("after-prepare-no-opts", finished=True)
            return None
        return result if isinstance(result, dict) else {}

    def _may_call(self, prepared: Mapping[str, Any]) -> bool:
        """Post the message that the script wants posted first; tell whether there is a call to make."""
        message = prepared.get("message")
        if message:
            made = self._make(message, "after-prepare-send-message")
            if made is None:
                return False
            if not self.due.said:
                self.hands.post_first(made)
            self._posted(made, "prepareSentMessage")
        if not prepared.get("url") or not prepared.get("method"):
            self._step("after-prepare-no-url_or_method", finished=True)
            if not message:
                self._end(Outcome.NOTHING, "not called: the script returned no url, or no method")
            return False
        return True

    def _process(self, script: Script, prepared: Mapping[str, Any], answer: Answer) -> bool:
        """Let the script deal with the answer; tell whether it did."""
        response = {
            "error": None,
            "status_code": answer.status,
            "content": answer.text,
            "content_raw": answer.text,
            "headers": answer.headers,
        }
        arguments = {"request": prepared, "response": response}
        outcome = self._run_script(script, PROCESS, arguments)
        if outcome is None:
            return False
        if outcome.status is not RunStatus.OK:
            self.trouble = failure_of(outcome), reason_of(outcome)
            return False
        if outcome.result is False:
            self._end(Outcome.NOTHING, f"answered {answer.status}; the script posts nothing")
            self._step("after-process-false-result", finished=True)
            return True
        result = outcome.result
        if not isinstance(result, dict) or not result.get("content"):
            return False
        made = self._make(result["content"], "after-process-send-message")
        if made is not None:
            self.made = made
            self._posted(made, "processSentMessage")
        return True

    # -- the call -------------------------------------------------------------------------

    def _call(self, prepared: Mapping[str, Any]) -> Answer | None:
        try:
            call = requests.call_of(
                prepared, self.manner, self.settings, self.due.occasion.hops + 1
            )
        except (Invalid, TypeError, ValueError) as exc:
            self._step(
                "pre-http-call", url=redact_url(str(prepared["url"]), _URL_CHARS), error=str(exc)
            )
            self._end(Outcome.CALL_FAILED, f"not called: {exc}")
            return None
        self._note_sent(call)
        self._step(
            "pre-http-call",
            url=redact_url(call.url, _URL_CHARS),
            httpCallData=_shown(prepared.get("data")),
        )
        self.called = True
        try:
            reply = self.hands.send(call)
        except OutboundError as exc:
            self._step("after-http-call", httpError=str(exc), httpResult=None)
            self._end(Outcome.CALL_FAILED, str(exc))
            return None
        text = reply.body.decode(errors="replace")
        self.record.status = reply.status
        self.record.answer = self._cut(text.replace(_NUL, _INSTEAD), _ANSWER_CHARS)
        self.record.request.remote_address = reply.address
        self._step(
            "after-http-call",
            httpError=None,
            httpResult=self.record.answer[:_KEPT_CHARS],
            statusCode=reply.status,
            durationMs=reply.duration_ms,
        )
        headers: dict[str, str] = {}
        for name, value in reply.headers:
            key = name.lower()
            headers[key] = f"{headers[key]}, {value}" if key in headers else value
        return Answer(reply.status, headers, text)

    def _note_sent(self, call: Call) -> None:
        """Put what is sent into the record, with dots for what nobody may read there."""
        hidden = self.record.hidden
        request = self.record.request
        address, _, query = redact_url(call.url).partition("?")
        request.method, request.query_string = call.method[:16], query
        request.path = hidden.text(address)
        request.headers = [
            (name, hidden.text(value)) for name, value in redact_headers(call.headers)
        ]
        request.body = hidden.text(call.body.decode(errors="replace")).encode()

    def _follow(self, verdict: Verdict) -> None:
        self.verdict = verdict
        if verdict.content is not None:
            made = self._make(verdict.content, "after-http-call-send-message", scripted=False)
            if made is not None:
                self.made = made
                self._posted(made, "resultMessage", *verdict.steps)
            return
        for name in verdict.steps:
            self._step(name, error=verdict.failed)
        self._end(Outcome.CALL_FAILED if verdict.failed else Outcome.NOTHING, verdict.summary)

    # -- what is noted --------------------------------------------------------------------

    def _make(self, content: Any, step: str, *, scripted: bool = True) -> Made | None:
        try:
            if not isinstance(content, Mapping):
                raise ChatError("invalid-message", "the message is no object")
            return self.hands.make(content, scripted=scripted)
        except ChatError as exc:
            self._step(f"{step}-failed", error=str(exc))
            self._end(Outcome.INVALID_MESSAGE, f"nothing posted: {exc}")
            return None

    def _posted(self, made: Made, member: str, *steps: str) -> None:
        named = {
            "prepareSentMessage": "after-prepare-send-message",
            "processSentMessage": "after-process-send-message",
        }
        shown = [{"_id": row["id"], "rid": row["room_id"], "msg": row["msg"]} for row in made.rows]
        for name in steps or (named[member],):
            self._step(name, **{member: shown, "finished": member != "prepareSentMessage"})
        self.record.message_count += len(made.rows)
        self._end(made.outcome, made.summary)

    def _end(self, outcome: Outcome, summary: str) -> None:
        if outcome is Outcome.NOTHING and self.record.message_count:
            outcome, summary = Outcome.POSTED, f"{self.record.summary}; {summary}"
        if self.trouble is not None:
            outcome, summary = self.trouble[0], f"{self.trouble[1]}; {summary}"
        self.record.outcome, self.record.summary = outcome, summary

    def _cut(self, text: str, max_chars: int) -> str:
        """Return the beginning of a text; what is hidden in it is hidden before it is cut."""
        # Dots are shorter than secrets: one that the first cut is in may end up in what is kept.
        return self.record.hidden.text(cut(text, 2 * max_chars))[:max_chars]

    def _step(self, name: str, **members: Any) -> None:
        given = {key: value for key, value in members.items() if value is not None}
        self.record.steps.append({"step": name, "at": iso(utcnow()), **given})


def _shown(data: Any) -> Any:
    """Return what is told as a step shows it: without the token, and what is long not at all."""
    size = len(orjson.dumps(data))
    if size > _SHOWN_BYTES:
        return f"{size} bytes; the request has them"
    return {**data, "token": HIDDEN} if isinstance(data, dict) and data.get("token") else data
