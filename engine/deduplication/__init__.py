"""A delivery that comes again is answered like the first time, and not run again."""

from engine.deduplication.guard import (
    RETRY_AFTER_S,
    Claim,
    ClaimLost,
    Deduplicator,
    Repeated,
    StillRunning,
    forget_ended,
)
from engine.deduplication.ids import delivery_id

__all__ = [
    "RETRY_AFTER_S",
    "Claim",
    "ClaimLost",
    "Deduplicator",
    "Repeated",
    "StillRunning",
    "delivery_id",
    "forget_ended",
]
