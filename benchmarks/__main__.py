"""`make bench`: the GitHub push through a server of its own, beside the same server's empty route."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

EXAMPLE = Path(__file__).parents[1] / "scripts_examples" / "github"
SCRIPT = (EXAMPLE / "script.js").read_text(encoding="utf-8")
PUSH = (EXAMPLE / "fixtures" / "push.json").read_bytes()
HEADERS = {"Content-Type": "application/json", "X-GitHub-Event": "push"}
PASSWORD = "only for this run"
SECONDS = 5.0
CONNECTIONS = 16


@dataclass(frozen=True)
class Figures:
    """Requests a second with many connections, and the median latency with one."""

    rate: float
    latency_ms: float


class Server:
    """A server on fresh data, ended at the end."""

    def __init__(self, data_dir: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._process = subprocess.Popen(
            [str(Path(sys.executable).with_name("hooksmith")), "serve"],
            env=os.environ
            | {
                "HOOKSMITH_DATA_DIR": data_dir,
                "HOOKSMITH_PORT": str(self.port),
                "HOOKSMITH_ADMIN_PASSWORD": PASSWORD,
                "HOOKSMITH_RATE_LIMIT_PER_MINUTE": "0",
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 60
        while not self._is_ready():
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise SystemExit("the server did not start")
            time.sleep(0.1)

    def close(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(timeout=30)

    def hook(self, lifecycle: str) -> str:
        """Create an integration of the example; return its path."""
        login = self._post("login", {}, user="admin", password=PASSWORD)["data"]
        headers = {"X-User-Id": login["userId"], "X-Auth-Token": login["authToken"]}
        made = self._post(
            "integrations.create",
            headers,
            type="webhook-incoming",
            name=lifecycle,
            channel="#general",
            script=SCRIPT,
            scriptEnabled=True,
            lifecycle=lifecycle,
        )
        url: str = made["integration"]["url"]
        return "/hooks/" + url.partition("/hooks/")[2]

    def measure(self, method: str, path: str) -> Figures:
        """Warm up, then call with many connections and with one."""
        self._call(method, path, 1.0)
        results: list[list[float]] = [[] for _ in range(CONNECTIONS)]
        threads = [
            threading.Thread(target=lambda out=out: out.extend(self._call(method, path, SECONDS)))
            for out in results
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        alone = self._call(method, path, SECONDS / 2)
        return Figures(sum(map(len, results)) / SECONDS, statistics.median(alone) * 1000)

    def _call(self, method: str, path: str, seconds: float) -> list[float]:
        """Call for so long on one connection; return each call's seconds."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        body = PUSH if method == "POST" else None
        times: list[float] = []
        end = time.perf_counter() + seconds
        while (started := time.perf_counter()) < end:
            connection.request(method, path, body, HEADERS)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise SystemExit(f"{path} answered {answer.status}")
            times.append(time.perf_counter() - started)
        connection.close()
        return times

    def _is_ready(self) -> bool:
        try:
            return self._get("/readyz") == 200
        except OSError:
            return False

    def _get(self, path: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", path)
        status = connection.getresponse().status
        connection.close()
        return status

    def _post(
        self, name: str, headers: dict[str, str], /, **members: object
    ) -> dict[str, dict[str, str]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(
            "POST",
            f"/api/v1/{name}",
            json.dumps(members),
            {"Content-Type": "application/json", **headers},
        )
        answer: dict[str, dict[str, str]] = json.loads(connection.getresponse().read())
        connection.close()
        return answer


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(folder)
        try:
            rows = {
                "empty route": server.measure("GET", "/healthz"),
                "kept": server.measure("POST", server.hook("kept")),
                "per-request": server.measure("POST", server.hook("per-request")),
            }
        finally:
            server.close()
    empty = rows["empty route"]
    sys.stdout.write(
        f"{os.cpu_count()} cores, {len(PUSH)} byte push, SQLite, {CONNECTIONS} connections\n"
        f"{'':14}{'requests/s':>12}{'of empty':>10}{'p50 alone':>12}\n"
    )
    for name, figures in rows.items():
        share = figures.rate / empty.rate
        sys.stdout.write(
            f"{name:14}{figures.rate:12.0f}{share:10.0%}{figures.latency_ms:9.1f} ms\n"
        )


if __name__ == "__main__":
    main()
