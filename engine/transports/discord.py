"""Discord's webhooks (wire.md 5)."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from engine.blanks import is_blank
from engine.emoji import emoji_character
from engine.errors import Invalid
from engine.transports.addresses import check_url, web_url, with_query
from engine.transports.answers import FarAnswer, read_status
from engine.transports.attachments import read_attachments
from engine.transports.base import HttpTransport, Limits
from engine.transports.chat import MENTION_EVERYONE, mentions, people_field
from engine.transports.discordembeds import embeds, grouped
from engine.transports.markdown.dialects import Mentions
from engine.transports.markdown.escaping import Discord
from engine.transports.markdown.layout import Page, Span
from engine.transports.markdown.lines import Border
from engine.transports.markdown.splitting import units
from engine.transports.message import CanonicalMessage, Target, Verdict, WireRequest
from engine.transports.options import Field, Kind
from engine.transports.requests import post_json

_MAX_UNITS = 2_000
_MAX_NAME_UNITS = 80
#: Discord refuses names with these.
_REFUSED_NAMES = re.compile(r"discord|clyde|```|@|#|:", re.IGNORECASE)
_REFUSED_WHOLE_NAMES = frozenset({"everyone", "here"})
_SNOWFLAKE = r"\d{15,21}"
_UNKNOWN_WEBHOOK = 10015
#: "Try again a little later", whatever status it comes with (Discord, "JSON Error Codes").
_RETRIED_CODES = frozenset({20016, 20028, 20029, 40062, 130000})
#: As many as `allowed_mentions` may name.
_MAX_PEOPLE = 100


class DiscordTransport(HttpTransport):
    type = "discord"
    label = "Discord"
    url = Field(
        "url",
        "Address of the webhook",
        required=True,
        secret=True,
        help="https://discord.com/api/webhooks/<id>/<token>",
    )
    fields = (
        Field(
            "identity",
            "Sender",
            Kind.FLAG,
            "Show the sender's name and picture instead of the webhook's.",
            default=True,
        ),
        Field(
            "thread_id",
            "Thread",
            help="The number of a thread of the webhook's channel; a forum needs one.",
            pattern=_SNOWFLAKE,
        ),
        MENTION_EVERYONE,
        people_field("80351110224678912"),
    )
    limits = Limits(requests=5, per_s=2.0)

    def check_url(self, url: str) -> str:
        return check_url(url, path=rf"/webhooks/{_SNOWFLAKE}/[\w-]+", example=self.url.help)

    def check(self, target: Target) -> Target:
        people = self.option(target, "people")
        if len(people) > _MAX_PEOPLE or not all(
            re.fullmatch(r"\d+", one) for one in people.values()
        ):
            raise Invalid(f"People are at most {_MAX_PEOPLE}, each with a number", field="people")
        return target

    def requests(self, message: CanonicalMessage, target: Target) -> list[WireRequest]:
        allowed = mentions(self, target)
        dialect = Discord(allowed)
        common = self._common(message, target, allowed)
        page = Page(dialect)
        if message.name and "username" not in common and self.option(target, "identity"):
            page.line(Span(message.name, bold=True))
        page.markdown(message.text, border=Border.BLOCK)
        made = [
            embed
            for attachment in read_attachments(message.attachments)
            for embed in embeds(attachment, dialect)
        ]
        texts = page.parts(_MAX_UNITS) if made or not is_blank(message.text) else []
        contents: list[dict[str, Any]] = [{"content": text} for text in texts]
        for index, group in enumerate(grouped(made)):
            if index == 0 and contents:
                contents[-1]["embeds"] = group
            else:
                contents.append({"embeds": group})
        # With `wait` an error is told, and the message's id.
        query = {"wait": "true"}
        if thread := self._thread(message, target):
            query["thread_id"] = thread
        url = with_query(target.url, query)
        return [post_json(url, {**content, **common}) for content in contents]

    def judge(self, answer: FarAnswer) -> Verdict:
        code = answer.members.get("code")
        if answer.ok:
            if answer.is_page:
                return Verdict.permanent(answer.reason("a page for people, no answer of Discord's"))
            known = answer.members.get("id")
            # Without a body, 204, where a proxy took `wait` away.
            odd = "" if known or not answer.body else "its answer is not Discord's"
            return answer.accepted(known, odd=odd)
        if code in _RETRIED_CODES:
            return Verdict.retry(answer.reason(), after_s=answer.wait_s)
        verdict = read_status(answer)
        if answer.status == 404 and code == _UNKNOWN_WEBHOOK:
            return replace(verdict, gone=True)
        if answer.status == 400 and answer.members and not answer.said:
            # Errors of a form: {"embeds": ["0"]}, {"username": ["…"]}.
            return replace(verdict, reason=answer.reason(f"wrong: {', '.join(answer.members)}"))
        return verdict

    def _common(
        self, message: CanonicalMessage, target: Target, allowed: Mentions
    ) -> dict[str, Any]:
        common: dict[str, Any] = {
            "allowed_mentions": {
                "parse": ["everyone"] if allowed.everyone else [],
                "users": list(dict.fromkeys(allowed.people.values())),
            }
        }
        if not self.option(target, "identity"):
            return common
        name = message.name
        icon = emoji_character(message.emoji) if message.emoji and not message.avatar else None
        if name and not _is_refused(name):
            with_icon = f"{icon} {name}" if icon else name
            common["username"] = with_icon if units(with_icon) <= _MAX_NAME_UNITS else name
        if avatar := web_url(message.avatar):
            common["avatar_url"] = avatar
        return common

    def _thread(self, message: CanonicalMessage, target: Target) -> str | None:
        if message.thread_key and re.fullmatch(_SNOWFLAKE, message.thread_key):
            return message.thread_key
        return self.option(target, "thread_id") or None


def _is_refused(name: str) -> bool:
    return (
        units(name) > _MAX_NAME_UNITS
        or _REFUSED_NAMES.search(name) is not None
        or name.lower() in _REFUSED_WHOLE_NAMES
    )
