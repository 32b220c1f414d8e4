"""Google Chat's incoming webhooks (wire.md 3.1)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from engine import payload
from engine.answers import Answer
from engine.dialects import bodies, googlecards, googlenames, googletext, overrides, slacktext
from engine.dialects.base import (
    MALFORMED,
    NO_TEXT,
    TOO_LONG,
    Done,
    Failed,
    Rules,
    Sent,
)
from engine.errors import ChatError, Invalid
from engine.messages import INVALID_CHANNEL, NO_SUCH_THREAD, READ_ONLY, ThreadKey
from engine.payload import Content, parse_query

_MAX_BYTES = 32_000
_MAX_KEY_CHARS = 4000
_MESSAGE_ID = re.compile(r"client-[a-z0-9-]{1,56}")
_THREAD_NAME = re.compile(r"spaces/[^/]+/threads/([A-Za-z0-9]{1,64})")
_FALLBACK = "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD"
_OR_FAIL = "REPLY_MESSAGE_OR_FAIL"
_OPTIONS = ("", "MESSAGE_REPLY_OPTION_UNSPECIFIED", _FALLBACK, _OR_FAIL)
_STATUSES: Mapping[int, str] = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    405: "UNIMPLEMENTED",
    413: "INVALID_ARGUMENT",
    415: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}
_WORDS = {
    NO_TEXT: "Message cannot be empty.",
    TOO_LONG: f"Message is longer than {_MAX_BYTES} bytes.",
    NO_SUCH_THREAD: "Thread not found.",
    INVALID_CHANNEL: "Space not found.",
    READ_ONLY: "The caller does not have permission",
}
_BY_CODE: Mapping[str, int] = {NO_SUCH_THREAD: 404, INVALID_CHANNEL: 404, READ_ONLY: 403}


class GoogleChat:
    empty_is_nothing = False
    separate_responses = False

    def path(self, integration_id: str, token: str) -> str:
        """Google's shape: the integration is the space, and `key` says nothing here."""
        return f"/v1/spaces/{integration_id}/messages?key=hooksmith&token={token}"

    def read(self, sent: Sent, *, for_script: bool) -> Content:
        """
        Return an object; the ProtoJSON format is JSON (RFC 8259), which leaves halves of surrogate pairs open.
        """
        if not for_script and len(sent.body) > _MAX_BYTES:
            raise Invalid(_WORDS[TOO_LONG])
        try:
            return bodies.read_text(sent.text, bodies.read_object)
        except Invalid:
            if not for_script:
                raise
        # A script is there to understand what is no message of Google's.
        return payload.parse(sent.content_type, sent.text, for_script=True)

    def contents(self, content: Any, rules: Rules, *, scripted: bool) -> list[dict[str, Any]]:
        members = googlenames.message(content) if isinstance(content, dict) else {}
        common: dict[str, Any] = {}
        if rules.name and not rules.alias:
            common["username"] = rules.name  # callers cannot choose: it is the webhook's own
        if scripted:
            common |= overrides.of_script(members)
            common |= overrides.identity(members, rules, scripted=True)
            if channel := overrides.channel(members, rules):
                common["channel"] = channel
        given = members.get("text") or (members.get("msg") if scripted else None)
        if not isinstance(given, str | None) and not scripted:
            raise ChatError(MALFORMED, "text is no text")
        text = googletext.text_of(slacktext.said(given), rules.username_of)
        attachments = googlecards.attachments_of(members)
        if summary := _summary(members):
            # It says in a notification what the cards show; alone it is the text.
            if attachments:
                attachments[0].setdefault("fallback", summary)
            elif not text.strip():
                text = googletext.text_of(summary, rules.username_of)
        if scripted and isinstance(members.get("attachments"), list):
            attachments += members["attachments"]
        if not text.strip() and not attachments:
            raise ChatError(NO_TEXT, "there is neither text nor a card")
        query = googlenames.query(parse_query(rules.query_string))
        if not _MESSAGE_ID.fullmatch(said := _single(query, "messageId") or "client-x"):
            raise ChatError(
                MALFORMED, f"messageId {said[:80]!r} is not client- and what may follow"
            )
        if thread := _thread(members, query, rules):
            common["tmid"] = thread
        return overrides.spread(common, text, attachments, rules)

    def success(self, done: Done) -> Answer:
        """Answer with the message that was made, the first of several."""
        if isinstance(done.response, dict):
            return Answer(200, done.response)
        return Answer(200, _message(done) if done.contents else {})

    def failure(self, failed: Failed) -> Answer:
        status = failed.answer.status
        message = _WORDS.get(failed.code, failed.code)
        if failed.outcome == "refused":
            status, message = 403, "The caller does not have permission"
        elif failed.outcome == "invalid-message":
            status = _BY_CODE.get(failed.code, status)
        word = _STATUSES.get(status, "UNKNOWN")
        body = {"error": {"code": status, "message": message, "status": word}}
        return Answer(status, body, failed.answer.headers)


