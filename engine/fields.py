"""Members of an API body, each checked and returned, or refused with its name (`Invalid.field`)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine.errors import Invalid


def text(value: Any, name: str, max_chars: int) -> str:
    """Return a text, trimmed."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Invalid(f"{name} is a text", field=name)
    stored = _storable(value).strip()
    if len(stored) > max_chars:
        raise Invalid(f"{name} has at most {max_chars} characters", field=name)
    return stored


def script_text(value: Any) -> str:
    """Return a script with its line ends as the sandbox counts them."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Invalid("script is a text", field="script")
    return _storable(value).replace("\r\n", "\n")


def flag(value: Any, name: str) -> bool:
    """Return a boolean."""
    if not isinstance(value, bool):
        raise Invalid(f"{name} is true or false", field=name)
    return value


def choice(value: Any, choices: Iterable[str], name: str) -> str:
    """Return one of the choices."""
    allowed = list(choices)
    if value not in allowed:
        raise Invalid(f"{name} is one of {', '.join(allowed)}", field=name)
    return str(value)


def strings(value: Any, name: str) -> list[str]:
    """Return a list of texts without repetitions."""
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise Invalid(f"{name} is a list of texts", field=name)
    return list(dict.fromkeys(value))


def token(value: Any, least_chars: int) -> str:
    """Return a token that somebody chose."""
    if (
        not isinstance(value, str)
        or not least_chars <= len(value) <= 256
        or not value.isprintable()
    ):
        raise Invalid(f"token is {least_chars} to 256 printable characters", field="token")
    return value


def channels(value: Any) -> list[str]:
    """Split `#a, @b` (wire.md 1.1: only the stored setting is split at commas)."""
    parts = value if isinstance(value, list) else str(value or "").split(",")
    channels = [part.strip() for part in strings(list(parts), "channel") if part.strip()]
    if not channels:
        raise Invalid("channel is missing: name at least one #room or @user", field="channel")
    if any(not channel.startswith(("#", "@")) or len(channel) < 2 for channel in channels):
        raise Invalid(
            "error-invalid-channel-start-with-chars: a channel starts with # or @", field="channel"
        )
    return channels


def _storable(value: str) -> str:
    # Lone surrogates and NUL: JSON can say them, databases cannot.
    return value.encode("utf-8", "replace").decode().replace("\x00", "")
