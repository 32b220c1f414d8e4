"""Calls end: at their deadline, at their size, at nonsense."""

from __future__ import annotations

import gzip
import itertools
import socket
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from engine.errors import OutboundError, OutboundKind
from engine.outbound.call import Call, Reply
from engine.outbound.policy import Policy
from tests.certificates import Authority
from tests.internet import Behaviour, Internet, Seen, answers, closes_after

MiB = 1 << 20
HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.fixture(params=["http", "https"])
def call(request: pytest.FixtureRequest, internet: Internet, authority: Authority) -> Any:
    """Call a server that behaves so, in plain and in TLS; takes the fields of Call."""
    outbound = internet.outbound(ca_file=str(authority.file))
    tls = authority.server("far.example") if request.param == "https" else None

    def call(behaviour: Behaviour, **fields: Any) -> Reply:
        internet.serve(behaviour, at="far.example", port=8000, tls=tls)
        fields = {"method": "GET", "timeout_s": 20.0, **fields}
        return outbound.send(
            Call(url=f"{request.param}://far.example:8000/", **fields), Policy.public()
        )

    return call


def failure(make_call: Callable[..., Reply], *args: Any, **fields: Any) -> OutboundError:
    with pytest.raises(OutboundError) as caught:
        make_call(*args, **fields)
    assert "\n" not in str(caught.value)
    return caught.value


def slowly(pieces: Iterable[bytes]) -> Behaviour:
    """Return a behaviour: one piece every 50 ms."""

    def behave(seen: Seen) -> Iterator[bytes]:
        for piece in pieces:
            yield piece
            time.sleep(0.05)

    return behave


def drip(text: bytes) -> list[bytes]:
    return [bytes([byte]) for byte in text]


SLOW = {
    "never answers": [],
    "drips its status line": drip(b"HTTP/1.1 200 " + b"O" * 80),
    "drips headers": [HEAD, *drip(b"A: 1\r\n" * 20), b"\r\n"],
    "never ends its interim answers": [b"HTTP/1.1 103 Hints\r\n\r\n"] * 80,
    "drips its body": [HEAD + b"Content-Length: 80\r\n\r\n", *drip(b"x" * 80)],
    "drips a body without length": [HEAD + b"\r\n", *drip(b"x" * 80)],
    "drips chunks": [HEAD + b"Transfer-Encoding: chunked\r\n\r\n", *[b"1\r\nx\r\n"] * 80],
    "drips a chunk's size": [HEAD + b"Transfer-Encoding: chunked\r\n\r\n", *drip(b"0" * 80)],
    "drips a packed body": [
        HEAD + b"Content-Encoding: gzip\r\n\r\n",
        *drip(gzip.compress(bytes(range(256)))[:80]),
    ],
}


@pytest.mark.parametrize("pieces", SLOW.values(), ids=SLOW)
def test_a_call_ends_at_its_deadline(call: Any, pieces: list[bytes]) -> None:
    """However busily the far side sends: every one of these takes four seconds if one lets it."""
    waits = pieces or [b""] * 80
    assert failure(call, slowly(waits), timeout_s=0.5).kind is OutboundKind.TIMEOUT


def test_redirects_do_not_prolong_a_call(call: Any) -> None:
    """The deadline is that of all hops together."""
    redirect = b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"

    def behave(seen: Seen) -> Iterator[bytes]:
        time.sleep(0.2)
        yield redirect

    assert failure(call, behave, timeout_s=1, max_redirects=50).kind is OutboundKind.TIMEOUT


def test_a_far_side_that_takes_nothing_is_not_waited_for(
    internet: Internet, authority: Authority
) -> None:
    """A request that nobody reads ends at the deadline too, in plain and in TLS."""
    for scheme, tls in (("http", None), ("https", authority.server("deaf.example"))):
        hold = threading.Event()
        internet.serve(handler=lambda _, hold=hold: hold.wait(), at="deaf.example", tls=tls)
        outbound = internet.outbound(ca_file=str(authority.file))
        call = Call("PUT", f"{scheme}://deaf.example:80/", body=bytes(50 * MiB), timeout_s=0.5)
        error = failure(outbound.send, call, Policy.public())
        hold.set()
        assert error.kind is OutboundKind.TIMEOUT
        assert str(error) == f"{scheme}://deaf.example{':80' * (scheme == 'https')} " + (
            "did not take the request within 0.5 s"
        )


