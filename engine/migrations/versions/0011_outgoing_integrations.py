"""Outgoing integrations: what they listen to, the calls they are still to make, and how these went"""

import sqlalchemy as sa
from alembic import op

import engine.db

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outgoing_call",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("integration_id", sa.String(length=20), nullable=False),
        sa.Column("occasion", sa.LargeBinary(), nullable=False),
        sa.Column("urls", sa.JSON(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("said", sa.Boolean(), nullable=False),
        sa.Column("created_at", engine.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("next_at", engine.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("lease_owner", sa.String(length=64), nullable=True),
        sa.Column("lease_until", engine.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("replay_of", sa.String(length=20), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_call")),
    )
    with op.batch_alter_table("outgoing_call", schema=None) as batch_op:
        batch_op.create_index(
            "ix_outgoing_call_integration_id_next_at", ["integration_id", "next_at"], unique=False
        )
        batch_op.create_index("ix_outgoing_call_next_at", ["next_at"], unique=False)
    with op.batch_alter_table("integration", schema=None) as batch_op:
        batch_op.add_column(sa.Column("outgoing", sa.JSON(none_as_null=True), nullable=True))
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.add_column(sa.Column("hops", sa.Integer(), server_default="0", nullable=False))
    # Not in a batch, which makes a table anew for an expression as default; adding needs no such thing.
    op.add_column(
        "room", sa.Column("archived", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("room", sa.Column("member_ids", sa.JSON(), server_default="[]", nullable=False))
    with op.batch_alter_table("execution_detail", schema=None) as batch_op:
        batch_op.add_column(sa.Column("steps", sa.JSON(), server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("occasion", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("execution_detail", schema=None) as batch_op:
        batch_op.drop_column("occasion")
        batch_op.drop_column("steps")
    with op.batch_alter_table("room", schema=None) as batch_op:
        batch_op.drop_column("member_ids")
        batch_op.drop_column("archived")
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_column("hops")
    with op.batch_alter_table("integration", schema=None) as batch_op:
        batch_op.drop_column("outgoing")
    op.drop_table("outgoing_call")
