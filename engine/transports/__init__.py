"""
The systems a message can be sent to, one module each.

    transport = transports.load("slack")
    target = transport.validate(url, options, secrets)       # when it is saved; raises Invalid
    for request in transport.requests(message, target):      # somebody else sends it
        verdict = transport.read(status, headers, body)      # delivered, retry or permanent

`apprise` alone has `send(message, target, timeout_s)` in place of the two. Nothing here knows of
databases or settings, and only Apprise's process connects to anything. A module is imported when its system is asked for.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType

from engine.errors import Invalid
from engine.transports.base import Network, SendingTransport, Transport

#: Type of a destination -> its class and how people call it, in the order of a list to choose from.
_KNOWN = {
    "rocketchat": ("RocketChatTransport", "Rocket.Chat"),
    "mattermost": ("MattermostTransport", "Mattermost"),
    "kchat": ("KChatTransport", "kChat"),
    "googlechat": ("GoogleChatTransport", "Google Chat"),
    "uchat": ("UChatTransport", "UChat"),
    "slack": ("SlackTransport", "Slack"),
    "discord": ("DiscordTransport", "Discord"),
    "teams": ("TeamsTransport", "Microsoft Teams"),
    "webhook": ("WebhookTransport", "Webhook"),
    "apprise": ("AppriseTransport", "Apprise"),
    "uchatwebhook": ("UChatWebhookTransport", "UChat webhook"),
}
#: Those that nobody makes or chooses by hand: a UChat webhook is an integration's, and asked first.
MANAGED = frozenset({"uchatwebhook"})
LABELS: Mapping[str, str] = MappingProxyType(
    {type_: label for type_, (_, label) in _KNOWN.items() if type_ not in MANAGED}
)


def label_of(type_: str) -> str:
    """Return how people call a type, also one that is managed."""
    return _KNOWN[type_][1] if type_ in _KNOWN else type_


@functools.cache
def load(type_: str, network: Network | None = None) -> Transport:
    """
    Return the transport of a type, always the same object.

    `network` is what those that send by themselves may reach; without it everything, as for any
    address that an administrator entered.
    :raise Invalid: when there is none of that type. :raise ConfigError: when `network` is wrong.
    """
    if type_ not in _KNOWN:
        raise Invalid(f"type is one of {', '.join(LABELS)}", field="type")
    made = getattr(import_module(f"engine.transports.{type_}"), _KNOWN[type_][0])
    transport: Transport = made(network) if issubclass(made, SendingTransport) else made()
    return transport
