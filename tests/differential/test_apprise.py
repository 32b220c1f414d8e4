"""
Every service of Apprise is given the words of a text, in the format it takes, and none of its markup.

`apprise_addresses.txt` has an address for each service. The library runs in this process, and what
it hands to a service's `send` is read as that service's readers would: HTML by a parser of HTML,
Markdown by one that lets HTML through.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from apprise.manager_plugins import NotificationManager
from apprise.plugins.base import NotifyBase
from markdown_it import MarkdownIt

from engine.transports.apprise import AppriseTransport
from engine.transports.apprise_child import Guard, answer
from engine.transports.apprise_services import SERVICES
from engine.transports.message import CanonicalMessage, Result, Target
from tests.differential.comparison import report

#: Of the library's own imports.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

HERE = Path(__file__).parent
ADDRESSES = (HERE / "apprise_addresses.txt").read_text(encoding="ascii").split()
#: Each word that begins with `w` has to arrive, in this order, and each address with an `l`.
TEXTS = (
    "w1 <main> w2 <img src=x onerror=w3(1)> w4",
    'w1 <a href="javascript:w2()">w3</a> <b onclick=w4>w5</b> <script>w6</script> <!-- w7 --> w8',
    "w1\nw2\n  w3\n\nw4 &lt;img&gt; w5 &amp;amp; w6 <br> w7",
    "*w1* _w2_ ~w3~ `w4 <i>w5</i>` [w6](https://e.org/l1?a=1&b=2) [w7](javascript:w8) <https://e.org/l2|w9>",
    "- w1\n- w2 <u>\n  - w3\n1. w4\n> w5 <hr>\n> w6\n# w7 <h1>",
    "w1\n```py\nif w2:\n    w3 = '<table>'\n```\nw4 ``` w5",
    "|a|b|\n|-|-|\n|w1 <td>|w2|\n|*w3*|w4|\n\nw5",
    "![w1](https://e.org/l1.png) [w2]: https://e.org/l2\n\n[w3]: https://e.org/l3\n\nw4 [w5] [w6][w3]",
    "w1 @all @here <!channel> <@U1> <users/all> (met)all(met) {@all} @**all** <!subteam^S1|w2> w3\x1b[31m w4\x00\x07 w5\u2028w6",
    "\\*w1\\* \\<b> w2 <w3@e.org> <https://e.org/w4> w5_w6_w7 **w8* *w9** `` w10",
    "<style>w1{}</style><iframe src=//e.org/w2></iframe><svg/onload=w3> ]]> w4 <?php w5 ?> <![CDATA[w6",
    " ".join(f"w{number}" for number in range(1, 2500)) + " <em>end</em>",
)
#: The format of the destination, and what its address asks for.
WAYS = (("text", ""), ("markdown", ""), ("text", "?format=html"))
TITLE = "t1 <img src=t2> & *t3* @all\x1b[31m"
_WORD = re.compile(r"(?<![a-z0-9])[wt]\d+(?!\d)")
_ADDRESS = re.compile(r"https://e\.org/l\d[^\s)|]*")
_TAGS = frozenset(["b", "i", "s", "a", "code", "pre", "br", "strong", "em"])
_LINKS = re.compile(r"(?:https?://|mailto:)", re.IGNORECASE)
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_CALLS = re.compile(r"@[*_~]{0,2}(?:all|here)\b|<!(?:channel|subteam)|<@U1>|<users/all>|\(met\)all")


@dataclass(frozen=True)
class Sent:
    """What the library handed to a service's `send`."""

    body: str
    title: str
    form: str
    #: The service's own markup, which the library made of Markdown or HTML.
    is_own: bool


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Sent]:
    """What reaches the services, instead of the network."""
    taken: list[Sent] = []

    def send(service: Any, body: str, title: str, body_format: Any, **_: Any) -> bool:
        is_own = type(service).dialect_convert is not NotifyBase.dialect_convert
        taken.append(Sent(body, title, body_format.value, is_own))
        return True

    monkeypatch.setattr(NotifyBase, "_timed_send", lambda self, **call: send(self, **call))
    return taken


@pytest.fixture
def transport() -> Iterator[AppriseTransport]:
    """A transport that asks the library in this process."""
    made, guard = AppriseTransport(), Guard()
    made._ask = lambda url, parts, timeout_s, **more: answer(  # type: ignore[method-assign]
        {
            "url": url,
            "parts": parts,
            "timeoutS": timeout_s,
            "publicOnly": False,
            "allowed": [],
            **more,
        },
        guard,
        lambda done: None,
    )
    logging.getLogger("apprise").setLevel(logging.ERROR)
    yield made
    made.close()


