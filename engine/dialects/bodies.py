"""Bodies as other systems read them: JSON with its line ends repaired, forms, multipart."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from engine.dialects.base import Sent
from engine.errors import Invalid
from engine.forms import FORM, MULTIPART, read_form, read_multipart, read_wrapped
from engine.json_reader import BrokenJson
from engine.json_reader import parse as parse_json
from engine.json_repair import repaired
from engine.payload import Content, why_broken

#: Returns an object and the JSON that it was read from; raises `BrokenJson` or `Invalid`.
Reader = Callable[[str], tuple[dict[str, Any], str]]
_TEXTS = ("text", "username", "icon_url", "icon_emoji", "channel", "type")
#: What a multipart form's fields hold as JSON.
_STRUCTURES = ("attachments", "blocks", "props", "priority")
_MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+")


def read_payload(sent: Sent, read: Reader) -> Content:
    """
    Return a payload as Mattermost and Slack take it: JSON, a form's `payload`, or a form's fields.

    :raise Invalid: when it is none (Mattermost `server/channels/web/webhook.go`).
    """
    named = media_type(sent.content_type)
    text = sent.text
    if named == MULTIPART:
        return _fields(read_multipart(sent.content_type or "", sent.body), read)
    if named == FORM:
        form = read_form(text)
        wrapped = form.get("payload") or read_form(sent.query_string).get("payload")
        if wrapped is None:
            raise Invalid("the form has no field payload")
        return _wrapped(text, wrapped, read)
    if not named and text.lstrip().startswith("payload="):
        wrapped = text.lstrip().removeprefix("payload=")
        if not wrapped.startswith("%"):
            return read_text(wrapped, read)
        return _wrapped("", read_form(text.lstrip())["payload"], read)
    return read_text(text, read)


def read_text(text: str, read: Reader, what: str = "the body") -> Content:
    """
    Return a JSON object; line ends, tabs and quotes inside its texts that were not escaped are kept.

    :raise Invalid: when it is none.
    """
    try:
        try:
            value, json = read(text)
        except BrokenJson as exc:
            mended = repaired(text)
            if mended == text:
                raise
            try:
                value, json = read(mended)
            except BrokenJson:
                raise exc from None
    except BrokenJson as exc:
        raise Invalid(why_broken(what, text, exc)) from exc
    return Content(value, json=json)


def read_object(text: str) -> tuple[dict[str, Any], str]:
    """
    Return a JSON object as `JSON.parse` reads it.

    :raise BrokenJson: :raise Invalid: when it is none.
    """
    value = parse_json(text)
    if not isinstance(value, dict):
        raise Invalid("the JSON is no object")
    return value, text


def _wrapped(text: str, payload: str, read: Reader) -> Content:
    try:
        (value, json), _ = read_wrapped(text, payload, read)
    except BrokenJson as exc:
        raise Invalid(why_broken("the form's payload", payload, exc)) from exc
    return Content(value, json=json)


def _fields(form: Mapping[str, str], read: Reader) -> Content:
    if "payload" in form:
        return _wrapped("", form["payload"], read)
    content: dict[str, Any] = {name: form[name] for name in _TEXTS if name in form}
    for name in _STRUCTURES:
        if form.get(name):
            value, _ = _named(name, form[name], read)
            content[name] = value.get("value")
    return Content(content)


def _named(name: str, json: str, read: Reader) -> tuple[dict[str, Any], str]:
    try:
        return read(f'{{"value":{json}}}')
    except BrokenJson as exc:
        raise Invalid(f"the form's field {name} is no JSON") from exc


def media_type(content_type: str | None) -> str:
    """
    Return a content type without its parameters, "" for none.

    :raise Invalid: for what is none.
    """
    named = (content_type or "").partition(";")[0].strip().lower()
    if named and not _MEDIA_TYPE.fullmatch(named):
        raise Invalid(f"the Content-Type {named[:100]!r} is malformed")
    return named
