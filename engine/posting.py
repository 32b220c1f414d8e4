"""Posting what a request came to: its targets and its messages (wire.md 1.1, "Then")."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from engine import answers, emptiness, messages, replies, rooms
from engine.cache import ReadCache
from engine.db import Database
from engine.destinations import ROOMS
from engine.errors import ChatError
from engine.messages import Defaults, Draft
from engine.models import Integration, Outcome, Room, User
from engine.outbox import message_of
from engine.record import shorten
from engine.uikit import blocks

_SUMMARY_CHARS = 120
#: How much of a text is looked at for a summary.
_LINKED_CHARS = 1000
#: `[text](url)` and `<url|text>`: a summary says the text.
_LINK = re.compile(
    r"\[(?P<text>[^\[\]]{1,200})\]\(\S{1,500}?\)|<[a-z]+:[^\s|>]{1,500}\|(?P<text2>[^>]{1,200})>"
)
#: `*bold*`, `_italic_`, `~~struck~~`, `` `code` ``.
_EMPHASIS = re.compile(r"(?<![\w*_~`])([*_~`]{1,2})(?=\S)([^*_~`\n]{1,200})(?<=\S)\1(?!\w)")


@dataclass(slots=True)
class Posting:
    """What is to be posted: a content in the integration's dialect, by whom, and how to answer."""

    content: Any
    sender: User
    #: The content is what a script returned.
    scripted: bool = False
    separate: bool = False
    response: Any = None
    #: The {_id, username} a script asks to post as.
    wanted_user: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Posted:
    """Message rows that are still to be stored, and what was meant by them."""

    outcome: Outcome
    summary: str
    messages: list[dict[str, Any]] = field(default_factory=list)
    #: The same for remote destinations: see `engine.outbox.message_of`.
    remote: list[dict[str, Any]] = field(default_factory=list)
    #: {channel, message} or {channel, error} for each target, where that was asked for.
    separate: list[dict[str, Any]] | None = None


def wanted_by(result: dict[str, Any], posting: Posting) -> Posting:
    """Return what a script wants to be posted, in place of what was sent."""
    content = result["content"]
    user = result.get("user")
    return Posting(
        content,
        posting.sender,
        scripted=True,
        separate=is_separate(content) if "separateResponse" in content else posting.separate,
        response=result.get("response"),
        wanted_user=user if isinstance(user, dict) else None,
    )


def is_separate(content: Any) -> bool:
    """Tell whether a content asks to be told of each target."""
    return isinstance(content, dict) and content.get("separateResponse") is True


def post(
    database: Database,
    cache: ReadCache,
    integration: Integration,
    posting: Posting,
    contents: Sequence[Mapping[str, Any]],
    execution_id: str,
    max_chars: int,
    elsewhere: Sequence[str] = (),
) -> Posted:
    """
    Make a message of each of Rocket.Chat's contents, for each of the first one's targets.

    Every target is looked up, and every message made, before anything is posted. What holds nothing is
    no message; when all are so, the outcome is `nothing`. `elsewhere` are the names of the remote destinations that get
    them too, or alone when the integration has no rooms.

    :raise ChatError: when the message or, without `separate`, any of its targets is not acceptable.
    """
    sender = _sender(database, posting)
    poster = _Poster(database, cache, integration, sender, execution_id)
    defaults = Defaults(integration.alias, integration.avatar, integration.emoji)
    made_of_all = [messages.build(one, defaults, max_chars=max_chars) for one in contents]
    drafts = [draft for draft in made_of_all if emptiness.is_message(draft)]
    if not drafts:
        reason = f"nothing to post: {emptiness.REASON}{_left_out(made_of_all)}"
        return Posted(Outcome.NOTHING, reason)
    targets = messages.targets(contents[0], integration.channels)
    if ROOMS not in integration.destinations:
        return Posted(
            Outcome.POSTED,
            _summary(drafts[0], elsewhere) + _left_out(drafts),
            remote=[message_of(draft, sender, target) for target in targets for draft in drafts],
        )
    if posting.separate:
        return _post_separately(targets, drafts[0], poster, elsewhere)
    found: dict[str, tuple[str, Room]] = {}
    for target in targets:
        room = poster.resolve(target)
        found.setdefault(room.id, (target, room))
    if not found:
        raise ChatError(answers.UNKNOWN_ERROR, "there is no channel to post to")
    made = [
        (draft, target, poster.row(draft, room))
        for target, room in found.values()
        for draft in drafts
    ]
    return Posted(
        Outcome.POSTED,
        _summary(drafts[0], [*targets, *elsewhere]) + _left_out(drafts),
        [one for _, _, one in made],
        [poster.remote(draft, target, one) for draft, target, one in made],
    )


