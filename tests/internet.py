"""The far side of the internet: names, public addresses, and servers that do as they are told."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any, BinaryIO

from engine.outbound.addresses import Address
from engine.outbound.client import Outbound
from engine.outbound.sockets import BoundedSocket, dial

#: An address as public as any.
PUBLIC = "93.184.216.34"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
_NO_REQUEST = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@dataclass
class Seen:
    """A request as a server saw it."""

    method: str
    path: str
    headers: list[tuple[str, str]]
    body: bytes
    #: How many requests came before it on the same connection.
    index: int = 0

    def header(self, name: str) -> str | None:
        """Return a header's values, joined; None when it was not sent."""
        values = [value for given, value in self.headers if given.lower() == name.lower()]
        return ", ".join(values) if values else None


class HangUp(Exception):
    """What a behaviour raises to close the connection; `abruptly`, with a reset."""

    def __init__(self, *, abruptly: bool = False) -> None:
        self.abruptly = abruptly


#: Called with each request; what it yields is sent, piece by piece.
Behaviour = Callable[[Seen], Iterator[bytes]]
#: Called with each connection, before anything was read.
Handler = Callable[[socket.socket], None]


def answers(*pieces: bytes) -> Behaviour:
    """Return a behaviour: the same answer to every request."""
    return lambda seen: iter(pieces)


def closes_after(*pieces: bytes) -> Behaviour:
    """Return a behaviour: an answer, and then the end of the connection."""

    def behave(seen: Seen) -> Iterator[bytes]:
        yield from pieces
        raise HangUp

    return behave


class Server:
    """A server on this machine; a thread for each connection."""

    def __init__(
        self,
        behaviour: Behaviour | None = None,
        *,
        handler: Handler | None = None,
        tls: ssl.SSLContext | None = None,
        host: str = "127.0.0.1",
    ) -> None:
        self._behaviour = behaviour or answers(OK)
        self._handler = handler or self._converse
        self._tls = tls
        self.requests: list[Seen] = []
        self.connections = 0
        self.open: set[socket.socket] = set()
        #: Set whenever a connection ended.
        self.ended = threading.Event()
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, 0), family=family, backlog=256)
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._threads[0].join()
        for connection in list(self.open):
            with contextlib.suppress(OSError):
                # Not an SSLSocket's own: it would take the TLS from under the thread that reads.
                socket.socket.shutdown(connection, socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self.open.add(connection)
            self._threads.append(threading.Thread(target=self._serve, args=(connection,)))
            self._threads[-1].start()

    def _serve(self, plain: socket.socket) -> None:
        connection = plain
        try:
            if self._tls is not None:
                connection = self._tls.wrap_socket(
                    plain, server_side=True, do_handshake_on_connect=False
                )
                self.open.add(connection)
                connection.do_handshake()
            self._handler(connection)
        except HangUp as exc:
            if exc.abruptly:
                _end_with_reset(connection)
        except OSError:
            pass  # the client has gone
        finally:
            connection.close()
            self.open -= {plain, connection}
            self.ended.set()

    def _converse(self, connection: socket.socket) -> None:
        index = 0
        with connection.makefile("rb") as stream:
            while line := stream.readline():
                seen = _read_request(line, stream)
                if seen is None:
                    connection.sendall(_NO_REQUEST)
                    return
                seen.index = index
                self.requests.append(seen)
                for piece in self._behaviour(seen):
                    connection.sendall(piece)
                index += 1


def _end_with_reset(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # the client may have gone before
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _read_request(line: bytes, stream: BinaryIO) -> Seen | None:
    """Return the request that begins with this line; None when it is none, or its end is missing."""
    match line.decode("latin-1").rstrip("\r\n").split(" "):
        case [method, path, version] if version.startswith("HTTP/"):
            headers: list[tuple[str, str]] = []
        case _:
            return None  # TLS where none is spoken, say
    while (head := stream.readline()) not in (b"\r\n", b"\n"):
        if not head.endswith(b"\n"):
            return None
        name, _, value = head.decode("latin-1").partition(":")
        headers.append((name, value.strip()))
    length = next((value for name, value in headers if name.lower() == "content-length"), "0")
    if not length.isdecimal():
        return None
    body = stream.read(int(length))
    return Seen(method, path, headers, body) if len(body) == int(length) else None


@dataclass
class Internet:
    """Names and public addresses, behind which stand servers on this machine."""

    #: Name -> what successive lookups find; the last stays.
    names: dict[str, list[list[str]]] = field(default_factory=dict)
    looked_up: list[str] = field(default_factory=list)
    dialled: list[tuple[str, int]] = field(default_factory=list)
    _routes: dict[tuple[str, int], Server] = field(default_factory=dict)
    _opened: list[Server | Outbound] = field(default_factory=list)

    def serve(
        self, behaviour: Behaviour | None = None, *, at: str = "", port: int = 80, **options: Any
    ) -> Server:
        """Start a server; `at` is a name or address of the internet under which it is found."""
        server = Server(behaviour, **options)
        self._opened.append(server)
        if at:
            address = at
            if not _is_address(at):
                address = PUBLIC
                self.names.setdefault(at, [[PUBLIC]])
            self._routes[address, port] = server
        return server

    def outbound(self, **options: Any) -> Outbound:
        """Return a client that sees this internet."""
        outbound = Outbound(look_up=self.look_up, dial=self.dial, **options)
        self._opened.append(outbound)
        return outbound

    def look_up(self, name: str) -> list[str]:
        self.looked_up.append(name)
        if name not in self.names:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        found = self.names[name]
        return found.pop(0) if len(found) > 1 else found[0]

    def dial(self, address: Address, port: int, timeout_s: float) -> BoundedSocket:
        self.dialled.append((str(address), port))
        server = self._routes.get((str(address), port))
        if server is not None:
            return dial(ip_address("127.0.0.1"), server.port, timeout_s)
        if address.is_loopback:
            return dial(address, port, timeout_s)
        raise ConnectionRefusedError(111, "Connection refused")

    def close(self) -> None:
        for opened in reversed(self._opened):
            opened.close()


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
