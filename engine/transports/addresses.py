"""The addresses destinations have, and those that messages point to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from engine.addresses import as_browsers_read
from engine.errors import Invalid
from engine.markup import safe_url

_MAX_CHARS = 2_048
_SAFE = re.compile(r"[!-~]+")


def check_url(url: object, *, path: str = "", example: str = "") -> str:
    """
    Return the address to post to.

    `path` is a pattern that the end of the path has to match; `example` tells what it means.
    :raise Invalid: when it is no plain http(s) address.
    """
    if not isinstance(url, str) or not url.strip():
        raise _wrong("is missing")
    address = url.strip()
    if len(address) > _MAX_CHARS or not _SAFE.fullmatch(address):
        raise _wrong(f"is at most {_MAX_CHARS} ASCII characters without spaces")
    try:
        parts = urlsplit(address)
        _ = parts.port  # raises when it is none
    except ValueError as exc:
        raise _wrong("is not a valid address") from exc
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise _wrong("begins with https:// or http:// and a host")
    if parts.username is not None or parts.password is not None:
        raise _wrong("has no user and password in it: use a header or the fields below")
    if parts.fragment:
        raise _wrong("has no # in it")
    if path and not re.search(f"{path}/?$", parts.path):
        raise _wrong(f"looks like {example}")
    return address


def with_query(url: str, query: Mapping[str, str]) -> str:
    """Return an address with these parameters, in place of those of the same name."""
    parts = urlsplit(url)
    kept = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if name not in query
    ]
    return urlunsplit(parts._replace(query=urlencode([*kept, *query.items()], quote_via=quote)))


def query_of(url: str) -> dict[str, str]:
    """Return an address's parameters; of those with one name the last."""
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


def web_url(value: object, *, https: bool = False) -> str | None:
    """Return an address that a far side can show or open, its blanks encoded, else None."""
    if not isinstance(value, str):
        return None
    address = safe_url(as_browsers_read(value))
    if address is None or len(address) > _MAX_CHARS:
        return None
    return address if not https or address.lower().startswith("https://") else None


def _wrong(why: str) -> Invalid:
    return Invalid(f"The address {why}", field="url")
