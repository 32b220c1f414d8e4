"""What every command begins with: settings, a prepared database, and a way to say what is wrong."""

from __future__ import annotations

import logging
import os
import sys
from typing import NoReturn

import click
from sqlalchemy.exc import SQLAlchemyError

from engine import migrate, setup
from engine.db import Database, reason_of
from engine.errors import ConfigError, EngineError
from engine.redaction import Scrubber
from engine.settings import Settings
from engine.vault import open_vault


def fail(*lines: str) -> NoReturn:
    """Print why a command cannot be done, and end with status 2."""
    for line in lines:
        click.echo(line, err=True)
    sys.exit(2)


class HidingFormatter(logging.Formatter):
    """Formats lines of the process's log, and tracebacks in it, without the settings' secrets."""

    def __init__(self, settings: Settings) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._hidden = Scrubber(settings.secrets())

    def format(self, record: logging.LogRecord) -> str:
        return self._hidden.text(super().format(record))


def read_settings() -> Settings:
    """Return the environment's settings, or fail; logging goes to standard error from here on."""
    try:
        settings = Settings.from_env(os.environ)
    except ConfigError as exc:
        fail(*exc.problems)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(HidingFormatter(settings))
    logging.basicConfig(level=settings.log_level.upper(), handlers=[handler])
    logging.getLogger("alembic").setLevel(logging.WARNING)
    return settings


def prepare(settings: Settings) -> str | None:
    """Bring the database up to date, or fail; return the admin's password when one was made up."""
    os.umask(0o077)  # requests, digests and the secret key are nobody else's to read
    try:
        vault = open_vault(settings)
        database = Database(settings.effective_database_url, pool_size=1)
        try:
            migrate.upgrade(database)
            return setup.prepare(database, settings, vault)
        finally:
            database.close()
    except ConfigError as exc:
        fail(*exc.problems)
    except EngineError as exc:
        fail(str(exc))
    except SQLAlchemyError as exc:
        fail(f"HOOKSMITH_DATABASE_URL: the database cannot be used ({reason_of(exc)})")
