"""Rooms, people, messages and integrations that the calls of the parameters' comparison are about."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

from tests.support import PASSWORD, Api

TARGET = "https://called.example.org/hook"


@dataclass
class World:
    """Gives a parameter a value that the call can do something with; what a call ends is made anew."""

    api: Api
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    #: The thread whose first message, or an answer of it, is asked for.
    message: dict[str, Any] = field(default_factory=dict)
    ada: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ada = self._person("ada")
        self._person("grace")
        for kind in ("channels", "groups"):
            self.api.post(f"{kind}.create", name=f"known-{kind}", members=["ada"])
        self.general = str(self.api.get("channels.info", roomName="general")["channel"]["_id"])
        self.direct = str(self.api.post("im.create", username="ada")["room"]["_id"])
        self.message = self._said("a first @ada")
        self.answer = self._said("an answer", tmid=self.message["_id"])

    def of(self, call: str, name: str) -> Any:
        """Return a value of a parameter."""
        family, _, verb = call.partition(".")
        made = getattr(self, f"_{name.replace('_', '')}", None)
        if made is not None:
            return made(family, verb)
        return _PLAIN[name]

    # -- what depends on the call ---------------------------------------------------------

    def _name(self, family: str, verb: str) -> str:
        return f"made-{next(self.numbers)}" if verb == "create" else "Hook"

    def _roomName(self, family: str, verb: str) -> str:
        if family not in ("channels", "groups"):
            return "general"
        return str(self._room(family, verb)["name"])

    def _roomId(self, family: str, verb: str) -> str:
        if family in ("channels", "groups"):
            return str(self._room(family, verb)["_id"])
        return self.direct if family == "im" else self.general

    def _room(self, family: str, verb: str) -> Any:
        one = {"channels": "channel", "groups": "group"}[family]
        if verb in ("archive", "unarchive", "leave", "invite", "kick", "join"):
            name = f"room-{next(self.numbers)}"
            return self.api.post(f"{family}.create", name=name, members=["ada"])[one]
        return self.api.get(f"{family}.info", roomName=f"known-{family}")[one]

    def _username(self, family: str, verb: str) -> str:
        if (family, verb) == ("users", "create"):
            return f"person{next(self.numbers)}"
        return {"integrations": "rocket.cat", "login": "admin"}.get(family, "ada")

    def _email(self, family: str, verb: str) -> str:
        if (family, verb) == ("users", "create"):
            return f"person{next(self.numbers)}@example.org"
        return "ada@example.org"

    def _user(self, family: str, verb: str) -> Any:
        return {"username": "admin"} if family == "login" else "ada"

    def _usernames(self, family: str, verb: str) -> Any:
        return "ada" if family == "im" else ["ada"]

    def _userId(self, family: str, verb: str) -> str:
        return str(self.ada["_id"])

    def _userIds(self, family: str, verb: str) -> list[str]:
        return [self.ada["_id"]]

    def _mentionIds(self, family: str, verb: str) -> str:
        return str(self.ada["_id"])

    def _createdBy(self, family: str, verb: str) -> str:
        return self.api.headers["X-User-Id"]

    def _id(self, family: str, verb: str) -> str:
        return self.api.hook().id if family == "integrations" else self.general

    def _integrationId(self, family: str, verb: str) -> str:
        return self.api.hook().id

    def _targeturl(self, family: str, verb: str) -> str:
        self.outgoing()
        return TARGET

    def _msgId(self, family: str, verb: str) -> str:
        return (
            self._said("to change")["_id"] if verb in ("delete", "update") else self._tmid("", "")
        )

    def _messageId(self, family: str, verb: str) -> str:
        return str(self._said("to react to")["_id"])

    def _tmid(self, family: str, verb: str) -> str:
        return str(self.message["_id"])

    def _aroundId(self, family: str, verb: str) -> str:
        return str(self.answer["_id"])

    def _rid(self, family: str, verb: str) -> str:
        return self.general

    def _message(self, family: str, verb: str) -> Any:
        return {"rid": self.general, "msg": "sent", "tmid": self.message["_id"], "tshow": True}

    def _channel(self, family: str, verb: str) -> str:
        return "#general"

    def _query(self, family: str, verb: str) -> str:
        return '{"msg": "a first @ada"}' if family == "chat" else '{"name": "general"}'

    def _type(self, family: str, verb: str) -> str:
        return "webhook-incoming"

    # -- making ---------------------------------------------------------------------------

    def outgoing(self) -> str:
        """Return the id of an outgoing integration that calls `TARGET`."""
        made = self.api.post(
            "integrations.create",
            type="webhook-outgoing",
            name="Out",
            channel="#general",
            event="sendMessage",
            urls=[TARGET],
            enabled=False,
        )
        return str(made["integration"]["_id"])

    def password(self, given: dict[str, Any]) -> str:
        """Return the password of whom a login is of."""
        return "a long password" if "email" in given else PASSWORD

    def _person(self, name: str) -> dict[str, Any]:
        made: dict[str, Any] = self.api.post(
            "users.create",
            username=name,
            name=name.title(),
            password="a long password",
            email=f"{name}@example.org",
        )["user"]
        return made

    def _said(self, text: str, **members: Any) -> Any:
        return self.api.post("chat.postMessage", roomId=self.general, text=text, **members)[
            "message"
        ]


_PLAIN: dict[str, Any] = {
    "members": ["ada"],
    "teams": ["a-team"],
    "teamId": "a-team",
    "topic": "A topic",
    "customFields": {"key": "value"},
    "extraData": {"topic": "A topic"},
    "joinCode": "a code",
    "fields": '{"name": 1}',
    "sort": '{"_id": -1}',
    "count": 5,
    "offset": 1,
    "filter": "ad",
    "status": ["online"],
    "starredIds": "nobody",
    "pinned": "true",
    **dict.fromkeys(("inclusive", "unreads", "showThreadMessages"), "true"),
    "latest": "2099-01-01T00:00:00.000Z",
    "oldest": "2020-01-01T00:00:00.000Z",
    "password": PASSWORD,
    "code": "123456",
    "bio": "A life",
    "nickname": "Addy",
    "statusText": "away",
    "roles": ["user"],
    "freeSwitchExtension": "1001",
    "importId": "an-id",
    "includeUserRooms": "true",
    "text": "a first",
    "alias": "Bell",
    "emoji": ":bell:",
    "reaction": "tada",
    "avatar": "https://example.org/a.png",
    "attachments": [{"text": "attached"}],
    "previewUrls": ["https://example.org/"],
    "content": {"algorithm": "rc.v1.aes-sha2", "ciphertext": "eA=="},
    "e2eMentions": {},
    "fileId": "a-file",
    "script": "class Script { process_incoming_request() { return null; } }",
    "scriptEngine": "isolated-vm",
    "event": "sendMessage",
    "targetRoom": "#general",
    "urls": [TARGET],
    "triggerWords": ["!go"],
    "token": "a-token-of-sixteen-and-more",
    "retryCount": 3,
    "retryDelay": "powers-of-two",
}
