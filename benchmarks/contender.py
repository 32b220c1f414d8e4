"""The same job in Node: Express, isolated-vm and SQLite, brought in from npm and started."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.client import BenchError
from benchmarks.workload import ROOT, SCRIPT_FILE, Target

PROGRAM = Path(__file__).with_name("isolated_vm")
_WORKSPACE = ROOT / "build" / "isolated-vm"
_STAMP = _WORKSPACE / "installed.stamp"
_INSTALL_S = 1800.0
_STOP_S = 15.0


class Unavailable(Exception):
    """The contender cannot take part; the message says why."""


@dataclass(frozen=True)
class Contender:
    """Its Node, with the packages in place."""

    node: str
    node_version: str

    @contextlib.contextmanager
    def running(self, folder: Path, *, group_commit: bool = False) -> Iterator[Running]:
        """Give it running on a new database in this folder, and end it."""
        folder.mkdir(parents=True, exist_ok=True)
        database = folder / "contender.sqlite3"
        options = ["--group-commit"] if group_commit else []
        log = folder / "contender.log"
        with log.open("wb") as errors:
            process = subprocess.Popen(
                [self.node, "server.js", str(SCRIPT_FILE), str(database), *options],
                cwd=PROGRAM,
                env={
                    **os.environ,
                    "NODE_ENV": "production",
                    "NODE_PATH": str(_WORKSPACE / "node_modules"),
                },
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
            )
        assert process.stdin is not None  # piped, above
        assert process.stdout is not None
        try:
            port = process.stdout.readline().strip()
            if not port:
                said = log.read_text(encoding="utf-8", errors="replace").strip()[-600:]
                raise BenchError(f"the isolated-vm server did not start: {said}")
            yield Running(process.pid, int(port), database)
        finally:
            process.stdin.close()
            try:
                process.wait(timeout=_STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            process.stdout.close()


@dataclass(frozen=True)
class Running:
    """A running server of the contender."""

    pid: int
    port: int
    database: Path

    def kept(self, name: str = "isolated-vm, kept", count: int = 1) -> Target:
        """Return so many integrations, each with an isolate of its own."""
        return Target(name, self.port, tuple(f"/kept/{n}" for n in range(count)))

    def fresh(self, name: str = "isolated-vm, fresh", count: int = 1) -> Target:
        """Return so many integrations; every request makes an isolate."""
        return Target(name, self.port, tuple(f"/fresh/{n}" for n in range(count)))


def prepare() -> Contender:
    """
    Install the packages where that is still to be done; return the contender.

    :raise Unavailable: without Node and npm, or when the packages cannot be installed.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise Unavailable(f"{'npm' if node else 'Node.js'} is not installed")
    version = _output(node, "--version").removeprefix("v")
    _require_fitting(version)
    stamp = _digest(version)
    if not _STAMP.is_file() or _STAMP.read_text(encoding="ascii") != stamp:
        _install(npm)
        _STAMP.write_text(stamp, encoding="ascii")
    return Contender(node, version)


def _require_fitting(version: str) -> None:
    text = (PROGRAM / "package.json").read_text(encoding="utf-8")
    engines = re.search(r'"node": ">=(\d+) <(\d+)"', text)
    assert engines is not None
    oldest, beyond = int(engines[1]), int(engines[2])
    if not oldest <= int(version.partition(".")[0]) < beyond:
        raise Unavailable(
            f"isolated-vm is pinned to a version for Node {oldest} to {beyond - 1}, this is {version}"
        )


def _digest(version: str) -> str:
    lock = (PROGRAM / "package-lock.json").read_bytes()
    return hashlib.sha256(lock + version.encode()).hexdigest()


def _install(npm: str) -> None:
    sys.stderr.write(f"installing isolated-vm into {_WORKSPACE}: some minutes, once\n")
    _WORKSPACE.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(PROGRAM / name, _WORKSPACE / name)
    log = _WORKSPACE / "npm.log"
    with log.open("wb") as output:
        try:
            done = subprocess.run(
                [npm, "ci", "--no-audit", "--no-fund", "--no-update-notifier"],
                cwd=_WORKSPACE,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                timeout=_INSTALL_S,
            )
        except subprocess.TimeoutExpired as exc:
            raise Unavailable(f"`npm ci` took more than {_INSTALL_S:g} s, see {log}") from exc
    if done.returncode:
        text = log.read_text(encoding="utf-8", errors="replace")
        codes = re.findall(r"^npm (?:error|ERR!) (.+)$", text, re.MULTILINE)
        raise Unavailable(f"`npm ci` failed ({codes[0] if codes else 'no reason'}), see {log}")


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
