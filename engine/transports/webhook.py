"""Any address: the message as JSON, signed by Standard Webhooks (wire.md 5)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any

from engine.errors import Invalid
from engine.transports.base import HttpTransport
from engine.transports.chat import written
from engine.transports.markdown.dialects import PlainText
from engine.transports.message import CanonicalMessage, Target, WireRequest
from engine.transports.options import Field, Kind
from engine.transports.requests import check_headers, json_bytes, post_bytes

EVENT_TYPE = "message.posted"
_SECRET = re.compile(r"(?:whsec_)?([A-Za-z0-9+/]+)={0,2}")
_SECRET_BYTES = range(24, 65)


class WebhookTransport(HttpTransport):
    type = "webhook"
    label = "Webhook"
    url = Field(
        "url",
        "Address",
        required=True,
        secret=True,
        help="Gets a POST of JSON: type, timestamp, and the message in data.",
    )
    fields = (
        Field(
            "secret",
            "Signing secret",
            secret=True,
            help="whsec_ and 24 to 64 bytes in base64; several with blanks between while one replaces "
            "another. Empty: unsigned.",
        ),
        Field(
            "headers",
            "Headers",
            Kind.PAIRS,
            "Sent with every message, such as Authorization.",
            secret=True,
        ),
    )

    def check(self, target: Target) -> Target:
        check_headers(self.option(target, "headers"), "headers")
        for secret in self.option(target, "secret").split():
            _key(secret)
        return target

    def left_out(self, message: CanonicalMessage) -> str:
        """A message is sent as it is."""
        return ""

    def requests(self, message: CanonicalMessage, target: Target) -> list[WireRequest]:
        body = json_bytes(_event(message))
        timestamp = str(int(self.clock()))
        headers = {
            **self.option(target, "headers"),
            "webhook-id": message.id,
            "webhook-timestamp": timestamp,
        }
        if secrets := self.option(target, "secret").split():
            headers["webhook-signature"] = sign(secrets, message.id, timestamp, body)
        return [post_bytes(target.url, body, headers)]


def sign(secrets: Sequence[str], message_id: str, timestamp: str, body: bytes) -> str:
    """Return the signatures of a body, one for each secret."""
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    digests = (hmac.new(_key(secret), signed, hashlib.sha256).digest() for secret in secrets)
    return " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests)


def _key(secret: str) -> bytes:
    wrong = Invalid("Signing secret is whsec_ and 24 to 64 bytes in base64", field="secret")
    found = _SECRET.fullmatch(secret)
    if found is None:
        raise wrong
    try:
        # Some receivers leave the padding out, some the prefix.
        key = base64.b64decode(found[1] + "=" * (-len(found[1]) % 4), validate=True)
    except ValueError:
        raise wrong from None
    if len(key) not in _SECRET_BYTES:
        raise wrong
    return key


def _event(message: CanonicalMessage) -> Mapping[str, Any]:
    moment = message.sent_at.astimezone(UTC).isoformat(timespec="milliseconds")
    data = {
        "id": message.message_id,
        "channel": message.channel,
        "username": message.username,
        "alias": message.alias,
        "avatar": message.avatar,
        "emoji": message.emoji,
        "text": message.text,
        "plainText": "\n".join(written(message.text, PlainText(), 1 << 30)),
        "attachments": message.attachments,
        "threadId": message.thread_key,
    }
    return {
        "type": EVENT_TYPE,
        "timestamp": moment.replace("+00:00", "Z"),
        "data": {name: value for name, value in data.items() if value not in (None, "")},
    }
