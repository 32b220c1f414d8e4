"""What Google Chat is sent, read as the message of google-apps-chat, which knows no other members."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from google.apps.chat_v1 import types
from google.protobuf import json_format  # type: ignore[import-untyped]

from engine.blanks import is_blank
from engine.transports.chat import json_size
from engine.transports.markdown.splitting import units
from tests.differential.comparison import report
from tests.differential.messages import messages
from tests.differential.sent import bodies

_MAX_BYTES, _MAX_TEXT, _MAX_WIDGETS = 32_000, 4_096, 100


def test_google_chat_takes_every_body() -> None:
    """Every body is a message, within its limits, and no widget is empty."""
    wrong: Counter[str] = Counter()
    for message in messages():
        for body in bodies("googlechat", message):
            wrong.update(problems(body))
    assert wrong == {}
    report(
        "sent_googlechat",
        packages=["pypi:google-apps-chat", "pypi:google-apps-card"],
        checked="messages sent to Google Chat",
        total=len(messages()),
    )


def problems(body: dict[str, Any]) -> list[str]:
    """Return what is wrong with a body."""
    found: list[str] = []
    try:
        json_format.ParseDict(body, types.Message.pb(types.Message()), ignore_unknown_fields=False)
    except json_format.ParseError as exc:
        found.append(str(exc))
    if is_blank(body.get("text", "")) and not body.get("cardsV2"):
        found.append("an empty message")
    if json_size(body) > _MAX_BYTES:
        found.append("a message is too large")
    if units(body.get("text", "")) > _MAX_TEXT:
        found.append("text is too long")
    for given in body.get("cardsV2", ()):
        found += _card_problems(given["card"])
    return found


def _card_problems(card: dict[str, Any]) -> Iterator[str]:
    if "header" in card and is_blank(card["header"].get("title", "")):
        yield "a header without a title"
    widgets = [widget for section in card["sections"] for widget in section["widgets"]]
    if not 0 < len(widgets) <= _MAX_WIDGETS:
        yield f"{len(widgets)} widgets"
    for widget in widgets:
        [(kind, value)] = widget.items()
        if kind in ("textParagraph", "decoratedText") and is_blank(value.get("text", "")):
            yield f"an empty {kind}"
        if kind == "buttonList":
            yield from (
                "a button without a text" for one in value["buttons"] if is_blank(one["text"])
            )
        if kind == "image" and not value["imageUrl"].lower().startswith("https://"):
            yield "a picture without https"
