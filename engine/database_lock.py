"""The lock of a SQLite file: one process at a time serves it, or changes its schema."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.errors import ConfigError, UnusableDatabase

_POLL_S = 0.05


class DatabaseInUse(UnusableDatabase):
    """Another process serves the database, or changes its schema."""


class DatabaseLock:
    """
    A lock on a file beside the database; the kernel lets go of it when the process ends.

    It is not on the database itself: closing any descriptor of that would end SQLite's own locks.
    The file stays, because removing it would let two processes lock two files of the same name.
    """

    def __init__(self, database: Path) -> None:
        database = database.resolve()
        self._database = database
        self._path = database.with_name(f"{database.name}.lock")

    def take(self, wait_s: float) -> int:
        """
        Take the lock until the process and those it forks have ended; return its descriptor.

        :raise DatabaseInUse: when another process has it for longer than `wait_s`.
        :raise ConfigError: when the file cannot be made.
        """
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        except OSError as exc:
            raise ConfigError(
                f"HOOKSMITH_DATA_DIR: cannot lock the database with {self._path} ({exc.strerror})"
            ) from exc
        deadline = time.monotonic() + wait_s
        while not _try(descriptor):
            if time.monotonic() >= deadline:
                holder = os.read(descriptor, 20).decode(errors="replace").strip() or "unknown"
                os.close(descriptor)
                raise DatabaseInUse(
                    f"{self._database} is in use: another `hooksmith` serves or upgrades it"
                    f" (process {holder}); end that one first"
                )
            time.sleep(_POLL_S)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        return descriptor

    @contextmanager
    def held(self, wait_s: float) -> Iterator[None]:
        """Hold the lock for a block."""
        descriptor = self.take(wait_s)
        try:
            yield
        finally:
            os.close(descriptor)


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
