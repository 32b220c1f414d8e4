"""How Alembic reaches the database and the models."""

import warnings

import sqlalchemy as sa
from alembic import context

from engine import models, shared_rate
from engine.conversations import tables as conversation_tables
from engine.db import Model
from engine.deduplication import tables as deduplication_tables
from engine.delivery import tables
from engine.outgoing import tables as outgoing_tables

_LOCK = 7240012

engine: sa.Engine = context.config.attributes["engine"]

assert models  # imported so that Model.metadata is complete  # noqa: S101
assert tables  # noqa: S101
assert outgoing_tables  # noqa: S101
assert shared_rate  # noqa: S101
assert deduplication_tables  # noqa: S101
assert conversation_tables  # noqa: S101

with engine.execution_options(sqlite_begin="IMMEDIATE").connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Model.metadata,
        render_as_batch=True,
        compare_type=True,
        user_module_prefix="engine.db.",
    )
    with context.begin_transaction(), warnings.catch_warnings():
        # Of SQLite's tables SQLAlchemy cannot read that index, and Alembic compares none of its kind.
        # A step that recreates `user` has to create it again.
        warnings.filterwarnings("ignore", ".*expression-based index '?ix_user_lower_username")
        if connection.dialect.name == "postgresql":
            # Nodes that start together: one migrates, the others wait and find it done.
            connection.execute(sa.text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        context.run_migrations()
