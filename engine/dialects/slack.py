"""Slack's incoming webhooks (wire.md 5)."""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Mapping
from typing import Any

from engine import payload
from engine.answers import Answer
from engine.dialects import blocks, bodies, overrides, slacktext
from engine.dialects.base import (
    CHANNEL_LOCKED,
    INVALID_BLOCKS,
    MALFORMED,
    NO_TEXT,
    TOO_MANY_ATTACHMENTS,
    Done,
    Failed,
    Rules,
    Sent,
)
from engine.errors import ChatError, Invalid
from engine.messages import INVALID_CHANNEL, NO_SUCH_THREAD, READ_ONLY, ThreadKey
from engine.payload import Content

_EVERYONE = {"channel": "@all", "here": "@here", "everyone": "@all", "all": "@all"}
_TIME = re.compile(r"\d{1,20}\.\d{1,20}")
_MAX_ATTACHMENTS = 100

_BY_CODE: Mapping[str, tuple[int, str]] = {
    NO_TEXT: (400, "no_text"),
    MALFORMED: (400, "invalid_payload"),
    INVALID_BLOCKS: (400, "invalid_blocks"),
    TOO_MANY_ATTACHMENTS: (400, "too_many_attachments"),
    INVALID_CHANNEL: (404, "channel_not_found"),
    NO_SUCH_THREAD: (404, "thread_not_found"),
    CHANNEL_LOCKED: (403, "action_prohibited"),
    READ_ONLY: (403, "action_prohibited"),
}
_BY_OUTCOME: Mapping[str, tuple[int, str]] = {
    "refused": (404, "no_service"),
    "disabled": (404, "no_service"),
    "bad-signature": (403, "invalid_token"),
    "rate-limited": (429, "rate_limited"),
    "too-large": (413, "invalid_payload"),
    "invalid-message": (400, "invalid_payload"),
}
#: The caller should try again.
_LATER = 503


class Slack:
    empty_is_nothing = False
    separate_responses = False

    def path(self, integration_id: str, token: str) -> str:
        """Slack's shape: a team and a webhook, which say nothing here, and the token."""
        if "%" in token:
            return f"/hooks/{integration_id}/{token}"
        name = hashlib.sha256(integration_id.encode()).hexdigest().upper()
        return f"/services/T{name[:8]}/B{name[8:18]}/{token}"

    def read(self, sent: Sent, *, for_script: bool) -> Content:
        """Slack says `invalid_payload` of malformed JSON, and nothing of halves of surrogate pairs: they are no reason."""
        try:
            return bodies.read_payload(sent, bodies.read_object)
        except Invalid:
            if not for_script:
                raise
        # A script is there to understand what is no message of Slack's.
        return payload.parse(sent.content_type, sent.text, for_script=True)

    def contents(self, content: Any, rules: Rules, *, scripted: bool) -> list[dict[str, Any]]:
        members = content if isinstance(content, dict) else {}
        own = overrides.of_script(members) if scripted else {}
        if scripted and not members.get("text"):
            members = {**members, "text": members.get("msg")}
        if not isinstance(members.get("text"), str | None) and not scripted:
            raise ChatError(MALFORMED, "text is no text")

        def translated(text: str, *, plain: bool = False) -> str:
            there = slacktext.translate(
                text, _EVERYONE, rules.username_of, bare_links=True, plain=plain
            )
            return slacktext.unescape(there)

        plain = functools.partial(translated, plain=True)
        attachments = _attachments(members.get("attachments"), translated, plain)
        said, shown = blocks.read(members.get("blocks"), translated)
        # Where there are blocks, the text is what notifications say.
        text = said or (translated(slacktext.said(members.get("text"))) if not shown else "")
        if not text.strip() and not attachments and not shown:
            raise ChatError(NO_TEXT, "there is neither text nor blocks nor attachments")
        common = {**own, **overrides.identity(members, rules, scripted=scripted)}
        if channel := overrides.channel(members, rules):
            common["channel"] = channel
        if isinstance(thread := members.get("thread_ts"), str) and thread:
            # A time of Slack's is no id of ours, yet what names the same one belongs together.
            common.setdefault("tmid", ThreadKey(thread) if _TIME.fullmatch(thread) else thread)
        return overrides.spread(common, text, [*shown, *attachments], rules)

    def success(self, done: Done) -> Answer:
        return Answer(200, done.response if isinstance(done.response, dict) else "ok")

    def failure(self, failed: Failed) -> Answer:
        status, word = _said(failed)
        return Answer(status, word, failed.answer.headers)


def _attachments(
    given: Any, translated: slacktext.Translate, plain: slacktext.Translate
) -> list[dict[str, Any]]:
    if not isinstance(given, list | None):
        raise ChatError(MALFORMED, "attachments is no list")
    if len(given or ()) > _MAX_ATTACHMENTS:
        raise ChatError(TOO_MANY_ATTACHMENTS, f"there are more than {_MAX_ATTACHMENTS} attachments")
    made = []
    for item in given or ():
        if not isinstance(item, dict):
            continue
        said, shown = blocks.read(item.get("blocks"), translated)
        (own,) = slacktext.attachments([item], translated, title=plain, plain=plain)
        if said:
            own["text"] = "\n".join(filter(None, (own.get("text"), said)))
        made += [own, *shown] if own else shown
    return made


def _said(failed: Failed) -> tuple[int, str]:
    status = failed.answer.status
    if failed.outcome == "invalid-message":
        if failed.code == INVALID_CHANNEL and failed.target.startswith("@"):
            return 400, "user_not_found"
        if failed.code in _BY_CODE:
            return _BY_CODE[failed.code]
    if failed.outcome == "refused" and status == 401:
        return 403, "action_prohibited"
    if failed.outcome == "bad-request":
        return status, "invalid_payload"
    if failed.outcome == "script-refused":
        return status, failed.code
    if failed.outcome in _BY_OUTCOME:
        return _BY_OUTCOME[failed.outcome]
    return (_LATER if status == _LATER else 500), "rollup_error"
