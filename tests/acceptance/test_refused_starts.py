"""Starts that must not be: one line says why, the exit status is 2, and nothing is touched."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from engine import migrate
from tests.acceptance.conftest import HOOKSMITH, Server, environment, free_port
from tests.old_databases import OldDatabase
from tests.support import PASSWORD

DATABASE = "hooksmith.sqlite3"
KEY_FILE = "secret_key"
KEY = "k" * 64
#: Of an old revision, so that an upgrade would be due.
OLD = "0010"

Spoil = Callable[[Path], Any]


def hooksmith(*arguments: str, **settings: Any) -> subprocess.CompletedProcess[str]:
    given = {"port": free_port(), "admin_password": PASSWORD, **settings}
    return subprocess.run(
        [HOOKSMITH, *arguments],
        env=environment(**given),
        capture_output=True,
        text=True,
        timeout=60,
    )


def contents(folder: Path) -> dict[str, tuple[int, bytes | None]]:
    """Return mode and bytes of all that is in a folder, the lock aside."""
    return {
        path.name: (path.lstat().st_mode, path.read_bytes() if path.is_file() else None)
        for path in folder.iterdir()
        if not path.name.endswith(".lock")
    }


def refused(
    folder: Path, said: str, *arguments: str, **settings: Any
) -> subprocess.CompletedProcess[str]:
    """Fail unless a start is refused with that in its one line, and the folder is as it was."""
    before = contents(folder)
    ended = hooksmith(*(arguments or ["serve"]), data_dir=folder, **settings)
    assert ended.returncode == 2, ended.stderr
    assert said in ended.stderr
    assert ended.stderr.count("\n") == 1
    assert ended.stdout == ""
    assert contents(folder) == before
    return ended


@pytest.fixture(scope="module")
def old_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder of an old version; tests work on copies."""
    folder = tmp_path_factory.mktemp("old") / "data"
    folder.mkdir()
    (folder / KEY_FILE).write_text(KEY)
    OldDatabase.make(f"sqlite:///{folder / DATABASE}", OLD, KEY)
    return folder


@pytest.fixture(params=["old", "of this version"])
def folder(
    request: pytest.FixtureRequest, tmp_path: Path, old_folder: Path, prepared_data_dir: Path
) -> Path:
    """A data folder that is good so far."""
    source = old_folder if request.param == "old" else prepared_data_dir
    return Path(shutil.copytree(source, tmp_path / "data"))


@pytest.fixture
def old_copy(tmp_path: Path, old_folder: Path) -> Path:
    """A data folder of an old version that is good so far."""
    return Path(shutil.copytree(old_folder, tmp_path / "data"))


def _to_directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _to_link_to_nowhere(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.with_name("nothing"))


def _to_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda path: path.write_bytes(b""), "(it is empty)"),
        (lambda path: path.write_bytes(b" \n"), "(it is empty)"),
        (lambda path: path.write_text("short"), "use at least 32 random characters"),
        (lambda path: path.write_text("ü" * 64), "(it is no ASCII text)"),
        (lambda path: path.write_bytes(bytes(64)), "use characters that can be printed"),
        (lambda path: path.write_bytes(b"k" * 5000), "(it is too long)"),
        (lambda path: path.write_text("another key" * 6), "another key"),
        (lambda path: path.write_text(path.read_text()[:-1] + "!"), "another key"),
        (Path.unlink, "is missing"),
        (_to_link_to_nowhere, "is missing"),
        (_to_directory, "is no file"),
        (_to_pipe, "is no file"),
    ],
    ids=[
        "empty",
        "blank",
        "short",
        "not ASCII",
        "zeros",
        "long",
        "another",
        "one character off",
        "missing",
        "link to nowhere",
        "folder",
        "pipe",
    ],
)
def test_a_secret_key_that_is_none_or_another_ends_the_start(
    old_copy: Path, spoil: Spoil, said: str
) -> None:
    """Before the upgrade that is due, and without a new key in the old one's place."""
    spoil(old_copy / KEY_FILE)
    refused(old_copy, said)


@pytest.mark.parametrize("command", ["serve", "migrate"])
def test_another_key_changes_nothing(folder: Path, command: str) -> None:
    """Not even the schema; the same holds for a key from the environment."""
    refused(folder, "HOOKSMITH_SECRET_KEY", command, secret_key="quite another key " * 3)


