"""Apprise in its process: what it sends, what it may not do, and how it is stopped."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine import transports
from engine.errors import ConfigError, Invalid
from engine.transports.apprise import AppriseTransport
from engine.transports.apprise_process import AppriseProcess
from engine.transports.apprise_services import SERVICES
from engine.transports.base import Network
from engine.transports.message import CanonicalMessage, Result, Target
from tests.farsides.base import Got, Reply
from tests.farsides.others import AppriseSide

LOOPBACK = Network(public_only=True, allowed=("127.0.0.0/8",))
MESSAGE = CanonicalMessage(
    id="d1",
    text="*Build* failed on <https://ci.example.org/7|main>",
    sent_at=datetime(2026, 3, 1, tzinfo=UTC),
    alias="CI",
)
TIMEOUT_S = 10.0


@pytest.fixture(scope="module")
def transport() -> Iterator[AppriseTransport]:
    """A transport that may reach this machine; its process is started once."""
    made = AppriseTransport(LOOPBACK, processes=1)
    yield made
    made.close()


@pytest.fixture
def far() -> Iterator[AppriseSide]:
    with AppriseSide() as side:
        yield side


def target(far: AppriseSide, **options: str) -> Target:
    return Target(far.address, options)


def test_a_message_arrives(transport: AppriseTransport, far: AppriseSide) -> None:
    """As plain text under the sender's name, with its attachments below."""
    checked = transport.validate(far.address, {}, {})
    attachments = [{"title": "theTitle", "text": "theText", "image_url": "https://e.org/i.png"}]
    message = replace(MESSAGE, attachments=attachments)
    assert transport.send(message, checked, TIMEOUT_S).result is Result.DELIVERED
    assert far.refusals == []
    [got] = far.got
    assert got.json["title"] == "CI"
    assert got.json["message"] == (
        "Build failed on main (https://ci.example.org/7)\n\n"
        "theTitle\ntheText\nImage (https://e.org/i.png)"
    )


def test_markdown_is_sent_where_it_is_asked_for(
    transport: AppriseTransport, far: AppriseSide
) -> None:
    """Services that know it show bold and links."""
    with_markdown = target(far, format="markdown", title="Own title")
    far_address = replace(with_markdown, url=f"{far.address}?format=markdown")
    assert transport.send(MESSAGE, far_address, TIMEOUT_S).result is Result.DELIVERED
    assert far.got[0].json["message"] == "**Build** failed on [main](https://ci.example.org/7)"
    assert far.got[0].json["title"] == "Own title"


def test_long_and_hostile_texts_arrive(transport: AppriseTransport, far: AppriseSide) -> None:
    """In parts, without a word lost, calling nobody."""
    text = " ".join(f"w{number:05}" for number in range(10_000))
    hostile = f"@all <!channel> <users/all> `@here` {text}"
    message = replace(MESSAGE, text=hostile)
    assert transport.send(message, target(far), 30).result is Result.DELIVERED
    shown = far.shown()
    assert re.findall(r"w\d{5}", shown) == text.split()
    assert not re.search(r"@(?:all|here)|<[!u]", shown)
    assert len(far.got) > 1


def test_pictures_that_messages_hold_themselves_are_left_out_and_told(
    transport: AppriseTransport, far: AppriseSide
) -> None:
    """No service gets a `data:` address; the words beside it arrive."""
    held = "data:image/png;base64,iVBORw0KGgo="
    attachments = [
        {"title": "theTitle", "image_url": held, "title_link": held},
        {"text": "theText", "thumb_url": "https://e.org/t.png"},
        {"author_name": "theAuthor", "author_icon": held},
    ]
    message = replace(MESSAGE, avatar=held, attachments=attachments)
    assert transport.left_out(message) == (
        "left out, since data: addresses cannot be sent there: avatar, attachments[0].image_url, "
        "attachments[0].title_link, attachments[2].author_icon"
    )
    assert transport.send(message, target(far), TIMEOUT_S).result is Result.DELIVERED
    shown = far.shown()
    assert all(
        word in shown for word in ("theTitle", "theText", "https://e.org/t.png", "theAuthor")
    )
    assert "data:" not in shown
    assert transport.left_out(MESSAGE) == ""


def test_nothing_to_show_is_not_sent(transport: AppriseTransport, far: AppriseSide) -> None:
    """An empty message is no error."""
    verdict = transport.send(replace(MESSAGE, text=" "), target(far), TIMEOUT_S)
    assert verdict.result is Result.DELIVERED
    assert far.got == []


