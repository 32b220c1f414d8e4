"""What every request looks up and nearly no request changes, kept in memory for a moment."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

from engine.db import Database

#: How long another process's change may go unseen; this process's own is seen at once.
MAX_AGE_S = 1.0
_MAX_ENTRIES = 10_000

T = TypeVar("T")


class ReadCache:
    """
    Remembers what was read, until this process writes to a table it was read from or a second has passed.

    Those tables are `engine.db.CACHED_TABLES`. Values are shared between threads: they must not be changed, nor bound to a session.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._entries: dict[Any, tuple[float, int, Any]] = {}

    def get(self, key: Any, read: Callable[[], T | None]) -> T | None:
        """Return the value of a key; what is not there is looked for each time."""
        now, generation = time.monotonic(), self._database.generation
        known = self._entries.get(key)
        if known is not None and known[1] == generation and now - known[0] < MAX_AGE_S:
            value: T = known[2]
            return value
        found = read()
        if found is not None:
            if len(self._entries) >= _MAX_ENTRIES:
                self._entries.clear()
            self._entries[key] = (now, generation, found)
        return found
