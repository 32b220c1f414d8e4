"""The fields of outgoing integrations: what may be saved, and how it is shown (wire.md 1.3 B and 2.2 B)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine import fields
from engine.errors import Conflict, Invalid
from engine.ids import token_digest
from engine.models import Dialect, Integration, IntegrationType
from engine.redaction import HIDDEN
from engine.vault import Vault

ALL_PUBLIC, ALL_PRIVATE, ALL_DIRECT = (
    "all_public_channels",
    "all_private_groups",
    "all_direct_messages",
)
SCOPES = (ALL_PUBLIC, ALL_PRIVATE, ALL_DIRECT)
RETRY_DELAYS = ("powers-of-ten", "powers-of-two", "increments-of-two")
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
FIRST_WORD_EQUALS, FIRST_WORD_STARTS_WITH = 0, 1
#: Whose outgoing webhooks are imitated. kChat's are taken for Mattermost's.
DIALECTS = (Dialect.ROCKETCHAT, Dialect.MATTERMOST, Dialect.KCHAT)
#: Rocket.Chat's form begins with so many; what is no number becomes fewer.
_RETRIES, _RETRIES_WHEN_INVALID = 6, 4
_MOST_TIMEOUT_S = 60.0
#: Mattermost's limits: all URLs together, all trigger words together.
_URLS_CHARS = _WORDS_CHARS = 1024
_MOST_URLS = _MOST_WORDS = 100
_URL_CHARS, _MOST_WORDS_CHARS = 2048, 10_000
_SEPARATORS = re.compile(r"[\n,]")


@dataclass(frozen=True, slots=True)
class EventUse:
    """Which fields an event makes use of."""

    channel: bool = False
    words: bool = False
    #: There is no room of its own that an answer could go to.
    needs_target: bool = False


EVENTS: Mapping[str, EventUse] = {
    "sendMessage": EventUse(channel=True, words=True),
    "fileUploaded": EventUse(channel=True),
    "roomArchived": EventUse(),
    "roomCreated": EventUse(),
    "roomJoined": EventUse(channel=True),
    "roomLeft": EventUse(channel=True),
    "userCreated": EventUse(needs_target=True),
}

_DEFAULTS: Mapping[str, Any] = {
    "event": "sendMessage",
    "urls": [],
    "triggerWords": [],
    "triggerWordAnywhere": False,
    "runOnEdits": False,
    "impersonateUser": False,
    "targetRoom": "",
    "retryFailedCalls": False,
    "retryCount": _RETRIES,
    "retryDelay": RETRY_DELAYS[0],
    "callTimeoutS": None,
    "triggerWhen": FIRST_WORD_EQUALS,
    "contentType": FORM,
}
FLAGS = ("triggerWordAnywhere", "runOnEdits", "impersonateUser", "retryFailedCalls")


def apply(
    session: Session, integration: Integration, given: Mapping[str, Any], vault: Vault
) -> None:
    """
    Set what an API body says of an outgoing integration; of an incoming one, nothing.

    :raise Invalid: when a member is wrong. :raise Conflict: when another one does the same already.
    """
    if integration.type != IntegrationType.OUTGOING:
        return
    settings = {**_DEFAULTS, **(integration.outgoing or {})}
    _set_members(settings, given)
    if "channel" in given or not integration.channels:
        integration.channels = _channels(given.get("channel"))
    token = given.get("token")
    if token and token != HIDDEN:
        fields.token(token, 1)
        integration.token_encrypted = vault.encrypt(token)
        integration.token_digest = token_digest(token)
    _check_whole(settings, integration)
    integration.outgoing = settings
    if is_mattermost(integration):
        _check_mattermost(session, integration, settings)


def as_dict(integration: Integration) -> dict[str, Any]:
    """Return the members that only outgoing integrations have."""
    if integration.type != IntegrationType.OUTGOING:
        return {}
    return of(integration)


def of(integration: Integration) -> dict[str, Any]:
    """Return every setting of an outgoing integration."""
    return {**_DEFAULTS, **(integration.outgoing or {})}


def is_mattermost(integration: Integration) -> bool:
    """Tell whether its calls are Mattermost's rather than Rocket.Chat's."""
    return integration.dialect in (Dialect.MATTERMOST, Dialect.KCHAT)


def _set_members(settings: dict[str, Any], given: Mapping[str, Any]) -> None:
    if "event" in given:
        settings["event"] = fields.choice(given["event"], EVENTS, "event")
    for name in FLAGS:
        if name in given:
            settings[name] = fields.flag(given[name], name)
    if "urls" in given:
        settings["urls"] = _urls(given["urls"])
    if "triggerWords" in given:
        settings["triggerWords"] = _words(given["triggerWords"])
    if "targetRoom" in given:
        settings["targetRoom"] = _target(given["targetRoom"])
    if "retryCount" in given:
        settings["retryCount"] = _retry_count(given["retryCount"])
    if "retryDelay" in given:
        delay = given["retryDelay"] or RETRY_DELAYS[0]
        settings["retryDelay"] = fields.choice(delay, RETRY_DELAYS, "retryDelay")
    if "callTimeoutS" in given:
        settings["callTimeoutS"] = _timeout_s(given["callTimeoutS"])
    if "triggerWhen" in given:
        if given["triggerWhen"] not in (FIRST_WORD_EQUALS, FIRST_WORD_STARTS_WITH, "0", "1"):
            raise Invalid(
                "triggerWhen is 0 (the first word equals) or 1 (it starts with)",
                field="triggerWhen",
            )
        settings["triggerWhen"] = int(given["triggerWhen"])
    if "contentType" in given:
        wanted = given["contentType"] or FORM
        settings["contentType"] = fields.choice(wanted, (FORM, JSON), "contentType")


def _check_whole(settings: Mapping[str, Any], integration: Integration) -> None:
    if integration.dialect not in DIALECTS:
        raise Invalid(
            f"dialect of an outgoing integration is one of {', '.join(DIALECTS)}", field="dialect"
        )
    if not settings["urls"]:
        raise Invalid("urls is missing: name at least one address to call", field="urls")
    if EVENTS[settings["event"]].needs_target and not settings["targetRoom"]:
        raise Invalid(
            f"targetRoom is missing: {settings['event']} happens in no room", field="targetRoom"
        )


def _check_mattermost(
    session: Session, integration: Integration, settings: Mapping[str, Any]
) -> None:
    """Check what Mattermost asks for beside that (wire.md 2.2 B, "Validation")."""
    words, channels = settings["triggerWords"], set(integration.channels) - {ALL_PUBLIC}
    if settings["event"] != "sendMessage":
        raise Invalid("Mattermost knows only the event sendMessage", field="event")
    if any(channel.startswith("@") or channel in SCOPES for channel in channels):
        raise Invalid("Mattermost's hooks listen to public channels only", field="channel")
    if not channels and not words:
        raise Invalid("channel or triggerWords is missing: name at least one", field="channel")
    for name, most in (("urls", _URLS_CHARS), ("triggerWords", _WORDS_CHARS)):
        if sum(map(len, settings[name])) > most:
            raise Invalid(f"{name} have at most {most} characters together", field=name)
    others = session.scalars(
        sa.select(Integration).where(
            Integration.type == IntegrationType.OUTGOING,
            Integration.dialect.in_((Dialect.MATTERMOST, Dialect.KCHAT)),
            Integration.id != integration.id,
        )
    )
    for other in others:
        theirs = of(other)
        same_place = set(other.channels) - {ALL_PUBLIC} == channels
        if (
            same_place
            and set(theirs["urls"]) & set(settings["urls"])
            and set(theirs["triggerWords"]) & set(words)
        ):
            raise Conflict(
                f"{other.name or other.id} calls the same address for the same word in the same channel",
                field="urls",
            )


def _channels(value: Any) -> list[str]:
    channels = _listed(value, "channel")
    for channel in channels:
        if channel not in SCOPES and (not channel.startswith(("#", "@")) or len(channel) < 2):
            raise Invalid(
                "error-invalid-channel-start-with-chars: a channel starts with # or @, or is one of "
                + ", ".join(SCOPES),
                field="channel",
            )
    return channels


def _urls(value: Any) -> list[str]:
    urls = _listed(value, "urls")
    if len(urls) > _MOST_URLS:
        raise Invalid(f"there are at most {_MOST_URLS} urls", field="urls")
    for url in urls:
        if len(url) > _URL_CHARS or not _is_http(url):
            raise Invalid(f"{url[:100]!r} is no http:// or https:// address", field="urls")
    return urls


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def _words(value: Any) -> list[str]:
    words = _listed(value, "triggerWords")
    if len(words) > _MOST_WORDS or sum(map(len, words)) > _MOST_WORDS_CHARS:
        raise Invalid(f"there are at most {_MOST_WORDS} triggerWords", field="triggerWords")
    return words


def _target(value: Any) -> str:
    target = fields.text(value, "targetRoom", 128)
    if target and (not target.startswith(("#", "@")) or len(target) < 2):
        raise Invalid(
            "error-invalid-targetRoom-start-with-chars: targetRoom starts with # or @",
            field="targetRoom",
        )
    return target


def _retry_count(value: Any) -> int:
    """Return how often at most a call is repeated; what cannot be read becomes 4, as in Rocket.Chat."""
    if isinstance(value, str) and value.strip().isdecimal() and len(value) < 4:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 100:
        return _RETRIES_WHEN_INVALID
    return value


def _timeout_s(value: Any) -> float | None:
    if value is None or value == "":
        return None
    if (
        not isinstance(value, int | float)
        or isinstance(value, bool)
        or not 0 < value <= _MOST_TIMEOUT_S
    ):
        raise Invalid(
            f"callTimeoutS is a number of seconds, at most {_MOST_TIMEOUT_S:g}, or null",
            field="callTimeoutS",
        )
    return float(value)


def _listed(value: Any, name: str) -> list[str]:
    """Return a list; a text is split at commas and line ends."""
    if value is None:
        return []
    parts = _SEPARATORS.split(value) if isinstance(value, str) else value
    return list(
        dict.fromkeys(
            fields.text(part, name, _URL_CHARS)
            for part in fields.strings(parts, name)
            if part.strip()
        )
    )