class Read(HTMLParser):
    """What a reader of HTML shows, and what of it does something."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.shown = ""
        self.live: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.shown += " " if tag in ("br", "pre", "p", "li") else ""
        if tag not in _TAGS:
            self.live.append(f"<{tag}>")
        for name, value in attrs:
            self.shown += f" {value} "
            if (tag, name) != ("a", "href") or not _LINKS.match(value or ""):
                self.live.append(f"{name}={value}")

    def handle_data(self, data: str) -> None:
        self.shown += data

    def handle_comment(self, data: str) -> None:
        self.live.append(f"<!--{data}")

    def handle_endtag(self, tag: str) -> None:
        self.shown += " " if tag == "pre" else ""

    def handle_decl(self, decl: str) -> None:
        self.live.append(f"<!{decl}")

    def handle_pi(self, data: str) -> None:
        self.live.append(f"<?{data}")

    def unknown_decl(self, data: str) -> None:
        self.live.append(f"<![{data}")


def read_markdown(text: str) -> tuple[str, list[str]]:
    """Return what a reader of Markdown shows, and what of it does something that it should not."""
    shown, live = "", list[str]()
    for block in MarkdownIt("commonmark", {"html": True}).parse(text):
        for token in block.children or [block]:
            if token.type.startswith("html"):
                live.append(token.content)
            href = str(token.attrGet("href") or token.attrGet("src") or "")
            if href and not _LINKS.match(href):
                live.append(href)
            shown += f" {href} " if href else ""
            shown += " " if token.type in ("softbreak", "hardbreak") else token.content
        shown += " "
    return shown, live


def read(one: Sent) -> tuple[str, list[str]]:
    """Return what people see of what was sent, and what of it does something that it should not."""
    if one.form == "html":
        found = Read(one.body)
        return found.shown, found.live
    if one.form == "markdown" and not one.is_own:
        return read_markdown(one.body)
    return one.body, []


def lost(expected: list[str], shown: str) -> list[str]:
    """Return the words that are not shown in the order in which they were written."""
    found = iter(_WORD.findall(shown.replace("\\", "")))
    return [word for word in expected if not any(word == other for other in found)]


def test_there_is_an_address_for_every_service() -> None:
    """And the library understands each of them."""
    manager: Any = NotificationManager
    known = manager()
    classes = {known[address.partition(":")[0]] for address in ADDRESSES}
    assert {known[name] for name in SERVICES} == classes
    assert len(classes) == len(ADDRESSES)


def test_words_arrive_and_markup_does_not(transport: AppriseTransport, sent: list[Sent]) -> None:
    """In the title, too, and in every format that a destination or its address asks for."""
    wrong: list[str] = []
    given = [(address, *way, text) for address in ADDRESSES for way in WAYS for text in TEXTS]
    for address, form, query, text in given:
        sent.clear()
        message = CanonicalMessage("d1", text, datetime(2026, 3, 1, tzinfo=UTC))
        target = Target(f"{address}{query}", {"format": form, "title": TITLE})
        verdict = transport.send(message, target, 30)
        assert verdict.result is Result.DELIVERED, (address, verdict)
        if found := faults(text, sent):
            wrong.append(f"{address} as {form} {query}: {found} of {text[:80]!r}: {sent[0]!r:.500}")
    assert not wrong, f"{len(wrong)} of {len(given)}\n" + "\n".join(wrong[:20])
    report(
        "apprise",
        packages=["pypi:apprise"],
        checked=f"texts given to {len(ADDRESSES)} services",
        total=len(given),
    )


def faults(text: str, sent: list[Sent]) -> list[str]:
    """Return the words and addresses of a text that did not arrive, and the markup that did."""
    seen = [read(one) for one in sent]
    shown = " ".join(words for words, _ in seen)
    titled = f"{sent[0].title} {shown}"
    live = [one for _, found in seen for one in found]
    live += _CALLS.findall(" ".join(f"{one.title} {one.body}" for one in sent))
    live += _CONTROLS.findall("".join(f"{one.title}{one.body}" for one in sent))
    missing = lost(_WORD.findall(text), shown) + lost(_WORD.findall(TITLE), titled)
    missing += [url for url in _ADDRESS.findall(text) if url not in unescape(titled)]
    return [*missing, *live]
