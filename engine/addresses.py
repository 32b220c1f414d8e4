"""Addresses in messages: which are acceptable, and the pictures that `data:` addresses hold themselves."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote_to_bytes, urlsplit

#: A longer `data:` address is left out of a message.
MAX_DATA_CHARS = 64 << 10
#: What all `data:` addresses of one message may take together.
MAX_DATA_CHARS_IN_MESSAGE = 4 * MAX_DATA_CHARS
_MAX_ICON_CHARS = 2048
#: What browsers leave out of an address.
_BLANKS = re.compile(r"[\x00-\x20]+")
#: What they take off both its ends, leave out of it, and encode in it.
_AROUND = "".join(map(chr, range(0x21)))
_LINE_ENDS = re.compile(r"[\t\r\n]")
_UNSAFE = re.compile(r"[\x00-\x20\x7f]")
_UNSAFE_HOST = re.compile(r"[^/?#]*//[^/?#]*[\x00-\x20\x7f]")
_DATA = re.compile(r"data:([a-z]+/[a-z0-9.+-]+)?((?:;[^,;]{0,100}){0,10}),", re.IGNORECASE)
_PICTURES = ("image/png", "image/gif", "image/jpeg", "image/webp", "image/svg+xml")
_MEDIA_TYPES = {"image/jpg": "image/jpeg", "image/pjpeg": "image/jpeg", "image/x-png": "image/png"}


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture out of a `data:` address; SVG may hold scripts, the others may not."""

    media_type: str
    data: bytes

    @property
    def url(self) -> str:
        """Its address, in the one form that everybody reads."""
        return f"data:{self.media_type};base64,{base64.b64encode(self.data).decode()}"


def is_safe_url(url: str, *, relative: bool = False) -> bool:
    """Tell whether it is an absolute http(s) address or a path on this server, and runs nothing."""
    cleaned = _BLANKS.sub("", url).lower()
    if cleaned.startswith("/") and not cleaned.startswith("//"):
        return True
    try:
        parts = urlsplit(cleaned)
    except ValueError:
        return False
    if parts.scheme in ("http", "https"):
        return bool(parts.netloc)
    if parts.scheme in ("mailto", "tel"):
        return True
    return relative and not parts.scheme and ":" not in cleaned


def as_browsers_read(address: str) -> str:
    """Return an address with its blanks encoded, nothing when they are in the host's name."""
    line = _LINE_ENDS.sub("", address).strip(_AROUND)
    # Encoded, it would be another host.
    return "" if _UNSAFE_HOST.match(line) else _UNSAFE.sub(lambda found: quote(found[0]), line)


def is_data_url(url: str) -> bool:
    """Tell whether an address holds what it stands for, in Rocket.Chat's spelling (`lib/utils/isURL.ts`)."""
    return url.startswith("data:")


def is_acceptable_url(url: str, *, relative: bool = False) -> bool:
    """Tell whether a message may have this address; a `data:` address is none that a link leads to."""
    return is_data_url(url) or is_safe_url(url, relative=relative)


def icon_problem(address: str) -> str | None:
    """Return why an integration cannot have this address for its icon, None when it can (or is empty)."""
    icon = address.strip()
    if not icon:
        return None
    if is_data_url(icon):
        if len(icon) > MAX_DATA_CHARS:
            return f"a data: address has at most {MAX_DATA_CHARS} characters"
        if picture_of(icon) is None:
            return "a data: address holds a picture: PNG, GIF, JPEG, WebP or SVG"
        return None
    if len(icon) > _MAX_ICON_CHARS:
        return f"it has at most {_MAX_ICON_CHARS} characters"
    is_mail_or_phone = icon.lower().startswith(("mailto:", "tel:"))
    is_other = is_mail_or_phone or icon.startswith("//") or _BLANKS.search(icon) is not None
    if is_other or not is_safe_url(icon, relative=True):
        return "it begins with https://, http:// or data:, or is a path on this server such as /icon.png"
    return None


def data_media_type(url: str) -> str:
    """Return what a `data:` address says that it holds; text when it says nothing."""
    head = _DATA.match(url)
    return (head[1] if head and head[1] else "text/plain").lower()[:100]


@dataclass(slots=True)
class DataBudget:
    """What `data:` addresses of one message may still take; asked in the order in which they are kept."""

    left_chars: int = MAX_DATA_CHARS_IN_MESSAGE
    #: Why which were not kept, for the log.
    left_out: list[str] = field(default_factory=list)

    def kept(self, members: Mapping[str, Any], names: Iterable[str], place: str) -> dict[str, Any]:
        """Return the members without those of these names that are too large."""
        kept = dict(members)
        for name in names:
            url = kept.get(name)
            if not isinstance(url, str) or not is_data_url(url):
                continue
            if len(url) <= min(self.left_chars, MAX_DATA_CHARS):
                self.left_chars -= len(url)
                continue
            del kept[name]
            size, most = len(url), f"at most {MAX_DATA_CHARS} characters"
            if size <= MAX_DATA_CHARS:
                most = f"{MAX_DATA_CHARS_IN_MESSAGE} characters for all of a message"
            self.left_out.append(f"{place}{name} (a data: address of {size} characters; {most})")
        return kept


def picture_of(url: str) -> Picture | None:
    """Return the picture that a `data:` address holds, None when it is none of the known types."""
    if not is_data_url(url):
        return None
    head = _DATA.match(url)
    if head is None:
        return None
    named = (head[1] or "").lower()
    media_type = _MEDIA_TYPES.get(named, named)
    if media_type not in _PICTURES:
        return None
    data = unquote_to_bytes(url[head.end() :])
    parameters = [one.strip().lower() for one in head[2].split(";")]
    if "base64" in parameters:
        try:
            # Browsers take it with line ends in it and without the padding.
            packed = re.sub(rb"[\s=]+", b"", data)
            data = base64.b64decode(packed + b"=" * (-len(packed) % 4), validate=True)
        except binascii.Error:
            return None
    return Picture(media_type, data) if data else None
