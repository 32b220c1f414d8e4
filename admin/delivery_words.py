"""How destinations, deliveries and their attempts are said on the pages."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask
from markupsafe import Markup

from admin import rendering
from admin.rendering import MessageView
from admin.stored_request import json_or_text
from engine import transports
from engine.backlog import MOST_COUNTED
from engine.db import utcnow
from engine.delivery.tables import Attempt, Delivery, DeliveryState
from engine.deliverypages import Listed
from engine.transports.message import Result

#: State of a delivery -> the class that colours it, and its word.
DELIVERY_STATES: dict[str, tuple[str, str]] = {
    DeliveryState.PENDING: ("mute", "waiting"),
    DeliveryState.DELIVERED: ("ok", "delivered"),
    DeliveryState.FAILED: ("bad", "failed"),
    DeliveryState.CANCELLED: ("mute", "cancelled"),
}
#: The same of destinations, in the order in which they are told.
DESTINATION_STATES: dict[str, str] = {
    "failing": "bad",
    "refusing": "bad",
    "paused": "warn",
    "disabled": "mute",
    "ok": "ok",
}
_RESULTS: dict[str, tuple[str, str]] = {
    Result.DELIVERED: ("ok", "delivered"),
    Result.RETRY: ("warn", "to be retried"),
    Result.PERMANENT: ("bad", "refused"),
}
#: Below so many seconds it is said in this unit.
_UNITS = ((60, 1, "s"), (3600, 60, "min"), (math.inf, 3600, "h"))


@dataclass(frozen=True, slots=True)
class AttemptView:
    """One request of a delivery; `number` counts the attempts from 1, also those before a retry by hand."""

    number: int
    #: None where a message is one request.
    part: int | None
    row: Attempt
    tone: str
    word: str
    body: Markup
    answer: Markup


def install(app: Flask) -> None:
    """Give the templates these words."""
    app.jinja_env.filters.update(
        delivery_tone=delivery_tone,
        delivery_word=delivery_word,
        next_try=next_try,
        made=made,
        destination_tone=lambda state: DESTINATION_STATES.get(state, "mute"),
        kind=kind,
        up_to=up_to,
        said=said,
    )


def delivery_tone(delivery: Delivery) -> str:
    """Return the class that colours a delivery: ok, mute, warn or bad."""
    if delivery.state == DeliveryState.PENDING and delivery.attempts:
        return "warn"
    return DELIVERY_STATES.get(delivery.state, ("mute", ""))[0]


def delivery_word(delivery: Delivery) -> str:
    """Return what became of a delivery, in a word or two."""
    if delivery.state == DeliveryState.PENDING and delivery.attempts:
        return "retrying"
    return DELIVERY_STATES.get(delivery.state, ("", delivery.state))[1]


def made(delivery: Delivery) -> dt.datetime:
    """Return when a message was posted; a retry by hand begins anew, but makes no other message."""
    try:
        return dt.datetime.fromisoformat(delivery.message["sent_at"])
    except (KeyError, TypeError, ValueError):
        return delivery.created_at


def next_try(listed: Listed, now: dt.datetime | None = None) -> str:
    """Return when a delivery that waits is sent, or why it is not; else nothing."""
    if listed.delivery.state != DeliveryState.PENDING:
        return ""
    if listed.destination is None:
        return "its destination was removed"
    if (moment := listed.next_try) is None:
        return f"when it is {'resumed' if listed.destination.enabled else 'enabled'}"
    return until(moment, now)


def until(moment: dt.datetime, now: dt.datetime | None = None) -> str:
    """Return in how long something is, rounded up: `now`, `in 28 s`, `in 2 min`."""
    left_s = (moment - (now or utcnow())).total_seconds()
    if left_s <= 0:
        return "now"
    counts = (
        (math.ceil(left_s / unit_s), unit_s, below_s, unit) for below_s, unit_s, unit in _UNITS
    )
    return next(
        f"in {count} {unit}" for count, unit_s, below_s, unit in counts if count * unit_s < below_s
    )


def kind(type_: str) -> str:
    """Return how people call a type of destination."""
    return transports.label_of(type_)


def up_to(count: int) -> str:
    """Return a number that was counted up to a point."""
    return f"{count:,}" if count < MOST_COUNTED else f"{MOST_COUNTED:,}+"


def said(message: Mapping[str, Any]) -> str:
    """Return the message of a delivery on one line, without markup."""
    return rendering.excerpt(as_message(message))


def message_view(message: Mapping[str, Any]) -> MessageView:
    """Return the message of a delivery as a room would show it."""
    return rendering.message_view(as_message(message))


def as_message(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return the message of a delivery in Rocket.Chat's form."""
    same = {name: message.get(name) for name in ("alias", "avatar", "emoji", "attachments")}
    return {
        **{name: value for name, value in same.items() if value},
        "msg": message.get("text"),
        "ts": message.get("sent_at"),
        "u": {"username": message.get("username"), "name": message.get("username")},
    }


def attempt_views(attempts: Sequence[Attempt]) -> list[AttemptView]:
    """Return the attempts of a delivery, the newest first."""
    in_parts = any(one.part > 1 for one in attempts)
    views: list[AttemptView] = []
    for number, one in _numbered(attempts):
        tone, word = _RESULTS.get(one.result, ("mute", one.result))
        views.append(
            AttemptView(
                number=number,
                part=one.part if in_parts else None,
                row=one,
                tone=tone,
                word=word,
                body=json_or_text(one.body),
                answer=json_or_text(one.answer),
            )
        )
    return views[::-1]


def _numbered(attempts: Iterable[Attempt]) -> Iterable[tuple[int, Attempt]]:
    number, before = 0, None
    for one in attempts:
        # The number in the row begins anew with a retry by hand.
        if before is None or one.number != before.number or one.part <= before.part:
            number += 1
        before = one
        yield number, one
