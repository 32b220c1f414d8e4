"""Origins are unique by an index; an earlier form of 0015 made a constraint of it"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    constraints = sa.inspect(op.get_bind()).get_unique_constraints("integration")
    if "uq_integration_origin" not in [one["name"] for one in constraints]:
        return
    with op.batch_alter_table("integration", schema=None) as batch_op:
        batch_op.drop_constraint("uq_integration_origin", type_="unique")
    op.create_index("ix_integration_origin", "integration", ["origin"], unique=True)


def downgrade() -> None:
    """Change nothing: what 0015 makes is what this leaves."""
