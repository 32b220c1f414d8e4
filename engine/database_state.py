"""What a database holds, looked at before anything in it is changed."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError

from engine.db import reason_of
from engine.errors import ConfigError, UnusableDatabase

#: SQLite's smallest page.
_LEAST_BYTES = 512
#: The row of `meta` that proves that the secret key is the one the database was written with.
CANARY = "secret-key-canary"


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """
    How far a database has been migrated, and with which key it was written.

    :param revision: the last migration it has seen; None when it is empty.
    :param canary: what `engine.setup` encrypted when it was new; None until then.
    """

    revision: str | None = None
    canary: str | None = None


def sqlite_path(url: str | sa.URL) -> Path | None:
    """
    Return the file of a SQLite database, None for any other.

    :raise ConfigError: when the address of a database cannot be read.
    """
    try:
        parts = sa.make_url(url)
    except (ValueError, ArgumentError) as exc:
        # What SQLAlchemy says of it may quote the password.
        raise ConfigError(
            "HOOKSMITH_DATABASE_URL: it is no address such as postgresql://user:password@host:5432/database"
        ) from exc
    return Path(parts.database or "") if parts.get_backend_name() == "sqlite" else None


def look(url: str) -> DatabaseState:
    """
    Return the state of a database, and change nothing.

    :raise UnusableDatabase: for a file that is no database of this program, or a damaged one.
    :raise SQLAlchemyError: when the database does not answer.
    """
    path = sqlite_path(url)
    if path is None:
        return _look(sa.create_engine(url, poolclass=sa.NullPool))
    if path.is_dir():
        raise UnusableDatabase(f"{path} is a folder, where the database should be")
    size = path.stat().st_size if path.is_file() else None
    if not path.exists() or size == 0:
        return DatabaseState()
    if size is not None and size < _LEAST_BYTES:  # which SQLite takes for a new one
        raise UnusableDatabase(
            f"{path} is damaged: it has {size} bytes; put a copy of it back, or move it away"
        )
    # Not as `engine.db` opens it, which makes the journal a WAL.
    engine = sa.create_engine("sqlite://", creator=lambda: _open(path), poolclass=sa.NullPool)
    try:
        return _look(engine)
    except OperationalError as exc:
        raise UnusableDatabase(f"{path} cannot be opened ({reason_of(exc)})") from exc
    except DatabaseError as exc:
        raise UnusableDatabase(
            f"{path} is no SQLite database, or is damaged ({reason_of(exc)});"
            " put a copy of it back, or move it away"
        ) from exc


def _open(path: Path) -> sqlite3.Connection:
    # Who may write empties a journal that a killed server left; who may only read leaves one behind.
    left_over = path.with_name(f"{path.name}-wal").exists()
    uri = f"{path.absolute().as_uri()}?mode={'ro' if left_over else 'rw'}"
    return sqlite3.connect(uri, uri=True, check_same_thread=False)


def _look(engine: sa.Engine) -> DatabaseState:
    with engine.connect() as connection:
        tables = set(sa.inspect(connection).get_table_names())
        if "alembic_version" not in tables:
            if tables and engine.dialect.name == "sqlite":
                raise UnusableDatabase(
                    "HOOKSMITH_DATABASE_URL: the SQLite file belongs to another program"
                    f" (it has a table {min(tables)})"
                )
            return DatabaseState()
        versions = sa.table("alembic_version", sa.column("version_num", sa.String))
        revisions = connection.scalars(sa.select(versions.c.version_num)).all()
        canary = _canary(connection) if "meta" in tables else None
        return DatabaseState(", ".join(sorted(revisions)) or None, canary)


def _canary(connection: sa.Connection) -> str | None:
    meta = sa.table("meta", sa.column("key"), sa.column("value", sa.JSON))
    value = connection.scalar(sa.select(meta.c.value).where(meta.c.key == CANARY))
    if value is None:
        return None
    # What is damaged fits no key.
    return str(value.get("encrypted", "")) if isinstance(value, dict) else ""
