"""What an administrator writes to allow calls to hosts that are not public."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv6Network, ip_network

from engine.errors import ConfigError
from engine.outbound.addresses import Address, Network
from engine.outbound.target import parse_host

_PORT = re.compile(r"(?P<host>\[[^\[\]]*\]|[^:\[\]]*)(?::(?P<port>[0-9]{1,5}))?")
_LIKE = "write name, name:port, *.example.org, 10.0.0.0/8, 10.1.2.3:8080 or [::1]:8080"


@dataclass(frozen=True, slots=True)
class Entry:
    """A name, all names below one, or a network (of one address, perhaps); with a port, only that."""

    name: str = ""
    below: str = ""
    network: Network | None = None
    port: int | None = None

    def covers_name(self, name: str, port: int) -> bool:
        """Tell whether calls to this name are allowed, wherever it leads."""
        if self.port not in (None, port):
            return False
        return name == self.name or bool(self.below and name.endswith(self.below))

    def covers_address(self, address: Address, port: int) -> bool:
        """Tell whether this address may be connected to, however it was found."""
        if self.network is None or self.port not in (None, port):
            return False
        return address.version == self.network.version and address in self.network


def split_entries(text: str) -> list[str]:
    """Return the entries of a list that is separated by commas."""
    return [entry for entry in map(str.strip, text.split(",")) if entry]


def parse_entries(texts: Iterable[str]) -> tuple[Entry, ...]:
    """
    Read entries, each a host that may be called.

    :raise ConfigError: with one line for every mistake.
    """
    entries: list[Entry] = []
    problems: list[str] = []
    for text in texts:
        try:
            entries.append(_parse(text.strip().lower()))
        except ValueError as exc:
            problems.append(f"{text.strip()!r} is no host to allow: {exc}")
    if problems:
        raise ConfigError(*problems)
    return tuple(entries)


def _parse(text: str) -> Entry:
    if "://" in text:
        raise ValueError(f"{_LIKE}, without a scheme")
    if "/" in text:
        return Entry(network=_network(text))
    if text.count(":") > 1 and "[" not in text:
        text = f"[{text}]"
    match = _PORT.fullmatch(text)
    if match is None or not match["host"]:
        raise ValueError(_LIKE)
    port = int(match["port"]) if match["port"] else None
    if port is not None and not 1 <= port <= 65535:
        raise ValueError("a port is a number from 1 to 65535")
    below = match["host"].startswith("*.")
    if match["host"] == "*":
        raise ValueError("to allow everything, write 0.0.0.0/0, ::/0")
    try:
        host = parse_host(match["host"].removeprefix("*."))
    except ValueError:
        raise ValueError(_LIKE) from None
    if not isinstance(host, str):
        if below:
            raise ValueError(_LIKE)
        return Entry(network=ip_network(host), port=port)
    return Entry(below=f".{host}", port=port) if below else Entry(name=host, port=port)


def _network(text: str) -> Network:
    try:
        network = ip_network(text)
    except ValueError:
        try:
            meant = ip_network(text, strict=False)
        except ValueError:
            raise ValueError(_LIKE) from None
        raise ValueError(f"an address with bits beyond the mask; is {meant} meant?") from None
    if isinstance(network, IPv6Network) and network.network_address.ipv4_mapped:
        raise ValueError("write IPv4 networks as such: 10.0.0.0/8")
    return network
