"""Apprise's services get a text in the format that Apprise is told: HTML, Markdown or plain."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import pytest

from engine.transports.apprise import AppriseTransport
from engine.transports.base import Network
from engine.transports.message import CanonicalMessage, Result, Target
from tests.farsides.mail import MailSide
from tests.farsides.others import AppriseSide
from tests.sinks import Got, Reply, Sink

LOOPBACK = Network(public_only=True, allowed=("127.0.0.0/8",))
TIMEOUT_S = 20.0
MARKUP = (
    '<main> and <img src=x onerror=alert(1)> <a href="https://evil.example">click</a> '
    "<script>alert(2)</script> &lt;b&gt; a & b\x07\n"
    "*bold* `<b>code</b>` [its name](https://e.org/?a=1&b=2) [bad](javascript:alert(3))\n"
    "second line\n- item one\n- item two\n\n"
    "```py\ndef f():\n    return '<i>'\n```\nafter"
)
MESSAGE = CanonicalMessage(
    id="d1", text=MARKUP, sent_at=datetime(2026, 3, 1, tzinfo=UTC), alias="<img src=y> & Co"
)


@pytest.fixture(scope="module")
def transport() -> Iterator[AppriseTransport]:
    """A transport that may reach this machine; its process is started once."""
    made = AppriseTransport(LOOPBACK, processes=1)
    yield made
    made.close()


@pytest.fixture
def mail() -> Iterator[MailSide]:
    with MailSide() as side:
        yield side


def matrix_answer(got: Got) -> Reply:
    """Answer as a home server does."""
    answers = {
        "login": {"access_token": "t0ken", "user_id": "@bot:e.org", "home_server": "e.org"},
        "join": {"room_id": "!r:e.org"},
        "send": {"event_id": "$e"},
    }
    found = next((body for name, body in answers.items() if f"/{name}" in got.path), {})
    return 200, {"Content-Type": "application/json"}, json.dumps(found).encode()


@pytest.fixture
def matrix() -> Iterator[Sink]:
    sink = Sink(matrix_answer)
    yield sink
    sink.close()


class Tags(HTMLParser):
    """What a reader of HTML makes of a text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.others: list[str] = []
        self.words = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "br":
            self.words += "\n"
        for name, value in attrs:
            (self.links if (tag, name) == ("a", "href") else self.others).append(value or "")

    def handle_data(self, data: str) -> None:
        self.words += data


def check_html(html: str) -> None:
    """Hold a text made of MARKUP against what it ought to be."""
    read = Tags(html)
    assert set(read.tags) <= {"b", "i", "s", "a", "code", "pre", "br", "h1", "html", "head", "body"}
    assert read.others == []
    # An address that stands there as such leads where it says.
    assert read.links == ["https://evil.example", "https://e.org/?a=1&b=2"]
    assert ">https://evil.example</a>" in html
    assert "<main> and <img src=x onerror=alert(1)> <a href=" in read.words
    assert "<script>alert(2)</script>" in read.words
    assert "javascript:alert(3)" in read.words
    assert "\x07" not in html
    assert "<b>bold</b>" in html
    assert "<code>&lt;b&gt;code&lt;/b&gt;</code>" in html
    assert "<br>second line<br>" in html
    assert "<pre><code>def f():\n    return &#x27;&lt;i&gt;&#x27;</code></pre>after" in html


@pytest.mark.parametrize("form", ["markdown", "text"])
def test_a_mail_in_html_holds_no_markup_of_the_text(
    transport: AppriseTransport, mail: MailSide, form: str
) -> None:
    """Tags are words, bold and links are ours, code keeps its lines and indentation."""
    address = f"{mail.address}&format=html" if form == "text" else mail.address
    verdict = transport.send(MESSAGE, Target(address, {"format": form}), TIMEOUT_S)
    assert verdict.result is Result.DELIVERED
    check_html(mail.part(0, "html"))
    plain = mail.part(0, "plain")
    assert "<main> and <img src=x onerror=alert(1)>" in plain
    assert "\n    return '<i>'" in plain
    assert mail.mails[0]["Subject"] == "<img src=y> & Co"


