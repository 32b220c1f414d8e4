"""Redirects: followed by hand, and checked each time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from engine.errors import OutboundError, OutboundKind
from engine.outbound.call import Call, Reply
from engine.outbound.policy import Policy
from tests.internet import OK, Behaviour, Internet, Seen

START = "http://start.example/from"
SECRETS = [("Authorization", "Bearer s"), ("Cookie", "c=1"), ("X-Custom", "kept")]


def redirects(status: int = 302, *, to: str) -> Behaviour:
    """Return a behaviour: from /from to there, and 200 everywhere else."""

    def behave(seen: Seen) -> Iterator[bytes]:
        if seen.path.startswith("/from"):
            yield f"HTTP/1.1 {status} Moved\r\nLocation: {to}\r\nContent-Length: 5\r\n\r\nmoved".encode()
        else:
            yield OK

    return behave


@pytest.fixture
def send(internet: Internet) -> Any:
    """Make a call under a script's policy; takes the fields of Call."""
    outbound = internet.outbound()

    def send(method: str = "GET", url: str = START, *allowed: str, **fields: Any) -> Reply:
        policy = Policy.public(allowed, "THE_SETTING")
        return outbound.send(Call(method, url, **fields), policy)

    return send


@pytest.mark.parametrize(
    ("status", "method", "then"),
    [
        (301, "GET", "GET"),
        (301, "POST", "GET"),
        (302, "POST", "GET"),
        (303, "POST", "GET"),
        (303, "PUT", "GET"),
        (303, "HEAD", "HEAD"),
        (301, "PUT", "PUT"),
        (302, "DELETE", "DELETE"),
        (307, "POST", "POST"),
        (308, "PUT", "PUT"),
    ],
)
def test_methods_and_bodies_follow_the_status(
    internet: Internet, send: Any, status: int, method: str, then: str
) -> None:
    """301, 302 and 303 make a GET of a POST, without its body; 307 and 308 repeat it."""

    def behave(seen: Seen) -> Iterator[bytes]:
        answer = b"".join(redirects(status, to="/to?q=1")(seen))
        yield answer if seen.method != "HEAD" else answer.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"

    server = internet.serve(behave, at="start.example")
    reply = send(method, headers=[("Content-Type", "text/x"), ("X-A", "1")], body=b"body")
    first, second = server.requests
    assert (first.method, second.method, second.path) == (method, then, "/to?q=1")
    kept = method == then and method != "HEAD"
    assert second.body == (b"body" if kept or method == "HEAD" else b"")
    assert second.header("Content-Type") == ("text/x" if method == then else None)
    assert second.header("X-A") == "1"
    assert (reply.status, reply.url) == (200, "http://start.example/to?q=1")
    assert server.connections == 1


@pytest.mark.parametrize(
    ("to", "path"),
    [
        ("to", "/to"),
        ("?a", "/from?a"),
        ("//start.example/x", "/x"),
        ("http://START.example:80/x#y", "/x"),
        ("/t\xc3\xb6", "/t%C3%B6"),
        ("/a b", "/a%20b"),
    ],
)
def test_locations_may_be_relative(internet: Internet, send: Any, to: str, path: str) -> None:
    """And in UTF-8, and have spaces, as they are found in the wild."""

    def behave(seen: Seen) -> Iterator[bytes]:
        if seen.path == "/from":
            yield b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + to.encode("latin-1")
            yield b"\r\n\r\n"
        else:
            yield OK

    server = internet.serve(behave, at="start.example")
    assert send().status == 200
    assert server.requests[1].path == path


@pytest.mark.parametrize(
    ("to", "kept"),
    [
        ("/to", True),
        ("http://start.example/to", True),
        ("http://other.example/to", False),
        ("http://start.example:8080/to", False),
        ("http://sub.start.example/to", False),
    ],
)
def test_credentials_stay_with_their_origin(
    internet: Internet, send: Any, to: str, kept: bool
) -> None:
    """Authorization and cookies are for the host, scheme and port they were meant for."""
    servers = [
        internet.serve(redirects(to=to), at="start.example"),
        internet.serve(at="93.184.216.35"),
        internet.serve(at="start.example", port=8080),
    ]
    internet.names |= {name: [["93.184.216.35"]] for name in ("other.example", "sub.start.example")}
    send(headers=SECRETS)
    second = next(seen for server in servers for seen in server.requests if seen.path == "/to")
    assert (second.header("Authorization"), second.header("Cookie")) == (
        ("Bearer s", "c=1") if kept else (None, None)
    )
    assert second.header("X-Custom") == "kept"


def test_credentials_in_the_url_stay_with_their_origin(internet: Internet, send: Any) -> None:
    """They are no different from a header."""
    start = internet.serve(redirects(to="/from/2"), at="start.example")
    start._behaviour = lambda seen: redirects(
        to="/from2" if seen.path == "/from" else "http://other.example/"
    )(seen)
    internet.names["other.example"] = [["93.184.216.35"]]
    other = internet.serve(at="93.184.216.35")
    reply = send("GET", "http://a:b@start.example/from")
    assert [seen.header("Authorization") for seen in start.requests] == ["Basic YTpi"] * 2
    assert other.requests[0].header("Authorization") is None
    assert reply.url == "http://other.example/"


