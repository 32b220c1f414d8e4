"""The request that a script prepares, or that is sent as it is -> an HTTP call (wire.md 1.3 B)."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from engine.errors import ConfigError, Invalid, OutboundError
from engine.outbound.call import Call
from engine.outbound.policy import Policy
from engine.outbound.target import parse_url
from engine.outgoing.occasion import HOPS_HEADER, Occasion
from engine.outgoing.verdict import Manner

_MOST_TIMEOUT_S = 60.0


def prepared(
    manner: Manner, url: str, occasion: Occasion, token: str, settings: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the `request` that `prepare_outgoing_request` gets, and that is sent where there is none."""
    return {
        "params": {},
        "method": "POST",
        "url": url,
        "data": manner.data(occasion, token, settings),
        "headers": dict(manner.wire.headers),
    }


def call_of(
    request: Mapping[str, Any], manner: Manner, settings: Mapping[str, Any], hops: int
) -> Call:
    """
    Return the call that a request asks for.

    :raise Invalid: when it cannot be made of that.
    """
    headers = _headers(request.get("headers"))
    names = {name.lower() for name, _ in headers}
    body = b""
    if _is_truthy(data := request.get("data")):
        content_type, body = manner.encode(data, settings)
        if "content-type" not in names:
            headers.append(("Content-Type", content_type))
    if _is_truthy(auth := request.get("auth")):
        if not isinstance(auth, str) or ":" not in auth:
            raise Invalid('auth is not of the form "username:password"', field="auth")
        headers = [header for header in headers if header[0].lower() != "authorization"]
        coded = base64.b64encode(auth.encode("utf-8", "replace")).decode()
        headers.append(("Authorization", f"Basic {coded}"))
    headers.append((HOPS_HEADER, str(hops)))
    return Call(
        method=str(request["method"]).upper(),
        url=str(request["url"]),
        headers=headers,
        body=body,
        timeout_s=_timeout_s(request.get("timeout"), settings, manner),
        max_bytes=manner.wire.answer_bytes,
        truncate=manner.wire.truncates,
    )


def policy_for(urls: Iterable[str], allowed: Iterable[str], setting: str) -> Policy:
    """
    Return whom an integration's calls may reach: the hosts that its administrator named, wherever they
    are, and what scripts may.

    So a script that writes another address into its request, and a far side that redirects, reach no
    more than a script's own calls do.
    """
    entries = [*allowed]
    for url in urls:
        try:
            target = parse_url(url)
        except OutboundError:
            continue  # the call itself will say what is wrong with it
        host = str(target.host)
        entry = f"[{host}]:{target.port}" if ":" in host else f"{host}:{target.port}"
        entries.append(entry)
    try:
        return Policy.public(dict.fromkeys(entries), setting=setting)
    except ConfigError:
        return Policy.public(allowed, setting=setting)


def _headers(given: Any) -> list[tuple[str, str]]:
    if not isinstance(given, Mapping):
        return []
    return [
        (name, value if isinstance(value, str) else orjson.dumps(value).decode())
        for name, value in given.items()
        if value is not None and name.lower() != HOPS_HEADER.lower()
    ]


def _timeout_s(wanted_ms: Any, settings: Mapping[str, Any], manner: Manner) -> float:
    usual_s: float = settings["callTimeoutS"] or manner.wire.timeout_s
    if not isinstance(wanted_ms, int | float) or isinstance(wanted_ms, bool) or wanted_ms <= 0:
        return usual_s
    return min(max(wanted_ms / 1000, 0.001), _MOST_TIMEOUT_S)


def _is_truthy(value: Any) -> bool:
    """Tell whether JavaScript takes it for true."""
    return isinstance(value, dict | list) or bool(value)
