"""A room for each statement, and programs that outgoing webhooks call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.acceptance.conftest import Server
from tests.acceptance.places import Place
from tests.internet import Seen
from tests.internet import Server as Listener
from tests.outgoing import in_turn, reply

Listen = Callable[..., Listener]
_PATH = "/events"


def url_of(listener: Listener) -> str:
    """Return the address at which a program is to be called."""
    return f"http://127.0.0.1:{listener.port}{_PATH}"


def calls_of(listener: Listener) -> list[Seen]:
    """Return the calls of that address; whoever looks for another server on its port is none."""
    return [seen for seen in listener.requests if seen.path.partition("?")[0] == _PATH]


@pytest.fixture
def place(shared_server: Server) -> Place:
    """A room on the server that all statements share."""
    return Place(shared_server)


@pytest.fixture
def listen() -> Iterator[Listen]:
    """Start programs on this machine that answer what they are told to, in turn."""
    started: list[Listener] = []

    def start(*answers: Any) -> Listener:
        said = [reply(one) for one in answers] or [reply(b"")]
        started.append(Listener(in_turn(*said)))
        return started[-1]

    yield start
    for one in started:
        one.close()
