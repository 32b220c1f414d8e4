"""What a transport can be told: described once, for checking input and for drawing forms."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from engine.errors import Invalid

_MAX_CHARS = 4_000
_MAX_PAIRS = 100


class Kind(StrEnum):
    TEXT = "text"
    NUMBER = "number"  #: a whole number within `least` and `greatest`
    FLAG = "flag"  #: true or false
    CHOICE = "choice"  #: one of `choices`
    PAIRS = "pairs"  #: an object of texts; in a form, lines of `name: value`


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that an administrator may say about a destination."""

    name: str
    label: str
    kind: Kind = Kind.TEXT
    help: str = ""
    required: bool = False
    #: Kept encrypted, and never shown again.
    secret: bool = False
    default: Any = None
    #: Value -> label.
    choices: Mapping[str, str] = field(default_factory=dict)
    least: int = 0
    greatest: int = 1_000_000_000
    #: What a text has to match, whole; `help` says it in words.
    pattern: str = ""

    def check(self, value: Any) -> Any:
        """
        Return a value as a transport gets it; the default when there is none.

        :raise Invalid: naming this field.
        """
        if value is None or value == "" or value == {}:
            if self.required:
                raise self._wrong("is missing")
            return self.default if self.default is not None else _EMPTY[self.kind]
        return getattr(self, f"_check_{self.kind.value}")(value)

    def _check_text(self, value: Any) -> str:
        if not isinstance(value, str):
            raise self._wrong("is a text")
        text = value.strip()
        if len(text) > _MAX_CHARS or not is_printable(text):
            raise self._wrong(f"is at most {_MAX_CHARS} printable characters on one line")
        if self.pattern and not re.fullmatch(self.pattern, text, re.ASCII):
            raise self._wrong(f"does not look right: {self.help}" if self.help else "is not valid")
        return text

    def _check_number(self, value: Any) -> int:
        if isinstance(value, str) and re.fullmatch(r"-?\d{1,18}", value.strip(), re.ASCII):
            value = int(value)
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not whole or not self.least <= value <= self.greatest:
            raise self._wrong(f"is a whole number from {self.least} to {self.greatest}")
        return int(value)

    def _check_flag(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise self._wrong("is true or false")
        return value

    def _check_choice(self, value: Any) -> str:
        if not isinstance(value, str) or value not in self.choices:
            raise self._wrong(f"is one of {', '.join(self.choices)}")
        return value

    def _check_pairs(self, value: Any) -> dict[str, str]:
        if not isinstance(value, dict) or len(value) > _MAX_PAIRS:
            raise self._wrong(f"is an object of at most {_MAX_PAIRS} texts")
        pairs: dict[str, str] = {}
        for name, text in value.items():
            if not isinstance(name, str) or not isinstance(text, str) or not name.strip():
                raise self._wrong("is an object of texts")
            pairs[name.strip()] = self._check_text(text)
        return pairs

    def _wrong(self, why: str) -> Invalid:
        return Invalid(f"{self.label} {why}", field=self.name)


_EMPTY: dict[Kind, Any] = {
    Kind.TEXT: "",
    Kind.NUMBER: None,
    Kind.FLAG: False,
    Kind.CHOICE: "",
    Kind.PAIRS: {},
}


def check_all(
    fields: Sequence[Field], options: Mapping[str, Any], secrets: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """
    Return options and secrets with every field in them.

    :raise Invalid: for a wrong value, and for a name that no field has.
    """
    for given, secret, what in ((options, False, "option"), (secrets, True, "secret")):
        known = [one.name for one in fields if one.secret is secret]
        if unknown := next((name for name in given if name not in known), None):
            raise Invalid(
                f"There is no {what} {unknown}; there are {', '.join(known) or 'none'}",
                field=str(unknown),
            )
    return (
        {one.name: one.check(options.get(one.name)) for one in fields if not one.secret},
        {one.name: one.check(secrets.get(one.name)) for one in fields if one.secret},
    )


def is_printable(text: str) -> bool:
    """Tell whether a text has neither line ends nor other control characters."""
    return all(char.isprintable() for char in text)
