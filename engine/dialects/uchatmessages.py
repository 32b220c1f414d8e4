"""UChat's messages, read: text, pressed buttons and media of contacts; templates of bots (wire.md 4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from engine.dialects.base import MALFORMED
from engine.errors import ChatError
from engine.markup import safe_url

CREATED, POSTBACK = "message_created", "message_postback"
TEXT, MEDIA = "text", ("image", "audio", "video", "file")
BUTTONS, CARDS = "button_template", "generic_template"
#: More than Chatwoot, from which the format comes, takes of either (15).
_MAX_ATTACHMENTS = 50
_MAX_NAME_CHARS = 100

#: A text and attachments of Rocket.Chat's.
_Read = tuple[str, list[dict[str, Any]]]


def of_contact(members: Mapping[str, Any]) -> _Read:
    """
    Return what a contact said, or which button was pressed.

    :raise ChatError: when it is malformed.
    """
    event = members.get("event")
    if event not in (CREATED, POSTBACK):
        raise ChatError(MALFORMED, f"event is {CREATED} or {POSTBACK}")
    text = _text(members, "content", "")
    attachments = [_sent_medium(one) for one in _objects(members, "attachments", "")]
    if event == POSTBACK:
        pressed = [_pressed(one) for one in _objects(members, "submitted_values", "")]
        if not pressed:
            raise ChatError(MALFORMED, "submitted_values is missing")
        text = text or pressed[0]["title"]
        attachments.append({"fields": pressed})
    return text, attachments


def of_bot(members: Mapping[str, Any]) -> _Read:
    """
    Return what a bot or an agent said.

    :raise ChatError: when it is malformed.
    """
    kind = members.get("type")
    if kind in MEDIA:
        return "", [_medium(str(kind), members.get("url"), "url")]
    if kind != TEXT:
        raise ChatError(MALFORMED, f"type is one of {', '.join((TEXT, *MEDIA))}")
    text = _text(members, "text", "")
    given = members.get("content_attributes")
    if not isinstance(given, dict | None):
        raise ChatError(MALFORMED, "content_attributes is an object")
    attributes, place = given or {}, "content_attributes."
    template = members.get("content_type")
    if template == BUTTONS:
        buttons = _buttons(attributes, place)
        return text or _text(attributes, "text", place), [{"actions": buttons}] if buttons else []
    if template == CARDS:
        return text, [_card(one) for one in _objects(attributes, "items", place)]
    return text, []


def _pressed(value: Mapping[str, Any]) -> dict[str, Any]:
    title = _text(value, "title", "submitted_values[].")
    said = _text(value, "payload", "submitted_values[].")
    return {"title": title, "value": said, "short": True}


def _sent_medium(value: Mapping[str, Any]) -> dict[str, Any]:
    kind = value.get("file_type")
    if kind not in MEDIA:
        raise ChatError(MALFORMED, f"attachments[].file_type is one of {', '.join(MEDIA)}")
    return _medium(str(kind), value.get("data_url"), "attachments[].data_url")


def _medium(kind: str, given: Any, place: str) -> dict[str, Any]:
    url = safe_url(given)
    if url is None:
        raise ChatError(MALFORMED, f"{place} is no address of the web")
    if kind == "file":
        name = unquote(urlsplit(url).path.rpartition("/")[2])[:_MAX_NAME_CHARS]
        title = name if name.isprintable() and name else "File"
        return {"title": title, "title_link": url, "title_link_download": True}
    return {f"{kind}_url": url}


def _card(item: Mapping[str, Any]) -> dict[str, Any]:
    place = "content_attributes.items[]."
    made: dict[str, Any] = {
        "title": _text(item, "title", place),
        "text": _text(item, "subtitle", place),
        "title_link": safe_url(_text(item, "item_url", place)),
        "image_url": safe_url(_text(item, "image_url", place)),
        "actions": _buttons(item, place),
    }
    return {name: value for name, value in made.items() if value}


def _buttons(members: Mapping[str, Any], place: str) -> list[dict[str, Any]]:
    return [_button(one, f"{place}buttons[].") for one in _objects(members, "buttons", place)]


def _button(given: Mapping[str, Any], place: str) -> dict[str, Any]:
    title = _text(given, "title", place)
    if url := safe_url(_text(given, "url", place)):
        return {"type": "button", "text": title, "url": url}
    said = _text(given, "payload", place) or title
    return {"type": "button", "text": title, "msg": said, "msg_in_chat_window": True}


def _text(members: Mapping[str, Any], name: str, place: str) -> str:
    value = members.get(name)
    if not isinstance(value, str | None):
        raise ChatError(MALFORMED, f"{place}{name} is a text")
    return value or ""


def _objects(members: Mapping[str, Any], name: str, place: str) -> list[Mapping[str, Any]]:
    value = members.get(name)
    if value is None:
        return []
    if (
        not isinstance(value, list)
        or len(value) > _MAX_ATTACHMENTS
        or not all(isinstance(one, dict) for one in value)
    ):
        raise ChatError(MALFORMED, f"{place}{name} is a list of at most {_MAX_ATTACHMENTS} objects")
    return value
