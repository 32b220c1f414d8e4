"""URLs, taken apart once: what was checked is what is connected to."""

from __future__ import annotations

import base64
import re
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address
from urllib.parse import quote, unquote, urljoin, urlsplit

import idna

from engine.errors import OutboundError, OutboundKind
from engine.outbound.addresses import Address, parse_address

_MAX_URL_CHARS = 8192
_DEFAULT_PORTS = {"http": 80, "https": 443}
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_HOST_AND_PORT = re.compile(r"(\[[^\[\]]*\]|[^:\[\]]*)(?::([0-9]*))?")
#: A host whose last label is a number is an IPv4 address or nothing (the URL standard, 3.5).
_NUMERIC = re.compile(r"(?:[0-9a-z_-]*\.)*(?:[0-9]+|0x[0-9a-f]*)")
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"(?=.{{1,253}}$){_LABEL}(?:\.{_LABEL})*")


@dataclass(frozen=True, slots=True)
class Target:
    """Where one request goes; `path` has the query, and nothing here has the credentials but `authorization`."""

    scheme: str
    host: str | Address
    port: int
    path: str
    authorization: str | None = None

    @property
    def authority(self) -> str:
        """The host as the Host header names it."""
        host = str(self.host)
        host = f"[{host}]" if ":" in host else host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme, host and port: as much as may be told of a URL."""
        return f"{self.scheme}://{self.authority}"

    @property
    def url(self) -> str:
        return self.origin + self.path

    def follow(self, location: str) -> Target:
        """
        Return where a Location header leads.

        :raise OutboundError: `invalid-url`.
        """
        try:
            return parse_url(urljoin(self.url, location))
        except (OutboundError, ValueError) as exc:
            reason = str(exc) if isinstance(exc, OutboundError) else "it is not a URL"
            raise OutboundError(
                OutboundKind.INVALID_URL,
                f"{self.origin} redirects to what cannot be called: {reason}",
            ) from exc


def parse_url(url: str) -> Target:
    """
    Take a URL apart; user and password in it become an Authorization header.

    :raise OutboundError: `invalid-url`.
    """
    try:
        return _parse_url(url.strip(" "))
    except ValueError as exc:
        raise OutboundError(OutboundKind.INVALID_URL, str(exc)) from None  # it may quote the URL


def parse_host(text: str) -> str | Address:
    """
    Return the address or the name in ASCII that a host spells, whichever way it spells it.

    :raise ValueError: when it is neither; the message says so.
    """
    problem = "the host is neither a name nor an address"
    if text.startswith("["):
        try:
            if "%" in text:
                raise ValueError
            return parse_address(text[1:-1])
        except ValueError:
            raise ValueError(problem) from None
    try:
        host = text.lower() if text.isascii() else idna.encode(text, uts46=True).decode()
    except UnicodeError:
        raise ValueError(problem) from None
    host = host.removesuffix(".")
    if _NUMERIC.fullmatch(host):
        try:
            # 2130706433, 0x7f.1 and 0177.0.0.1 are all 127.0.0.1.
            return IPv4Address(socket.inet_aton(host))
        except OSError:
            raise ValueError(problem) from None
    if not _NAME.fullmatch(host):
        raise ValueError(problem)
    return host


def _parse_url(url: str) -> Target:
    if len(url) > _MAX_URL_CHARS:
        raise ValueError(f"the URL is longer than {_MAX_URL_CHARS} characters")
    if _CONTROL.search(url):
        raise ValueError("the URL holds control characters")
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ValueError("it is not a URL") from None
    if parts.scheme not in _DEFAULT_PORTS:
        raise ValueError("only http:// and https:// can be called")
    user, at, authority = parts.netloc.rpartition("@")
    split = _HOST_AND_PORT.fullmatch(authority)
    if split is None or not split[1] or "\\" in user:
        raise ValueError("the URL has no valid host")
    port = int(split[2][:6]) if split[2] else _DEFAULT_PORTS[parts.scheme]
    if not 1 <= port <= 65535:
        raise ValueError("the port of the URL is not a number from 1 to 65535")
    path = quote(parts.path, safe="/%:@!$&'()*+,;=~", errors="replace") or "/"
    if parts.query:
        path += "?" + quote(parts.query, safe="/%:@!$&'()*+,;=~?[]", errors="replace")
    return Target(
        parts.scheme, parse_host(split[1]), port, path, _basic(user) if at and user else None
    )


def _basic(user_and_password: str) -> str:
    user, _, password = user_and_password.partition(":")
    pair = f"{unquote(user)}:{unquote(password)}".encode(errors="replace")
    return f"Basic {base64.b64encode(pair).decode()}"
