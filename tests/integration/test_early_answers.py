"""Answers that are there before a body is: real senders get to read them, over real sockets."""

from __future__ import annotations

import contextlib
import http.client
import json
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import missing
from tests.edge_server import DISCARD_BYTES, MAX_BODY_BYTES, TIMEOUT_S
from tests.services import free_port

MB = 1 << 20
_CHUNK = b"%x\r\n%s\r\n" % (64 << 10, b"x" * (64 << 10))
#: Beyond this a sender was not let go.
_PATIENCE_S = 20.0


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The port of a server whose limits are those of `tests.edge_server`."""
    found = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.edge_server", str(found)],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 30
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", found), 1):
            break
        assert time.monotonic() < deadline
        time.sleep(0.05)
    yield found
    process.terminate()
    assert process.wait(20) in (0, -15)


def by_urllib(port: int, path: str, size: int) -> int:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data=b"x" * size)
    try:
        with urllib.request.urlopen(request, timeout=_PATIENCE_S) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as exc:
        with exc:
            exc.read()
            return exc.code


def by_http_client(port: int, path: str, size: int, *, chunked: bool = False) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE_S)
    body = (b"x" * (64 << 10) for _ in range(size >> 16)) if chunked else b"x" * size
    connection.request("POST", path, body, encode_chunked=chunked)
    with connection.getresponse() as answer:
        answer.read()
        status = answer.status
    connection.close()
    return status


def by_http_client_in_chunks(port: int, path: str, size: int) -> int:
    return by_http_client(port, path, size, chunked=True)


def by_curl(port: int, path: str, size: int, *more: str) -> int:
    if shutil.which("curl") is None:
        missing("curl")
    asked = subprocess.run(
        [
            *("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--data-binary", "@-"),
            *("-m", str(_PATIENCE_S), *more, f"http://127.0.0.1:{port}{path}"),
        ],
        input=b"x" * size,
        capture_output=True,
        check=False,
    )
    assert asked.returncode == 0, asked.stderr
    return int(asked.stdout)


def by_curl_at_once(port: int, path: str, size: int) -> int:
    return by_curl(port, path, size, "-H", "Expect:")


def by_curl_that_asks_first(port: int, path: str, size: int) -> int:
    return by_curl(port, path, size, "-H", "Expect: 100-continue")


def by_curl_in_chunks(port: int, path: str, size: int) -> int:
    return by_curl(port, path, size, "-H", "Transfer-Encoding: chunked")


@pytest.mark.parametrize(
    "send",
    [
        by_urllib,
        by_http_client,
        by_http_client_in_chunks,
        by_curl_at_once,
        by_curl_that_asks_first,
        by_curl_in_chunks,
    ],
)
@pytest.mark.parametrize("size", [2 * MB, 20 * MB])
def test_whoever_sends_too_much_reads_why(port: int, send: type, size: int) -> None:
    """Two MB fit into what systems buffer, twenty do not: 413 and 401 are read by every sender."""
    assert send(port, "/", size) == 413
    assert send(port, "/stranger", size) == 401
    assert send(port, "/", 1000 << 10) == 200


def test_a_connection_is_kept_after_a_refusal(port: int) -> None:
    """What is thrown away ends where the next request begins."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE_S)
    connection.connect()
    kept = connection.sock
    for size, status in [(3 * MB, 413), (5, 200), (20 * MB, 413), (MAX_BODY_BYTES, 200)] * 3:
        connection.request("POST", "/", b"x" * size)
        with connection.getresponse() as answer:
            told = json.loads(answer.read())
        assert answer.status == status
        assert told["length"] == min(size, MAX_BODY_BYTES + 1)
        assert connection.sock is kept
    connection.close()


def test_a_sender_that_reads_first_need_not_send(port: int) -> None:
    """The answer is there as soon as it is known, while most of the body is still to come."""
    with _connected(port) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999999\r\n\r\n")
        connection.sendall(b"x" * (MAX_BODY_BYTES + 1))
        assert connection.recv(65536).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize("head", [b"Content-Length: 99999999999", b"Transfer-Encoding: chunked"])
