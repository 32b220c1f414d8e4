"""What every contender is given: the GitHub push of the examples, and where to send it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "scripts_examples"
SCRIPT_FILE = EXAMPLES / "github" / "script.js"
PUSH = (EXAMPLES / "github" / "fixtures" / "push.json").read_bytes()
HEADERS = {"Content-Type": "application/json", "X-GitHub-Event": "push"}


@dataclass(frozen=True)
class Target:
    """One contender's address: `paths` are called in random order, each call with `body`."""

    name: str
    port: int
    paths: tuple[str, ...]
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=lambda: HEADERS)
    body: bytes = PUSH

    @property
    def tail(self) -> bytes:
        """All that follows the path in a request, the same for every path."""
        headers = {"Host": f"127.0.0.1:{self.port}", **self.headers}
        if self.method != "GET":
            headers["Content-Length"] = str(len(self.body))
        lines = [f"{name}: {value}\r\n" for name, value in headers.items()]
        body = b"" if self.method == "GET" else self.body
        return f" HTTP/1.1\r\n{''.join(lines)}\r\n".encode() + body

    def requests(self) -> list[bytes]:
        """Return a whole request for each path, as bytes to send."""
        tail = self.tail
        return [f"{self.method} {path}".encode() + tail for path in self.paths]
