"""Far sides that misbehave: whatever they do, an attempt is recorded that says it in words."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from admin import create_app
from engine.runtime import Engine
from tests.certificates import Authority
from tests.internet import HangUp, Internet, Seen, answers
from tests.support import Api

Make = Callable[..., Engine]
HOOK = "/hooks/a/b"


@pytest.fixture
def api(internet: Internet, make_engine: Make, monkeypatch: pytest.MonkeyPatch) -> Api:
    """An application that sees the test's internet, and tries again sooner than anybody waits."""
    monkeypatch.setattr("engine.runtime.Outbound", internet.outbound)
    settings: dict[str, Any] = {"delivery_retry_s": "600", "delivery_timeout_s": 1.5}
    return Api(create_app(engine=make_engine(**settings)))


def tried(api: Api, url: str, type_: str = "rocketchat") -> tuple[dict[str, Any], dict[str, Any]]:
    """Deliver a message there; return the delivery after its first attempt, and the attempt."""
    made = api.post("destinations.create", type=type_, name="Far", url=url)
    hook = api.hook(destinations=[made["destination"]["_id"]])
    assert hook.post({"text": "hello"}).status_code == 200
    deadline = time.monotonic() + 30
    while not (found := api.get("deliveries.list")["deliveries"][0])["attempts"]:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    [attempt] = api.get("deliveries.get", deliveryId=found["_id"])["delivery"]["tried"]
    assert attempt["reason"] == found["reason"]
    assert "Traceback" not in attempt["reason"]
    return found, attempt


def answer(head: str, body: bytes = b"") -> bytes:
    return f"HTTP/1.1 {head}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


