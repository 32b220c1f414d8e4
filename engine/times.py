"""Times as JSON tells them: written as JavaScript writes them, read in every form that is met."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

#: Numbers above it are milliseconds since 1970, as JavaScript counts; below, seconds.
_MILLISECONDS_FROM = 1e11


def iso(moment: datetime) -> str:
    """Return a time as JavaScript's toISOString writes it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read_time(value: Any) -> datetime | None:
    """Return a time that was given as ISO text, or as seconds or milliseconds since 1970."""
    try:
        if isinstance(value, str) and not re.fullmatch(r"\d{1,16}(\.\d+)?", value):
            moment = datetime.fromisoformat(value)
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            return None
        number = float(value)
        return datetime.fromtimestamp(
            number / 1000 if abs(number) > _MILLISECONDS_FROM else number, UTC
        )
    except (ValueError, OverflowError, OSError):
        return None
