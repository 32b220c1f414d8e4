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
from engine.settings import Settings
from engine.vault import Vault


def fail(*lines: str) -> NoReturn:
    """Print why a command cannot be done, and end with status 2."""
    for line in lines:
        click.echo(line, err=True)
    sys.exit(2)


def read_settings() -> Settings:
    """Return the environment's settings, or fail; logging goes to standard error from here on."""
    try:
        settings = Settings.from_env(os.environ)
    except ConfigError as exc:
        fail(*exc.problems)
    logging.basicConfig(
        level=settings.log_level.upper(),
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    logging.getLogger("alembic").setLevel(logging.WARNING)
    return settings


def prepare(settings: Settings, *, serving: bool = False) -> str | None:
    """Make the database ready, or fail; return the admin's password when one was made up."""
    os.umask(0o077)  # requests, digests and the secret key are nobody else's to read
    with _failures():
        ready = setup.make_ready(settings, serving=serving)
    if ready.upgrade is not None and ready.upgrade.before is not None:
        _tell(ready.upgrade)
    return ready.password


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
    click.echo(f"The database was upgraded from {upgrade.before} to {upgrade.after}", err=True)
    if upgrade.copy is not None:
        click.echo(f"As it was before, it is in {upgrade.copy}", err=True)
