"""Databases of every earlier version, opened by this one: nothing in them may be lost."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from engine import database_state, migrate, setup
from engine.db import Database
from engine.errors import UnusableDatabase
from engine.settings import Settings
from tests.old_databases import OldDatabase, read, revisions
from tests.support import PASSWORD

KEY = "the secret key of these databases"
REVISIONS = revisions()
HEAD = REVISIONS[-1]

Settle = Callable[[], Settings]


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """The settings of an empty database of each kind."""
    chosen: dict[str, Any] = {"data_dir": tmp_path, "secret_key": KEY, "admin_password": PASSWORD}
    if request.param == "postgresql":
        chosen["database_url"] = request.getfixturevalue("postgres_url")()
    return Settings(**chosen)


@pytest.fixture
def on_sqlite(tmp_path: Path) -> Settings:
    """The settings of an empty SQLite file."""
    return Settings(data_dir=tmp_path, secret_key=KEY, admin_password=PASSWORD)


@pytest.fixture
def add_migration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Add a migration after the last one, with that body."""
    folder = tmp_path / "more_migrations"

    def add(upgrade: str, declared: str = "") -> None:
        folder.mkdir()
        (folder / "9999_more.py").write_text(
            "import sqlalchemy as sa\nfrom alembic import op\n"
            f"revision = '9999'\ndown_revision = '{HEAD}'\n{declared}\n"
            f"def upgrade():\n{textwrap.indent(textwrap.dedent(upgrade), '    ')}\n"
        )

        def configured() -> Config:
            config = Config()
            config.set_main_option("script_location", "engine:migrations")
            config.set_main_option("path_separator", "newline")
            config.set_main_option("version_locations", f"engine:migrations/versions\n{folder}")
            return config

        monkeypatch.setattr(migrate, "_config", configured)

    return add


def make(settings: Settings, revision: str) -> OldDatabase:
    return OldDatabase.make(settings.effective_database_url, revision, KEY)


def file_of(settings: Settings) -> Path:
    path = database_state.sqlite_path(settings.effective_database_url)
    assert path is not None
    return path


def copies_of(settings: Settings) -> list[str]:
    path = file_of(settings)
    return sorted(one.name.removeprefix(path.name) for one in path.parent.glob(f"{path.name}.b*"))


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    database = Database(settings.effective_database_url, pool_size=1)
    yield database
    database.close()


@pytest.mark.parametrize("revision", REVISIONS)
def test_an_upgrade_keeps_every_row_and_every_value(
    settings: Settings, database: Database, revision: str
) -> None:
    """From every revision there was, rows in every table of it; the schema is the models' afterwards."""
    old = make(settings, revision)
    assert migrate.upgrade(database) == (
        None
        if revision == HEAD
        else migrate.Upgrade(
            revision,
            HEAD,
            Path(f"{file_of(settings)}.before-upgrade-from-{revision}")
            if database.is_sqlite
            else None,
        )
    )
    old.check_kept(exactly=True)
    command.check(migrate.config(database))
    setup.make_ready(settings)
    old.check_kept()


def test_every_table_of_the_present_version_is_filled_by_these_tests(
    on_sqlite: Settings,
) -> None:
    """What the models name is what the last revision's database has rows in."""
    from engine.db import Model

    assert set(make(on_sqlite, HEAD).rows) == set(Model.metadata.tables)


def test_steps_that_only_add_make_no_table_anew(on_sqlite: Settings) -> None:
    """From the first revision to the last, no table that has rows is dropped."""
    old = make(on_sqlite, REVISIONS[0])
    database = Database(on_sqlite.effective_database_url, pool_size=1)
    dropped: list[str] = []

    @sa.event.listens_for(database.engine, "before_cursor_execute")
    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        if statement.strip().upper().startswith("DROP TABLE"):
            dropped.append(statement.strip())

    migrate.upgrade(database)
    database.close()
    assert dropped == []
    old.check_kept(exactly=True)


def test_a_database_whose_origins_are_unique_by_a_constraint_becomes_like_the_others(
    settings: Settings, database: Database
) -> None:
    """An earlier 0015 made one; on SQLite the table is then made anew, and what refers to it stays."""
    old = make(settings, "0015")
    with database.migration_connection() as connection:
        from alembic.migration import MigrationContext
        from alembic.operations import Operations

        operations = Operations(MigrationContext.configure(connection))
        operations.drop_index("ix_integration_origin", "integration")
        with operations.batch_alter_table("integration") as batch:
            batch.create_unique_constraint("uq_integration_origin", ["origin"])
    setup.make_ready(settings)
    old.check_kept()
    command.check(migrate.config(database))


@pytest.mark.parametrize("revision", REVISIONS[:-1:4])
def test_a_way_back_keeps_the_rows_of_what_is_left(
    settings: Settings, database: Database, revision: str
) -> None:
    """A step back drops what its step added; dropping columns makes tables anew, and loses no other row."""
    old = make(settings, revision)
    migrate.upgrade(database)
    command.downgrade(migrate.config(database), revision)
    old.check_kept(exactly=True)


