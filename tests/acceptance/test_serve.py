"""The server as its administrator and its callers meet it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.acceptance.callers import NUMBERED, PUSH, REQUESTS, Load, all_messages
from tests.acceptance.conftest import HOOKSMITH, Server, environment, free_port
from tests.support import PASSWORD, script


def storage(request: pytest.FixtureRequest) -> dict[str, Any]:
    if request.param == "sqlite":
        return {}
    return {"database_url": request.getfixturevalue("postgres_url")()}


@pytest.fixture(params=["sqlite", "postgresql"])
def any_storage(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The settings of each kind of database."""
    return storage(request)


@pytest.mark.parametrize("lifecycle", ["per-request", "kept"])
def test_two_thousand_requests_are_two_thousand_messages(
    serve: Callable[..., Server], any_storage: dict[str, Any], lifecycle: str
) -> None:
    """Sixteen connections: all 200, one message and one execution for each request."""
    server = serve(**any_storage)
    load = Load(server, server.hook(NUMBERED, lifecycle=lifecycle))
    load.join()
    assert load.statuses == {200: REQUESTS}
    texts = all_messages(server)
    assert len(texts) == len(set(texts)) == REQUESTS
    assert server.api("GET", "executions.list?count=1")["total"] == REQUESTS


def test_a_killed_server_has_kept_every_message_it_confirmed_once(
    serve: Callable[..., Server], any_storage: dict[str, Any]
) -> None:
    """`kill -9` in the middle of a run; after a restart each answered request has its message."""
    server = serve(**any_storage)
    load = Load(server, server.hook(NUMBERED, lifecycle="kept"))
    deadline = time.monotonic() + 60
    while len(load.confirmed) < REQUESTS // 4 and time.monotonic() < deadline:
        time.sleep(0.01)
    server.kill()
    load.join()
    assert REQUESTS // 4 <= len(load.confirmed) < REQUESTS
    server.start()
    texts = Counter(all_messages(server))
    assert load.confirmed - set(texts) == set()
    assert max(texts.values()) == 1


def test_an_endless_loop_costs_the_others_nothing(server: Server) -> None:
    """Its caller gets an error in time; meanwhile another integration goes on answering."""
    looping, other = server.hook(script("while (true) {}")), server.hook(NUMBERED)
    loops: list[tuple[int, Any, float]] = []

    def loop() -> None:
        started = time.monotonic()
        status, answer = server.request("POST", looping, {})
        loops.append((status, answer, time.monotonic() - started))

    threads = [threading.Thread(target=loop) for _ in range(2)]
    for thread in threads:
        thread.start()
    answered = 0
    while any(thread.is_alive() for thread in threads):
        assert server.request("POST", f"{other}?n={answered}", PUSH)[0] == 200
        answered += 1
    assert answered > 20
    wall_s = 10.0
    for status, answer, seconds in loops:
        assert (status, answer["error"]) in [(400, "error-running-script"), (503, answer["error"])]
        assert seconds < wall_s + 1
    stopped = server.api("GET", "executions.list?outcome=cpu-limit&outcome=wall-limit")
    assert stopped["total"] >= 1


def test_a_killed_sandbox_process_is_replaced(server: Server) -> None:
    """Whoever kills a worker, the next request is answered."""
    path = server.hook(NUMBERED)
    workers = [
        pid
        for pid in _processes()
        if b"engine.sandbox.worker" in _command(pid) and _session(pid) == server.process.pid
    ]
    assert workers
    for pid in workers:
        os.kill(pid, signal.SIGKILL)
    assert server.request("POST", f"{path}?n=1", PUSH)[0] == 200


def _processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _session(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[3])
    except OSError:
        return 0


