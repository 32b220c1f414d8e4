"""What scripts keep, what they may know, and what a run saw and cost"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "script_store",
        sa.Column("integration_id", sa.String(length=20), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("integration_id", name=op.f("pk_script_store")),
    )
    with op.batch_alter_table("integration", schema=None) as batch_op:
        batch_op.add_column(sa.Column("secrets_encrypted", sa.Text(), nullable=True))
    with op.batch_alter_table("execution", schema=None) as batch_op:
        batch_op.add_column(sa.Column("boot_ms", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("cpu_ms", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("memory_bytes", sa.BigInteger(), nullable=True))
        for name in ("console_bytes", "result_bytes", "call_count"):
            batch_op.add_column(sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("execution_detail", schema=None) as batch_op:
        batch_op.add_column(sa.Column("calls", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("recording", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("execution_detail", schema=None) as batch_op:
        batch_op.drop_column("recording")
        batch_op.drop_column("calls")
    with op.batch_alter_table("execution", schema=None) as batch_op:
        for name in ("call_count", "result_bytes", "console_bytes", "memory_bytes", "cpu_ms"):
            batch_op.drop_column(name)
        batch_op.drop_column("boot_ms")
    with op.batch_alter_table("integration", schema=None) as batch_op:
        batch_op.drop_column("secrets_encrypted")
    op.drop_table("script_store")
