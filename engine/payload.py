"""The body of an incoming request: decompressed within a limit, and parsed as Rocket.Chat parses it."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from engine.errors import EngineError, Invalid
from engine.forms import FORM, MAX_FIELDS, read_form, read_wrapped
from engine.json_reader import BYTE_ORDER_MARK, BrokenJson, is_deeper
from engine.json_reader import parse as parse_json

#: Deeper than any webhook nests, and than the programs that store and show it go.
MAX_DEPTH = 100
#: Members of messages that hold more than a text or a number.
_STRUCTURES = frozenset(
    {
        "attachments",
        "blocks",
        "cards",
        "cardsV2",
        "cards_v2",
        "channel",
        "content_attributes",
        "customFields",
        "priority",
        "props",
        "roomId",
        "sender",
        "submitted_values",
        "text",
        "thread",
    }
)
_LISTS = ("attachments", "blocks")
#: Compressions that are registered for HTTP, or seen, and not undone here.
_NOT_UNDONE = frozenset(
    {
        "aes128gcm",
        "br",
        "brotli",
        "bzip2",
        "x-bzip2",
        "bz2",
        "compress",
        "x-compress",
        "dcb",
        "dcz",
        "exi",
        "lz4",
        "lzma",
        "x-lzma",
        "pack200-gzip",
        "sdch",
        "snappy",
        "x-snappy",
        "xz",
        "x-xz",
        "xpress",
        "zip",
        "zlib",
        "zstd",
    }
)

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
    Undo a Content-Encoding: gzip, deflate, or several of these.

    What names no compression (`utf-8`, `none`, `binary`) is passed over, as net/http and fetch do,
    which never look at a request's Content-Encoding.

    :raise BodyTooLarge: as soon as more than `max_bytes` come out.
    :raise UnknownEncoding: for a compression that is none of these.
    :raise Invalid: when the data is not what the header says.
    """
    for coding in reversed(encoding.lower().split(",")):
        data = _undone(data, coding.strip(), max_bytes)
    return data


def _undone(data: bytes, coding: str, max_bytes: int) -> bytes:
    if coding in ("gzip", "x-gzip"):
        return _inflate(data, 16 + zlib.MAX_WBITS, max_bytes)
    if coding == "deflate":
        # Meant is zlib's format; some senders leave its header out.
        is_zlib = len(data) > 1 and data[0] & 0x0F == 8 and int.from_bytes(data[:2]) % 31 == 0
        return _inflate(data, zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS, max_bytes)
    if coding in _NOT_UNDONE:
        raise UnknownEncoding(f"Content-Encoding {coding!r} is not supported; send gzip or none")
    return data


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


@dataclass(frozen=True, slots=True)
class Content:
    """What a body holds: `value` can be stored."""

    value: Any
    #: The JSON that it was read from: the sandbox reads that itself, as `JSON.parse` does.
    json: str | None = None
    #: What is wrong with a body of which nothing, or less than there is, could be read.
    problem: str = ""


def parse(content_type: str | None, text: str, *, for_script: bool) -> Content:
    """
    Return the body's content as Rocket.Chat's router does (`packages/http-router/src/Router.ts`).

    JSON is read as `JSON.parse` reads it once a byte order mark is taken off, and what is malformed
    or no object becomes `{}`; with `for_script`, arrays are handed on, as older versions did. Without
    a content type JSON is tried, then a form.

    :raise Invalid: for a form's `payload` that holds an array or a primitive, and too many fields.
    """
    text = text.removeprefix(BYTE_ORDER_MARK)
    media_type = (content_type or "").partition(";")[0].strip().lower()
    if media_type == FORM:
        return _parse_form(text, for_script=for_script)
    if media_type.startswith("multipart/"):
        return Content({}, problem="multipart bodies are not read; send JSON, or a form")
    content = _parse_json(text, for_script=for_script)
    if media_type or content.value != {}:
        return content
    stripped = text.lstrip()
    looks_like_form = "=" in text and not stripped.startswith(("{", "["))
    return _parse_form(text, for_script=for_script) if looks_like_form else content


