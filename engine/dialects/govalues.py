"""JSON values as Go's `fmt.Sprintf("%v")` prints what `encoding/json` made of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

#: `%v` of a number is `%g` with as few digits as tell it from others: an exponent below and from here on.
_LEAST_EXPONENT, _TOO_LARGE_EXPONENT = -4, 6


def printed(value: Any) -> str:
    """Return a value as Mattermost prints an attachment field's (`StringifySlackFieldValue`), nothing for null."""
    return "" if value is None else _printed(value)


def _printed(value: Any) -> str:
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, list):
        return f"[{' '.join(map(_printed, value))}]"
    if isinstance(value, dict):
        named = sorted(value.items(), key=lambda item: item[0].encode("utf-8", "surrogatepass"))
        return f"map[{' '.join(f'{name}:{_printed(member)}' for name, member in named)}]"
    return str(value)


def _number(value: float) -> str:
    try:
        # Every number of JSON is a float64; repr() has as few digits as tell it from others.
        sign, digits, exponent = Decimal(repr(float(value))).normalize().as_tuple()
    except OverflowError:
        return str(value)
    if not isinstance(exponent, int):  # infinite
        return "-Inf" if sign else "+Inf"
    minus = "-" if sign else ""
    if digits == (0,):
        return f"{minus}0"
    text = "".join(map(str, digits))
    point = len(text) + exponent
    if not _LEAST_EXPONENT <= point - 1 < _TOO_LARGE_EXPONENT:
        fraction = f".{text[1:]}" if len(text) > 1 else ""
        return f"{minus}{text[0]}{fraction}e{point - 1:+03d}"
    if point <= 0:
        return f"{minus}0.{'0' * -point}{text}"
    whole, rest = text[:point].ljust(point, "0"), text[point:]
    return f"{minus}{whole}.{rest}" if rest else f"{minus}{whole}"
