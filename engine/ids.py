"""Identifiers and secrets: how they look and where their randomness comes from."""

import hashlib
import hmac
import random
import secrets
import time

# Letters and digits that cannot be mistaken for each other, as in Rocket.Chat's ids.
_UNMISTAKABLE = "23456789ABCDEFGHJKLMNPQRSTWXYZabcdefghijkmnopqrstuvwxyz"
# Digits before letters, in ASCII order, so that text order is time order in every collation.
_SORTABLE = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = [high + low for high in _SORTABLE for low in _SORTABLE]

_TIME_DIGITS = 11  # 55 bits of microseconds: enough until the year 3111
_RANDOM_DIGITS = 9


def new_id() -> str:
    """Return a random 17-character id, the length of Rocket.Chat's."""
    return "".join(secrets.choice(_UNMISTAKABLE) for _ in range(17))


def new_token() -> str:
    """Return a 48-character secret for a URL, the length Rocket.Chat uses (wire.md 1.1)."""
    return "".join(secrets.choice(_UNMISTAKABLE) for _ in range(48))


def new_sortable_id() -> str:
    """Return a 20-character id whose text order is the order of creation, to the microsecond."""
    # It has to be unique, not secret: chance from the kernel would cost a system call each time.
    chance = random.getrandbits(5 * _RANDOM_DIGITS)
    return sortable_prefix(time.time()) + _digits(chance, _RANDOM_DIGITS)


def sortable_prefix(timestamp_s: float) -> str:
    """Return what every sortable id made at this moment starts with; ids made later sort after."""
    return _digits(int(timestamp_s * 1_000_000), _TIME_DIGITS)


def token_digest(token: str) -> str:
    """Return what is stored of a token: tokens are long and random, so one SHA-256 suffices."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def token_matches(token: str, digest: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(token_digest(token), digest)


def advisory_key(name: str) -> int:
    """Return the number under which PostgreSQL knows a lock of this name."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)


def _digits(number: int, length: int) -> str:
    out = []
    for _ in range(0, length, 2):
        out.append(_PAIRS[number & 1023])
        number >>= 10
    out.reverse()
    return "".join(out)[-length:]
