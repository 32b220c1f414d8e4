"""Rocket.Chat, Mattermost, kChat and Slack."""

from __future__ import annotations

import re
import time
from typing import Any, ClassVar

from tests.farsides.base import (
    Failures,
    FarSide,
    Got,
    Reply,
    js_length,
    json_reply,
    need,
    only,
    text_reply,
    web,
    web_or_data,
    webs,
)

_ROCKET_ATTACHMENT: dict[str, Any] = {
    **dict.fromkeys(
        ["color", "text", "author_name", "title", "pretext", "footer", "fallback"], str
    ),
    **dict.fromkeys(
        ["image_type", "audio_type", "video_type", "button_alignment", "image_preview"], str
    ),
    **dict.fromkeys(
        [
            "thumb_url",
            "message_link",
            "author_link",
            "author_icon",
            "title_link",
            "image_url",
            "audio_url",
            "video_url",
        ],
        str,
    ),
    **dict.fromkeys(("collapsed", "title_link_download"), bool),
    "ts": (str, int, float),
    "fields": list,
    "actions": list,
    "footer_icon": str,
}
_ROCKET_URLS = [name for name in _ROCKET_ATTACHMENT if name.endswith(("_url", "_link"))]
_LEGACY_ATTACHMENT: dict[str, Any] = {
    **dict.fromkeys(
        [
            "fallback",
            "color",
            "pretext",
            "author_name",
            "author_link",
            "author_icon",
            "title",
            "title_link",
            "text",
        ],
        str,
    ),
    **dict.fromkeys(["image_url", "thumb_url", "footer", "footer_icon"], str),
    "fields": list,
    "ts": int,
}
_LEGACY_URLS = ["author_link", "author_icon", "title_link", "image_url", "thumb_url", "footer_icon"]


class RocketChatSide(FarSide):
    """An incoming hook, and `chat.postMessage`; its administrator left all limits as they are."""

    hook = "/hooks/65f0c0ffee/t0kenOfTheHook"
    token, user_id = "anAuthTokenOf43Characters_and-so-on_1234567", "aUserId0123456789"
    allows_other_rooms = False
    failures: ClassVar[Failures] = {
        "429": lambda: json_reply(
            429,
            {
                "success": False,
                "error": "Error, too many requests. Please slow down. You must wait 42 seconds "
                "before trying this endpoint again. [error-too-many-requests]",
            },
            **{
                "X-RateLimit-Limit": "10",
                "X-RateLimit-Remaining": "0",
                "X-RateLimit-Reset": str(int((time.time() + 42) * 1000)),
            },
        ),
        "unknown": lambda: json_reply(
            404, {"success": False, "error": "Invalid integration id or token provided."}
        ),
        "unknown-now": lambda: json_reply(
            500, {"success": False, "error": "Invalid integration id or token provided."}
        ),
        "logged-out": lambda: json_reply(
            401, {"status": "error", "message": "You must be logged in to do this."}
        ),
        "disabled": lambda: json_reply(503, {"success": False, "error": "Service Unavailable"}),
        "impersonate": lambda: json_reply(
            400,
            {"success": False, "error": "error-user-lacks-message-impersonate-permission"},
        ),
        "proxy-503": lambda: text_reply(503, "<html>503 Service Temporarily Unavailable</html>"),
        "login-page": lambda: text_reply(200, "<html>Please log in</html>"),
        "says-no": lambda: json_reply(200, {"success": False, "error": "the script says no"}),
        "method-limit": lambda: json_reply(
            400,
            {
                "success": False,
                "error": "Error, too many requests. Please slow down. You must wait 9 seconds "
                "before trying again. [too-many-requests]",
            },
        ),
    }

    def take(self, got: Got) -> Reply:
        members = got.json
        is_rest = got.path == "/api/v1/chat.postMessage"
        if is_rest:
            need(got.headers.get("x-auth-token") == self.token, "X-Auth-Token")
            need(got.headers.get("x-user-id") == self.user_id, "X-User-Id")
            _check_post_message(members)
        else:
            need(got.path == self.hook, "path")
            need(
                "channel" not in members or self.allows_other_rooms,
                "overriding destination channel is disabled for this integration",
            )
        only(
            members,
            {
                **dict.fromkeys(
                    ["text", "alias", "avatar", "emoji", "channel", "roomId", "tmid"], str
                ),
                "attachments": list,
            },
            "message",
        )
        need(js_length(members["text"].strip()) <= 5000, "error-message-size-exceeded")
        if "avatar" in members:
            web_or_data(members["avatar"], "avatar")
        for attachment in members.get("attachments", ()):
            only(attachment, _ROCKET_ATTACHMENT, "attachment")
            for name in _ROCKET_URLS:
                if name in attachment:
                    web_or_data(attachment[name], f"attachment.{name}")
            for field in attachment.get("fields", ()):
                only(
                    field, {"title": str, "value": (str, int, float, bool), "short": bool}, "field"
                )
                need("title" in field and "value" in field, "Match error: Missing key in field")
        if is_rest:
            made = {"_id": f"message{len(self.got)}", "msg": members["text"]}
            return json_reply(200, {"success": True, "channel": "general", "message": made})
        return json_reply(200, {"success": True})

    def refuse(self, why: str) -> Reply:
        return json_reply(400, {"success": False, "error": why})

    def shown(self) -> str:
        return "\n".join(got.json["text"] for got in self.got)


