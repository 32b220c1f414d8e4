"""Making a database ready: checks, the schema, and at the first start the first user, bot and room."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine import database_state, migrate, rooms, users
from engine.database_lock import DatabaseInUse, DatabaseLock
from engine.database_state import CANARY, sqlite_path
from engine.db import Database
from engine.errors import ConfigError, UnusableDatabase
from engine.migrate import Upgrade
from engine.models import Meta, User
from engine.settings import Settings
from engine.vault import Vault, open_vault

#: How long a start waits for a server to end that was told to, or was killed.
_WAIT_FOR_SERVER_S = 3.0
#: How long another command waits for somebody who upgrades the database.
_WAIT_FOR_UPGRADE_S = 15.0
_LOOK_AGAIN_S = 1.0


@dataclass(frozen=True, slots=True)
class Ready:
    """What was done; `password` is the admin's when one was made up, which is only known now."""

    password: str | None
    upgrade: Upgrade | None


def make_ready(
    settings: Settings,
    *,
    serving: bool = False,
    on_upgrade: Callable[[Upgrade], None] = lambda upgrade: None,
) -> Ready:
    """
    Bring the database up to date and add what a new installation needs.

    Nothing is changed before it is certain that this version, this key and this process may.

    :param serving: the process is the one that serves the database, as long as it lives, if that
        is a SQLite file.
    :param on_upgrade: hears of an upgrade as soon as it is done, whatever fails afterwards.
    :raise ConfigError: when there is no secret key, or not the one the database was written with.
    :raise UnusableDatabase: when the database cannot be opened or upgraded, or is in use.
    """
    url = settings.effective_database_url
    if not settings.database_url:
        _make_data_dir(settings)
    path = sqlite_path(url)
    lock = None if path is None else DatabaseLock(path)
    if serving and lock is not None:
        lock.take(_WAIT_FOR_SERVER_S)
    state = database_state.look(url)
    migrate.check_known(state.revision)
    vault = open_vault(settings, may_make_key=state.canary is None)
    if state.canary is not None:
        check_key(vault, state.canary)
    database = Database(url, pool_size=1)
    try:
        upgrade = None
        if state.revision != migrate.newest():
            upgrade = _upgrade(database, None if serving else lock)
        if upgrade is not None:
            on_upgrade(upgrade)
        return Ready(prepare(database, settings, vault), upgrade)
    finally:
        database.close()


def _upgrade(database: Database, lock: DatabaseLock | None) -> Upgrade | None:
    """Upgrade a database, under a lock if one is given; None when another process has done it."""
    if lock is None:
        return migrate.upgrade(database)
    deadline = time.monotonic() + _WAIT_FOR_UPGRADE_S
    while True:
        try:
            with lock.held(_LOOK_AGAIN_S):
                return migrate.upgrade(database)
        except DatabaseInUse:
            # A server that has it may just have upgraded it.
            url = database.engine.url.render_as_string(hide_password=False)
            if database_state.look(url).revision == migrate.newest():
                return None
            if time.monotonic() > deadline:
                raise


def check_ready(settings: Settings) -> Vault:
    """
    Check that a database is one to work with as it is, and change nothing; return its vault.

    :raise ConfigError: when there is no secret key, or not the one the database was written with.
    :raise UnusableDatabase: when it cannot be opened, or is not of this version.
    """
    state = database_state.look(settings.effective_database_url)
    if state.revision is None:
        place = sqlite_path(settings.effective_database_url) or "HOOKSMITH_DATABASE_URL"
        raise UnusableDatabase(
            f"There is no database of Hooksmith in {place}: set HOOKSMITH_DATA_DIR or HOOKSMITH_DATABASE_URL"
            " as the server has it"
        )
    migrate.check_known(state.revision)
    if state.revision != migrate.newest():
        raise UnusableDatabase(
            "HOOKSMITH_DATABASE_URL: the database is not of this version: run `hooksmith migrate`"
        )
    vault = open_vault(settings)
    if state.canary is not None:
        check_key(vault, state.canary)
    return vault


def prepare(database: Database, settings: Settings, vault: Vault) -> str | None:
    """
    Add what a new installation needs; safe to call at every start and from several processes.

    Return the admin's password when one was made up, which is the only time it is known.

    :raise ConfigError: when the secret key is not the one the database was written with.
    """
    with database.write() as session:
        if session.get_bind().dialect.name == "postgresql":
            # Two nodes that start at the same moment: one prepares, the other finds it done.
            session.execute(sa.text("SELECT pg_advisory_xact_lock(7240013)"))
        canary = session.get(Meta, CANARY)
        if canary is None:
            session.add(Meta(key=CANARY, value={"encrypted": vault.encrypt(CANARY)}))
        else:
            check_key(vault, canary.value["encrypted"])
        password = _ensure_admin(session, settings)
        if users.find_by_username(session, users.BOT_USERNAME) is None:
            users.create(session, users.BOT_USERNAME, name="Rocket.Cat")
        if rooms.find_by_name(session, rooms.GENERAL) is None:
            rooms.create_channel(session, rooms.GENERAL, topic="Where integrations post at first")
    return password


def check_key(vault: Vault, encrypted: str) -> None:
    """
    Check that the secret key is the one a database was written with.

    :raise ConfigError: when it is another.
    """
    if vault.decrypt(encrypted) != CANARY:
        raise ConfigError("HOOKSMITH_SECRET_KEY: the database was written with another key")


def _ensure_admin(session: Session, settings: Settings) -> str | None:
    # Whatever the settings say later: passwords and administrators are the pages' business from now on.
    admins = sa.select(User.roles).where(User.password_hash.is_not(None))
    if any(users.ADMIN_ROLE in roles for roles in session.scalars(admins)):
        return None
    if users.find_by_username(session, settings.admin_username) is not None:
        raise ConfigError(
            f"HOOKSMITH_ADMIN_USERNAME: {settings.admin_username} is no administrator; choose another name"
        )
    made_up = None if settings.admin_password else secrets.token_urlsafe(12)
    users.create(
        session,
        settings.admin_username,
        name="Administrator",
        password=made_up or settings.admin_password,
        roles=[users.ADMIN_ROLE, "user"],
    )
    return made_up


def _make_data_dir(settings: Settings) -> None:
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise ConfigError(
            f"HOOKSMITH_DATA_DIR: cannot make the folder {settings.data_dir} ({exc.strerror})"
        ) from exc
