"""How often: requests to a hook, and failed logins."""

from __future__ import annotations

import time
from dataclasses import dataclass

from limits import RateLimitItemPerMinute, RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

MAX_FAILED_LOGINS = 5
LOCK_OUT_S = 15 * 60


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a request may go on; `reset_at_s` is when the window ends, as a Unix time."""

    allowed: bool
    limit: int
    remaining: int
    reset_at_s: float

    @property
    def wait_s(self) -> int:
        """Whole seconds until the window ends, at least one."""
        return max(1, int(self.reset_at_s - time.time() + 0.999))


class HookRate:
    """Counts requests to each hook in windows of a minute."""

    def __init__(self) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def count(self, integration_id: str, per_minute: int) -> Verdict | None:
        """Count one request; None when there is no limit."""
        if per_minute <= 0:
            return None
        item = RateLimitItemPerMinute(per_minute)
        allowed = self._limiter.hit(item, integration_id)
        window = self._limiter.get_window_stats(item, integration_id)
        return Verdict(allowed, per_minute, window.remaining, window.reset_time)


class LoginGuard:
    """Locks a name out, for one address, after repeated failures; and an address after many."""

    def __init__(self) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._pair = RateLimitItemPerSecond(MAX_FAILED_LOGINS, LOCK_OUT_S)
        self._address = RateLimitItemPerSecond(4 * MAX_FAILED_LOGINS, LOCK_OUT_S)

    def locked_for_s(self, username: str, address: str) -> int:
        """Return for how many more seconds logins are refused; 0 when they are not."""
        for item, keys in self._keys(username, address):
            if not self._limiter.test(item, *keys):
                reset_at_s = self._limiter.get_window_stats(item, *keys).reset_time
                return max(1, int(reset_at_s - time.time() + 0.999))
        return 0

    def failed(self, username: str, address: str) -> None:
        """Count a failed login."""
        for item, keys in self._keys(username, address):
            self._limiter.hit(item, *keys)

    def succeeded(self, username: str, address: str) -> None:
        """Forget a name's failures; the address's stay."""
        item, keys = self._keys(username, address)[0]
        self._limiter.clear(item, *keys)

    def _keys(
        self, username: str, address: str
    ) -> list[tuple[RateLimitItemPerSecond, tuple[str, ...]]]:
        # The name is shortened: a flood of long ones must not fill the memory.
        return [
            (self._pair, ("name", username[:64].lower(), address)),
            (self._address, ("address", address)),
        ]
