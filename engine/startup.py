"""What every command begins with: settings, a prepared database, and a way to say what is wrong."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import click
from sqlalchemy.exc import SQLAlchemyError

from engine import setup
from engine.db import reason_of
from engine.errors import ConfigError, EngineError
from engine.migrate import Upgrade
from engine.redaction import Scrubber
from engine.settings import Settings
from engine.vault import Vault


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


def prepare(settings: Settings, *, serving: bool = False) -> str | None:
    """Make the database ready, or fail; return the admin's password when one was made up."""
    os.umask(0o077)  # requests, digests and the secret key are nobody else's to read
    with _failures():
        return setup.make_ready(settings, serving=serving, on_upgrade=_tell).password


def open_ready(settings: Settings) -> Vault:
    """Return the vault of a database that is ready, or fail; change nothing."""
    with _failures():
        return setup.check_ready(settings)


@contextmanager
def _failures() -> Iterator[None]:
    try:
        yield
    except ConfigError as exc:
        fail(*exc.problems)
    except EngineError as exc:
        fail(str(exc))
    except SQLAlchemyError as exc:
        fail(f"HOOKSMITH_DATABASE_URL: the database cannot be used ({reason_of(exc)})")


def _tell(upgrade: Upgrade) -> None:
    if upgrade.before is None:
        return
    click.echo(f"The database was upgraded from {upgrade.before} to {upgrade.after}", err=True)
    if upgrade.copy is not None:
        click.echo(f"A copy from before the upgrade is {upgrade.copy}", err=True)
