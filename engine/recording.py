"""What a run saw from outside, kept with its execution so that it can be repeated exactly."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import orjson

from engine.sandbox.outcome import Repeat
from engine.vault import Vault

#: Counts up when what is stored here, or the clock and chance of the prelude, no longer fit.
_FORMAT = 1
#: A recording that is larger is not kept: nearly all of it is what other servers answered.
_MOST_BYTES = 4 << 20
_WORTH_COMPRESSING = 4096


@dataclass(frozen=True, slots=True)
class Recording:
    """
    All that a run depended on, beside its script and the stored request.

    The log has dots where the request had credentials; `path`, `query_string` and `headers` are as
    they were. `runs` counts the runs its instance had seen, this one included.
    """

    seed: Sequence[int]
    clock: Sequence[int]
    deliveries: Sequence[Sequence[int]]
    answers: Mapping[int, str]
    runs: int
    path: str
    query_string: str
    headers: Sequence[Sequence[str]]
    url_params: Mapping[str, str]
    user: Mapping[str, str]
    secrets: Mapping[str, str] = field(default_factory=dict)

    def repeat(self) -> Repeat:
        """Return it as the sandbox takes it."""
        return Repeat(self.clock, self.answers, self.deliveries)


_MEMBERS = tuple(member.name for member in fields(Recording))


def seal(vault: Vault, recording: Recording) -> bytes | None:
    """Return a recording, encrypted; None when it is too large to be kept."""
    members = {name: getattr(recording, name) for name in _MEMBERS}
    plain = orjson.dumps({"format": _FORMAT, **members}, option=orjson.OPT_NON_STR_KEYS)
    if len(plain) > _MOST_BYTES:
        return None
    # Setting up a compressor costs more than all else here, and most recordings are headers alone.
    return vault.encrypt_bytes(
        plain if len(plain) < _WORTH_COMPRESSING else zlib.compress(plain, 1)
    )


def unseal(vault: Vault, sealed: bytes) -> Recording | None:
    """
    Return what was sealed; None when another version of Hooksmith made it.

    :raise ConfigError: when it was encrypted with another key.
    """
    plain = vault.decrypt_bytes(sealed)
    stored: dict[str, Any] = orjson.loads(
        plain if plain.startswith(b"{") else zlib.decompress(plain)
    )
    if stored.pop("format") != _FORMAT:
        return None
    stored["answers"] = {int(number): text for number, text in stored["answers"].items()}
    return Recording(**stored)
