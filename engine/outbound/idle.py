"""Connections between two calls: kept for a short while, closed when nobody comes."""

from __future__ import annotations

import threading
import time

from engine.outbound.addresses import Address
from engine.outbound.connection import Connection

#: Scheme, host and port; the policy is whose pool this is.
Origin = tuple[str, str | Address, int]

_PER_ORIGIN = 64
_MAX_KEPT = 256


class IdleConnections:
    """
    Open connections that no call uses, of one policy.

    `keep_s` should be shorter than what servers keep theirs for (Node.js and others: 5 seconds),
    so that a request seldom meets a connection that is just being closed.
    """

    def __init__(self, keep_s: float) -> None:
        self._keep_s = keep_s
        self._lock = threading.Lock()
        self._kept: dict[Origin, list[Connection]] = {}
        self._reaper: threading.Thread | None = None
        self._closed = threading.Event()

    def take(self, origin: Origin) -> Connection | None:
        """Return the most recently used connection that is still good."""
        while True:
            with self._lock:
                kept = self._kept.get(origin)
                connection = kept.pop() if kept else None
            if connection is None or (not self._is_old(connection) and connection.is_reusable):
                return connection
            connection.close()

    def give(self, origin: Origin, connection: Connection) -> None:
        """Keep a connection that is open and has nothing under way, unless there are enough."""
        connection.idle_since = time.monotonic()
        with self._lock:
            kept = self._kept.setdefault(origin, [])
            full = len(kept) >= _PER_ORIGIN or sum(map(len, self._kept.values())) >= _MAX_KEPT
            if not full and not self._closed.is_set():
                kept.append(connection)
                if self._reaper is None:
                    self._reaper = threading.Thread(
                        target=self._reap, name="idle-connections", daemon=True
                    )
                    self._reaper.start()
                return
        connection.close()

    def close(self) -> None:
        """Close all of them, and those that are given from now on."""
        self._closed.set()
        with self._lock:
            kept, self._kept = self._kept, {}
        for connections in kept.values():
            for connection in connections:
                connection.close()

    def _is_old(self, connection: Connection) -> bool:
        return time.monotonic() >= connection.idle_since + self._keep_s

    def _reap(self) -> None:
        while not self._closed.wait(self._keep_s):
            old: list[Connection] = []
            with self._lock:
                for origin, connections in list(self._kept.items()):
                    old += filter(self._is_old, connections)
                    self._kept[origin] = [one for one in connections if one not in old]
                    if not self._kept[origin]:
                        del self._kept[origin]
                done = not self._kept
                if done:
                    self._reaper = None
            for connection in old:
                connection.close()
            if done:
                return
