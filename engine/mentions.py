"""Messages that mention somebody, found by what is written: `@ada`, or `@all` and `@here`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.models import Message, User

#: They are everybody, and have no user of their own; Rocket.Chat gives them these ids.
_EVERYBODY = frozenset(("all", "here"))
#: More than anybody pages through; so many of the latest are looked at.
_MOST = 10_000


def ids_of(
    session: Session, user_ids: Iterable[str], within: Sequence[sa.ColumnElement[bool]]
) -> list[str]:
    """Return the ids of messages `within` some that mention at least one of these users, newest first."""
    given = {one.strip() for one in user_ids}
    known = session.scalars(sa.select(User.username).where(User.id.in_(given)))
    names = sorted({*known, *(given & _EVERYBODY)})
    if not names:
        return []
    written = [Message.msg.icontains(f"@{name}", autoescape=True) for name in names]
    rows = session.execute(
        sa.select(Message.id, Message.msg)
        .where(*within, sa.or_(*written))
        .order_by(Message.id.desc())
        .limit(_MOST)
    )
    alternatives = "|".join(map(re.escape, names))
    mention = re.compile(rf"(?<![\w@.-])@(?:{alternatives})(?![\w-]|\.\w)", re.IGNORECASE)
    return [message_id for message_id, msg in rows if mention.search(msg)]
