"""
The exceptions of Hooksmith, one tree:

    EngineError
    ├── ConfigError            the process cannot start with these settings
    ├── NotFound               no such record, or none the caller may see
    ├── Invalid                what the caller asked for is refused, with the reason
    │   └── Conflict           it exists already
    ├── ChatError              a message cannot be posted; `code` is Rocket.Chat's error string
    └── SandboxError
        ├── SandboxBusy        no worker came free in time
        └── SandboxUnavailable workers cannot be started at all

A script that fails is not an exception here: it is an `Outcome` of the sandbox.
"""


class EngineError(Exception):
    """Base of everything this program raises on purpose."""


class ConfigError(EngineError):
    """One or more settings are wrong; `problems` holds one line for each."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class NotFound(EngineError):
    """The record asked for does not exist."""


class Invalid(EngineError):
    """The input is refused; `field` names what was wrong with it."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class Conflict(Invalid):
    """Something of that name exists already."""


class ChatError(EngineError):
    """A message cannot be posted (wire.md 1.1, "Destinations" and "Validation")."""

    def __init__(self, code: str, reason: str | None = None) -> None:
        super().__init__(code if reason is None else f"{code}: {reason}")
        self.code = code
        self.reason = reason or code


class SandboxError(EngineError):
    """The sandbox could not run a script, through no fault of the script."""


class SandboxBusy(SandboxError):
    """Every worker stayed busy for as long as a request may wait."""

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class SandboxUnavailable(SandboxError):
    """No worker process could be started, or two died under the same request."""
