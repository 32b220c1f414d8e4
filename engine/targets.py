"""The rooms and users that integrations name: whether they are there when one is saved."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy.orm import Session

from engine import rooms
from engine.errors import Invalid
from engine.models import Room


class UnknownTargets(Invalid):
    """Rooms or users that are named are not there; `creatable` are the rooms that can be made."""

    def __init__(self, missing: Sequence[str], *, field: str) -> None:
        named = {
            "room": [one for one in missing if not one.startswith("@")],
            "user": [one for one in missing if one.startswith("@")],
        }
        said = [f"no {kind} {', '.join(several)}" for kind, several in named.items() if several]
        super().__init__(f"There is {' and '.join(said)}", field=field)
        self.missing = list(missing)
        self.creatable = [one for one in named["room"] if rooms.is_room_name(one)]


def missing(session: Session, targets: Iterable[str]) -> list[str]:
    """Return those of `#room` and `@user` that nothing could be posted to."""
    return [one for one in targets if not rooms.is_there(session, one)]


def require(session: Session, targets: Iterable[str], field: str) -> None:
    """
    Let targets pass that are there.

    :raise UnknownTargets: when some are not.
    """
    if unknown := missing(session, targets):
        raise UnknownTargets(unknown, field=field)


def create_rooms(session: Session, targets: Iterable[str], wanted: bool | list[str]) -> list[Room]:
    """Make the rooms that are missing, all of them or those that are wanted; return them."""
    made = []
    for target in missing(session, targets):
        is_wanted = target in wanted if isinstance(wanted, list) else wanted
        if is_wanted and target.startswith("#") and rooms.is_room_name(target):
            made.append(rooms.create_channel(session, target))
            session.flush()
    return made
