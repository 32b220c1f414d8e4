"""Which outgoing integrations something is for (wire.md 1.3 B "Channels", 2.2 B): pure, asked for every message."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.models import Integration, RoomType
from engine.outgoing import settings
from engine.outgoing.occasion import Place


@dataclass(frozen=True, slots=True)
class Trigger:
    """What an outgoing integration waits for."""

    integration_id: str
    event: str
    channels: frozenset[str]
    words: tuple[str, ...]
    word_anywhere: bool
    on_edits: bool
    word_begins: bool
    is_mattermost: bool
    urls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """Of a message, what decides."""

    text: str
    author_id: str
    #: The integration that posted it.
    integration_id: str | None
    edited: bool = False


#: Event -> the triggers that wait for it.
Watching = Mapping[str, Sequence[Trigger]]


def watching(integrations: Iterable[Integration]) -> Watching:
    """Return the triggers of outgoing integrations."""
    found: dict[str, list[Trigger]] = {}
    for integration in integrations:
        own = settings.of(integration)
        uses = settings.EVENTS[own["event"]]
        trigger = Trigger(
            integration_id=integration.id,
            event=own["event"],
            channels=frozenset(_channels(integration)),
            words=tuple(own["triggerWords"]) if uses.words else (),
            word_anywhere=own["triggerWordAnywhere"],
            on_edits=own["runOnEdits"],
            word_begins=own["triggerWhen"] == settings.FIRST_WORD_STARTS_WITH,
            is_mattermost=settings.is_mattermost(integration),
            urls=tuple(own["urls"]),
        )
        found.setdefault(trigger.event, []).append(trigger)
    return found


def is_for(trigger: Trigger, place: Place | None, said: Said | None) -> bool:
    """Tell whether a trigger waits for what happened in a place, its words left aside."""
    if said is not None and not _may_trigger(trigger, said):
        return False
    if place is None or not settings.EVENTS[trigger.event].channel:
        return True
    if trigger.is_mattermost:
        return place.room.type == RoomType.CHANNEL and _listens(trigger, place, "")
    return _listens(trigger, place, said.author_id if said is not None else "")


def word_of(trigger: Trigger, text: str) -> str | None:
    """Return the trigger word that a text has, None when none matches; "" when none is wanted."""
    if not trigger.words:
        return ""
    if trigger.is_mattermost:
        first = next(iter(text.split(maxsplit=1)), "")
        return next((word for word in trigger.words if _begins(trigger, first, word)), None)
    if trigger.word_anywhere:
        return next((word for word in trigger.words if word in text), None)
    return next((word for word in trigger.words if text.startswith(word)), None)


def _channels(integration: Integration) -> Iterator[str]:
    for channel in integration.channels:
        yield channel
        if channel.startswith("@"):
            yield channel.lower()  # of names the case does not matter, of ids it does


def _begins(trigger: Trigger, first: str, word: str) -> bool:
    return first.startswith(word) if trigger.word_begins else first == word


def _may_trigger(trigger: Trigger, said: Said) -> bool:
    if said.integration_id == trigger.integration_id:
        return False
    if trigger.is_mattermost:
        # Its own way of preventing loops: what any webhook posted triggers none.
        return said.integration_id is None and not said.edited
    return trigger.on_edits or not said.edited


def _listens(trigger: Trigger, place: Place, author_id: str) -> bool:
    room, channels = place.room, trigger.channels or {settings.ALL_PUBLIC}
    if room.type == RoomType.DIRECT:
        return settings.ALL_DIRECT in channels or any(
            f"@{user_id}" in channels
            or (user_id != author_id and f"@{username.lower()}" in channels)
            for user_id, username in place.people
        )
    every = settings.ALL_PUBLIC if room.type == RoomType.CHANNEL else settings.ALL_PRIVATE
    return every in channels or f"#{room.id}" in channels or f"#{room.name}" in channels
