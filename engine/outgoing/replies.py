"""The messages that calls come to: where they go and who they are from (wire.md 1.3 B, "Where/who")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from engine import dialects, outbox
from engine.admission import Hook
from engine.cache import ReadCache
from engine.conversations import Conversations
from engine.db import Database
from engine.dialect_settings import rules_of
from engine.errors import ChatError
from engine.models import Outcome, User
from engine.outgoing import settings as outgoing_settings
from engine.outgoing.occasion import Occasion
from engine.outgoing.verdict import Manner
from engine.posting import Posting, post
from engine.settings import Settings
from engine.users import find_by_username


@dataclass(frozen=True, slots=True)
class Made:
    """Rows of `Message` and of `Delivery` that are still to be stored, and what they say."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    deliveries: list[dict[str, Any]] = field(default_factory=list)
    summary: str = ""
    #: NOTHING for a content that holds no message.
    outcome: Outcome = Outcome.POSTED


class Replies:
    """Makes messages of what far sides and scripts answer."""

    def __init__(
        self, settings: Settings, database: Database, conversations: Conversations
    ) -> None:
        self._settings = settings
        self._database = database
        self._conversations = conversations
        self._cache = ReadCache(database)

    def make(
        self,
        hook: Hook,
        manner: Manner,
        occasion: Occasion,
        content: Mapping[str, Any],
        execution_id: str,
        *,
        scripted: bool,
    ) -> Made:
        """
        Return a content as messages.

        :raise ChatError: when it is not acceptable, or there is no room for it.
        """
        integration = hook.integration
        contents = self._contents(hook, manner, occasion, content, scripted=scripted)
        own_room = self._room(hook, occasion)
        for one in contents:
            one["channel"] = one.get("channel") or one.get("roomId") or own_room
        if not contents[0]["channel"]:
            raise ChatError("invalid-channel", "it happened in no room, and targetRoom is empty")
        sender = self._sender(hook, occasion)
        elsewhere = outbox.usable(self._database, self._cache, integration.destinations)
        posted = post(
            self._database,
            self._cache,
            integration,
            Posting(content, sender, scripted=scripted),
            contents,
            execution_id,
            self._settings.message_max_chars,
            list(elsewhere.values()),
        )
        deliveries = outbox.delivery_rows(
            elsewhere, posted.remote, integration_id=integration.id, execution_id=execution_id
        )
        deliveries += self._conversations.deliveries_for(posted.messages)
        return Made(posted.messages, deliveries, posted.summary, posted.outcome)

    def _contents(
        self,
        hook: Hook,
        manner: Manner,
        occasion: Occasion,
        content: Mapping[str, Any],
        *,
        scripted: bool,
    ) -> list[dict[str, Any]]:
        taken = dict(content) if scripted else manner.content(content, occasion)
        dialect = dialects.of(hook.integration.dialect)
        rules = rules_of(hook.integration, "", self._settings.message_max_chars, self._database)
        # Whom it calls may always choose the room; the switch is for those who call us.
        rules = replace(rules, may_override_channel=True)
        contents = dialect.contents(taken, rules, scripted=scripted)
        if thread := taken.get("tmid"):
            contents = [{**one, "tmid": thread} for one in contents]
        return [dict(one) for one in contents]

    def _room(self, hook: Hook, occasion: Occasion) -> str:
        own = outgoing_settings.of(hook.integration)
        if own["targetRoom"]:
            return str(own["targetRoom"])
        if occasion.room_id is None:
            return ""
        return f"#{occasion.data.get('channel_name') or occasion.room_id}"

    def _sender(self, hook: Hook, occasion: Occasion) -> User:
        own = outgoing_settings.of(hook.integration)
        if own["impersonateUser"] and occasion.username:
            with self._database.read() as session:
                found = find_by_username(session, occasion.username)
            if found is not None and found.active:
                return found
        if hook.user is None or not hook.user.active:
            raise ChatError(
                "error-invalid-user",
                f"the user @{hook.integration.username}, as whom it posts, is gone or inactive",
            )
        return hook.user