def test_a_new_database_and_one_of_this_version_are_not_copied(on_sqlite: Settings) -> None:
    """There is nothing to lose."""
    assert setup.make_ready(on_sqlite).upgrade == migrate.Upgrade(None, HEAD)
    assert setup.make_ready(on_sqlite).upgrade is None
    assert copies_of(on_sqlite) == []


def test_a_copy_is_the_whole_old_database_and_nobody_elses_to_read(on_sqlite: Settings) -> None:
    """It is made before the first step, and opens as the database it was."""
    old = make(on_sqlite, "0010")
    upgrade = setup.make_ready(on_sqlite).upgrade
    assert upgrade is not None
    assert upgrade.copy == Path(f"{file_of(on_sqlite)}.before-upgrade-from-0010")
    assert stat.S_IMODE(upgrade.copy.stat().st_mode) == 0o600
    copied = OldDatabase(f"sqlite:///{upgrade.copy}", "0010", old.rows)
    copied.check_kept(exactly=True)
    assert database_state.look(copied.url).revision == "0010"


def test_the_newest_two_copies_are_kept(on_sqlite: Settings) -> None:
    """Three upgrades, of which the last began with the oldest revision."""
    for number, revision in enumerate(("0010", "0011", "0009")):
        for one in file_of(on_sqlite).parent.glob("hooksmith.sqlite3*"):
            if "before" not in one.name:
                one.unlink()
        make(on_sqlite, revision)
        copy = setup.make_ready(on_sqlite).upgrade
        assert copy is not None
        assert copy.copy is not None
        os.utime(copy.copy, (number, number))
    left = [".before-upgrade-from-0009", ".before-upgrade-from-0011"]
    assert copies_of(on_sqlite) == left


