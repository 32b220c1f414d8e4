"""The first user's first password, and what later starts leave alone."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from engine import cli, setup, users
from engine.db import Database
from engine.errors import ConfigError
from engine.models import User
from engine.settings import Settings

FIRST, CHANGED = "the first password", "changed in the pages"


def usernames(settings: Settings) -> list[str]:
    database = Database(settings.effective_database_url, pool_size=1)
    with database.read() as session:
        found = session.scalars(sa.select(User.username).order_by(User.username)).all()
    database.close()
    return list(found)


def matches(settings: Settings, password: str, username: str = "admin") -> bool:
    database = Database(settings.effective_database_url, pool_size=1)
    with database.read() as session:
        found = users.authenticate(session, username, password)
    database.close()
    return found is not None


def change_password(settings: Settings, password: str) -> None:
    database = Database(settings.effective_database_url, pool_size=1)
    with database.write() as session:
        users.set_password(session, users.get(session, "admin"), password)
    database.close()


def test_a_password_that_was_changed_stays_changed(tmp_path: Path) -> None:
    """However often the server starts with the first one in its settings, or with another."""
    settings = Settings(data_dir=tmp_path, admin_password=FIRST)
    setup.make_ready(settings)
    assert matches(settings, FIRST)
    change_password(settings, CHANGED)
    setup.make_ready(settings)
    setup.make_ready(settings.model_copy(update={"admin_password": "a third password"}))
    assert matches(settings, CHANGED)


def test_another_name_in_the_settings_makes_no_second_administrator(tmp_path: Path) -> None:
    """There is one already, whatever the name; no password is made up for nobody."""
    setup.make_ready(Settings(data_dir=tmp_path, admin_password=FIRST))
    later = Settings(data_dir=tmp_path, admin_username="root")
    assert setup.make_ready(later).password is None
    assert usernames(later) == ["admin", "rocket.cat"]


def test_nobody_becomes_an_administrator_by_a_setting(tmp_path: Path) -> None:
    """Where there is none any more, a user who is there already is not made one."""
    settings = Settings(data_dir=tmp_path, admin_password=FIRST)
    setup.make_ready(settings)
    database = Database(settings.effective_database_url, pool_size=1)
    with database.write() as session:
        users.get(session, "admin").roles = ["user"]
    database.close()
    with pytest.raises(ConfigError, match="HOOKSMITH_ADMIN_USERNAME: admin is no administrator"):
        setup.make_ready(settings)


def test_a_lost_password_is_reset_at_the_command_line(tmp_path: Path) -> None:
    """It prints a new one; the old one is over."""
    settings = Settings(data_dir=tmp_path, admin_password=FIRST)
    setup.make_ready(settings)
    environment = {"HOOKSMITH_DATA_DIR": str(tmp_path)}
    done = CliRunner().invoke(cli.main, ["reset-password", "admin"], env=environment)
    assert done.exit_code == 0, done.output
    assert matches(settings, done.output.rpartition(" is ")[2].strip())
    assert not matches(settings, FIRST)
    unknown = CliRunner().invoke(cli.main, ["reset-password", "nobody"], env=environment)
    assert unknown.exit_code == 2
    assert "There is no user nobody" in unknown.output


def test_a_password_is_not_reset_in_a_folder_without_a_database(tmp_path: Path) -> None:
    """A shell without the server's settings is told, and no second installation is made."""
    environment = {"HOOKSMITH_DATA_DIR": str(tmp_path / "data")}
    done = CliRunner().invoke(cli.main, ["reset-password", "admin"], env=environment)
    assert done.exit_code == 2
    assert "There is no database of Hooksmith in" in done.output
    assert not (tmp_path / "data").exists()
