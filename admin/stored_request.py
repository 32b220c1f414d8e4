"""A stored request as the execution's page shows it, and as a curl command that sends it again."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from markupsafe import Markup

from admin import highlight
from engine.json_reader import BrokenJson, parse
from engine.models import ExecutionDetail

#: More of a body is only downloaded, not shown.
MAX_SHOWN_CHARS = 64 << 10
_MAX_FORMATTED_BYTES = 256 << 10
_HEX_BYTES = 1 << 10
#: Longer texts do not fit into one argument of a command (128 KiB on Linux).
_MAX_ARGUMENT_BYTES = 100 << 10
#: Headers that curl writes itself, or that describe the way here and not the request.
_NOT_REPEATED = frozenset(
    [
        "host",
        "content-length",
        "connection",
        "keep-alive",
        "transfer-encoding",
        "content-encoding",
        "expect",
        "accept-encoding",
        "forwarded",
        "x-forwarded-for",
        "x-forwarded-proto",
        "x-forwarded-host",
        "x-forwarded-port",
        "x-real-ip",
        "via",
        "te",
    ]
)


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a form, or the whole body under no name."""

    name: str
    html: Markup


@dataclass(frozen=True, slots=True)
class RequestView:
    """`pretty` is empty when the body is no JSON and no form; `raw` is None when it is no text."""

    method: str
    path: str
    headers: Sequence[Sequence[str]]
    content_type: str
    body_bytes: int
    pretty: list[Part] = field(default_factory=list)
    raw: str | None = ""
    hexdump: str = ""
    #: Only the beginning is shown.
    is_cut: bool = False
    #: The request had a body that was not stored.
    is_missing: bool = False
    curl: str = ""
    #: The curl command reads the body from a file of this name.
    curl_file: str | None = None


def request_view(detail: ExecutionDetail, base_url: str) -> RequestView:
    """Return a stored request ready to be shown."""
    body = detail.body
    headers = [(str(name), str(value)) for name, value in detail.headers]
    content_type = next((value for name, value in headers if name.lower() == "content-type"), "")
    text = _decoded(body)
    command, curl_file = curl(detail, base_url)
    return RequestView(
        method=detail.method,
        path=detail.path,
        headers=headers,
        content_type=content_type,
        body_bytes=len(body),
        pretty=[] if text is None else _pretty(text, content_type),
        raw=None if text is None else text[:MAX_SHOWN_CHARS],
        hexdump=hexdump(body[:_HEX_BYTES]) if text is None else "",
        is_cut=len(body) > _HEX_BYTES if text is None else len(text) > MAX_SHOWN_CHARS,
        is_missing=is_body_missing(detail),
        curl=command,
        curl_file=curl_file,
    )


def is_body_missing(detail: ExecutionDetail) -> bool:
    """Tell whether a request had a body of which nothing, or not all, was stored."""
    if detail.body or detail.body_truncated:
        return detail.body_truncated
    # A request that is refused at its address is not read.
    lengths = [
        str(value) for name, value in detail.headers if str(name).lower() == "content-length"
    ]
    return any(length.strip() not in ("", "0") for length in lengths)


def json_html(value: Any) -> Markup:
    """Return a value as indented JSON, its beginning when it is long."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    # Half of a surrogate pair is legal in JSON, but no text that can be sent.
    text = text.encode("utf-8", "backslashreplace").decode()
    if len(text) > MAX_SHOWN_CHARS:
        return highlight.html(text[:MAX_SHOWN_CHARS]) + f"\n… {len(text) - MAX_SHOWN_CHARS:,} more"
    return highlight.html(text)


def json_or_text(text: str) -> Markup:
    """Return JSON indented, anything else as it is."""
    return _formatted(text) or Markup("{}").format(text[:MAX_SHOWN_CHARS])


def curl(detail: ExecutionDetail, base_url: str) -> tuple[str, str | None]:
    """
    Return the command that sends the request again, and the file it reads the body from, if any.

    The token in the URL stays dots. A terminal acts on control characters even inside quotes when
    they are pasted, and whoever called the hook chose them: a body with any is read from a file.
    """
    words = ["curl", "-sS"]
    if detail.method != ("POST" if detail.body else "GET"):
        words += ["-X", _printable(detail.method)]
    words.append(shlex.quote(_printable(base_url + detail.path)))
    lines = [" ".join(words)]
    for name, value in detail.headers:
        if str(name).lower() not in _NOT_REPEATED:
            lines.append(f"-H {shlex.quote(_printable(f'{name}: {value}'))}")
    if not detail.body:
        return " \\\n  ".join(lines), None
    text = _decoded(detail.body)
    if text is not None and len(detail.body) <= _MAX_ARGUMENT_BYTES and _is_pasteable(text):
        lines.append(f"--data-raw {shlex.quote(text)}")
        return " \\\n  ".join(lines), None
    file_name = f"{detail.execution_id}.body"
    lines.append(f"--data-binary @{file_name}")
    return " \\\n  ".join(lines), file_name


def hexdump(data: bytes) -> str:
    """Return bytes as `xxd` shows them: offset, hexadecimal, what is printable."""
    return "\n".join(
        f"{at:08x}  {data[at : at + 16].hex(' '):<47}  "
        + "".join(chr(byte) if 32 <= byte < 127 else "." for byte in data[at : at + 16])
        for at in range(0, len(data), 16)
    )


def _decoded(body: bytes) -> str | None:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return None
    return None if "\x00" in text else text


def _pretty(text: str, content_type: str) -> list[Part]:
    if not text.strip() or len(text) > _MAX_FORMATTED_BYTES:
        return []
    if content_type.lower().startswith("application/x-www-form-urlencoded"):
        try:
            fields = parse_qsl(text, keep_blank_values=True, max_num_fields=200)
        except ValueError:
            return []
        return [Part(name, json_or_text(value)) for name, value in fields]
    formatted = _formatted(text)
    return [] if formatted is None else [Part("", formatted)]


def _formatted(text: str) -> Markup | None:
    if len(text) > _MAX_FORMATTED_BYTES or text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return json_html(parse(text))
    except (BrokenJson, RecursionError):
        return None


def _is_pasteable(text: str) -> bool:
    return all(char in "\n\t" or (char >= " " and not "\x7f" <= char <= "\x9f") for char in text)


def _printable(text: str) -> str:
    return "".join(char for char in text if char.isprintable())
