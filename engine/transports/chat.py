"""What sending to chat systems has in common: whom a text may call, and its length."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.transports.base import Transport
from engine.transports.markdown.dialects import Dialect, Mentions
from engine.transports.markdown.layout import Page
from engine.transports.message import Target
from engine.transports.options import Field, Kind
from engine.transports.requests import json_bytes

MENTION_EVERYONE = Field(
    "mention_everyone",
    "Let messages call everybody",
    Kind.FLAG,
    "Otherwise @all and @here are shown, and call nobody.",
)


def people_field(example: str) -> Field:
    """Return the field that says who is called by which id there."""
    return Field(
        "people",
        "People",
        Kind.PAIRS,
        f"Whom a message may call: the name here, and the id there ({example}).",
    )


def max_chars_field(default: int, why: str) -> Field:
    """Return the field for the length at which texts are split."""
    return Field(
        "max_chars",
        "Characters in one message",
        Kind.NUMBER,
        f"Longer texts become several messages. {why}",
        default=default,
        least=200,
        greatest=1_000_000,
    )


def mentions(transport: Transport, target: Target) -> Mentions:
    """Return whom messages to a target may call."""
    names = {field.name for field in transport.fields}
    people = transport.option(target, "people") if "people" in names else {}
    return Mentions(everyone=transport.option(target, "mention_everyone"), people=people)


def written(text: str, dialect: Dialect, max_units: int) -> list[str]:
    """Return a text in a dialect, in as many pieces as it takes."""
    page = Page(dialect)
    page.markdown(text)
    return page.parts(max_units)


def json_size(value: Any) -> int:
    """Return how many bytes a value takes in a body."""
    return len(json_bytes(value))


def packed(
    items: Sequence[Mapping[str, Any]], max_bytes: int, max_items: int
) -> list[list[dict[str, Any]]]:
    """Put items into as few groups as fit; one that is too large by itself has its own."""
    groups: list[list[dict[str, Any]]] = []
    size = 0
    for item in items:
        taken = json_size(item) + 1
        if not groups or size + taken > max_bytes or len(groups[-1]) == max_items:
            groups.append([])
            size = 0
        groups[-1].append(dict(item))
        size += taken
    return groups


def bodies(
    common: Mapping[str, Any],
    texts: Sequence[str],
    groups: Sequence[Sequence[Mapping[str, Any]]],
    member: str,
) -> list[dict[str, Any]]:
    """Return a body for each text; attachments go with the last one, or have bodies of their own."""
    made: list[dict[str, Any]] = [{**common, "text": text} for text in texts]
    for index, group in enumerate(groups):
        if index == 0 and made and group:
            made[-1][member] = group
        elif group:
            made.append({**common, member: group})
    return made
