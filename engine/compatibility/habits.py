"""What is said of how a script uses what it is given, and of what it returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from engine.compatibility.notes import Level, Note, Text, UsedAs
from engine.outbound.addresses import is_public, parse_address

#: Ends of names that mean nothing outside of their own network.
_NEAR = (".localhost", ".local", ".lan", ".internal", ".intranet", ".home.arpa")

_UNDEFINED = "`{name}` is undefined, in Rocket.Chat as well"
_ZONE = "`moment().tz` belongs to moment-timezone, which is not here"
_MEMBERS = {
    "request.query": "`request.url.query`",
    "request.params": "`request.url.query`, or `request.url_params`",
    "request.data": "`request.content`",
    "request.payload": "`request.content`",
    "request.json": "`request.content`",
    "request.text": "`request.content.text`, or `request.content_raw`",
    "request.raw": "`request.content_raw`",
    "request.rawBody": "`request.content_raw`",
    "request.raw_body": "`request.content_raw`",
    "request.header": "`request.headers`",
    "request.content": "`request.data`",
    "request.body": "`request.data`",
    "request.content_raw": "`request.data`",
    "request.url.host": "`request.headers.host`",
    "request.url.hostname": "`request.headers.host`",
    "request.url.params": "`request.url.query`",
    "response.data": "`JSON.parse(response.content)`",
    "response.body": "`response.content`",
    "response.text": "`response.content`",
    "response.json": "`JSON.parse(response.content)`",
    "response.status": "`response.status_code`",
    "response.statusCode": "`response.status_code`",
    "the answer of fetch.data": "`await answer.json()`",
    "the answer of fetch.content": "`await answer.text()`",
    "the answer of fetch.statusCode": "`answer.status`",
    "the answer of fetch.body": "`await answer.text()`",
    "the answer of fetch.blob": "`await answer.arrayBuffer()`",
    "the answer of fetch.buffer": "`await answer.arrayBuffer()`",
}

_KINDS = {
    "header-case": Text(
        "`request.headers` has its names in lower case, in Rocket.Chat as well",
        "`request.headers['{lower}']`",
    ),
    "headers-get": Text(
        "`request.headers` is a plain object, without `get`", "`request.headers['x-name']`"
    ),
    "argument": Text(
        "`{method}` is called with one object that holds the request; its `{name}` is undefined",
        "`{method}({{ request }})`",
    ),
    "response-text": Text(
        "`response.content` is the text that came, as in Rocket.Chat today; its `{name}` is undefined",
        "`JSON.parse(response.content).{name}`",
    ),
    "not-awaited": Text(
        "`fetch` returns a promise, which has no `{name}`",
        "`await fetch(…)`, in an `async` method",
    ),
    "not-a-promise": Text(
        "`{name}` waits for its answer and returns no promise",
        "`const {{ result, error }} = {name}(…)`",
    ),
    "moment": Text("`moment()` has no `{name}`: who calls it fails with a TypeError"),
    "host": Text(
        "`{name}` is not on the internet: calls to it are refused unless they are allowed",
        "name it in `HOOKSMITH_SCRIPT_FETCH_ALLOW`",
    ),
    "locale": Text(
        "Moment has its English texts only; `{name}` changes nothing",
        "`date.toLocaleString('{name}')`",
    ),
    "store-value": Text(
        "`Store` keeps JSON: dates, maps, sets and functions do not come back as they were",
        "texts, numbers, lists and plain objects",
    ),
    "returns-text": Text(
        "A text is no answer: the caller gets a 400", "`return {{ content: {{ text: '…' }} }}`"
    ),
    "returns-no-content": Text(
        "An object without `content` posts nothing: the caller gets a 200",
        "`return {{ content: {{ … }} }}`, or `return;` to post nothing",
    ),
    "content-text": Text(
        "`content` has to be an object: the caller gets a 400", "`content: {{ text: '…' }}`"
    ),
    "chooses-room": Text(
        "The script sets `{name}`; a message that has one is refused with a 400 unless its "
        "integration allows that",
        "turn on “The request may choose the room”",
        Level.INFO,
    ),
    "dynamic-import": Text(
        "`import()` finds nothing: scripts have no modules, in Rocket.Chat as well",
        "underscore is the global `_`, underscore.string `s`, moment `moment`",
        Level.PROBLEM,
    ),
    "bigint": Text("A BigInt cannot be in what the script returns", "`String(value)`", Level.INFO),
    "state": Text(
        "`{name}` is remembered from one call to the next in Rocket.Chat, but not by the "
        "lifecycle `per-request`",
        "the lifecycle `kept`, or `Store`",
    ),
    "sloppy undeclared": Text(
        "`{name}` is assigned without being declared; that works, as in Rocket.Chat",
        "`let {name}`",
        Level.INFO,
    ),
    "early read": Text(
        "`{name}` is declared nowhere, and may not have been assigned yet where it is read: that fails "
        "with a ReferenceError, in Rocket.Chat as well",
        "`let {name}`, where it begins",
        Level.INFO,
    ),
    "sloppy early use": Text(
        "`{name}` is read before it is declared, and is undefined then, as in Rocket.Chat",
        "declare it above",
        Level.INFO,
    ),
    "import": Text(
        "`import` belongs to modules, and a script is none, in Rocket.Chat as well",
        "delete it; underscore is the global `_`, underscore.string `s`, moment `moment`",
        Level.PROBLEM,
    ),
    "export": Text(
        "`export` belongs to modules, and a script is none, in Rocket.Chat as well",
        "delete the word; the class `Script` is found by its name",
        Level.PROBLEM,
    ),
    "top-level await": Text(
        "`await` works inside `async` functions only",
        "move it into the method: `async process_incoming_request({{ request }})`",
        Level.PROBLEM,
    ),
}
_SLOPPY = Text("`{what}` means what it did in Rocket.Chat: the code of a class is sloppy", level=Level.OK)  # fmt: skip
_MEMBER = Text(_UNDEFINED, "{other}")


def note_of(found: Mapping[str, Any], used_as: UsedAs) -> Note | None:
    """Return what is said of one thing that the analysis found."""
    kind, name = found["kind"], found.get("name", "")
    facts = {**found, "name": name, "lower": name.lower()}
    if kind == "member":
        facts["other"] = _MEMBERS.get(name, _members_of(name))
        return _MEMBER.note(kind, name, facts)
    if kind == "host" and _may_be_public(name):
        return None
    if kind == "moment" and name == "tz":
        text = Text(_ZONE, "`date.toLocaleString('en', {{ timeZone: 'Europe/Berlin' }})`", Level.PROBLEM)  # fmt: skip
        return text.note(kind, name, facts)
    text = _KINDS.get(kind, _SLOPPY)
    if kind == "state" and used_as.lifecycle == "kept":
        text = Text("`{name}` is remembered, as in Rocket.Chat", level=Level.OK)
    if kind == "chooses-room" and used_as.may_choose_room:
        text = replace(text, level=Level.OK)
    return text.note(kind, name, {**facts, "what": kind.removeprefix("sloppy ")})


def _may_be_public(host: str) -> bool:
    try:
        return is_public(parse_address(host.strip("[]")))
    except ValueError:
        name = host.lower().rstrip(".")
        return "." in name and not name.endswith(_NEAR)


def _members_of(name: str) -> str:
    if name.startswith("request.url."):
        return "`request.url` has `hash`, `search`, `query`, `pathname` and `path`"
    return ""
