"""JSON as Go's `encoding/json` reads it into Mattermost's structs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.errors import Invalid
from engine.json_reader import has_infinite, parse_first

#: `server/public/model/incoming_webhook.go`, IncomingWebhookRequest.
_REQUEST = (
    "text",
    "username",
    "icon_url",
    "channel",
    "props",
    "attachments",
    "type",
    "icon_emoji",
    "priority",
)
#: `server/public/model/message_attachment.go`, MessageAttachment and its fields.
_ATTACHMENT = (
    "id",
    "fallback",
    "color",
    "pretext",
    "author_name",
    "author_link",
    "author_icon",
    "title",
    "title_link",
    "text",
    "fields",
    "image_url",
    "thumb_url",
    "footer",
    "footer_icon",
    "ts",
    "actions",
)
_FIELD = ("title", "value", "short")


def read_object(text: str) -> tuple[dict[str, Any], str]:
    """
    Return the object that a text begins with, and its JSON: `json.Decoder.Decode` looks at no more.

    Half a surrogate pair becomes U+FFFD. A byte order mark is an error.

    :raise BrokenJson: :raise Invalid: when it begins with none.
    """
    first = parse_first(text)
    if not isinstance(first.value, dict):
        raise Invalid("the JSON is no object")
    return first.value, text[: first.end]


def read_request(text: str) -> tuple[dict[str, Any], str]:
    """
    Return an incoming webhook's request: its names are found without regard to case.

    :raise BrokenJson: :raise Invalid: when it is none, or holds a number beyond a double.
    """
    value, json = read_object(text)
    request = _renamed(value, _REQUEST)
    if isinstance(given := request.get("attachments"), list):
        request["attachments"] = [_attachment(one) for one in given]
    for name in _REQUEST:
        if has_infinite(request.get(name)):
            raise Invalid(f"{name} holds a number beyond what a float64 can be")
    return {name: member for name, member in request.items() if not has_infinite(member)}, json


def _attachment(given: Any) -> Any:
    if not isinstance(given, dict):
        return given
    attachment = _renamed(given, _ATTACHMENT)
    if isinstance(fields := attachment.get("fields"), list):
        attachment["fields"] = [
            _renamed(one, _FIELD) if isinstance(one, dict) else one for one in fields
        ]
    return attachment


def _renamed(given: Mapping[str, Any], known: tuple[str, ...]) -> dict[str, Any]:
    """Return members under the names that Go finds for them; of several for one name the last counts."""
    made: dict[str, Any] = {}
    for name, value in given.items():
        folded = name.casefold()
        made[folded if folded in known else name] = value
    return made
