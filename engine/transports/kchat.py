"""Infomaniak's kChat: Mattermost's webhooks with shorter posts and an answer of its own (wire.md 2.1)."""

from __future__ import annotations

from engine.transports.chat import MENTION_EVERYONE, max_chars_field
from engine.transports.mattermost import CHANNEL, IDENTITY, MattermostTransport
from engine.transports.options import Field


class KChatTransport(MattermostTransport):
    type = "kchat"
    label = "kChat"
    url = Field(
        "url",
        "Address of the webhook",
        required=True,
        secret=True,
        help="https://<organisation>.kchat.infomaniak.com/hooks/<id>",
    )
    fields = (
        CHANNEL,
        IDENTITY,
        MENTION_EVERYONE,
        max_chars_field(4_000, "What kChat takes is not published; 4000 is safe."),
    )