def _check_post_message(members: dict[str, Any]) -> None:
    """
    Let through what one of the two forms of `chat.postMessage` is (rest-typings 8.8.1, `v1/chat`).

    Rocket.Chat before 7.4 took more; what is right now was right then.
    """
    kinds: dict[str, Any] = {
        **dict.fromkeys(["text", "alias", "emoji", "avatar"], (str, type(None))),
        "attachments": (list, type(None)),
        "customFields": (dict, type(None)),
        "parseUrls": bool,
    }
    named = [name for name in ("roomId", "channel") if name in members]
    need(len(named) == 1, "must match exactly one schema in oneOf [invalid-params]")
    allowed = {*kinds, *named, *(("tmid",) if named == ["roomId"] else ())}
    need(set(members) <= allowed, "must NOT have additional properties [invalid-params]")
    only(members, {**kinds, "roomId": (str, list), "channel": (str, list), "tmid": str}, "body")
    need(all(isinstance(one, dict) for one in members.get("attachments") or ()), "must be object")


class MattermostSide(FarSide):
    hook = "/hooks/o4x9zq8b1tyk7rfm3cdw5e6sna"
    max_runes = 16_383
    failures: ClassVar[Failures] = {
        "unknown": lambda: json_reply(
            400,
            {
                "id": "web.incoming_webhook.invalid.app_error",
                "message": "Invalid webhook.",
                "detailed_error": "",
                "request_id": "8k5pxm1gqjrsfnz3yb7tw4hcde",
                "status_code": 400,
            },
        ),
        "wrapped": lambda: json_reply(
            404,
            {
                "id": "web.incoming_webhook.general.app_error",
                "message": "Failed to handle the payload of media type application/json for "
                "incoming webhook o4x9zq8b1tyk7rfm3cdw5e6sna.",
                "detailed_error": "Couldn't find the channel.",
                "status_code": 404,
            },
        ),
        "off": lambda: json_reply(
            501,
            {"message": "Incoming webhooks have been disabled by the system admin."},
        ),
        "429": lambda: text_reply(429, "limit exceeded", **{"X-Ratelimit-Reset": "7"}),
        "500": lambda: json_reply(500, {"message": "Unable to create the post."}),
        "error-in-200": lambda: json_reply(200, {"message": "no such hook", "status_code": 400}),
        "login-page": lambda: text_reply(200, "<html>Please log in</html>"),
    }

    def take(self, got: Got) -> Reply:
        need(got.path == self.hook, "path")
        need(len(got.body) <= 300_000, "api.context.request_body_too_large.app_error")
        members = got.json
        only(
            members,
            {
                **dict.fromkeys(["text", "username", "icon_url", "icon_emoji", "channel"], str),
                "attachments": list,
            },
            "post",
        )
        need(members.get("text") or members.get("attachments"), "No text specified.")
        need(len(members.get("text", "")) <= self.max_runes, "text would be split")
        if "icon_url" in members:
            web(members["icon_url"], "icon_url")
        need(":" not in members.get("icon_emoji", ""), "icon_emoji")
        for attachment in members.get("attachments", ()):
            _check_legacy(attachment, _LEGACY_ATTACHMENT)
        return self.accepted()

    def accepted(self) -> Reply:
        return text_reply(200, "ok")

    def refuse(self, why: str) -> Reply:
        return json_reply(400, {"id": "x.app_error", "message": why, "status_code": 400})

    def shown(self) -> str:
        return "\n".join(got.json.get("text", "") for got in self.got)

    def attachments(self) -> list[dict[str, Any]]:
        return [one for got in self.got for one in got.json.get("attachments", ())]


