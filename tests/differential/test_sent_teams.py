"""What Teams is sent, read by Microsoft's adaptivecards, which tells what it does not know."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from engine.blanks import is_blank
from engine.transports.chat import json_size
from tests.differential.comparison import Difference, node, report
from tests.differential.messages import messages
from tests.differential.sent import bodies

_MAX_BYTES = 28_000
_SCRIPT = Path(__file__).with_name("cards.cjs")


def test_teams_takes_every_body() -> None:
    """Every card is parsed without a complaint, within 28 KB, and no text of it is empty."""
    wrong: Counter[str] = Counter()
    cards: list[Any] = []
    with_card = 0
    for message in messages():
        made = bodies("teams", message)
        with_card += bool(made)
        for body in made:
            wrong.update(problems(body))
            cards += [one["content"] for one in body["attachments"]]
    wrong.update(node(_SCRIPT, cards, packages=["adaptivecards"]))
    assert wrong == {}
    report(
        "sent_teams",
        packages=["npm:adaptivecards"],
        checked="messages sent to Microsoft Teams",
        total=len(messages()),
        differences=[
            Difference(
                'The member `msteams: {"width": "Full"}` of a card',
                with_card,
                "The package does not know it; Teams' documentation describes it.",
            )
        ],
    )


def problems(body: dict[str, Any]) -> list[str]:
    """Return what is wrong with a body beside what its cards are made of."""
    found = ["a message is too large"] if json_size(body) > _MAX_BYTES else []
    for attachment in body["attachments"]:
        waiting: list[Any] = [attachment["content"]]
        while waiting:
            element = waiting.pop()
            if isinstance(element, list):
                waiting += element
            elif isinstance(element, dict):
                waiting += element.values()
                found += _element_problems(element)
    return found


def _element_problems(element: dict[str, Any]) -> list[str]:
    kind = element.get("type")
    if kind == "TextBlock" and is_blank(element["text"]):
        return ["an empty TextBlock"]
    if kind == "Action.OpenUrl" and is_blank(element["title"]):
        return ["a button without a text"]
    if "value" in element and is_blank(element["title"] + element["value"]):
        return ["an empty fact"]
    if kind in ("Container", "Column") and not element["items"]:
        return [f"an empty {kind}"]
    return []
