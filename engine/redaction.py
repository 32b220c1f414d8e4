"""Credentials, kept out of the log: dots where they stood."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable
from typing import Any

import orjson

from engine.sought import CUT, Hints, sought
from engine.spellings import Span

HIDDEN = "••••••••"

_QUERY_CHARS = 8192
_MAX_HEADERS = 100
_HEADER_CHARS = 4096
#: The longest name of a header that is remembered.
_USUAL_CHARS = 64

#: Headers whose values are credentials; what merely signs a body is kept, as it cannot be reused.
_CREDENTIAL_HEADERS = frozenset(
    {
        "authorization",
        "proxy-authorization",
        "cookie",
        "x-auth-token",
        "x-user-id",
        "x-api-key",
        "api-key",
        "apikey",
        "x-access-token",
        "x-gitlab-token",
        "x-webhook-token",
        "x-webhook-secret",
        "private-token",
    }
)
_CREDENTIAL_NAME = re.compile(
    r"(?:^|[-_])(?:token|secret|password|passwd|credential)s?$", re.IGNORECASE
)
_QUERY_CREDENTIALS = ("token", "secret", "password", "key", "signature", "auth")


class Scrubber:
    """Replaces secrets by dots wherever they stand in what is shown, however they are spelled there."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._sought = sought(tuple(secrets))

    def text(self, text: str) -> str:
        """Return a text without them; what is to be cut is cut afterwards."""
        return self._text(text, None)

    def json(self, value: Any) -> bytes:
        """Return plain data without them, as JSON."""
        text = orjson.dumps(value)
        # Nearly always there is nothing to do, which the text as a whole tells at once.
        hints = self._sought.hints_in_json(text)
        if hints is not None:
            return orjson.dumps(self._value(value, lambda one: self._text(one, hints)))
        if self._sought.may_be_cut_in_json(text):
            return orjson.dumps(self._value(value, self._cut_text))
        return text

    def value(self, value: Any) -> Any:
        """Return plain data without them."""
        return self._value(value, self.text)

    def _text(self, text: str, hints: Hints | None) -> str:
        return _without(text, self._sought.spans(text, hints))

    def _cut_text(self, text: str) -> str:
        return _without(text, self._sought.cut_spans(text))

    def _value(self, value: Any, read: Callable[[str], str]) -> Any:
        if isinstance(value, str):
            return read(value)
        if isinstance(value, dict):
            return {read(key): self._value(item, read) for key, item in value.items()}
        if isinstance(value, list):
            return [self._value(item, read) for item in value]
        if self._sought.has_number and type(value) in (int, float):
            return HIDDEN if self._sought.spans(str(value)) else value
        return value


def _without(text: str, spans: list[Span]) -> str:
    if not spans:
        return text
    pieces: list[str] = []
    at = 0
    for start, end in spans:
        pieces += (text[at:start], HIDDEN)
        at = end
    return "".join([*pieces, text[at:]])


def redact_query(query_string: str) -> str:
    """Return a query without the values that look like credentials."""
    if not query_string:
        return ""
    return "&".join(map(_redact_parameter, cut(query_string, _QUERY_CHARS).split("&")))


def cut(text: str, max_chars: int) -> str:
    """
    Return a text of bounded length, with a mark where it was cut.

    A `Scrubber` looks for the beginnings of secrets before such marks.
    """
    return text if len(text) <= max_chars else f"{text[: max_chars - 1]}{CUT}"


def redact_url(url: str, max_chars: int = _QUERY_CHARS) -> str:
    """
    Return a URL of bounded length without user information and values that look like credentials.
    """
    base, mark, query = url.partition("?")
    scheme, separator, rest = base.partition("://")
    authority, slash, path = rest.partition("/")
    if "@" in authority:
        authority = f"{HIDDEN}@{authority.rpartition('@')[2]}"
    shown = f"{scheme}{separator}{authority}{slash}{path}{mark}{redact_query(query)}"
    return cut(shown, max_chars)


def redact_headers(headers: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Return headers without credentials, bounded in number and length."""
    return [
        [name, HIDDEN if is_credential(name) else cut(value, _HEADER_CHARS)]
        for name, value in list(headers)[:_MAX_HEADERS]
    ]


def is_credential(header_name: str) -> bool:
    """Tell whether a header carries a credential."""
    if len(header_name) > _USUAL_CHARS:  # nothing to remember
        return _looks_like_credential(header_name)
    return _is_known_credential(header_name)


def _looks_like_credential(header_name: str) -> bool:
    return header_name.lower() in _CREDENTIAL_HEADERS or bool(_CREDENTIAL_NAME.search(header_name))


_is_known_credential = functools.lru_cache(maxsize=1024)(_looks_like_credential)


def _redact_parameter(parameter: str) -> str:
    name, equals, _ = parameter.partition("=")
    hidden = equals and any(word in name.lower() for word in _QUERY_CREDENTIALS)
    return f"{name}={HIDDEN}" if hidden else parameter
