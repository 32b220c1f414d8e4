"""User names are unique without regard to case"""

import logging
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

log = logging.getLogger("engine.migrations")

_NAME_CHARS = 64
_user = sa.table("user", sa.column("id"), sa.column("username"), sa.column("created_at"))
_integration = sa.table(
    "integration",
    sa.column("id"),
    sa.column("user_id"),
    sa.column("username"),
    sa.column("channels", sa.JSON()),
    sa.column("outgoing", sa.JSON(none_as_null=True)),
)
_destination = sa.table("destination", sa.column("notice_room"))


def upgrade() -> None:
    connection = op.get_bind()
    for user_id, before, after in list(_renamed(connection)):
        log.warning("two users had the same name but for its case: @%s is @%s now", before, after)
        connection.execute(sa.update(_user).where(_user.c.id == user_id).values(username=after))
        connection.execute(
            sa.update(_integration).where(_integration.c.user_id == user_id).values(username=after)
        )
        _name_anew(connection, f"@{before}", f"@{after}")
    # It recreates no table.
    op.create_index("ix_user_lower_username", "user", [sa.text("lower(username)")], unique=True)


def downgrade() -> None:
    op.drop_index("ix_user_lower_username", table_name="user")


def _renamed(connection: sa.Connection) -> Iterator[tuple[str, str, str]]:
    """Yield id, old and new name of those whose name an older user has, but for its case."""
    rows = connection.execute(
        sa.select(_user.c.id, _user.c.username).order_by(_user.c.created_at, _user.c.id)
    ).all()
    taken = {username.lower() for _, username in rows}
    seen: set[str] = set()
    for user_id, username in rows:
        if username.lower() not in seen:
            seen.add(username.lower())
            continue
        number, after = 2, ""
        while not after or after.lower() in taken:
            ending = f"-{number}"
            after, number = username[: _NAME_CHARS - len(ending)] + ending, number + 1
        taken.add(after.lower())
        yield user_id, username, after


def _name_anew(connection: sa.Connection, before: str, after: str) -> None:
    """Change where somebody is named by their name: what goes to them, or is listened for."""
    rows = connection.execute(
        sa.select(_integration.c.id, _integration.c.channels, _integration.c.outgoing)
    ).all()
    for integration_id, channels, outgoing in rows:
        changes: dict[str, Any] = {}
        if before in (channels or ()):
            changes["channels"] = [after if one == before else one for one in channels]
        if outgoing and outgoing.get("targetRoom") == before:
            changes["outgoing"] = {**outgoing, "targetRoom": after}
        if changes:
            connection.execute(
                sa.update(_integration).where(_integration.c.id == integration_id).values(changes)
            )
    connection.execute(
        sa.update(_destination)
        .where(_destination.c.notice_room == before)
        .values(notice_room=after)
    )
