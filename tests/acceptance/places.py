"""A room of a test's own on a server that tests share, the hooks that post into it, and what is seen there."""

from __future__ import annotations

import html
import http.client
import io
import json
import re
import secrets
import shutil
import subprocess
import time
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from typing import Any

from tests.acceptance.conftest import Server
from tests.conftest import missing
from tests.support import PASSWORD

_TIMEOUT_S = 60
#: How long things may take that happen later on a machine with much to do.
PATIENCE_S = 90.0


@dataclass(frozen=True, slots=True)
class Reply:
    """What a caller got back."""

    status: int
    headers: Message
    body: bytes

    @property
    def kind(self) -> str:
        return self.headers.get_content_type()

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        return json.loads(self.body)


def post(
    url: str, body: Any = None, headers: dict[str, str] | None = None, method: str = "POST"
) -> Reply:
    """Send bytes as they are, or anything else as JSON with its content type."""
    address = urllib.parse.urlsplit(url)
    sent = dict(headers or {})
    if not isinstance(body, bytes | None):
        body, sent = json.dumps(body).encode(), {"Content-Type": "application/json", **sent}
    connection = http.client.HTTPConnection(address.netloc, timeout=_TIMEOUT_S)
    try:
        target = address.path + (f"?{address.query}" if address.query else "")
        connection.request(method, target, body, sent)
        answer = connection.getresponse()
        return Reply(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


def run_curl(line: str, home: Path) -> Reply:
    """
    Run a line of a manual in a shell, as it stands there; `home` is a folder for curl's settings.

    They make it print the answer's headers too.
    """
    if shutil.which("curl") is None:
        missing("curl")
    (home / ".curlrc").write_text("silent\nshow-error\ninclude\n")
    done = subprocess.run(
        ["sh", "-c", line],
        capture_output=True,
        timeout=_TIMEOUT_S,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "CURL_HOME": str(home)},
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    stream = io.BytesIO(done.stdout)
    status = int(stream.readline().split()[1])
    return Reply(status, http.client.parse_headers(stream), stream.read())


@dataclass(frozen=True, slots=True)
class Hook:
    """An incoming integration: what its address is, and what is known of it."""

    url: str
    id: str
    token: str
    place: Place

    def post(
        self,
        body: Any = None,
        headers: dict[str, str] | None = None,
        *,
        query: str = "",
        method: str = "POST",
    ) -> Reply:
        joined = "&" if "?" in self.url else "?"
        return post(self.url + (joined + query if query else ""), body, headers, method)

    def last(self) -> dict[str, Any]:
        """Return its latest execution in full."""
        api = self.place.server.api
        (listed,) = api("GET", f"executions.list?integrationId={self.id}&count=1")["executions"]
        found: dict[str, Any] = api("GET", f"executions.get?executionId={listed['_id']}")
        execution: dict[str, Any] = found["execution"]
        return execution


@dataclass
class Place:
    """A room that nobody else uses."""

    server: Server
    room: str = field(default_factory=lambda: f"room-{secrets.token_hex(5)}")

    def __post_init__(self) -> None:
        self.server.api("POST", "channels.create", name=self.room)

    def another(self) -> Place:
        """Return a second room on the same server."""
        return Place(self.server)

    def hook(self, dialect: str = "rocketchat", script: str | None = None, **members: Any) -> Hook:
        """Create an integration that posts here, unless told otherwise."""
        given: dict[str, Any] = {"name": "Hook", "channel": f"#{self.room}", "dialect": dialect}
        if script is not None:
            given |= {"script": script, "scriptEnabled": True}
        made = self.server.api("POST", "integrations.create", **{**given, **members})["integration"]
        return Hook(made["url"], made["_id"], made["token"], self)

    def outgoing(self, dialect: str, *urls: str, **members: Any) -> dict[str, Any]:
        """Create an integration that hears what is said here and calls these addresses; return it."""
        given: dict[str, Any] = {
            "type": "webhook-outgoing",
            "name": "Out",
            "channel": f"#{self.room}",
            "urls": list(urls),
            "dialect": dialect,
        }
        if "script" in members:
            given["scriptEnabled"] = True
        made = self.server.api("POST", "integrations.create", **{**given, **members})
        integration: dict[str, Any] = made["integration"]
        return integration

    def say(self, text: str) -> dict[str, Any]:
        """Post as the administrator, a person; return the message."""
        said = self.server.api("POST", "chat.postMessage", channel=f"#{self.room}", text=text)
        message: dict[str, Any] = said["message"]
        return message

    def user(self, prefix: str = "user") -> str:
        """Add somebody; return the name."""
        name = f"{prefix}-{secrets.token_hex(4)}"
        self.server.api("POST", "users.create", username=name)
        return name

    def messages(self) -> list[dict[str, Any]]:
        """Return what was posted, the first first."""
        return self._messages(f"channels.messages?roomName={self.room}")

    def texts(self) -> list[str]:
        return [one["msg"] for one in self.messages()]

    def wait_for(self, count: int) -> list[dict[str, Any]]:
        """Return the messages, the first first, when there are as many."""
        deadline = time.monotonic() + PATIENCE_S
        while len(found := self.messages()) < count:
            assert time.monotonic() < deadline, found
            time.sleep(0.05)
        assert len(found) == count
        return found

    def direct_messages(self, *usernames: str) -> list[dict[str, Any]]:
        """Return what was posted into the room that these users have with each other."""
        api = self.server.api
        ids = {api("GET", f"users.info?username={name}")["user"]["_id"] for name in usernames}
        rooms = [one for one in api("GET", "im.list?count=500")["ims"] if set(one["uids"]) == ids]
        return self._messages(f"im.messages?roomId={rooms[0]['_id']}") if rooms else []

    def page(self) -> str:
        """Return the HTML of the messages as the admin pages show the room."""
        room = self.server.api("GET", f"channels.info?roomName={self.room}")["channel"]["_id"]
        opener = _logged_in(self.server)
        with opener.open(f"{_admin(self.server)}/rooms/{room}/", timeout=_TIMEOUT_S) as answer:
            shown: str = answer.read().decode()
        said = re.sub(r'(?s)<div class="doing">.*?</div>', "", shown)  # what one may do with it
        return "\n".join(re.findall(r'(?s)<article class="msg.*?</article>', said))

    def _messages(self, call: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.server.api("GET", f"{call}&count=500")["messages"]
        return found[::-1]


def words(page: str) -> str:
    """Return the words of some HTML."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def _admin(server: Server) -> str:
    return f"http://127.0.0.1:{server.port}/admin"


def _logged_in(server: Server) -> urllib.request.OpenerDirector:
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    address = f"{_admin(server)}/login/"
    with opener.open(address, timeout=_TIMEOUT_S) as answer:
        token = re.search(r'name="csrf_token" value="([^"]+)"', answer.read().decode())
    assert token is not None
    sent = {"csrf_token": token[1], "username": "admin", "password": PASSWORD}
    data = urllib.parse.urlencode(sent).encode()
    request = urllib.request.Request(address, data, {"Referer": address})
    with opener.open(request, timeout=_TIMEOUT_S) as answer:
        assert "/login/" not in answer.url
    return opener
