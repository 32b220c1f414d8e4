"""UChat as its document describes it: what it is sent, what it sends, and a webhook of its kind."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from tests.internet import Seen, Server

SENDER = {
    "id": "bot-user-7",
    "name": "Ada Lovelace",
    "email": "",
    "phone_number": "",
    "type": "contact",
}
#: Who is told, and in which conversation.
BELONGS = {"sender_id": "bot-user-7", "conv_id": 123}
BUTTONS = [
    {"type": "postback", "title": "Yes", "payload": "say_yes"},
    {"type": "postback", "title": "No", "payload": "say_no"},
]


def contact(content: str = "", **members: Any) -> dict[str, Any]:
    """Return what the document sends to a bot: "Send Text Message", changed by `members`."""
    return {
        "content": content,
        "message_type": "incoming",
        "sender": dict(SENDER),
        "conversation_id": 123,
        "event": "message_created",
        **members,
    }


def pressed(title: str, payload: str, **members: Any) -> dict[str, Any]:
    """Return "Send Button Payload"."""
    values = [{"title": title, "payload": payload}]
    return contact(title, event="message_postback", submitted_values=values, **members)


def medium(kind: str, url: str, **members: Any) -> dict[str, Any]:
    """Return "Send Image", "Send Audio", "Send Video" or "Send File"."""
    return contact("", attachments=[{"file_type": kind, "data_url": url}], **members)


def delivered(**members: Any) -> dict[str, Any]:
    """Return what the document delivers to a webhook, in its order: text unless `url` is given."""
    said: dict[str, Any] = {name: members.pop(name) for name in ("text", "url") if name in members}
    return {
        **BELONGS,
        **said,
        "type": members.pop("type", "text"),
        "message_type": "outgoing",
        "private": False,
        **members,
    }


def card(title: str, image_url: str, subtitle: str, *buttons: dict[str, str]) -> dict[str, Any]:
    """Return an item of "Receive Generic Template"."""
    return {
        "title": title,
        "image_url": image_url,
        "item_url": None,
        "subtitle": subtitle,
        "default_action": None,
        "buttons": list(buttons),
    }


def openssl_signature(key: str, body: bytes) -> str:
    """Return the signature of a body, computed by a program that shares no code with us."""
    digest = subprocess.run(
        ["openssl", "dgst", "-sha256", "-hmac", key, "-r"],
        input=body,
        capture_output=True,
        check=True,
    ).stdout.split()[0]
    return f"sha256={digest.decode()}"


def http(status: int, body: bytes, kind: str = "text/plain", *headers: str) -> bytes:
    """Return an answer as bytes."""
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Type: {kind}", *headers]
    head = "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""])
    return head.encode() + body


@dataclass
class WebhookSide:
    """A client's webhook: it answers the handshake, and checks and keeps what it is then sent."""

    key: str = "VERIFICATION_TOKEN"
    #: In place of the challenge: gets the question's fields.
    answer: Callable[[dict[str, str]], Iterator[bytes]] | None = None
    #: In place of taking a message.
    failure: bytes = b""
    #: The fields of every question, bodies of messages that were right, and what was wrong.
    questions: list[dict[str, str]] = field(default_factory=list)
    received: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._server = Server(self._behave)
        self.url = f"http://127.0.0.1:{self._server.port}/hook/of/theirs"

    def close(self) -> None:
        self._server.close()

    @property
    def requests(self) -> list[Seen]:
        return self._server.requests

    def wait_for(self, count: int) -> list[dict[str, Any]]:
        """Return the messages as soon as there are so many of them."""
        deadline = time.monotonic() + 60
        while len(self.received) < count:
            if self.refusals or time.monotonic() > deadline:
                raise AssertionError(f"got {self.received}, refused {self.refusals}")
            time.sleep(0.02)
        assert self.refusals == []
        return self.received

    def _behave(self, seen: Seen) -> Iterator[bytes]:
        if seen.header("Content-Type") == "application/x-www-form-urlencoded":
            question = dict(parse_qsl(seen.body.decode(), strict_parsing=True))
            self.questions.append(question)
            if self.answer is not None:
                yield from self.answer(question)
                return
            right = question["hub_verify_token"] == self.key
            yield http(200, question["hub_challenge"].encode()) if right else http(403, b"no")
            return
        if self.failure:
            yield self.failure
            return
        wrong = self._wrong(seen)
        with self._lock:
            if wrong:
                self.refusals.append(wrong)
            else:
                self.headers.append({name.lower(): value for name, value in seen.headers})
                self.received.append(json.loads(seen.body))
        yield http(401, wrong.encode()) if wrong else http(200, b"")

    def _wrong(self, seen: Seen) -> str:
        if (seen.method, seen.path) != ("POST", "/hook/of/theirs"):
            return f"{seen.method} {seen.path}"
        if seen.header("Content-Type") != "application/json":
            return "Content-Type"
        if seen.header("x-action") != "messages" or not seen.header("x-flow-ns"):
            return "x-action or x-flow-ns"
        if seen.header("X-Hub-Signature-256") != openssl_signature(self.key, seen.body):
            return "signature"
        members = json.loads(seen.body)
        if members.get("message_type") != "outgoing" or members.get("private") is not False:
            return "message_type or private"
        if members.get("type") not in ("text", "image", "audio", "video", "file"):
            return "type"
        says = "text" if members["type"] == "text" else "url"
        return "" if isinstance(members.get(says), str) and members[says] else says
