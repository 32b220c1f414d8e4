"""What a method gets when it is run without a server: a payload from a file, put where the method looks for it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine import payload, script_request
from engine.errors import Invalid
from engine.json_reader import BrokenJson, well_formed
from engine.json_reader import parse as parse_json
from engine.models import Integration, User
from engine.outgoing import request as outgoing_request
from engine.outgoing import settings as outgoing_settings
from engine.outgoing.occasion import Occasion
from engine.outgoing.rocketchat import RocketChat
from engine.outgoing.run import PREPARE, PROCESS
from engine.payload import shallow
from engine.record import HookRequest

_URL = "http://localhost/"


def arguments(method: str, body: bytes, headers: Iterable[str], query: str) -> dict[str, Any]:
    """
    Return what a method is called with.

    For `prepare_outgoing_request` the payload is what the call would tell (`request.data`), for
    `process_outgoing_response` what was answered; or an object with `request`, for the latter with
    `response` too, which is taken as it is. For any other method it is a request's body.

    :raise Invalid: when a header or the payload cannot be read.
    """
    pairs = [_header(text) for text in headers]
    if method not in (PREPARE, PROCESS):
        return {"request": _incoming(body, pairs, query)}
    text = body.decode(errors="replace")
    given: Any = None
    try:
        given = shallow(parse_json(text)) if text.strip() else {}
    except BrokenJson as exc:
        if method == PREPARE:
            raise Invalid(f"the payload is no JSON: {exc}") from exc
    whole = given if isinstance(given, dict) and isinstance(given.get("request"), dict) else None
    if method == PREPARE:
        return {"request": whole["request"] if whole else _outgoing(given)}
    if whole is not None and "response" in whole:
        return {"request": whole["request"], "response": whole["response"]}
    response = {
        "error": None,
        "status_code": 200,
        "content": text,
        "content_raw": text,
        "headers": {name.lower(): value for name, value in pairs},
    }
    return {"request": _outgoing({}), "response": response}


def _outgoing(told: Any) -> dict[str, Any]:
    occasion = Occasion("sendMessage", told if isinstance(told, dict) else {})
    own = outgoing_settings.of(Integration())
    return outgoing_request.prepared(RocketChat(), _URL, occasion, "token", own)


def _incoming(body: bytes, given: list[tuple[str, str]], query: str) -> dict[str, Any]:
    has_type = any(name.lower() == "content-type" for name, _ in given)
    pairs = given if has_type else [("Content-Type", "application/json"), *given]
    request = HookRequest(
        "POST", "/hooks/run/token", well_formed(query.removeprefix("?")), pairs, body, "127.0.0.1"
    )
    text = body.decode(errors="replace")
    return script_request.build(
        request,
        text,
        payload.parse(request.header("Content-Type"), text, for_script=True),
        Integration(id="run"),
        User(id="rocket.cat", username="rocket.cat", name="Rocket.Cat"),
        {"token": "token"},
    )


def _header(text: str) -> tuple[str, str]:
    name, colon, value = well_formed(text).partition(":")
    if not colon or not name.strip():
        raise Invalid(f"--header {text!r}: write it as 'Name: value'")
    return name.strip(), value.strip()