class KChatSide(MattermostSide):
    max_runes = 4_000

    def accepted(self) -> Reply:
        post = {
            "id": f"post{len(self.got)}",
            "create_at": 1713198308869,
            "message": "…",
            "type": "",
        }
        return json_reply(200, {**post, "props": {"from_webhook": "true"}, "participants": None})


class SlackSide(FarSide):
    hook = "/services/T024BE7LD/B0A1B2C3D/aSecretOf24CharactersXyz"
    failures: ClassVar[Failures] = {
        "429": lambda: text_reply(429, "rate_limited", **{"Retry-After": "30"}),
        "no_service": lambda: text_reply(404, "no_service"),
        "archived": lambda: text_reply(410, "channel_is_archived"),
        "prohibited": lambda: text_reply(403, "action_prohibited"),
        "rollup": lambda: text_reply(500, "rollup_error"),
        "not-ok": lambda: json_reply(200, {"ok": False, "error": "invalid_blocks"}),
        "internal": lambda: json_reply(200, {"ok": False, "error": "internal_error"}),
        "fatal": lambda: text_reply(400, "fatal_error"),
        "limited": lambda: json_reply(
            200, {"ok": False, "error": "ratelimited"}, **{"Retry-After": "3"}
        ),
    }

    def take(self, got: Got) -> Reply:
        need(got.path == self.hook, "no_service")
        members = got.json
        only(
            members,
            {
                **dict.fromkeys(
                    ["text", "username", "icon_url", "icon_emoji", "channel", "thread_ts"], str
                ),
                "attachments": list,
            },
            "invalid_payload",
        )
        need(members.get("text") or members.get("attachments"), "no_text")
        need(len(members.get("text", "")) <= 4_000, "Slack would cut the text")
        need(re.fullmatch(r"(:[^:]+:)?", members.get("icon_emoji", "")), "icon_emoji")
        need(len(members.get("attachments", ())) <= 100, "too_many_attachments")
        extra = {"actions": list, "mrkdwn_in": list}
        for attachment in members.get("attachments", ()):
            _check_legacy(attachment, {**_LEGACY_ATTACHMENT, **extra})
            need(js_length(attachment.get("text", "")) <= 3_000, "attachment text")
            need(set(attachment["mrkdwn_in"]) <= {"text", "pretext", "fields"}, "mrkdwn_in")
            need(len(attachment.get("actions", ())) <= 5, "actions")
            for action in attachment.get("actions", ()):
                need(action["type"] == "button" and action["text"], "action")
                web(action["url"], "action")
        _check_mrkdwn(members.get("text", ""))
        return text_reply(200, "ok")

    def refuse(self, why: str) -> Reply:
        return text_reply(400, why)

    def shown(self) -> str:
        return "\n".join(got.json.get("text", "") for got in self.got)

    def attachments(self) -> list[dict[str, Any]]:
        return [one for got in self.got for one in got.json.get("attachments", ())]


def _check_legacy(attachment: dict[str, Any], allowed: dict[str, Any]) -> None:
    only(attachment, allowed, "attachment")
    webs(attachment, _LEGACY_URLS, "attachment")
    colour = attachment.get("color", "good")
    need(re.fullmatch(r"good|warning|danger|#[0-9a-fA-F]{6}", colour), f"color {colour}")
    for field in attachment.get("fields", ()):
        only(field, {"title": str, "value": str, "short": bool}, "field")


def _check_mrkdwn(text: str) -> None:
    """Outside of `<…>` there are no bare angle brackets, and every `&` is an entity."""
    without_links = re.sub(r"<(https?://|mailto:|[@!])[^<>]*>", "", text)
    without_quotes = re.sub(r"(?m)^\s*> ", "", without_links)
    need("<" not in without_quotes and ">" not in without_quotes, "unescaped < or >")
    need(not re.search(r"&(?!amp;|lt;|gt;)", without_links), "unescaped &")
