"""What is taken for the id of a delivery."""

from __future__ import annotations

import pytest

from engine.deduplication import delivery_id
from engine.signatures import PRESETS

EVENT = b'{"type":"event_callback","event_id":"Ev123ABC456"}'
STRIPE = b'{"id":"evt_1NG8Du2eZvKYlo2CUI79vXWy","object":"event"}'


@pytest.mark.parametrize("known", [True, False], ids=["known", "recognised"])
@pytest.mark.parametrize(
    ("preset", "headers", "body", "found"),
    [
        ("github", {"X-GitHub-Delivery": "72d3162e"}, b"", "x-github-delivery: 72d3162e"),
        (
            "gitlab",
            {"Idempotency-Key": "f5e5f430", "X-Gitlab-Event-UUID": "13792a34"},
            b"",
            "idempotency-key: f5e5f430",
        ),
        ("slack", {"X-Slack-Signature": "v0=x"}, EVENT, "event_id: Ev123ABC456"),
        ("stripe", {"Stripe-Signature": "t=1"}, STRIPE, "id: evt_1NG8Du2eZvKYlo2CUI79vXWy"),
        (
            "shopify",
            {"X-Shopify-Event-Id": "98880550", "X-Shopify-Webhook-Id": "b54557e4"},
            b"",
            "x-shopify-webhook-id: b54557e4",
        ),
        ("shopify", {"Shopify-Webhook-Id": "b54557e4"}, b"", "shopify-webhook-id: b54557e4"),
        ("standard-webhooks", {"webhook-id": "msg_1"}, b"", "webhook-id: msg_1"),
        ("standard-webhooks", {"svix-id": "msg_1"}, b"", "svix-id: msg_1"),
        ("chatwoot", {"X-Chatwoot-Delivery": "d1"}, b"", "x-chatwoot-delivery: d1"),
        ("hmac", {"idempotency-key": " k "}, b"", "idempotency-key: k"),
        ("basic", {"Idempotency-Key": "k"}, b"", "idempotency-key: k"),
        ("meta", {"Idempotency-Key": "k"}, b"", "idempotency-key: k"),
    ],
)
def test_each_sender_has_its_id(
    preset: str, headers: dict[str, str], body: bytes, found: str, known: bool
) -> None:
    """Whether the sender is configured or only recognised by its headers."""
    assert delivery_id(preset if known else "", "", list(headers.items()), body) == found


def test_a_named_header_is_the_only_one() -> None:
    """What an administrator names is believed, and nothing else is guessed at."""
    headers = [("X-My-Id", "7"), ("X-GitHub-Delivery", "72d3162e")]
    assert delivery_id("github", "x-my-id", headers, b"") == "x-my-id: 7"
    assert delivery_id("github", "X-Other", headers, b"") is None


@pytest.mark.parametrize("preset", ["", *PRESETS])
@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ([], b""),
        ([], EVENT),
        ([("X-GitHub-Event", "push")], STRIPE),
        ([("X-GitHub-Delivery", " "), ("webhook-id", ""), ("Idempotency-Key", "")], b"{}"),
        ([("X-Slack-Signature", "x"), ("Stripe-Signature", "x")], b"no json"),
        ([("X-Slack-Signature", "x"), ("Stripe-Signature", "x")], b'["event_id"]'),
        ([("X-Slack-Signature", "x"), ("Stripe-Signature", "x")], b'{"event_id":1,"id":"pi_1"}'),
        ([("Idempotency-Key", "a"), ("idempotency-key", "b")], b""),
    ],
)
def test_without_an_id_there_is_none(
    preset: str, headers: list[tuple[str, str]], body: bytes
) -> None:
    """A delivery that cannot be told from others is run; so is one with two ids."""
    assert delivery_id(preset, "", headers, body) is None


def test_gitlab_events_that_follow_from_each_other_are_different() -> None:
    """They share the UUID; older versions send nothing else, so the body decides."""
    headers = [("X-Gitlab-Event-UUID", "13792a34")]
    first = delivery_id("gitlab", "", headers, b'{"object_kind":"push"}')
    assert first is not None
    assert first == delivery_id("gitlab", "", headers, b'{"object_kind":"push"}')
    assert first != delivery_id("gitlab", "", headers, b'{"object_kind":"pipeline"}')


def test_shopify_topics_of_one_action_are_different() -> None:
    """Creating an order is one event under several topics, each of which is wanted."""
    ids = {
        delivery_id(
            "shopify", "", [("X-Shopify-Event-Id", "98880550"), ("X-Shopify-Topic", topic)], b""
        )
        for topic in ("orders/create", "orders/paid", "orders/create")
    }
    assert len(ids) == 2
