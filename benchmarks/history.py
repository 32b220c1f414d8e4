"""A long log, made quickly: real executions of every example, copied straight into the SQLite file."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import secrets
import shutil
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.client import BenchError, Connection
from benchmarks.server import DATABASE, Server
from benchmarks.workload import EXAMPLES, Target
from engine.ids import sortable_prefix

#: Nothing may be pruned while it is measured.
KEEP_ALL = {"retention_executions": "100000000", "retention_bytes": "10000GiB"}
_SPAN_S = 24 * 86400.0
_BATCH = 2000
#: What a copied execution takes on disk at most, with its messages and its places in the indexes.
_ROOM_BYTES = 10 << 10
_ID_DIGITS = 20
_TIME_COLUMNS = ("received_at", "ts")


def call_examples(server: Server) -> None:
    """Post every payload of every example to an integration with its script."""
    connection = Connection(server.port)
    with contextlib.closing(connection):
        for folder in sorted(path.parent for path in EXAMPLES.glob("*/script.js")):
            script = (folder / "script.js").read_text(encoding="utf-8")
            path = server.create_hook(script, "kept")
            for fixture in sorted((folder / "fixtures").glob("*.json")):
                text = (folder / "expected" / fixture.name).read_text(encoding="utf-8")
                headers = json.loads(text)["request"]["headers"]
                body = fixture.read_bytes()
                target = Target(folder.name, server.port, (path,), headers=headers, body=body)
                status, answer = connection.call(target.requests()[0])
                if status >= 500:
                    raise BenchError(f"{fixture} was answered {status}: {answer[:300]!r}")


def copy(original: Path, folder: Path) -> Path:
    """Copy the data of a server that has ended."""
    shutil.copytree(original, folder)
    return folder


def size_bytes(database: Path) -> int:
    """Return the size of a database, what waits in its WAL included."""
    parts = (database, database.with_name(f"{database.name}-wal"))
    return sum(part.stat().st_size for part in parts if part.exists())


def fill(data_dir: Path, count: int) -> None:
    """
    Add copies of the executions that are there, oldest first, ending a minute ago.

    :raise BenchError: when the disk has no room for them.
    """
    needed = count * _ROOM_BYTES
    free = shutil.disk_usage(data_dir).free
    if needed > free:
        raise BenchError(
            f"{count:,} executions take {needed >> 30} GiB, only {free >> 30} are free"
        )
    with contextlib.closing(sqlite3.connect(data_dir / DATABASE, isolation_level=None)) as file:
        file.execute("PRAGMA journal_mode=OFF")  # the server will choose WAL again
        file.execute("PRAGMA synchronous=OFF")
        tables = _tables(file)
        originals = [row[0] for row in file.execute("SELECT id FROM execution ORDER BY id")]
        samples = [[_Sample.read(file, table, one) for table in tables] for one in originals]
        first_s, step_s = time.time() - 60 - _SPAN_S, _SPAN_S / max(count, 1)
        for begin in range(0, count, _BATCH):
            numbers = range(begin, min(begin + _BATCH, count))
            moments = [(samples[n % len(samples)], first_s + n * step_s) for n in numbers]
            file.execute("BEGIN")
            copies = [[*_copies(parts, at_s)] for parts, at_s in moments]
            for position, table in enumerate(tables):
                rows = [row for copied in copies for row in copied[position]]
                marks = ", ".join("?" * len(table.columns))
                file.executemany(f"INSERT INTO {table.name} VALUES ({marks})", rows)
            file.execute("COMMIT")


@dataclass(frozen=True)
class _Table:
    """A table with rows of an execution; `owner` is the column that names it."""

    name: str
    columns: tuple[str, ...]
    owner: str


@dataclass(frozen=True)
class _Sample:
    """The rows of one execution in one table."""

    table: _Table
    rows: list[tuple[Any, ...]]

    @classmethod
    def read(cls, file: sqlite3.Connection, table: _Table, execution_id: str) -> _Sample:
        query = f"SELECT * FROM {table.name} WHERE {table.owner} = ?"
        return cls(table, file.execute(query, (execution_id,)).fetchall())


def _tables(file: sqlite3.Connection) -> list[_Table]:
    """Return every table that holds something of executions, executions first."""
    found = []
    names = file.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    for (name,) in names:
        columns = tuple(row[1] for row in file.execute(f"PRAGMA table_info({name})"))
        owner = "id" if name == "execution" else "execution_id"
        if owner in columns and (name == "execution" or owner != "id"):
            found.append(_Table(name, columns, owner))
    return sorted(found, key=lambda table: table.name != "execution")


def _copies(samples: list[_Sample], at_s: float) -> Iterator[list[tuple[Any, ...]]]:
    """Return the rows of one execution again, table by table, as if it had come at that moment."""
    execution_id = _new_id(at_s)
    moment = dt.datetime.fromtimestamp(at_s, dt.UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    for sample in samples:
        copied = []
        for row in sample.rows:
            values = dict(zip(sample.table.columns, row, strict=True))
            if "id" in values:
                values["id"] = _new_id(at_s)
            values[sample.table.owner] = execution_id
            values |= {name: moment for name in _TIME_COLUMNS if name in values}
            copied.append(tuple(values.values()))
        yield copied


def _new_id(at_s: float) -> str:
    prefix = sortable_prefix(at_s)
    return prefix + secrets.token_hex(_ID_DIGITS)[: _ID_DIGITS - len(prefix)]
