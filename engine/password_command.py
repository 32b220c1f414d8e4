"""`hooksmith reset-password`: the way back in for somebody who has lost a password."""

from __future__ import annotations

import secrets

import click

from engine import users
from engine.db import Database
from engine.errors import EngineError
from engine.startup import fail, prepare, read_settings


@click.command("reset-password")
@click.argument("username")
def reset_password(username: str) -> None:
    """Give a user a new password, print it, and end every login of theirs."""
    settings = read_settings()
    prepare(settings)
    password = secrets.token_urlsafe(12)
    database = Database(settings.effective_database_url, pool_size=1)
    try:
        with database.write() as session:
            users.set_password(session, users.get(session, username), password)
    except EngineError as exc:
        fail(str(exc))
    finally:
        database.close()
    click.echo(f"The password of {username} is {password}")
