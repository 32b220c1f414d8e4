"""Members of an integration's body that are Hooksmith's own by half: misspelt, they would do nothing."""

from __future__ import annotations

from collections.abc import Iterable

from engine import dialects, fields
from engine.errors import Invalid

#: What Rocket.Chat has no such member of. Others that are unknown pass: its clients send many.
_OWN = (
    "callTimeoutS",
    "createRooms",
    "deduplication",
    "destinations",
    "dialect",
    "lifecycle",
    "limits",
    "secrets",
    "verification",
    *dialects.SWITCHES,
)
#: How like one of these a name has to be.
_LIKENESS = 0.8


def refuse(given: Iterable[str]) -> None:
    """
    Refuse the members that are nearly called as one of Hooksmith's own.

    :raise Invalid: naming the first, and the one that is meant.
    """
    for name in given:
        if name not in _OWN and (meant := fields.nearest(name, _OWN, _LIKENESS)):
            raise Invalid(f"an integration has no member {name}; did you mean {meant}?", field=name)
