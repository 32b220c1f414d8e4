"""A room for each client."""

from __future__ import annotations

import pytest

from tests.acceptance.conftest import Server
from tests.acceptance.places import Place


@pytest.fixture
def place(shared_server: Server) -> Place:
    """A room on the server that all clients share."""
    return Place(shared_server)
