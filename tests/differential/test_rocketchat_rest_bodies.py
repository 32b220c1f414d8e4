"""What is sent to Rocket.Chat's REST API, held against the validators that it checks bodies with."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from engine import transports
from engine.transports.base import HttpTransport
from engine.transports.message import CanonicalMessage
from tests.differential.comparison import node, report
from tests.farsides.base import Got, Refused
from tests.farsides.chats import RocketChatSide

_SCRIPT = Path(__file__).parent / "rocketchat_rest.cjs"
_PACKAGE = "@rocket.chat/rest-typings"
_WORDS = (
    *("build", "*failed*", "on", "`main`", "<https://ci.example.org/7|log>", "@all", "@here"),
    *("#ops", ":tada:", "汉字", "\N{GRINNING FACE}", "```\ncode\n```", "a\x00b", "\n\n", "> q"),
    *("\ud83d", "_x_", "[a](javascript:1)", "&amp;", "<script>", "x" * 900),
)
_VALUES: tuple[Any, ...] = (
    "text",
    "",
    " ",
    "https://example.org/i.png",
    "/local",
    None,
    7,
    True,
    [],
)
_MESSAGES = 600
#: A room, a direct message and an id; with threads or without.
_ROOMS = (("#ops", True), ("@ada", True), ("GENERAL", False))
_MEMBERS = (
    *("text", "title", "title_link", "author_name", "author_link", "author_icon", "pretext"),
    *("footer", "footer_icon", "ts", "color", "image_url", "thumb_url", "audio_url", "video_url"),
    *("fallback", "collapsed", "fields", "actions", "unknown"),
)


def messages() -> Iterator[CanonicalMessage]:
    """Give the same messages every time, many of them sloppy."""
    chance = random.Random(74)  # no reason but that it stays
    for number in range(_MESSAGES):
        words = chance.choices(_WORDS, k=chance.randrange(30))
        yield CanonicalMessage(
            id=f"d{number}",
            text=" ".join(words),
            sent_at=datetime(2026, 3, 1, tzinfo=UTC),
            alias=chance.choice(("", "CI", "a\r\nb", "\ud83d")),
            avatar=chance.choice(
                ("", "https://example.org/a.png", "/local", "data:image/png;base64,AA")
            ),
            emoji=chance.choice(("", ":bell:", "bell")),
            username=chance.choice(("", "ada")),
            attachments=[_attachment(chance) for _ in range(chance.choice((0, 0, 1, 3)))],
            thread_key=chance.choice((None, "aThreadOfTheirs01", "")),
        )


def _attachment(chance: random.Random) -> dict[str, Any]:
    names = chance.sample(_MEMBERS, k=chance.randrange(8))
    return {name: chance.choice(_VALUES) for name in names}


@pytest.fixture(scope="module")
def bodies() -> list[dict[str, Any]]:
    """Every body that the messages become in each of the rooms."""
    transport = transports.load("rocketchat")
    assert isinstance(transport, HttpTransport)
    made: list[dict[str, Any]] = []
    for channel, threads in _ROOMS:
        options = {"api": "rest", "channel": channel, "user_id": "u", "threads": threads}
        target = transport.validate("https://chat.example.org", options, {"token": "t" * 20})
        for message in messages():
            made += [orjson.loads(one.body) for one in transport.requests(message, target)]
    return made


def test_their_validator_takes_every_body(bodies: list[dict[str, Any]]) -> None:
    """No member too many, none of another type, threads included."""
    verdicts = node(_SCRIPT, bodies, packages=[_PACKAGE, "esbuild"])
    refused = [(why, body) for why, body in zip(verdicts, bodies, strict=True) if why]
    assert refused[:3] == []
    assert sum("tmid" in body for body in bodies) > 100
    report(
        "rocketchat_rest_bodies",
        packages=[f"npm:{_PACKAGE}"],
        checked="messages sent by `chat.postMessage`, threads among them",
        total=len(_ROOMS) * _MESSAGES,
    )


def test_the_far_side_of_the_tests_is_as_strict(bodies: list[dict[str, Any]]) -> None:
    """Bodies with a member changed are refused there when their validator refuses them."""
    changed = [
        mutated
        for number, body in enumerate(bodies[:300])
        for mutated in (
            {**body, "tmid": "x"},
            {**body, "channel": "#a", "roomId": "b"},
            {**body, "username": "x"},
            {name: value for name, value in body.items() if name not in ("channel", "roomId")},
            {**body, "text": number},
        )
    ]
    verdicts = node(_SCRIPT, changed, packages=[_PACKAGE, "esbuild"])
    with RocketChatSide() as far:
        headers = {"x-auth-token": far.token, "x-user-id": far.user_id}
        for why, body in zip(verdicts, changed, strict=True):
            got = Got("POST", "/api/v1/chat.postMessage", {}, headers, b"", body)
            if why is None:
                continue
            with pytest.raises(Refused):
                far.take(got)
    assert any(verdicts)
    assert not all(verdicts)
