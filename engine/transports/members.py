"""Members of attachments, whatever their senders made of them: texts, lists, times, addresses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.addresses import is_safe_url
from engine.blanks import is_blank

#: Floats below it are written as the whole numbers that they are.
_EXACT_BELOW = 1e15


def objects_of(item: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """Return the objects of a list, none where there is no list."""
    listed = item.get(name)
    return [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []


def text_of(item: Mapping[str, Any], name: str) -> str:
    """Return a member as text; empty where nothing of it can be seen."""
    value = item.get(name)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT_BELOW:
        return str(int(value))
    if isinstance(value, str):
        return "" if is_blank(value) else value
    return str(value) if isinstance(value, int | float) else ""


def is_only_text(value: Any) -> bool:
    """Tell whether an address leads nowhere from elsewhere, but may be read: `/here.png`, `tel:112`."""
    return isinstance(value, str) and not is_blank(value) and is_safe_url(value, relative=True)
