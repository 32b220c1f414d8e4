"""JSON that others wrote, read as `JSON.parse` reads it, into values that can be stored."""

from __future__ import annotations

import json
import math
import re
from contextlib import suppress
from typing import Any, NamedTuple

import orjson

from engine.errors import Invalid

BYTE_ORDER_MARK = "\ufeff"
#: Longer numbers are read as JavaScript's, which are doubles; no database here has larger ones.
_MOST_EXACT_DIGITS = 19
#: One escape at a time, so that a backslash that is escaped itself begins none.
_ESCAPE = re.compile(
    r"\\(?:u(?:(?P<pair>[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    r"|(?P<lone>[dD][89a-fA-F][0-9a-fA-F]{2}))|.)",
    re.DOTALL,
)
_TOKEN = re.compile(
    r'[ \t\n\r]*(?:(?P<mark>[\[\]{}:,])|(?P<text>"(?:[^"\\\x00-\x1f]|\\.)*")|(?P<plain>[^\s"\[\]{}:,]+))'
)
_BLANK = re.compile(r"[ \t\n\r]*")
_ENDS = {"[": "]", "{": "}"}


_VALUE_EXPECTED = "a value is expected"
_NAME_EXPECTED = "a name in double quotes is expected"
_COLON_EXPECTED = "a colon is expected"
_COMMA_EXPECTED = "a comma or the end is expected"
_MORE_FOLLOWS = "more follows after the end"
#: What Python's reader says -> what the log says.
_PLAIN = {
    "Expecting value": _VALUE_EXPECTED,
    "Expecting property name enclosed in double quotes": _NAME_EXPECTED,
    "Expecting ':' delimiter": _COLON_EXPECTED,
    "Expecting ',' delimiter": _COMMA_EXPECTED,
    "Extra data": _MORE_FOLLOWS,
    "Illegal trailing comma before end of object": _NAME_EXPECTED,
    "Illegal trailing comma before end of array": _VALUE_EXPECTED,
    "Unterminated string starting": "a text is not ended",
    "Invalid control character": "a line end or another control character is not escaped",
    "Invalid \\escape": "a backslash does not begin an escape of JSON",
    "Invalid \\uXXXX escape": "four hexadecimal digits are expected",
}


class BrokenJson(Invalid):
    """The text is no JSON; `line` and `column` count characters from 1."""

    def __init__(self, reason: str, line: int, column: int) -> None:
        super().__init__(f"{reason}: line {line}, column {column}")
        self.line = line
        self.column = column


class First(NamedTuple):
    """The value that a text begins with, and where it ends."""

    value: Any
    end: int


def parse(text: str) -> Any:
    """
    Return what `JSON.parse` makes of a text, as values that can be stored.

    Half a surrogate pair becomes U+FFFD, and a number beyond a double None, which is what
    `JSON.stringify` makes of Infinity. A text may be nested as deep as it likes.

    :raise BrokenJson: when it is no JSON.
    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return _slowly(text, None)


def parse_bytes(data: bytes) -> Any:
    """
    Return what a body holds: UTF-8, a byte order mark is taken off.

    A number beyond a double is refused: who sets a limit to it means something, and not None.

    :raise Invalid: when it is no JSON, or holds such a number.
    """
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        text = data.decode(errors="replace").removeprefix(BYTE_ORDER_MARK)
    value = _slowly(text, math.inf)
    if has_infinite(value):
        raise Invalid("a number is beyond what a double can be")
    return value


def parse_first(text: str) -> First:
    """
    Return the value that a text begins with, as Go's `json.Decoder.Decode` does: what follows is not looked at.

    A number beyond a double becomes an infinite one, since Go refuses it where it is wanted.

    :raise BrokenJson: when the text begins with none.
    """
    try:
        return First(orjson.loads(text), len(text))
    except orjson.JSONDecodeError:
        mended = well_formed_escapes(text)
    try:
        return First(*_decoder(math.inf).raw_decode(mended, _blank(mended, 0)))
    except json.JSONDecodeError as exc:
        raise BrokenJson(_words(exc), exc.lineno, exc.colno) from exc
    except (RecursionError, _NoNumber):
        return _Deep(mended, math.inf).first()


def well_formed(text: str) -> str:
    """Return a text with U+FFFD for each half of a surrogate pair, which nothing stores or sends."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def well_formed_escapes(text: str) -> str:
    """Return JSON with U+FFFD for each escape that is half of a surrogate pair; every other character stays where it is."""
    if "\\u" not in text:
        return text
    return _ESCAPE.sub(lambda found: "\\ufffd" if found["lone"] else found[0], text)


