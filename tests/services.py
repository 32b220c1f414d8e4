"""
Databases and brokers of a test's own, which it may restart and empty.

Nothing here touches the machine's services: each is another process, on a port and in a folder of its own.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

#: A broker on a busy machine takes its time.
_START_S = 90.0

AnyService = TypeVar("AnyService", bound="Service")


class Service(ABC):
    """A server program on this machine; `url` is how Hooksmith is told of it."""

    #: Without these programs there is none.
    programs: tuple[str, ...]
    #: Debian's and others' folders that are not in everybody's PATH.
    path = os.pathsep.join(
        [
            # Not the script of the same name that changes user and leaves what it started behind.
            "/usr/lib/rabbitmq/bin",
            os.environ.get("PATH", ""),
            "/usr/sbin",
            *map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)),
        ]
    )

    def __init__(self) -> None:
        # Not pytest's folder: that is closed to the users whom databases and brokers want to run as.
        self.folder = Path(tempfile.mkdtemp(prefix="hooksmith-test-", dir="/tmp"))
        self.folder.chmod(0o777)
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @classmethod
    def missing(cls) -> list[str]:
        """Return the programs that it needs and this machine does not have."""
        return [name for name in cls.programs if not shutil.which(name, path=cls.path)]

    @property
    @abstractmethod
    def url(self) -> str: ...

    @abstractmethod
    def command(self) -> list[str]:
        """Return what starts it in the foreground."""

    @abstractmethod
    def is_ready(self) -> bool: ...

    def environment(self) -> dict[str, str]:
        return {**os.environ, "PATH": self.path, "LC_ALL": "C.UTF-8"}

    @property
    def user(self) -> str | None:
        """The user whom it runs as; None: ours."""
        return None

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command(),
                stdout=log,
                stderr=log,
                env=self.environment(),
                cwd=self.folder,
                user=self.user,
                start_new_session=True,
            )
        deadline = time.monotonic() + _START_S
        while not self.is_ready():
            ended = self.process.poll() is not None
            if ended or time.monotonic() > deadline:
                said = (self.folder / "log").read_text(errors="replace")[-2000:]
                raise AssertionError(f"{type(self).__name__} did not start:\n{said}")
            time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it as a restart does: at once, whoever is connected."""
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, how)
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        while self.listens():
            time.sleep(0.05)

    def close(self) -> None:
        if self.process is not None:
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def listens(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False


class Redis(Service):
    """It keeps nothing on disk, so a restart empties it."""

    programs = ("redis-server",)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        return [
            *("redis-server", "--bind", "127.0.0.1", "--port", str(self.port)),
            *("--save", "", "--appendonly", "no"),
        ]

    def is_ready(self) -> bool:
        return self.listens()


class RabbitMQ(Service):
    programs = ("rabbitmq-server",)

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}//"

    def command(self) -> list[str]:
        return ["rabbitmq-server"]

    def environment(self) -> dict[str, str]:
        own = {
            "HOME": str(self.folder),
            "RABBITMQ_NODENAME": f"hooksmith-test-{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "data"),
            "RABBITMQ_LOG_BASE": str(self.folder / "logs"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "none"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
            # One scheduler: it shares the machine with what is tested.
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1",
        }
        return super().environment() | own

    def is_ready(self) -> bool:
        return self.listens()


class PostgreSQL(Service):
    programs = ("initdb", "postgres")

    def __init__(self) -> None:
        super().__init__()
        made = ["initdb", "-D", str(self.data), "-U", "postgres", "-A", "trust", "--no-sync"]
        subprocess.run(
            made,
            check=True,
            capture_output=True,
            env=self.environment(),
            cwd=self.folder,
            user=self.user,
        )

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def user(self) -> str | None:
        """It refuses to run as root."""
        if os.geteuid() != 0:
            return None
        names = {entry.pw_name for entry in pwd.getpwall()}
        return "postgres" if "postgres" in names else "nobody"

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def command(self) -> list[str]:
        given = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self.folder),
            "max_connections": "200",
            "logging_collector": "off",
        }
        return [
            *("postgres", "-D", str(self.data), "-p", str(self.port)),
            *(part for name, value in given.items() for part in ("-c", f"{name}={value}")),
        ]

    def is_ready(self) -> bool:
        """It listens before it lets anybody in."""
        asked = subprocess.run(
            ["pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)],
            env=self.environment(),
            check=False,
        )
        return asked.returncode == 0

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """A fast shutdown, which ends every connection."""
        super().stop(how)


@contextlib.contextmanager
def running(service: type[AnyService]) -> Iterator[AnyService]:
    """Give a service that is up."""
    made = service()
    try:
        made.start()
        yield made
    finally:
        made.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
