"""Requests made of JSON, and what has to be true of them whatever was in the message."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson

from engine.errors import Invalid
from engine.transports.message import WireRequest

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_HEADER_VALUE = re.compile(r"[!-~](?:[ -~]*[!-~])?")
#: What belongs to the connection, or to the signature; nobody may set it.
_RESERVED_HEADERS = frozenset(
    [
        "connection",
        "content-length",
        "content-type",
        "expect",
        "host",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "webhook-id",
        "webhook-signature",
        "webhook-timestamp",
    ]
)


def post_json(url: str, body: Any, headers: Mapping[str, str] | None = None) -> WireRequest:
    """Return a POST with this body, the type and the other headers."""
    return post_bytes(url, json_bytes(body), headers)


def post_bytes(url: str, body: bytes, headers: Mapping[str, str] | None = None) -> WireRequest:
    """Return a POST of JSON that is written already."""
    named = {"Content-Type": "application/json", "User-Agent": "Hooksmith", **(headers or {})}
    return WireRequest("POST", url, named, body)


def json_bytes(value: Any) -> bytes:
    """Write JSON in UTF-8; what no JSON can say becomes what comes nearest."""
    return orjson.dumps(_sayable(value))


def check_headers(headers: Mapping[str, str], field: str) -> None:
    """
    Let nothing through that could end a header and begin another, or that is not for setting.

    :raise Invalid: naming the header.
    """
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name):
            raise Invalid(f"{name!r} is no name of a header", field=field)
        if name.lower() in _RESERVED_HEADERS:
            raise Invalid(f"The header {name} is set by Hooksmith", field=field)
        if not _HEADER_VALUE.fullmatch(value):
            raise Invalid(f"The header {name} has a value that is not plain ASCII", field=field)


def _sayable(value: Any) -> Any:
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            # Halves of a pair find each other; one alone becomes the replacement character.
            return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return value
    if isinstance(value, Mapping):
        return {str(_sayable(name)): _sayable(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_sayable(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool) and not -(2**63) <= value < 2**64:
        return float(value) if abs(value) < 2**1023 else None
    return value
