"""Which thread a conversation of UChat's is, and the webhooks that answers in it go to"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "conversation_thread",
        sa.Column("integration_id", sa.String(length=20), nullable=False),
        sa.Column("room_id", sa.String(length=48), nullable=False),
        sa.Column("conversation_key", sa.String(length=200), nullable=False),
        sa.Column("is_number", sa.Boolean(), nullable=False),
        sa.Column("sender_id", sa.String(length=200), nullable=False),
        sa.Column("root_id", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(
            "integration_id",
            "room_id",
            "conversation_key",
            name=op.f("pk_conversation_thread"),
        ),
    )
    with op.batch_alter_table("conversation_thread", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_conversation_thread_root_id"), ["root_id"], unique=False
        )
    op.create_table(
        "conversation_webhook",
        sa.Column("integration_id", sa.String(length=20), nullable=False),
        sa.Column("destination_id", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("integration_id", name=op.f("pk_conversation_webhook")),
    )


def downgrade() -> None:
    op.drop_table("conversation_webhook")
    with op.batch_alter_table("conversation_thread", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_conversation_thread_root_id"))
    op.drop_table("conversation_thread")
