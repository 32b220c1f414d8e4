"""Members of an API body, each checked and returned, or refused with its name (`Invalid.field`)."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from engine.errors import Invalid


def known_only(given: Iterable[str], known: Iterable[str], what: str) -> None:
    """
    Refuse members that would have no effect, such as misspelt ones.

    :raise Invalid: naming the first, and the known one that it is most like.
    """
    names = list(known)
    for name in given:
        if name not in names:
            like = nearest(name, names)
            hint = f"; did you mean {like}?" if like else f"; there are {', '.join(names)}"
            raise Invalid(f"{what} has no member {name}{hint}", field=name)


def nearest(name: str, names: Iterable[str], likeness: float = 0.6) -> str | None:
    """Return the name that another is most like, apart from upper and lower case; None when it is like none."""
    folded = {one.lower().replace("_", ""): one for one in names}
    found = get_close_matches(name.lower().replace("_", ""), folded, 1, likeness)
    return folded[found[0]] if found else None


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
