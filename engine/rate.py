"""How often: requests to a hook, and failed logins."""

from __future__ import annotations

import re
import threading
import time
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Protocol

MAX_FAILED_LOGINS = 5
LOCK_OUT_S = 15 * 60
MINUTE_S = 60.0
#: Ended windows are dropped when this many are held, so that made-up keys cannot fill the memory.
_SWEEP_AT = 10_000
#: What one subscriber of IPv6 has at least, and may take addresses from as they like (RFC 6177).
_PREFIX_BITS = 64
_SHOWN_CHARS = 64
#: As some proxies write them: `[2001:db8::1]:443`, `192.0.2.1:443`.
_WITH_PORT = re.compile(r"\[([^\]]*)\](?::\d+)?|([\d.]+):\d+")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a request may go on; `reset_at_s` is when the window ends, as a Unix time."""

    allowed: bool
    limit: int
    reset_at_s: float

    @property
    def wait_s(self) -> int:
        """Whole seconds until the window ends, at least one."""
        return max(1, int(self.reset_at_s - time.time() + 0.999))


class Counts(Protocol):
    """Counts events by key in windows that begin with the key's first event."""

    def add(self, key: str) -> tuple[int, float]:
        """Count an event; return how many this window has, and when it ends (Unix time)."""

    def take_back(self, key: str) -> None:
        """Uncount one event."""

    def forget(self, key: str) -> None:
        """Begin anew for a key."""


class Windows:
    """
    Counts in this process's memory; `engine.shared_rate` counts for several.

    Our own, because the `limits` package's memory storage starts a timer thread for nearly every
    event, which costs a request more than everything else that happens here.
    """

    def __init__(self, window_s: float) -> None:
        self._window_s = window_s
        self._lock = threading.Lock()
        self._counts: dict[str, tuple[float, int]] = {}

    def add(self, key: str) -> tuple[int, float]:
        now = time.time()
        with self._lock:
            ends_at, count = self._counts.get(key, (0.0, 0))
            if ends_at <= now:
                self._sweep(now)
                ends_at, count = now + self._window_s, 0
            self._counts[key] = (ends_at, count + 1)
        return count + 1, ends_at

    def take_back(self, key: str) -> None:
        with self._lock:
            ends_at, count = self._counts.get(key, (0.0, 0))
            if count > 0:
                self._counts[key] = (ends_at, count - 1)

    def forget(self, key: str) -> None:
        with self._lock:
            self._counts.pop(key, None)

    def _sweep(self, now: float) -> None:
        if len(self._counts) >= _SWEEP_AT:
            self._counts = {key: value for key, value in self._counts.items() if value[0] > now}


class HookRate:
    """Counts requests to each hook, in windows of a minute."""

    def __init__(self, windows: Counts | None = None) -> None:
        self._windows = windows or Windows(MINUTE_S)

    def count(self, integration_id: str, per_minute: int) -> Verdict | None:
        """Count one request; None when there is no limit."""
        if per_minute <= 0:
            return None
        count, ends_at = self._windows.add(integration_id)
        return Verdict(count <= per_minute, per_minute, ends_at)


class LoginGuard:
    """
    Locks a name out, for one address, after repeated failures; and an address after many.

    Every attempt counts as failed until it has succeeded, so that a hundred at once are no way round.
    """

    def __init__(self, windows: Counts | None = None) -> None:
        self._windows = windows or Windows(LOCK_OUT_S)

    def begin(self, username: str, address: str) -> int:
        """Count an attempt; return for how many seconds logins are refused, 0 when this one may go on."""
        counted: list[str] = []
        for key, allowed in self._keys(username, address):
            count, ends_at = self._windows.add(key)
            if count > allowed:
                # What one lock refuses was no guess, and counts towards no other.
                for other in counted:
                    self._windows.take_back(other)
                return max(1, int(ends_at - time.time() + 0.999))
            counted.append(key)
        return 0

    def succeeded(self, username: str, address: str) -> None:
        """Forget a name's failures; the address's stay."""
        (name_key, _), (address_key, _) = self._keys(username, address)
        self._windows.forget(name_key)
        self._windows.take_back(address_key)

    def _keys(self, username: str, address: str) -> list[tuple[str, int]]:
        network = network_of(address)
        # The name is shortened: a flood of long ones must not fill the memory.
        return [
            (f"name {network} {username[:64].lower()}", MAX_FAILED_LOGINS),
            (f"address {network}", 4 * MAX_FAILED_LOGINS),
        ]


def network_of(address: str) -> str:
    """
    Return what is counted as one caller: an IPv4 address, or the /64 of an IPv6 address.

    IPv4 that is written as IPv6 is IPv4. What is no address is counted as it is, shortened.
    """
    match = _WITH_PORT.fullmatch(address)
    try:
        parsed = ip_address((match[1] or match[2]) if match else address)
    except ValueError:
        return address[:_SHOWN_CHARS]
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(IPv6Network((int(parsed), _PREFIX_BITS), strict=False))
