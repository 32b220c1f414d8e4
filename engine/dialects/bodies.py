"""Bodies as other systems read them: JSON with its line ends repaired, forms, multipart."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import orjson

from engine.dialects.base import Sent
from engine.errors import Invalid
from engine.payload import shallow

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
_MAX_FIELDS = 1000
_TEXTS = ("text", "username", "icon_url", "icon_emoji", "channel", "type")
#: What a multipart form's fields hold as JSON.
_STRUCTURES = ("attachments", "blocks", "props", "priority")
_MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+")
_BOUNDARY = re.compile(r'boundary=(?:"([^"]{1,200})"|([^\s;"]{1,200}))', re.IGNORECASE)
_PART_NAME = re.compile(r'[;\s]name="([^"]{0,200})"', re.IGNORECASE)
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_CONTROL = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_CONTROLS = re.compile(r"[\n\r\t]")


def read_payload(sent: Sent) -> dict[str, Any]:
    """
    Return a payload as Mattermost and Slack take it: JSON, a form's `payload`, or a form's fields.

    :raise Invalid: when it is none (wire.md 2.1, "Content types").
    """
    named = media_type(sent.content_type)
    text = sent.text
    if named == MULTIPART:
        return _fields(read_multipart(sent.content_type or "", sent.body))
    if named == FORM:
        form = read_form(text)
        wrapped = form.get("payload") or read_form(sent.query_string).get("payload")
        if wrapped is None:
            raise Invalid("the form has no field payload")
        try:
            return read_object(wrapped)
        except Invalid:
            # Typed by hand, as kChat's manual shows it: & and + in it were meant as they are.
            if not text.startswith("payload={"):
                raise
        return read_object(text.removeprefix("payload="))
    if not named and text.lstrip().startswith("payload="):
        wrapped = text.lstrip().removeprefix("payload=")
        if not wrapped.startswith("%"):
            return read_object(wrapped)
        return read_object(read_form(text.lstrip())["payload"])
    return read_object(text)


def _fields(form: Mapping[str, str]) -> dict[str, Any]:
    if "payload" in form:
        return read_object(form["payload"])
    content: dict[str, Any] = {name: form[name] for name in _TEXTS if name in form}
    for name in _STRUCTURES:
        if form.get(name):
            content[name] = read_object(f'{{"value":{form[name]}}}').get("value")
    return content


def media_type(content_type: str | None) -> str:
    """
    Return a content type without its parameters, "" for none.

    :raise Invalid: for what is none.
    """
    named = (content_type or "").partition(";")[0].strip().lower()
    if named and not _MEDIA_TYPE.fullmatch(named):
        raise Invalid(f"the Content-Type {named[:100]!r} is malformed")
    return named


def read_object(text: str) -> dict[str, Any]:
    """
    Return a JSON object; line ends and tabs inside its texts, which JSON does not allow, are kept.

    :raise Invalid: when it is none.
    """
    try:
        content = orjson.loads(text)
    except orjson.JSONDecodeError as first:
        try:
            content = orjson.loads(_STRING.sub(_escaped, text))
        except orjson.JSONDecodeError:
            raise Invalid(f"the JSON cannot be read: {first}") from first
    if not isinstance(content, dict):
        raise Invalid("the JSON is no object")
    return shallow(content)


def read_form(text: str) -> dict[str, str]:
    """
    Return the fields of a form or a query; of those of the same name the first.

    :raise Invalid: when there are too many.
    """
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_FIELDS)
    except ValueError as exc:
        raise Invalid(f"the form has more than {_MAX_FIELDS} fields") from exc
    fields: dict[str, str] = {}
    for name, value in pairs:
        fields.setdefault(name, value)
    return fields


def read_multipart(content_type: str, body: bytes) -> dict[str, str]:
    """
    Return the fields of a multipart form; files are left out.

    :raise Invalid: when it cannot be read.
    """
    match = _BOUNDARY.search(content_type)
    if match is None:
        raise Invalid("the multipart form has no boundary")
    mark = b"--" + (match[1] or match[2]).encode()
    parts = body.split(mark, _MAX_FIELDS + 1)
    if len(parts) > _MAX_FIELDS:
        raise Invalid(f"the form has more than {_MAX_FIELDS} fields")
    if len(parts) < 2:
        raise Invalid("the multipart form does not hold its boundary")
    fields: dict[str, str] = {}
    for part in parts[1:]:
        head, gap, value = part.partition(b"\r\n\r\n")
        described = head.decode(errors="replace")
        name = _PART_NAME.search(described)
        if gap and name and "filename=" not in described:
            text = value.removesuffix(b"\r\n").decode(errors="replace")
            fields.setdefault(name[1], text)
    return fields


def _escaped(match: re.Match[str]) -> str:
    return _CONTROLS.sub(lambda found: _CONTROL[found[0]], match[0])