def test_who_never_stops_is_cut_off(port: int, head: bytes) -> None:
    """After so many bytes the connection is closed; the answer had been there long before."""
    with _connected(port) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\n%s\r\n\r\n" % head)
        sent, started = 0, time.monotonic()
        try:
            while sent < 20 * DISCARD_BYTES:
                connection.sendall(_CHUNK)
                sent += len(_CHUNK)
        except OSError:
            pass
        assert DISCARD_BYTES // 2 < sent < 4 * DISCARD_BYTES
        assert time.monotonic() - started < _PATIENCE_S


@pytest.mark.parametrize("answered", [413, 408])
def test_who_trickles_is_cut_off(port: int, answered: int) -> None:
    """Before the limit is reached or after it: a sender has so much time for an answer, and no more."""
    with _connected(port) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n")
        if answered == 413:
            connection.sendall(b"x" * (MAX_BODY_BYTES + 1))
        connection.settimeout(0.05)
        started, got = time.monotonic(), b""
        while time.monotonic() - started < _PATIENCE_S:
            try:
                connection.sendall(b"x")
                if (some := connection.recv(65536)) == b"":
                    break
                got += some
            except TimeoutError:
                continue
            except OSError:
                break
        assert got.startswith(f"HTTP/1.1 {answered} ".encode())
        assert 0.5 * TIMEOUT_S < time.monotonic() - started < 5 * TIMEOUT_S + 3


@pytest.mark.parametrize(
    "sent",
    [
        b"5\r\nab",  # within a chunk
        b"2\r\nab\r\n",  # between two
        b"2\r\nab\r\nzz\r\n",  # no chunk at all
    ],
)
def test_a_chunked_body_that_breaks_off_is_not_taken_for_a_whole_one(
    port: int, sent: bytes
) -> None:
    """It has no last chunk: 400, where the caller is still there to read it."""
    with _connected(port) as connection:
        connection.sendall(
            b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + sent
        )
        time.sleep(0.1)
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(65536).startswith(b"HTTP/1.1 400")


def test_trailers_that_were_announced_end_a_body(port: int) -> None:
    """They come after the last chunk, and the body is whole."""
    head = b"POST / HTTP/1.1\r\nHost: x\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n"
    with _connected(port) as connection:
        connection.sendall(head + b"2\r\nab\r\n0\r\nX-Sum: 1\r\n\r\n")
        answer = connection.recv(65536)
    assert answer.startswith(b"HTTP/1.1 200")
    assert b'"length": 2' in answer


def test_a_get_with_a_body_does_not_cost_its_sender_the_answer(port: int) -> None:
    """Nobody asked for it, and it is read nevertheless."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE_S)
    body = (b"x" * (64 << 10) for _ in range(200))
    connection.request("GET", "/stranger", body, encode_chunked=True)
    with connection.getresponse() as answer:
        assert answer.status == 401
    connection.close()


def test_memory_stays_flat_and_others_are_answered(port: int) -> None:
    """Forty senders of twenty MB at a time: the server keeps nothing of them, and nobody waits."""
    pid = _ask(port)["pid"]
    before = _resident_bytes(pid)
    statuses: list[int] = []
    senders = [
        threading.Thread(target=lambda: statuses.append(by_http_client(port, "/", 20 * MB)))
        for _ in range(40)
    ]
    for sender in senders:
        sender.start()
    slowest_s, most = 0.0, before
    while any(sender.is_alive() for sender in senders):
        started = time.monotonic()
        _ask(port)
        slowest_s = max(slowest_s, time.monotonic() - started)
        most = max(most, _resident_bytes(pid))
        time.sleep(0.01)
    for sender in senders:
        sender.join()
    assert statuses == [413] * 40
    assert slowest_s < 5
    # What is read of each before it is refused, twice, and not what they sent.
    assert most - before < 40 * 3 * MAX_BODY_BYTES + 64 * MB


def _ask(port: int) -> dict[str, int]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE_S)
    connection.request("GET", "/")
    told: dict[str, int] = json.loads(connection.getresponse().read())
    connection.close()
    return told


def _resident_bytes(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) << 10
    raise AssertionError("it is gone")


def _connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE_S)