@dataclass(frozen=True, slots=True)
class _Poster:
    """Makes rows of drafts, and what goes to other systems of both."""

    database: Database
    cache: ReadCache
    integration: Integration
    sender: User
    execution_id: str

    def resolve(self, target: str) -> Room:
        found = self.cache.get(
            ("room", target, self.sender.id),
            lambda: rooms.resolve(self.database, target, self.sender),
        )
        assert found is not None  # noqa: S101 - it raises instead
        return found

    def row(self, draft: Draft, room: Room) -> dict[str, Any]:
        return rooms.message_row(
            self._joined(draft, room),
            room,
            self.sender,
            integration_id=self.integration.id,
            execution_id=self.execution_id,
        )

    def remote(self, draft: Draft, target: str, row: Mapping[str, Any]) -> dict[str, Any]:
        thread = row["tmid"] or draft.tmid
        return message_of(replace(draft, tmid=thread), self.sender, target, row["id"])

    def _joined(self, draft: Draft, room: Room) -> Draft:
        if draft.tmid is None:
            return draft
        try:
            with self.database.read() as session:
                return replies.join(session, draft, room)
        except ChatError:
            if self.integration.destinations == [ROOMS]:
                raise
            # It may be a thread of the other system's; here it is none.
            return replace(draft, tmid=None)


def _post_separately(
    targets: list[str], draft: Draft, poster: _Poster, elsewhere: Sequence[str]
) -> Posted:
    responses: list[dict[str, Any]] = []
    rows: list[dict[str, Any]] = []
    remote: list[dict[str, Any]] = []
    for target in targets:
        try:
            row = poster.row(draft, poster.resolve(target))
        except ChatError as exc:
            responses.append({"channel": target, "error": exc.code})
            continue
        rows.append(row)
        remote.append(poster.remote(draft, target, row))
        responses.append({"channel": target, "message": _shown(row)})
    failed = [one["channel"] for one in responses if "error" in one]
    if not rows:
        return Posted(
            Outcome.INVALID_MESSAGE,
            f"{responses[0]['error']}: nothing can be posted to {', '.join(failed)}",
            separate=responses,
        )
    arrived = [target for target in targets if target not in failed]
    summary = _summary(draft, [*arrived, *elsewhere]) + _left_out([draft])
    if failed:
        summary = f"{summary} (not to {', '.join(failed)})"
    return Posted(Outcome.POSTED, summary, rows, remote, responses)


def _sender(database: Database, posting: Posting) -> User:
    if posting.wanted_user is None:
        return posting.sender
    with database.read() as session:
        user = rooms.find_sender(session, posting.wanted_user)
    if user is None:
        raise ChatError(
            "error-invalid-user", f"the script posts as {posting.wanted_user!r}, who does not exist"
        )
    return user


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    shown = {
        "_id": row["id"],
        "rid": row["room_id"],
        "msg": row["msg"],
        "ts": rooms.iso(row["ts"]),
        "u": {"_id": row["user_id"], "username": row["username"], "name": row["user_name"]},
        "attachments": row["attachments"],
        "bot": {"i": row["integration_id"]},
        **row["extra"],
    }
    for name in ("alias", "avatar", "emoji", "tmid"):
        if row[name] is not None:
            shown[name] = row[name]
    return shown


def _left_out(drafts: Sequence[Draft]) -> str:
    """Say what messages do not hold of what was given."""
    first, *more = [one for draft in drafts for one in draft.left_out] or [""]
    if not first:
        return ""
    return f" (left out: {first}{f' and {len(more)} more' if more else ''})"


def _summary(draft: Draft, went_to: Sequence[str]) -> str:
    text = draft.msg or blocks.excerpt(draft.extra.get("blocks"))
    if not text and draft.attachments:
        first = draft.attachments[0]
        text = str(
            first.get("title") or first.get("text") or first.get("fallback") or "an attachment"
        )
    text = _LINK.sub(lambda link: link["text"] or link["text2"], text[:_LINKED_CHARS])
    text = _EMPHASIS.sub(r"\2", text)
    text = shorten(text, _SUMMARY_CHARS) or "(empty message)"
    return f"{text} → {', '.join(went_to) or 'nowhere'}"
