"""An integration's `secrets`: what its script may know and nobody is shown again."""

from __future__ import annotations

import re
from typing import Any

import orjson

from engine.errors import Invalid
from engine.redaction import HIDDEN
from engine.vault import Vault

MAX_SECRETS = 50
MAX_CHARS = 4096
_NAME = re.compile(r"[A-Za-z_$][\w$]{0,63}", re.ASCII)


def change(vault: Vault, encrypted: str | None, given: Any) -> str | None:
    """
    Return the secrets with some of them set or, where None is given, removed; None when none is left.

    Dots, as they are shown, leave a secret as it is.

    :raise Invalid: when that is not {name: text or null}.
    """
    if not isinstance(given, dict):
        raise Invalid("secrets is an object of names and texts", field="secrets")
    held = reveal(vault, encrypted)
    for name, value in given.items():
        if not _NAME.fullmatch(name):
            raise Invalid(f"{name!r} is no name for a secret: secrets.NAME", field="secrets")
        if value is None or value == "":
            held.pop(name, None)
        elif not isinstance(value, str) or len(value) > MAX_CHARS:
            raise Invalid(f"secrets.{name} is a text of at most {MAX_CHARS}", field="secrets")
        elif value != HIDDEN:
            held[name] = value
    if len(held) > MAX_SECRETS:
        raise Invalid(f"an integration has at most {MAX_SECRETS} secrets", field="secrets")
    return vault.encrypt(orjson.dumps(held).decode()) if held else None


def reveal(vault: Vault, encrypted: str | None) -> dict[str, str]:
    """Return the secrets in clear, for the script."""
    if encrypted is None:
        return {}
    held: dict[str, str] = orjson.loads(vault.decrypt(encrypted))
    return held


def shown(vault: Vault, encrypted: str | None) -> dict[str, str]:
    """Return their names, with dots."""
    return dict.fromkeys(sorted(reveal(vault, encrypted)), HIDDEN)


def to_hide(held: dict[str, str]) -> tuple[str, ...]:
    """Return what must not be in a log."""
    return tuple(dict.fromkeys(held.values()))