def is_deeper(value: Any, levels: int) -> bool:
    """Tell whether a value is nested more than so many levels deep."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(levels):
        level = [
            item
            for outer in level
            for item in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(item, dict | list)
        ]
        if not level:
            return False
    return bool(level)


def has_infinite(value: Any) -> bool:
    """Tell whether a value is or holds an infinite number."""
    level = [value]
    while level:
        if any(isinstance(one, float) and math.isinf(one) for one in level):
            return True
        level = [
            item
            for outer in level
            if isinstance(outer, dict | list)
            for item in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return False


def _slowly(text: str, beyond: float | None) -> Any:
    """Read what orjson does not: it has limits of its own, and takes no half of a surrogate pair."""
    mended = well_formed_escapes(text)
    if mended != text:
        with suppress(orjson.JSONDecodeError):
            return orjson.loads(mended)
    try:
        return _decoder(beyond).decode(mended)
    except json.JSONDecodeError as exc:
        raise BrokenJson(_words(exc), exc.lineno, exc.colno) from exc
    except (RecursionError, _NoNumber):
        return _Deep(mended, beyond).whole()


def _decoder(beyond: float | None) -> json.JSONDecoder:
    def real(digits: str) -> float | None:
        number = float(digits)
        return number if math.isfinite(number) else beyond

    def whole(digits: str) -> int | float | None:
        if len(digits) > _MOST_EXACT_DIGITS:
            return real(digits)
        return int(digits)

    return json.JSONDecoder(parse_float=real, parse_int=whole, parse_constant=_refuse)


class _NoNumber(ValueError):
    """NaN or Infinity, which Python writes and reads, and JSON does not have."""


def _refuse(name: str) -> Any:
    raise _NoNumber(name)


def _words(exc: json.JSONDecodeError) -> str:
    if not exc.doc.strip():
        return "there is nothing in it"
    found = exc.msg.removesuffix(" at")
    return _PLAIN.get(found, found)


def _blank(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


class _Deep:
    """Reads JSON that is nested deeper than a recursive reader goes."""

    def __init__(self, text: str, beyond: float | None) -> None:
        self._text = text
        self._decoder = _decoder(beyond)
        self._at = 0

    def whole(self) -> Any:
        value = self.first().value
        if _blank(self._text, self._at) < len(self._text):
            raise self._error(_MORE_FOLLOWS, _blank(self._text, self._at))
        return value

    def first(self) -> First:
        root: list[Any] = []
        #: Outer to inner: a list or an object, and the name that its next member has.
        inside: list[Any] = [root]
        names: list[str] = [""]
        wants_value, may_end = True, False
        while not root or len(inside) > 1:
            found, mark, begin = self._next()
            place = inside[-1]
            if mark and may_end and mark == _ENDS["[" if isinstance(place, list) else "{"]:
                inside.pop()
                names.pop()
                wants_value, may_end = False, True
            elif not wants_value:
                if mark != ",":
                    raise self._error(_COMMA_EXPECTED, begin)
                wants_value, may_end = True, False
            else:
                if isinstance(place, dict):
                    names[-1] = self._name(found)
                    found, mark, begin = self._next()
                value = self._value(found, mark, begin)
                if isinstance(place, dict):
                    place[names[-1]] = value
                else:
                    place.append(value)
                may_end = True
                wants_value = mark in _ENDS
                if wants_value:
                    inside.append(value)
                    names.append("")
        return First(root[0], self._at)

    def _next(self) -> tuple[re.Match[str], str | None, int]:
        """Return the next token, which mark it is, if any, and where it begins."""
        found = _TOKEN.match(self._text, self._at)
        if found is None:
            raise self._error(_VALUE_EXPECTED, _blank(self._text, self._at))
        self._at = found.end()
        return found, found["mark"], found.start(found.lastgroup or 0)

    def _name(self, found: re.Match[str]) -> str:
        begin = found.start(found.lastgroup or 0)
        if not found["text"]:
            raise self._error(_NAME_EXPECTED, begin)
        colon = _TOKEN.match(self._text, self._at)
        if colon is None or colon["mark"] != ":":
            raise self._error(_COLON_EXPECTED, self._at)
        self._at = colon.end()
        name: str = self._decoded(found["text"], begin)
        return name

    def _value(self, found: re.Match[str], mark: str | None, begin: int) -> Any:
        if mark is None:
            return self._decoded(found["text"] or found["plain"], begin)
        if mark not in _ENDS:
            raise self._error(_VALUE_EXPECTED, begin)
        return [] if mark == "[" else {}

    def _decoded(self, token: str, begin: int) -> Any:
        try:
            return self._decoder.decode(token)
        except ValueError as exc:
            raise self._error(_VALUE_EXPECTED, begin) from exc

    def _error(self, reason: str, at: int) -> BrokenJson:
        before = self._text[:at]
        return BrokenJson(reason, before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1)
