"""What a destination may be told, and that nothing of it leaks or breaks a request."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from engine import transports
from engine.errors import Invalid
from engine.transports.addresses import check_url, with_query
from engine.transports.base import HttpTransport
from engine.transports.message import CanonicalMessage, Target, WireRequest, shown_url
from engine.transports.options import Field, Kind
from engine.transports.requests import json_bytes

URLS = {
    "rocketchat": "https://chat.example.org/sub/hooks/65f0c0ffee/t0ken",
    "mattermost": "https://chat.example.org/hooks/o4x9zq8b1tyk7rfm3cdw5e6sna",
    "kchat": "https://org.kchat.infomaniak.com/hooks/o4x9?slack_return_format=true",
    "googlechat": "https://chat.googleapis.com/v1/spaces/AAA/messages?key=k3y&token=t0ken",
    "uchat": "https://bot.dfktv2.com/api/apichat/c0de",
    "slack": "https://hooks.slack.com/services/T0/B0/t0ken",
    "discord": "https://discord.com/api/webhooks/223704706495545344/t0ken",
    "teams": "https://x.logic.azure.com/workflows/a/triggers/manual/paths/invoke?sig=t0ken",
    "webhook": "https://example.org/hook?token=t0ken",
}
OPTIONS: dict[str, dict[str, Any]] = {"uchat": {"conversation_id": 1, "sender_id": "a"}}
SECRETS: dict[str, dict[str, Any]] = {
    "webhook": {"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "headers": {"X-Key": "s3cret"}},
    "uchat": {"api_key": "s3cret-api-key"},
}
MESSAGE = CanonicalMessage(id="d1", text="hello", sent_at=datetime(2026, 1, 2, tzinfo=UTC))


def http(type_: str) -> HttpTransport:
    transport = transports.load(type_)
    assert isinstance(transport, HttpTransport)
    return transport


def valid(type_: str, **options: Any) -> Target:
    given = {**OPTIONS.get(type_, {}), **options}
    return http(type_).validate(URLS[type_], given, SECRETS.get(type_, {}))


def refused(
    type_: str, url: Any = None, options: Mapping[str, Any] | None = None, **secrets: Any
) -> Invalid:
    given = {**OPTIONS.get(type_, {}), **(options or {})}
    with pytest.raises(Invalid) as caught:
        http(type_).validate(URLS[type_] if url is None else url, given, secrets)
    return caught.value


@pytest.mark.parametrize("type_", list(URLS))
def test_every_transport_describes_itself(type_: str) -> None:
    """Type, label, address and fields are there for a form; names are used once."""
    transport = transports.load(type_)
    assert transport is transports.load(type_)
    assert transport.type == type_
    assert transport.label == transports.LABELS[type_]
    assert transport.url.secret
    assert transport.url.help
    names = [field.name for field in transport.fields]
    assert len(names) == len(set(names))
    for field in transport.fields:
        assert field.label
        assert (field.kind is Kind.CHOICE) == bool(field.choices)


@pytest.mark.parametrize("type_", list(URLS))
def test_defaults_are_filled_in(type_: str) -> None:
    """A target has every option, so that a later one is no surprise to an older destination."""
    target = valid(type_)
    transport = http(type_)
    for field in transport.fields:
        where = target.secrets if field.secret else target.options
        assert field.name in where
    bare = replace(target, options=OPTIONS.get(type_, {}), secrets={})
    assert transport.requests(MESSAGE, bare)


@pytest.mark.parametrize("type_", list(URLS))
def test_the_same_message_makes_the_same_requests(type_: str) -> None:
    """A delivery that stopped in the middle can go on there."""
    message = replace(
        MESSAGE, text="word " * 10_000, attachments=[{"title": "t", "text": "x" * 9000}]
    )
    transport, target = http(type_), valid(type_)
    first, second = (transport.requests(message, target) for _ in range(2))
    assert [request.body for request in first] == [request.body for request in second]


@pytest.mark.parametrize("type_", list(URLS))
def test_no_secret_is_shown(type_: str) -> None:
    """Neither address nor secrets are in what a log could print."""
    target = valid(type_)
    [request] = http(type_).requests(MESSAGE, target)
    for shown in (repr(target), repr(request), str(target), f"{[target, request]}"):
        for secret in ("t0ken", "c0de", "k3y", "s3cret", "whsec", "o4x9"):
            assert secret not in shown


def test_an_apprise_address_shows_its_service_only() -> None:
    """What stands where a host does may be a token."""
    assert shown_url("slack://T0KEN/abc") == "slack://…"
    assert shown_url("https://user:pw@example.org:8443/x?y") == "https://example.org:8443/…"
    assert shown_url("http://[2001:db8::1]:8065/hooks/x") == "http://[2001:db8::1]:8065/…"
    assert shown_url("https://[bad") == "…"


@pytest.mark.parametrize(
    "url",
    [
        "",
        7,
        "example.org/hooks/a/b",
        "ftp://example.org/hooks/a/b",
        "file:///hooks/a/b",
        "javascript:alert(1)",
        "https:///hooks/a/b",
        "https://user:password@example.org/hooks/a/b",
        "https://example.org/hooks/a/b#c",
        "https://example.org:99999/hooks/a/b",
        "https://example.org/hooks/a/b\r\nX-Header: 1",
        "https://example.org/hooks/a b/c",
        "https://ex\u00e4mple.org/hooks/a/b",
        "https://[::1/hooks/a/b",
        "https://example.org/hooks/a/" + "b" * 2_100,
    ],
)
def test_addresses_that_are_refused(url: Any) -> None:
    """An address is one of the web, in ASCII, without user or fragment."""
    assert refused("rocketchat", url).field == "url"
    with pytest.raises(Invalid):
        check_url(url)


@pytest.mark.parametrize(
    ("type_", "url"),
    [
        ("rocketchat", "https://chat.example.org/hooks/a"),
        ("mattermost", "https://chat.example.org/hooks/"),
        ("googlechat", "https://chat.googleapis.com/v1/spaces/AAA/messages?key=k"),
        ("googlechat", "https://chat.googleapis.com/v1/spaces/AAA?key=k&token=t"),
        ("uchat", "https://bot.dfktv2.com/api/other/x"),
        ("slack", "https://hooks.slack.com/"),
        ("discord", "https://discord.com/api/webhooks/223704706495545344/t0ken/slack"),
        ("discord", "https://discord.com/channels/1/2"),
        ("teams", "https://x.logic.azure.com/"),
    ],
)
def test_addresses_of_another_form_are_refused(type_: str, url: str) -> None:
    """The form that the vendor gives is shown in the reason."""
    error = refused(type_, url)
    assert error.field == "url"
    assert "looks like https://" in str(error)


@pytest.mark.parametrize(
    ("type_", "options", "field"),
    [
        ("rocketchat", {"unknown": 1}, "unknown"),
        ("rocketchat", {"identity": "yes"}, "identity"),
        ("rocketchat", {"channel": "two words"}, "channel"),
        ("rocketchat", {"channel": "#a\r\nb"}, "channel"),
        ("rocketchat", {"api": "soap"}, "api"),
        ("rocketchat", {"api": "rest"}, "channel"),
        ("rocketchat", {"max_chars": 0}, "max_chars"),
        ("rocketchat", {"max_chars": "many"}, "max_chars"),
        ("rocketchat", {"max_chars": True}, "max_chars"),
        ("rocketchat", {"token": "a secret is no option"}, "token"),
        ("uchat", {"conversation_id": ""}, "conversation_id"),
        ("uchat", {"conversation_id": 1.5}, "conversation_id"),
        ("discord", {"people": {"ada": "x"}}, "people"),
        ("discord", {"people": ["ada"]}, "people"),
        ("discord", {"people": {"ada": 7}}, "people"),
        ("discord", {"thread_id": "abc"}, "thread_id"),
    ],
)
def test_options_that_are_refused(type_: str, options: dict[str, Any], field: str) -> None:
    """Each is checked, and named when it is wrong."""
    assert refused(type_, options=options).field == field


@pytest.mark.parametrize(
    "secret",
    [
        "plain",
        "whsec_AAAA",
        "whsec_" + "A" * 31,
        "whsec_" + "A" * 88,
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw whsec_x",
        "whpk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    ],
)
def test_signing_secrets_that_are_refused(secret: str) -> None:
    """They are whsec_ and 24 to 64 bytes in base64, every one of them; the reason shows none."""
    error = refused("webhook", secret=secret)
    assert error.field == "secret"
    assert secret not in str(error)


@pytest.mark.parametrize("secret", ["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_" + "A" * 34])
def test_signing_secrets_that_are_taken(secret: str) -> None:
    """Without whsec_ and without the padding, too, as receivers' libraries read them."""
    assert transports.load("webhook").validate("https://e.org", {}, {"secret": secret})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-A", "b\r\nX-C: d"),
        ("X-A", "b\nc"),
        ("X-A\r\nX-B", "c"),
        ("X A", "b"),
        ("", "b"),
        ("X-A:", "b"),
        ("X-A", "\u00e4"),
        ("Host", "elsewhere"),
        ("content-length", "1"),
        ("Transfer-Encoding", "chunked"),
        ("Webhook-Signature", "v1,x"),
    ],
)
def test_headers_that_are_refused(name: str, value: str) -> None:
    """None can end a header, or replace what belongs to the connection or to the signature."""
    assert refused("webhook", headers={name: value}).field == "headers"


