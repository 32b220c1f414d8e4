"""The installed program, started as a user starts it, and a caller over real sockets."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.support import PASSWORD

HOOKSMITH = str(Path(sys.executable).with_name("hooksmith"))
_START_S = 60.0
_STOP_S = 30.0


def environment(**settings: Any) -> dict[str, str]:
    """Return this process's environment with only these settings of ours."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("HOOKSMITH_")}
    return kept | {f"HOOKSMITH_{name.upper()}": str(value) for name, value in settings.items()}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """A running `hooksmith serve`; it can be killed and started again on the same data."""

    def __init__(self, data_dir: Path, **settings: Any) -> None:
        self.port = free_port()
        self._environment = environment(
            **{
                "data_dir": data_dir,
                "port": self.port,
                "admin_password": PASSWORD,
                "rate_limit_per_minute": 0,
                **settings,
            }
        )
        self._headers: dict[str, str] = {}
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [HOOKSMITH, "serve"],
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
        )
        deadline = time.monotonic() + _START_S
        while not self.is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.process.kill()
                assert self.process.stdout is not None
                pytest.fail(f"the server did not start:\n{self.process.stdout.read()}")
            time.sleep(0.05)

    def is_ready(self) -> bool:
        try:
            return self.request("GET", "/readyz")[0] == 200
        except OSError:
            return False

    def kill(self) -> None:
        """End the server and everything it started as a power cut would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()

    def stop(self) -> str:
        """End the server as an administrator does; return what it printed."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            printed, _ = self.process.communicate(timeout=_STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        return printed

    def request(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """Return status and JSON of one request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
            connection.request(
                method, path, data, {"Content-Type": "application/json", **(headers or {})}
            )
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        return answer.status, json.loads(text) if text else None

    def api(self, method: str, name: str, /, **members: Any) -> Any:
        """Call the management API as the administrator."""
        status, answer = self.request(
            method, f"/api/v1/{name}", members or None, self.api_headers()
        )
        assert status == 200, answer
        return answer

    def api_headers(self) -> dict[str, str]:
        """Log in as the administrator, once; return what calls of the management API need."""
        if not self._headers:
            login = {"user": "admin", "password": PASSWORD}
            data = self.request("POST", "/api/v1/login", login)[1]["data"]
            self._headers = {"X-User-Id": data["userId"], "X-Auth-Token": data["authToken"]}
        return self._headers

    def hook(self, script: str, **members: Any) -> str:
        """Create an integration with a script; return its path."""
        given = {
            "type": "webhook-incoming",
            "name": "Hook",
            "channel": "#general",
            "script": script,
            "scriptEnabled": True,
            **members,
        }
        url: str = self.api("POST", "integrations.create", **given)["integration"]["url"]
        return "/hooks/" + url.partition("/hooks/")[2]


class Worker:
    """A running `hooksmith worker`; it can be killed and started again."""

    def __init__(self, data_dir: Path, **settings: Any) -> None:
        self._environment = environment(data_dir=data_dir, **settings)
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [HOOKSMITH, "worker"],
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
        )

    def kill(self) -> None:
        """End it as a power cut would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()

    def stop(self) -> str:
        """End it as an administrator does; return what it printed."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            printed, _ = self.process.communicate(timeout=_STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        return printed


class Fleet:
    """Two web nodes and two workers on one database and one broker."""

    def __init__(self, folder: Path, database_url: str, broker_url: str) -> None:
        settings = {
            "database_url": database_url,
            "broker_url": broker_url,
            "secret_key": "the secret key of all nodes of a fleet",
            # Soon enough for a test.
            "delivery_retry_s": "0.2,0.4",
        }
        self.settings = {**settings, "data_dir": folder / "worker"}
        with ThreadPoolExecutor() as starting:
            nodes = [starting.submit(Server, folder / f"web{n}", **settings) for n in range(2)]
            self.nodes = [one.result() for one in nodes]
        self.workers = [Worker(folder / f"worker{n}", **settings) for n in range(2)]

    def close(self) -> None:
        """End everything; fail when anything complained."""
        with ThreadPoolExecutor() as stopping:
            printed = list(stopping.map(lambda one: one.stop(), [*self.workers, *self.nodes]))
        for text in printed:
            if "Traceback" in text:
                pytest.fail(text)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Start servers, each on its own data unless told otherwise."""
    servers: list[Server] = []

    def start(**settings: Any) -> Server:
        folder = settings.pop("data_dir", tmp_path / f"data{len(servers)}")
        servers.append(Server(folder, **settings))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def server(serve: Callable[..., Server]) -> Server:
    """A server with default settings."""
    return serve()


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server for the tests that mind their own rooms; what it could not do fails the last of them."""
    # What outgoing integrations call stands on this machine.
    server = Server(tmp_path_factory.mktemp("shared") / "data", script_fetch_allow="127.0.0.0/8")
    yield server
    if "Traceback" in (printed := server.stop()):
        pytest.fail(printed)
