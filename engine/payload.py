"""The body of an incoming request: decoded within a limit, and parsed as Rocket.Chat parses it."""

from __future__ import annotations

import zlib
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import orjson

from engine.errors import EngineError, Invalid

#: Deeper than any webhook nests, and than the programs that store and show it go.
MAX_DEPTH = 100
_NESTING = (dict, list)
_FORM = "application/x-www-form-urlencoded"
#: More fields than any webhook has; what is beyond is not worth the memory.
_MAX_FIELDS = 1000


T = TypeVar("T")
#: gzip files may be joined; nobody joins more than a few.
_MAX_GZIP_MEMBERS = 100


class BodyTooLarge(EngineError):
    """The body, decompressed, is larger than the limit."""

    def __init__(self, max_bytes: int) -> None:
        super().__init__(f"the body is larger than {max_bytes} bytes")
        self.max_bytes = max_bytes


class UnknownEncoding(EngineError):
    """The body is compressed in a way that is not understood."""


def decompress(data: bytes, encoding: str, max_bytes: int) -> bytes:
    """
    Undo a Content-Encoding: gzip, deflate or none.

    :raise BodyTooLarge: as soon as more than `max_bytes` come out.
    :raise UnknownEncoding: for any other encoding.
    :raise Invalid: when the data is not what the header says.
    """
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return data
    if encoding in ("gzip", "x-gzip"):
        return _inflate(data, 16 + zlib.MAX_WBITS, max_bytes)
    if encoding == "deflate":
        # Meant is zlib's format; some senders leave its header out.
        is_zlib = len(data) > 1 and data[0] & 0x0F == 8 and int.from_bytes(data[:2]) % 31 == 0
        return _inflate(data, zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS, max_bytes)
    raise UnknownEncoding(f"Content-Encoding {encoding!r} is not supported; send gzip or none")


def _inflate(data: bytes, window_bits: int, max_bytes: int) -> bytes:
    out = bytearray()
    for _ in range(_MAX_GZIP_MEMBERS):
        if not data:
            return bytes(out)
        inflater = zlib.decompressobj(window_bits)
        try:
            out += inflater.decompress(data, max_bytes + 1 - len(out))
        except zlib.error as exc:
            raise Invalid(f"the body cannot be decompressed: {exc}") from exc
        if len(out) > max_bytes:
            raise BodyTooLarge(max_bytes)
        if not inflater.eof:
            raise Invalid("the body cannot be decompressed: it ends too early")
        data = inflater.unused_data
    raise Invalid("the body cannot be decompressed: it is made of too many parts")


def parse(content_type: str | None, text: str, *, for_script: bool) -> Any:
    """
    Return the body's content as Rocket.Chat's router does (wire.md 1.1, "Body parsing, now").

    What is malformed or no object becomes `{}`; with `for_script`, arrays are handed on, as older
    versions did. Without a content type JSON is tried, then a form.

    :raise Invalid: for a form's `payload` that holds an array or a primitive, and for nesting that
        nothing would store.
    """
    media_type = (content_type or "").partition(";")[0].strip().lower()
    if media_type == _FORM:
        return _parse_form(text)
    if media_type.startswith("multipart/"):
        return {}
    content = _parse_json(text, for_script=for_script)
    if media_type or content != {}:
        return content
    stripped = text.lstrip()
    looks_like_form = "=" in text and not stripped.startswith(("{", "["))
    return _parse_form(text) if looks_like_form else {}


def _parse_json(text: str, *, for_script: bool) -> Any:
    try:
        content = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    if isinstance(content, dict) or (for_script and isinstance(content, list)):
        return shallow(content, text)
    return {}


def _parse_form(text: str) -> dict[str, Any]:
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_FIELDS)
    except ValueError as exc:
        raise Invalid(f"The form has more than {_MAX_FIELDS} fields") from exc
    fields: dict[str, Any] = {}
    for name, value in pairs:
        known = fields.get(name)
        if known is None:
            fields[name] = value
        elif isinstance(known, list):
            known.append(value)
        else:
            fields[name] = [known, value]
    if list(fields) != ["payload"] or not isinstance(fields["payload"], str):
        return fields
    try:
        payload = orjson.loads(fields["payload"])
    except orjson.JSONDecodeError:
        return fields
    if not isinstance(payload, dict):
        raise Invalid("Integration payload must be a JSON object, not an array or primitive")
    return shallow(payload, fields["payload"])


def shallow(content: T, text: str | None = None) -> T:
    """
    Return the content, which was parsed from a text.

    :raise Invalid: when it is nested deeper than anything here goes.
    """
    if text is not None and text.count("{") + text.count("[") <= MAX_DEPTH:
        return content  # as most are; counting is quicker than looking at everything
    level: list[Any] = [content]
    for _ in range(MAX_DEPTH):
        level = [
            item
            for outer in level
            for item in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(item, _NESTING)
        ]
        if not level:
            return content
    raise Invalid(f"The body is nested more than {MAX_DEPTH} levels deep")


def parse_query(query_string: str) -> dict[str, Any]:
    """Return a query as Rocket.Chat's qs does for common queries: repeated names become lists, `a[b]=c` nests."""
    query: dict[str, Any] = {}
    try:
        pairs = parse_qsl(query_string, keep_blank_values=True, max_num_fields=_MAX_FIELDS)
    except ValueError:
        return query
    for name, value in pairs:
        _put(query, _path(name), value)
    return query


def _path(name: str) -> list[str]:
    root, bracket, rest = name.partition("[")
    if not bracket or not root or not rest.endswith("]"):
        return [name]
    return [root, *rest[:-1].split("][")][:6]


def _put(query: dict[str, Any], path: list[str], value: str) -> None:
    place = query
    for part in path[:-1]:
        inner = place.setdefault(part, {} if path[1] else [])
        if not isinstance(inner, dict):
            break
        place = inner
    name = path[-1] if path[-1] or len(path) == 1 else path[-2]
    known = place.get(name)
    if known is None or known == []:
        place[name] = [value] if path[-1] == "" and len(path) > 1 else value
    elif isinstance(known, list):
        known.append(value)
    elif isinstance(known, str):
        place[name] = [known, value]
