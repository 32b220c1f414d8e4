"""Bringing a database to the schema of this version."""

from __future__ import annotations

from alembic import command
from alembic.config import Config

from engine.db import Database


def upgrade(database: Database) -> None:
    """Run every migration the database has not seen; safe from several processes at once."""
    command.upgrade(config(database), "head")


def config(database: Database) -> Config:
    """Return Alembic's configuration for a database; there is no ini file."""
    configured = Config()
    configured.set_main_option("script_location", "engine:migrations")
    configured.attributes["engine"] = database.engine
    return configured
