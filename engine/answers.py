"""What a caller of an incoming hook gets back, in Rocket.Chat's words (wire.md 1.1); `engine.dialects` translates."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson

UNKNOWN_HOOK = "Invalid integration id or token provided."
NOT_ALLOWED = "Method Not Allowed"
NO_USER = "You must be logged in to do this."
DISABLED = "Service Unavailable"
OVERRIDE_OFF = "overriding destination channel is disabled for this integration"
EVALUATING = "error-evaluating-script"
RUNNING = "error-running-script"
UNKNOWN_ERROR = "unknown-error"
INTERNAL = "Internal server error; the log says what happened"


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, body (JSON, or a plain text) and headers beyond the usual ones."""

    status: int
    body: dict[str, Any] | str
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def content_type(self) -> str:
        return "text/plain" if isinstance(self.body, str) else "application/json"

    def encoded(self) -> bytes:
        """Return the body as it is sent."""
        return self.body.encode() if isinstance(self.body, str) else orjson.dumps(self.body)


def success(response: Any = None) -> Answer:
    """Answer that it went well, with what the script wants to say."""
    members = response if isinstance(response, dict) else {}
    return Answer(200, {**members, "success": True})


def failure(status: int, error: Any, **headers: str) -> Answer:
    """Answer that it went wrong: an object is merged, anything else becomes `error`."""
    body = (
        {**error, "success": False}
        if isinstance(error, dict)
        else {"success": False, "error": error}
    )
    return Answer(status, body, {name.replace("_", "-"): value for name, value in headers.items()})


def paused(wait_s: int) -> Answer:
    """Answer that the script failed too often to be tried now."""
    return failure(
        503,
        "This integration is paused, because its script keeps failing. "
        f"You must wait {wait_s} seconds before trying this endpoint again.",
        Retry_After=str(wait_s),
    )


def too_many(wait_s: int, limit: int, reset_at_s: float) -> Answer:
    """Answer that the caller has to wait."""
    return failure(
        429,
        "Error, too many requests. Please slow down. "
        f"You must wait {wait_s} seconds before trying this endpoint again.",
        X_RateLimit_Limit=str(limit),
        X_RateLimit_Remaining="0",
        X_RateLimit_Reset=str(int(reset_at_s * 1000)),
        Retry_After=str(wait_s),
    )
