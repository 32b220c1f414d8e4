"""How durations and sizes are said on the pages."""

from __future__ import annotations

from flask import Flask

from engine.pauses import duration

#: Where a figure would stand.
NOTHING = "–"  # noqa: RUF001 - a dash, not a minus


def install(app: Flask) -> None:
    """Give the templates these words."""
    app.jinja_env.filters.update(milliseconds=milliseconds, size=size, duration=duration)


def milliseconds(value: float | None) -> str:
    """Return a duration as one says it."""
    if value is None:
        return NOTHING
    if value >= 1000:
        return f"{value / 1000:.1f} s"
    if 0 < value < 0.05:
        return "< 0.1 ms"
    return f"{value:.0f} ms" if value >= 100 else f"{value:.1f} ms"


def size(count: int) -> str:
    """Return a number of bytes as one says it."""
    if count < 1024:
        return f"{count} B"
    return f"{count / 1024:.1f} KiB" if count < 1 << 20 else f"{count / (1 << 20):.1f} MiB"