def test_without_room_for_a_copy_nothing_is_done(
    on_sqlite: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line says how much it takes."""
    old = make(on_sqlite, "0010")
    usage = type("Usage", (), {"free": 1 << 10})
    monkeypatch.setattr("engine.database_copies.shutil.disk_usage", lambda _: usage)
    with pytest.raises(UnusableDatabase, match=r"0 MiB are free.*; nothing was changed"):
        setup.make_ready(on_sqlite)
    old.check_kept(exactly=True)
    assert database_state.look(old.url).revision == "0010"
    assert copies_of(on_sqlite) == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            "op.execute(\"DELETE FROM message WHERE id LIKE '1%'\")",
            "leave 3 of 4 rows in the table message",
        ),
        ("op.drop_table('outgoing_call')", "leave 0 of 4 rows in the table outgoing_call"),
        (
            "op.execute(\"INSERT INTO pace SELECT 'new', next_at FROM pace LIMIT 1\")",
            "leave 5 of 4 rows in the table pace",
        ),
        ("op.execute('SELECT nonsense')", "nonsense"),
    ],
)
def test_a_migration_that_changes_rows_unasked_changes_nothing(
    settings: Settings, database: Database, add_migration: Callable[..., None], body: str, said: str
) -> None:
    """The line says what would be lost, and where the copy is; all steps are taken back."""
    old = make(settings, "0013")
    add_migration(body)
    with pytest.raises(UnusableDatabase, match=f"{said}.*; nothing was changed") as raised:
        setup.make_ready(settings)
    assert "\n" not in str(raised.value)
    old.check_kept(exactly=True)
    assert database_state.look(old.url).revision == "0013"
    if database.is_sqlite:
        copy = Path(f"{file_of(settings)}.before-upgrade-from-0013")
        assert str(copy) in str(raised.value)
        OldDatabase(f"sqlite:///{copy}", "0013", old.rows).check_kept(exactly=True)


def test_a_migration_may_change_the_rows_of_the_tables_it_names(
    settings: Settings, add_migration: Callable[..., None]
) -> None:
    """One line in the migration says which."""
    make(settings, HEAD)
    add_migration("op.execute('DELETE FROM message')", "changes_rows = {'message'}")
    upgrade = setup.make_ready(settings).upgrade
    assert upgrade is not None
    assert upgrade.after == "9999"


def test_a_migration_that_makes_a_table_anew_loses_nothing_that_refers_to_it(
    on_sqlite: Settings, add_migration: Callable[..., None]
) -> None:
    """What SQLite does to `room`, `integration` and `execution` must not reach their children."""
    old = make(on_sqlite, HEAD)
    add_migration(
        """
        for table in ("user", "room", "integration", "execution"):
            with op.batch_alter_table(table, recreate="always") as batch:
                batch.add_column(sa.Column("more", sa.Integer(), nullable=True))
        """
    )
    setup.make_ready(on_sqlite)
    old.check_kept()


def test_a_migration_that_leaves_references_to_nothing_is_refused(
    on_sqlite: Settings, add_migration: Callable[..., None]
) -> None:
    """Foreign keys are not enforced meanwhile, so they are looked at before the end."""
    old = make(on_sqlite, HEAD)
    add_migration("op.execute('DELETE FROM room')", "changes_rows = {'room'}")
    with pytest.raises(UnusableDatabase, match=r"4 rows in the table message that refer to none"):
        setup.make_ready(on_sqlite)
    old.check_kept(exactly=True)


def test_references_that_were_broken_before_do_not_stop_an_upgrade(on_sqlite: Settings) -> None:
    """A database that somebody has edited by hand can still be upgraded."""
    make(on_sqlite, "0010")
    with closing(sqlite3.connect(file_of(on_sqlite))) as file:
        file.execute("DELETE FROM room WHERE id LIKE '1%'")
        file.commit()
    assert setup.make_ready(on_sqlite).upgrade is not None


_KILLED_AT = """
import os, signal, sys
import sqlalchemy as sa
from engine import migrate
from engine.db import Database

database = Database(sys.argv[1], pool_size=1)
left = int(sys.argv[2])

@sa.event.listens_for(database.engine, "after_cursor_execute")
def count(_, __, statement, *___):
    global left
    if statement.lstrip().upper().startswith(("ALTER", "CREATE", "DROP", "INSERT", "UPDATE")):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

@sa.event.listens_for(database.engine, "commit")
def ended(_):
    os.kill(os.getpid(), signal.SIGKILL)

migrate.upgrade(database)
"""


@pytest.mark.parametrize("statements", [1, 9, 25, 10_000])
def test_a_process_that_is_killed_in_the_middle_leaves_the_old_database(
    settings: Settings, statements: int
) -> None:
    """Killed after so many changes, at last just before the commit; the next start upgrades."""
    old = make(settings, "0005")
    arguments = [old.url, str(statements)]
    ended = subprocess.run([sys.executable, "-c", _KILLED_AT, *arguments], timeout=60)
    assert ended.returncode == -signal.SIGKILL
    old.check_kept(exactly=True)
    assert database_state.look(old.url).revision == "0005"
    upgrade = setup.make_ready(settings).upgrade
    assert upgrade is not None
    assert upgrade.before == "0005"
    old.check_kept()


def test_nodes_that_write_meanwhile_are_waited_for(postgres_url: Callable[[], str]) -> None:
    """What a node of the old version commits during an upgrade is not counted as the migrations'."""
    settings = Settings(database_url=postgres_url(), secret_key=KEY, admin_password=PASSWORD)
    old = make(settings, "0010")
    node = sa.create_engine(old.url, poolclass=sa.NullPool)
    begun = threading.Event()

    def write() -> None:
        with node.begin() as connection:
            connection.execute(sa.text("DELETE FROM message WHERE id LIKE '2%'"))
            begun.set()
            time.sleep(1)

    writing = threading.Thread(target=write)
    writing.start()
    begun.wait()
    assert setup.make_ready(settings).upgrade is not None
    writing.join()
    with node.connect() as connection:
        assert len(read(connection)["message"]) == 3


def test_an_upgrade_that_postgresql_ends_for_a_deadlock_is_tried_again(
    postgres_url: Callable[[], str],
) -> None:
    """A node has what the upgrade waits for, and then wants what the upgrade has."""
    settings = Settings(database_url=postgres_url(), secret_key=KEY, admin_password=PASSWORD)
    old = make(settings, "0010")
    node = sa.create_engine(old.url, poolclass=sa.NullPool)
    done: list[setup.Ready] = []
    upgrading = threading.Thread(target=lambda: done.append(setup.make_ready(settings)))
    with node.begin() as connection:
        connection.execute(sa.text("UPDATE pace SET next_at = next_at"))
        upgrading.start()
        waits = sa.text(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        with node.connect() as other:
            while not other.scalar(waits):
                other.rollback()
        connection.execute(sa.text("UPDATE auth_token SET expires_at = expires_at"))
    upgrading.join()
    assert done[0].upgrade is not None
    old.check_kept()


def test_several_processes_at_once_upgrade_once(settings: Settings) -> None:
    """Four commands on one old database: one upgrades it, and all find it good."""
    old = make(settings, "0010")
    done: list[setup.Ready | Exception] = []

    def start() -> None:
        try:
            done.append(setup.make_ready(settings))
        except Exception as exc:
            done.append(exc)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one for one in done if isinstance(one, Exception)] == []
    assert len([one for one in done if isinstance(one, setup.Ready) and one.upgrade]) == 1
    old.check_kept()


def test_the_copy_of_an_upgrade_is_never_the_one_that_goes(on_sqlite: Settings) -> None:
    """Older copies may have times in the future, of a clock that was wrong."""
    make(on_sqlite, "0010")
    for revision in ("0007", "0008"):
        other = Path(f"{file_of(on_sqlite)}.before-upgrade-from-{revision}")
        other.touch()
        os.utime(other, (4e9, 4e9))
    upgrade = setup.make_ready(on_sqlite).upgrade
    assert upgrade is not None
    assert upgrade.copy is not None
    assert upgrade.copy.exists()
    assert len(copies_of(on_sqlite)) == 2
