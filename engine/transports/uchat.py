"""UChat's API Chat channel: the message comes in there as a contact's (wire.md 4.2)."""

from __future__ import annotations

from typing import Any

from engine.transports.addresses import check_url
from engine.transports.answers import FarAnswer, read_status
from engine.transports.attachments import (
    Action,
    Attachment,
    Feature,
    read_attachments,
    write_action,
    write_features,
)
from engine.transports.base import HttpTransport
from engine.transports.chat import max_chars_field
from engine.transports.markdown.dialects import PlainText
from engine.transports.markdown.layout import Page
from engine.transports.message import CanonicalMessage, Target, Verdict, WireRequest
from engine.transports.options import Field, Kind
from engine.transports.requests import post_json

_AS_TEXT, _AS_PRESSED = "text", "postback"
_MAX_CONVERSATION = 2**53
#: Everything but what becomes an event of its own.
_TEXT_FEATURES = (
    Feature.PRETEXT,
    Feature.AUTHOR,
    Feature.TITLE,
    Feature.TEXT,
    Feature.FIELDS,
    Feature.UNOPENED,
    Feature.FOOTER,
)


class UChatTransport(HttpTransport):
    type = "uchat"
    label = "UChat"
    url = Field(
        "url",
        "Bot address",
        required=True,
        secret=True,
        help="https://bot.dfktv2.com/api/apichat/<code>",
    )
    fields = (
        Field(
            "conversation_id",
            "Conversation",
            Kind.NUMBER,
            "The number of the conversation, as UChat's webhook gives it in conv_id. A message whose "
            "thread is such a number goes to that conversation.",
            required=True,
            greatest=_MAX_CONVERSATION,
        ),
        Field(
            "sender_id",
            "Contact",
            help="The contact's id, as UChat's webhook gives it in sender_id.",
            required=True,
            pattern=r"\S.{0,199}",
        ),
        Field("email", "Contact's e-mail address", pattern=r"\S+@\S+"),
        Field("phone_number", "Contact's phone number", pattern=r"\+?[\d ()/-]{3,30}"),
        Field(
            "buttons",
            "Buttons of messages",
            Kind.CHOICE,
            "Pressed: each button that says something in the room starts what it starts in the flow.",
            default=_AS_TEXT,
            choices={_AS_TEXT: "are shown as text", _AS_PRESSED: "are pressed by the contact"},
        ),
        Field("api_key", "Flow API key", secret=True, pattern=r"[!-~]{8,2000}"),
        max_chars_field(2_000, "What UChat's channels take differs."),
    )

    def check_url(self, url: str) -> str:
        return check_url(url, path=r"/apichat/[^/]+", example=self.url.help)

    def requests(self, message: CanonicalMessage, target: Target) -> list[WireRequest]:
        presses = self.option(target, "buttons") == _AS_PRESSED
        attachments = read_attachments(message.attachments)
        page = Page(PlainText())
        page.markdown(message.text)
        events: list[dict[str, Any]] = []
        for attachment in attachments:
            _write(page, attachment, with_said=not presses)
            events += [_media(kind, url) for kind, url in _media_of(attachment)]
        if presses:
            events += [
                _pressed(action)
                for attachment in attachments
                for action in attachment.actions
                if _says(action)
            ]
        texts = page.parts(self.option(target, "max_chars"))
        common = {
            "message_type": "incoming",
            "sender": self._sender(message, target),
            "conversation_id": self._conversation(message, target),
        }
        key = self.option(target, "api_key")
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        created = [{"content": text, "event": "message_created"} for text in texts]
        return [
            post_json(target.url, {**event, **common}, headers) for event in [*created, *events]
        ]

    def judge(self, answer: FarAnswer) -> Verdict:
        members = answer.members
        refused = members.get("success") is False or members.get("status") == "error"
        if answer.ok and refused:
            return Verdict.permanent(answer.reason())
        if answer.ok and answer.is_page:
            return Verdict.permanent(answer.reason("a page for people, no answer of UChat's"))
        return read_status(answer)

    def place(self, message: CanonicalMessage, target: Target) -> str:
        return str(self._conversation(message, target))

    def _conversation(self, message: CanonicalMessage, target: Target) -> int:
        key = message.thread_key or ""
        if key.isascii() and key.isdecimal() and len(key) <= 16 and int(key) <= _MAX_CONVERSATION:
            return int(key)
        own: int = self.option(target, "conversation_id")
        return own

    def _sender(self, message: CanonicalMessage, target: Target) -> dict[str, str]:
        sender_id = self.option(target, "sender_id")
        return {
            "id": sender_id,
            "name": message.name or sender_id,
            "email": self.option(target, "email"),
            "phone_number": self.option(target, "phone_number"),
            "type": "contact",
        }


def _write(page: Page, attachment: Attachment, *, with_said: bool) -> None:
    page.gap()
    write_features(page, attachment, _TEXT_FEATURES)
    for action in attachment.actions:
        if with_said or not _says(action):
            write_action(page, action)


def _media_of(attachment: Attachment) -> list[tuple[str, str]]:
    pictures = [url for url in (attachment.image_url, attachment.thumb_url) if url]
    return [("image", url) for url in dict.fromkeys(pictures)] + [
        (medium.kind, medium.url) for medium in attachment.media
    ]


def _media(kind: str, url: str) -> dict[str, Any]:
    return {
        "content": "",
        "attachments": [{"file_type": kind, "data_url": url}],
        "event": "message_created",
    }


def _pressed(action: Action) -> dict[str, Any]:
    title = action.text or action.msg
    return {
        "content": title,
        "event": "message_postback",
        "submitted_values": [{"title": title, "payload": action.msg}],
    }


def _says(action: Action) -> bool:
    return bool(action.msg) and not action.url