def _thread(content: Mapping[str, Any], query: Mapping[str, Any], rules: Rules) -> str | None:
    option = _single(query, "messageReplyOption")
    if option not in _OPTIONS:
        raise ChatError(MALFORMED, f"messageReplyOption {option[:80]!r} is none")
    given = content.get("thread")
    thread = given if isinstance(given, dict) else {}
    key = thread.get("threadKey") or _single(query, "threadKey")
    name = thread.get("name")
    if not option and "threadKey" in query:
        option = _FALLBACK  # addresses of the time before there were options mean this
    if option not in (_FALLBACK, _OR_FAIL):
        return None  # it starts a new thread, whatever is named
    if key:
        if not isinstance(key, str) or len(key) > _MAX_KEY_CHARS:
            raise ChatError(
                MALFORMED, f"threadKey is a text of at most {_MAX_KEY_CHARS} characters"
            )
        # Messages with a key belong together, the first of them too: the key is the webhook's own.
        named = hashlib.sha256(f"{rules.scope}\0{key}".encode("utf-8", "replace"))
        return ThreadKey(named.hexdigest()[:20])
    match = _THREAD_NAME.fullmatch(name) if isinstance(name, str) else None
    if match is not None and rules.thread_exists(match[1]):
        return match[1]
    if name and option == _OR_FAIL:
        raise ChatError(NO_SUCH_THREAD, f"there is no thread {str(name)[:100]}")
    return None


def _message(done: Done) -> dict[str, Any]:
    content = done.contents[0]
    row = done.rows[0] if done.rows else {}
    query = googlenames.query(parse_query(done.query_string))
    space = f"spaces/{done.integration_id}"
    own_id = _single(query, "messageId")
    message_id = own_id or row.get("id", "")
    thread = {"name": f"{space}/threads/{content.get('tmid') or row.get('id', '')}"}
    sent = googlenames.message(done.content) if isinstance(done.content, dict) else {}
    given = sent.get("thread")
    if key := (given.get("threadKey") if isinstance(given, dict) else "") or _single(
        query, "threadKey"
    ):
        thread["threadKey"] = key
    message = {
        "name": f"{space}/messages/{message_id}",
        "sender": {
            "name": f"users/{done.user_id}",
            "displayName": row.get("alias") or done.integration_name,
            "type": "BOT",
        },
        "createTime": row["ts"].isoformat().replace("+00:00", "Z") if row else "",
        "text": slacktext.said(sent.get("text")) or content["text"],
        "thread": thread,
        "space": {"name": space},
    }
    if own_id:
        message["clientAssignedMessageId"] = own_id
    for name in ("fallbackText", "cards", "cardsV2", "accessoryWidgets"):
        if sent.get(name):
            message[name] = sent[name]
    return message


def _summary(members: Mapping[str, Any]) -> str:
    for name in ("fallbackText", "previewText"):
        if text := slacktext.said(members.get(name)).strip():
            return text
    return ""


def _single(query: Mapping[str, Any], name: str) -> str:
    value = query.get(name, "")
    return value if isinstance(value, str) else ""
