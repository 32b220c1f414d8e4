"""What is said of the class `Script`, its methods, and why a script does not load."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from engine.compatibility.notes import Level, Note, UsedAs

INCOMING = "process_incoming_request"
OUTGOING = ("prepare_outgoing_request", "process_outgoing_response")
METHODS = (INCOMING, *OUTGOING)

_SKELETON = f"`class Script {{ {INCOMING}({{ request }}) {{ … }} }}`"
_OUTGOING_SKELETON = f"`class Script {{ {OUTGOING[0]}({{ request }}) {{ … }} }}`"
#: What it means for an integration of that type that nothing of its script can be called.
_MEANS = {
    "webhook-incoming": ": callers get a 200, and nothing is posted",
    "webhook-outgoing": ": calls are made and answers posted as without a script",
}
_NO_CLASS_MEANS = {
    "webhook-incoming": ": callers get a 400, and nothing is posted",
    "webhook-outgoing": ": calls are made and answers posted as without a script, and logged as errors",
}
_NOT_DEFINED = re.compile(r"(?P<name>[\w$]+) is not defined")
#: How alike two names have to be for one to be a slip of the pen; a script that has a right one may
#: have helpers of similar names.
_ALIKE, _ALIKE_BESIDE_OTHERS = 0.75, 0.95


def notes_of(script: Mapping[str, Any], used_as: UsedAs) -> Iterator[Note]:
    """Say what is wrong with the methods of a class that is there."""
    members: Sequence[Mapping[str, Any]] = script["members"]
    called = {one["name"] for one in members if not one["static"]} & set(METHODS)
    called |= set(script["mentioned"])
    for member in members:
        yield from _slips(member, called)
    if not script["found"] or not script["whole"]:
        return
    place = [dict(script["classes"])["Script"]]
    means = _MEANS.get(used_as.type or "", "")
    if not called:
        if not any(one["static"] and one["name"] in METHODS for one in members):
            message = f"The class `Script` has none of the methods that are called{means}"
            skeleton = _OUTGOING_SKELETON if used_as.type == "webhook-outgoing" else _SKELETON
            yield Note(Level.PROBLEM, "method", "Script", message, skeleton, place)
    elif used_as.type == "webhook-incoming" and INCOMING not in called:
        message = f"An incoming integration calls `{INCOMING}`, which is not there{means}"
        yield Note(Level.PROBLEM, "method", INCOMING, message, _SKELETON, place)
    elif used_as.type == "webhook-outgoing" and not called & set(OUTGOING):
        message = f"An outgoing integration never calls `{INCOMING}`{means}"
        instead = " or ".join(f"`{name}`" for name in OUTGOING)
        yield Note(Level.WARNING, "method", INCOMING, message, instead, place)
    elif used_as.type is None and INCOMING not in called:
        message = "The script is for an outgoing integration"
        yield Note(Level.INFO, "method", "Script", message, "", place)
    elif used_as.type is None and called & set(OUTGOING):
        message = (
            "The script is for an incoming and an outgoing integration: each calls its own methods"
        )
        yield Note(Level.INFO, "method", "Script", message, "", place)


def _slips(member: Mapping[str, Any], called: set[str]) -> Iterator[Note]:
    name, place = member["name"], [member["place"]]
    if name in METHODS and member["static"]:
        message = f"`{name}` is static, and so never called"
        yield Note(Level.PROBLEM, "method", name, message, "delete the word `static`", place)
    elif name in METHODS and member["generator"]:
        message = f"`{name}` is a generator, whose answer nobody takes"
        yield Note(Level.PROBLEM, "method", name, message, f"`async {name}`, without `*`", place)
    elif name not in METHODS and (meant := _meant(name, called)):
        message = f"`{name}` is never called"
        yield Note(Level.WARNING, "method", name, message, f"`{meant}`", place)


def _meant(name: str, called: set[str]) -> str | None:
    alike = _ALIKE_BESIDE_OTHERS if called else _ALIKE
    plain = {method.replace("_", ""): method for method in METHODS if method not in called}
    close = difflib.get_close_matches(name.replace("_", "").lower(), plain, 1, alike)
    return plain[close[0]] if close else None


def with_problem(
    notes: Sequence[Note],
    problem: Mapping[str, Any] | None,
    facts: Mapping[str, Any] | None,
    used_as: UsedAs,
) -> list[Note]:
    """Return the notes with why the script does not load, told once."""
    if problem is None:
        return list(notes)
    name, message = str(problem["name"]), str(problem["message"])
    place = [[problem["line"], problem["column"] or 1]] if problem.get("line") else []
    if name == "no-script":
        return [*notes, _no_class(facts, used_as)]
    if facts is not None and not facts["read"]:
        if any(note.level is Level.PROBLEM for note in notes):
            return list(notes)  # a module; the parser's words say less
        instead = "write `async` before the method's name" if "await" in message else ""
        return [*notes, Note(Level.PROBLEM, "syntax", name, message, instead, place)]
    missing = _NOT_DEFINED.fullmatch(message) if name == "ReferenceError" else None
    if missing:
        explained = [note for note in notes if _root(note) == missing["name"]]
        if any(note.level in (Level.PROBLEM, Level.WARNING) for note in explained):
            # It is reached as the script loads, whatever stands around it.
            return [
                replace(note, level=Level.PROBLEM) if note in explained else note for note in notes
            ]
    said = message if name.islower() else f"{name}: {message}"
    return [*notes, Note(Level.PROBLEM, "load", name, f"It does not load: {said}", "", place)]


def _root(note: Note) -> str | None:
    return note.name.partition(".")[0] if note.kind == "name" else None


def _no_class(facts: Mapping[str, Any] | None, used_as: UsedAs) -> Note:
    classes = facts["script"]["classes"] if facts and facts["script"] else []
    message = f"There is no class `Script`{_NO_CLASS_MEANS.get(used_as.type or '', '')}"
    if len(classes) == 1:
        name, place = classes[0]
        return Note(
            Level.PROBLEM, "class", "Script", message, f"call the class `{name}` `Script`", [place]
        )
    skeleton = _OUTGOING_SKELETON if used_as.type == "webhook-outgoing" else _SKELETON
    return Note(Level.PROBLEM, "class", "Script", message, skeleton)
