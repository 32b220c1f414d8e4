"""
Mattermost's incoming webhooks (wire.md 2).

They cannot answer in threads: they know no `root_id`. What is an answer here is a post of its own there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

from engine.transports.addresses import check_url
from engine.transports.answers import FarAnswer, quoted, read_status
from engine.transports.attachments import read_attachments
from engine.transports.base import HttpTransport
from engine.transports.chat import (
    MENTION_EVERYONE,
    bodies,
    max_chars_field,
    mentions,
    packed,
    written,
)
from engine.transports.legacy import Form, legacy_attachments, legacy_sender
from engine.transports.markdown.escaping import Mattermost
from engine.transports.message import CanonicalMessage, Target, Verdict, WireRequest
from engine.transports.options import Field, Kind
from engine.transports.requests import post_json

#: MaximumPayloadSizeBytes is 300 000; the rest is for the text and the JSON around it.
_MAX_ATTACHMENT_BYTES = 200_000
_MAX_ATTACHMENTS = 100
_FORM = Form()

CHANNEL = Field(
    "channel",
    "Channel",
    help="town-square (the name in its address) or @user; empty: the webhook's own.",
    pattern=r"[#@]?\S{1,200}",
)
IDENTITY = Field(
    "identity",
    "Sender",
    Kind.FLAG,
    "Show the sender's name and picture, where that server lets integrations override them.",
    default=True,
)


class MattermostTransport(HttpTransport):
    type = "mattermost"
    label = "Mattermost"
    url = Field(
        "url",
        "Address of the webhook",
        required=True,
        secret=True,
        help="https://chat.example.org/hooks/<id>",
    )
    fields: ClassVar[tuple[Field, ...]] = (
        CHANNEL,
        IDENTITY,
        MENTION_EVERYONE,
        max_chars_field(16_383, "Servers with an old database take 4000."),
    )

    def check_url(self, url: str) -> str:
        return check_url(url, path=r"/hooks/[A-Za-z0-9-]+", example=self.url.help)

    def requests(self, message: CanonicalMessage, target: Target) -> list[WireRequest]:
        dialect = Mattermost(mentions(self, target))
        max_chars = self.option(target, "max_chars")
        texts = written(message.text, dialect, max_chars)
        attachments = [
            made
            for attachment in read_attachments(message.attachments)
            for made in legacy_attachments(attachment, dialect, max_chars, _FORM)
        ]
        common = self._common(message, target)
        groups = packed(attachments, _MAX_ATTACHMENT_BYTES, _MAX_ATTACHMENTS)
        made = bodies(common, texts, groups, "attachments")
        return [post_json(target.url, body) for body in made]

    def judge(self, answer: FarAnswer) -> Verdict:
        if answer.ok:
            post_id = answer.members.get("id")
            # Its errors have a status of their own beside the message.
            refused = answer.members.get("error") or "status_code" in answer.members
            if refused or answer.is_page:
                said = answer.said or f"no answer of {self.label}'s"
                return Verdict.permanent(answer.reason(said))
            known = answer.text == "ok" or post_id
            return answer.accepted(
                post_id, odd="" if known else f"its answer is not {self.label}'s"
            )
        verdict = read_status(answer)
        detail = answer.members.get("detailed_error")
        if isinstance(detail, str) and detail.strip():
            # Newer servers say the same of every failure, and here the reason.
            return replace(verdict, reason=f"{verdict.reason} ({quoted(detail)})")
        return verdict

    def _common(self, message: CanonicalMessage, target: Target) -> dict[str, Any]:
        common: dict[str, Any] = {}
        if channel := self.option(target, "channel"):
            common["channel"] = channel
        if self.option(target, "identity"):
            common |= legacy_sender(message, colons=False)
        return common