@pytest.mark.parametrize(
    ("failure", "result"),
    [
        ("404", Result.PERMANENT),
        ("410", Result.PERMANENT),
        ("302", Result.PERMANENT),
        ("429", Result.RETRY),
        ("503", Result.RETRY),
    ],
)
def test_answers(
    transport: AppriseTransport, far: AppriseSide, failure: str, result: Result
) -> None:
    """The status that the library tells decides; redirects are not followed, nothing is repeated."""
    far.fail(failure)
    address = f"{far.address}?redirect=yes&retry=3&wait=1&optional=yes"
    verdict = transport.send(MESSAGE, Target(address), TIMEOUT_S)
    assert (verdict.result, verdict.gone) == (result, failure == "410")
    assert f"error={failure}" in verdict.reason
    assert "t0ken" not in verdict.reason
    assert far.got == []


def test_a_part_that_fails_is_told(transport: AppriseTransport, far: AppriseSide) -> None:
    """With how much has arrived."""
    message = replace(MESSAGE, text="word " * 12_000)
    answers = iter(["", "503"])
    take = far.take
    far.take = lambda got: far.failures[code]() if (code := next(answers)) else take(got)  # type: ignore[method-assign]
    verdict = transport.send(message, target(far), 30)
    assert verdict.result is Result.RETRY
    assert "after 1 of 2 parts" in verdict.reason or "after 1 of 3 parts" in verdict.reason


def test_parts_that_arrived_are_not_sent_again(
    transport: AppriseTransport, far: AppriseSide
) -> None:
    """After a 503 at the second part, the next attempt begins with that one."""
    words = [f"w{number:05}" for number in range(10_000)]
    message = replace(MESSAGE, text=" ".join(words))
    answers = iter(["", "503"])
    take = far.take
    far.take = lambda got: far.failures[code]() if (code := next(answers, "")) else take(got)  # type: ignore[method-assign]
    first = transport.send(message, target(far), 30)
    assert (first.result, first.parts_done) == (Result.RETRY, 1)
    del far.got[1:]  # what was refused was kept as well
    second = transport.send(message, target(far), 30, first.parts_done)
    assert (second.result, second.parts_done > 1) == (Result.DELIVERED, True)
    assert re.findall(r"w\d{5}", far.shown()) == words
    titles = [got.json["title"] for got in far.got]
    assert titles == ["CI", *[""] * (len(titles) - 1)]


def test_parts_are_counted_when_the_process_has_to_be_ended(
    transport: AppriseTransport, far: AppriseSide
) -> None:
    """A far side that does not answer the second part at all: the first is known to be there."""
    message = replace(MESSAGE, text="word " * 12_000)
    take, calls = far.take, iter(range(10))

    def slowly(got: Got) -> Reply:
        if next(calls):
            time.sleep(6)
        return take(got)

    far.take = slowly  # type: ignore[method-assign]
    verdict = transport.send(message, target(far), 1.0)
    assert (verdict.result, verdict.parts_done) == (Result.RETRY, 1)


def test_nothing_listens(transport: AppriseTransport) -> None:
    """A connection that is refused is tried again later."""
    verdict = transport.send(MESSAGE, Target("json://127.0.0.1:9/"), TIMEOUT_S)
    assert verdict.result is Result.RETRY


@pytest.fixture(scope="module")
def guarded() -> Iterator[AppriseTransport]:
    """A transport that may reach public addresses, and one name besides."""
    made = AppriseTransport(Network(public_only=True, allowed=("localhost",)), processes=1)
    yield made
    made.close()


@pytest.mark.parametrize(
    "address",
    [
        "json://127.0.0.1:9/",
        "json://0.0.0.0:9/",
        "json://169.254.169.254/latest/meta-data",
        "xml://10.0.0.1/",
        "mailto://user:password@example.org?smtp=127.0.0.1&to=a@b.example",
        "rsyslog://127.0.0.1:9/",
        "ircs://127.0.0.1:9/#room",
    ],
)
def test_only_what_is_allowed_is_reached(guarded: AppriseTransport, address: str) -> None:
    """Without leave no service connects to this machine or network, by whatever protocol."""
    verdict = guarded.send(MESSAGE, Target(address), TIMEOUT_S)
    assert verdict.result is Result.PERMANENT
    assert "has no public address, and is not allowed" in verdict.reason


