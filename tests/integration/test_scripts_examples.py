"""Every folder of scripts_examples does what it says, through the real URL and the real sandbox."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import Api

EXAMPLES = Path(__file__).parents[2] / "scripts_examples"
FOLDERS = sorted(path.parent for path in EXAMPLES.glob("*/script.js"))
_OWN = ("msg", "alias", "avatar", "emoji", "tmid")


def fixtures() -> Iterator[Any]:
    for folder in FOLDERS:
        for fixture in sorted((folder / "fixtures").glob("*.json")):
            yield pytest.param(folder, fixture, id=f"{folder.name}-{fixture.stem}")


def shown(message: dict[str, Any], channel: str | None) -> dict[str, Any]:
    """Reduce a stored message to what an expectation names."""
    kept = {name: message[name] for name in _OWN if name in message}
    if message["attachments"]:
        kept["attachments"] = message["attachments"]
    return kept if channel is None else {**kept, "channel": channel}


@pytest.mark.parametrize(("folder", "fixture"), list(fixtures()))
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


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_an_example_is_complete(folder: Path) -> None:
    """Each has a manual, several payloads, and an expectation for each of them."""
    payloads = {path.name for path in (folder / "fixtures").glob("*.json")}
    assert len(payloads) >= 3
    assert payloads == {path.name for path in (folder / "expected").glob("*.json")}
    assert "curl" in (folder / "README.md").read_text(encoding="utf-8")
