"""What a run took, beside what it may take, and what it asked of the outside: as its page shows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from admin.units import milliseconds, size
from engine.models import Execution
from engine.sandbox.outcome import RunLimits

#: From this share of a limit on, the next larger request may meet it.
_TIGHT = 0.8


@dataclass(frozen=True, slots=True)
class Gauge:
    """A figure; `share` is how much of the limit it is, None where there is no limit to show."""

    label: str
    value: str
    limit: str = ""
    share: float | None = None

    @property
    def is_tight(self) -> bool:
        return self.share is not None and self.share >= _TIGHT


@dataclass(frozen=True, slots=True)
class Call:
    """One request of a script to the outside; without a status, it got no answer."""

    method: str
    url: str
    status: int | None
    duration_ms: float | None
    size_bytes: int | None
    error: str

    @property
    def tone(self) -> str:
        """The class that colours its answer."""
        if self.status is None or self.error:
            return "bad"
        return "ok" if self.status < 400 else "warn"


def gauges(execution: Execution, limits: RunLimits | None, most_calls: int) -> list[Gauge]:
    """Return what was measured of a run; `limits` are those that hold now, where it is known whose."""
    if execution.run_ms is None:
        return []
    found = []
    if execution.boot_ms is not None:
        found.append(Gauge("Start-up", milliseconds(execution.boot_ms)))
    if execution.cpu_ms is not None:
        limit_ms = limits.cpu_s * 1000 if limits else None
        found.append(_gauge("CPU", execution.cpu_ms, limit_ms, milliseconds))
    if execution.memory_bytes is not None:
        found.append(Gauge("Memory", size(execution.memory_bytes)))
    found += [
        _gauge("Console", execution.console_bytes, limits.console_bytes if limits else None, size),
        _gauge("Result", execution.result_bytes, limits.result_bytes if limits else None, size),
        _gauge("Calls", execution.call_count, most_calls, str),
    ]
    return found


def calls(stored: Sequence[Any]) -> list[Call]:
    """Return the calls of a run; what is not a call, or of a wrong type, is left out."""
    return [_call(one) for one in stored if isinstance(one, Mapping)]


def _gauge(label: str, value: float, limit: float | None, said: Callable[[Any], str]) -> Gauge:
    if not limit:
        return Gauge(label, said(value))
    return Gauge(label, said(value), said(limit), min(1.0, value / limit))


def _call(given: Mapping[str, Any]) -> Call:
    status, duration_ms = given.get("status"), given.get("durationMs")
    size_bytes = given.get("bytes")
    return Call(
        method=_text(given.get("method")) or _text(given.get("kind")),
        url=_text(given.get("url")),
        status=status if isinstance(status, int) else None,
        duration_ms=duration_ms if isinstance(duration_ms, int | float) else None,
        size_bytes=size_bytes if isinstance(size_bytes, int) else None,
        error=_text(given.get("error")),
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
