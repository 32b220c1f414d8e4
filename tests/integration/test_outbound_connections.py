"""Connections: kept, shared, thrown away; TLS; names."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from engine.errors import OutboundError, OutboundKind
from engine.outbound.call import Call
from engine.outbound.client import Outbound
from engine.outbound.policy import Policy
from tests.certificates import Authority
from tests.internet import OK, Behaviour, HangUp, Internet, Seen, Server, answers, closes_after

ANYWHERE = Policy.anywhere()


def failure(outbound: Outbound, call: Call, policy: Policy = ANYWHERE) -> OutboundError:
    with pytest.raises(OutboundError) as caught:
        outbound.send(call, policy)
    return caught.value


def echo(seen: Seen) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(seen.body) + seen.body


def eventually(true: Callable[[], bool]) -> bool:
    """Wait until it is true; tell whether it became so."""
    deadline = time.monotonic() + 20
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


@pytest.fixture(params=["http", "https"])
def place(request: pytest.FixtureRequest, authority: Authority) -> tuple[str, dict[str, Any]]:
    """A scheme, and the options of a server that speaks it as 127.0.0.1."""
    tls = authority.server("127.0.0.1") if request.param == "https" else None
    return request.param, {"tls": tls}


@pytest.fixture
def outbound(internet: Internet, authority: Authority) -> Outbound:
    return internet.outbound(ca_file=str(authority.file))


def test_a_connection_is_used_again(
    internet: Internet, outbound: Outbound, place: tuple[str, dict[str, Any]]
) -> None:
    """By the next call to the same host, whatever its path and body."""
    scheme, options = place
    server = internet.serve(echo, **options)
    for number in range(5):
        call = Call("POST", f"{scheme}://127.0.0.1:{server.port}/{number}", body=b"x" * number)
        assert outbound.send(call, ANYWHERE).body == b"x" * number
    assert (server.connections, len(server.requests)) == (1, 5)


def test_many_callers_share_connections(
    internet: Internet, outbound: Outbound, place: tuple[str, dict[str, Any]]
) -> None:
    """A hundred calls by twenty threads: twenty connections at most, and no answer goes astray."""
    scheme, options = place
    server = internet.serve(echo, **options)
    url = f"{scheme}://127.0.0.1:{server.port}/"

    def send(number: int) -> bytes:
        return outbound.send(Call("POST", url, body=b"%d" % number), ANYWHERE).body

    with ThreadPoolExecutor(20) as threads:
        assert list(threads.map(send, range(100))) == [b"%d" % number for number in range(100)]
    assert server.connections <= 20


def test_a_hundred_calls_may_be_under_way(internet: Internet, outbound: Outbound) -> None:
    """Nobody waits for a connection; afterwards no more than 64 to one host are kept."""
    arrived = threading.Barrier(100)

    def together(seen: Seen) -> Iterator[bytes]:
        arrived.wait()
        yield OK

    server = internet.serve(together)
    call = Call("GET", f"http://127.0.0.1:{server.port}/", timeout_s=30)
    with ThreadPoolExecutor(100) as threads:
        replies = list(threads.map(lambda _: outbound.send(call, ANYWHERE), range(100)))
    assert [reply.status for reply in replies] == [200] * 100
    assert server.connections == 100
    assert eventually(lambda: len(server.open) == 64)


def test_connections_that_nobody_uses_are_closed(internet: Internet) -> None:
    """Without another call that would notice them."""
    server = internet.serve()
    outbound = internet.outbound(keep_s=0.1)
    outbound.send(Call("GET", f"http://127.0.0.1:{server.port}/"), ANYWHERE)
    assert eventually(lambda: server.ended.is_set() and not server.open)


def test_closing_the_client_closes_its_connections(internet: Internet) -> None:
    """And later calls keep none."""
    server = internet.serve()
    outbound = internet.outbound(keep_s=1000)
    call = Call("GET", f"http://127.0.0.1:{server.port}/")
    outbound.send(call, ANYWHERE)
    outbound.close()
    assert eventually(lambda: not server.open)
    outbound.send(call, ANYWHERE)
    assert eventually(lambda: not server.open)


def test_a_connection_that_the_server_closed_is_not_used(
    internet: Internet, outbound: Outbound, place: tuple[str, dict[str, Any]]
) -> None:
    """Even when it never said that it would."""
    scheme, options = place
    server = internet.serve(closes_after(OK), **options)
    for number in range(3):
        server.ended.clear()
        call = Call("POST", f"{scheme}://127.0.0.1:{server.port}/", body=b"x")
        assert outbound.send(call, ANYWHERE).status == 200
        assert eventually(server.ended.is_set)
        assert server.connections == number + 1


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nmore than was asked for",
    ],
)
def test_a_connection_that_is_not_to_be_kept_is_closed(
    internet: Internet, outbound: Outbound, answer: bytes
) -> None:
    """The second call has one of its own, and its own answer."""
    server = internet.serve(answers(answer[:-2], answer[-2:]))
    for _ in range(2):
        reply = outbound.send(Call("GET", f"http://127.0.0.1:{server.port}/"), ANYWHERE)
        assert (reply.status, len(reply.body) < 4) == (200, True)


def test_an_answer_with_more_behind_it_ends_its_connection(
    internet: Internet, outbound: Outbound, place: tuple[str, dict[str, Any]]
) -> None:
    """It may go on at any time, even if all of it that came so far came along with the answer."""
    scheme, options = place
    server = internet.serve(answers(OK + b"and mo"), **options)
    for number in (1, 2):
        call = Call("POST", f"{scheme}://127.0.0.1:{server.port}/", body=b"x")
        assert outbound.send(call, ANYWHERE).body == b"ok"
        assert server.connections == number


def test_bytes_that_nobody_asked_for_are_no_answer(
    internet: Internet, outbound: Outbound, place: tuple[str, dict[str, Any]]
) -> None:
    """A second answer, sent ahead, is not that of the next call."""
    sent = threading.Event()

    def behave(seen: Seen) -> Iterator[bytes]:
        yield OK
        if seen.index == 0:
            time.sleep(0.1)
            yield b"HTTP/1.1 500 Forged\r\nContent-Length: 0\r\n\r\n"
            sent.set()

    scheme, options = place
    server = internet.serve(behave, **options)
    call = Call("GET", f"{scheme}://127.0.0.1:{server.port}/")
    outbound.send(call, ANYWHERE)
    assert sent.wait(20)
    assert outbound.send(call, ANYWHERE).status == 200
    assert server.connections == 2


def test_what_is_left_of_a_tls_record_is_no_answer(
    internet: Internet, outbound: Outbound, authority: Authority
) -> None:
    """Bytes behind an answer may wait inside OpenSSL, where the socket does not show them."""
    forged = b"HTTP/1.1 500 Forged\r\nContent-Length: 0\r\n\r\n"
    # The answer and what follows fill the 8 KiB that are read at once: the rest is the forged one.
    record = OK + b" " * (8192 - len(OK)) + forged
    server = internet.serve(answers(record), tls=authority.server("127.0.0.1"))
    for _ in range(3):
        call = Call("GET", f"https://127.0.0.1:{server.port}/")
        assert outbound.send(call, ANYWHERE).status == 200
    assert server.connections == 3


def hangs_up_on(server_requests: Callable[[Seen], bool], *, abruptly: bool = False) -> Behaviour:
    def behave(seen: Seen) -> Iterator[bytes]:
        if server_requests(seen):
            raise HangUp(abruptly=abruptly)
        yield OK

    return behave


@pytest.mark.parametrize("abruptly", [True, False])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS", "HEAD"])
def test_a_kept_connection_that_breaks_is_replaced_once(
    internet: Internet, outbound: Outbound, method: str, abruptly: bool
) -> None:
    """Where asking twice is like asking once."""

    def behave(seen: Seen) -> Iterator[bytes]:
        if seen.index == 1:
            raise HangUp(abruptly=abruptly)
        yield OK if seen.method != "HEAD" else OK[:-2]

    server = internet.serve(behave)
    call = Call(method, f"http://127.0.0.1:{server.port}/")
    assert [outbound.send(call, ANYWHERE).status for _ in range(2)] == [200, 200]
    assert (server.connections, len(server.requests)) == (2, 3)


def test_the_replacement_is_not_replaced(internet: Internet, outbound: Outbound) -> None:
    """A server that always hangs up is called twice, and no more."""
    server = internet.serve(hangs_up_on(lambda seen: len(server.requests) > 1))
    call = Call("GET", f"http://127.0.0.1:{server.port}/")
    outbound.send(call, ANYWHERE)
    error = failure(outbound, call)
    assert error.kind is OutboundKind.CONNECT
    assert str(error).endswith(" did not answer: it closed the connection")
    assert len(server.requests) == 3


@pytest.mark.parametrize("method", ["POST", "PATCH"])
@pytest.mark.parametrize("abruptly", [True, False])
def test_what_may_have_been_acted_on_is_not_sent_again(
    internet: Internet, outbound: Outbound, method: str, abruptly: bool
) -> None:
    """The server had all of it: whoever asked decides what comes next."""
    server = internet.serve(hangs_up_on(lambda seen: seen.index == 1, abruptly=abruptly))
    call = Call(method, f"http://127.0.0.1:{server.port}/", body=b"pay")
    outbound.send(call, ANYWHERE)
    assert failure(outbound, call).kind is OutboundKind.CONNECT
    assert len(server.requests) == 2


def test_a_request_that_did_not_all_go_out_is_sent_again(
    internet: Internet, outbound: Outbound
) -> None:
    """The server cannot have acted on half of it, be it a POST."""
    connections: list[socket.socket] = []

    def handler(connection: socket.socket) -> None:
        connections.append(connection)
        with connection.makefile("rb") as stream:
            while head := _head(stream):
                length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
                if length > 10 and len(connections) == 1:
                    raise HangUp(abruptly=True)
                assert len(stream.read(length)) == length
                connection.sendall(OK)

    server = internet.serve(handler=handler)
    url = f"http://127.0.0.1:{server.port}/"
    assert outbound.send(Call("POST", url, body=b"small"), ANYWHERE).status == 200
    reply = outbound.send(Call("POST", url, body=bytes(50 << 20), timeout_s=30), ANYWHERE)
    assert reply.status == 200
    assert server.connections == 2


def _head(stream: Any) -> bytes:
    lines = list(iter(stream.readline, b"\r\n")) if stream.peek(1) else []
    return b"".join(lines)


def test_a_fresh_connection_that_breaks_is_an_error(internet: Internet, outbound: Outbound) -> None:
    """There is no reason to think that another would do better."""
    server = internet.serve(hangs_up_on(lambda seen: True))
    error = failure(outbound, Call("GET", f"http://127.0.0.1:{server.port}/"))
    assert error.kind is OutboundKind.CONNECT
    assert len(server.requests) == 1


def test_an_answer_before_the_end_of_the_request_is_heard(
    internet: Internet, outbound: Outbound
) -> None:
    """413 from a server that hangs up instead of reading on; the next call has a new connection."""

    def handler(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
        raise HangUp(abruptly=True)

    server = internet.serve(handler=handler)
    call = Call("POST", f"http://127.0.0.1:{server.port}/", body=bytes(50 << 20))
    for _ in range(2):
        assert outbound.send(call, ANYWHERE).status == 413
    assert server.connections == 2


def test_nobody_listening_is_said_in_one_line(internet: Internet, outbound: Outbound) -> None:
    """With host and port, as an administrator knows them."""
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        port = reserved.getsockname()[1]
    internet.names["down.example"] = [["127.0.0.1"]]
    error = failure(outbound, Call("GET", f"http://down.example:{port}/x"))
    assert error.kind is OutboundKind.CONNECT
    assert (
        str(error) == f"http://down.example:{port} did not accept a connection: Connection refused"
    )


def test_a_name_that_is_none_is_said_to_be_none(internet: Internet, outbound: Outbound) -> None:
    """And is looked up again next time: it may be one by then."""
    call = Call("GET", "http://soon.example/")
    error = failure(outbound, call)
    assert error.kind is OutboundKind.DNS
    assert str(error) == "soon.example has no address: there is no such name"
    internet.serve(at="soon.example")
    assert outbound.send(call, ANYWHERE).status == 200


def test_lookups_that_fail_for_the_moment_say_so(internet: Internet) -> None:
    """A name server that is down is not a wrong name."""

    def look_up(name: str) -> list[str]:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    outbound = Outbound(look_up=look_up)
    error = failure(outbound, Call("GET", "http://a.example/"))
    assert error.kind is OutboundKind.DNS
    assert str(error) == "a.example has no address: Temporary failure in name resolution"


def test_names_are_looked_up_once_for_many_calls(internet: Internet, outbound: Outbound) -> None:
    """Calls at the same time wait for the same answer, and later ones have it for a while."""
    internet.serve(closes_after(OK), at="api.example.org")
    look_up = internet.look_up

    def slow(name: str) -> list[str]:
        time.sleep(0.1)
        return look_up(name)

    outbound = Outbound(look_up=slow, dial=internet.dial)
    call = Call("GET", "http://api.example.org/")
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: outbound.send(call, Policy.public()), range(16)))
    outbound.close()
    assert internet.looked_up == ["api.example.org"]
    assert len(internet.dialled) == 16


def test_certificates_are_checked_against_the_name(
    internet: Internet, outbound: Outbound, authority: Authority
) -> None:
    """Not against the address, which the name was resolved to beforehand."""
    named: list[str | None] = []
    tls = authority.server("api.example.org")
    tls.sni_callback = lambda _, name, __: named.append(name)
    internet.serve(at="api.example.org", port=443, tls=tls)
    internet.names["other.example"] = internet.names["api.example.org"]
    assert outbound.send(Call("GET", "https://api.example.org/"), Policy.public()).status == 200
    error = failure(outbound, Call("GET", "https://other.example/"), Policy.public())
    assert error.kind is OutboundKind.TLS
    assert "https://other.example did not" not in str(error)
    assert "certificate that is not valid: Hostname mismatch" in str(error)
    failure(outbound, Call("GET", "https://93.184.216.34/"), Policy.public())
    assert named == ["api.example.org", "other.example", None]


def test_certificates_of_strangers_are_not_trusted(
    internet: Internet, authority: Authority
) -> None:
    """Only of authorities that the system or the administrator trusts."""
    internet.serve(at="api.example.org", port=443, tls=authority.server("api.example.org"))
    error = failure(internet.outbound(), Call("GET", "https://api.example.org/"), Policy.public())
    assert error.kind is OutboundKind.TLS
    assert str(error).startswith("https://api.example.org has a certificate that is not valid: ")


def test_tls_with_an_address_is_checked_against_the_address(
    internet: Internet, outbound: Outbound, authority: Authority
) -> None:
    """IPv6 too."""
    server = internet.serve(host="::1", tls=authority.server("::1"))
    call = Call("GET", f"https://[::1]:{server.port}/")
    assert outbound.send(call, ANYWHERE).address == "::1"


@pytest.mark.parametrize(
    "handler",
    [
        lambda connection: connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        lambda connection: connection.recv(1),
        lambda connection: connection.sendall(b"\x15\x03\x01\x00\x02\x02\x28"),
    ],
    ids=["plain HTTP", "closes", "alert"],
)
def test_who_does_not_speak_tls_is_told(
    internet: Internet, outbound: Outbound, handler: Callable[[socket.socket], None]
) -> None:
    """One line about the handshake."""
    server: Server = internet.serve(handler=handler)
    error = failure(outbound, Call("GET", f"https://127.0.0.1:{server.port}/"))
    assert error.kind in (OutboundKind.TLS, OutboundKind.CONNECT)
    assert "did not finish the TLS handshake: " in str(error)
    assert "\n" not in str(error)
