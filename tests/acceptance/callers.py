"""Callers of a running server: many at once, or one that minds the order."""

from __future__ import annotations

import http.client
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

from tests.acceptance.conftest import Server
from tests.support import script

REQUESTS = 2_000
CONNECTIONS = 16
PUSH = (
    Path(__file__).parents[2] / "scripts_examples" / "github" / "fixtures" / "push.json"
).read_bytes()
HEADERS = {"Content-Type": "application/json", "X-GitHub-Event": "push"}

NUMBERED = script(
    "const { pusher, commits } = request.content;"
    "return { content: { text: request.url.query.n, alias: pusher.name,"
    " attachments: commits.map((c) => ({ title: c.message, title_link: c.url })) } };"
)


class Load:
    """Callers that post numbered requests on kept connections and note what was answered."""

    def __init__(self, server: Server, path: str, requests: int = REQUESTS, first: int = 0) -> None:
        self.statuses: Counter[Any] = Counter()
        self.confirmed: set[str] = set()
        self._server, self._path = server, path
        self._numbers = iter(range(first, first + requests))
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._call) for _ in range(CONNECTIONS)]
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join()

    def _call(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._server.port, timeout=30)
        while True:
            with self._lock:
                number = next(self._numbers, None)
            if number is None:
                connection.close()
                return
            status: Any
            try:
                connection.request("POST", f"{self._path}?n={number}", PUSH, HEADERS)
                answer = connection.getresponse()
                answer.read()
                status = answer.status
            except (OSError, http.client.HTTPException) as exc:
                connection.close()
                status = type(exc).__name__
                if isinstance(exc, ConnectionRefusedError):
                    return
            with self._lock:
                self.statuses[status] += 1
                if status == 200:
                    self.confirmed.add(str(number))


def all_messages(server: Server, room: str = "general") -> list[str]:
    """Return the texts of a room, newest first."""
    texts: list[str] = []
    while True:
        page = server.api("GET", f"channels.messages?roomName={room}&count=500&offset={len(texts)}")
        texts += [message["msg"] for message in page["messages"]]
        if len(texts) >= page["total"]:
            return texts


class Sequence:
    """
    One caller that posts numbers, each when the one before is answered, to servers in turn.

    A number that was not answered with 200 is not posted again: nobody knows what became of it.
    """

    def __init__(self, servers: list[Server], path: str, count: int) -> None:
        self.statuses: Counter[Any] = Counter()
        self.confirmed: list[str] = []
        self._servers, self._path, self._count = servers, path, count
        self._connections: dict[int, http.client.HTTPConnection] = {}
        self._thread = threading.Thread(target=self._work)
        self._thread.start()

    def wait_for(self, confirmed: int, timeout_s: float = 120.0) -> None:
        """Wait until so many are answered with 200."""
        deadline = time.monotonic() + timeout_s
        while len(self.confirmed) < confirmed:
            assert time.monotonic() < deadline, self.statuses
            assert self._thread.is_alive() or len(self.confirmed) >= confirmed, self.statuses
            time.sleep(0.005)

    def join(self) -> None:
        self._thread.join()

    def _work(self) -> None:
        for number in range(self._count):
            server = self._servers[number % len(self._servers)]
            deadline = time.monotonic() + 60
            # Nobody was there to post it to: that is no answer.
            while (status := self._post(server, number)) == "ConnectionRefusedError":
                assert time.monotonic() < deadline
                time.sleep(0.05)
            self.statuses[status] += 1
            if status == 200:
                self.confirmed.append(str(number))
        for connection in self._connections.values():
            connection.close()

    def _post(self, server: Server, number: int) -> Any:
        connection = self._connections.get(server.port)
        if connection is None:
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
            self._connections[server.port] = connection
        try:
            connection.request("POST", f"{self._path}?n={number}", PUSH, HEADERS)
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException) as exc:
            connection.close()
            return type(exc).__name__
        if answer.status == 503:
            time.sleep(0.05)  # a server that can do nothing says so very quickly
        return answer.status
