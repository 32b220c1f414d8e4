"""A caller of the application, as tests speak of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from engine.models import Integration

PASSWORD = "a password for tests"


@dataclass
class Api:
    """A caller of the management API and of hooks, logged in as the administrator."""

    app: Flask
    client: FlaskClient = field(init=False)
    headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.client = self.app.test_client(use_cookies=False)
        answer = self.client.post("/api/v1/login", json={"user": "admin", "password": PASSWORD})
        data = answer.get_json()["data"]
        self.headers = {"X-User-Id": data["userId"], "X-Auth-Token": data["authToken"]}

    def get(self, name: str, /, **query: Any) -> Any:
        return self.client.get(
            f"/api/v1/{name}", query_string=query, headers=self.headers
        ).get_json()

    def post(self, name: str, /, status: int = 200, **body: Any) -> Any:
        answer = self.client.post(f"/api/v1/{name}", json=body, headers=self.headers)
        assert answer.status_code == status, answer.get_data(as_text=True)
        return answer.get_json()

    def hook(self, script: str | None = None, **members: Any) -> Hook:
        """Create an incoming integration; a script turns scriptEnabled on."""
        given: dict[str, Any] = {"type": "webhook-incoming", "name": "Hook", "channel": "#general"}
        if script is not None:
            given |= {"script": script, "scriptEnabled": True}
        made = self.post("integrations.create", **{**given, **members})["integration"]
        return Hook(self, made["_id"], made["token"], f"/hooks/{made['_id']}/{made['token']}")

    def messages(self, room: str = "general") -> list[dict[str, Any]]:
        """Return a room's messages, newest first."""
        found: list[dict[str, Any]] = self.get("channels.messages", roomName=room)["messages"]
        return found

    def executions(self, **query: Any) -> list[dict[str, Any]]:
        """Return executions in full, newest first."""
        listed = self.get("executions.list", **query)["executions"]
        return [self.get("executions.get", executionId=one["_id"])["execution"] for one in listed]


@dataclass
class Hook:
    """An incoming integration, and what is sent to it."""

    api: Api
    id: str
    token: str
    path: str

    def post(self, body: Any = None, **options: Any) -> TestResponse:
        """POST JSON, or what `data` and `content_type` say."""
        if "data" not in options:
            options["json"] = {} if body is None else body
        return self.api.client.post(options.pop("path", self.path), **options)

    def name_channels(self, *channels: str) -> None:
        """Let it post to channels that need not be there, as what is imported may; today's API refuses."""
        with self.api.app.extensions["hooksmith"].database.write() as session:
            session.get_one(Integration, self.id).channels = list(channels)

    def last(self) -> dict[str, Any]:
        """Return its latest execution in full."""
        return self.api.executions(integrationId=self.id, count=1)[0]


def script(body: str) -> str:
    """Return a Script whose method has this body."""
    return f"class Script {{ process_incoming_request({{ request }}) {{ {body} }} }}"
