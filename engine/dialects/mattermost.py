"""Mattermost's and kChat's incoming webhooks (wire.md 2.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import payload
from engine.answers import Answer
from engine.blanks import is_blank
from engine.dialects import bodies, gojson, govalues, overrides, slacktext
from engine.dialects.base import (
    INVALID_TYPE,
    MALFORMED,
    NO_TEXT,
    Done,
    Failed,
    Rules,
    Sent,
)
from engine.dialects.mattermosterrors import error_of
from engine.errors import ChatError, Invalid
from engine.payload import Content

_EVERYONE = {"channel": "@channel", "here": "@here", "all": "@all", "everyone": "@all"}
_TEXTS = ("text", "username", "icon_url", "icon_emoji", "channel", "type")
#: Props that only the server sets.
_RESERVED = ("override_username", "override_icon_url", "from_webhook", "attachments")
_DEFAULT_NAME = "webhook"


class Mattermost:
    empty_is_nothing = False
    separate_responses = False

    def path(self, integration_id: str, token: str) -> str:
        # A token that an import brought may hold an encoded slash, which makes two segments of one.
        return f"/hooks/{integration_id}/{token}" if "%" in token else f"/hooks/{token}"

    def read(self, sent: Sent, *, for_script: bool) -> Content:
        try:
            # What a script gets keeps the names that it was sent with.
            return bodies.read_payload(
                sent, gojson.read_object if for_script else gojson.read_request
            )
        except Invalid:
            if not for_script:
                raise
        # A script is there to understand what is no message of Mattermost's.
        return payload.parse(sent.content_type, sent.text, for_script=True)

    def contents(self, content: Any, rules: Rules, *, scripted: bool) -> list[dict[str, Any]]:
        members = content if isinstance(content, dict) else {}
        own = overrides.of_script(members) if scripted else {}
        if scripted and not members.get("text"):
            members = {**members, "text": members.get("msg")}
        _check_texts(members, scripted=scripted)

        def translated(text: str) -> str:
            return slacktext.translate(text, _EVERYONE, rules.username_of)

        props = members.get("props") if isinstance(members.get("props"), dict) else {}
        given = members.get("attachments") or (props or {}).get("attachments")
        attachments = slacktext.attachments(given, translated, printed=govalues.printed)
        text = translated(slacktext.said(members.get("text")))
        if not text.strip() and not attachments:
            raise ChatError(NO_TEXT, "there is neither text nor attachments")
        attachments += _card((props or {}).get("card"), translated)
        identity = overrides.identity(members, rules, scripted=scripted, default_name=_DEFAULT_NAME)
        common = {**own, **identity}
        if channel := overrides.channel(members, rules):
            common["channel"] = channel
        if custom := _custom(members, props or {}):
            common["customFields"] = {**custom, **_object(own.get("customFields"))}
        return overrides.spread(common, text, attachments, rules)

    def success(self, done: Done) -> Answer:
        return Answer(200, done.response if isinstance(done.response, dict) else "ok")

    def failure(self, failed: Failed) -> Answer:
        return error_of(failed)


class KChat(Mattermost):
    def success(self, done: Done) -> Answer:
        """Answer with the first post that was made; who wants Slack's answer says so in the query."""
        if isinstance(done.response, dict) or not done.contents:
            return super().success(done)
        if done.flag("slack_return_format"):
            return Answer(200, "ok")
        return Answer(200, _post(done))


def _check_texts(members: Mapping[str, Any], *, scripted: bool) -> None:
    for name in _TEXTS:
        value = members.get(name)
        if value is None or isinstance(value, str) or scripted:
            continue
        raise ChatError(MALFORMED, f"{name} is no text")
    for name, kinds in (("attachments", list), ("props", dict)):
        if not isinstance(members.get(name), kinds | None):
            raise ChatError(MALFORMED, f"{name} is no {'list' if kinds is list else 'object'}")
    wanted = members.get("type")
    if wanted and not (isinstance(wanted, str) and wanted.startswith("custom_")):
        raise ChatError(INVALID_TYPE, f"type {str(wanted)[:100]!r} does not start with custom_")


def _custom(members: Mapping[str, Any], props: Mapping[str, Any]) -> dict[str, Any]:
    custom = {name: value for name, value in props.items() if name not in _RESERVED}
    for name in ("type", "priority"):
        if members.get(name):
            custom[name] = members[name]
    return custom


def _card(given: Any, translated: slacktext.Translate) -> list[dict[str, Any]]:
    """Return as an attachment what Mattermost shows beside a message after a click."""
    if not isinstance(given, str) or is_blank(given):
        return []
    return [{"title": "Details", "text": translated(given), "collapsed": True}]


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _post(done: Done) -> dict[str, Any]:
    row = done.rows[0] if done.rows else {}
    content = done.contents[0]
    custom = _object(content.get("customFields"))
    at_ms = int(row["ts"].timestamp() * 1000) if row else 0
    attachments = [one for part in done.contents for one in part.get("attachments", ())]
    return {
        "id": row.get("id", ""),
        "create_at": at_ms,
        "update_at": at_ms,
        "delete_at": 0,
        "user_id": row.get("user_id", done.user_id),
        "channel_id": row.get("room_id", ""),
        "root_id": "",
        "original_id": "",
        "participants": None,
        "message": content["text"],
        "type": custom.get("type", ""),
        "props": {
            "override_username": row.get("alias") or content.get("username"),
            "override_icon_url": row.get("avatar"),
            "override_icon_emoji": row.get("emoji"),
            "webhook_display_name": done.integration_name,
            "attachments": attachments,
            "card": custom.get("card"),
            "from_webhook": "true",
        },
        "hashtags": None,
        "metadata": {"embeds": [{"type": "message_attachment"}], "files": [], "reactions": []},
        "file_ids": None,
        "has_reactions": False,
        "edit_at": 0,
        "is_pinned": False,
        "remote_id": None,
        "reply_count": 0,
        "pending_post_id": None,
        "is_following": False,
    }
