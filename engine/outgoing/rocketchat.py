"""Calls as Rocket.Chat makes them, and what it makes of the answers (wire.md 1.3 B)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from engine.errors import Invalid
from engine.json_reader import BYTE_ORDER_MARK, BrokenJson
from engine.json_reader import parse as parse_json
from engine.outgoing.occasion import Occasion
from engine.outgoing.verdict import Answer, Verdict, Wire
from engine.payload import Content, bounded, why_broken

#: Some far sides let nobody in but browsers, which is why Rocket.Chat says it is one.
_USER_AGENT = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/41.0.2227.0 Safari/537.36"
)
_SUCCESS = frozenset({200, 201, 202})
_GONE, _BROKEN = 410, 500
_MESSAGES = frozenset(
    {
        "application/json",
        "text/javascript",
        "application/javascript",
        "application/x-javascript",
    }
)
#: The curves grow without end, and a time must fit into the database.
_LONGEST_WAIT_S = 30 * 86_400.0


class RocketChat:
    wire = Wire(
        timeout_s=20.0,
        answer_bytes=10 << 20,
        truncates=False,
        headers={"User-Agent": _USER_AGENT},
    )

    def data(self, occasion: Occasion, token: str, settings: Mapping[str, Any]) -> dict[str, Any]:
        data = {"token": token, **occasion.data}
        if occasion.word:
            data["trigger_word"] = occasion.word
        return data

    def encode(self, data: Any, settings: Mapping[str, Any]) -> tuple[str, bytes]:
        return "application/json", orjson.dumps(data)

    def judge(self, answer: Answer, settings: Mapping[str, Any], tries: int) -> Verdict:
        if not answer.text or answer.status not in _SUCCESS:
            return _failure(answer, settings, tries)
        try:
            content = _message(answer)
        except Invalid as exc:
            return Verdict(f"called, answered {answer.status}; nothing to post: {exc}")
        if content is None:
            return Verdict(f"called, answered {answer.status}; nothing to post")
        return Verdict("", ("url-response-sent-message",), content)

    def content(self, answered: Mapping[str, Any], occasion: Occasion) -> dict[str, Any]:
        return dict(answered)


def wait_s(curve: str, number: int) -> float | None:
    """Return how long to wait before the retry of that number, counting from 1; None: no such curve."""
    match curve:
        case "powers-of-ten":
            seconds = 10.0 ** (min(number, 12) + 1) / 1000
        case "powers-of-two":
            seconds = 2.0 ** min(number, 40)
        case "increments-of-two":
            seconds = 2.0 * number
        case _:
            return None
    return min(seconds, _LONGEST_WAIT_S)


def _message(answer: Answer) -> dict[str, Any] | None:
    """
    Return the message that an answer is, None when it does not say that it is one.

    :raise Invalid: when it says so and cannot be read, or holds none.
    """
    if answer.media_type not in _MESSAGES:
        return None
    text = answer.text.removeprefix(BYTE_ORDER_MARK)
    try:
        content = Content(parse_json(text), json=text)
    except BrokenJson as exc:
        raise Invalid(why_broken("the answer", text, exc)) from exc
    answered = bounded(content)
    if not isinstance(answered, dict):
        raise Invalid("the answer is JSON, but no object")
    return answered if answered.get("text") or answered.get("attachments") else None


def _failure(answer: Answer, settings: Mapping[str, Any], tries: int) -> Verdict:
    said = (
        f"answered {answer.status}" if answer.text else f"answered {answer.status} without a body"
    )
    if answer.text and answer.status == _GONE:
        return Verdict(
            f"{said}: the integration was switched off",
            ("after-process-http-status-410",),
            failed=True,
            disables=True,
        )
    if answer.text and answer.status == _BROKEN:
        return Verdict(f"{said}; not tried again", ("after-process-http-status-500",), failed=True)
    if not settings["retryFailedCalls"]:
        return Verdict(said, ("failed-and-not-configured-to-retry",), failed=True)
    if tries >= settings["retryCount"] or not settings["retryDelay"]:
        return Verdict(f"{said}; given up", ("too-many-retries",), failed=True)
    again = f"going-to-retry-{tries + 1}"
    wait = wait_s(settings["retryDelay"], tries + 1)
    if wait is None:
        return Verdict(said, (again, "failed-and-retry-delay-is-invalid"), failed=True)
    return Verdict(f"{said}; tried again in {wait:g} s", (again,), failed=True, retry_s=wait)
