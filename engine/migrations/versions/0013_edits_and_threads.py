"""Messages that were edited, and finding them and threads without a look at everything else"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0011"
branch_labels = None
depends_on = None

_EDITED = sa.text("edited_at IS NOT NULL")
_ANSWERS = sa.text("tmid IS NOT NULL")


def upgrade() -> None:
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.add_column(sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("edited_by", sa.JSON(none_as_null=True), nullable=True))
        batch_op.drop_index(batch_op.f("ix_message_tmid"))
    op.create_index(
        "ix_message_room_id_edited_at",
        "message",
        ["room_id", "edited_at"],
        sqlite_where=_EDITED,
        postgresql_where=_EDITED,
    )
    op.create_index(
        "ix_message_tmid_room_id",
        "message",
        ["tmid", "room_id"],
        sqlite_where=_ANSWERS,
        postgresql_where=_ANSWERS,
    )


def downgrade() -> None:
    op.drop_index("ix_message_tmid_room_id", "message")
    op.drop_index("ix_message_room_id_edited_at", "message")
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_message_tmid"), ["tmid"], unique=False)
        batch_op.drop_column("edited_by")
        batch_op.drop_column("edited_at")
