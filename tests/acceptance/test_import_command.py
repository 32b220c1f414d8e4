"""`hooksmith import`: a Rocket.Chat export into a running server, whose scripts then pass their fixtures."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests import internet
from tests.acceptance.conftest import HOOKSMITH, Server, environment
from tests.imports import exports
from tests.outgoing import eventually
from tests.support import PASSWORD

_OWN = ("msg", "alias", "avatar", "emoji")


def importing(
    system: str, *arguments: str | Path, data_dir: Path, **settings: Any
) -> tuple[int, str, str]:
    ended = subprocess.run(
        [HOOKSMITH, "import", system, *map(str, arguments)],
        env=environment(data_dir=data_dir, admin_password=PASSWORD, **settings),
        capture_output=True,
        text=True,
        timeout=120,
        stdin=subprocess.DEVNULL,
    )
    return ended.returncode, ended.stdout, ended.stderr


@pytest.fixture
def far() -> Iterator[Callable[[internet.Behaviour], internet.Server]]:
    """Start servers that are not ours."""
    started: list[internet.Server] = []

    def start(behaviour: internet.Behaviour) -> internet.Server:
        started.append(internet.Server(behaviour))
        return started[-1]

    yield start
    for one in started:
        one.close()


def answer(status: int, body: bytes) -> bytes:
    head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return head.encode() + b"\r\n\r\n" + body


def shown(message: dict[str, Any], room: str) -> dict[str, Any]:
    kept = {name: message[name] for name in _OWN if name in message}
    if message["attachments"]:
        kept["attachments"] = message["attachments"]
    return {"room": f"#{room}", **kept}


class Rooms:
    """What arrives in the rooms of a server."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._seen = {name: len(self._messages(name)) for name in self._names()}

    def news(self) -> list[dict[str, Any]]:
        """Return what came since this was asked, oldest first, room by room."""
        news: list[dict[str, Any]] = []
        for name in self._names():
            messages = self._messages(name)
            new = messages[: len(messages) - self._seen.get(name, 0)]
            news += [shown(one, name) for one in reversed(new)]
            self._seen[name] = len(messages)
        return news

    def _names(self) -> list[str]:
        found = self._server.api("GET", "channels.list")["channels"]
        return sorted(one["name"] for one in found)

    def _messages(self, name: str) -> list[dict[str, Any]]:
        path = f"channels.messages?roomName={name}&count=100"
        found: list[dict[str, Any]] = self._server.api("GET", path)["messages"]
        return found


def is_latest(server: Server, room: str, text: str) -> bool:
    messages = server.api("GET", f"channels.messages?roomName={room}")["messages"]
    return bool(messages[0]["msg"] == text)


def body_of(fixture: dict[str, Any], directory: str) -> bytes:
    body = fixture["body"]
    if isinstance(body, dict) and "form" in body:
        return urlencode(body["form"]).encode()
    return json.dumps(body).replace("{directory}", directory).encode()


def test_an_export_of_20_integrations_works_here(
    serve: Callable[..., Server],
    far: Callable[[internet.Behaviour], internet.Server],
    tmp_path: Path,
) -> None:
    """Imported while the server runs; callers change the host name, and every message is as it was."""
    directory = far(lambda seen: iter([answer(200, b'{"username": "ada"}')]))
    place = f"127.0.0.1:{directory.port}"
    data_dir = tmp_path / "data"
    server = serve(data_dir=data_dir, script_fetch_allow=place)
    for name in ("billing-alerts", "on-call"):
        server.api("POST", "channels.create", name=name)
    export = exports.mongoexport(tmp_path / "rocketchat_integrations.json")
    status, printed, said = importing("rocketchat", "--file", export, data_dir=data_dir)
    assert (status, said) == (0, "")
    assert "\n20 imported\n" in printed
    assert printed.splitlines()[-1] == "scripts: 16 of 17 will run"
    rooms = Rooms(server)
    sent = 0
    for folder in sorted(exports.ROCKETCHAT.iterdir()):
        document = exports.document(folder)
        if document["type"] != "webhook-incoming":
            continue
        path = f"/hooks/{document['_id']}/{document['token']}"
        for fixture in exports.fixtures(folder):
            answered = server.request(
                "POST", path, body_of(fixture, f"http://{place}"), fixture.get("headers")
            )
            case = f"{document['name']}: {fixture['name']}"
            assert answered == (fixture["answer"]["status"], fixture["answer"]["body"]), case
            assert rooms.news() == sorted(fixture["messages"], key=lambda one: one["room"]), case
            sent += 1
    assert sent > 30
    assert [one.path for one in directory.requests] == ["/owner?service=billing"]


