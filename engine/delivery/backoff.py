"""How long to wait after a failure."""

from __future__ import annotations

from collections.abc import Sequence

#: Failures in a row after which a destination itself is let alone for a while, all of its messages.
LANE_FAILURES = 5
_LANE_FIRST_S, _LANE_MOST_S = 1.0, 60.0
_JITTER = 0.2


def delivery_wait_s(schedule_s: Sequence[float], attempts: int, chance: float) -> float:
    """
    Return how long a message waits after so many attempts; the schedule's last entry repeats.

    `chance` is between 0 and 1: what failed together is not tried again together.
    """
    base_s = schedule_s[min(max(attempts, 1), len(schedule_s)) - 1]
    return base_s * (1 - _JITTER + 2 * _JITTER * chance)


def lane_wait_s(failures: int) -> float:
    """Return how long a destination is let alone after so many failures in a row."""
    if failures < LANE_FAILURES:
        return 0.0
    return min(_LANE_FIRST_S * 2.0 ** min(failures - LANE_FAILURES, 16), _LANE_MOST_S)
