"""Names to addresses: within a deadline, and not the same name again and again."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from engine.errors import OutboundError, OutboundKind
from engine.outbound.addresses import Address, parse_address

#: Name -> addresses as text; raises OSError.
LookUp = Callable[[str], Sequence[str]]
Addresses = tuple[Address, ...]

_FRESH_S = 30.0
_MAX_NAMES = 1024
_MAX_LOOKUPS = 32


def system_look_up(name: str) -> list[str]:
    """Ask the operating system, in the order in which it wants addresses tried."""
    found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return [str(sockaddr[0]) for *_, sockaddr in found]


class Resolver:
    """
    Looks names up beside the calls that wait for them.

    getaddrinfo() cannot be ended: a lookup that hangs is left behind in its thread, of which there
    are at most 32, and the call ends at its deadline. Answers are good for 30 seconds.
    """

    def __init__(self, look_up: LookUp = system_look_up) -> None:
        self._look_up = look_up
        self._lock = threading.Lock()
        self._known: dict[str, tuple[float, Addresses]] = {}
        self._running: dict[str, Future[Addresses]] = {}

    def resolve(self, name: str, timeout_s: float) -> Addresses:
        """
        Return the addresses of a name, at least one.

        :raise OutboundError: `dns`.
        :raise TimeoutError: when it takes too long.
        """
        with self._lock:
            until, addresses = self._known.get(name, (0.0, ()))
            if time.monotonic() < until:
                return addresses
            pending = self._running.get(name) or self._start(name)
        try:
            return pending.result(timeout_s)
        except TimeoutError:
            raise
        except (OSError, ValueError) as exc:
            unknown = isinstance(exc, socket.gaierror) and exc.errno == socket.EAI_NONAME
            reason = "there is no such name" if unknown else getattr(exc, "strerror", None)
            message = f"{name} has no address: {reason or 'it cannot be looked up'}"
            raise OutboundError(OutboundKind.DNS, message) from exc

    def _start(self, name: str) -> Future[Addresses]:
        if len(self._running) >= _MAX_LOOKUPS:
            message = f"{name} was not looked up: {_MAX_LOOKUPS} other lookups hang"
            raise OutboundError(OutboundKind.DNS, message)
        pending: Future[Addresses] = Future()
        # Not a pool's threads: the process could not end while one of them hangs.
        threading.Thread(
            target=self._run, args=(name, pending), name="resolver", daemon=True
        ).start()
        self._running[name] = pending
        return pending

    def _run(self, name: str, pending: Future[Addresses]) -> None:
        try:
            addresses = tuple(dict.fromkeys(map(parse_address, self._look_up(name))))
            if not addresses:
                raise socket.gaierror(socket.EAI_NONAME, "there is no such name")
        except Exception as exc:  # whatever it is, those who wait for the answer have to know
            self._finish(name)
            pending.set_exception(exc)
        else:
            self._finish(name, addresses)
            pending.set_result(addresses)

    def _finish(self, name: str, addresses: Addresses = ()) -> None:
        with self._lock:
            del self._running[name]
            if addresses:
                if len(self._known) >= _MAX_NAMES:
                    self._known.clear()
                self._known[name] = (time.monotonic() + _FRESH_S, addresses)