PAGE = b"<!doctype html><html><head><title>Sign in</title></head><body>Welcome</body></html>"
#: What a far side answers -> (state, status, words of the reason)
ANSWERS = {
    "a redirect": (
        answer("302 Found\r\nLocation: https://elsewhere.example/login?token=abc"),
        ("failed", 302, "elsewhere.example"),
    ),
    "nothing": (answer("204 No Content"), ("delivered", 204, "accepted")),
    "a page": (
        answer("200 OK\r\nContent-Type: text/html", PAGE),
        ("failed", 200, "not Rocket.Chat's"),
    ),
    "an error inside": (
        answer("200 OK\r\nContent-Type: application/json", b'{"success":false,"error":"nope"}'),
        ("failed", 200, "nope"),
    ),
    "no HTTP": (b"SSH-2.0-OpenSSH_9.2\r\n", ("pending", None, "HTTP")),
    "half of one": (
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{",
        ("delivered", 200, "not whole"),
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_answers_that_are_none(api: Api, internet: Internet, name: str) -> None:
    """What it said is kept with the attempt, and whether it is tried again depends on what it was."""
    said, (state, status, words) = ANSWERS[name]

    def behave(seen: Seen) -> Iterator[bytes]:
        yield said
        raise HangUp

    internet.serve(behave, at="far.example")
    delivery, attempt = tried(api, f"http://far.example{HOOK}")
    assert (delivery["state"], attempt["status"]) == (state, status), attempt
    assert words in attempt["reason"]
    assert attempt["reason"]
    assert "token=abc" not in attempt["reason"]


def test_a_teams_answer_with_an_error_inside(api: Api, internet: Internet) -> None:
    """Its 200 says in the text that nothing was posted."""
    text = b"Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 413"
    internet.serve(answers(answer("200 OK", text)), at="t.example", port=443)
    internet.serve(answers(answer("200 OK", text)), at="t.example")
    delivery, attempt = tried(api, "http://t.example/workflows/" + "a" * 32, "teams")
    assert (delivery["state"], attempt["status"]) == ("failed", 200)
    assert "HTTP error 413" in attempt["reason"]


def test_answers_of_a_gigabyte_are_not_read(api: Api, internet: Internet) -> None:
    """Its status counts, and of the rest the beginning is kept."""
    sent = []

    def behave(seen: Seen) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n"
        yield b'{"success":true}'
        for _ in range(16_384):
            yield b" " * 65_536
            sent.append(65_536)

    internet.serve(behave, at="far.example")
    delivery, attempt = tried(api, f"http://far.example{HOOK}")
    assert (delivery["state"], attempt["status"]) == ("delivered", 200), attempt
    assert len(attempt["answer"]) == 4096
    assert sum(sent) < 64 << 20


@pytest.mark.parametrize(
    ("begun", "state"),
    [(b"", "pending"), (b"HTTP/1.1 200 OK\r\n\r\n", "delivered")],
    ids=["head", "body"],
)
def test_answers_that_never_end_are_given_up(
    api: Api, internet: Internet, begun: bytes, state: str
) -> None:
    """A byte now and then does not hold the destination for longer than the timeout; a status counts."""

    def behave(seen: Seen) -> Iterator[bytes]:
        yield begun or b"HTTP/1.1 200 OK\r\nX-Slow: "
        while True:
            time.sleep(0.2)
            yield b"x"

    internet.serve(behave, at="far.example")
    delivery, attempt = tried(api, f"http://far.example{HOOK}")
    assert delivery["state"] == state
    assert "1.5 s" in attempt["reason"]
    assert attempt["durationMs"] < 20_000


def test_a_name_that_is_none(api: Api) -> None:
    """It may be one tomorrow, so it is tried again."""
    delivery, attempt = tried(api, f"http://no-such-name.example{HOOK}")
    assert (delivery["state"], attempt["status"]) == ("pending", None)
    assert "no-such-name.example" in attempt["reason"]


def test_nobody_listens(api: Api) -> None:
    """The reason names the address that was tried."""
    delivery, attempt = tried(api, f"http://127.0.0.1:9{HOOK}")
    assert (delivery["state"], attempt["status"]) == ("pending", None)
    assert "127.0.0.1" in attempt["reason"]
    assert "refused" in attempt["reason"]


def test_certificates_that_nobody_vouches_for(
    api: Api, internet: Internet, authority: Authority
) -> None:
    """Nothing of the message is sent; the reason says that it is the certificate."""
    far = internet.serve(at="far.example", port=443, tls=authority.server("far.example"))
    delivery, attempt = tried(api, f"https://far.example{HOOK}")
    assert (delivery["state"], attempt["status"]) == ("pending", None)
    assert "certificate" in attempt["reason"]
    assert far.requests == []


def test_what_speaks_no_tls(api: Api, internet: Internet) -> None:
    """The reason says that it is TLS that failed."""
    internet.serve(answers(answer("400 Bad Request")), at="far.example", port=443)
    _, attempt = tried(api, f"https://far.example{HOOK}")
    assert "TLS" in attempt["reason"]


def test_ipv6_is_an_address_like_others(api: Api, internet: Internet) -> None:
    """In brackets, as addresses of the web are written."""
    body = b'{"success":true}'
    far = internet.serve(answers(answer("200 OK", body)), host="::1")
    delivery, attempt = tried(api, f"http://[::1]:{far.port}{HOOK}")
    assert (delivery["state"], attempt["status"]) == ("delivered", 200), attempt
    assert attempt["request"]["url"].startswith(f"http://[::1]:{far.port}/")


@pytest.mark.parametrize(
    "url",
    [
        "https://user:password@far.example/hooks/a/b",
        "https://far.example:80@evil.example/hooks/a/b",
        "https://far.example\\@evil.example/hooks/a/b",
        "https://far.example/hooks/a/b#@evil.example",
        "ftp://far.example/hooks/a/b",
        "gopher://far.example/hooks/a/b",
        "//far.example/hooks/a/b",
        "http://[::1/hooks/a/b",
        "http://far.example:0x50/hooks/a/b",
        "http://far\u2024example/hooks/a/b",
    ],
)
def test_addresses_with_tricks_are_never_saved(api: Api, url: str) -> None:
    """So that nothing is ever sent there; the answer names the field."""
    refused = api.post("destinations.create", 400, type="rocketchat", name="Far", url=url)
    assert "ddress" in refused["error"] or "url" in refused["error"].lower()
    assert api.get("destinations.list")["destinations"] == []
