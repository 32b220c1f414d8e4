"""Digests: computing, reading and comparing them, each in the one way that is safe."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re

from engine.errors import BadSignature

#: Algorithm -> bytes of its digest.
ALGORITHMS = {"sha1": 20, "sha256": 32, "sha512": 64}
ENCODINGS = ("hex", "base64")

_HEX = re.compile(r"[0-9a-fA-F]*", re.ASCII)


def digest(key: bytes, content: bytes, algorithm: str = "sha256") -> bytes:
    """Return an HMAC."""
    return hmac.new(key, content, getattr(hashlib, algorithm)).digest()


def require_equal(name: str, sent: list[bytes], right: bytes) -> None:
    """
    Do nothing when one of the digests is the right one; every one is looked at, in constant time.

    :raise BadSignature: when none is.
    """
    matches = [hmac.compare_digest(one, right) for one in sent]
    if not any(matches):
        raise BadSignature(
            "wrong-signature",
            f"the signature in {name} is not that of this body with the configured secret",
        )


def same_text(sent: bytes, right: str) -> bool:
    """Compare a secret that was sent as it is, in a time that tells neither text nor length."""
    return hmac.compare_digest(
        hashlib.sha256(sent).digest(), hashlib.sha256(right.encode()).digest()
    )


def after_prefix(name: str, value: str, prefix: str) -> str:
    """
    Return what follows a prefix.

    :raise BadSignature: when the value does not begin with it.
    """
    if not value.startswith(prefix):
        raise BadSignature("malformed-header", f"the header {name} does not begin with {prefix}")
    return value[len(prefix) :]


def read_hex(name: str, text: str, size: int, *, upper: bool = False) -> bytes:
    """
    Return the bytes of a digest in hex; upper-case digits only where they are allowed.

    :raise BadSignature: when it is none.
    """
    good = len(text) == 2 * size and _HEX.fullmatch(text) and (upper or text == text.lower())
    if not good:
        case = "" if upper else "lower-case "
        raise BadSignature("malformed-header", f"{name} does not hold {2 * size} {case}hex digits")
    return bytes.fromhex(text)


def read_base64(name: str, text: str, size: int) -> bytes:
    """
    Return the bytes of a digest in base64.

    :raise BadSignature: when it is none.
    """
    try:
        found = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if len(found) != size:
        raise BadSignature("malformed-header", f"{name} does not hold {size} bytes in base64")
    return found
