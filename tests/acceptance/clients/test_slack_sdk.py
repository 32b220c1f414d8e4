"""Slack's own client library, its WebhookClient pointed at a hook of the slack dialect."""

from __future__ import annotations

import pytest
from slack_sdk.models.attachments import Attachment, AttachmentField
from slack_sdk.models.blocks import (
    ButtonElement,
    ContextBlock,
    DividerBlock,
    HeaderBlock,
    ImageBlock,
    MarkdownTextObject,
    SectionBlock,
)
from slack_sdk.models.blocks.block_elements import LinkButtonElement
from slack_sdk.models.blocks.blocks import ActionsBlock
from slack_sdk.webhook import WebhookClient

from tests.acceptance.places import Place


@pytest.fixture
def client(place: Place) -> WebhookClient:
    return WebhookClient(place.hook("slack").url)


def test_a_text_is_posted(place: Place, client: WebhookClient) -> None:
    """The client sees 200 and ok, and the room has the text with Slack's markup translated."""
    answer = client.send(text="deployed <https://example.org/|version 7>, says <!here> &amp; all")
    assert (answer.status_code, answer.body) == (200, "ok")
    assert place.texts() == ["deployed [version 7](https://example.org/), says @here & all"]


def test_blocks_are_posted(place: Place, client: WebhookClient) -> None:
    """Blocks made of the library's classes are the message; the text is for notifications only."""
    blocks = [
        HeaderBlock(text="Build 7"),
        SectionBlock(
            text=MarkdownTextObject(text="*failed* on <https://example.org/|main>"),
            fields=[MarkdownTextObject(text="*Host:* web-1")],
        ),
        DividerBlock(),
        ContextBlock(elements=[MarkdownTextObject(text="by ada")]),
        ImageBlock(image_url="https://example.org/graph.png", alt_text="graph"),
        ActionsBlock(
            elements=[
                LinkButtonElement(text="Log", url="https://example.org/log"),
                ButtonElement(text="Retry", action_id="retry", value="7"),
            ]
        ),
    ]
    answer = client.send(text="Build 7 failed", blocks=blocks)
    assert (answer.status_code, answer.body) == (200, "ok")
    (message,) = place.messages()
    assert message["msg"].split("\n") == [
        "*Build 7*",
        "*failed* on [main](https://example.org/)",
        "*Host:* web-1",
        "---",
        "by ada",
    ]
    assert message["attachments"] == [
        {"title": "graph", "image_url": "https://example.org/graph.png"},
        {"actions": [{"type": "button", "text": "Log", "url": "https://example.org/log"}]},
    ]


def test_attachments_are_posted(place: Place, client: WebhookClient) -> None:
    """Attachments made of the library's classes keep colour, title, fields and footer."""
    attachment = Attachment(
        text="disk full",
        fallback="disk full",
        color="#ff0000",
        title="web-1",
        title_link="https://example.org/web-1",
        fields=[AttachmentField(title="Used", value="99 %", short=True)],
        footer="monitor",
        ts=1_700_000_000,
    )
    assert client.send(attachments=[attachment]).body == "ok"
    (shown,) = place.messages()[0]["attachments"]
    assert (shown["text"], shown["color"], shown["title"]) == ("disk full", "#ff0000", "web-1")
    assert shown["fields"] == [{"title": "Used", "value": "99 %", "short": True}]
    assert (shown["footer"], shown["ts"]) == ("monitor", "2023-11-14T22:13:20.000Z")


def test_members_beyond_the_librarys_are_taken(place: Place, client: WebhookClient) -> None:
    """send_dict sends name, emoji and channel, as webhooks of the old kind take them."""
    other = place.another()
    sent = {"text": "x", "username": "Bell", "icon_emoji": ":bell:", "channel": f"#{other.room}"}
    assert client.send_dict(sent).body == "ok"
    (message,) = other.messages()
    assert (message["alias"], message["emoji"]) == ("Bell", ":bell:")
    assert place.texts() == []


def test_errors_are_what_the_client_knows(place: Place, client: WebhookClient) -> None:
    """Slack's words with their statuses, and nothing posted."""
    answer = client.send(text="")
    assert (answer.status_code, answer.body) == (400, "no_text")
    answer = client.send_dict({"text": "x", "channel": "#nowhere-at-all"})
    assert (answer.status_code, answer.body) == (404, "channel_not_found")
    unknown = WebhookClient(client.url.rpartition("/")[0] + "/" + "x" * 24)
    answer = unknown.send(text="x")
    assert (answer.status_code, answer.body) == (404, "no_service")
    assert place.texts() == []
