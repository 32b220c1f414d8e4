"""What is sent for a call, and what comes back of the answer."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from engine.errors import OutboundError, OutboundKind
from engine.outbound.call import Call, Reply
from engine.outbound.policy import Policy
from tests.internet import OK, PUBLIC, Internet, Seen, answers

URL = "http://api.example.org/"


@pytest.fixture
def send(internet: Internet) -> Any:
    """Make a call; takes the fields of Call."""
    outbound = internet.outbound(user_agent="Hooksmith/9")

    def send(method: str = "GET", url: str = URL, **fields: Any) -> Reply:
        return outbound.send(Call(method, url, **fields), Policy.public())

    return send


def test_a_request_is_what_was_asked_for(internet: Internet, send: Any) -> None:
    """Method, path, query, headers in their order, body."""
    server = internet.serve(at="api.example.org")
    send(
        "patch",
        f"{URL}a/b?c=d&e",
        headers=[("X-One", "1"), ("Content-Type", "text/plain"), ("X-One", " 2\t")],
        body=b"\x00\xff",
    )
    (seen,) = server.requests
    assert (seen.method, seen.path, seen.body) == ("PATCH", "/a/b?c=d&e", b"\x00\xff")
    assert sorted(seen.headers) == [
        ("Accept-Encoding", "gzip, deflate"),
        ("Content-Length", "2"),
        ("Content-Type", "text/plain"),
        ("Host", "api.example.org"),
        ("User-Agent", "Hooksmith/9"),
        ("X-One", "1"),
        ("X-One", "2"),
    ]


def test_a_reply_is_what_was_answered(internet: Internet, send: Any) -> None:
    """Status, reason, every header, body, and where it came from."""
    head = (
        b"HTTP/1.1 404 Not here\r\nX-A: 1\r\nX-A: 2\r\nX-Long: a\r\n b\r\nContent-Length: 4\r\n\r\n"
    )
    internet.serve(answers(head + "für".encode()), at="api.example.org")
    reply = send(url=f"{URL}where#fragment")
    assert (reply.status, reply.reason, reply.body) == (404, "Not here", "für".encode())
    assert reply.headers == [("X-A", "1"), ("X-A", "2"), ("X-Long", "a b"), ("Content-Length", "4")]
    assert (reply.url, reply.address) == (f"{URL}where", PUBLIC)
    assert (reply.truncated, reply.duration_ms > 0) == (False, True)


@pytest.mark.parametrize(
    ("method", "length"), [("GET", None), ("HEAD", None), ("POST", "0"), ("PUT", "0")]
)
def test_a_request_without_a_body_says_so(
    internet: Internet, send: Any, method: str, length: str | None
) -> None:
    """Many servers want to know that nothing comes behind a POST."""
    server = internet.serve(answers(OK if method != "HEAD" else OK[:-2]), at="api.example.org")
    send(method)
    assert server.requests[0].header("Content-Length") == length


@pytest.mark.parametrize(
    "name",
    ["Host", "content-length", "Transfer-Encoding", "Connection", "Upgrade", "Expect", "TE"],
)
def test_headers_of_the_connection_are_not_the_callers(
    internet: Internet, send: Any, name: str
) -> None:
    """A script that sets them, as many do, changes nothing."""
    server = internet.serve(at="api.example.org")
    assert send("POST", headers=[(name, "chunked")], body=b"12345").status == 200
    (seen,) = server.requests
    assert (seen.header("Host"), seen.header("Content-Length")) == ("api.example.org", "5")
    assert [value for _, value in seen.headers if value == "chunked"] == []
    assert seen.body == b"12345"


@pytest.mark.parametrize(
    "header",
    [
        ("X-A", "1\r\nX-B: 2"),
        ("X-A", "1\nX-B: 2"),
        ("X-A", "1\rX-B: 2"),
        ("X-A", "1\x00"),
        ("X-A", "\u010d\u010a"),  # whose low bytes are CR and LF
        ("X-A", "日本"),
        ("X-A: 1\r\nX-B", "2"),
        ("X A", "1"),
        ("X-A:", "1"),
        ("", "1"),
        ("X-Ä", "1"),
        ("X-A", "a" * (64 << 10)),
    ],
)
def test_nothing_can_be_smuggled_in_by_a_header(
    internet: Internet, send: Any, header: tuple[str, str]
) -> None:
    """What is no header is refused, and nobody is called."""
    server = internet.serve(at="api.example.org")
    with pytest.raises(OutboundError) as caught:
        send(headers=[header])
    assert caught.value.kind is OutboundKind.REFUSED
    assert "\n" not in str(caught.value)
    assert server.connections == 0


@pytest.mark.parametrize("method", ["", "GET /x", "GET\r\nX: 1", "CONNECT", "trace", "GÉT"])
def test_only_methods_are_methods(internet: Internet, send: Any, method: str) -> None:
    """Those that open tunnels and echo credentials are refused too."""
    server = internet.serve(at="api.example.org")
    with pytest.raises(OutboundError) as caught:
        send(method)
    assert caught.value.kind is OutboundKind.REFUSED
    assert server.connections == 0


def test_credentials_in_a_url_become_a_header(internet: Internet, send: Any) -> None:
    """And the URL of the reply has none."""
    server = internet.serve(at="api.example.org")
    reply = send(url="http://me%40home:p%C3%A4ss%3A@api.example.org/x")
    expected = base64.b64encode("me@home:päss:".encode()).decode()
    assert server.requests[0].header("Authorization") == f"Basic {expected}"
    assert server.requests[0].header("Host") == "api.example.org"
    assert reply.url == "http://api.example.org/x"


def test_a_header_goes_before_credentials_in_the_url(internet: Internet, send: Any) -> None:
    """There is never more than one Authorization."""
    server = internet.serve(at="api.example.org")
    send(url="http://a:b@api.example.org/", headers=[("authorization", "Bearer x")])
    assert server.requests[0].header("Authorization") == "Bearer x"


@pytest.mark.parametrize(
    "url",
    [
        "http://SECRET:SECRET@nobody.example/SECRET?SECRET#SECRET",
        "http://SECRET:SECRET@10.0.0.1/SECRET?SECRET",
        "http://SECRET:SECRET@api.example.org/SECRET?SECRET",
        "https://SECRET:SECRET@api.example.org:80/SECRET?SECRET",
        "http://SECRET:SECRET@8.8.8.8/SECRET?SECRET",
        "http://SECRET:SECRET@exa mple/SECRET",
        "http://SECRET:SECRET@[SECRET/SECRET",
        "ftp://SECRET:SECRET@api.example.org/SECRET",
        "http://SECRET:SECRET@api.example.org:99999/SECRET",
        "http://api.example.org/\nSECRET",
    ],
)
def test_errors_tell_no_secrets(
    internet: Internet, send: Any, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The URLs of hooks are credentials: messages name hosts, and logs get nothing at all."""
    caplog.set_level("WARNING")
    internet.serve(answers(b"HTTP/1.1 200 OK\r\nbad line\r\nContent-Length: x\r\n\r\nSECRET"))
    internet.serve(answers(b"SECRET\r\n\r\n"), at="api.example.org")
    with pytest.raises(OutboundError) as caught:
        send(url=url)
    assert "SECRET" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caplog.text == ""


