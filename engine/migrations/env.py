"""How Alembic reaches the database and the models."""

import sqlalchemy as sa
from alembic import context

from engine import models, shared_rate
from engine.db import Model
from engine.delivery import tables
from engine.outgoing import tables as outgoing_tables

_LOCK = 7240012

engine: sa.Engine = context.config.attributes["engine"]

assert models  # imported so that Model.metadata is complete  # noqa: S101
assert tables  # noqa: S101
assert outgoing_tables  # noqa: S101
assert shared_rate  # noqa: S101

with engine.execution_options(sqlite_begin="IMMEDIATE").connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Model.metadata,
        render_as_batch=True,
        compare_type=True,
        user_module_prefix="engine.db.",
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            # Nodes that start together: one migrates, the others wait and find it done.
            connection.execute(sa.text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        context.run_migrations()
