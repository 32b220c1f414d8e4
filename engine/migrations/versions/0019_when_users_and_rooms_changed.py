"""When users and rooms changed, and users' addresses for mail"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Columns are added in place: SQLite would otherwise make the tables anew.
    op.add_column("user", sa.Column("email", sa.String(length=254), nullable=True))
    op.add_column("user", sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("room", sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_user_lower_email", "user", [sa.text("lower(email)")], unique=True)


def downgrade() -> None:
    op.drop_index("ix_user_lower_email", "user")
    op.drop_column("room", "updated_at")
    op.drop_column("user", "updated_at")
    op.drop_column("user", "email")
