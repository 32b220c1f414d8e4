"""The id under which a sender delivers something, the same however often it is sent."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence

from engine.errors import Invalid
from engine.json_reader import parse_bytes

Headers = Sequence[tuple[str, str]]
#: Returns an id, or "" where there is none.
_Source = Callable[["_Request"], str]

#: What any sender may use (draft-ietf-httpapi-idempotency-key-header).
_ANYBODY = "Idempotency-Key"


class _Request:
    def __init__(self, headers: Headers, body: bytes) -> None:
        self._headers: dict[str, str] = {}
        self.body = body
        for name, value in headers:
            # One that came twice says nothing certain.
            self._headers[name.lower()] = "" if name.lower() in self._headers else value.strip()

    def header(self, name: str) -> str:
        return self._headers.get(name.lower(), "")

    def member(self, name: str) -> str:
        """Return a text in the body, when that is a JSON object."""
        try:
            content = parse_bytes(self.body)
        except Invalid:
            return ""
        value = content.get(name) if isinstance(content, dict) else None
        return value if isinstance(value, str) else ""


def delivery_id(preset: str, header: str, headers: Headers, body: bytes) -> str | None:
    """
    Return the sender's id of a request, with the name of what it was taken from, or None.

    A `header` that is named is the only one looked at. Otherwise the sender is that of `preset`,
    one of `engine.signatures.PRESETS`, or, where that says nothing, the one whose headers are there.
    """
    request = _Request(headers, body)
    if header:
        return _named(header, request.header(header))
    for name, source in _SENDERS.get(preset, _ANY_SENDER).items():
        if found := source(request):
            return _named(name, found)
    return None


def _named(name: str, value: str) -> str | None:
    return f"{name.lower()}: {value}" if value else None


def _header(name: str) -> _Source:
    return lambda request: request.header(name)


def _gitlab_event(request: _Request) -> str:
    # Events that follow from each other share the UUID, so the body has to be the same too.
    uuid = request.header("X-Gitlab-Event-UUID")
    return f"{uuid} {hashlib.sha256(request.body).hexdigest()}" if uuid else ""


def _shopify_event(request: _Request) -> str:
    # One action of a merchant is one event under several topics.
    event = request.header("X-Shopify-Event-Id")
    return f"{event} {request.header('X-Shopify-Topic')}" if event else ""


def _slack_event(request: _Request) -> str:
    return request.member("event_id") if request.header("X-Slack-Signature") else ""


def _stripe_event(request: _Request) -> str:
    event = request.member("id") if request.header("Stripe-Signature") else ""
    return event if event.startswith("evt_") else ""


#: Preset -> what to take the id from, best first. GitLab sends `webhook-id` with the value of its
#: Idempotency-Key (since 17.4), and neither before.
_KNOWN: Mapping[str, Mapping[str, _Source]] = {
    "github": {"X-GitHub-Delivery": _header("X-GitHub-Delivery")},
    "gitlab": {_ANYBODY: _header(_ANYBODY), "X-Gitlab-Event-UUID": _gitlab_event},
    "slack": {"event_id": _slack_event},
    "stripe": {"id": _stripe_event},
    "shopify": {
        "X-Shopify-Webhook-Id": _header("X-Shopify-Webhook-Id"),
        "Shopify-Webhook-Id": _header("Shopify-Webhook-Id"),
        "X-Shopify-Event-Id": _shopify_event,
    },
    "standard-webhooks": {"webhook-id": _header("webhook-id"), "svix-id": _header("svix-id")},
    "chatwoot": {"X-Chatwoot-Delivery": _header("X-Chatwoot-Delivery")},
}
_FOR_ANYBODY = {_ANYBODY: _header(_ANYBODY)}
_SENDERS = {preset: {**own, **_FOR_ANYBODY} for preset, own in _KNOWN.items()}
_ANY_SENDER = {
    name: source for own in (*_KNOWN.values(), _FOR_ANYBODY) for name, source in own.items()
}
