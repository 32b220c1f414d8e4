"""UChat's API Chat channel: what contacts say to the bot, and what the bot says to them (wire.md 4.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import payload
from engine.answers import Answer
from engine.dialects import bodies, overrides, uchatmessages
from engine.dialects.base import MALFORMED, NO_TEXT, Conversation, Done, Failed, Rules, Sent
from engine.dialects.slacktext import said
from engine.errors import ChatError, Invalid
from engine.json_reader import BYTE_ORDER_MARK
from engine.payload import Content

#: The `message_type` of what a contact says, and of what UChat delivers to a webhook.
INCOMING, OUTGOING = "incoming", "outgoing"
_MAX_ID_CHARS = 200
_WORDS = {NO_TEXT: "The message is empty: there is neither content nor an attachment"}


class UChat:
    empty_is_nothing = False
    separate_responses = False

    def path(self, integration_id: str, token: str) -> str:
        # As for Mattermost: a token with an encoded slash in it would be two segments.
        return f"/hooks/{integration_id}/{token}" if "%" in token else f"/api/apichat/{token}"

    def read(self, sent: Sent, *, for_script: bool) -> Content:
        try:
            return bodies.read_text(sent.text.removeprefix(BYTE_ORDER_MARK), bodies.read_object)
        except Invalid:
            if not for_script:
                raise
        # A script is there to understand what is no message of UChat's.
        return payload.parse(sent.content_type, sent.text, for_script=True)

    def contents(self, content: Any, rules: Rules, *, scripted: bool) -> list[dict[str, Any]]:
        members = content if isinstance(content, dict) else {}
        common: dict[str, Any] = {}
        if scripted:
            common = overrides.of_script(members) | overrides.identity(
                members, rules, scripted=True
            )
            if channel := overrides.channel(members, rules):
                common["channel"] = channel
            text = said(members.get("text") or members.get("msg"))
            given = members.get("attachments")
            attachments = given if isinstance(given, list) else []
        else:
            require_conversation(members)
            if members["message_type"] == INCOMING:
                text, attachments = uchatmessages.of_contact(members)
                name = members["sender"].get("name")
                common = overrides.identity({"username": name}, rules, scripted=False)
            else:
                text, attachments = uchatmessages.of_bot(members)
                common = overrides.identity({}, rules, scripted=False)
        if not text.strip() and not attachments:
            raise ChatError(NO_TEXT, "there is neither text nor an attachment")
        return overrides.spread(common, text, attachments, rules)

    def success(self, done: Done) -> Answer:
        """A `response` that is no message is merged; one that is was said in the conversation."""
        response = done.response
        merged = response if isinstance(response, dict) and not is_message(response) else {}
        return Answer(200, {**merged, "status": "ok"})

    def failure(self, failed: Failed) -> Answer:
        message = _WORDS.get(failed.code, failed.code)
        if failed.code == MALFORMED:
            message = failed.reason.removeprefix(f"{MALFORMED}: ") or message
        return Answer(
            failed.answer.status, {"status": "error", "message": message}, failed.answer.headers
        )


def is_message(response: Any) -> bool:
    """Tell whether a script's `response` is something to say to the contact."""
    if isinstance(response, str):
        return bool(response.strip())
    return isinstance(response, dict) and bool(
        said(response.get("text")).strip() or response.get("attachments")
    )


def reply_of(response: Any, content: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return a script's `response` as a content for the room that `content` goes to, None when it is no message."""
    if not is_message(response):
        return None
    given = {"text": response} if isinstance(response, str) else dict(response)
    for name in ("channel", "roomId", "tmid"):
        given.pop(name, None)
    return {**given, "channel": content["channel"]} if content.get("channel") else given


def conversation_of(content: Any) -> Conversation | None:
    """Return the conversation that a message belongs to, None when it is no message of UChat's."""
    try:
        return require_conversation(content if isinstance(content, dict) else {})
    except ChatError:
        return None


def require_conversation(members: Mapping[str, Any]) -> Conversation:
    """
    Return the conversation that a message belongs to.

    :raise ChatError: when it does not say so.
    """
    kind = members.get("message_type")
    if kind not in (INCOMING, OUTGOING):
        raise ChatError(MALFORMED, f"message_type is {INCOMING} or {OUTGOING}")
    private = members.get("private")
    if not isinstance(private, bool | None):
        raise ChatError(MALFORMED, "private is true or false")
    if kind == OUTGOING:
        sender_id, place = members.get("sender_id"), "conv_id"
    else:
        sender = members.get("sender")
        if not isinstance(sender, dict):
            raise ChatError(MALFORMED, "sender is missing")
        if not isinstance(sender.get("name"), str | None):
            raise ChatError(MALFORMED, "sender.name is a text")
        sender_id, place = sender.get("id"), "conversation_id"
    if not _is_id(sender_id):
        named = "sender_id" if kind == OUTGOING else "sender.id"
        raise ChatError(MALFORMED, f"{named} is a text of 1 to {_MAX_ID_CHARS} characters")
    if not _is_id(members.get(place)):
        raise ChatError(MALFORMED, f"{place} is a number, or a text of 1 to {_MAX_ID_CHARS}")
    return Conversation(members[place], str(sender_id), private=bool(private))


def _is_id(value: Any) -> bool:
    if isinstance(value, str):
        return len(value.strip()) > 0 and len(value) <= _MAX_ID_CHARS and value.isprintable()
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 63
