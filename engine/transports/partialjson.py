"""The members of a JSON object of which only the beginning came, or that is nested too deep to be read."""

from __future__ import annotations

import re
from typing import Any

import orjson

#: What came by half at the end is no token: it may have been meant to go on.
_TOKEN = re.compile(
    rb'[ \t\n\r]*(?:(?P<mark>[{}\[\]:,])|(?P<text>"(?:[^"\\]|\\.)*+")|(?P<plain>[^\s"{}\[\]:,]+)(?=[\s"{}\[\]:,]))',
    re.DOTALL,
)
#: No member that a verdict is made of is longer.
_MAX_VALUE_BYTES = 64 << 10
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def members_of(body: bytes) -> dict[str, Any]:
    """
    Return the texts, numbers and truths of an object, and of the objects in it, as far as they came.

    Lists and what is nested deeper are left out. Empty when the body does not begin as an object.
    """
    members: dict[str, Any] = {}
    at = len(_BYTE_ORDER_MARK) if body.startswith(_BYTE_ORDER_MARK) else 0
    #: Outer to inner: the object whose members are read; None in a list, or too deep.
    inside: list[dict[str, Any] | None] = []
    name: str | None = None
    expects_value = False
    while found := _TOKEN.match(body, at):
        at = found.end()
        mark, place = found["mark"], inside[-1] if inside else None
        if mark in (b"{", b"["):
            if not inside and mark == b"[":
                return {}
            inside.append(_opened(members, inside, name if expects_value else None, mark))
        elif mark in (b"}", b"]"):
            if len(inside) <= 1:
                return members
            inside.pop()
        elif not inside:
            return {}
        elif mark is None and place is not None:
            token = found["text"] or found["plain"]
            if not expects_value:
                name = _name(token)
                continue
            if name is not None and len(token) <= _MAX_VALUE_BYTES:
                _put(place, name, token)
        if mark is not None:
            expects_value = mark == b":"
    return members


def _opened(
    members: dict[str, Any],
    inside: list[dict[str, Any] | None],
    name: str | None,
    mark: bytes,
) -> dict[str, Any] | None:
    """Return where the members of an object that begins are put; None when nobody wants them."""
    if not inside:
        return members
    if len(inside) > 1 or mark == b"[" or name is None:
        return None
    return members.setdefault(name, {}) if isinstance(members.get(name, {}), dict) else None


def _name(token: bytes) -> str | None:
    try:
        name = orjson.loads(token)
    except orjson.JSONDecodeError:
        return None
    return name if isinstance(name, str) else None


def _put(place: dict[str, Any], name: str, token: bytes) -> None:
    try:
        place[name] = orjson.loads(token)
    except orjson.JSONDecodeError:
        # Half a surrogate pair, or no JSON: nothing is decided by it.
        place.pop(name, None)
