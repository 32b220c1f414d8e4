"""What the journal writes with: a connection that is kept, and statements that are compiled once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.pool import PoolProxiedConnection

from engine.db import Database, Model

#: Every column's value, by the table's attribute names.
Row = Mapping[str, Any]
#: What else happens in the transaction of an entry.
Step = Callable[[sa.Connection], None]
#: Tables whose row replaces the one that has its key.
REPLACED = frozenset({"script_store"})


class Writer:
    """
    A connection that is kept, and one INSERT for each table.

    SQLAlchemy compiles the statements; running them through it as well would cost 0.15 ms a
    commit, about as much as the database takes.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._engine = database.engine
        self._inserters: dict[type[Model], _Inserter] = {}
        self._connection: PoolProxiedConnection | None = None

    @property
    def is_connected(self) -> bool:
        return self._connection is not None

    def write(self, rows: Iterable[tuple[type[Model], Row]], steps: Sequence[Step] = ()) -> None:
        """
        Commit all rows and do all steps, or nothing; what the driver raises is passed on.

        The tables of rows that refer to each other must first be named in that order.
        """
        by_table: dict[type[Model], list[Row]] = {}
        for table, row in rows:
            by_table.setdefault(table, []).append(row)
        if steps:
            self._write_with(by_table, steps)
            return
        was_connected = self.is_connected
        try:
            with self._cleaning_up():
                self._insert(by_table)
        except Exception:
            if not was_connected or self.is_connected:
                raise
            # The database went away since the last time, so nothing of this is there.
            with self._cleaning_up():
                self._insert(by_table)
        assert self._connection is not None  # noqa: S101 - it has just been used
        with self._cleaning_up():
            self._connection.commit()

    def _write_with(
        self, by_table: Mapping[type[Model], Sequence[Row]], steps: Sequence[Step]
    ) -> None:
        """Write through SQLAlchemy, which the few entries need that do more than insert."""
        with self._database.write_connection() as connection:
            cursor = connection.connection.cursor()
            self._insert_into(cursor, by_table)
            cursor.close()
            for step in steps:
                step(connection)

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _insert(self, by_table: Mapping[type[Model], Sequence[Row]]) -> None:
        connection = self._connection = self._connection or self._engine.raw_connection()
        cursor = connection.cursor()
        if self._engine.dialect.name == "sqlite":
            cursor.execute("BEGIN IMMEDIATE")  # PostgreSQL's driver begins by itself
        self._insert_into(cursor, by_table)
        cursor.close()

    def _insert_into(
        self, cursor: DBAPICursor, by_table: Mapping[type[Model], Sequence[Row]]
    ) -> None:
        for table, rows in by_table.items():
            if table not in self._inserters:
                self._inserters[table] = _Inserter(table, self._engine.dialect)
            self._inserters[table].insert(cursor, rows)

    @contextmanager
    def _cleaning_up(self) -> Iterator[None]:
        """Leave either a connection without a transaction or, when it is lost, none."""
        try:
            yield
        except Exception as exc:
            self._clean_up(exc)
            raise

    def _clean_up(self, exc: Exception) -> None:
        connection, dialect = self._connection, self._engine.dialect
        if connection is None:
            return
        driver_error = dialect.loaded_dbapi.Error
        if not isinstance(exc, driver_error) or not dialect.is_disconnect(
            exc, connection.dbapi_connection, None
        ):
            with suppress(driver_error):
                connection.rollback()
                return
        connection.invalidate()
        self._connection = None


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
    """A table's INSERT, compiled once, and what turns its rows into what the driver takes."""

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

    def insert(self, cursor: DBAPICursor, rows: Sequence[Row]) -> None:
        """Insert rows that name every column."""
        cursor.executemany(self._sql, [self._parameters(row) for row in rows])

    def _parameters(self, row: Row) -> Any:
        values = [
            row[name] if process is None else process(row[name]) for name, process in self._columns
        ]
        if self._positional:
            return values
        return dict(zip((name for name, _ in self._columns), values, strict=True))
