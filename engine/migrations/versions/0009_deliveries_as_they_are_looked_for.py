"""Deliveries by integration, and those that failed lately, without reading all of them"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_HAS_FAILED = sa.text("state = 'failed'")


def upgrade() -> None:
    op.create_index("ix_delivery_integration_id_id", "delivery", ["integration_id", "id"])
    op.create_index(
        "ix_delivery_failed_at",
        "delivery",
        ["state", "finished_at"],
        sqlite_where=_HAS_FAILED,
        postgresql_where=_HAS_FAILED,
    )


def downgrade() -> None:
    op.drop_index("ix_delivery_failed_at", "delivery")
    op.drop_index("ix_delivery_integration_id_id", "delivery")