def test_a_name_is_allowed_with_its_addresses(guarded: AppriseTransport, far: AppriseSide) -> None:
    """And the same address under another name is not."""
    by_name = far.address.replace("127.0.0.1", "localhost")
    assert guarded.send(MESSAGE, Target(by_name), TIMEOUT_S).result is Result.DELIVERED
    assert guarded.send(MESSAGE, Target(far.address), TIMEOUT_S).result is Result.PERMANENT


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("file:///etc/passwd", "no service file"),
        ("syslog://localhost", "no service syslog"),
        ("dbus://", "ASCII"),
        ("gnome://x", "no service gnome"),
        ("vapid://a@b.c", "no service vapid"),
        ("fcm://project/key?keyfile=/etc/passwd", "no service fcm"),
        ("https://example.org/x", "no service https"),
        ("discord://1234567890/abcdef?template=/etc/passwd", "template would make"),
        ("mailto://u:p@example.org?pgp=sign", "pgp would make"),
        ("mailto://u:p@example.org?PGPPRV=/etc/passwd", "PGPPRV would make"),
        ("json://example.org/\r\nX: y", "ASCII"),
        ("json://example.org/a b", "ASCII"),
        ("tgram://nonsense", "does not understand"),
        ("", "ASCII"),
    ],
)
def test_addresses_that_are_refused(transport: AppriseTransport, address: str, why: str) -> None:
    """Only services of the network that read nothing from this machine."""
    with pytest.raises(Invalid, match=why) as caught:
        transport.validate(address, {}, {})
    assert caught.value.field == "url"


def test_every_service_that_is_offered_exists() -> None:
    """The list names services of the installed library that work without further libraries."""
    code = (
        "from apprise.manager_plugins import NotificationManager as Manager; "
        "print(*Manager().schemas(include_disabled=False))"
    )
    known = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert set(known) >= SERVICES
    local = {"syslog", "dbus", "gnome", "macosx", "windows", "blink1", "vapid", "fcm"}
    assert not SERVICES & local


# -- the process ---------------------------------------------------------------------------------


def children() -> set[int]:
    """Return the processes started from here that run Apprise."""
    found: set[int] = set()
    for task in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((task / "stat").read_text().rpartition(")")[2].split()[1])
            command = (task / "cmdline").read_bytes()
        except OSError:
            continue
        if parent == os.getpid() and b"apprise_child" in command:
            found.add(int(task.name))
    return found


def test_an_answer_without_end_is_cut_off(transport: AppriseTransport, far: AppriseSide) -> None:
    """A far side that took the message and drips is not sent it again, nor listened to for ever."""
    far.fail("drips")
    begun = time.monotonic()
    verdict = transport.send(MESSAGE, target(far), 1.5)
    assert verdict.result is Result.DELIVERED
    assert time.monotonic() - begun < 8
    assert transport.send(MESSAGE, target(far), 60).result is Result.DELIVERED


def test_a_flood_of_an_answer_harms_nobody(transport: AppriseTransport, far: AppriseSide) -> None:
    """Its beginning is enough to know that the message was taken."""
    far.fail("floods")
    assert transport.send(MESSAGE, target(far), 60).result is Result.DELIVERED
    assert transport.send(MESSAGE, target(far), 60).result is Result.DELIVERED


def test_a_process_that_died_is_replaced(transport: AppriseTransport, far: AppriseSide) -> None:
    """The message under which it died is tried again later, the next goes through."""
    before = children()
    assert before
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    assert transport.send(MESSAGE, target(far), TIMEOUT_S).result is Result.RETRY
    assert transport.send(MESSAGE, target(far), TIMEOUT_S).result is Result.DELIVERED
    assert not before & children()


def test_the_process_has_given_up_its_rights() -> None:
    """It starts without the environment, and can make no file grow."""
    process = AppriseProcess()
    try:
        proc = Path(f"/proc/{process.pid}")
        limits = (proc / "limits").read_text()
        assert re.search(r"Max file size +0 +0 ", limits)
        assert re.search(r"Max core file size +0 +0 ", limits)
        assert re.search(r"Max data size +536870912 ", limits)
        assert (proc / "environ").read_bytes().split(b"\0")[0] in (b"", b"LC_CTYPE=C.UTF-8")
    finally:
        process.kill()
    assert not proc.exists()


def test_what_is_no_host_cannot_be_allowed() -> None:
    """A mistake is told at once, not with the first message."""
    with pytest.raises(ConfigError, match="is no host to allow"):
        AppriseTransport(Network(public_only=True, allowed=("http://example.org",)))


def test_transports_are_kept_apart_by_what_they_may_reach() -> None:
    """Whoever asks with the same network gets the same object."""
    assert transports.load("apprise", LOOPBACK) is transports.load("apprise", LOOPBACK)
    assert transports.load("apprise") is not transports.load("apprise", LOOPBACK)