def test_chunked_and_huge_and_broken_requests_leave_the_server_standing(server: Server) -> None:
    """Transfer-Encoding chunked works; what is too large or cut off is refused or dropped."""
    path = server.hook(script("return { content: { text: request.content.text } }"))

    def raw(*parts: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
            for part in parts:
                try:
                    connection.sendall(part)
                except OSError:
                    break
            try:
                return connection.recv(65536)
            except OSError:
                return b""

    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n".encode()
    body = b'{"text": "in chunks"}'
    chunks = b"%x\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n" % (5, body[:5], len(body) - 5, body[5:])
    answer = raw(head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)
    assert answer.startswith(b"HTTP/1.1 200")
    assert all_messages(server) == ["in chunks"]
    endless = b"%x\r\n%s\r\n" % (1 << 20, b"x" * (1 << 20))
    answer = raw(head + b"Transfer-Encoding: chunked\r\n\r\n", *[endless] * 4)
    assert answer.startswith(b"HTTP/1.1 413")
    raw(head + b"Content-Length: 100\r\n\r\n{")
    raw(b"\x16\x03\x01 not http at all\r\n\r\n")
    raw(head + b"X: " + b"y" * (1 << 20) + b"\r\n\r\n")
    assert server.request("POST", path, {"text": "after"})[0] == 200
    assert all_messages(server)[0] == "after"


def test_whoever_sends_too_much_reads_why_and_the_log_says_it(server: Server) -> None:
    """Twenty MB from Python's urllib, to whatever takes a body: each gets its own refusal."""
    path = server.hook(NUMBERED)
    limited = server.hook(NUMBERED, limits={"ratePerMinute": 1})
    assert server.request("POST", f"{limited}?n=1", PUSH)[0] == 200
    hidden = "/".join(path.split("/")[:3]) + "/wrong"

    def refused(path: str, headers: dict[str, str] | None = None) -> int:
        request = urllib.request.Request(
            f"http://127.0.0.1:{server.port}{path}", b"x" * (20 << 20), headers or {}
        )
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(request, timeout=30)
        with caught.value as answer:
            answer.read()
            return answer.code

    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert refused(path) == 413
    assert refused(hidden) == 404
    assert refused(limited) == 429
    assert refused("/api/v1/integrations.create", server.api_headers()) == 413
    assert refused("/api/v1/chat.postMessage") == 401
    assert refused("/admin/login/", form) == 413
    assert refused("/nothing/there") == 404
    logged = server.api("GET", "executions.list?count=3")["executions"]
    assert [one["outcome"] for one in logged] == ["rate-limited", "refused", "too-large"]
    assert server.request("POST", f"{path}?n=2", PUSH)[0] == 200


def test_slow_senders_hold_nobody_up(server: Server) -> None:
    """Hundreds of connections that never finish their bodies, or never begin: others are answered."""
    path = server.hook(NUMBERED)
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{{".encode()
    connections = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(300)]
    try:
        for number, connection in enumerate(connections):
            if number % 2:
                connection.sendall(head)
        started = time.monotonic()
        assert server.request("POST", f"{path}?n=1", PUSH)[0] == 200
        assert time.monotonic() - started < 10
    finally:
        for connection in connections:
            connection.close()


def test_encoded_slashes_reach_the_token(server: Server) -> None:
    """The web server must not decode more, or less, than once."""
    token = "old/base64+token==/%41"
    path = server.hook(NUMBERED, token=token)
    integration = path.split("/")[2]
    for spelled in (quote(token, safe=""), quote(quote(token, safe=""), safe="")):
        assert server.request("POST", f"/hooks/{integration}/{spelled}?n=1", PUSH)[0] == 200


def test_a_stopped_server_ends_everything_it_started(serve: Callable[..., Server]) -> None:
    """SIGTERM: quickly, with nothing left behind, and no complaint printed."""
    server = serve()
    session = server.process.pid
    printed = server.stop()
    assert "Traceback" not in printed
    assert [pid for pid in _processes() if _session(pid) == session] == []


def test_the_first_start_prints_a_password_that_works_once(tmp_path: Path) -> None:
    """Without a configured password one is made up; the second start does not repeat it."""
    server = Server(tmp_path / "data", admin_password="")
    first = server.stop()
    password = first.partition("with the password ")[2].split()[0]
    server.start()
    login = {"user": "admin", "password": password}
    assert server.request("POST", "/api/v1/login", login)[0] == 200
    second = server.stop()
    assert password not in second
    assert (tmp_path / "data" / "secret_key").stat().st_mode & 0o777 == 0o600
    assert f"http://127.0.0.1:{server.port}/admin/" in second


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"port": "many"}, "HOOKSMITH_PORT"),
        ({"database_url": "postgresql://nobody@127.0.0.1:1/x"}, "HOOKSMITH_DATABASE_URL"),
        ({"secret_key": "short"}, "HOOKSMITH_SECRET_KEY"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_one_line(
    tmp_path: Path, settings: dict[str, str], said: str
) -> None:
    """The line names the variable; there is no traceback."""
    given = {"data_dir": tmp_path, "port": free_port(), "admin_password": PASSWORD, **settings}
    ended = subprocess.run(
        [HOOKSMITH, "serve"], env=environment(**given), capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 2
    assert ended.stderr.startswith(said)
    assert ended.stderr.count("\n") == 1


def test_a_taken_port_stops_the_start_with_one_line(server: Server, tmp_path: Path) -> None:
    """Two servers on one port would share requests by chance."""
    given = {"data_dir": tmp_path / "other", "port": server.port, "admin_password": PASSWORD}
    ended = subprocess.run(
        [HOOKSMITH, "serve"], env=environment(**given), capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 2
    assert ended.stderr.startswith("HOOKSMITH_PORT")
