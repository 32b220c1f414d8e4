"""The form of a destination, drawn and read by what its transport says of itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from werkzeug.datastructures import MultiDict

from engine import transports
from engine.errors import Invalid
from engine.redaction import HIDDEN
from engine.transports.options import Field, Kind

NAME = Field("name", "Name", required=True, help="How it is called on these pages.")
#: What every destination has beside its address, whatever its kind.
SENDING = (
    Field(
        "enabled",
        "Enabled",
        Kind.FLAG,
        "While it is not, new messages leave it out, and what waits stays.",
        default=True,
    ),
    Field(
        "noticeRoom",
        "Notices",
        help="#room or @user that is told when it is paused, and when it works again; empty: nobody.",
    ),
    Field(
        "concurrency",
        "Messages at the same time",
        Kind.NUMBER,
        "Only with 1 they arrive in order.",
        default=1,
        least=1,
        greatest=16,
    ),
    Field(
        "ratePerSecond",
        "Requests a second",
        help="At most, such as 0.5; 0: as fast as it takes them.",
        default="0",
    ),
)
#: Checkboxes that empty a secret: name of the list in the form.
_FORGET = "forget"


@dataclass(frozen=True, slots=True)
class Input:
    """One field as the page shows it; a secret's value goes in and never comes out again."""

    field: Field
    value: Any
    #: It is stored, and stays while nothing is typed.
    kept: bool = False
    #: It was typed, and is not sent back.
    retype: bool = False
    error: str = ""

    @property
    def can_be_forgotten(self) -> bool:
        return self.kept and not self.field.required


@dataclass(frozen=True, slots=True)
class DestinationForm:
    """What its fields hold, by the names that the engine gives them."""

    type: str
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)
    #: Names of the secrets that are stored, `url` among them.
    kept: frozenset[str] = frozenset()
    typed: bool = False
    errors: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, shown: Mapping[str, Any]) -> DestinationForm:
        """Return the form that shows a destination as it is, from what the API shows of it."""
        kept = {name for name, value in shown.items() if value == HIDDEN}
        if shown["url"]:
            kept.add("url")
        rate = {"ratePerSecond": f"{shown['ratePerSecond']:g}"}
        return cls(shown["type"], {**shown, **rate}, frozenset(kept))

    @classmethod
    def read(cls, type_: str, form: MultiDict[str, str], kept: frozenset[str]) -> DestinationForm:
        """Return what somebody submitted."""
        forgotten = set(form.getlist(_FORGET))
        values: dict[str, Any] = {}
        for one in fields_of(type_):
            text = form.get(one.name, "")
            if one.kind is Kind.FLAG:
                values[one.name] = one.name in form
            elif one.secret and not text.strip():
                # Nothing typed: what is stored stays, unless it is to go.
                if one.name in forgotten or one.name not in kept:
                    values[one.name] = ""
            else:
                values[one.name] = text.replace("\r\n", "\n")
        return cls(type_, values, kept, typed=True)

    def given(self) -> dict[str, Any]:
        """
        Return the values as the engine takes them.

        :raise Invalid: for a line that is no pair, and a rate that is no number.
        """
        given = {"type": self.type, **self.values}
        for one in fields_of(self.type):
            if one.kind is Kind.PAIRS and one.name in given:
                given[one.name] = _pairs(one, given[one.name])
        given["ratePerSecond"] = _number("ratePerSecond", self.values["ratePerSecond"], float)
        given["concurrency"] = _number("concurrency", self.values["concurrency"], int)
        return given

    def wrong(self, exc: Invalid) -> DestinationForm:
        """Return the form with a field marked as wrong."""
        name, said = exc.field or "", str(exc)
        label = next((one.label for one in fields_of(self.type) if one.name == name), name)
        if said.startswith(f"{name} "):
            said = label + said.removeprefix(name)
        return replace(self, errors={**self.errors, name: said})

    def name(self) -> Input:
        return self._input(NAME)

    def target(self) -> Iterator[Input]:
        """Return the address and what else its kind takes."""
        return map(self._input, _target_fields(self.type))

    def sending(self) -> Iterator[Input]:
        return map(self._input, SENDING)

    def _input(self, one: Field) -> Input:
        value = self.values.get(one.name, one.default)
        error = self.errors.get(one.name, "")
        if one.secret:
            retype = self.typed and bool(value)
            return Input(one, "", one.name in self.kept, retype, error)
        if isinstance(value, Mapping):
            value = "\n".join(f"{name}: {text}" for name, text in value.items())
        return Input(one, "" if value is None else value, error=error)


def fields_of(type_: str) -> Iterator[Field]:
    """Return every field of a kind of destination."""
    yield NAME
    yield from _target_fields(type_)
    yield from SENDING


def _target_fields(type_: str) -> tuple[Field, ...]:
    transport = transports.load(type_)
    return (transport.url, *transport.fields)


def _pairs(one: Field, text: str) -> dict[str, str]:
    pairs = {}
    for line in filter(str.strip, text.split("\n")):
        name, colon, value = line.partition(":")
        if not colon or not name.strip():
            # The line itself may be a secret.
            raise Invalid(f"{one.label}: a line is written “name: value”", field=one.name)
        pairs[name.strip()] = value.strip()
    return pairs


def _number(name: str, text: str, read: type[int] | type[float]) -> Any:
    try:
        return read(text)
    except ValueError:
        return text  # which the engine refuses by name
