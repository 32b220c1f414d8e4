"""The first start: the schema, the first user, the bot, the first room."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine import rooms, users
from engine.db import Database
from engine.errors import ConfigError
from engine.models import Meta
from engine.settings import Settings
from engine.vault import Vault

_CANARY = "secret-key-canary"


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
        _check_key(session, vault)
        password = _ensure_admin(session, settings)
        if users.find_by_username(session, users.BOT_USERNAME) is None:
            users.create(session, users.BOT_USERNAME, name="Rocket.Cat")
        if rooms.find_by_name(session, rooms.GENERAL) is None:
            rooms.create_channel(session, rooms.GENERAL, topic="Where integrations post at first")
    return password


def _ensure_admin(session: Session, settings: Settings) -> str | None:
    admin = users.find_by_username(session, settings.admin_username)
    if admin is not None:
        if settings.admin_password and not users.password_matches(admin, settings.admin_password):
            users.set_password(session, admin, settings.admin_password)
        return None
    made_up = None if settings.admin_password else secrets.token_urlsafe(12)
    users.create(
        session,
        settings.admin_username,
        name="Administrator",
        password=made_up or settings.admin_password,
        roles=[users.ADMIN_ROLE, "user"],
    )
    return made_up


def _check_key(session: Session, vault: Vault) -> None:
    canary = session.get(Meta, _CANARY)
    if canary is None:
        session.add(Meta(key=_CANARY, value={"encrypted": vault.encrypt(_CANARY)}))
    elif vault.decrypt(canary.value["encrypted"]) != _CANARY:
        raise ConfigError("HOOKSMITH_SECRET_KEY: the database was written with another key")
