"""What an integration may be limited to, below what the administrator set."""

from __future__ import annotations

from typing import Any

from engine.errors import Invalid
from engine.settings import Settings

#: Per-integration limit -> the setting that is its greatest value.
LIMITS = {
    "cpuS": "script_cpu_s",
    "wallS": "script_wall_s",
    "consoleLines": "console_max_lines",
    "consoleBytes": "console_max_bytes",
    "resultBytes": "result_max_bytes",
    "heapBytes": "script_heap_bytes",
    "ratePerMinute": "rate_limit_per_minute",
}
#: Where the administrator sets no limit at all.
_GREATEST_LIMIT = 1e9


def check(settings: Settings, given: Any) -> dict[str, Any]:
    """
    Return the limits an integration may have of its own.

    :raise Invalid: when one is unknown, or beyond the administrator's.
    """
    if not isinstance(given, dict):
        raise Invalid("limits is an object", field="limits")
    limits: dict[str, Any] = {}
    for name, value in given.items():
        if name not in LIMITS:
            raise Invalid(f"limits has no {name}; there are {', '.join(LIMITS)}", field="limits")
        if value is None:
            continue
        greatest = getattr(settings, LIMITS[name])
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not 0 < value <= _GREATEST_LIMIT:
            raise Invalid(f"limits.{name} is a number above 0", field="limits")
        if greatest and value > greatest:
            raise Invalid(
                f"limits.{name} is at most {greatest:g} here (HOOKSMITH_{LIMITS[name].upper()})",
                field="limits",
            )
        limits[name] = value if name in ("cpuS", "wallS") else int(value)
    return limits
