"""Rocket.Chat's own hooks (wire.md 1.1)."""

from __future__ import annotations

from typing import Any

from engine import answers, payload
from engine.answers import Answer
from engine.dialects.base import Done, Failed, Rules, Sent
from engine.errors import ChatError
from engine.payload import Content


class RocketChat:
    empty_is_nothing = True
    separate_responses = True

    def path(self, integration_id: str, token: str) -> str:
        return f"/hooks/{integration_id}/{token}"

    def read(self, sent: Sent, *, for_script: bool) -> Content:
        return payload.parse(sent.content_type, sent.text, for_script=for_script)

    def contents(self, content: Any, rules: Rules, *, scripted: bool) -> list[dict[str, Any]]:
        members = content if isinstance(content, dict) else {}
        wanted = members.get("channel") or members.get("roomId")
        if wanted and not rules.may_override_channel:
            raise ChatError(answers.OVERRIDE_OFF, f"it asks for {wanted}")
        return [members]

    def success(self, done: Done) -> Answer:
        if done.separate is None:
            return answers.success(done.response)
        posted = bool(done.rows)
        if posted and isinstance(done.response, dict):
            return answers.success(done.response)
        return Answer(200 if posted else 400, {"responses": list(done.separate), "success": posted})

    def failure(self, failed: Failed) -> Answer:
        return failed.answer