@pytest.mark.parametrize(
    "to",
    [
        "http://127.0.0.1:{port}/",
        "http://2130706433:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
        "//127.0.0.1:{port}/",
        "http://intra.example:{port}/",
        "http://169.254.169.254/latest/meta-data/",
    ],
)
@pytest.mark.parametrize("status", [301, 307])
def test_redirects_lead_nowhere_that_is_forbidden(
    internet: Internet, send: Any, status: int, to: str
) -> None:
    """A public server cannot send a script's call into the network it came from."""
    local = internet.serve()
    internet.names["intra.example"] = [["127.0.0.1"]]
    internet.serve(redirects(status, to=to.format(port=local.port)), at="start.example")
    with pytest.raises(OutboundError) as caught:
        send("POST", body=b"x")
    assert caught.value.kind is OutboundKind.REFUSED
    assert str(caught.value).startswith("redirected by http://start.example: scripts may not call ")
    assert "THE_SETTING" in str(caught.value)
    assert local.connections == 0


def test_a_redirect_to_the_same_name_is_checked_again(
    internet: Internet, send: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that has another address on another port, a moment later, is another name."""
    monkeypatch.setattr("engine.outbound.resolver._FRESH_S", 0.0)
    local = internet.serve()
    internet.serve(redirects(to=f"http://start.example:{local.port}/"), at="start.example")
    internet.names["start.example"] = [["93.184.216.34"], ["127.0.0.1"]]
    with pytest.raises(OutboundError) as caught:
        send()
    assert caught.value.kind is OutboundKind.REFUSED
    assert local.connections == 0


@pytest.mark.parametrize(
    "to",
    [
        "file:///etc/passwd",
        "ftp://start.example/",
        "javascript:1",
        "http://[",
        "data:,x",
    ],
)
def test_redirects_to_what_cannot_be_called_are_an_error(
    internet: Internet, send: Any, to: str
) -> None:
    """One that names the host that sent it."""
    internet.serve(redirects(to=to), at="start.example")
    with pytest.raises(OutboundError) as caught:
        send()
    assert caught.value.kind is OutboundKind.INVALID_URL
    assert str(caught.value).startswith("http://start.example redirects to what cannot be called: ")


@pytest.mark.parametrize("to", ["/from", "/from?again", "http://start.example/from"])
def test_redirects_that_go_round_in_circles_end(internet: Internet, send: Any, to: str) -> None:
    """After the number that the call allows."""
    server = internet.serve(redirects(to=to), at="start.example")
    with pytest.raises(OutboundError) as caught:
        send(max_redirects=3)
    assert caught.value.kind is OutboundKind.TOO_MANY_REDIRECTS
    assert len(server.requests) == 4


def test_as_many_redirects_as_allowed_are_followed(internet: Internet, send: Any) -> None:
    """Five by default."""

    def behave(seen: Seen) -> Iterator[bytes]:
        step = int(seen.path[1:])
        if step == 5:
            yield OK
        else:
            yield from redirects(to=f"/{step + 1}")(Seen("GET", "/from", [], b""))

    internet.serve(behave, at="start.example")
    assert send("GET", "http://start.example/0").url == "http://start.example/5"


def test_redirects_are_returned_where_none_are_to_be_followed(
    internet: Internet, send: Any
) -> None:
    """With their body and header, for those who look themselves."""
    internet.serve(redirects(to="http://127.0.0.1/"), at="start.example")
    reply = send(max_redirects=0)
    assert (reply.status, reply.body, reply.url) == (302, b"moved", START)
    assert ("Location", "http://127.0.0.1/") in reply.headers


@pytest.mark.parametrize("status", [300, 304, 305])
def test_other_answers_of_the_300s_are_answers(internet: Internet, send: Any, status: int) -> None:
    """Only those that say where to go, and mean it, are redirects."""
    internet.serve(
        lambda seen: iter(
            [f"HTTP/1.1 {status} X\r\nLocation: /to\r\nContent-Length: 0\r\n\r\n".encode()]
        ),
        at="start.example",
    )
    assert send().status == status


def test_a_redirect_without_a_location_is_an_answer(internet: Internet, send: Any) -> None:
    """There is nowhere to go."""
    internet.serve(
        lambda seen: iter([b"HTTP/1.1 302 X\r\nContent-Length: 2\r\n\r\nhi"]), at="start.example"
    )
    assert (send().status, send().body) == (302, b"hi")


def test_a_large_body_of_a_redirect_is_not_read(internet: Internet, send: Any) -> None:
    """Nobody looks at it, and it cannot make the call fail."""

    def behave(seen: Seen) -> Iterator[bytes]:
        if seen.path != "/from":
            yield OK
            return
        yield b"HTTP/1.1 302 Found\r\nLocation: /to\r\nContent-Length: 1073741824\r\n\r\n"
        for _ in range(16384):
            yield b"x" * 65536

    server = internet.serve(behave, at="start.example")
    assert send(max_bytes=100).status == 200
    assert server.connections == 2
