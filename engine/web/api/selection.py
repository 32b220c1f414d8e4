"""`sort`, `query` and `fields` of lists: MongoDB's words as far as they are of use here, in the memory's way."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request

from engine.web.api.base import Refused

ROOM_MEMBERS = frozenset(
    [
        "_id",
        "name",
        "fname",
        "t",
        "topic",
        "ro",
        "archived",
        "msgs",
        "usersCount",
        "usernames",
        "ts",
        "lm",
        "_updatedAt",
        "u._id",
        "u.username",
    ]
)
USER_MEMBERS = frozenset(
    [
        "_id",
        "username",
        "name",
        "type",
        "status",
        "roles",
        "active",
        "emails.address",
        "createdAt",
        "_updatedAt",
    ]
)
INTEGRATION_MEMBERS = frozenset(
    [
        "_id",
        "type",
        "name",
        "description",
        "enabled",
        "username",
        "userId",
        "channel",
        "alias",
        "emoji",
        "avatar",
        "scriptEnabled",
        "event",
        "urls",
        "triggerWords",
        "targetRoom",
        "dialect",
        "lifecycle",
        "_createdAt",
        "_updatedAt",
        "_createdBy._id",
        "_createdBy.username",
    ]
)
#: More than anybody asks for; each costs a look at every member of a list.
_MOST_CONDITIONS, _MOST_DEPTH = 50, 4
_NOTHING = object()


@dataclass(frozen=True, slots=True)
class Selection:
    """What a list is narrowed to, in which order, and which members of each are shown."""

    matches: Callable[[Mapping[str, Any]], bool] | None
    order: Sequence[tuple[str, int]]
    #: Top-level names and whether they are the ones to show, or to leave out.
    shown: tuple[frozenset[str], bool] | None

    @property
    def is_whole(self) -> bool:
        """Whether the list is wanted as it is, so that a page of it is enough to read."""
        return self.matches is None and not self.order

    def of(self, listed: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return those that match, in order."""
        found = [one for one in listed if self.matches is None or self.matches(one)]
        for name, direction in reversed(self.order):
            found.sort(key=lambda one: _rank(_value(one, name)), reverse=direction < 0)
        return found

    def show(self, listed: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return them with the members that are wanted."""
        return show(listed, self.shown)


def selection(known: Collection[str]) -> Selection:
    """
    Return what the address asks for.

    :param known: the members that may be sorted and searched by.
    :raise Refused: with Rocket.Chat's error when one of the three cannot be used, and why.
    """
    query = _object("query")
    return Selection(
        matches=_Query(known).matcher(query, 0) if query else None,
        order=order(known),
        shown=fields(request.args.get("fields")),
    )


def order(known: Collection[str]) -> list[tuple[str, int]]:
    """
    Return the members that `sort` names, each with 1 or -1.

    :raise Refused: when it is no such thing.
    """
    wanted = _object("sort")
    for name, direction in wanted.items():
        if name not in known:
            raise _refused("sort", f"it is by {', '.join(sorted(known))}, not by {name[:64]!r}")
        if direction not in (1, -1) or isinstance(direction, bool):
            raise _refused("sort", f"{name} is 1 or -1")
    return [(name, int(direction)) for name, direction in wanted.items()]


def fields(given: str | None) -> tuple[frozenset[str], bool] | None:
    """
    Return the names that `fields` has, and whether they are to be shown rather than left out.

    :raise Refused: when it is no such thing.
    """
    wanted = _read("fields", given)
    flags = {bool(flag) for name, flag in wanted.items() if name != "_id"}
    if any(flag not in (0, 1) for flag in wanted.values()) or len(flags) > 1:
        raise _refused("fields", "every member is 1, or every one 0")
    if not wanted:
        return None
    # A dot leads into a member; it is shown whole.
    names = frozenset(name.partition(".")[0] for name in wanted)
    return names, flags.pop() if flags else bool(next(iter(wanted.values())))


def show(
    listed: Iterable[dict[str, Any]], shown: tuple[frozenset[str], bool] | None
) -> list[dict[str, Any]]:
    """Return dicts with the members that `fields` wants; `_id` is there unless it is left out by name."""
    if shown is None:
        return list(listed)
    names, wanted = shown
    return [
        {
            name: value
            for name, value in one.items()
            if (name in names) == wanted or (wanted and name == "_id")
        }
        for one in listed
    ]


@dataclass(slots=True)
class _Query:
    known: Collection[str]
    conditions: int = 0

    def matcher(self, query: Any, depth: int) -> Callable[[Mapping[str, Any]], bool]:
        if not isinstance(query, dict) or depth > _MOST_DEPTH:
            raise _refused("query", "it is an object, and not nested deep")
        tests = [self._test(name, wanted, depth) for name, wanted in query.items()]
        return lambda one: all(test(one) for test in tests)

    def _test(self, name: str, wanted: Any, depth: int) -> Callable[[Mapping[str, Any]], bool]:
        self.conditions += 1
        if self.conditions > _MOST_CONDITIONS:
            raise _refused("query", f"it has more than {_MOST_CONDITIONS} conditions")
        if name in ("$and", "$or") and isinstance(wanted, list) and wanted:
            tests = [self.matcher(one, depth + 1) for one in wanted]
            every = all if name == "$and" else any
            return lambda one: every(test(one) for test in tests)
        if name not in self.known:
            raise _refused(
                "query", f"it is about {', '.join(sorted(self.known))}, not about {name[:64]!r}"
            )
        if not isinstance(wanted, dict):
            wanted = {"$eq": wanted}
        for operator in wanted:
            if operator not in _OPERATORS:
                raise _refused(
                    "query", f"it has {', '.join(_OPERATORS)}, not {str(operator)[:64]!r}"
                )
            if operator in ("$in", "$nin") and not isinstance(wanted[operator], list):
                raise _refused("query", f"{operator} has a list")
        compared = [(_OPERATORS[operator], value) for operator, value in wanted.items()]
        return lambda one: all(test(_value(one, name), value) for test, value in compared)


def _equals(found: Any, wanted: Any) -> bool:
    if found is _NOTHING:
        return wanted is None
    if isinstance(found, list) and not isinstance(wanted, list):
        return any(_equals(one, wanted) for one in found)
    return type(found) is type(wanted) and bool(found == wanted)


def _compares(found: Any, wanted: Any, *directions: int) -> bool:
    one, other = _rank(found), _rank(wanted)
    return one[0] == other[0] and (one > other) - (one < other) in directions


_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "$eq": _equals,
    "$ne": lambda found, wanted: not _equals(found, wanted),
    "$in": lambda found, wanted: any(_equals(found, one) for one in wanted),
    "$nin": lambda found, wanted: not any(_equals(found, one) for one in wanted),
    "$exists": lambda found, wanted: (found is not _NOTHING) == bool(wanted),
    "$gt": lambda found, wanted: _compares(found, wanted, 1),
    "$gte": lambda found, wanted: _compares(found, wanted, 1, 0),
    "$lt": lambda found, wanted: _compares(found, wanted, -1),
    "$lte": lambda found, wanted: _compares(found, wanted, -1, 0),
}


def _value(one: Mapping[str, Any], path: str) -> Any:
    found: Any = one
    for name in path.split("."):
        if isinstance(found, list):
            found = [part.get(name) for part in found if isinstance(part, dict)]
        elif isinstance(found, dict) and name in found:
            found = found[name]
        else:
            return _NOTHING
    return found


def _rank(value: Any) -> tuple[int, Any]:
    """Return what values are sorted by, those of one kind together: nothing, numbers, texts, lists, the rest."""
    if value is None or value is _NOTHING:
        return 0, 0
    if isinstance(value, bool):
        return 4, value
    if isinstance(value, int | float):
        return 1, value
    if isinstance(value, str):
        return 2, value
    return 3, json.dumps(value, sort_keys=True, default=str)


def _object(name: str) -> dict[str, Any]:
    return _read(name, request.args.get(name))


def _read(name: str, given: str | None) -> dict[str, Any]:
    if given is None or not given.strip():
        return {}
    try:
        found = json.loads(given)
    except (ValueError, RecursionError) as exc:
        raise _refused(name, "it is a JSON object") from exc
    if not isinstance(found, dict):
        raise _refused(name, "it is a JSON object")
    return found


def _refused(name: str, why: str) -> Refused:
    return Refused(f"Invalid {name} parameter provided: {why}", f"error-invalid-{name}")