def test_a_broken_request_cannot_be_made() -> None:
    """Whatever a transport does wrong, no header or line is injected."""
    for url, headers in (
        ("https://e.org/\r\nX: y", {}),
        ("https://e.org/", {"X": "a\nb"}),
        ("https://e.org/", {"X\r\n": "a"}),
        ("https://e.org/ä", {}),
    ):
        with pytest.raises(ValueError, match="break"):
            WireRequest("POST", url, headers, b"")


def test_queries_are_added_and_replaced() -> None:
    """What an address has already stays, but for parameters of the same name."""
    url = with_query("https://e.org/x?key=a%20b&wait=false&empty=", {"wait": "true", "n": "1&2"})
    assert url == "https://e.org/x?key=a%20b&empty=&wait=true&n=1%262"


def test_fields_take_what_forms_and_callers_give() -> None:
    """Numbers may come as text, blanks around a text are none of it."""
    number = Field("n", "N", Kind.NUMBER, least=1, greatest=9)
    assert (number.check(" 7 "), number.check(7), number.check("")) == (7, 7, None)
    assert Field("t", "T").check("  a  ") == "a"
    assert Field("p", "P", Kind.PAIRS).check({" a ": " b "}) == {"a": "b"}
    assert Field("d", "D", Kind.FLAG, default=True).check(None) is True
    with pytest.raises(Invalid, match="T is missing"):
        Field("t", "T", required=True).check(" "[1:])
    with pytest.raises(Invalid, match="printable"):
        Field("t", "T").check("a\x00b")


def test_bodies_are_json_whatever_is_in_them() -> None:
    """Halves of characters, huge numbers and what JSON does not know do no harm."""
    body = json_bytes({"a": "\ud83d\ude00 \ud83d", "b": 2**70, "c": float("nan"), "d": ("x",)})
    assert (
        body.decode()
        == '{"a":"😀 \N{REPLACEMENT CHARACTER}","b":1.1805916207174113e+21,"c":null,"d":["x"]}'
    )


def test_unknown_types_are_refused() -> None:
    """With a list of those that there are."""
    with pytest.raises(Invalid, match="rocketchat, mattermost"):
        transports.load("telegram")


def test_a_system_is_imported_when_it_is_asked_for() -> None:
    """Apprise takes seconds to import, and never is in this process."""
    code = (
        "import sys, engine.transports as t; t.load('slack'); t.load('apprise'); "
        "print(*[m for m in sys.modules if m.startswith(('apprise', 'engine.transports', 'requests'))])"
    )
    loaded = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "engine.transports.slack" in loaded
    assert "engine.transports.discord" not in loaded
    assert not any(name.split(".")[0] in ("apprise", "requests") for name in loaded)
