"""
The exceptions of Hooksmith, one tree:

    EngineError
    ├── ConfigError            the process cannot start with these settings
    ├── UnusableDatabase       the database cannot be opened by this version, or not upgraded
    ├── NotFound               no such record, or none the caller may see
    ├── Invalid                what the caller asked for is refused, with the reason
    │   └── Conflict           it exists already
    ├── BadSignature           a request does not prove that its sender holds the secret
    ├── ChatError              a message cannot be posted; `code` is Rocket.Chat's error string
    ├── SourceError            what is to be imported cannot be read
    ├── OutboundError          an HTTP call was not made or had no usable answer; `kind` says which
    └── SandboxError
        ├── SandboxBusy        no worker came free in time
        └── SandboxUnavailable workers cannot be started at all

A script that fails is not an exception here: it is an `Outcome` of the sandbox.
"""

from enum import StrEnum


class EngineError(Exception):
    """Base of everything this program raises on purpose."""


class ConfigError(EngineError):
    """One or more settings are wrong; `problems` holds one line for each."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class UnusableDatabase(EngineError):
    """The database cannot be opened by this version, or could not be upgraded; one line."""


class NotFound(EngineError):
    """The record asked for does not exist."""


class Invalid(EngineError):
    """The input is refused; `field` names what was wrong with it."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class Conflict(Invalid):
    """Something of that name exists already; `error_type` is what Rocket.Chat calls that, if it does."""

    def __init__(self, message: str, *, field: str | None = None, error_type: str = "") -> None:
        super().__init__(message, field=field)
        self.error_type = error_type


class BadSignature(EngineError):
    """
    A request does not prove that its sender holds the secret.

    `code` is a word for programs, `reason` a sentence for people; neither tells the secret or what
    the right signature would have been.
    """

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason


class ChatError(EngineError):
    """
    A message cannot be posted (wire.md 1.1, "Destinations" and "Validation").

    `target` is the room or user that was the trouble.
    """

    def __init__(self, code: str, reason: str | None = None, *, target: str = "") -> None:
        super().__init__(code if reason is None else f"{code}: {reason}")
        self.code = code
        self.reason = reason or code
        self.target = target


class SourceError(EngineError):
    """A file or another system, from which something is to be imported, cannot be read; one line."""


class OutboundKind(StrEnum):
    REFUSED = "refused"  #: by the policy, or a method or header that is not sent
    INVALID_URL = "invalid-url"
    DNS = "dns"  #: the name is unknown or could not be looked up
    CONNECT = "connect"  #: nobody listens there, or the connection broke off
    TLS = "tls"  #: no handshake, or a certificate that is not trusted
    TIMEOUT = "timeout"  #: it was not over in the time allowed
    TOO_LARGE = "too-large"
    TOO_MANY_REDIRECTS = "too-many-redirects"
    PROTOCOL = "protocol"  #: what came back is not HTTP


class OutboundError(EngineError):
    """
    An HTTP call failed; the message is one line for an administrator.

    It names hosts and addresses, but no path, query or credentials: in the URLs of hooks they
    are secrets.
    """

    def __init__(self, kind: OutboundKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class SandboxError(EngineError):
    """The sandbox could not run a script, through no fault of the script."""


class SandboxBusy(SandboxError):
    """Every worker stayed busy for as long as a request may wait."""

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class SandboxUnavailable(SandboxError):
    """No worker process could be started, or two died under the same request."""
