"""Credentials, kept out of the log: dots where they stood."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

import orjson

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
    """Replaces words by dots wherever they stand, in every form that a URL may give them."""

    def __init__(self, words: Iterable[str]) -> None:
        self._forms = [form for word in words for form in _forms(word)]
        self._in_json = [orjson.dumps(form)[1:-1] for form in self._forms]

    def text(self, text: str) -> str:
        """Return a text without them."""
        for form in self._forms:
            text = text.replace(form, HIDDEN)
        return text

    def json(self, value: Any) -> bytes:
        """Return plain data without them, as JSON."""
        text = orjson.dumps(value)
        # Nearly always there is nothing to do, which the text as a whole tells at once.
        if any(form in text for form in self._in_json):
            text = orjson.dumps(self.value(value))
        return text

    def value(self, value: Any) -> Any:
        """Return plain data without them."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(key): self.value(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.value(item) for item in value]
        return value


def _forms(word: str) -> Iterable[str]:
    if not word:
        return ()
    once = quote(word, safe="")
    # As a set that keeps its order: of a token of letters and digits there is but one form.
    return dict.fromkeys((quote(once, safe=""), once, quote(word), word))


def redact_query(query_string: str) -> str:
    """Return a query without the values that look like credentials."""
    if not query_string:
        return ""
    return "&".join(map(_redact_parameter, query_string[:_QUERY_CHARS].split("&")))


def redact_url(url: str) -> str:
    """Return a URL without user information and without the values that look like credentials."""
    base, mark, query = url.partition("?")
    scheme, separator, rest = base.partition("://")
    authority, slash, path = rest.partition("/")
    if "@" in authority:
        authority = f"{HIDDEN}@{authority.rpartition('@')[2]}"
    return f"{scheme}{separator}{authority}{slash}{path}{mark}{redact_query(query)}"


def redact_headers(headers: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Return headers without credentials, bounded in number and length."""
    return [
        [name, HIDDEN if is_credential(name) else value[:_HEADER_CHARS]]
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
