"""What a hook's content becomes: messages in rooms, deliveries to destinations, replies in conversations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engine import answers, dialects, outbox
from engine.answers import Answer
from engine.cache import ReadCache
from engine.conversations import Conversations
from engine.db import Database
from engine.destinations import ROOMS
from engine.dialect_settings import rules_of
from engine.dialects import Done
from engine.errors import ChatError
from engine.models import ExecutionKind, Integration, Outcome
from engine.posting import Posted, Posting, post
from engine.record import Record
from engine.refusal import Refusal
from engine.settings import Settings


@dataclass(frozen=True, slots=True)
class HookPosts:
    """Makes rows of what is to be posted; whoever stores the record stores them."""

    settings: Settings
    database: Database
    cache: ReadCache
    conversations: Conversations

    def post(
        self, integration: Integration, record: Record, posting: Posting
    ) -> tuple[Answer, list[dict[str, Any]]]:
        """
        Return the answer and rows of `Message`; outcome, deliveries and the like are noted in the record.

        :raise Refusal: when a message or its destination is not acceptable; then nothing is posted.
        """
        max_chars = self.settings.message_max_chars
        dialect = dialects.of(record.dialect)
        elsewhere = outbox.usable(self.database, self.cache, integration.destinations)
        posting.separate = posting.separate and dialect.separate_responses
        rules = rules_of(integration, record.request.query_string, max_chars, self.database)

        def made(content: Any, *, scripted: bool) -> tuple[list[dict[str, Any]], Posted]:
            contents = dialect.contents(content, rules, scripted=scripted)
            return contents, post(
                self.database,
                self.cache,
                integration,
                posting,
                contents,
                record.id,
                max_chars,
                list(elsewhere.values()),
            )

        try:
            contents, posted = made(posting.content, scripted=posting.scripted)
            answered = Posted(Outcome.NOTHING, "")
            reply = dialects.reply_of(record.dialect, posting.response, contents[0])
            if reply is not None and record.conversation is not None:
                _, answered = made(reply, scripted=True)
        except ChatError as exc:
            reason = exc.code if exc.reason == exc.code else f"{exc.code}: {exc.reason}"
            answer = answers.failure(400, exc.code)
            raise Refusal(Outcome.INVALID_MESSAGE, answer, reason, exc.target) from exc
        record.outcome = posted.outcome
        is_posted = posted.outcome is not Outcome.NOTHING
        if not is_posted and answered.messages:
            record.outcome = answered.outcome
        record.summary = posted.summary + (_left_out(integration, elsewhere) if is_posted else "")
        rows = [*posted.messages, *answered.messages]
        record.remote = [*posted.remote, *answered.remote]
        if record.conversation is not None:
            record.along = self.conversations.put_into_threads(
                integration.id, record.conversation, rows
            )
            record.remote = outbox.in_threads(record.remote, rows)
        if record.kind is not ExecutionKind.TEST:
            record.deliveries = self._deliveries(integration, record, rows, answered, elsewhere)
        done = Done(
            rows=posted.messages,
            contents=contents if is_posted else (),
            content=posting.content,
            response=posting.response,
            separate=posted.separate,
            query_string=record.request.query_string,
            integration_id=integration.id,
            integration_name=integration.name,
            user_id=posting.sender.id,
        )
        return dialect.success(done), rows

    def _deliveries(
        self,
        integration: Integration,
        record: Record,
        rows: list[dict[str, Any]],
        answered: Posted,
        elsewhere: Iterable[str],
    ) -> list[dict[str, Any]]:
        made = self.conversations.deliveries_for(rows)
        if record.conversation is not None:
            made += self.conversations.answers(
                integration.id, record.conversation, answered.remote, record.id
            )
        return made + outbox.delivery_rows(
            elsewhere, record.remote, integration_id=integration.id, execution_id=record.id
        )


def _left_out(integration: Integration, elsewhere: Mapping[str, str]) -> str:
    """Say how many destinations got nothing because they are not there."""
    count = sum(one != ROOMS and one not in elsewhere for one in integration.destinations)
    if not count:
        return ""
    return f" ({count} destination{' is' if count == 1 else 's are'} gone or disabled)"
