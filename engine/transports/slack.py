"""Slack's incoming webhooks (wire.md 5)."""

from __future__ import annotations

import re
from typing import Any

from engine.transports.addresses import check_url
from engine.transports.answers import FarAnswer, read_status
from engine.transports.attachments import read_attachments
from engine.transports.base import HttpTransport, Limits
from engine.transports.chat import MENTION_EVERYONE, bodies, mentions, packed, people_field, written
from engine.transports.legacy import Form, legacy_attachments, legacy_sender
from engine.transports.markdown.angled import Slack
from engine.transports.message import CanonicalMessage, Target, Verdict, WireRequest
from engine.transports.options import Field, Kind
from engine.transports.requests import post_json

#: Longer texts Slack cuts up by itself, without regard to markup.
_MAX_UNITS = 4_000
#: The text of an attachment, as that of a section.
_MAX_ATTACHMENT_UNITS = 3_000
_MAX_ATTACHMENTS = 20
_MAX_ATTACHMENT_BYTES = 100_000
#: slack_sdk's models say so: `ts` needs a footer, and `thumb_url` cannot be beside `image_url`.
_FORM = Form(buttons=5, shows_time=True, shows_both_pictures=False)
_THREAD = re.compile(r"\d{9,11}\.\d{6}")
#: What Slack says when the webhook, or its workspace, is no more.
_GONE = frozenset({"no_service", "no_service_id", "no_team", "team_disabled", "invalid_token"})
#: What Slack calls a failure of its own, or of the moment, whatever status it comes with.
_RETRIED = frozenset(
    {
        "fatal_error",
        "internal_error",
        "rate_limited",
        "ratelimited",
        "request_timeout",
        "rollup_error",
        "service_unavailable",
        "team_added_to_org",
    }
)


class SlackTransport(HttpTransport):
    type = "slack"
    label = "Slack"
    url = Field(
        "url",
        "Address of the webhook",
        required=True,
        secret=True,
        help="https://hooks.slack.com/services/T…/B…/…",
    )
    fields = (
        Field(
            "channel",
            "Channel",
            help="#channel or @user; only webhooks of the old kind, without an app, follow it.",
            pattern=r"[#@]?\S{1,80}",
        ),
        Field(
            "identity",
            "Sender",
            Kind.FLAG,
            "Show the sender's name and picture; webhooks of an app have their own.",
            default=True,
        ),
        MENTION_EVERYONE,
        people_field("U012ABCDEF"),
    )
    limits = Limits(requests=1, per_s=1.0)

    def check_url(self, url: str) -> str:
        return check_url(url, path=r"/[^/]+", example=self.url.help)

    def requests(self, message: CanonicalMessage, target: Target) -> list[WireRequest]:
        dialect = Slack(mentions(self, target))
        texts = written(message.text, dialect, _MAX_UNITS)
        attachments = [
            {**made, "mrkdwn_in": ["pretext", "text", "fields"]}
            for attachment in read_attachments(message.attachments)
            for made in legacy_attachments(attachment, dialect, _MAX_ATTACHMENT_UNITS, _FORM)
        ]
        common = self._common(message, target)
        groups = packed(attachments, _MAX_ATTACHMENT_BYTES, _MAX_ATTACHMENTS)
        made = bodies(common, texts, groups, "attachments")
        return [post_json(target.url, body) for body in made]

    def judge(self, answer: FarAnswer) -> Verdict:
        said = answer.members.get("error") if answer.members else answer.text
        gone = isinstance(said, str) and said in _GONE
        if isinstance(said, str) and said in _RETRIED:
            return Verdict.retry(answer.reason(), after_s=answer.wait_s)
        if not answer.ok:
            return Verdict.permanent(answer.reason(), gone=True) if gone else read_status(answer)
        is_ok = answer.text == "ok" or answer.members.get("ok") is True
        refused = answer.members.get("ok") is False or answer.members.get("error") or gone
        if not is_ok and (refused or answer.is_page):
            said_so = answer.said or "no answer of Slack's"
            return Verdict.permanent(answer.reason(said_so), gone=gone)
        return answer.accepted(odd="" if is_ok else "its answer is not Slack's")

    def _common(self, message: CanonicalMessage, target: Target) -> dict[str, Any]:
        common: dict[str, Any] = {}
        if channel := self.option(target, "channel"):
            common["channel"] = channel
        if self.option(target, "identity"):
            common |= legacy_sender(message, colons=True)
        if message.thread_key and _THREAD.fullmatch(message.thread_key):
            common["thread_ts"] = message.thread_key
        return common
