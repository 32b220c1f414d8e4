"""Exported files as documents: one of JSON, a list, or one after the other, as mongoexport writes them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engine.errors import Invalid, SourceError
from engine.json_reader import well_formed
from engine.payload import shallow

_DECODER = json.JSONDecoder()
#: MongoDB's extended JSON: a value in the clothes of its type.
_TYPED = frozenset({"$oid", "$date", "$numberInt", "$numberLong", "$numberDouble"})


def read(path: Path, problems: list[str]) -> Iterator[Any]:
    """
    Yield a file's documents; what cannot be read becomes a problem and costs the others nothing.

    A file with a document on each line may be of any size: one line is in memory at a time.

    :raise SourceError: when the file holds none.
    """
    try:
        with path.open(encoding="utf-8-sig") as file:
            first = next((line for line in file if line.strip()), "")
            value, whole = _value_of(first)
            if whole:
                yield from _spread(value, path.name, problems)
                yield from _lines(file, path.name, problems)
                return
            rest = first + file.read()
    except UnicodeDecodeError as exc:
        raise SourceError(f"{path.name} is no UTF-8 text: {exc.reason}") from exc
    except OSError as exc:
        raise SourceError(f"{path.name} cannot be read: {exc.strerror}") from exc
    yield from _pieces(rest, path.name, problems)


def plain(value: Any) -> Any:
    """Return a value without the clothes of MongoDB's extended JSON."""
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, str):
        return well_formed(value)
    if not isinstance(value, dict):
        return value
    if len(value) == 1 and (name := next(iter(value))) in _TYPED:
        inner = plain(value[name])
        return _number(inner) if name.startswith("$number") else inner
    return {well_formed(name): plain(one) for name, one in value.items()}


def _lines(file: Iterator[str], name: str, problems: list[str]) -> Iterator[Any]:
    for line in file:
        if not line.strip():
            continue
        value, whole = _value_of(line)
        if whole:
            yield from _spread(value, name, problems)
        else:
            problems.append(f"{name}: a line is no JSON: {_beginning(line)}")


def _pieces(content: str, name: str, problems: list[str]) -> Iterator[Any]:
    """Yield what stands in a file one after the other, over any number of lines each."""
    at, count = 0, 0
    while (at := _next(content, at)) < len(content):
        try:
            value, at = _DECODER.raw_decode(content, at)
        except (ValueError, RecursionError):
            problems.append(f"{name}: this is no JSON: {_beginning(content[at : at + 80])}")
            # Documents begin at the left edge, what is inside of them does not.
            following = content.find("\n{", at + 1)
            at = len(content) if following < 0 else following
            continue
        count += 1
        yield from _spread(value, name, problems)
    if not count:
        raise SourceError(f"{name} holds no JSON document")


def _next(content: str, at: int) -> int:
    while at < len(content) and content[at] in " \t\r\n,":
        at += 1
    return at


def _value_of(line: str) -> tuple[Any, bool]:
    try:
        return json.loads(line), True
    except (ValueError, RecursionError):
        return None, False


def _spread(value: Any, name: str, problems: list[str]) -> Iterator[Any]:
    for document in value if isinstance(value, list) else [value]:
        try:
            shallow([document])
        except Invalid:
            problems.append(f"{name}: a document is nested too deep")
            continue
        yield plain(document)


def _number(value: Any) -> Any:
    try:
        return float(value) if "." in str(value) else int(value)
    except (TypeError, ValueError):
        return value


def _beginning(content: str) -> str:
    # Of its first words only: further on there may be a token.
    shown = content.strip()[:20]
    return f"it begins with {shown!r}"
