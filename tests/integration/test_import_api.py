"""Rocket.Chat's REST API as a source: paging, and servers that do not answer as one does."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from engine.errors import SourceError
from engine.importing.rocketchat_api import RocketChat
from tests.internet import Behaviour, Internet, Seen

Answer = tuple[int, Any]


def sent(status: int, body: Any, *headers: str) -> bytes:
    """Return an answer as it goes over the wire."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = [f"HTTP/1.1 {status} X", f"Content-Length: {len(data)}", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + data


def documents(count: int) -> list[dict[str, Any]]:
    return [
        {"_id": f"i{number}", "type": "webhook-incoming", "token": "t" * 48, "script": ""}
        for number in range(count)
    ]


def rocketchat(pages: list[dict[str, Any]], rooms: int = 200) -> Behaviour:
    """Return a server that lists these integrations, as many at a time as it is asked for."""

    def behave(seen: Seen) -> Iterator[bytes]:
        url = urlsplit(seen.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        if seen.header("X-Auth-Token") != "secret" or seen.header("X-User-Id") != "me":
            yield sent(401, {"status": "error", "message": "You must be logged in to do this."})
        elif url.path == "/api/v1/integrations.list":
            offset, count = int(query["offset"]), min(int(query["count"]), 50)
            page = pages[offset : offset + count]
            yield sent(
                200,
                {
                    "integrations": page,
                    "offset": offset,
                    "count": len(page),
                    "total": len(pages),
                    "success": True,
                },
            )
        elif url.path == "/api/v1/channels.list":
            room = {"_id": "r1", "t": "c", "name": "general"}
            yield sent(rooms, {"channels": [room], "total": 1, "success": rooms == 200})
        else:
            yield sent(403, {"success": False, "error": "unauthorized"})

    return behave


@pytest.fixture
def source(internet: Internet) -> Callable[..., RocketChat]:
    """Make sources; `waits` takes how long it wanted to sleep."""

    def make(behaviour: Behaviour, *, waits: list[float] | None = None, **options: Any) -> Any:
        waited: list[float] = [] if waits is None else waits
        internet.serve(behaviour, at="chat.example.org")
        options.setdefault("token", "secret")
        return RocketChat(
            internet.outbound(),
            "http://chat.example.org/",
            "me",
            options.pop("token"),
            sleep=waited.append,
            now=lambda: 1000.0,
            **options,
        )

    return make


def test_all_pages_are_read(source: Callable[..., RocketChat]) -> None:
    """However few a server gives at a time; rooms come after them, as far as they may be seen."""
    found = list(source(rocketchat(documents(120))).documents())
    assert [one["_id"] for one in found] == [*(f"i{n}" for n in range(120)), "r1"]


def test_rooms_are_not_needed(source: Callable[..., RocketChat]) -> None:
    """Who may not list them still gets integrations."""
    found = list(source(rocketchat(documents(2), rooms=403)).documents())
    assert [one["_id"] for one in found] == ["i0", "i1"]


def test_a_server_that_does_not_count_pages_ends_too(source: Callable[..., RocketChat]) -> None:
    """The first page again is the end."""

    def behave(seen: Seen) -> Iterator[bytes]:
        yield sent(200, {"integrations": documents(3), "success": True})

    assert len(list(source(behave).documents())) == 3


def test_a_script_that_was_not_listed_is_fetched(source: Callable[..., RocketChat]) -> None:
    """Where the list holds integrations in short, each is asked for."""
    short = {"_id": "i0", "type": "webhook-incoming", "scriptEnabled": True}
    whole = {**short, "script": "class Script {}", "token": "t" * 48}

    def behave(seen: Seen) -> Iterator[bytes]:
        if seen.path.startswith("/api/v1/integrations.list"):
            yield sent(200, {"integrations": [short], "total": 1, "success": True})
        elif seen.path == "/api/v1/integrations.get?integrationId=i0":
            yield sent(200, {"integration": whole, "success": True})
        else:
            yield sent(404, {"success": False})

    assert list(source(behave).documents()) == [whole]


def test_a_server_that_says_wait_is_waited_for(source: Callable[..., RocketChat]) -> None:
    """As long as it says; not for ever."""
    busy = sent(429, {"success": False}, "X-RateLimit-Reset: 1012000")
    good = rocketchat(documents(1))
    left = [busy, busy]
    waits: list[float] = []

    def behave(seen: Seen) -> Iterator[bytes]:
        yield from [left.pop()] if left else good(seen)

    found = list(source(behave, waits=waits).documents())
    assert [one["_id"] for one in found] == ["i0", "r1"]
    assert waits == [12.0, 12.0]


def test_a_server_that_is_always_busy_is_given_up(source: Callable[..., RocketChat]) -> None:
    """In one line."""
    waits: list[float] = []
    with pytest.raises(SourceError, match=r"^chat.example.org allows no more calls for now"):
        list(source(lambda seen: iter([sent(429, {})]), waits=waits).documents())
    assert waits == [60.0] * 5


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (sent(401, {}), "chat.example.org knows no such user id and token (401)"),
        (sent(403, {}), "does not let this user see that (403 to integrations.list)"),
        (sent(200, b"<!doctype html><title>Rocket.Chat</title>"), "with 200 and no JSON"),
        (sent(502, b"<h1>Bad gateway</h1>"), "with 502 and no JSON"),
        (
            sent(404, {"success": False, "error": "gone"}),
            "refused integrations.list with 404: gone",
        ),
        (sent(200, {"success": True}), "answered integrations.list without integrations"),
        (sent(200, b"[1, 2]"), "with 200 and no JSON"),
        (sent(301, b"", "Location: https://chat2.example.org/x"), "redirects to chat2.example.org"),
        (b"nonsense\r\n\r\n", "chat.example.org cannot be reached: "),
    ],
)
def test_what_is_no_answer_is_one_clear_line(
    source: Callable[..., RocketChat], answer: bytes, said: str
) -> None:
    """It names the server, and no secret."""
    with pytest.raises(SourceError) as raised:
        list(source(lambda seen: iter([answer])).documents())
    line = str(raised.value)
    assert said in line
    assert "\n" not in line
    assert "secret" not in line


def test_a_wrong_token_is_told_as_such(source: Callable[..., RocketChat]) -> None:
    """By a server that would know the right one."""
    with pytest.raises(SourceError, match="knows no such user id and token"):
        list(source(rocketchat(documents(1)), token="guessed").documents())


def test_a_token_goes_to_the_server_that_was_named_only(
    internet: Internet, source: Callable[..., RocketChat]
) -> None:
    """A redirect to another is not followed."""
    other = internet.serve(at="elsewhere.example.org")
    redirect = sent(302, b"", "Location: http://elsewhere.example.org/api")
    with pytest.raises(SourceError, match="redirects to elsewhere"):
        list(source(lambda seen: iter([redirect])).documents())
    assert other.requests == []


def test_a_slow_server_is_given_up(source: Callable[..., RocketChat]) -> None:
    """After a time that is for the whole answer."""

    def behave(seen: Seen) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"
        for _ in range(600):
            yield b" "
            time.sleep(0.1)

    with pytest.raises(SourceError, match=r"^chat.example.org cannot be reached"):
        list(source(behave, timeout_s=0.5).documents())
