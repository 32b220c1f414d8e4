"""
The process in which Apprise runs: reads jobs as lines of JSON, sends, answers with lines of JSON.

It is started bare. Before its first job it makes sure that nothing can be written to a disk, that
memory is bounded, that only the services of the list are known, and that no service can open a file.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import resource
import socket
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import apprise
import requests
from apprise.manager_attachment import AttachmentManager
from apprise.manager_plugins import NotificationManager

from engine.outbound.addresses import is_own, is_public, parse_address
from engine.outbound.entries import Entry, parse_entries
from engine.transports.apprise_answers import Answers
from engine.transports.apprise_services import SERVICES, SHOW_HTML

_DATA_BYTES = 512 << 20
_MAX_LOG_LINES = 50
#: Between the parts of one message; the services' own pauses are up to 5.5 s.
_MAX_PAUSE_S = 1.0
#: Beside the time that a part may take; whoever asked waits a little longer.
_GRACE_S = 1.0
#: What Python tells of before it happens; the second argument is the address.
_CONNECTIONS = frozenset(("socket.connect", "socket.sendto", "socket.sendmsg"))


class Guard:
    """Refuses connections to addresses that are neither public nor allowed."""

    def __init__(self) -> None:
        self._find = socket.getaddrinfo
        self._public_only = False
        self._allowed: tuple[Entry, ...] = ()
        #: Address -> the name that was looked up.
        self._names: dict[str, str] = {}
        #: Whom this job was not allowed to reach.
        self.refused: str | None = None

    def install(self) -> None:
        """Watch every connection of this process from now on."""
        socket.getaddrinfo = self._getaddrinfo
        sys.addaudithook(self._audit)

    def begin(self, public_only: bool, allowed: Sequence[str]) -> None:
        """Set what the next job may reach."""
        self._public_only, self._allowed = public_only, parse_entries(allowed)
        self._names.clear()
        self.refused = None

    def _getaddrinfo(self, host: Any, *args: Any, **options: Any) -> Any:
        found = self._find(host, *args, **options)
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
        for entry in found:
            self._names[str(entry[4][0])] = name.lower()
        return found

    def _audit(self, event: str, args: tuple[Any, ...]) -> None:
        if event not in _CONNECTIONS or not self._public_only:
            return
        address = args[1]
        # Anything but a host and a port is a socket of this machine.
        host, port = address[:2] if isinstance(address, tuple) else (str(address), 0)
        if not isinstance(address, tuple) or not self._may_reach(str(host), int(port)):
            self.refused = self._names.get(str(host), str(host))
            raise OSError(f"{self.refused} has no public address")

    def _may_reach(self, host: str, port: int) -> bool:
        name = self._names.get(host, host.lower())
        if any(entry.covers_name(name, port) for entry in self._allowed):
            return True
        try:
            address = parse_address(host.partition("%")[0])
        except ValueError:
            # A name: some services leave it to the system to look it up.
            return all(self._may_reach(str(entry[4][0]), port) for entry in self._find(host, port))
        if any(entry.covers_address(address, port) for entry in self._allowed):
            return True
        return is_public(address) and not is_own(address)


def main() -> None:
    """Serve jobs until the other end is closed."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a service prints is no answer
    guard = Guard()
    guard.install()
    bodies = Answers()
    bodies.install(requests.Session)
    _give_up_rights()
    logging.getLogger(apprise.logger.name).setLevel(logging.INFO)
    _tell(answers, {"ready": True})
    for line in sys.stdin:
        job = json.loads(line)

        def begin(done: int, timeout_s: float = job["timeoutS"]) -> None:
            bodies.end_at(time.monotonic() + timeout_s)
            if done:
                _tell(answers, {"sentSoFar": done})

        _tell(answers, answer(job, guard, begin))


def _give_up_rights() -> None:
    services: Any = NotificationManager
    services().enable_only(*SERVICES)
    manager: Any = AttachmentManager
    attachments = manager()
    attachments.remove(*list(attachments.schemas()), unload=False)
    for limit, value in (
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_DATA, _DATA_BYTES),
    ):
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(limit, (value, value))


