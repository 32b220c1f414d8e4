"""The write path of requests: many requests' rows in one transaction, each answered when it is durable."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from engine.db import Database, Model, is_away, is_locked, reason_of
from engine.errors import EngineError
from engine.writer import Row, Step, Writer

log = logging.getLogger(__name__)

#: A batch is what came while the last one was committed; this only bounds it.
_MAX_BATCH = 128
#: How long anybody waits for a commit.
COMMIT_TIMEOUT_S = 30.0
#: How much longer for one that has begun: until the database has said what became of it.
_COMMITTING_TIMEOUT_S = 60.0
#: When so many more are on their way, a commit waits so long for them. It takes 0.3 ms of CPU with
#: one entry and 0.4 with four: waiting makes a busy server faster, and an idle one does not wait.
_WORTH_WAITING_FOR = 3
_GATHER_S = 0.003
#: What whoever is refused because of the database is told to wait.
RETRY_AFTER_S = 5


class NotStored(EngineError):
    """An entry could not be made durable; nothing of it is in the database."""


def why_not_stored(exc: BaseException) -> str:
    """Return what a caller is told of a database that took nothing."""
    if is_locked(exc):
        return "the database is locked by another process"
    return "the database cannot be reached" if is_away(exc) else type(exc).__name__


def is_unavailable(exc: BaseException) -> bool:
    """Tell whether the database took nothing, so that the same may be asked of it later."""
    return isinstance(exc, NotStored) or is_away(exc)


@dataclass(slots=True)
class Entry:
    """Rows that are stored together or not at all, tables in the order they refer to each other."""

    rows: list[tuple[type[Model], Row]] = field(default_factory=list)
    #: Done after the rows, in the same transaction; one that raises keeps the entry from being stored.
    steps: list[Step] = field(default_factory=list)

    def add(self, table: type[Model], row: Row) -> None:
        """Add a row; it names every column, by the table's attribute names."""
        self.rows.append((table, row))


class _Pending:
    """An entry, and the lock that its thread waits for: a Future's condition variable is slow."""

    __slots__ = ("_settled", "entry", "failure")

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self.failure: NotStored | None = None
        self._settled = threading.Lock()
        self._settled.acquire()

    def settle(self, failure: NotStored | None = None) -> None:
        self.failure = failure
        self._settled.release()

    def wait(self, withdraw: Callable[[_Pending], bool]) -> None:
        """
        Return when it is durable.

        One that `withdraw` takes out of the queue in time is not stored. One that is being committed
        may still be, so it is waited for.

        :raise NotStored: when it is not.
        """
        if not self._settled.acquire(timeout=COMMIT_TIMEOUT_S):
            if withdraw(self):
                raise NotStored(f"not stored within {COMMIT_TIMEOUT_S:g} s")
            if not self._settled.acquire(timeout=_COMMITTING_TIMEOUT_S):
                raise NotStored("the database does not answer")
        if self.failure is not None:
            raise self.failure


class Journal:
    """
    One thread that commits entries in batches.

    With sixteen requests at a time a commit's wait for the disk is shared by several of them, and
    SQLite's one writer is never fought over.
    """

    def __init__(self, database: Database) -> None:
        self._writer = Writer(database)
        self._lock = threading.Lock()
        self._waiting: list[_Pending] = []
        #: Entries that are on their way.
        self._expected = 0
        self._gathering = False
        self._closing = False
        #: What the thread waits for; released when there is something to do.
        self._bell = threading.Lock()
        self._bell.acquire()
        self._thread = threading.Thread(target=self._work, name="journal", daemon=True)
        self._thread.start()

    @contextmanager
    def expecting(self) -> Iterator[Callable[[Entry], None]]:
        """Say that an entry is on its way, and give the function that stores it; see `store`."""
        with self._lock:
            self._expected += 1
        came = False

        def store(entry: Entry) -> None:
            nonlocal came
            came = True
            pending = _Pending(entry)
            self._arrive(pending)
            pending.wait(self._withdraw)

        try:
            yield store
        finally:
            if not came:
                self._arrive(None)

    def store(self, entry: Entry) -> None:
        """
        Return when the entry is durable.

        :raise NotStored: when it is not, with the reason.
        """
        with self.expecting() as store:
            store(entry)

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def close(self) -> None:
        """Store what is waiting, then stop."""
        with self._lock:
            self._closing = True
            self._ring()
        self._thread.join(timeout=COMMIT_TIMEOUT_S)

    def _arrive(self, pending: _Pending | None) -> None:
        with self._lock:
            self._expected -= 1
            if pending is not None:
                self._waiting.append(pending)
            if self._waiting and (self._expected == 0 or not self._gathering):
                self._ring()

    def _withdraw(self, pending: _Pending) -> bool:
        """Take an entry out of the queue; tell whether it was still there."""
        with self._lock:
            if pending not in self._waiting:
                return False
            self._waiting.remove(pending)
            return True

    def _ring(self) -> None:
        if self._bell.locked():
            self._bell.release()

    def _work(self) -> None:
        while True:
            self._bell.acquire()
            self._gather()
            with self._lock:
                batch = self._waiting[:_MAX_BATCH]
                del self._waiting[:_MAX_BATCH]
                if self._waiting:
                    self._ring()
                last = self._closing and not self._waiting
            if batch:
                self._commit(batch)
            if last:
                self._writer.close()
                return

    def _gather(self) -> None:
        with self._lock:
            self._gathering = self._expected >= _WORTH_WAITING_FOR and not self._closing
            if self._gathering:
                self._bell.acquire(blocking=False)
        if self._gathering:
            self._bell.acquire(timeout=_GATHER_S)
            self._gathering = False

    def _commit(self, batch: Sequence[_Pending]) -> None:
        try:
            self._writer.write(
                (row for pending in batch for row in pending.entry.rows),
                [step for pending in batch for step in pending.entry.steps],
            )
        except Exception as exc:
            may_be_one = self._writer.is_connected or not is_away(exc)
            if len(batch) > 1 and may_be_one and not is_locked(exc):
                # One request's bad row must not cost the others theirs. A lock is nobody's fault,
                # and each of them would wait for it again.
                for pending in batch:
                    self._commit([pending])
                return
            if is_away(exc) or isinstance(exc, EngineError):
                log.warning("%d entries were not stored: %s", len(batch), reason_of(exc))
            else:
                log.exception("%d entries were not stored", len(batch))
            for pending in batch:
                failure = NotStored(why_not_stored(exc))
                failure.__cause__ = exc
                pending.settle(failure)
        else:
            for pending in batch:
                pending.settle()
