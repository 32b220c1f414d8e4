"""What is an address in a text, and which address may become a link."""

from __future__ import annotations

import re
import unicodedata
from typing import Any
from urllib.parse import urlsplit

from engine.chatmarkup.words import OF_FILES, OF_WORDS, TOP_LEVEL

#: Quotes, brackets and what ends a sentence, in every script but the Latin one.
_FOREIGN_ENDS = "".join(
    chr(code)
    for code in range(0x80, 0x10000)
    if unicodedata.category(chr(code)) in ("Ps", "Pe", "Pi", "Pf")
) + (
    "\u037e\u060c\u061b\u061f\u06d4\u0964\u0965\u2026\u3001\u3002\uff01\uff0c\uff0e\uff1a\uff1b\uff1f\uff61\uff64"
)
_ENDS = re.escape(_FOREIGN_ENDS) + r"\s<>\"`\x00-\x20\x7f\ufffd"
_PATH = rf"(?:[/?#](?:(?!\|\||[,;|]https?://)[^{_ENDS}])*)?"
_URL = re.compile(rf"https?://([^{_ENDS}/?#|,;*()!'~]+){_PATH}", re.IGNORECASE)
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_HOST = rf"(?:{_LABEL}\.){{1,8}}([^\W\d_]{{2,24}})(?![\w@-]|\.\w)"
_DOMAIN = re.compile(rf"{_HOST}(?::\d{{1,5}}(?!\d))?({_PATH})")
_MAIL = re.compile(rf"(?:mailto:)?([\w.+%-]{{1,64}}@{_HOST})", re.IGNORECASE)
_PHONE = re.compile(r"\+((?:\(\d{1,15}\)|\d{1,15})\d{0,15}(?:-\d{1,15})?)(?![\w%]|[.,:/-]\d)")
_TARGET = re.compile(r"[ \t]*(?:<([^<>]*)>|([^\s()<>]*(?:\([^\s()]*\)[^\s()]*)*))[ \t]*\)")
_CLOSING = {")": "(", "]": "[", "}": "{"}
#: Fewer digits are a number with a sign.
_MIN_PHONE_DIGITS = 7
_MAX_URL_CHARS = 8_000


def safe_url(url: Any, *, mailto: bool = False) -> str | None:
    """Return a web address (or a mail address's) that may become a link or an image, else None."""
    if not isinstance(url, str):
        return None
    address: str = url.strip()
    if not address or any(char <= " " or char == "\x7f" for char in address):
        return None
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    if parts.scheme in ("http", "https") and parts.netloc:
        return address
    return address if mailto and parts.scheme == "mailto" and parts.path else None


def link_address(written: str) -> str | None:
    """Return the address of a link that was written out, else None: `example.org/a` is one, too."""
    if written.startswith("tel:") or re.fullmatch(r"\+[\d()-]+", written):
        digits = re.sub(r"[^\d+]", "", written.removeprefix("tel:"))
        return f"tel:{digits}" if len(digits) > _MIN_PHONE_DIGITS else None
    domain = _DOMAIN.fullmatch(written)
    if domain is not None and domain[1].lower() in TOP_LEVEL:
        return f"http://{written}"
    return None if "\ufffd" in written else safe_url(written, mailto=True)


def target(text: str, pos: int) -> tuple[str, int] | None:
    """Read what follows `](`: the address as it is written, and where it ends after its bracket."""
    found = _TARGET.match(text, pos)
    return (found[2] if found[1] is None else found[1], found.end()) if found else None


def url_at(text: str, pos: int) -> str | None:
    """Return the address with `http://` that begins here, without what ends the sentence."""
    found = _URL.match(text, pos, pos + _MAX_URL_CHARS)
    if found is None:
        return None
    # An underscore at the end may close what one before it opened.
    return _without_trailing(found[0], "_" if "_" in text[max(pos - 200, 0) : pos] else "")


def domain_at(text: str, pos: int) -> str | None:
    """Return the address without `http://` that begins here; files and words are none."""
    found = _DOMAIN.match(text, pos, pos + _MAX_URL_CHARS)
    if found is None or found[1] not in TOP_LEVEL:
        return None
    address = _without_trailing(found[0], "_")
    has_path = len(found[2]) > 1
    if found[1] in OF_FILES and not has_path and not address.startswith("www."):
        return None
    if found[1] in OF_WORDS and not has_path and address.count(".") < 2:
        return None
    return address


def mail_at(text: str, pos: int) -> tuple[str, int] | None:
    """Return the mail address that begins here, and where it ends."""
    found = _MAIL.match(text, pos, pos + 400)
    if found is None or found[2].lower() not in TOP_LEVEL or found[1][0] in ".-%":
        return None
    return found[1], found.end()


def phone_at(text: str, pos: int) -> tuple[str, int] | None:
    """Return the digits of the phone number that begins here with a plus, and where it ends."""
    found = _PHONE.match(text, pos)
    digits = re.sub(r"\D", "", found[1]) if found else ""
    return (digits, found.end()) if found and len(digits) >= _MIN_PHONE_DIGITS else None


def _without_trailing(url: str, also: str) -> str:
    """Drop what ends the sentence, not the address: `(see https://example.org/a_(b)).`"""
    counts = {bracket: url.count(bracket) for pair in _CLOSING.items() for bracket in pair}
    end = len(url)
    while end:
        last = url[end - 1]
        if last in _CLOSING and counts[last] > counts[_CLOSING[last]]:
            counts[last] -= 1
        elif last not in ".,;:!?'*~|" + also:
            break
        end -= 1
    return url[:end]
