"""`hooksmith reset-password`: the way back in for somebody who has lost a password."""

from __future__ import annotations

import secrets

import click

from engine import users
from engine.database_state import sqlite_path
from engine.db import Database
from engine.errors import EngineError
from engine.startup import fail, open_ready, read_settings


@click.command("reset-password")
@click.argument("username")
def reset_password(username: str) -> None:
    """
    Give a user a new password, print it, and end every login and lock-out of theirs.

    It needs the server's HOOKSMITH_DATA_DIR or HOOKSMITH_DATABASE_URL.
    """
    settings = read_settings()
    open_ready(settings)
    password = secrets.token_urlsafe(12)
    database = Database(settings.effective_database_url, pool_size=1)
    try:
        with database.write() as session:
            user = users.get(session, username)
            users.set_password(session, user, password)
            is_active = user.active
    except EngineError as exc:
        fail(str(exc))
    finally:
        database.close()
    place = sqlite_path(settings.effective_database_url) or "the database"
    click.echo(f"The password of {username} in {place} is {password}")
    if not is_active:
        click.echo(
            f"{username} is deactivated, and cannot log in before an administrator undoes that"
        )
