"""A webhook as UChat calls it: what is said to a contact, signed (wire.md 4.1 A, 4.2)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any

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
from engine.transports.message import CanonicalMessage, Target, WireRequest
from engine.transports.options import Field
from engine.transports.requests import json_bytes, post_bytes

_TEXT_FEATURES = (
    Feature.PRETEXT,
    Feature.AUTHOR,
    Feature.TITLE,
    Feature.TEXT,
    Feature.FIELDS,
    Feature.UNOPENED,
    Feature.FOOTER,
)
#: What a card says below its title.
_SUBTITLE_FEATURES = (
    Feature.PRETEXT,
    Feature.AUTHOR,
    Feature.TEXT,
    Feature.FIELDS,
    Feature.UNOPENED,
    Feature.FOOTER,
)


class UChatWebhookTransport(HttpTransport):
    """Messages that belong to no conversation have nobody to go to, and are left out."""

    type = "uchatwebhook"
    label = "UChat webhook"
    url = Field(
        "url",
        "Webhook",
        required=True,
        secret=True,
        help="Gets what is answered in the integration's conversations.",
    )
    fields = (
        Field(
            "verification_key",
            "Verification key",
            help="What it is asked with, and what deliveries are signed with: X-Hub-Signature-256.",
            required=True,
            secret=True,
            pattern=r"[!-~]{1,500}",
        ),
        Field("flow_ns", "Flow", help="Sent as x-flow-ns.", pattern=r"[!-~]{0,200}"),
        max_chars_field(2_000, "What UChat's channels take differs."),
    )

    def requests(self, message: CanonicalMessage, target: Target) -> list[WireRequest]:
        belongs = message.conversation
        if not belongs:
            return []
        head = {"sender_id": belongs["sender_id"], "conv_id": belongs["conv_id"]}
        max_chars = self.option(target, "max_chars")
        return [
            self._signed({**head, **body}, target) for body in _bodies(message, max_chars=max_chars)
        ]

    def place(self, message: CanonicalMessage, target: Target) -> str:
        return str(message.conversation["conv_id"]) if message.conversation else ""

    def _signed(self, body: Mapping[str, Any], target: Target) -> WireRequest:
        data = json_bytes(body)
        key = self.option(target, "verification_key").encode()
        headers = {
            "X-Hub-Signature-256": "sha256=" + hmac.new(key, data, hashlib.sha256).hexdigest(),
            "x-flow-ns": self.option(target, "flow_ns"),
            "x-action": "messages",
        }
        return post_bytes(target.url, data, {name: text for name, text in headers.items() if text})


def _bodies(message: CanonicalMessage, *, max_chars: int) -> list[dict[str, Any]]:
    """Return what is sent of a message: texts, with buttons and cards on the last, then media."""
    attachments = read_attachments(message.attachments)
    cards = [one for one in attachments if _is_card(one)]
    others = [one for one in attachments if not _is_card(one)]
    buttons = [_button(action) for one in others for action in one.actions if _says(action)]
    page = Page(PlainText())
    page.markdown(message.text)
    for attachment in others:
        page.gap()
        write_features(page, attachment, _TEXT_FEATURES)
        _write_links(page, attachment.actions)
    texts = page.parts(max_chars)
    made: list[dict[str, Any]] = []
    with_text = bool(buttons) + bool(cards)
    texts, last = texts[: len(texts) - with_text], texts[max(len(texts) - with_text, 0) :]
    if buttons:
        said = last.pop(0) if last else ", ".join(one["title"] for one in buttons)
        made.append(_template(said, "button_template", {"text": said, "buttons": buttons}))
    if cards:
        said = last.pop(0) if last else ", ".join(one.summary for one in cards)
        items = {"ratio": "horizontal", "items": [_item(one) for one in cards]}
        made.append(_template(said, "generic_template", items))
    return [
        *(_outgoing(text=text, type="text") for text in texts),
        *made,
        *(_outgoing(url=url, type=kind) for one in attachments for kind, url in _pictures(one)),
        *(
            _outgoing(url=medium.url, type=medium.kind)
            for one in attachments
            for medium in one.media
        ),
    ]


def _is_card(attachment: Attachment) -> bool:
    """A picture with words, or with buttons; one alone is sent as a picture."""
    picture = attachment.image_url or attachment.thumb_url
    return bool(picture and (attachment.title or attachment.text or attachment.actions))


def _pictures(attachment: Attachment) -> list[tuple[str, str]]:
    """Return the pictures that are sent by themselves; of a card all but the first."""
    urls = [url for url in (attachment.image_url, attachment.thumb_url) if url]
    return [("image", url) for url in list(dict.fromkeys(urls))[_is_card(attachment) :]]


def _outgoing(**members: Any) -> dict[str, Any]:
    return {**members, "message_type": "outgoing", "private": False}


def _template(text: str, kind: str, attributes: Mapping[str, Any]) -> dict[str, Any]:
    named = {"content_type": kind, "content_attributes": attributes}
    return {**_outgoing(text=text, type="text"), **named}


def _item(attachment: Attachment) -> dict[str, Any]:
    page = Page(PlainText())
    write_features(page, attachment, _SUBTITLE_FEATURES)
    _write_links(page, attachment.actions)
    return {
        "title": attachment.title or attachment.summary,
        "image_url": attachment.image_url or attachment.thumb_url,
        "item_url": attachment.title_link,
        "subtitle": "\n".join(page.parts(1 << 30)),
        "default_action": None,
        "buttons": [_button(action) for action in attachment.actions if _says(action)],
    }


def _write_links(page: Page, actions: Sequence[Action]) -> None:
    """UChat's buttons are pressed; what opens an address becomes a line (wire.md 6)."""
    for action in actions:
        if not _says(action):
            write_action(page, action)


def _says(action: Action) -> bool:
    return not action.url


def _button(action: Action) -> dict[str, str]:
    title = action.text or action.msg
    return {"type": "postback", "title": title, "payload": action.msg or title}
