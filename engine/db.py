"""The database: how it is opened, how times and JSON are stored, who may write when."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

_NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

#: How long a writer of SQLite waits for another process's transaction, in milliseconds.
_BUSY_TIMEOUT_MS = 15_000

#: The tables whose rows `engine.cache.ReadCache` holds. Only what is written to these makes it read
#: again: a message, a delivery or a lease does not.
CACHED_TABLES = frozenset(
    {"destination", "integration", "integration_pause", "room", "script_version", "user"}
)

_AWAY = frozenset({"OperationalError", "InterfaceError"})
#: SQLITE_BUSY and SQLITE_LOCKED, without what extended codes add.
_LOCKED_CODES = frozenset({5, 6})


class UTCDateTime(sa.types.TypeDecorator[dt.datetime]):
    """An aware UTC time; a naive one is refused, because SQLite would store it as it comes."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: sa.Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a time zone cannot be stored")
        return value.astimezone(dt.UTC)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> dt.datetime | None:
        if value is None:
            return None
        aware: dt.datetime = value if value.tzinfo else value.replace(tzinfo=dt.UTC)
        return aware.astimezone(dt.UTC)


class Model(DeclarativeBase):
    """Base of every table."""

    metadata = sa.MetaData(naming_convention=_NAMING)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own declaration form
        dt.datetime: UTCDateTime,
        dict[str, Any]: sa.JSON,
        list[Any]: sa.JSON,
        list[str]: sa.JSON,
        bytes: sa.LargeBinary,
    }


def utcnow() -> dt.datetime:
    """Return the present moment, aware."""
    return dt.datetime.now(dt.UTC)


def is_away(exc: BaseException) -> bool:
    """Tell whether that came of a database that does not answer, or has no room for one more."""
    if isinstance(exc, sa.exc.TimeoutError):
        return True
    if isinstance(exc, sa.exc.DBAPIError) and exc.connection_invalidated:
        return True
    # What drivers call them (PEP 249), and SQLAlchemy after them; the journal speaks to a driver.
    return not _AWAY.isdisjoint(kind.__name__ for kind in type(exc).__mro__)


def is_locked(exc: BaseException) -> bool:
    """Tell whether another process held SQLite's write lock for too long."""
    code = getattr(getattr(exc, "orig", None) or exc, "sqlite_errorcode", None)
    return isinstance(code, int) and code & 0xFF in _LOCKED_CODES


def reason_of(exc: BaseException) -> str:
    """Return in one line what the database or its driver said."""
    lines = str(getattr(exc, "orig", None) or exc).strip().splitlines()
    return lines[0] if lines else type(exc).__name__


class Database:
    """
    An open database and the two ways to use it.

    `read()` sees one consistent state. `write()` takes SQLite's write lock at its beginning, so
    that a transaction which reads before it writes cannot fail half-way, and commits at its end.
    """

    def __init__(self, url: str, *, pool_size: int = 32) -> None:
        self.engine = _open(url, pool_size)
        #: Grows with every write to `CACHED_TABLES`, so that what was read before can be told from
        #: what is now.
        self.generation = 0
        self._written = _Written()
        sa.event.listen(self.engine, "before_execute", self._notice)
        self._reading = sessionmaker(self.engine, expire_on_commit=False)
        self._writing = sessionmaker(
            self.engine.execution_options(sqlite_begin="IMMEDIATE"), expire_on_commit=False
        )

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Give a session to read with."""
        with self._reading() as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Give a session to write with; commit when the block ends well, roll back otherwise."""
        with self._counting(), self._writing() as session, session.begin():
            yield session

    @contextmanager
    def write_connection(self) -> Iterator[sa.Connection]:
        """Give a bare connection in a transaction, for writes that need no objects."""
        writing = self.engine.execution_options(sqlite_begin="IMMEDIATE")
        with self._counting(), writing.begin() as connection:
            yield connection

    @contextmanager
    def migration_connection(self) -> Iterator[sa.Connection]:
        """
        Give a connection of its own, in a transaction, on which foreign keys are not enforced.

        SQLite can change a table only by making it anew, and dropping the old one would delete what
        refers to it. (PostgreSQL changes tables in place, and enforces them here too.)
        """
        with self.engine.execution_options(sqlite_begin="IMMEDIATE").connect() as connection:
            if self.is_sqlite:
                connection.detach()  # nobody else shall get it afterwards
                # Not through SQLAlchemy: in a transaction, which that would begin, it does nothing.
                cursor = connection.connection.cursor()
                cursor.execute("PRAGMA foreign_keys=OFF")
                cursor.close()
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    @contextmanager
    def _counting(self) -> Iterator[None]:
        """Let `generation` grow after a transaction of this thread that wrote to `CACHED_TABLES`."""
        before, self._written.cached = self._written.cached, False
        try:
            yield
        finally:
            # Not earlier: who read between the statement and its commit has read what was before.
            if self._written.cached:
                self.generation += 1
            self._written.cached = before

    def _notice(self, connection: sa.Connection, statement: Any, *_: Any) -> None:
        if isinstance(statement, sa.UpdateBase):
            self._written.cached |= statement.table.description in CACHED_TABLES


class _Written(threading.local):
    """What the transaction of a thread has written so far."""

    cached = False


def _open(url: str, pool_size: int) -> sa.Engine:
    options: dict[str, Any] = {
        "pool_size": pool_size,
        "max_overflow": pool_size,
        # As it is, not escaped, so that the log can be searched in every language.
        "json_serializer": lambda value: orjson.dumps(value).decode(),
        "json_deserializer": orjson.loads,
    }
    if not url.startswith("sqlite"):
        return sa.create_engine(url, pool_pre_ping=True, **options)
    engine = sa.create_engine(url, connect_args={"timeout": _BUSY_TIMEOUT_MS / 1000}, **options)

    @sa.event.listens_for(engine, "connect")
    def _set_pragmas(connection: Any, record: Any) -> None:
        # The driver's own implicit transactions begin late; _begin below says when instead.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",  # what was answered with 200 survives a power cut
            "foreign_keys=ON",
            "cache_size=-16384",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        mode = connection.get_execution_options().get("sqlite_begin", "")
        connection.exec_driver_sql(f"BEGIN {mode}".rstrip())

    return engine
