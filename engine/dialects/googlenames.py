"""Names of Google Chat's messages: JSON of a proto message may spell each in two ways."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_UNDERSCORE = re.compile(r"(?<=[A-Za-z0-9])_([a-z0-9])")
#: Members of `google/chat/v1/message.proto` that are read here, and `previewText`, which it once had.
_OF_MESSAGES = frozenset(
    {"text", "fallbackText", "previewText", "thread", "cards", "cardsV2", "accessoryWidgets"}
)


def lower_camel(name: str) -> str:
    """Return `cardsV2` for `cards_v2`."""
    return _UNDERSCORE.sub(lambda found: found[1].upper(), name)


def message(content: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return a message with Google's names in one spelling, and without members that are null.

    Other members are left as they are: a script may use Rocket.Chat's.
    """
    found: dict[str, Any] = {}
    for name, value in content.items():
        camel = lower_camel(name)
        if camel not in _OF_MESSAGES:
            found[name] = value
        elif value is not None and (camel == name or camel not in found):
            found[camel] = _named(value)
    return found


def query(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a query's parameters with their names in one spelling."""
    found = {lower_camel(name): value for name, value in given.items()}
    return found | {name: value for name, value in given.items() if name in found}


def _named(value: Any) -> Any:
    if isinstance(value, list):
        return [_named(item) for item in value if item is not None]
    if not isinstance(value, dict):
        return value
    found: dict[str, Any] = {}
    for name, member in value.items():
        camel = lower_camel(name)
        if member is not None and (camel == name or camel not in found):
            found[camel] = _named(member)
    return found
