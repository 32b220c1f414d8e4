"""Bringing a database to the schema of this version, and losing nothing on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from engine import database_copies
from engine.database_state import sqlite_path
from engine.db import Database, reason_of
from engine.errors import UnusableDatabase
from engine.row_counts import RowCounts

_LOCK = 7240012
#: How often PostgreSQL may take this transaction to be the one to end of two that block each other.
_TRIES = 5
_DEADLOCK = "40P01"  # PostgreSQL's appendix A, "deadlock_detected"


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What was done to a database; `copy` is a file with what it was before."""

    before: str | None
    after: str
    copy: Path | None = None


def upgrade(database: Database) -> Upgrade | None:
    """
    Run every migration the database has not seen; safe from several processes at once.

    All happens in one transaction. A SQLite file that is not empty is copied beside itself first.

    :raise UnusableDatabase: when a step changes rows that it does not mean to change, when it fails,
        or when there is no room for the copy. The database is then as it was.
    """
    for tries_left in reversed(range(_TRIES)):
        try:
            return _upgrade(database)
        except OperationalError as exc:
            if getattr(exc.orig, "sqlstate", None) != _DEADLOCK or not tries_left:
                raise
    raise AssertionError


def newest() -> str:
    """Return the revision of this version."""
    return str(scripts().get_current_head())


def check_known(revision: str | None) -> None:
    """
    Check that this version knows the last migration that a database has seen.

    :raise UnusableDatabase: when it does not.
    """
    known = {script.revision for script in scripts().walk_revisions()}
    if revision is not None and revision not in known:
        raise UnusableDatabase(
            f"HOOKSMITH_DATABASE_URL: the database was written by a newer version (revision {revision},"
            f" this one knows up to {newest()}); install that version, or put a copy from before back"
        )


def scripts() -> ScriptDirectory:
    """Return the migrations of this version."""
    return ScriptDirectory.from_config(_config())


def config(database: Database) -> Config:
    """Return Alembic's configuration for a database; there is no ini file."""
    configured = _config()
    configured.attributes["database"] = database
    return configured


def _upgrade(database: Database) -> Upgrade | None:
    with database.migration_connection() as connection:
        if not database.is_sqlite:
            # Nodes that start together: one migrates, the others wait and find it done.
            connection.execute(sa.text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        before = MigrationContext.configure(connection).get_current_revision()
        check_known(before)
        if before == newest():
            return None
        if not database.is_sqlite:
            _keep_writers_out(connection)
        copy = None
        path = sqlite_path(database.engine.url)
        if path is not None and before is not None:
            # The transaction keeps other writers out, so the copy is what the migrations begin with.
            copy = database_copies.make(path, before)
        _run(connection, copy)
    if path is not None and copy is not None:
        database_copies.forget_old(path, copy)
    return Upgrade(before, newest(), copy)


def _run(connection: sa.Connection, copy: Path | None) -> None:
    kept = f"; nothing was changed{f', and a copy is in {copy}' if copy else ''}"
    configured = _config()
    configured.attributes["connection"] = connection
    try:
        counts = RowCounts(connection)
        configured.attributes["after_step"] = _check_with(counts)
        command.upgrade(configured, "head")
        counts.check_references()
    except UnusableDatabase as exc:
        raise UnusableDatabase(f"The database cannot be upgraded: {exc}{kept}") from exc
    except SQLAlchemyError as exc:
        if getattr(getattr(exc, "orig", None), "sqlstate", None) == _DEADLOCK:
            raise
        raise UnusableDatabase(f"The database cannot be upgraded: {reason_of(exc)}{kept}") from exc


def _check_with(counts: RowCounts) -> Callable[..., None]:
    def after_step(*, step: Any, **_: Any) -> None:
        # A migration names the tables that get more rows or fewer, or are dropped or renamed:
        # `changes_rows = {"message"}`.
        script = step.up_revision
        counts.check(script.revision, getattr(script.module, "changes_rows", frozenset()))

    return after_step


def _keep_writers_out(connection: sa.Connection) -> None:
    # What nodes of the old version wrote meanwhile would be counted as the migrations' doing.
    quote = connection.dialect.identifier_preparer.quote
    tables = sorted(sa.inspect(connection).get_table_names())
    if tables:
        names = ", ".join(quote(table) for table in tables)
        connection.execute(sa.text(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE"))


def _config() -> Config:
    configured = Config()
    configured.set_main_option("script_location", "engine:migrations")
    return configured
