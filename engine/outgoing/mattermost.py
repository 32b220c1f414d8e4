"""Calls as Mattermost makes them, and what it makes of the answers (wire.md 2.2 B)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import orjson

from engine.db import utcnow
from engine.dialects import bodies, gojson
from engine.errors import Invalid
from engine.outgoing.occasion import Occasion
from engine.outgoing.settings import FORM, JSON
from engine.outgoing.verdict import Answer, Verdict, Wire
from engine.payload import bounded

#: There are no teams here, and programs ask for one.
_TEAM = "hooksmith"
_COMMENT = "comment"
#: What a far side may not decide: Mattermost's answers have no channel.
_NOT_TAKEN = frozenset({"channel", "roomId", "response_type", "tmid"})


class Mattermost:
    wire = Wire(
        timeout_s=30.0, answer_bytes=1 << 20, truncates=True, headers={"Accept": "application/json"}
    )

    def data(self, occasion: Occasion, token: str, settings: Mapping[str, Any]) -> dict[str, Any]:
        told = occasion.data
        at = _moment(str(told["timestamp"])).timestamp()
        return {
            "token": token,
            "team_id": _TEAM,
            "team_domain": _TEAM,
            "channel_id": told["channel_id"],
            "channel_name": told["channel_name"],
            "timestamp": int(at * 1000) if settings["contentType"] == JSON else int(at),
            "user_id": told["user_id"],
            "user_name": told["user_name"],
            "post_id": told["message_id"],
            "text": told["text"],
            "trigger_word": occasion.word or "",
            "file_ids": "",
        }

    def encode(self, data: Any, settings: Mapping[str, Any]) -> tuple[str, bytes]:
        if settings["contentType"] == JSON or not isinstance(data, dict):
            return JSON, orjson.dumps(data)
        pairs = {
            name: value if isinstance(value, str) else orjson.dumps(value).decode()
            for name, value in data.items()
        }
        return FORM, urlencode(pairs).encode()

    def judge(self, answer: Answer, settings: Mapping[str, Any], tries: int) -> Verdict:
        try:
            # With line ends inside texts, as the manual's own example has them.
            answered = bounded(bodies.read_text(answer.text, gojson.read_object, "the answer"))
        except Invalid as exc:
            # Many answer `ok`, or nothing.
            is_meant = answer.text.lstrip().startswith("{") or answer.media_type == JSON
            why = f": {exc}" if answer.text.strip() and is_meant else ""
            return Verdict(f"called, answered {answer.status}; nothing to post{why}")
        # Mattermost itself posts an empty text as a message without one.
        if answered.get("text") in (None, "") and not answered.get("attachments"):
            return Verdict(f"called, answered {answer.status}; nothing to post")
        return Verdict("", ("url-response-sent-message",), answered)

    def content(self, answered: Mapping[str, Any], occasion: Occasion) -> dict[str, Any]:
        content = {name: value for name, value in answered.items() if name not in _NOT_TAKEN}
        if answered.get("response_type") == _COMMENT and occasion.thread_id:
            content["tmid"] = occasion.thread_id
        return content


def _moment(told: str) -> dt.datetime:
    """Return the time that is told; what somebody made up for a trial may be none, and is now."""
    try:
        return dt.datetime.fromisoformat(told)
    except ValueError:
        return utcnow()
