"""Google Chat's cards of both formats, read as attachments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.dialects.base import MALFORMED
from engine.dialects.googletext import formatted
from engine.dialects.googlewidgets import Shown, dicts, obj, picture_url
from engine.dialects.slacktext import said
from engine.errors import ChatError

_MAX_CARDS = 100


def attachments_of(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    """
    Return what cards show: one attachment for each, and one more for each picture.

    Names are in lowerCamelCase. `cards` is the older format (`google/chat/v1/message.proto`:
    deprecated, and still taken).

    :raise ChatError: when they are no lists of cards.
    """
    made: list[dict[str, Any]] = []
    for name in ("cards", "cardsV2"):
        listed = message.get(name, [])
        if not isinstance(listed, list) or len(listed) > _MAX_CARDS:
            raise ChatError(MALFORMED, f"{name} is a list of at most {_MAX_CARDS} cards")
        for item in listed:
            card = item.get("card", {}) if name == "cardsV2" and isinstance(item, dict) else item
            if not isinstance(card, dict):
                raise ChatError(MALFORMED, f"{name} holds what is no card")
            made += _card(card)
    below = Shown()
    below.widgets(message.get("accessoryWidgets"))
    made += _attachments({}, below)
    return made


def _card(card: Mapping[str, Any]) -> list[dict[str, Any]]:
    header = obj(card.get("header"))
    shown = Shown([formatted(header.get("subtitle"))])
    for section in dicts(card.get("sections")):
        if heading := formatted(section.get("header")):
            shown.lines.append(f"*{heading}*")
        shown.widgets(section.get("widgets"))
    footer = obj(card.get("fixedFooter"))
    shown.widgets([{"buttons": [footer.get("primaryButton"), footer.get("secondaryButton")]}])
    for action in dicts(card.get("cardActions")):
        shown.clicked(said(action.get("actionLabel")), action.get("onClick"))
    head = {
        "title": said(header.get("title")),
        "thumb_url": picture_url(header.get("imageUrl")),
    }
    return _attachments(head, shown)


def _attachments(head: Mapping[str, str], shown: Shown) -> list[dict[str, Any]]:
    members = {**head, "text": "\n".join(filter(None, shown.lines)), "actions": shown.buttons}
    own = {name: value for name, value in members.items() if value}
    return [own, *shown.pictures] if own else shown.pictures