def why_broken(what: str, text: str, exc: BrokenJson) -> str:
    """Return in words why a text cannot be read as JSON."""
    # JSON is always read as UTF-8, whatever charset the header names (fetch, "package data").
    utf_16 = "; it looks like UTF-16, and JSON is read as UTF-8" if "\0" in text[:8] else ""
    return f"{what} cannot be read as JSON: {exc}{utf_16}"


def bounded(content: Content) -> Any:
    """
    Return a message as it can be stored: a member that is nested without end and means nothing is left out.

    :raise Invalid: when one that means something is, or there is nothing else.
    """
    value = content.value
    if content.json is not None and content.json.count("{") + content.json.count("[") <= MAX_DEPTH:
        return value  # as most are; counting is quicker than looking at everything
    if not isinstance(value, dict) or not is_deeper(value, MAX_DEPTH):
        return value
    kept = {}
    for name, member in value.items():
        if not is_deeper(member, MAX_DEPTH - 1):
            kept[name] = member
        elif name in _STRUCTURES:
            raise Invalid(f"{name} is nested more than {MAX_DEPTH} levels deep")
    if not kept:
        raise Invalid(f"the body is nested more than {MAX_DEPTH} levels deep")
    return kept


def shallow(content: T) -> T:
    """
    Return the content.

    :raise Invalid: when it is nested deeper than anything here goes.
    """
    if is_deeper(content, MAX_DEPTH):
        raise Invalid(f"The body is nested more than {MAX_DEPTH} levels deep")
    return content


def _parse_json(text: str, *, for_script: bool, what: str = "the body") -> Content:
    if not text.strip():
        return Content({})
    try:
        value = parse_json(text)
    except BrokenJson as exc:
        return Content({}, problem=why_broken(what, text, exc))
    if isinstance(value, dict) or (for_script and isinstance(value, list)):
        return Content(value, json=text)
    return Content({}, problem=f"{what} is JSON, but no object")


def _parse_form(text: str, *, for_script: bool) -> Content:
    if text.lstrip().startswith("{"):
        # `curl -d '{…}'` without a header says that JSON is a form.
        whole = _parse_json(text, for_script=False)
        if whole.json is not None:
            return whole
    fields = read_form(text)
    wrapped = _unwrapped(text, fields)
    if wrapped.json is not None:
        return wrapped
    if not for_script:
        # Where a list belongs, a form's text is passed over (`processWebhookMessage.ts`).
        fields = {name: value for name, value in fields.items() if name not in _LISTS}
    return Content(fields, problem=wrapped.problem)


def _unwrapped(text: str, fields: Mapping[str, str]) -> Content:
    """Return what a form wraps: the JSON of its only field, or that which is its only field."""
    names = list(fields)
    if names == ["payload"] or ("payload" in fields and text.startswith("payload={")):
        try:
            value, json = read_wrapped(text, fields["payload"], parse_json)
        except BrokenJson as exc:
            return Content({}, problem=why_broken("the form's payload", fields["payload"], exc))
        if names != ["payload"] and json == fields["payload"]:
            return Content({})  # beside other fields it is one of them
        if not isinstance(value, dict):
            raise Invalid("Integration payload must be a JSON object, not an array or primitive")
        return Content(value, json=json)
    if len(names) == 1 and not fields[names[0]] and names[0].lstrip().startswith("{"):
        return _parse_json(names[0], for_script=False)
    if text.lstrip().startswith("{"):
        return _parse_json(text, for_script=False)
    return Content({})


def parse_query(query_string: str) -> dict[str, Any]:
    """Return a query as Rocket.Chat's qs does for common queries: repeated names become lists, `a[b]=c` nests."""
    query: dict[str, Any] = {}
    try:
        pairs = parse_qsl(query_string, keep_blank_values=True, max_num_fields=MAX_FIELDS)
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
