"""Hooks that answer as other systems do: what their callers may decide, and finding them by token"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("integration", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("dialect_options", sa.JSON(), server_default="{}", nullable=False)
        )
        batch_op.create_index(
            batch_op.f("ix_integration_token_digest"), ["token_digest"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("integration", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_integration_token_digest"))
        batch_op.drop_column("dialect_options")
