"""Integrations that were imported: where they come from"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("integration", schema=None) as batch_op:
        batch_op.add_column(sa.Column("origin", sa.String(length=64), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_integration_origin"), ["origin"])


def downgrade() -> None:
    with op.batch_alter_table("integration", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_integration_origin"), type_="unique")
        batch_op.drop_column("origin")
