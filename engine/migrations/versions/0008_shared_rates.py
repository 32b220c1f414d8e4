"""Shared rates"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    op.create_table(
        "rate_window",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_rate_window")),
        # After a crash of the database it is empty, which nobody minds; until then it costs little.
        prefixes=["UNLOGGED"] if on_postgresql else [],
    )
    op.create_index("ix_rate_window_ends_at", "rate_window", ["ends_at"])


def downgrade() -> None:
    op.drop_table("rate_window")
