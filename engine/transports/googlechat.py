"""Google Chat's incoming webhooks (wire.md 3)."""

from __future__ import annotations

from engine.blanks import is_blank
from engine.emoji import emoji_character
from engine.errors import Invalid
from engine.transports.addresses import check_url, query_of, with_query
from engine.transports.answers import FarAnswer, read_status
from engine.transports.attachments import read_attachments
from engine.transports.base import HttpTransport, Limits
from engine.transports.chat import (
    MENTION_EVERYONE,
    bodies,
    json_size,
    mentions,
    packed,
    people_field,
)
from engine.transports.googlecards import cards
from engine.transports.markdown.angled import GoogleChat
from engine.transports.markdown.layout import Page, Span
from engine.transports.markdown.lines import Border
from engine.transports.message import CanonicalMessage, Target, Verdict, WireRequest
from engine.transports.options import Field, Kind
from engine.transports.requests import post_json

_MAX_UNITS = 4_096
#: A message may have 32 000 bytes, cards included.
_MAX_BYTES = 31_000
_MAX_CARDS = 20
_MAX_THREAD_CHARS = 256
#: What Google says may go better when it is asked again (google/rpc/code.proto), and the statuses
#: that go with it where a proxy has answered in its place. A request that is asked again has the
#: same requestId and is no second message.
_RETRIED = frozenset(
    {"ABORTED", "CANCELLED", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED", "UNAVAILABLE"}
)
_RETRIED_STATUSES = frozenset({409, 499})


class GoogleChatTransport(HttpTransport):
    type = "googlechat"
    label = "Google Chat"
    url = Field(
        "url",
        "Address of the webhook",
        required=True,
        secret=True,
        help="https://chat.googleapis.com/v1/spaces/<space>/messages?key=…&token=…",
    )
    fields = (
        Field(
            "identity",
            "Sender",
            Kind.FLAG,
            "Begin with the sender's name; the webhook's own name and picture are fixed there.",
            default=True,
        ),
        Field(
            "threads",
            "Threads",
            Kind.FLAG,
            "Answers go into the thread of what they answer.",
            default=True,
        ),
        MENTION_EVERYONE,
        people_field("the number in users/123456789"),
    )
    #: One a second, shared by everything that writes to the space. A little more, because requests do
    #: not all take the same time to get there.
    limits = Limits(requests=1, per_s=1.1)

    def check_url(self, url: str) -> str:
        example = self.url.help
        checked = check_url(url, path=r"/v1/spaces/[^/]+/messages", example=example)
        if not {"key", "token"} <= query_of(checked).keys():
            raise Invalid(f"The address looks like {example}", field="url")
        return checked

    def requests(self, message: CanonicalMessage, target: Target) -> list[WireRequest]:
        named = self.option(target, "identity") and bool(message.name)
        page = Page(GoogleChat(mentions(self, target)))
        if named and not is_blank(message.text):
            icon = emoji_character(message.emoji) if message.emoji else None
            page.line(Span(f"{icon} {message.name}" if icon else message.name, bold=True))
        page.markdown(message.text, border=Border.BLOCK)
        texts = page.parts(_MAX_UNITS)
        # Without a text it is the cards that say who speaks.
        sender = message if named and not texts else None
        attachments = read_attachments(message.attachments)
        made_cards = [
            {"cardId": f"card{index}", "card": card}
            for index, card in enumerate(cards(attachments, sender))
        ]
        groups = packed(made_cards, _MAX_BYTES - 1_000, _MAX_CARDS)
        if texts and groups and json_size([texts[-1], groups[0]]) > _MAX_BYTES:
            groups.insert(0, [])  # nothing goes with the text
        made = bodies({}, texts, groups, "cardsV2")
        key = self._thread_key(message, target)
        requests: list[WireRequest] = []
        for index, body in enumerate(made):
            if "text" not in body:
                body["fallbackText"] = attachments[0].summary[:200] or "Attachment"
            # Asked again with the same id, Google Chat returns the message that is there already.
            query = {"requestId": f"{message.id}-{index}"}
            if key:
                body["thread"] = {"threadKey": key}
                query["messageReplyOption"] = "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD"
            requests.append(post_json(with_query(target.url, query), body))
        return requests

    def judge(self, answer: FarAnswer) -> Verdict:
        if answer.ok:
            if answer.is_page or answer.members.get("error"):
                return Verdict.permanent(answer.reason(answer.said or "no answer of Google Chat's"))
            name = answer.members.get("name")
            return answer.accepted(name, odd="" if name else "its answer is not Google Chat's")
        error = answer.members.get("error")
        status = error.get("status") if isinstance(error, dict) else None
        named = isinstance(status, str)
        if status in _RETRIED if named else answer.status in _RETRIED_STATUSES:
            return Verdict.retry(answer.reason(), after_s=answer.wait_s)
        return read_status(answer)

    def _thread_key(self, message: CanonicalMessage, target: Target) -> str | None:
        if not self.option(target, "threads"):
            return None
        # The first message of a thread has to have the key, too, that its answers will bring.
        return (message.thread_key or message.message_id or message.id)[:_MAX_THREAD_CHARS]
