"""Scripts that never come to an end, or to one that nobody can write down."""

from __future__ import annotations

import pytest

from tests.hostile.arena import Arena
from tests.hostile.cases import COMPUTING, Case, read_cases


@pytest.mark.parametrize("case", read_cases(COMPUTING), ids=lambda case: case.id)
def test_a_hostile_script_ends_as_its_header_says(arena: Arena, case: Case) -> None:
    """Under its outcome's own name, within memory and time, and its neighbour never fails."""
    assert arena.problems(case, arena.run(case)) == []


def test_afterwards_all_is_as_before(arena: Arena) -> None:
    """This process holds what it held, within 10 %, and all workers are there."""
    assert arena.remains() == []
