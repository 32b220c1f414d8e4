"""A Hooksmith server on data of its own, started as a user starts it, and ended."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.client import BenchError
from benchmarks.workload import SCRIPT_FILE, Target

#: The SQLite file in the folder of the data.
DATABASE = "hooksmith.sqlite3"
_PASSWORD = "only for this run"
_START_S = 60.0
_STOP_S = 30.0


class Server:
    """A running `hooksmith serve`; settings are given by their names without the prefix."""

    def __init__(self, data_dir: Path, **settings: str) -> None:
        self._data_dir = data_dir
        self._log = data_dir / "server.log"
        self._identity: dict[str, str] = {}
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        given = {
            "data_dir": str(data_dir),
            "port": str(self.port),
            "admin_password": _PASSWORD,
            "rate_limit_per_minute": "0",
            **settings,
        }
        self._process = _start("serve", self._log, given)
        try:
            self._wait_until_ready()
        except BaseException:
            self.close()
            raise

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self._data_dir / DATABASE

    def close(self) -> None:
        """End it, by force when it does not listen."""
        _end(self._process)

    def empty_route(self) -> Target:
        """Return the route of the same server that does nothing."""
        return Target("empty Flask route", self.port, ("/healthz",), method="GET", headers={})

    def hooks(self, lifecycle: str, count: int = 1, name: str | None = None) -> Target:
        """Create so many integrations of the example; return them as one target."""
        script = SCRIPT_FILE.read_text(encoding="utf-8")
        paths = tuple(self.create_hook(script, lifecycle) for _ in range(count))
        return Target(name or lifecycle, self.port, paths)

    def create_hook(self, script: str, lifecycle: str) -> str:
        """Create an integration; return its path."""
        made = self.api(
            "POST",
            "integrations.create",
            type="webhook-incoming",
            name=lifecycle,
            channel="#general",
            script=script,
            scriptEnabled=True,
            lifecycle=lifecycle,
        )
        url: str = made["integration"]["url"]
        return "/hooks/" + url.partition("/hooks/")[2]

    def api_target(self, name: str, path: str) -> Target:
        """Return a GET of the management API as a target."""
        self._login()
        return Target(name, self.port, (f"/api/v1/{path}",), "GET", headers=self._identity)

    def api(self, method: str, name: str, /, **members: object) -> Any:
        """Call the management API as the administrator."""
        if name != "login":
            self._login()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_START_S)
        with contextlib.closing(connection):
            headers = {"Content-Type": "application/json", **self._identity}
            connection.request(method, f"/api/v1/{name}", json.dumps(members), headers)
            answer = connection.getresponse()
            text = answer.read()
        if answer.status != 200:
            raise BenchError(f"{name} answered {answer.status}: {text[:300]!r}")
        return json.loads(text)

    def _login(self) -> None:
        if not self._identity:
            data = self.api("POST", "login", user="admin", password=_PASSWORD)["data"]
            self._identity = {"X-User-Id": data["userId"], "X-Auth-Token": data["authToken"]}

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _START_S
        while not self._is_ready():
            if time.monotonic() > deadline or self._process.poll() is not None:
                said = self._log.read_text(encoding="utf-8", errors="replace").strip()[-600:]
                raise BenchError(f"the server did not start: {said or 'it said nothing'}")
            time.sleep(0.1)

    def _is_ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()


@contextlib.contextmanager
def running(data_dir: Path, **settings: str) -> Iterator[Server]:
    """Give a server on this folder, which is made when it is missing."""
    data_dir.mkdir(parents=True, exist_ok=True)
    server = Server(data_dir, **settings)
    try:
        yield server
    finally:
        server.close()


@contextlib.contextmanager
def working(data_dir: Path, **settings: str) -> Iterator[None]:
    """Have a `hooksmith worker` deliver."""
    data_dir.mkdir(parents=True, exist_ok=True)
    given = {"data_dir": str(data_dir), **settings}
    process = _start("worker", data_dir / "worker.log", given)
    try:
        yield
    finally:
        _end(process)


def _start(command: str, log: Path, settings: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start the installed program with these settings alone."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("HOOKSMITH_")}
    given = {"log_level": "warning", **settings}
    with log.open("wb") as output:
        return subprocess.Popen(
            [str(Path(sys.executable).with_name("hooksmith")), command],
            env=inherited | {f"HOOKSMITH_{name.upper()}": v for name, v in given.items()},
            stdout=output,
            stderr=output,
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def stored_rows(database: Path) -> dict[str, int]:
    """Return how many executions and messages a contender's SQLite file holds."""
    with contextlib.closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as file:
        return {
            table: file.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("execution", "message")
        }
