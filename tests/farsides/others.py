"""UChat, Discord, and a receiver of Standard Webhooks."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import time
from functools import partial
from typing import Any, ClassVar

from tests.farsides.base import (
    Failures,
    FarSide,
    Got,
    Refused,
    Reply,
    js_length,
    json_reply,
    need,
    only,
    text_reply,
    web,
)


class UChatSide(FarSide):
    path = "/api/apichat/uniqueCode99"
    api_key = "flow_api_key_0123456789"
    failures: ClassVar[Failures] = {
        "401": lambda: json_reply(401, {"message": "Unauthenticated."}),
        "429": lambda: json_reply(429, {"message": "Too Many Attempts."}, **{"Retry-After": "60"}),
        "error": lambda: json_reply(200, {"status": "error", "message": "flow is not active"}),
        "500": lambda: text_reply(500, "<html>Server Error</html>"),
        "login-page": lambda: text_reply(200, "<html>Please log in</html>"),
    }

    def take(self, got: Got) -> Reply:
        need(got.path == self.path, "path")
        need(got.headers.get("authorization") == f"Bearer {self.api_key}", "Authorization")
        members = got.json
        only(
            members,
            {
                **dict.fromkeys(["content", "message_type", "event"], str),
                "sender": dict,
                "conversation_id": int,
                "attachments": list,
                "submitted_values": list,
            },
            "event",
        )
        need(members["message_type"] == "incoming", "message_type")
        sender = members["sender"]
        only(sender, dict.fromkeys(["id", "name", "email", "phone_number", "type"], str), "sender")
        need(set(sender) == {"id", "name", "email", "phone_number", "type"}, "sender")
        need(sender["type"] == "contact" and sender["id"], "sender")
        if members["event"] == "message_postback":
            [value] = members["submitted_values"]
            only(value, {"title": str, "payload": str}, "submitted_values")
            need(members["content"] == value["title"], "content")
            return json_reply(200, {"status": "ok"})
        need(members["event"] == "message_created", "event")
        if "attachments" in members:
            need(members["content"] == "", "content")
            [medium] = members["attachments"]
            only(medium, {"file_type": str, "data_url": str}, "attachment")
            need(medium["file_type"] in ("image", "audio", "video", "file"), "file_type")
            web(medium["data_url"], "data_url")
        else:
            need(members["content"].strip(), "content")
        return json_reply(200, {"status": "ok"})

    def shown(self) -> str:
        return "\n".join(got.json["content"] for got in self.got)


class DiscordSide(FarSide):
    path = (
        "/api/webhooks/223704706495545344/3d89bb7572e0fb30d8128367b3b1b44fecd1726de135cbe28a41f8b2"
    )
    failures: ClassVar[Failures] = {
        "429": lambda: json_reply(
            429,
            {"message": "You are being rate limited.", "retry_after": 0.65, "global": False},
            **{"Retry-After": "1", "X-RateLimit-Reset-After": "0.65"},
        ),
        "last": lambda: json_reply(
            200,
            {"id": "1"},
            **{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": "1.5"},
        ),
        "gone": lambda: json_reply(404, {"message": "Unknown Webhook", "code": 10015}),
        "token": lambda: json_reply(401, {"message": "Invalid Webhook Token", "code": 50027}),
        "form": lambda: json_reply(400, {"embeds": ["0"]}),
        "overloaded": lambda: json_reply(
            400, {"message": "API resource is currently overloaded.", "code": 130000}
        ),
        "slowmode": lambda: json_reply(
            403, {"message": "The write action has hit the limit", "code": 20029}
        ),
        "502": lambda: text_reply(502, "<html>502 Bad Gateway</html>"),
    }

    def take(self, got: Got) -> Reply:
        need(got.path == self.path, "path")
        need(set(got.query) <= {"wait", "thread_id"} and got.query.get("wait") == "true", "query")
        need(re.fullmatch(r"\d{15,21}", got.query.get("thread_id", "1" * 18)), "thread_id")
        members = got.json
        only(
            members,
            {
                **dict.fromkeys(["content", "username", "avatar_url"], str),
                "embeds": list,
                "allowed_mentions": dict,
            },
            "message",
        )
        need(members.get("content") or members.get("embeds"), "Cannot send an empty message")
        need(js_length(members.get("content", "")) <= 2000, "content")
        allowed = members["allowed_mentions"]
        only(allowed, {"parse": list, "users": list}, "allowed_mentions")
        need(not (allowed["users"] and "users" in allowed["parse"]), "allowed_mentions")
        name = members.get("username", "x")
        need(0 < js_length(name) <= 80, "username")
        need(not re.search("discord|clyde|@|#|:|```", name, re.IGNORECASE), "username")
        if "avatar_url" in members:
            web(members["avatar_url"], "avatar_url")
        embeds = members.get("embeds", ())
        need(len(embeds) <= 10, "embeds")
        need(sum(map(_check_embed, embeds)) <= 6000, "sum of embeds")
        return json_reply(200, {"id": f"10000000000000000{len(self.got)}", "type": 0})

    def refuse(self, why: str) -> Reply:
        return json_reply(400, {"message": f"Invalid Form Body: {why}", "code": 50035})

    def shown(self) -> str:
        return "\n".join(got.json.get("content", "") for got in self.got)

    def embeds(self) -> list[dict[str, Any]]:
        return [one for got in self.got for one in got.json.get("embeds", ())]


def _check_embed(embed: dict[str, Any]) -> int:
    only(
        embed,
        {
            **dict.fromkeys(["title", "description", "url", "timestamp"], str),
            "color": int,
            **dict.fromkeys(["author", "footer", "image", "thumbnail"], dict),
            "fields": list,
        },
        "embed",
    )
    total = 0

    def text(value: str, most: int, what: str) -> None:
        nonlocal total
        need(js_length(value.strip()) > 0 and js_length(value) <= most, f"{what}: {value!r:.40}")
        total += js_length(value)

    if "title" in embed:
        text(embed["title"], 256, "title")
    if "description" in embed:
        text(embed["description"], 4096, "description")
    if "author" in embed:
        text(embed["author"]["name"], 256, "author.name")
    if "footer" in embed:
        text(embed["footer"]["text"], 2048, "footer.text")
    need(len(embed.get("fields", ())) <= 25, "fields")
    for field in embed.get("fields", ()):
        only(field, {"name": str, "value": str, "inline": bool}, "field")
        text(field["name"], 256, "field.name")
        text(field["value"], 1024, "field.value")
    for name in ("image", "thumbnail"):
        if name in embed:
            web(embed[name]["url"], name)
    need(0 <= embed.get("color", 0) <= 0xFFFFFF, "color")
    need(set(embed) - {"color"}, "an empty embed")
    return total


class WebhookSide(FarSide):
    """Checks signatures as the reference library does."""

    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    failures: ClassVar[Failures] = {
        "410": lambda: Reply(410),
        "429": lambda: Reply(429, headers={"Retry-After": "120"}),
        "503-date": lambda: Reply(
            503,
            headers={
                "Retry-After": "Wed, 21 Oct 2099 07:30:00 GMT",
                "Date": "Wed, 21 Oct 2099 07:28:00 GMT",
            },
        ),
        "302": lambda: Reply(302, headers={"Location": "https://elsewhere.example.org/x?token=1"}),
        "204": lambda: Reply(204),
        "400": lambda: text_reply(400, "no\r\nsuch thing a1b2c3d4e5f6a7b8c9d0"),
    }

    def take(self, got: Got) -> Reply:
        webhook_id, timestamp = got.headers["webhook-id"], got.headers["webhook-timestamp"]
        need(abs(time.time() - int(timestamp)) < 300, "webhook-timestamp")
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        signed = b".".join((webhook_id.encode(), timestamp.encode(), got.body))
        expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        given = got.headers["webhook-signature"].split(" ")
        if f"v1,{expected}" not in given:
            raise Refused("webhook-signature")
        only(got.json, {"type": str, "timestamp": str, "data": dict}, "event")
        need(got.json["type"] == "message.posted", "type")
        need(re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", got.json["timestamp"]), "timestamp")
        return Reply(204)

    def shown(self) -> str:
        return "\n".join(got.json["data"].get("text", "") for got in self.got)


class AppriseSide(FarSide):
    """What Apprise's json:// posts to."""

    failures: ClassVar[Failures] = {
        **{str(status): partial(Reply, status) for status in (404, 410, 429, 503)},
        "302": lambda: Reply(302, headers={"Location": "http://127.0.0.1:9/"}),
        "drips": lambda: Reply(200, endless=b"x", pause_s=0.05),
        "floods": lambda: Reply(200, endless=b"x" * (1 << 20)),
    }

    @property
    def address(self) -> str:
        return f"{self.base.replace('http', 'json')}/notify/t0ken"

    def take(self, got: Got) -> Reply:
        need(got.path == "/notify/t0ken", "path")
        members = dict.fromkeys(("version", "title", "message", "type"), str)
        only(got.json, {**members, "attachments": list}, "notification")
        need(got.json["message"].strip(), "message")
        return json_reply(200, {})

    def shown(self) -> str:
        return "\n".join(got.json["message"] for got in self.got)