def test_a_mail_in_plain_text_is_no_html(transport: AppriseTransport, mail: MailSide) -> None:
    """As an address asks for it, or the format."""
    for address, form in (
        (mail.address, "text"),
        (f"{mail.address}&format=text", "markdown"),
    ):
        verdict = transport.send(MESSAGE, Target(address, {"format": form}), TIMEOUT_S)
        assert verdict.result is Result.DELIVERED
    for number, mailed in enumerate(mail.mails):
        assert mailed.get_content_type() == "text/plain"
        plain = mail.part(number, "plain")
        assert "<main> and <img src=x onerror=alert(1)>" in plain
        assert "\nsecond line\n" in plain
        assert "its name (https://e.org/?a=1&b=2)" in plain
        assert "\n    return '<i>'\n" in plain
        assert "*bold*" not in plain


@pytest.mark.parametrize(("form", "is_html"), [("markdown", True), ("text", False)])
def test_matrix_shows_lines_and_code(
    transport: AppriseTransport, matrix: Sink, form: str, is_html: bool
) -> None:
    """Formatted in HTML with line ends and indentation, or plain as it is."""
    address = f"matrix://bot:pass@{urlsplit(matrix.url).netloc}/!r:e.org?e2ee=no"
    verdict = transport.send(MESSAGE, Target(address, {"format": form}), TIMEOUT_S)
    assert verdict.result is Result.DELIVERED, verdict.reason
    [event] = [got.json() for got in matrix.got if "/send/m.room.message" in got.path]
    assert "\n    return '<i>'" in event["body"]
    assert "\nsecond line\n" in event["body"]
    assert ("formatted_body" in event) is is_html
    if is_html:
        check_html(event["formatted_body"])
        assert event["formatted_body"].startswith("<h1>&lt;img src=y&gt; &amp; Co</h1>")


def test_markdown_of_the_text_is_escaped_where_markdown_is_shown(
    transport: AppriseTransport,
) -> None:
    """A tag, a character reference and a definition of a link are characters there."""
    with AppriseSide() as far:
        text = "<main> &copy; <https://e.org|n> a < b & c\n[1]: https://e.org/x\nlast"
        address = f"{far.address}?format=markdown"
        message = replace(MESSAGE, text=text)
        transport.send(message, Target(address, {"format": "markdown"}), TIMEOUT_S)
        assert far.got[0].json["message"] == (
            "\\<main> \\&copy; [n](https://e.org) a < b & c  \n\\[1]: https://e.org/x  \nlast"
        )


def test_a_service_that_takes_html_only_gets_it(transport: AppriseTransport) -> None:
    """Whatever the format of the destination says, the address decides."""
    with AppriseSide() as far:
        for form in ("text", "markdown"):
            target = Target(f"{far.address}?format=html", {"format": form})
            assert transport.send(MESSAGE, target, TIMEOUT_S).result is Result.DELIVERED
        for got in far.got:
            check_html(got.json["message"])


def test_a_title_without_a_place_of_its_own_is_escaped_too(transport: AppriseTransport) -> None:
    """It is the first line of the text, and one that is too long for its place is there whole."""
    sink = Sink()
    try:
        host = urlsplit(sink.url).netloc
        target = Target(f"synology://{host}/t0ken?format=html", {"format": "text"})
        assert transport.send(MESSAGE, target, TIMEOUT_S).result is Result.DELIVERED
        [payload] = parse_qs(sink.got[0].body.decode())["payload"]
        assert json.loads(payload)["text"].startswith(
            "<b>&lt;img src=y&gt; &amp; Co</b><br>&lt;main"
        )
    finally:
        sink.close()


def test_titles_are_not_cut(transport: AppriseTransport) -> None:
    """What is too long for the title's place is the text's first line as well."""
    title = " ".join(f"t{number:03}" for number in range(39))
    sink = Sink()
    try:
        host = urlsplit(sink.url).netloc
        target = Target(f"ntfy://{host}/topic?overflow=truncate", {"title": f"{title} end"})
        message = replace(MESSAGE, text="word " * 3000)
        assert transport.send(message, target, 60).result is Result.DELIVERED
        sent = b" ".join(got.body for got in sink.got).decode()
        assert sent.count("word") == 3000
        assert f"{title} end" in sent
        assert len(re.findall("t038", sent)) == 1
    finally:
        sink.close()
