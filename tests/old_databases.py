"""Databases of any revision, with rows in every table that the revision has."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from alembic import command

from engine import migrate
from engine.database_state import CANARY
from engine.db import Database
from engine.vault import Vault

#: What a migration dropped (None) or renamed: table or table.column, as it was -> as it is now.
#: A migration that does either adds its one line here.
MOVED: dict[str, str | None] = {}

#: Columns that name a row although no foreign key says so.
REFERENCES = {
    "message.tmid": "message.id",
    "delivery_attempt.delivery_id": "delivery.id",
    "execution.replay_of": "execution.id",
    "conversation_thread.root_id": "message.id",
}

ROWS = 4

Row = dict[str, Any]


def revisions() -> list[str]:
    """Return every revision, oldest first."""
    return [script.revision for script in migrate.scripts().walk_revisions()][::-1]


@dataclass
class OldDatabase:
    """A database of an old revision, and what stood in it."""

    url: str
    revision: str
    rows: dict[str, list[Row]] = field(default_factory=dict)

    @classmethod
    def make(cls, url: str, revision: str, secret_key: str) -> OldDatabase:
        """Migrate an empty database to a revision, and fill every table."""
        made = cls(url, revision)
        database = Database(url, pool_size=1)
        try:
            command.upgrade(migrate.config(database), revision)
            with database.write_connection() as connection:
                fill(connection, Vault(secret_key))
            with database.engine.connect() as connection:
                made.rows = read(connection)
        finally:
            database.close()
        empty = [table for table, rows in made.rows.items() if len(rows) < ROWS]
        assert not empty, f"nothing was put into {empty}"
        return made

    def check_kept(self, *, exactly: bool = False) -> None:
        """Fail when a row or a value is gone or changed; `exactly`: also when one was added."""
        engine = sa.create_engine(self.url, poolclass=sa.NullPool)
        with engine.connect() as connection:
            now = read(connection)
            keys = {
                name: sa.inspect(connection).get_pk_constraint(name)["constrained_columns"]
                for name in now
            }
        for table, rows in self.rows.items():
            place = MOVED.get(table, table)
            if place is None:
                continue
            there = {tuple(row[key] for key in keys[place]): row for row in now[place]}
            for old in rows:
                expected = _moved(table, old)
                found = there.get(tuple(expected[key] for key in keys[place]))
                assert found is not None, f"a row of {table} is gone: {old}"
                assert {name: found[name] for name in expected} == expected
            if exactly:
                assert len(there) == len(rows), f"{table} has rows that nobody put there"


def read(connection: sa.Connection) -> dict[str, list[Row]]:
    """Return everything that a database holds."""
    tables = _reflect(connection).tables.values()
    return {
        table.name: [dict(row._mapping) for row in connection.execute(sa.select(table))]
        for table in tables
    }


def fill(connection: sa.Connection, vault: Vault) -> None:
    """Put rows with different values into every table; in the second all that may be is null."""
    metadata = _reflect(connection)
    made: dict[str, list[Row]] = {}
    late: list[tuple[sa.Table, str, str]] = []
    in_order: Any = sa.schema.sort_tables_and_constraints
    for table, constraints in in_order(metadata.tables.values(), filter_fn=_may_be_late):
        if table is None:  # the last
            late = [
                (one.parent, key.parent.name, str(key.target_fullname))
                for one in constraints
                for key in one.elements
            ]
            continue
        allowed = _allowed_values(connection, table)
        made[table.name] = []
        for n in range(ROWS):
            row = _row(table, n, made, allowed)
            made[table.name].append(row)
            connection.execute(table.insert().values(row))
    for table, column, target in late:
        _fill_late(connection, table, column, made, target)
    meta = metadata.tables["meta"]
    canary = {"key": CANARY, "value": {"encrypted": vault.encrypt(CANARY)}}
    connection.execute(meta.insert().values(canary))


def _may_be_late(constraint: sa.ForeignKeyConstraint) -> bool:
    # Tables that refer to each other can only be filled because one of the two may wait.
    return all(column.nullable for column in constraint.columns)


def _fill_late(
    connection: sa.Connection,
    table: sa.Table,
    column: str,
    made: dict[str, list[Row]],
    target: str,
) -> None:
    (key,) = table.primary_key.columns
    other, other_column = target.split(".")
    for n, row in enumerate(made[table.name]):
        if n != 1:
            value = {column: made[other][n][other_column]}
            connection.execute(table.update().where(key == row[key.name]).values(value))


def _row(table: sa.Table, n: int, made: dict[str, list[Row]], allowed: dict[str, list[str]]) -> Row:
    row: Row = {}
    for column in table.columns:
        name = f"{table.name}.{column.name}"
        targets = [str(key.target_fullname) for key in column.foreign_keys]
        target = (targets or [REFERENCES.get(name, "")])[0]
        parents = made.get(target.split(".")[0], [])
        if n == 1 and column.nullable:
            row[column.name] = sa.null()
        elif parents:
            # Of rows of its own table there are as yet only the earlier ones.
            row[column.name] = parents[min(n, len(parents) - 1)][target.split(".")[1]]
        elif targets:  # which may be made later
            row[column.name] = None
        elif column.name in allowed:
            row[column.name] = allowed[column.name][n % len(allowed[column.name])]
        else:
            row[column.name] = _value(column, name, n)
    return row


def _value(column: sa.Column[Any], name: str, n: int) -> Any:
    """Return a value that no other row and no other column has, as far as its type has so many."""
    kind = column.type
    if isinstance(kind, sa.JSON):
        return [name, n, {"null": None, "text": 'ü 🐙 \\ "', "deep": [[n + 0.5, True]]}]
    if isinstance(kind, sa.Boolean):
        return n % 2 == 0
    if isinstance(kind, sa.BigInteger):
        return (1 << 40) + n
    if isinstance(kind, sa.Integer):
        return 1000 + n
    if isinstance(kind, sa.Numeric | sa.Float):
        return n + 0.1
    if isinstance(kind, sa.DateTime):
        moment = dt.datetime(2024, 2, 29, 23, 59, n, 123456, dt.UTC)
        return moment if kind.timezone else moment.replace(tzinfo=None)
    if isinstance(kind, sa.LargeBinary):
        return bytes(range(256)) + bytes([n])
    if isinstance(kind, sa.String):
        text = f"{n} {name}\n\t'\"%_ ü 🐙 "
        return text[: kind.length] if kind.length else text * 50
    raise AssertionError(f"nobody has said what to put into {name}, a {kind!r}")


def _allowed_values(connection: sa.Connection, table: sa.Table) -> dict[str, list[str]]:
    """Return the texts that a check constraint names, by the column it is about."""
    found = {}
    for check in sa.inspect(connection).get_check_constraints(table.name):
        for column in table.columns:
            if re.search(rf"\b{column.name}\b", check["sqltext"]):
                found[column.name] = re.findall(r"'([^']*)'", check["sqltext"])
    return {column: texts for column, texts in found.items() if texts}


def _moved(table: str, row: Row) -> Row:
    names = {column: MOVED.get(f"{table}.{column}", f"{table}.{column}") for column in row}
    return {new.partition(".")[2]: row[old] for old, new in names.items() if new is not None}


def _reflect(connection: sa.Connection) -> sa.MetaData:
    metadata = sa.MetaData()
    metadata.reflect(connection, only=lambda name, _: name != "alembic_version")
    return metadata