def test_a_far_side_that_takes_a_request_bit_by_bit_is_not_waited_for(
    internet: Internet, authority: Authority
) -> None:
    """Progress does not prolong a call: this one would take four seconds."""

    def sips(connection: socket.socket) -> None:
        for _ in range(80):
            connection.recv(64 << 10)
            time.sleep(0.05)
        while connection.recv(1 << 20):
            pass

    for scheme, tls in (("http", None), ("https", authority.server("far.example"))):
        internet.serve(handler=sips, at="far.example", tls=tls)
        outbound = internet.outbound(ca_file=str(authority.file))
        call = Call("PUT", f"{scheme}://far.example:80/", body=bytes(20 * MiB), timeout_s=0.5)
        error = failure(outbound.send, call, Policy.public())
        assert error.kind is OutboundKind.TIMEOUT
        assert "did not take the request" in str(error)


def test_a_tls_handshake_ends_at_the_deadline(internet: Internet) -> None:
    """One that never begins, and one that drips."""

    def drips(connection: socket.socket) -> None:
        # The head of a handshake record of 16 KiB, and then its bytes.
        for byte in b"\x16\x03\x03\x40\x00" + bytes(75):
            connection.sendall(bytes([byte]))
            time.sleep(0.05)

    hold = threading.Event()
    for handler in (drips, lambda _: hold.wait()):
        internet.serve(handler=handler, at="mute.example", port=443)
        call = Call("GET", "https://mute.example/", timeout_s=0.5)
        error = failure(internet.outbound().send, call, Policy.public())
        assert error.kind is OutboundKind.TIMEOUT
        assert "TLS handshake" in str(error)
    hold.set()


def test_a_name_lookup_that_hangs_ends_at_the_deadline(internet: Internet) -> None:
    """And when too many hang, the next is not begun; other policies have lookups of their own."""
    hold = threading.Event()
    internet.serve(at="93.184.216.34")
    outbound = internet.outbound()

    def hang(name: str) -> list[str]:
        if name.startswith("hangs"):
            hold.wait()
        return ["93.184.216.34"]

    internet.look_up = hang  # type: ignore[method-assign]
    outbound = internet.outbound()
    try:
        for number in range(32):
            call = Call("GET", f"http://hangs{number}.example/", timeout_s=0.01)
            error = failure(outbound.send, call, Policy.public())
            assert error.kind is OutboundKind.TIMEOUT
        call = Call("GET", "http://good.example/")
        error = failure(outbound.send, call, Policy.public())
        assert error.kind is OutboundKind.DNS
        assert "hang" in str(error)
        assert outbound.send(call, Policy.anywhere()).status == 200
    finally:
        hold.set()


def test_a_connection_that_is_not_accepted_ends_at_the_deadline(internet: Internet) -> None:
    """Each of several addresses gets its share of the time."""
    full = socket.create_server(("127.0.0.1", 0), backlog=0)
    port = full.getsockname()[1]
    fill = [socket.socket() for _ in range(4)]
    for one in fill:
        one.setblocking(False)
        one.connect_ex(("127.0.0.1", port))
    try:
        internet.names["full.example"] = [["127.0.0.1", "127.0.0.2"]]
        call = Call("GET", f"http://full.example:{port}/", timeout_s=0.5)
        error = failure(internet.outbound().send, call, Policy.anywhere())
        assert error.kind in (OutboundKind.TIMEOUT, OutboundKind.CONNECT)
        assert internet.dialled == [("127.0.0.1", port), ("127.0.0.2", port)]
    finally:
        for one in (full, *fill):
            one.close()


def forever(head: bytes, piece: bytes) -> Behaviour:
    return lambda seen: itertools.chain([head], itertools.repeat(piece))


CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
EMPTY_GZIP = gzip.compress(b"")
ENDLESS = {
    "a gigabyte": forever(HEAD + b"Content-Length: 1073741824\r\n\r\n", b"x" * 65536),
    "no length": forever(HEAD + b"\r\n", b"x" * 65536),
    "chunks": forever(CHUNKED, b"10000\r\n" + b"x" * 65536 + b"\r\n"),
    "one chunk": forever(CHUNKED + b"ffffffffff\r\n", b"x" * 65536),
    "a negative chunk": forever(CHUNKED + b"-1\r\n", b"x" * 65536),
    "packed": forever(HEAD + b"Content-Encoding: gzip\r\n\r\n", gzip.compress(b"x" * 65536)),
}
WITHOUT_A_BODY = {
    "interim answers": forever(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
    "hints": forever(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 100),
    "status line": forever(b"HTTP/1.1 200 ", b"x" * 65536),
    "headers": forever(HEAD, b"X: y\r\n" * 1000),
    "a header": forever(HEAD + b"X: ", b"x" * 65536),
    "folded header": forever(HEAD + b"X: ", b"x\r\n " * 1000),
    "a chunk's size": forever(CHUNKED, b"0" * 65536),
    "chunk extensions": forever(CHUNKED, b"1;" + b"x" * 60000 + b"\r\nx\r\n"),
    "trailers": forever(CHUNKED + b"0\r\n", b"X: y\r\n" * 1000),
    "nothing, packed": forever(HEAD + b"Content-Encoding: gzip\r\n\r\n", EMPTY_GZIP * 1000),
}


@pytest.mark.parametrize("behaviour", ENDLESS.values(), ids=ENDLESS)
def test_endless_bodies_are_not_read_to_their_end(call: Any, behaviour: Behaviour) -> None:
    """Whether they admit it or not."""
    error = failure(call, behaviour, max_bytes=MiB)
    assert error.kind in (OutboundKind.TOO_LARGE, OutboundKind.PROTOCOL)


@pytest.mark.parametrize("behaviour", WITHOUT_A_BODY.values(), ids=WITHOUT_A_BODY)
@pytest.mark.parametrize("truncate", [True, False])
def test_what_is_not_the_body_is_not_endless_either(
    call: Any, behaviour: Behaviour, truncate: bool
) -> None:
    """Heads and framing are bounded as well."""
    error = failure(call, behaviour, max_bytes=MiB, truncate=truncate)
    assert error.kind in (OutboundKind.TOO_LARGE, OutboundKind.PROTOCOL)


@pytest.mark.parametrize("name", sorted(set(ENDLESS) - {"a negative chunk"}))
def test_the_beginning_of_a_body_can_be_had(call: Any, name: str) -> None:
    """Exactly as much of it as was asked for."""
    reply = call(ENDLESS[name], max_bytes=100_000, truncate=True)
    assert (reply.body, reply.truncated) == (b"x" * 100_000, True)


@pytest.mark.parametrize("truncate", [True, False])
@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 5\r\n\r\nhello",
        b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    ],
)
def test_a_body_of_just_that_size_is_whole(call: Any, head: bytes, truncate: bool) -> None:
    """The limit is the largest size that is allowed."""
    reply = call(answers(HEAD + head), max_bytes=5, truncate=truncate)
    assert (reply.body, reply.truncated) == (b"hello", False)
    if truncate:
        again = call(answers(HEAD + head), max_bytes=4, truncate=True)
        assert (again.body, again.truncated) == (b"hell", True)
    else:
        assert failure(call, answers(HEAD + head), max_bytes=4).kind is OutboundKind.TOO_LARGE


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
}


@pytest.mark.parametrize("coding", PACKERS)
def test_packed_bodies_are_unpacked(call: Any, coding: str) -> None:
    """In the codings that were offered."""
    body = PACKERS[coding](b"hello" * 1000)
    head = f"Content-Encoding: {coding.upper()}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    assert call(answers(HEAD + head + body)).body == b"hello" * 1000


@pytest.mark.parametrize("end", [b"", bytes(512), b"garbage"])
def test_a_gzip_body_may_have_several_parts(call: Any, end: bytes) -> None:
    """Some servers pack each piece they write by itself, and some pad the end."""
    parts = [bytes([65 + number % 26]) * number for number in range(0, 3000, 7)]
    body = b"".join(map(gzip.compress, parts)) + end
    head = HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body)
    assert call(answers(head + body)).body == b"".join(parts)


def test_deflate_may_mean_either_format(call: Any) -> None:
    """Servers disagree about what it is."""
    body = raw_deflate(b"hello" * 1000)
    assert call(closes_after(HEAD + b"Content-Encoding: deflate\r\n\r\n" + body)).body == (
        b"hello" * 1000
    )


