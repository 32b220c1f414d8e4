"""What happened that outgoing integrations may call for: taken once, stored with the call, never read again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson

from engine.models import Message, Room, User, UserType
from engine.rooms import message_as_dict
from engine.times import iso
from engine.users import as_dict as user_as_dict
from engine.vault import Vault

#: Names how many calls of outgoing integrations led to a request, that of the request included.
HOPS_HEADER = "X-Hooksmith-Hops"
#: A chain of integrations that answer each other ends after so many calls.
MOST_HOPS = 5


@dataclass(frozen=True, slots=True)
class Occasion:
    """
    Something that happened.

    `data` is what a call tells of it in Rocket.Chat's words (wire.md 1.3 B, "Payload"), without the
    token and the trigger word. `hops` counts the calls that led to it.
    """

    event: str
    data: Mapping[str, Any]
    word: str | None = None
    room_id: str | None = None
    #: The message that an answer in a thread answers to.
    thread_id: str | None = None
    username: str = ""
    hops: int = 0

    @property
    def text(self) -> str:
        return str(self.data.get("text") or "")


@dataclass(frozen=True, slots=True)
class Place:
    """A room as triggers see it; `people` are the (id, username) of a direct room's two users."""

    room: Room
    people: Sequence[tuple[str, str]] = field(default_factory=tuple)


def seal(vault: Vault, occasion: Occasion) -> bytes:
    """Return it encrypted: it holds messages, of private rooms too."""
    return vault.encrypt_bytes(orjson.dumps(asdict(occasion)))


def unseal(vault: Vault, sealed: bytes) -> Occasion:
    """
    Return what was sealed.

    :raise ConfigError: when it was encrypted with another key.
    """
    return Occasion(**orjson.loads(vault.decrypt_bytes(sealed)))


@dataclass(frozen=True, slots=True)
class Called:
    """What an execution keeps, so that its call can be made again."""

    occasion: Occasion
    url: str


def seal_call(vault: Vault, occasion: Occasion, url: str) -> bytes:
    """Return what an execution keeps, encrypted: the log has dots where the address has credentials."""
    return vault.encrypt_bytes(orjson.dumps({"occasion": asdict(occasion), "url": url}))


def unseal_call(vault: Vault, sealed: bytes) -> Called:
    """
    Return what was sealed.

    :raise ConfigError: when it was encrypted with another key.
    """
    kept = orjson.loads(vault.decrypt_bytes(sealed))
    return Called(Occasion(**kept["occasion"]), kept["url"])


def hops_of(value: str | None) -> int:
    """Return how many calls led to a request, as its header says; 0 when it says nothing usable."""
    return min(int(value), 99) if value and value.isascii() and value.isdecimal() else 0


def has_file(attachments: Sequence[Any]) -> bool:
    """Tell whether a message brings a file."""
    return any(
        isinstance(one, dict)
        and (one.get("title_link_download") is True or one.get("type") == "file")
        for one in attachments
    )


def of_message(
    event: str,
    row: Mapping[str, Any],
    room: Room,
    site_url: str,
    *,
    edited: bool,
    along: Mapping[str, Any] | None = None,
) -> Occasion:
    """
    Return what a message is the occasion of: `sendMessage`, or `fileUploaded`.

    `along` is what is told beside that of a file: its `user` and `room`.
    """
    data: dict[str, Any] = {
        "bot": {"i": row["integration_id"]} if row.get("integration_id") else False,
        "channel_id": room.id,
        "channel_name": room.name,
        "message_id": row["id"],
        "timestamp": iso(row["ts"]),
        "user_id": row["user_id"],
        "user_name": row["username"],
        "text": row["msg"],
    }
    if row.get("alias"):
        data["alias"] = row["alias"]
    if event == "sendMessage":
        data["siteUrl"] = site_url
        if edited:
            data["isEdited"] = True
        if row.get("tmid"):
            data["tmid"] = row["tmid"]
    else:
        data |= along or {}
        data["message"] = message_as_dict(Message(**row))
    return Occasion(
        event,
        data,
        room_id=room.id,
        thread_id=row.get("tmid") or row["id"],
        username=row["username"],
        hops=row.get("hops") or 0,
    )


def of_room(event: str, room: Room, user: User, at: str, room_shown: Mapping[str, Any]) -> Occasion:
    """Return what a room's being made, joined, left or archived is the occasion of."""
    data: dict[str, Any] = {
        "bot": user.type == UserType.BOT,
        "timestamp": at,
        "channel_id": room.id,
        "channel_name": room.name,
        "user_id": user.id,
        "user_name": user.username,
        "owner" if event == "roomCreated" else "user": user_as_dict(user),
        "room": room_shown,
    }
    return Occasion(event, data, room_id=room.id, username=user.username)


def of_user(user: User, at: str) -> Occasion:
    """Return what somebody's first appearance is the occasion of."""
    data = {
        "bot": user.type == UserType.BOT,
        "timestamp": at,
        "user_id": user.id,
        "user_name": user.username,
        "user": user_as_dict(user),
    }
    return Occasion("userCreated", data, username=user.username)
