"""
What the web nodes of a fleet count together: requests to a hook, and failed logins.

Counted in Redis where it is the broker (one round trip), else in PostgreSQL (one statement on a table
that is not logged, so no commit waits for the disk). Rates are worth no request: where neither
answers, each node counts for itself until it does.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import time
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Database, Model
from engine.rate import Windows

log = logging.getLogger(__name__)

#: How long one look may take, and how long it is not tried again after one that failed.
_TIMEOUT_S = 0.5
_AFTER_FAILURE_S = 5.0


class RateWindow(Model):
    """Events of one key in its present window."""

    __tablename__ = "rate_window"

    key: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    count: Mapped[int]
    ends_at: Mapped[dt.datetime] = mapped_column(index=True)


class Store(Protocol):
    """Counts for all nodes; raises what its driver raises."""

    def add(self, key: str, window_s: float) -> tuple[int, float]:
        """Count an event; return how many the window has, and in how many seconds it ends."""

    def take_back(self, key: str) -> None:
        """Uncount one event."""

    def forget(self, key: str) -> None:
        """Begin anew for a key."""

    def close(self) -> None:
        """Let go of connections."""


class SharedWindows:
    """Counts in a store; in memory while that does not answer."""

    def __init__(self, store: Store, name: str, window_s: float) -> None:
        self._store = store
        self._name = name
        self._window_s = window_s
        self._alone = Windows(window_s)
        self._try_at = 0.0

    def add(self, key: str) -> tuple[int, float]:
        if self._is_there():
            try:
                count, left_s = self._store.add(self._stored(key), self._window_s)
                return count, time.time() + left_s
            except Exception as exc:
                self._failed(exc)
        return self._alone.add(key)

    def take_back(self, key: str) -> None:
        self._alone.take_back(key)
        if self._is_there():
            try:
                self._store.take_back(self._stored(key))
            except Exception as exc:
                self._failed(exc)

    def forget(self, key: str) -> None:
        self._alone.forget(key)
        if self._is_there():
            try:
                self._store.forget(self._stored(key))
            except Exception as exc:
                self._failed(exc)

    def _is_there(self) -> bool:
        return time.monotonic() >= self._try_at

    def _failed(self, exc: Exception) -> None:
        # Each kind of store has its own exceptions, and none of them may cost a request its answer.
        log.warning("%s rates are counted by each node alone for now: %r", self._name, exc)
        self._try_at = time.monotonic() + _AFTER_FAILURE_S

    def _stored(self, key: str) -> str:
        # Names that somebody tried at a login are nothing to keep, and may be long.
        digest = hashlib.sha256(key.encode(errors="replace")).hexdigest()
        return f"{self._name}:{digest[:40]}"


class RedisStore:
    """Counts in Redis."""

    _ADD = """
local count = redis.call('INCR', KEYS[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
  left = tonumber(ARGV[1])
end
return {count, left}
"""
    _TAKE_BACK = """
if tonumber(redis.call('GET', KEYS[1]) or '0') > 0 then
  redis.call('DECR', KEYS[1])
end
"""

    def __init__(self, url: str, installation: str) -> None:
        # Only fleets need it.
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        self._prefix = f"hooksmith-{installation}:rate:"
        self._redis = redis.Redis.from_url(
            url,
            socket_timeout=_TIMEOUT_S,
            socket_connect_timeout=_TIMEOUT_S,
            # Once more, at once: a kept connection may have ended since its last use.
            retry=Retry(NoBackoff(), 1),
        )
        self._add: Any = self._redis.register_script(self._ADD)
        self._take_back: Any = self._redis.register_script(self._TAKE_BACK)

    def add(self, key: str, window_s: float) -> tuple[int, float]:
        count, left_ms = self._add(keys=[self._prefix + key], args=[int(window_s * 1000)])
        return count, left_ms / 1000

    def take_back(self, key: str) -> None:
        self._take_back(keys=[self._prefix + key])

    def forget(self, key: str) -> None:
        self._redis.delete(self._prefix + key)

    def close(self) -> None:
        self._redis.close()


class DatabaseStore:
    """Counts in PostgreSQL, by its clock."""

    _ADD = sa.text(
        "INSERT INTO rate_window AS held (key, count, ends_at)"
        " VALUES (:key, 1, clock_timestamp() + :window_s * interval '1 second')"
        " ON CONFLICT (key) DO UPDATE SET"
        " count = CASE WHEN held.ends_at <= clock_timestamp() THEN 1 ELSE held.count + 1 END,"
        " ends_at = CASE WHEN held.ends_at <= clock_timestamp() THEN excluded.ends_at"
        " ELSE held.ends_at END"
        " RETURNING count, extract(epoch FROM ends_at - clock_timestamp())"
    )
    _TAKE_BACK = sa.text("UPDATE rate_window SET count = count - 1 WHERE key = :key AND count > 0")
    _FORGET = sa.text("DELETE FROM rate_window WHERE key = :key")

    def __init__(self, database_url: str) -> None:
        # Connections of its own: none is asked whether it still lives, and nothing is rolled back,
        # which are two of three round trips.
        self._engine = sa.create_engine(
            database_url,
            isolation_level="AUTOCOMMIT",
            pool_reset_on_return=None,
            pool_size=8,
            hide_parameters=True,
            max_overflow=8,
            pool_timeout=_TIMEOUT_S,
            connect_args={"connect_timeout": 2},
        )

    def add(self, key: str, window_s: float) -> tuple[int, float]:
        row = self._execute(self._ADD, {"key": key, "window_s": window_s})
        return row[0], max(0.0, float(row[1]))

    def take_back(self, key: str) -> None:
        self._execute(self._TAKE_BACK, {"key": key})

    def forget(self, key: str) -> None:
        self._execute(self._FORGET, {"key": key})

    def close(self) -> None:
        self._engine.dispose()

    def _execute(self, statement: sa.TextClause, values: dict[str, Any]) -> Any:
        try:
            return self._execute_once(statement, values)
        except sa.exc.DBAPIError as exc:
            if not exc.connection_invalidated:
                raise
            # It had ended since its last use, and with it all the others; once more, on a new one.
            return self._execute_once(statement, values)

    def _execute_once(self, statement: sa.TextClause, values: dict[str, Any]) -> Any:
        with self._engine.connect() as connection:
            result = connection.execute(statement, values)
            return result.one() if result.returns_rows else None


def open_store(broker_url: str, installation: str, database_url: str) -> Store:
    """Return where a fleet counts."""
    if broker_url.startswith("redis"):
        return RedisStore(broker_url, installation)
    return DatabaseStore(database_url)


def forget_ended_windows(database: Database, now: dt.datetime) -> None:
    """Delete the windows that have ended."""
    with database.write_connection() as connection:
        connection.execute(sa.delete(RateWindow).where(RateWindow.ends_at <= now))
