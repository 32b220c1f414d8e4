"""Sockets that keep to what a call may still take: time, and bytes off the wire."""

from __future__ import annotations

import functools
import socket
import ssl
import time
from dataclasses import dataclass
from typing import Any

from engine.outbound.addresses import Address


class TooMuch(Exception):
    """More came than any answer of the allowed size is worth."""


@dataclass(slots=True)
class Allowance:
    """What one request may take; `deadline` is a reading of the monotonic clock."""

    deadline: float
    max_bytes: int
    received_bytes: int = 0

    def left_s(self) -> float:
        """
        Return the time left.

        :raise TimeoutError: when there is none.
        """
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def count(self, received_bytes: int) -> None:
        """
        Take note of what came.

        :raise TooMuch: when it is more than may come.
        """
        self.received_bytes += received_bytes
        if self.received_bytes > self.max_bytes:
            raise TooMuch


class BoundedSocket(socket.socket):
    """A socket of which every wait ends at the deadline, however slowly the far side drips."""

    allowance: Allowance

    def recv_into(self, *args: Any, **options: Any) -> int:
        self.settimeout(self.allowance.left_s())
        count = super().recv_into(*args, **options)
        self.allowance.count(count)
        return count

    def sendall(self, *args: Any, **options: Any) -> None:
        self.settimeout(self.allowance.left_s())  # for all of it, in TLS too
        super().sendall(*args, **options)

    def is_quiet(self) -> bool:
        """Tell whether there is nothing to read now, not even the end."""
        self.settimeout(0)
        try:
            socket.socket.recv(self, 1, socket.MSG_PEEK)  # below TLS
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False


class BoundedTlsSocket(BoundedSocket, ssl.SSLSocket):
    """The same behind TLS."""

    def is_quiet(self) -> bool:
        return not self.pending() and super().is_quiet()


def dial(address: Address, port: int, timeout_s: float) -> BoundedSocket:
    """
    Connect to an address; there is no name here that could be looked up.

    :raise OSError: when that fails.
    """
    connected = BoundedSocket(socket.AF_INET if address.version == 4 else socket.AF_INET6)
    try:
        connected.settimeout(timeout_s)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connected.connect((str(address), port))
    except BaseException:
        connected.close()
        raise
    return connected


def start_tls(
    connected: BoundedSocket, context: ssl.SSLContext, name: str, timeout_s: float
) -> BoundedSocket:
    """
    Go on in TLS with a far side that proves to be `name`.

    :raise OSError: when it does not, `ssl.SSLError` among them.
    """
    try:
        connected.settimeout(timeout_s)  # OpenSSL takes it for the handshake as a whole
        secured = context.wrap_socket(connected, server_hostname=name)
    except BaseException:
        connected.close()
        raise
    assert isinstance(secured, BoundedTlsSocket)  # noqa: S101 - the context makes no other
    return secured


@functools.cache  # it takes long to make
def tls_context(ca_file: str | None = None) -> ssl.SSLContext:
    """Return how TLS is spoken: trusting the system's authorities, and those in a file."""
    context = ssl.create_default_context()
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    context.set_alpn_protocols(["http/1.1"])
    context.sslsocket_class = BoundedTlsSocket
    return context