@pytest.mark.parametrize("line", [b"no colon here", b"Bad name : x", b": x"])
def test_headers_that_are_none_make_an_answer_none(
    internet: Internet, send: Any, caplog: pytest.LogCaptureFixture, line: bytes
) -> None:
    """The lengths behind them would be misread; and no library logs the URL because of them."""
    internet.serve(
        answers(b"HTTP/1.1 200 OK\r\n" + line + b"\r\nContent-Length: 2\r\n\r\nok"),
        at="api.example.org",
    )
    with pytest.raises(OutboundError) as caught:
        send(url=f"{URL}SECRET")
    assert caught.value.kind is OutboundKind.PROTOCOL
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("", "/"),
        ("?a=b", "/?a=b"),
        ("/a b/ü?q=ü ä|x", "/a%20b/%C3%BC?q=%C3%BC%20%C3%A4%7Cx"),
        ("/a%20b%2F?x=%26", "/a%20b%2F?x=%26"),
        ("/100%?a=%zz", "/100%?a=%zz"),
        ("/a?b=[1]&c=d;e,f", "/a?b=[1]&c=d;e,f"),
        ("/a\\b\"<>'", "/a%5Cb%22%3C%3E'"),
        ("//double//", "//double//"),
    ],
)
def test_paths_are_sent_as_written(internet: Internet, send: Any, written: str, sent: str) -> None:
    """Escaped where HTTP needs it, and nothing that is escaped already escaped again."""
    server = internet.serve(at="api.example.org")
    send(url="http://api.example.org" + written)
    assert server.requests[0].path == sent


@pytest.mark.parametrize(
    ("host", "ascii_host"),
    [("Bücher.example", "xn--bcher-kva.example"), ("faß.example", "xn--fa-hia.example")],
)
def test_names_in_other_scripts_are_names(
    internet: Internet, send: Any, host: str, ascii_host: str
) -> None:
    """Looked up and named as browsers do."""
    server = internet.serve(at=ascii_host)
    assert send(url=f"http://{host}/").url == f"http://{ascii_host}/"
    assert server.requests[0].header("Host") == ascii_host


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (b"HTTP/1.1 204 No Content\r\n", b""),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 100\r\n", b""),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n", b""),
        (b"HTTP/1.1 200\r\nContent-Length: 2\r\n", b"ok"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n",
            b"1;x=y\r\no\r\n01\r\nk\r\n0\r\nT: 1\r\n\r\n",
        ),
    ],
)
def test_bodies_end_where_they_end(internet: Internet, send: Any, head: bytes, body: bytes) -> None:
    """Whichever way an answer says so, its connection can be used again."""
    server = internet.serve(answers(head + b"\r\n" + body), at="api.example.org")
    for _ in range(3):
        assert send().body in (b"", b"ok")
    assert server.connections == 1


def test_head_has_no_body(internet: Internet, send: Any) -> None:
    """Whatever length is announced, and whatever packing."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nContent-Encoding: gzip\r\n\r\n"
    server = internet.serve(answers(head), at="api.example.org")
    assert [send("HEAD").body, send("HEAD").body] == [b"", b""]
    assert server.connections == 1


def test_interim_answers_are_not_the_answer(internet: Internet, send: Any) -> None:
    """100 and 103 come before it, and leave nothing behind for the next call."""

    def behave(seen: Seen) -> Any:
        yield b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
        yield b"HTTP/1.1 201 Created\r\nContent-Length: 1\r\n\r\n" + str(seen.index).encode()

    server = internet.serve(behave, at="api.example.org")
    replies = [send(), send()]
    assert [(reply.status, reply.body) for reply in replies] == [(201, b"0"), (201, b"1")]
    assert server.connections == 1
