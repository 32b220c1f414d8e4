"""Credentials, kept out of the log: dots where they stood."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

HIDDEN = "••••••••"

_QUERY_CHARS = 8192
_MAX_HEADERS = 100
_HEADER_CHARS = 4096

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


def redact_path(path: str, token: str) -> str:
    """Return a path without the token it carries."""
    if not token:
        return path
    for form in (quote(quote(token, safe=""), safe=""), quote(token, safe=""), quote(token), token):
        path = path.replace(form, HIDDEN)
    return path


def redact_query(query_string: str) -> str:
    """Return a query without the values that look like credentials."""
    return "&".join(map(_redact_parameter, query_string[:_QUERY_CHARS].split("&")))


def redact_url(url: str) -> str:
    """Return a URL without user information and without the values that look like credentials."""
    base, mark, query = url.partition("?")
    scheme, separator, rest = base.partition("://")
    authority, slash, path = rest.partition("/")
    if "@" in authority:
        authority = f"{HIDDEN}@{authority.rpartition('@')[2]}"
    return f"{scheme}{separator}{authority}{slash}{path}{mark}{redact_query(query)}"


def scrub_all(value: Any, words: Iterable[str]) -> Any:
    """Return a value of plain data with all of these words replaced by dots."""
    for word in words:
        value = scrub(value, word)
    return value


def scrub(value: Any, token: str) -> Any:
    """Return a value of plain data with the token replaced by dots wherever it stands in it."""
    if not token:
        return value
    if isinstance(value, str):
        return redact_path(value, token)
    if isinstance(value, dict):
        return {scrub(key, token): scrub(item, token) for key, item in value.items()}
    if isinstance(value, list):
        return [scrub(item, token) for item in value]
    return value


def redact_headers(headers: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Return headers without credentials, bounded in number and length."""
    return [
        [name, HIDDEN if is_credential(name) else value[:_HEADER_CHARS]]
        for name, value in list(headers)[:_MAX_HEADERS]
    ]


def is_credential(header_name: str) -> bool:
    """Tell whether a header carries a credential."""
    return header_name.lower() in _CREDENTIAL_HEADERS or bool(_CREDENTIAL_NAME.search(header_name))


def _redact_parameter(parameter: str) -> str:
    name, equals, _ = parameter.partition("=")
    hidden = equals and any(word in name.lower() for word in _QUERY_CREDENTIALS)
    return f"{name}={HIDDEN}" if hidden else parameter
