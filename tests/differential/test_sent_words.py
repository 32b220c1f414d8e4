"""No word and no address of a message is lost on its way to any destination."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.transports.apprise import AppriseTransport
from engine.transports.base import Network
from engine.transports.message import Result, Target
from tests.differential.messages import messages
from tests.differential.sent import PLACES, Arrived, bodies
from tests.farsides.others import AppriseSide

#: Places that have no room for a member.
_NO_ROOM_FOR = {
    # A contact is talked to by the bot, whose name is no part of what is said.
    "uchatwebhook": ("alias: ",)
}


@pytest.mark.parametrize("place", PLACES)
def test_every_word_arrives(place: str) -> None:
    """What the room shows of each message is in the bodies: words in order, addresses unchanged."""
    lost = {}
    for message in messages():
        missing = Arrived(place, bodies(place, message)).missing(message)
        if found := [one for one in missing if not one.startswith(_NO_ROOM_FOR.get(place, ()))]:
            lost[message.id] = found[:5]
    assert lost == {}


@pytest.fixture(scope="module")
def apprise() -> Iterator[AppriseTransport]:
    """A transport whose process may reach this machine."""
    made = AppriseTransport(Network(public_only=True, allowed=("127.0.0.0/8",)), processes=1)
    yield made
    made.close()


def test_every_word_arrives_by_apprise(apprise: AppriseTransport) -> None:
    """The text that Apprise's process hands to a service, and its title."""
    lost = {}
    with AppriseSide() as far:
        for message in messages():
            far.got.clear()
            verdict = apprise.send(message, Target(far.address), 30.0)
            assert verdict.result is Result.DELIVERED, (message.id, verdict)
            sent = [{"title": got.json["title"], "text": got.json["message"]} for got in far.got]
            if missing := Arrived("apprise", sent).missing(message):
                lost[message.id] = missing[:5]
    assert lost == {}
