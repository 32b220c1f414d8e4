"""Fields of forms, queries and multipart bodies; of those of the same name the last."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar
from urllib.parse import parse_qsl

from engine.errors import Invalid
from engine.json_reader import BrokenJson
from engine.json_repair import repaired

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
#: More fields than any webhook has; what is beyond is not worth the memory.
MAX_FIELDS = 1000

T = TypeVar("T")
_BOUNDARY = re.compile(r'boundary=(?:"([^"]{1,200})"|([^\s;"]{1,200}))', re.IGNORECASE)
_PART_NAME = re.compile(r'[;\s]name="([^"]{0,200})"', re.IGNORECASE)


def read_form(text: str) -> dict[str, str]:
    """
    Return the fields of a form or a query.

    :raise Invalid: when there are too many.
    """
    try:
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except ValueError as exc:
        raise Invalid(f"the form has more than {MAX_FIELDS} fields") from exc


def read_wrapped(text: str, payload: str, read: Callable[[str], T]) -> tuple[T, str]:
    """
    Return what a form's field `payload` holds as `read` reads it, and the JSON that was read.

    Shell scripts put it together: line ends and quotes that nobody escaped are repaired, and in what
    was typed by hand, as kChat's manual shows it, `&`, `%` and `+` were meant as they are.

    :raise BrokenJson: when it cannot be read, about the field as it was sent.
    """
    typed = text.removeprefix("payload=") if text.startswith("payload={") else payload
    try:
        return read(payload), payload
    except BrokenJson:
        for attempt in dict.fromkeys((typed, repaired(payload), repaired(typed))):
            with suppress(BrokenJson):
                return read(attempt), attempt
        raise


def read_multipart(content_type: str, body: bytes) -> dict[str, str]:
    """
    Return the fields of a multipart form; files are left out.

    :raise Invalid: when it cannot be read.
    """
    match = _BOUNDARY.search(content_type)
    if match is None:
        raise Invalid("the multipart form has no boundary")
    mark = b"--" + (match[1] or match[2]).encode()
    parts = body.split(mark, MAX_FIELDS + 1)
    if len(parts) > MAX_FIELDS:
        raise Invalid(f"the form has more than {MAX_FIELDS} fields")
    if len(parts) < 2:
        raise Invalid("the multipart form does not hold its boundary")
    fields: dict[str, str] = {}
    for part in parts[1:]:
        head, gap, value = part.partition(b"\r\n\r\n")
        described = head.decode(errors="replace")
        name = _PART_NAME.search(described)
        if gap and name and "filename=" not in described:
            fields[name[1]] = value.removesuffix(b"\r\n").decode(errors="replace")
    return fields
