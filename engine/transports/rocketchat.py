"""Rocket.Chat: an incoming hook there, or its REST API with a token (wire.md 1.1 and 1.3)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from engine.addresses import is_data_url
from engine.blanks import is_blank
from engine.errors import Invalid
from engine.transports.addresses import check_url, web_url
from engine.transports.answers import FarAnswer, read_status
from engine.transports.attachments import footer_line, read_attachments
from engine.transports.base import HttpTransport
from engine.transports.chat import MENTION_EVERYONE, max_chars_field, mentions, written
from engine.transports.markdown.escaping import RocketChat
from engine.transports.markdown.splitting import units
from engine.transports.members import objects_of, text_of
from engine.transports.message import CanonicalMessage, Target, Verdict, WireRequest
from engine.transports.options import Field, Kind
from engine.transports.requests import post_json

#: Attachments within attachments go so deep.
_MAX_DEPTH = 100
_HOOK, _REST = "hook", "rest"
_REST_PATH = "/api/v1/chat.postMessage"
_CALLS_EVERYONE = re.compile(r"@(?:all|here)(?![^\W_])", re.IGNORECASE)
_URLS = [
    "thumb_url",
    "message_link",
    "author_link",
    "author_icon",
    "title_link",
    "image_url",
    "audio_url",
    "video_url",
]
#: What its checks say, and what to do about it.
_HINTS = {
    "overriding destination channel is disabled": "allow the override in the hook, or clear Room here",
    "impersonate": "give the hook's user the permission message-impersonate, or switch Sender off",
    "Not enough permission": "give the hook's user message-impersonate, or switch Sender off",
    "error-message-size-exceeded": "lower Characters in one message",
}


class RocketChatTransport(HttpTransport):
    type = "rocketchat"
    label = "Rocket.Chat"
    url = Field(
        "url",
        "Address",
        required=True,
        secret=True,
        help="https://chat.example.org/hooks/<id>/<token>; for the REST API the server's address.",
    )
    fields = (
        Field(
            "api",
            "Way in",
            Kind.CHOICE,
            default=_HOOK,
            choices={_HOOK: "an incoming hook", _REST: "the REST API"},
        ),
        Field(
            "channel",
            "Room",
            help="#room or @user. A hook has one of its own, and has to allow another.",
            pattern=r"[#@]?\S{1,200}",
        ),
        Field("user_id", "User id", help="For the REST API.", pattern=r"[\w-]{1,64}"),
        Field(
            "token", "Auth token", help="For the REST API.", secret=True, pattern=r"[!-~]{8,512}"
        ),
        Field(
            "identity",
            "Sender",
            Kind.FLAG,
            "Show the sender's name and picture; the user there needs message-impersonate.",
            default=True,
        ),
        Field(
            "threads",
            "Threads",
            Kind.FLAG,
            "Thread ids of messages are that server's: answers land in its threads.",
        ),
        MENTION_EVERYONE,
        max_chars_field(5_000, "Rocket.Chat's setting is Message_MaxAllowedSize."),
    )

    def check(self, target: Target) -> Target:
        if self.option(target, "api") == _HOOK:
            example = "https://chat.example.org/hooks/<id>/<token>"
            check_url(target.url, path=r"/hooks/[^/]+/[^/]+(/[^/]+)?", example=example)
            return target
        for name in ("channel", "user_id", "token"):
            if not self.option(target, name):
                raise Invalid(f"The REST API needs {name}", field=name)
        if "?" in target.url:
            raise Invalid("The address has no ? in it", field="url")
        base = target.url.rstrip("/").removesuffix(_REST_PATH)
        return replace(target, url=base + _REST_PATH)

    def requests(self, message: CanonicalMessage, target: Target) -> list[WireRequest]:
        texts = self._texts(message.text, target)
        attachments = _attachments(message.attachments)
        if not texts and not attachments:
            return []
        headers = {}
        if self.option(target, "api") == _REST:
            headers = {
                "X-Auth-Token": self.option(target, "token"),
                "X-User-Id": self.option(target, "user_id"),
            }
        common = self._common(message, target)
        bodies = [{**common, "text": text} for text in texts or [""]]
        if attachments:
            bodies[-1]["attachments"] = attachments
        return [post_json(target.url, body, headers) for body in bodies]

    def judge(self, answer: FarAnswer) -> Verdict:
        success = answer.members.get("success")
        if answer.ok:
            fault = answer.members.get("error") or answer.members.get("status") == "error"
            refused = success is not True and (success is not None or fault)
            if refused or answer.is_page:
                said = answer.said or "the answer is not Rocket.Chat's"
                return Verdict.permanent(answer.reason(said))
            message = answer.members.get("message")
            message_id = message.get("_id") if isinstance(message, dict) else None
            odd = "" if success is True else "its answer is not Rocket.Chat's"
            return answer.accepted(message_id, odd=odd)
        if "too-many-requests" in answer.said or "too many requests" in answer.said:
            # Of what it calls inside the answer is a 400.
            return Verdict.retry(answer.reason(), after_s=answer.wait_s)
        if success is False and answer.status == 503:
            return Verdict.permanent(answer.reason("the hook is switched off there"))
        if success is False and answer.status == 500:
            return Verdict.permanent(answer.reason())
        verdict = read_status(answer)
        hint = next((hint for said, hint in _HINTS.items() if said in answer.said), None)
        return replace(verdict, reason=f"{verdict.reason}; {hint}") if hint else verdict

    def takes_data_url(self, url: str, is_picture: bool) -> bool:
        """Rocket.Chat takes them where it takes addresses (`lib/utils/isURL.ts`)."""
        return True

    def _texts(self, text: str, target: Target) -> list[str]:
        if is_blank(text):
            return []
        allowed = mentions(self, target)
        max_chars = self.option(target, "max_chars")
        loud = not allowed.everyone and _CALLS_EVERYONE.search(text)
        if units(text) <= max_chars and not loud:
            return [text]  # it is in the right markup already
        return written(text, RocketChat(allowed), max_chars)

    def _common(self, message: CanonicalMessage, target: Target) -> dict[str, Any]:
        common: dict[str, Any] = {}
        is_rest = self.option(target, "api") == _REST
        tmid = message.thread_key if self.option(target, "threads") else None
        if channel := self.option(target, "channel"):
            # Its REST API takes a thread with `roomId` alone (7.4 and later). What is given there
            # is looked up as what is given in `channel`, names with # and @ included, by all
            # versions (`processWebhookMessage`).
            common["roomId" if is_rest and tmid else "channel"] = channel
        if self.option(target, "identity"):
            if message.name:
                common["alias"] = message.name
            if avatar := _sendable(message.avatar):
                common["avatar"] = avatar
            elif message.emoji:
                common["emoji"] = message.emoji
        if tmid:
            common["tmid"] = tmid
        return common


def _attachments(given: Sequence[Any], depth: int = _MAX_DEPTH) -> list[dict[str, Any]]:
    """Return those that show something; only a quote shows what is attached to it."""
    made: list[dict[str, Any]] = []
    for one in given:
        if not isinstance(one, Mapping):
            continue
        kept, inner = _attachment(one), one.get("attachments")
        within = _attachments(inner, depth - 1) if depth and isinstance(inner, list) else []
        if within and kept.get("message_link"):
            made.append({**kept, "attachments": within})
        else:
            made += [kept, *within] if kept else within
    return made


def _attachment(given: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return it as it is, empty when it shows nothing.

    Addresses that only this server knows become text, and so does what is not shown there: a footer,
    a fallback, a description of what is no file.
    """
    found = read_attachments([{**given, "attachments": None}], _sendable)
    if not found:
        return {}
    read = found[0]
    kept = _reachable({**given, "attachments": None}, _URLS)
    for name, listed in (("actions", _actions(given)), ("fields", _fields(given))):
        if isinstance(given.get(name), list):
            kept[name] = listed
    if read.author_name and "author_name" not in kept:
        kept["author_name"] = read.author_name
    text = read.text
    if given.get("type") == "file":
        text = kept.get("text", "")
    else:
        kept.pop("description", None)
    lines = [text, *read.unopened, footer_line(replace(read, ts=None))]
    if said := "\n".join(line for line in lines if line).strip():
        kept["text"] = said
    return kept


def _actions(given: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [_reachable(action, ("url", "image_url")) for action in objects_of(given, "actions")]


def _fields(given: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [
        field
        for field in objects_of(given, "fields")
        if text_of(field, "title") or text_of(field, "value")
    ]


def _reachable(members: Mapping[str, Any], urls: Iterable[str]) -> dict[str, Any]:
    """Return the members that are there, their addresses as others can open them."""
    kept = {name: value for name, value in members.items() if value is not None}
    opened = {name: _sendable(kept.pop(name, None)) for name in urls}
    return kept | {name: url for name, url in opened.items() if url}


def _sendable(value: object) -> str | None:
    """Return an address that another server can show or open."""
    return value if isinstance(value, str) and is_data_url(value) else web_url(value)
