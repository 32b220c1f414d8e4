"""Whether a migration leaves the rows it does not mean to change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

import sqlalchemy as sa

from engine.errors import UnusableDatabase


class RowCounts:
    """How many rows every table has, counted again after each step of an upgrade."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._counts = _count(connection)
        self._broken = _broken_references(connection)

    def check(self, revision: str, changed: Collection[str]) -> None:
        """
        Count again after a step.

        :param changed: the tables whose rows it means to change.
        :raise UnusableDatabase: when others have more rows or fewer.
        """
        before, self._counts = self._counts, _count(self._connection)
        for table, count in sorted(before.items()):
            if table not in changed and self._counts.get(table) != count:
                raise UnusableDatabase(
                    f"migration {revision} would leave {self._counts.get(table, 0)} of {count} rows"
                    f" in the table {table}"
                )

    def check_references(self) -> None:
        """
        Look at the end for rows that refer to what is not there any more.

        :raise UnusableDatabase: when there are more of them than there were.
        """
        for (table, parent), count in (_broken_references(self._connection) - self._broken).items():
            raise UnusableDatabase(
                f"the migrations would leave {count} rows in the table {table} that refer to none in {parent}"
            )


def _count(connection: sa.Connection) -> dict[str, int]:
    names = set(sa.inspect(connection).get_table_names()) - {"alembic_version"}
    count = sa.select(sa.func.count())
    return {
        name: connection.scalar(count.select_from(sa.table(name))) or 0 for name in sorted(names)
    }


def _broken_references(connection: sa.Connection) -> Counter[tuple[str, str]]:
    # Elsewhere than in SQLite, foreign keys hold during migrations too.
    if connection.dialect.name != "sqlite":
        return Counter()
    rows = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    return Counter((table, parent) for table, _, parent, _ in rows)
