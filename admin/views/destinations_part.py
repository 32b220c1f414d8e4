"""The Destinations part of an integration's form: where its messages go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from engine import destinations, transports
from engine.delivery.tables import Destination
from engine.destinations import ROOMS
from engine.models import Integration

#: So many places are named in a line.
_NAMED = 4


@dataclass(frozen=True, slots=True)
class DestinationsPart:
    """The destinations that are ticked."""

    chosen: Sequence[str] = (ROOMS,)
    #: Whether the checkboxes were there at all; where they were not, nothing changes.
    present: bool = True

    @classmethod
    def of(cls, integration: Integration) -> DestinationsPart:
        """Return what an integration has."""
        return cls(tuple(integration.destinations))

    @classmethod
    def typed(cls, form: MultiDict[str, str]) -> DestinationsPart:
        """Return what somebody submitted."""
        return cls(tuple(form.getlist("destination")), "destinations" in form)

    def given(self) -> dict[str, list[str]]:
        """Return it as the engine takes it."""
        return {"destinations": list(self.chosen)} if self.present else {}

    def problem(self) -> str | None:
        """Return what is wrong with it that the engine would not refuse."""
        return "Choose where its messages go" if self.present and not self.chosen else None


@dataclass(frozen=True, slots=True)
class Offered:
    """A destination to choose."""

    id: str
    name: str
    type: str
    state: str


def offered(session: Session) -> list[Offered]:
    """Return the destinations to choose from beside the rooms."""
    return [
        Offered(one.id, one.name, one.type, destinations.state_of(one, lane))
        for one, lane in destinations.list_destinations(session)
        if one.type not in transports.MANAGED
    ]


def names(session: Session) -> dict[str, str]:
    """Return id -> name of every destination beside the rooms."""
    found = sa.select(Destination.id, Destination.name)
    return {id_: name for id_, name in session.execute(found)}


def elsewhere(integration: Integration, names: Mapping[str, str]) -> list[str]:
    """Return how the destinations beside the rooms are called that an integration has."""
    return [names[one] for one in integration.destinations if one in names]


def goes_to(integration: Integration, names: Mapping[str, str]) -> str:
    """Return where an integration's messages go, in a line."""
    places = list(integration.channels) if ROOMS in integration.destinations else []
    places += elsewhere(integration, names)
    more = len(places) - _NAMED
    return ", ".join(places[:_NAMED]) + (f" and {more} more" if more > 0 else "")
