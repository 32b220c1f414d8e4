"""What is said in a room when a destination is paused, or works again."""

from __future__ import annotations

import logging

from engine import messages, rooms, users
from engine.db import Database
from engine.delivery.ledger import Opened
from engine.errors import ChatError
from engine.journal import Entry
from engine.models import Message
from engine.outgoing.triggers import Triggers
from engine.transports.markdown.escaping import RocketChat

log = logging.getLogger(__name__)

_MAX_CHARS = 5000


def post_notice(database: Database, triggers: Triggers, opened: Opened, text: str) -> None:
    """Post a line to the room that the destination names, if it names one that is there."""
    if not opened.notice_room:
        return
    content = {"text": _written(opened.name, text), "alias": "Hooksmith"}
    draft = messages.build(content, messages.Defaults("", "", ""), max_chars=_MAX_CHARS)
    with database.read() as session:
        sender = users.find_by_username(session, users.BOT_USERNAME)
    if sender is None:
        return
    try:
        room = rooms.resolve(database, opened.notice_room, sender)
    except ChatError as exc:
        log.warning("no notice about destination %s: %s", opened.name, exc)
        return
    entry = Entry()
    row = rooms.message_row(draft, room, sender)
    entry.add(Message, row)
    ringing = triggers.announce(entry, [row])
    with database.write() as session:
        session.add_all([table(**members) for table, members in entry.rows])
    ringing.ring()


def _written(name: str, text: str) -> str:
    """Return it in Rocket.Chat's markup; a reason is code, since it holds the far side's words."""
    said, colon, reason = text.partition(": ")
    quoted = reason.replace("`", "'")
    shown = f": `{quoted}`" if colon and reason.strip() else ""
    return f"Destination *{RocketChat().text(name)}* {said}{shown}"
