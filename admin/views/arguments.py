"""What the addresses of lists say: where a page begins, and how far back it reaches."""

from __future__ import annotations

import datetime as dt

from flask import abort, request

RANGES = {
    "1h": ("Last hour", dt.timedelta(hours=1)),
    "24h": ("Last 24 hours", dt.timedelta(hours=24)),
    "7d": ("Last 7 days", dt.timedelta(days=7)),
    "30d": ("Last 30 days", dt.timedelta(days=30)),
}


def id_argument(name: str, of: str) -> str | None:
    """Return an id from the address; what can be none is a 400 that says `of` what it should be."""
    value = request.args.get(name, "")
    if value and not is_id(value):
        abort(400, f"{name} is the id of {of}")
    return value or None


def is_id(text: str) -> bool:
    """Tell whether a text can be the id of something."""
    return len(text) <= 20 and text.isascii() and text.isalnum()
