"""Far sides of outgoing integrations, and what tests of these share."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from engine.web import the_engine
from tests.internet import Behaviour, HangUp, Seen, Server
from tests.support import Api

#: The suite may share its machine.
PATIENCE_S = 40.0


def reply(
    body: Any = b"", status: int = 200, content_type: str = "application/json", **headers: str
) -> bytes:
    """Return an HTTP answer; what is no bytes is sent as JSON."""
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} Reason", f"Content-Length: {len(sent)}"]
    if content_type:
        lines.append(f"Content-Type: {content_type}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + sent


def in_turn(*answers: bytes) -> Behaviour:
    """Return a behaviour: the answers one after the other, the last for all that follow."""
    left = list(answers)
    return lambda seen: iter([left.pop(0) if len(left) > 1 else left[0]])


def hangs_up(seen: Seen) -> Iterator[bytes]:
    """Answer nothing at all."""
    raise HangUp
    yield b""


def payload(seen: Seen) -> dict[str, Any]:
    """Return what a request tells: JSON, or a form."""
    if (seen.header("Content-Type") or "").startswith("application/x-www-form-urlencoded"):
        return {name: values[0] for name, values in parse_qs(seen.body.decode(), True).items()}
    told: dict[str, Any] = json.loads(seen.body)
    return told


def eventually(what: Callable[[], Any]) -> Any:
    """Return what is true in the end, as soon as it is."""
    deadline = time.monotonic() + PATIENCE_S
    while not (found := what()):
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.02)
    return found


@dataclass
class Outgoing:
    """Outgoing integrations by API, and what came of them."""

    api: Api
    ids: list[str] = field(default_factory=list)

    def create(self, *servers: Server, **members: Any) -> str:
        """Make an integration that calls these servers; a script turns scriptEnabled on."""
        given: dict[str, Any] = {
            "type": "webhook-outgoing",
            "name": "Out",
            "channel": "#general",
            "urls": [f"http://127.0.0.1:{server.port}/out" for server in servers],
            "token": "a token to know it by",
        }
        if "script" in members:
            given["scriptEnabled"] = True
        made = self.api.post("integrations.create", **{**given, **members})["integration"]
        self.ids.append(made["_id"])
        return str(made["_id"])

    def say(self, text: str, channel: str = "#general", **members: Any) -> dict[str, Any]:
        """Post as the administrator; return the message."""
        said = self.api.post("chat.postMessage", channel=channel, text=text, **members)
        message: dict[str, Any] = said["message"]
        return message

    def executions(self, integration_id: str | None = None, count: int = 1) -> list[dict[str, Any]]:
        """Return an integration's executions, the oldest first, when there are so many."""
        wanted = integration_id or self.ids[-1]
        found = eventually(
            lambda: (
                all_ if len(all_ := self.api.executions(integrationId=wanted)) >= count else None
            )
        )
        return list(reversed(found))

    def execution(self, integration_id: str | None = None) -> dict[str, Any]:
        """Return an integration's one execution, when it is there."""
        (one,) = self.executions(integration_id)
        return one

    def texts(self, room: str = "general") -> list[str]:
        """Return what was said in a room, the oldest first."""
        return [message["msg"] for message in reversed(self.api.messages(room))]

    def is_quiet(self) -> bool:
        """Tell whether no call is waiting or under way."""
        with self.api.app.app_context():
            return not the_engine().outgoing.pending()


def steps(execution: dict[str, Any]) -> list[str]:
    """Return the names of an execution's steps."""
    return [step["step"] for step in execution["steps"]]


def script(prepare: str | None = None, process: str | None = None) -> str:
    """Return a Script of these method bodies."""
    methods = ""
    if prepare is not None:
        methods += f" prepare_outgoing_request({{ request }}) {{ {prepare} }}"
    if process is not None:
        methods += f" process_outgoing_response({{ request, response }}) {{ {process} }}"
    return f"class Script {{{methods} }}"
