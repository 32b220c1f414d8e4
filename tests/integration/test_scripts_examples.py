"""Every folder of scripts_examples does what it says, through the real URL and the real sandbox."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.internet import Internet
from tests.outgoing import Outgoing, eventually, in_turn, payload, reply
from tests.support import Api

EXAMPLES = Path(__file__).parents[2] / "scripts_examples"
FOLDERS = sorted(path.parent for path in EXAMPLES.glob("*/script.js"))
_OWN = ("msg", "alias", "avatar", "emoji", "tmid")


def is_outgoing(folder: Path) -> bool:
    return "_outgoing_" in (folder / "script.js").read_text(encoding="utf-8")


def fixtures(*, outgoing: bool) -> Iterator[Any]:
    for folder in FOLDERS:
        if is_outgoing(folder) is not outgoing:
            continue
        for fixture in sorted((folder / "fixtures").glob("*.json")):
            yield pytest.param(folder, fixture, id=f"{folder.name}-{fixture.stem}")


def shown(message: dict[str, Any], channel: str | None) -> dict[str, Any]:
    """Reduce a stored message to what an expectation names."""
    kept = {name: message[name] for name in _OWN if name in message}
    if message["attachments"]:
        kept["attachments"] = message["attachments"]
    return kept if channel is None else {**kept, "channel": channel}


@pytest.mark.parametrize(("folder", "fixture"), list(fixtures(outgoing=False)))
def test_an_example_turns_its_fixture_into_the_expected_message(
    api: Api, folder: Path, fixture: Path
) -> None:
    """Post the payload as the service does; compare the answer and the message as stored."""
    expected = json.loads((folder / "expected" / fixture.name).read_text(encoding="utf-8"))
    rooms = {message.get("channel", "#general") for message in expected["messages"]}
    for room in rooms - {"#general"}:
        api.post("channels.create", name=room.removeprefix("#"))
    hook = api.hook(
        (folder / "script.js").read_text(encoding="utf-8"),
        name=folder.name,
        overrideDestinationChannelEnabled=True,
    )
    query = expected["request"].get("query", "")
    answer = hook.post(
        data=fixture.read_bytes(),
        path=hook.path + (f"?{query}" if query else ""),
        headers=expected["request"]["headers"],
    )
    assert (answer.status_code, answer.get_json()) == (
        expected["answer"]["status"],
        expected["answer"]["body"],
    )
    posted = [
        shown(message, None if room == "#general" else room)
        for room in sorted(rooms | {"#general"})
        for message in reversed(api.messages(room.removeprefix("#")))
    ]
    assert posted == expected["messages"]


@pytest.mark.parametrize(("folder", "fixture"), list(fixtures(outgoing=True)))
def test_an_outgoing_example_calls_and_answers_as_expected(
    api: Api, internet: Internet, folder: Path, fixture: Path
) -> None:
    """Post the message; compare what the far side was asked, and what was said after its answer."""
    expected = json.loads((folder / "expected" / fixture.name).read_text(encoding="utf-8"))
    answer = expected.get("answer", {"status": 200, "headers": {}, "body": {}})
    body = answer["body"]
    far = internet.serve(
        in_turn(
            reply(
                body.encode() if isinstance(body, str) else body,
                answer["status"],
                answer["headers"].get("Content-Type", ""),
            )
        )
    )
    out = Outgoing(api)
    source = (folder / "script.js").read_text(encoding="utf-8")
    out.create(far, name=folder.name, script=source, **expected["integration"])
    out.say(**json.loads(fixture.read_bytes()))
    assert out.execution()["error"] is None
    assert eventually(out.is_quiet)
    calls = [
        {"method": seen.method, "path": seen.path.removeprefix("/out"), "body": seen.body}
        for seen in far.requests
    ]
    wanted = expected["call"]
    assert len(calls) == (wanted is not None)
    if wanted is not None:
        assert (calls[0]["method"], calls[0]["path"]) == (wanted["method"], wanted["path"])
        if "body" in wanted:
            told = payload(far.requests[0]) if far.requests[0].body else None
            assert told == wanted["body"]
    said, *answers = reversed(api.messages())
    assert said["u"]["username"] == "admin"
    assert [shown(message, None) for message in answers] == expected["messages"]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_an_example_is_complete(folder: Path) -> None:
    """Each has a manual, several payloads, and an expectation for each of them."""
    payloads = {path.name for path in (folder / "fixtures").glob("*.json")}
    assert len(payloads) >= 3
    assert payloads == {path.name for path in (folder / "expected").glob("*.json")}
    assert "curl" in (folder / "README.md").read_text(encoding="utf-8")