def test_another_key_leaves_what_a_killed_server_left(old_copy: Path) -> None:
    """Its journal holds what was answered with 200, and is read by who has the key."""
    connection = sqlite3.connect(old_copy / DATABASE)
    connection.execute("INSERT INTO meta VALUES ('late', '{}')")
    connection.commit()
    files = [DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm"]
    left = {name: (old_copy / name).read_bytes() for name in files}
    connection.close()
    for name, data in left.items():
        (old_copy / name).write_bytes(data)
    assert len(left[f"{DATABASE}-wal"]) > 0
    given = {"data_dir": old_copy, "secret_key": "quite another key " * 3}
    assert hooksmith("serve", **given).returncode == 2
    for name in files[:2]:
        assert (old_copy / name).read_bytes() == left[name]
    assert hooksmith("migrate", data_dir=old_copy).returncode == 0
    with closing(sqlite3.connect(old_copy / DATABASE)) as file:
        assert file.execute("SELECT count(*) FROM meta WHERE key = 'late'").fetchone() == (1,)


def _of_a_newer_version(path: Path) -> None:
    with closing(sqlite3.connect(path)) as file:
        file.execute("UPDATE alembic_version SET version_num = '0999'")
        file.commit()


def _cut_off(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _of_another_program(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as file:
        file.execute("CREATE TABLE bookmarks (id)")
        file.commit()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (
            _of_a_newer_version,
            f"newer version (revision 0999, this one knows up to {migrate.newest()})",
        ),
        (_cut_off, "is no SQLite database, or is damaged"),
        (lambda path: path.write_bytes(b"<html>" * 1000), "is no SQLite database, or is damaged"),
        (_to_directory, "is a folder"),
        (lambda path: path.write_bytes(b"S"), "is damaged: it has 1 bytes"),
        (_of_another_program, "belongs to another program"),
    ],
    ids=["newer", "cut off", "no database", "folder", "one byte", "another program's"],
)
@pytest.mark.parametrize("command", ["serve", "migrate"])
def test_a_database_that_cannot_be_opened_ends_the_start(
    old_copy: Path, spoil: Spoil, said: str, command: str
) -> None:
    """Damaged, of a newer version, or somebody else's: it is left as it is."""
    spoil(old_copy / DATABASE)
    refused(old_copy, said, command)


def test_doctor_says_what_is_wrong_with_a_database(old_copy: Path) -> None:
    """And looks without touching."""
    _of_a_newer_version(old_copy / DATABASE)
    before = contents(old_copy)
    ended = hooksmith("doctor", data_dir=old_copy)
    assert ended.returncode == 1
    assert "newer version" in ended.stdout
    assert contents(old_copy) == before


def test_a_replay_makes_no_database_and_no_key(tmp_path: Path) -> None:
    """In the wrong folder it says that there is nothing, and leaves nothing behind."""
    refused(tmp_path, "There is no database of Hooksmith in", "replay", "x" * 20)


def test_a_postgresql_database_of_a_newer_version_ends_the_start(
    tmp_path: Path, postgres_url: Callable[[], str]
) -> None:
    """A node that was forgotten in an upgrade does not touch what the others wrote."""
    import psycopg

    url = postgres_url()
    assert hooksmith("migrate", data_dir=tmp_path, database_url=url).returncode == 0
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0999'")
    refused(tmp_path, "newer version (revision 0999", database_url=url)


def test_a_node_without_the_key_of_its_postgresql_database_makes_none(
    tmp_path: Path, postgres_url: Callable[[], str]
) -> None:
    """A new key would be a wrong one."""
    url = postgres_url()
    first, second = tmp_path / "first", tmp_path / "second"
    second.mkdir()
    assert hooksmith("migrate", data_dir=first, database_url=url).returncode == 0
    refused(second, "secret_key is missing", database_url=url)
    assert list(second.iterdir()) == []


def test_a_second_server_on_one_sqlite_file_is_refused(server: Server, tmp_path: Path) -> None:
    """Both would keep what scripts hold in memory, and lose each other's; the first goes on."""
    data_dir = tmp_path / "data0"
    key = (data_dir / KEY_FILE).read_text()
    for settings in (
        {"data_dir": data_dir},
        # Another folder, the same file.
        {
            "data_dir": tmp_path / "other",
            "secret_key": key,
            "database_url": f"sqlite:///{data_dir / DATABASE}",
        },
    ):
        ended = hooksmith("serve", **settings)
        assert ended.returncode == 2
        assert (
            f"is in use: another `hooksmith` serves or upgrades it (process {server.process.pid})"
            in ended.stderr
        )
        assert ended.stderr.count("\n") == 1
    assert server.is_ready()
    # What needs no upgrade may work beside it.
    assert hooksmith("migrate", data_dir=data_dir).returncode == 0
    assert hooksmith("doctor", data_dir=data_dir).returncode == 0


def test_of_servers_that_start_at_once_one_serves(tmp_path: Path) -> None:
    """On a folder that is not there yet, which both would fill."""
    processes = [
        subprocess.Popen(
            [HOOKSMITH, "serve"],
            env=environment(data_dir=tmp_path / "new", port=free_port(), admin_password=PASSWORD),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        for _ in range(3)
    ]
    try:
        ended = []
        for one in processes:
            try:
                ended.append((one.wait(timeout=20), one.stderr.read() if one.stderr else ""))
            except subprocess.TimeoutExpired:
                continue
        assert [status for status, _ in ended] == [2, 2]
        assert all("is in use" in said and said.count("\n") == 1 for _, said in ended)
    finally:
        for one in processes:
            if one.poll() is None:
                os.killpg(one.pid, signal.SIGKILL)
            one.communicate()


def test_an_upgrade_waits_until_nobody_serves(tmp_path: Path, old_folder: Path) -> None:
    """A command that would have to upgrade what a server has open says so, and leaves it."""
    folder = Path(shutil.copytree(old_folder, tmp_path / "data"))
    from engine.database_lock import DatabaseLock

    with DatabaseLock(folder / DATABASE).held(0):
        refused(
            folder,
            f"is in use: another `hooksmith` serves or upgrades it (process {os.getpid()})",
            "migrate",
        )
    assert hooksmith("migrate", data_dir=folder).returncode == 0


def test_a_server_that_was_killed_does_not_keep_the_next_from_starting(
    serve: Callable[..., Server], tmp_path: Path
) -> None:
    """The lock ends with the last process of the old one, which the next waits for."""
    server = serve()
    server.process.kill()
    next_one = serve(data_dir=tmp_path / "data0")
    assert next_one.is_ready()
    server.process.communicate()


def test_a_disk_that_is_full_ends_the_upgrade(old_copy: Path) -> None:
    """No half of a copy stays."""
    size = (old_copy / DATABASE).stat().st_size
    before = contents(old_copy)
    ended = subprocess.run(
        [HOOKSMITH, "serve"],
        env=environment(data_dir=old_copy, port=free_port(), admin_password=PASSWORD),
        capture_output=True,
        text=True,
        timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size // 2, size // 2)),
    )
    assert ended.returncode == 2, ended.stderr
    assert "cannot be copied before it is upgraded" in ended.stderr
    assert "nothing was changed" in ended.stderr
    assert ended.stderr.count("\n") == 1
    assert contents(old_copy) == before


def test_an_upgrade_is_told_and_the_server_serves_what_was_there(old_copy: Path) -> None:
    """The start's output says from what to what, and where the copy is."""
    server = Server(old_copy)
    try:
        assert server.is_ready()
    finally:
        printed = server.stop()
    copy = old_copy / f"{DATABASE}.before-upgrade-from-{OLD}"
    assert f"The database was upgraded from {OLD} to {migrate.newest()}" in printed
    assert f"A copy from before the upgrade is {copy}" in printed
    assert copy.is_file()


def test_an_address_that_cannot_be_read_ends_the_start_without_its_password(tmp_path: Path) -> None:
    """A port that is no number, say."""
    url = "postgresql://u:a-password@127.0.0.1:notaport/x"
    ended = hooksmith("migrate", data_dir=tmp_path, database_url=url)
    assert ended.returncode == 2
    assert ended.stderr.startswith("HOOKSMITH_DATABASE_URL: it is no address")
    assert "a-password" not in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