def answer(job: dict[str, Any], guard: Guard, begin: Callable[[int], None]) -> dict[str, Any]:
    """
    Return what came of a job: what is known of a service, or what it said to what was sent.

    `begin` is told before each part how many have arrived.
    """
    logs: list[str] = []
    guard.begin(job["publicOnly"], job["allowed"])
    handler = _Collector(logs)
    apprise.logger.addHandler(handler)
    try:
        service = _service(job["url"], job["timeoutS"])
        if service is None:
            return {"known": False, "logs": logs}
        if job["parts"] is None:
            return {"known": True, **_wants(service, job)}
        return {"known": True, **_send(service, job, begin), "logs": logs, "refused": guard.refused}
    except Exception as exc:
        return {"known": True, "logs": [*logs, type(exc).__name__]}
    finally:
        apprise.logger.removeHandler(handler)


def _wants(service: Any, job: dict[str, Any]) -> dict[str, Any]:
    """Return how long texts and titles may be, and in which format a service takes them."""
    most, title_chars = int(service.body_maxlen or 0), int(service.title_maxlen or 0)
    if most and service.overflow_amalgamate_title:
        most = max(most - title_chars - service.overflow_buffer, 1)
    if type(service).dialect_convert is not apprise.NotifyBase.dialect_convert:
        most -= most // 10  # the service's own markup, which the library makes of it, takes more
    return {"maxChars": most, "titleChars": title_chars, "format": _format(service, job)}


def _format(service: Any, job: dict[str, Any]) -> str:
    wanted = job.get("format", "text")
    scheme = job["url"].partition(":")[0].lower()
    if wanted == "markdown" and scheme in SHOW_HTML:
        wanted = "html"
    takes = str(service.resolve_format(wanted).value)
    several = isinstance(service.notify_format, tuple)
    # Many that the library calls plain text (Gotify, Zulip, Mattermost) show Markdown.
    return wanted if takes == "text" and not several else takes


def _service(url: str, timeout_s: float) -> Any:
    asset = apprise.AppriseAsset(
        app_id="Hooksmith",
        app_desc="Hooksmith",
        app_url="",
        image_url_mask="",
        image_url_logo="",
        async_mode=False,
        http_redirects=False,
        secure_logging=True,
        storage_mode="memory",
        pgp_autogen=False,
        pem_autogen=False,
        allow_templates=False,
        language="en",
        service_timeout=timeout_s + _GRACE_S,
    )
    service = apprise.Apprise.instantiate(url, asset=asset)
    if service is None:
        return None
    # The address must not overrule these; parts are as long as the service takes, and all of it goes.
    service.overflow_mode = apprise.OverflowMode.SPLIT
    service.body_max_line_count = 0
    service.redirects = False
    service.optional = False
    service.retry = 0
    service.socket_connect_timeout = min(service.socket_connect_timeout, timeout_s)
    service.socket_read_timeout = min(service.socket_read_timeout, timeout_s)
    service.request_rate_per_sec = min(service.request_rate_per_sec, _MAX_PAUSE_S)
    return service


def _send(service: Any, job: dict[str, Any], begin: Callable[[int], None]) -> dict[str, Any]:
    """Send the parts that have not arrived yet; `begin` is told before each how many have."""
    sender = apprise.Apprise(asset=service.asset)
    sender.add(service)
    for number, part in enumerate(job["parts"]):
        if number < job["partsDone"]:
            continue
        begin(number)
        result = sender.notify(
            body=part,
            title=job["title"] if number == 0 else "",
            body_format=job["format"],
            interpret_escapes=False,
        )
        if not result:
            return {"sent": number, "timedOut": result.status.name == "TIMEOUT"}
    return {"sent": len(job["parts"]), "timedOut": False}


class _Collector(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__(logging.INFO)
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        if len(self._lines) < _MAX_LOG_LINES:
            self._lines.append(record.getMessage()[:500])


def _tell(answers: Any, answer: dict[str, Any]) -> None:
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


if __name__ == "__main__":
    main()