@pytest.mark.parametrize(
    "packer", [gzip.compress, zlib.compress, raw_deflate], ids=["gzip", "zlib", "deflate"]
)
@pytest.mark.parametrize("truncate", [True, False])
def test_bombs_do_not_go_off(call: Any, packer: Any, truncate: bool) -> None:
    """A hundred megabytes in a hundred kilobytes: no more is unpacked than may be."""
    coding = "gzip" if packer is gzip.compress else "deflate"
    bomb = packer(bytes(100 * MiB))
    answer = HEAD + f"Content-Encoding: {coding}\r\nContent-Length: {len(bomb)}\r\n\r\n".encode()
    tracemalloc.start()
    try:
        if truncate:
            reply = call(answers(answer + bomb), max_bytes=MiB, truncate=True)
            assert (reply.body, reply.truncated) == (bytes(MiB), True)
        else:
            error = failure(call, answers(answer + bomb), max_bytes=MiB)
            assert error.kind is OutboundKind.TOO_LARGE
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 12 * MiB


@pytest.mark.parametrize("coding", ["gzip, gzip", "br", "zstd", "nonsense"])
def test_other_codings_are_left_packed(call: Any, coding: str) -> None:
    """Nobody asked for them, and their size could not be bounded."""
    body = gzip.compress(gzip.compress(b"x" * 1000))
    head = f"Content-Encoding: {coding}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    assert call(answers(HEAD + head + body)).body == body


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", b"hello"),
        ("gzip", gzip.compress(b"hello" * 10, mtime=0)[:-9]),
        ("gzip", gzip.compress(b"a", mtime=0) + gzip.compress(b"b", mtime=0)[:12]),
        ("gzip", gzip.compress(b"hello", mtime=0)[:-8] + b"checksum"),
        ("deflate", b"hello"),
        ("deflate", zlib.compress(b"hello" * 10)[:-5]),
        ("deflate", b"\x78"),
    ],
)
def test_what_cannot_be_unpacked_is_an_error(call: Any, coding: str, body: bytes) -> None:
    """One that says so, for what was never packed, is damaged or breaks off."""
    head = f"Content-Encoding: {coding}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    error = failure(call, answers(HEAD + head + body))
    assert error.kind is OutboundKind.PROTOCOL
    assert "cannot be unpacked" in str(error)


NONSENSE = {
    "HTTP/0.9": b"<html>hello</html>\r\n",
    "SSH": b"SSH-2.0-OpenSSH_9.6\r\n",
    "HTTP/2": b"HTTP/2 200\r\n\r\n",
    "no status": b"HTTP/1.1\r\n\r\n",
    "a word for a status": b"HTTP/1.1 OK OK\r\n\r\n",
    "status 99": b"HTTP/1.1 99 X\r\n\r\n",
    "status 1000": b"HTTP/1.1 1000 X\r\n\r\n",
    "binary": bytes(range(256)) * 10,
    "zeros": bytes(100),
    "switching": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    "two lengths": HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "a word for a length": HEAD + b"Content-Length: two\r\n\r\nab",
    "a length with a sign": HEAD + b"Content-Length: +2\r\n\r\nab",
    "unknown framing": HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\nx",
    "two framings": HEAD + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n",
    "101 headers": HEAD + b"".join(b"X-%d: 1\r\n" % n for n in range(101)) + b"\r\n",
    "ends in the head": HEAD + b"Content-Le",
    "ends in the status": b"HTT",
    "ends in the body": HEAD + b"Content-Length: 10\r\n\r\nhello",
    "ends in a chunk": CHUNKED + b"a\r\nhello",
    "ends between chunks": CHUNKED + b"5\r\nhello\r\n",
    "garbage for a chunk": CHUNKED + b"xyz\r\nhello\r\n0\r\n\r\n",
    "a negative chunk": CHUNKED + b"-5\r\nhello\r\n0\r\n\r\n",
    "no chunk": CHUNKED + b"\r\n",
}


@pytest.mark.parametrize("text", NONSENSE.values(), ids=NONSENSE)
def test_nonsense_is_an_error(call: Any, text: bytes) -> None:
    """Not an answer, and not a failure of this program."""
    error = failure(call, closes_after(text))
    assert error.kind in (OutboundKind.PROTOCOL, OutboundKind.CONNECT)


def test_a_length_beside_chunks_is_not_believed(call: Any) -> None:
    """Chunks say where an answer ends."""
    head = HEAD + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert call(answers(head + b"5\r\nhello\r\n0\r\n\r\n")).body == b"hello"
