"""What a call takes: declared once at each view, checked before it runs, and nothing ignored."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ParamSpec, TypeVar

from flask import request

from engine.errors import Invalid
from engine.fields import nearest
from engine.web.api.base import body, keep_body

P = ParamSpec("P")
T = TypeVar("T")


class Kind(StrEnum):
    """What a parameter has to be, in the words of the error."""

    TEXT = "a text"
    FLAG = "true or false"
    #: The same; null is as if it was not given.
    MAYBE = "true or false, or null"
    NUMBER = "a number"
    TEXTS = "a list of texts"
    OBJECT = "an object"
    #: The view, or what it calls, looks at it.
    ANY = "anything"


@dataclass(frozen=True, slots=True)
class NotHere:
    """A parameter of Rocket.Chat's that asks for what Hooksmith has not; what asks for nothing passes."""

    kind: Kind
    why: str


@dataclass(frozen=True, slots=True)
class NoDifference:
    """A parameter of Rocket.Chat's that may be given, and asks for what is so in any case."""

    kind: Kind
    why: str


Taken = Mapping[str, Kind | NotHere | NoDifference]

PAGE: Taken = {"count": Kind.NUMBER, "offset": Kind.NUMBER}
SORTED_PAGE: Taken = {**PAGE, "sort": Kind.TEXT}
#: What lists of Rocket.Chat's take: see `engine.web.api.selection`.
LISTED: Taken = {**SORTED_PAGE, "query": Kind.TEXT, "fields": Kind.TEXT}
NO_QUERY = NotHere(Kind.TEXT, "messages are found by time, thread and mention")


@dataclass(frozen=True, slots=True)
class Parameters:
    """
    What one view takes.

    `one_of` are names of which one at most is given. With `more`, there are others that depend on what
    is given, and what the view calls refuses those that it does not know.
    """

    taken: Taken
    one_of: Sequence[Sequence[str]] = ()
    more: bool = False

    def check_query(self) -> None:
        """
        Check what the address has.

        :raise Invalid: with the name of what cannot be taken.
        """
        names = {name.removesuffix("[]") for name in request.args}
        self._check_names(names)
        for name in names:
            declared, given = self.taken.get(name, Kind.ANY), several(name)
            if isinstance(declared, NotHere):
                refuse(name, declared.why, [one for one in given if one])
                continue
            kind = declared if isinstance(declared, Kind) else declared.kind
            if kind in (Kind.FLAG, Kind.MAYBE) and set(given) - {"true", "false"}:
                raise Invalid(f"{name} is true or false", field=name)

    def checked_body(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """
        Return the members that a view is to see, true and false and numbers also where a form spells them.

        :raise Invalid: with the name of what cannot be taken.
        """
        self._check_names({name for name, value in given.items() if value is not None}, given)
        return {
            name: value
            for name, value in ((one, self._member(one, given[one])) for one in given)
            if value is not None or self.taken.get(name) is not Kind.MAYBE
        }

    def _check_names(self, names: set[str], given: Mapping[str, Any] | None = None) -> None:
        for name in (*sorted(names), *(given or ())):
            if name not in self.taken and not self.more:
                raise Invalid(self._unknown(name[:64]), field=name[:64])
        for several in self.one_of:
            if len(both := [name for name in several if name in names]) > 1:
                raise Invalid(f"Only one of {' and '.join(both)} is taken", field=both[1])

    def _unknown(self, name: str) -> str:
        like = nearest(name, self.taken)
        known = ", ".join(self.taken) or "nothing"
        hint = f"did you mean {like}?" if like else f"there is {known}"
        return f"must NOT have additional properties: {name!r} is not known; {hint}"

    def _member(self, name: str, value: Any) -> Any:
        declared = self.taken.get(name, Kind.ANY)
        kind = declared if isinstance(declared, Kind) else declared.kind
        read = value if value is None else _READ[kind](value, name)
        if isinstance(declared, NotHere):
            refuse(name, declared.why, read)
        return read


def takes(
    taken: Taken, *, one_of: Sequence[Sequence[str]] = (), more: bool = False
) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """
    Declare what a view takes: the address' parameters of a GET, the body's members of all others.

    Put it next to the view, so that who calls is asked first.
    """
    parameters = Parameters(taken, one_of, more)

    def declared(view: Callable[P, T]) -> Callable[P, T]:
        @functools.wraps(view)
        def checked(*args: P.args, **kwargs: P.kwargs) -> T:
            if request.method in ("GET", "HEAD"):
                parameters.check_query()
            elif parameters.taken or request.get_data():
                keep_body(parameters.checked_body(body(or_nothing=not parameters.taken)))
            return view(*args, **kwargs)

        checked.__dict__["parameters"] = parameters
        return checked

    return declared


def declared_by(view: Callable[..., Any]) -> Parameters | None:
    """Return what a view declares, None when it does not."""
    found = getattr(view, "parameters", None)
    return found if isinstance(found, Parameters) else None


def members(given: Any, taken: Taken, name: str) -> dict[str, Any]:
    """
    Return an object within a body, its members checked in the same way.

    :raise Invalid: with the name of what cannot be taken.
    """
    if given is None:
        return {}
    try:
        return Parameters(taken).checked_body(_read_object(given, name))
    except Invalid as exc:
        field = exc.field if exc.field == name else f"{name}.{exc.field}"
        raise Invalid(str(exc), field=field) from exc


def several(name: str) -> list[str]:
    """Return what a list of the address has, written `name=a&name=b` or `name[]=a&name[]=b`."""
    return [*request.args.getlist(name), *request.args.getlist(f"{name}[]")]


def refuse(name: str, why: str, value: Any) -> None:
    """
    Refuse a parameter that asks for something.

    :raise Invalid: with its name and why.
    """
    if value not in (None, False, "", "false", [], {}):
        raise Invalid(f"{name} cannot be taken here: {why}", field=name)


def _read_text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise Invalid(f"{name} must be a text", field=name)
    return value


def _read_flag(value: Any, name: str) -> bool:
    if value in ("true", "false"):
        return bool(value == "true")
    if not isinstance(value, bool):
        raise Invalid(f"{name} is true or false", field=name)
    return value


def _read_number(value: Any, name: str) -> Any:
    # What a text says is the reader's to refuse: it knows the bounds.
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise Invalid(f"{name} is a number", field=name)
    return value


def _read_texts(value: Any, name: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise Invalid(f"{name} is a list of texts", field=name)
    return value


def _read_object(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Invalid(f"{name} is an object", field=name)
    return value


_READ: Mapping[Kind, Callable[[Any, str], Any]] = {
    Kind.TEXT: _read_text,
    Kind.FLAG: _read_flag,
    Kind.MAYBE: _read_flag,
    Kind.NUMBER: _read_number,
    Kind.TEXTS: _read_texts,
    Kind.OBJECT: _read_object,
    Kind.ANY: lambda value, name: value,
}
