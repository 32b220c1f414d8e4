"""What is found in an export: integrations as `integrations.create` takes them, rooms, and what is wrong."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Found:
    """An integration to be imported."""

    #: Where it comes from, `rocketchat:<id>`; what was imported is known by it.
    origin: str
    name: str
    #: A body of `integrations.create`.
    given: Mapping[str, Any]
    #: The id that its callers' URLs hold.
    wanted_id: str = ""
    created_at: dt.datetime | None = None
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Unusable:
    """An integration that cannot be imported, and why."""

    origin: str
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class KnownRoom:
    """A room of the other system."""

    name: str
    private: bool


@dataclass(slots=True)
class Export:
    """Everything of an export that matters here."""

    found: list[Found] = field(default_factory=list)
    unusable: list[Unusable] = field(default_factory=list)
    #: By id and by name.
    rooms: dict[str, KnownRoom] = field(default_factory=dict)
    #: What else could not be read, one line each.
    problems: list[str] = field(default_factory=list)


class BadDocument(ValueError):
    """A member of a document is not what it has to be; says which."""


def text(document: Mapping[str, Any], name: str, default: str = "") -> str:
    """
    Return a text; an absent one is the default.

    :raise BadDocument: when it is something else.
    """
    value = document.get(name)
    if value is None:
        return default
    if not isinstance(value, str):
        raise BadDocument(f"{name} is not a text")
    return value


def flag(document: Mapping[str, Any], name: str, default: bool) -> bool:
    """
    Return a boolean; an absent one is the default.

    :raise BadDocument: when it is something else.
    """
    value = document.get(name)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise BadDocument(f"{name} is neither true nor false")
    return value


def texts(document: Mapping[str, Any], name: str) -> list[str]:
    """
    Return a list of texts without the empty ones; a text is split at commas.

    :raise BadDocument: when it is something else.
    """
    value = document.get(name)
    if value is None:
        return []
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list) or not all(isinstance(one, str) for one in parts):
        raise BadDocument(f"{name} is not a list of texts")
    return [one.strip() for one in parts if one.strip()]


def moment(value: Any) -> dt.datetime | None:
    """Return the time that an ISO text or a number of milliseconds says; None when it says none."""
    try:
        if isinstance(value, str):
            said = dt.datetime.fromisoformat(value)
            return said if said.tzinfo else said.replace(tzinfo=dt.UTC)
        if isinstance(value, int | float) and value > 0:
            return dt.datetime.fromtimestamp(value / 1000, dt.UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None


def shortened(value: str, max_chars: int, what: str, notes: list[str]) -> str:
    """Return a text that fits, with a note when it was cut."""
    value = value.strip()
    if len(value) <= max_chars:
        return value
    notes.append(f"its {what} was cut to {max_chars} characters")
    return value[:max_chars]
