"""Copies of a SQLite file, made beside it before its schema is changed."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from engine.errors import UnusableDatabase

_KEPT = 2
_MARK = ".before-upgrade-from-"


def make(database: Path, revision: str) -> Path:
    """
    Copy a database as it is now, whoever else has it open; return the copy, which is on disk.

    :raise UnusableDatabase: when it cannot be copied; then nothing of it is left.
    """
    copy = database.with_name(f"{database.name}{_MARK}{revision}")
    unfinished = database.with_name(f"{database.name}.unfinished-copy")
    try:
        unfinished.unlink(missing_ok=True)  # of a process that was killed
        _check_room(database)
        # Made here rather than by SQLite, so that nobody else may read it at any time.
        os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with closing(sqlite3.connect(database, isolation_level=None)) as connection:
            connection.execute("VACUUM INTO ?", (str(unfinished),))
        _sync(unfinished)
        unfinished.replace(copy)
        _sync(database.parent)
    except (OSError, sqlite3.Error) as exc:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise UnusableDatabase(
            f"{database} cannot be copied before it is upgraded ({_reason(exc)}); nothing was changed"
        ) from exc
    return copy


def forget_old(database: Path, newest: Path) -> None:
    """Delete all copies but the newest; times alone do not tell which, as clocks may have been wrong."""
    with suppress(OSError):  # one too many harms less than a start that fails
        copies = set(database.parent.glob(f"{database.name}{_MARK}*")) - {newest}
        for copy in sorted(copies, key=lambda one: one.stat().st_mtime_ns)[: 1 - _KEPT]:
            copy.unlink(missing_ok=True)


def _check_room(database: Path) -> None:
    needed, free = database.stat().st_size, shutil.disk_usage(database.parent).free
    if needed > free:
        raise OSError(0, f"that takes {needed >> 20} MiB, and {free >> 20} MiB are free")


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _reason(exc: Exception) -> str:
    return exc.strerror or str(exc) if isinstance(exc, OSError) else str(exc)
