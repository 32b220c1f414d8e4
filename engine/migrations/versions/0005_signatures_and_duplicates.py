"""How requests are signed, and which deliveries were handled"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "duplicate_guard",
        sa.Column("integration_id", sa.String(length=20), nullable=False),
        sa.Column("delivery_key", sa.String(length=64), nullable=False),
        sa.Column("execution_id", sa.String(length=20), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("integration_id", "delivery_key", name=op.f("pk_duplicate_guard")),
    )
    with op.batch_alter_table("duplicate_guard", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_duplicate_guard_valid_until"), ["valid_until"], unique=False
        )
    with op.batch_alter_table("integration", schema=None) as batch_op:
        batch_op.add_column(sa.Column("verification", sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column("verification_secret", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("deduplication", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("integration", schema=None) as batch_op:
        batch_op.drop_column("deduplication")
        batch_op.drop_column("verification_secret")
        batch_op.drop_column("verification")
    op.drop_table("duplicate_guard")
