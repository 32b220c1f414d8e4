"""What the compatibility check says: notes on a script, each with a level and a place."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from engine.models import Integration


class Level(enum.StrEnum):
    PROBLEM = "problem"  #: it will not run, or ends with an error where it gets to this
    WARNING = "warning"  #: it runs, but otherwise than in Rocket.Chat, or than its author meant
    INFO = "info"  #: it runs as it did; worth knowing
    OK = "ok"  #: it is there


@dataclass(frozen=True, slots=True)
class Note:
    """`places` are [line, column], counting from 1, of which `line` and `column` are the first."""

    level: Level
    kind: str
    name: str
    message: str
    instead: str = ""
    places: Sequence[list[int]] = ()

    @property
    def line(self) -> int | None:
        return self.places[0][0] if self.places else None

    @property
    def column(self) -> int | None:
        return self.places[0][1] if self.places else None

    def as_dict(self) -> dict[str, Any]:
        return {
            "level": self.level,
            "kind": self.kind,
            "name": self.name,
            "line": self.line,
            "column": self.column,
            "places": [list(place) for place in self.places],
            "message": self.message,
            "instead": self.instead,
        }


@dataclass(frozen=True, slots=True)
class Text:
    """What is said of one kind of thing; `{…}` in it are the facts."""

    message: str
    instead: str = ""
    level: Level = Level.WARNING

    def note(self, kind: str, name: str, facts: Mapping[str, Any]) -> Note:
        """Return it as a note on what was found."""
        return Note(
            self.level,
            kind,
            name,
            self.message.format_map(facts),
            self.instead.format_map(facts),
            facts.get("places", ()),
        )


@dataclass(frozen=True, slots=True)
class UsedAs:
    """The integration that the script is for, as far as it is known."""

    type: str | None = None
    lifecycle: str | None = None
    may_choose_room: bool | None = None

    @classmethod
    def by(cls, integration: Integration) -> Self:
        """Return how a saved integration uses its script."""
        return cls(integration.type, integration.lifecycle, integration.override_channel)
