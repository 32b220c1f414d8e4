"""Signed and repeated deliveries against real servers: two at once, one killed, headers that came twice."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.acceptance.conftest import Server

SLOW = (
    "class Script { async process_incoming_request({ request }) {"
    " await new Promise((done) => setTimeout(done, %d));"
    " return { content: { text: request.content.text } } } }"
)
DELIVERY = {"X-GitHub-Delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958"}


def messages(server: Server) -> list[str]:
    found = server.api("GET", "channels.messages?roomName=general")["messages"]
    return [one["msg"] for one in found]


def test_two_servers_run_a_delivery_once(
    serve: Callable[..., Server], postgres_url: Callable[[], str], tmp_path: Path
) -> None:
    """Behind a load balancer the repetition may come to the other server, at the same moment too."""
    url = postgres_url()
    servers = [serve(data_dir=tmp_path / "shared", database_url=url) for _ in range(2)]
    path = servers[0].hook(SLOW % 300, deduplication={})
    answers: list[tuple[int, Any]] = []

    def call(server: Server) -> None:
        answers.append(server.request("POST", path, {"text": "once"}, DELIVERY))

    threads = [threading.Thread(target=call, args=(server,)) for server in servers * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [(200, {"success": True})] * 6
    assert messages(servers[0]) == ["once"]


def test_a_delivery_survives_the_death_of_its_server(
    serve: Callable[..., Server], tmp_path: Path
) -> None:
    """Killed while the script runs: the sender is asked to come again, and after the lease it is run, once."""
    server = serve(data_dir=tmp_path / "data")
    path = server.hook(SLOW % 3000, deduplication={})
    file = tmp_path / "data" / "hooksmith.sqlite3"
    rows = sqlite3.connect(file, timeout=10, isolation_level=None)

    def call() -> None:
        try:
            server.request("POST", path, {"text": "once"}, DELIVERY)
        except (OSError, http.client.HTTPException):
            return

    caller = threading.Thread(target=call)
    caller.start()
    deadline = time.monotonic() + 20
    while not rows.execute("SELECT 1 FROM duplicate_guard WHERE status IS NULL").fetchall():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    server.kill()
    caller.join()
    server.start()
    assert messages(server) == []
    status, said = server.request("POST", path, {"text": "early"}, DELIVERY)
    assert (status, said["success"]) == (503, False)
    rows.execute("UPDATE duplicate_guard SET valid_until = '2020-01-01 00:00:00.000000'")
    rows.close()
    for _ in range(2):
        assert server.request("POST", path, {"text": "once"}, DELIVERY)[0] == 200
    assert messages(server) == ["once"]


def test_a_header_that_came_twice_is_refused_over_the_wire(server: Server) -> None:
    """The server in front of the application does not choose one of two signatures either."""
    verification = {"preset": "github", "secret": "over the wire"}
    path = server.hook(SLOW % 0, verification=verification)
    body = b'{"text":"signed"}'
    right = "sha256=" + hmac.new(b"over the wire", body, hashlib.sha256).hexdigest()

    def send(*signatures: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        connection.putrequest("POST", path)
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Content-Length", str(len(body)))
        for signature in signatures:
            connection.putheader("X-Hub-Signature-256", signature)
        connection.endheaders(body)
        status = connection.getresponse().status
        connection.close()
        return status

    wrong = "sha256=" + "0" * 64
    assert send(right) == 200
    assert send(wrong) == 401
    assert [send(right, wrong), send(wrong, right), send(right, right)] == [401, 401, 401]
    assert messages(server) == ["signed"]
