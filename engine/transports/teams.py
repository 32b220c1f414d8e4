"""Microsoft Teams: an Adaptive Card, posted to a Workflow's webhook (wire.md 5)."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

from engine.transports.addresses import check_url
from engine.transports.answers import FarAnswer, quoted, read_status
from engine.transports.attachments import read_attachments
from engine.transports.base import HttpTransport, Limits
from engine.transports.chat import packed
from engine.transports.markdown.escaping import Teams
from engine.transports.message import CanonicalMessage, Target, Verdict, WireRequest
from engine.transports.options import Field, Kind
from engine.transports.requests import post_json
from engine.transports.teamscards import (
    attachment_elements,
    picture_url,
    sender_elements,
    text_elements,
)

#: A message may have 28 KB; the rest is for what stands around the card's elements.
_MAX_BYTES = 26_000
_MAX_ELEMENTS = 200
#: Connectors answer 200 and "1", or 200 and a sentence when they have not delivered, which may name
#: the status that came inside.
_INNER_STATUS = re.compile(r"HTTP error (\d{3})")
_SENTENCE = re.compile(r"[A-Za-z]{2,}\W+[A-Za-z]{2,}|error|failed", re.IGNORECASE)
#: Microsoft asks for a retry of these beside 429 (Teams, "Optimize your bot with rate limiting").
_RETRIED = frozenset({412, 502, 504})


class TeamsTransport(HttpTransport):
    type = "teams"
    label = "Microsoft Teams"
    url = Field(
        "url",
        "Address of the workflow",
        required=True,
        secret=True,
        help="From the workflow “Post to a channel when a webhook request is received”.",
    )
    fields = (
        Field(
            "identity",
            "Sender",
            Kind.FLAG,
            "Begin with the sender's name and picture.",
            default=True,
        ),
    )
    limits = Limits(requests=4, per_s=1.0)

    def check_url(self, url: str) -> str:
        return check_url(url, path=r"/.+", example="https://…/triggers/…/paths/invoke?…")

    def takes_data_url(self, url: str, is_picture: bool) -> bool:
        return is_picture and picture_url(url) is not None

    def requests(self, message: CanonicalMessage, target: Target) -> list[WireRequest]:
        dialect = Teams()
        elements = text_elements(message.text, dialect)
        for attachment in read_attachments(message.attachments, picture_url):
            elements += attachment_elements(attachment, dialect)
        if elements and self.option(target, "identity"):
            elements = [*sender_elements(message, dialect), *elements]
        return [
            post_json(target.url, _card(group))
            for group in packed(elements, _MAX_BYTES, _MAX_ELEMENTS)
        ]

    def judge(self, answer: FarAnswer) -> Verdict:
        if answer.status in _RETRIED:
            return Verdict.retry(answer.reason(), after_s=answer.wait_s)
        if not answer.ok:
            return read_status(answer)
        if answer.is_page:
            return Verdict.permanent(answer.reason("a page for people, no answer of Teams'"))
        members, text = answer.members, answer.text
        # Workflows answer 202 with nothing, or an object; some flows answer by themselves.
        is_object = bool(members) or text.startswith("{")
        if members.get("error") or members.get("isSuccessStatusCode") is False:
            return Verdict.permanent(answer.reason(answer.said or quoted(text)))
        if answer.status != HTTPStatus.OK or is_object or not _SENTENCE.search(text):
            known = text in ("", "1") or is_object
            return answer.accepted(odd="" if known else "its answer is not Teams'")
        return _failed(answer, answer.reason(answer.said or quoted(text)))


def _failed(answer: FarAnswer, reason: str) -> Verdict:
    """Judge a sentence that a connector answered instead of "1"."""
    inner = _INNER_STATUS.search(answer.text)
    status = int(inner[1]) if inner else 0
    if status == 429 or status >= 500 or status in _RETRIED:
        return Verdict.retry(reason, after_s=answer.wait_s)
    return Verdict.permanent(reason)


def _card(elements: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "type": "message",
        "attachments": [
            {
                "contentType": "application/vnd.microsoft.card.adaptive",
                "contentUrl": None,
                "content": {
                    "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                    "type": "AdaptiveCard",
                    "version": "1.4",
                    "msteams": {"width": "Full"},
                    "body": elements,
                },
            }
        ],
    }
