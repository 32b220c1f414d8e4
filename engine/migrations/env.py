"""How Alembic reaches the database and the models."""

import warnings

import sqlalchemy as sa
from alembic import context

from engine import models, shared_rate
from engine.conversations import tables as conversation_tables
from engine.db import Database, Model
from engine.deduplication import tables as deduplication_tables
from engine.delivery import tables
from engine.outgoing import tables as outgoing_tables

assert models  # imported so that Model.metadata is complete  # noqa: S101
assert tables  # noqa: S101
assert outgoing_tables  # noqa: S101
assert shared_rate  # noqa: S101
assert deduplication_tables  # noqa: S101
assert conversation_tables  # noqa: S101


def run(connection: sa.Connection) -> None:
    """Do what Alembic was asked for, in the transaction that the connection is in."""
    context.configure(
        connection=connection,
        target_metadata=Model.metadata,
        render_as_batch=True,
        compare_type=True,
        user_module_prefix="engine.db.",
        on_version_apply=context.config.attributes.get("after_step"),
    )
    with warnings.catch_warnings():
        # Of SQLite's tables SQLAlchemy cannot read those indexes, and Alembic compares none of its kind.
        # A step that recreates `user` has to create it again.
        warnings.filterwarnings("ignore", ".*expression-based index '?ix_user_lower_")
        context.run_migrations()


if (given := context.config.attributes.get("connection")) is not None:
    run(given)
else:
    database: Database = context.config.attributes["database"]
    with database.migration_connection() as connection:
        run(connection)
