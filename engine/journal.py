"""The write path of requests: many requests' rows in one transaction, each answered when it is durable."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from engine.db import Database, Model
from engine.errors import EngineError

log = logging.getLogger(__name__)

#: Tables whose row replaces the one that has its key.
REPLACED = frozenset({"script_store"})
#: A batch is what came while the last one was committed; this only bounds it.
_MAX_BATCH = 128
#: How long anybody waits for a commit.
COMMIT_TIMEOUT_S = 30.0


class NotStored(EngineError):
    """An entry could not be made durable; nothing of it is in the database."""


@dataclass(slots=True)
class Entry:
    """Rows that are stored together or not at all, tables in the order they refer to each other."""

    rows: list[tuple[type[Model], Mapping[str, Any]]] = field(default_factory=list)
    #: Done after the rows, in the same transaction; one that raises keeps the entry from being stored.
    steps: list[Callable[[sa.Connection], None]] = field(default_factory=list)

    def add(self, table: type[Model], row: Mapping[str, Any]) -> None:
        """Add a row; it names every column, by the table's attribute names."""
        self.rows.append((table, row))


@dataclass(slots=True, eq=False)
class _Pending:
    entry: Entry
    stored: Future[None] = field(default_factory=Future)


class Journal:
    """
    One thread that commits entries in batches.

    With sixteen requests at a time a commit's wait for the disk is shared by all of them, and
    SQLite's one writer is never fought over.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queue: queue.SimpleQueue[_Pending | None] = queue.SimpleQueue()
        self._inserters: dict[type[Model], _Inserter] = {}
        self._thread = threading.Thread(target=self._work, name="journal", daemon=True)
        self._thread.start()

    def store(self, entry: Entry) -> None:
        """
        Return when the entry is durable.

        :raise NotStored: when it is not, with the reason.
        """
        pending = _Pending(entry)
        self._queue.put(pending)
        try:
            pending.stored.result(timeout=COMMIT_TIMEOUT_S)
        except TimeoutError as exc:
            raise NotStored(f"not stored within {COMMIT_TIMEOUT_S:g} s") from exc

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def close(self) -> None:
        """Store what is waiting, then stop."""
        self._queue.put(None)
        self._thread.join(timeout=COMMIT_TIMEOUT_S)

    def _work(self) -> None:
        while True:
            first = self._queue.get()
            batch = [] if first is None else [first]
            while first is not None and len(batch) < _MAX_BATCH and not self._queue.empty():
                following = self._queue.get()
                if following is None:
                    first = None
                    break
                batch.append(following)
            if batch:
                self._commit(batch)
            if first is None:
                return

    def _commit(self, batch: Sequence[_Pending]) -> None:
        try:
            self._insert([pending.entry for pending in batch])
        except Exception as exc:
            lost = isinstance(exc, DBAPIError) and exc.connection_invalidated
            if len(batch) > 1 and not lost:
                # One request's bad row must not cost the others theirs.
                for pending in batch:
                    self._commit([pending])
                return
            for pending in batch:
                failure = NotStored(f"not stored: {type(exc).__name__}")
                failure.__cause__ = exc
                pending.stored.set_exception(failure)
            log.exception("%d entries were not stored", len(batch))
        else:
            for pending in batch:
                pending.stored.set_result(None)

    def _insert(self, entries: Sequence[Entry]) -> None:
        # One statement for each table: the tables of an entry come in the order they refer to each
        # other, and so do those of all entries together.
        by_table: dict[type[Model], list[Mapping[str, Any]]] = {}
        for entry in entries:
            for table, row in entry.rows:
                by_table.setdefault(table, []).append(row)
        with self._database.write_connection() as connection:
            for table, rows in by_table.items():
                self._inserter(table).insert(connection, rows)
            for entry in entries:
                for step in entry.steps:
                    step(connection)

    def _inserter(self, table: type[Model]) -> _Inserter:
        if table not in self._inserters:
            self._inserters[table] = _Inserter(table, self._database.engine.dialect)
        return self._inserters[table]


def _replacing(table: type[Model], dialect: sa.Dialect) -> sa.Insert:
    mapped = sa.inspect(table).local_table
    make = sqlite.insert if dialect.name == "sqlite" else postgresql.insert
    insert = make(table)
    return insert.on_conflict_do_update(
        index_elements=list(mapped.primary_key),
        set_={
            column.key: insert.excluded[column.key]
            for column in mapped.columns
            if not column.primary_key
        },
    )


class _Inserter:
    """
    A table's INSERT, compiled once.

    Every request ends here, and `Connection.execute` would spend more on working out the statement
    and its parameters again than the database on storing the row.
    """

    def __init__(self, table: type[Model], dialect: sa.Dialect) -> None:
        columns = sa.inspect(table).local_table.columns
        insert = sa.insert(table)
        if table.__tablename__ in REPLACED:
            insert = _replacing(table, dialect)
        compiled = insert.compile(dialect=dialect, column_keys=columns.keys())
        self._sql = str(compiled)
        self._columns = [
            (column.key, column.type.dialect_impl(dialect).bind_processor(dialect))
            for column in columns
        ]
        self._positional = compiled.positional

    def insert(self, connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows that name every column."""
        parameters: list[Any] = []
        for row in rows:
            values = [
                row[name] if process is None else process(row[name])
                for name, process in self._columns
            ]
            names = (name for name, _ in self._columns)
            parameters.append(
                tuple(values) if self._positional else dict(zip(names, values, strict=True))
            )
        connection.exec_driver_sql(self._sql, parameters)