def test_imported_bots_answer(
    serve: Callable[..., Server],
    far: Callable[[internet.Behaviour], internet.Server],
    tmp_path: Path,
) -> None:
    """Outgoing integrations call as they did: a POST, a GET made of the text, and an answer without a call."""
    answers = {
        "/chatops": b'{"number": 41, "state": "green", "project": "shop", "url": "https://b.example.org"}',
        "/v1/now": b'{"name": "Oslo", "main": {"temp": 3.2}}',
    }
    called = far(lambda seen: iter([answer(200, answers[seen.path.partition("?")[0]])]))
    data_dir = tmp_path / "data"
    server = serve(data_dir=data_dir)
    export = tmp_path / "export.json"
    # Their addresses lead to the far side of this test.
    documents = json.dumps(exports.rocketchat_documents())
    for host in ("builds", "weather", "dice"):
        documents = documents.replace(
            f"https://{host}.example.org", f"http://127.0.0.1:{called.port}"
        )
    export.write_text(documents)
    assert importing("rocketchat", "--file", export, data_dir=data_dir)[0] == 0
    for room, said, answered in (
        ("development", "#build status shop", "Build *41* is green"),
        ("general", "!weather Oslo", "Oslo: 3 °C"),
        ("general", "well, !dice 20", "admin asks for a number up to 6"),
    ):
        server.api("POST", "chat.postMessage", channel=f"#{room}", text=said)
        eventually(partial(is_latest, server, room, answered))
    sent = [(one.method, one.path) for one in called.requests]
    assert sent == [("POST", "/chatops"), ("GET", "/v1/now?q=Oslo&units=metric")]
    assert json.loads(called.requests[0].body)["project"] == "shop"


def test_the_same_over_rest(
    serve: Callable[..., Server],
    far: Callable[[internet.Behaviour], internet.Server],
    tmp_path: Path,
) -> None:
    """The report as JSON; a second time everything is known."""
    body = json.dumps(
        {"integrations": exports.rocketchat_documents(), "total": 20, "success": True}
    )

    def behave(seen: internet.Seen) -> Iterator[bytes]:
        if seen.header("X-Auth-Token") != "secret-of-mine":
            yield answer(401, b'{"status": "error"}')
        elif seen.path.startswith("/api/v1/integrations.list?"):
            yield answer(200, body.encode())
        else:
            yield answer(403, b'{"success": false}')

    chat = far(behave)
    url = ["--url", f"http://127.0.0.1:{chat.port}/", "--user-id", "me", "--token"]
    data_dir = tmp_path / "data"
    status, printed, said = importing(
        "rocketchat", *url, "secret-of-mine", "--json", data_dir=data_dir
    )
    told = json.loads(printed)
    assert (status, said, told["imported"], told["failed"]) == (0, "", 20, 0)
    assert "secret-of-mine" not in printed
    assert exports.rocketchat_documents()[0]["token"] not in printed
    status, printed, _ = importing("rocketchat", *url, "secret-of-mine", data_dir=data_dir)
    assert (status, printed.splitlines()[-1]) == (0, "20 skipped")
    status, printed, said = importing("rocketchat", *url, "guessed", data_dir=data_dir)
    assert (status, printed) == (2, "")
    assert said == f"127.0.0.1:{chat.port} knows no such user id and token (401)\n"


def test_what_stays_behind_makes_the_exit_status_1(tmp_path: Path) -> None:
    """A dry run says so before anything is stored."""
    bad = {"_id": "x", "type": "webhook-incoming", "name": "Bad", "channel": []}
    export = tmp_path / "export.json"
    export.write_text(json.dumps(bad) + "\nnonsense\n")
    options = ("--file", export, "--dry-run")
    status, printed, _ = importing("rocketchat", *options, data_dir=tmp_path / "data")
    assert status == 1
    lines = printed.splitlines()
    assert lines[0].startswith("failed    incoming Bad: channel is missing")
    assert lines[1].startswith("unreadable: export.json: a line is no JSON")
    assert lines[2] == "1 failed (a dry run: nothing was stored)"


def test_mattermost_hooks_come_from_several_files(tmp_path: Path) -> None:
    """What mmctl prints of webhooks and of channels."""
    hooks, channels = tmp_path / "hooks.json", tmp_path / "channels.json"
    hook = {"id": "b8ctfr5h3ibztqm6wy4kxn7oea", "channel_id": "c1", "display_name": "Builds"}
    hooks.write_text(json.dumps([hook], indent=2))
    channels.write_text(json.dumps([{"id": "c1", "type": "O", "name": "builds"}]))
    files = ("--file", hooks, "--file", channels)
    status, printed, _ = importing("mattermost", *files, data_dir=tmp_path / "data")
    assert (status, printed.splitlines()[-2:]) == (0, ["1 imported", "rooms made: #builds"])
