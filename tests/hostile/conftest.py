"""One arena for all the cases of a test file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.hostile.arena import Arena


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """The pool, its outside and the neighbour, who lives until the last case is over."""
    arena = Arena(tmp_path_factory.mktemp("arena") / "data")
    yield arena
    arena.close()
