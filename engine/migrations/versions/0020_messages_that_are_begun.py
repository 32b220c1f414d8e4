"""Messages of which some parts have arrived, without reading all that wait"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_IS_BEGUN = sa.text("state = 'pending' AND parts_done > 0")


def upgrade() -> None:
    op.create_index(
        "ix_delivery_begun",
        "delivery",
        ["state", "destination_id", "id"],
        sqlite_where=_IS_BEGUN,
        postgresql_where=_IS_BEGUN,
    )


def downgrade() -> None:
    op.drop_index("ix_delivery_begun", "delivery")
