"""Reactions to messages, and who made a room"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_REACTED = sa.text("reacted_at IS NOT NULL")


def upgrade() -> None:
    # Columns are added in place: SQLite would otherwise make the tables anew.
    op.add_column("message", sa.Column("reactions", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("message", sa.Column("reacted_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("room", sa.Column("created_by", sa.String(length=20), nullable=True))
    op.create_index(
        "ix_message_room_id_reacted_at",
        "message",
        ["room_id", "reacted_at"],
        sqlite_where=_REACTED,
        postgresql_where=_REACTED,
    )


def downgrade() -> None:
    op.drop_index("ix_message_room_id_reacted_at", "message")
    op.drop_column("room", "created_by")
    op.drop_column("message", "reacted_at")
    op.drop_column("message", "reactions")
