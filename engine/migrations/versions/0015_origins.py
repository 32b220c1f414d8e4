"""Integrations that were imported: where they come from"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("integration", sa.Column("origin", sa.String(length=64), nullable=True))
    # An index rather than a constraint, for which SQLite would have to make the table anew.
    op.create_index("ix_integration_origin", "integration", ["origin"], unique=True)


def downgrade() -> None:
    op.drop_index("ix_integration_origin", "integration")
    with op.batch_alter_table("integration", schema=None) as batch_op:
        batch_op.drop_column("origin")
