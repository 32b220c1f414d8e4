"""What scripts hold in `Store`: read by one run at a time, kept with what the run came to."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from engine.db import Database, is_away, reason_of
from engine.errors import SandboxBusy, SandboxUnavailable
from engine.ids import advisory_key
from engine.models import ScriptStore

log = logging.getLogger(__name__)

EMPTY = "{}"
#: PostgreSQL's code for a lock that was not to be had in time.
_LOCK_NOT_AVAILABLE = "55P03"


class OpenStore:
    """An integration's Store, which nobody else reads or writes until it is closed."""

    def __init__(self, content: str, stack: ExitStack) -> None:
        self.content = content
        self._stack = stack

    def close(self) -> None:
        """Let the next one have it."""
        try:
            self._stack.close()
        except SQLAlchemyError as exc:
            # The lock ended with its connection, and what the run left is stored by another one.
            log.warning("a Store's lock was lost before it was given back: %s", reason_of(exc))


class Stores:
    """
    Opens Stores, one run of an integration at a time.

    A run that counts must not miss what another counted meanwhile: from its first look into Store
    until what it left there is durable, other runs of that integration which want to look wait, on
    this node and on all that share the database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        #: Integration -> its lock, and how many hold it or wait for it.
        self._locks: dict[str, tuple[threading.Lock, int]] = {}

    def open(self, integration_id: str, wait_s: float) -> OpenStore:
        """
        Open a Store when its turn has come.

        :raise SandboxBusy: when others have it for longer than that.
        :raise SandboxUnavailable: when the database does not answer.
        """
        with ExitStack() as stack:
            stack.enter_context(self._alone_here(integration_id, wait_s))
            try:
                content = self._content(stack, integration_id, wait_s)
            except SQLAlchemyError as exc:
                if getattr(getattr(exc, "orig", None), "sqlstate", None) == _LOCK_NOT_AVAILABLE:
                    raise _busy() from exc
                if not is_away(exc):
                    raise
                raise SandboxUnavailable("Store cannot be read: the database is away") from exc
            return OpenStore(content or EMPTY, stack.pop_all())

    def _content(self, stack: ExitStack, integration_id: str, wait_s: float) -> str | None:
        if self._database.is_sqlite:
            with self._database.read() as session:
                return session.scalar(_content_of(integration_id))
        connection = stack.enter_context(self._database.engine.begin())
        return _alone_everywhere(connection, integration_id, wait_s)

    @contextmanager
    def _alone_here(self, integration_id: str, wait_s: float) -> Iterator[None]:
        with self._lock:
            lock, users = self._locks.get(integration_id, (threading.Lock(), 0))
            self._locks[integration_id] = (lock, users + 1)
        held = lock.acquire(timeout=wait_s)
        try:
            if not held:
                raise _busy()
            yield
        finally:
            if held:
                lock.release()
            with self._lock:
                lock, users = self._locks[integration_id]
                if users == 1:
                    del self._locks[integration_id]
                else:
                    self._locks[integration_id] = (lock, users - 1)


class EmptyStores(Stores):
    """For a run without a server: `Store` begins empty, and what it holds is forgotten."""

    def __init__(self) -> None:
        """Open no database."""

    def open(self, integration_id: str, wait_s: float) -> OpenStore:
        """Open a Store that holds nothing."""
        return OpenStore(EMPTY, ExitStack())


def _content_of(integration_id: str) -> sa.Select[str]:
    return sa.select(ScriptStore.content).where(ScriptStore.integration_id == integration_id)


def _alone_everywhere(connection: sa.Connection, integration_id: str, wait_s: float) -> str | None:
    # PostgreSQL lets go of it at the end of the transaction, however that comes about.
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = {max(int(wait_s * 1000), 1)}")
    key = advisory_key(f"store:{integration_id}")
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))
    content: str | None = connection.scalar(_content_of(integration_id))
    return content


def _busy() -> SandboxBusy:
    return SandboxBusy("other runs of this integration have Store", retry_after_s=1)
