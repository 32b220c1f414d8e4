"""Where a card's text has a format, a stranger's text in it does nothing: no tag, no link but its own, no mention."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

from markdown_it import MarkdownIt

from engine import transports
from engine.transports.base import HttpTransport
from engine.transports.message import CanonicalMessage

HOSTILE = (
    '<img src=x onerror=alert(1)> <a href="https://evil.example/">x</a> <script>y</script>',
    "<b onclick=alert(1)>x</b> <font color=red>y</font> <!-- z --> &lt;img src=x&gt; &#60;b&#62;",
    "<users/all> < users/1> <!channel> <@U1> @all @here <at>everyone</at>",
    "[x](javascript:alert(1)) <javascript:alert(1)|y> ![z](data:text/html,w) [v](//evil.example)",
    "\"><a href=//evil.example>x</a> ' onmouseover=alert(1) </b></i></font>",
    "*<b>x</b>* _<i>y</i>_ `<s>z</s>` ~<u>w</u>~\n```\n<pre>v</pre>\n```\n> <hr>\n- <li>\n# <h1>",
    "|<th>|<td>|\n|-|-|\n|<img src=x>|<br>|",
    "&amp;lt;img src=x&amp;gt; &amp;amp; \\<b\\> \\[x\\](https://evil.example)",
)
#: Addresses of the message's own.
LINKS = ("https://e.org/", "https://evil.example")


def messages() -> Iterator[CanonicalMessage]:
    """Return messages that have a hostile text wherever one may stand."""
    for text in HOSTILE:
        whole = {
            **{name: text for name in ("pretext", "author_name", "title", "text", "footer")},
            "fields": [{"title": text, "value": text}, {"title": text}, {"value": text}],
            "actions": [{"text": text, "url": "https://e.org/a"}, {"text": text, "msg": text}],
            "author_link": "https://e.org/b",
            "title_link": "https://e.org/c?x=<b>&y=1",
            "image_url": "https://e.org/d.png",
            "ts": 1_700_000_000,
        }
        for attachments in (
            [whole],
            [{"fallback": text}],
            [{"title": text}],
            [{"author_name": text}],
            [],
        ):
            yield CanonicalMessage(
                "d1", text, datetime(2026, 3, 1, tzinfo=UTC), alias=text, attachments=attachments
            )


def sent(type_: str, url: str) -> Iterator[dict[str, Any]]:
    transport = transports.load(type_)
    assert isinstance(transport, HttpTransport)
    target = transport.validate(url, {}, {})
    for message in messages():
        for request in transport.requests(message, target):
            yield json.loads(request.body)


def members(value: Any, *names: str) -> Iterator[str]:
    """Return the texts of these names, wherever they are."""
    if isinstance(value, dict):
        yield from (text for name in names if isinstance(text := value.get(name), str))
    for one in (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    ):
        yield from members(one, *names)


def formatted(value: Any) -> Iterator[str]:
    """Return the texts of Google's widgets that have a format; those of buttons and headers have none."""
    if isinstance(value, dict):
        for name in ("textParagraph", "decoratedText"):
            yield from members({"text": value.get(name, {}).get("text")}, "text")
    for one in (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    ):
        yield from formatted(one)


class Tags(HTMLParser):
    """The tags of a text, with their attributes, and anything else that is no text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.shown = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, attrs))

    def handle_data(self, data: str) -> None:
        self.shown += data

    def handle_comment(self, data: str) -> None:
        self.found.append(("comment", []))


def test_google_cards_hold_only_tags_that_were_made_here() -> None:
    """b, i, s, br, a grey font, and links to where the message links."""
    url = "https://chat.googleapis.com/v1/spaces/AAA/messages?key=k&token=t"
    paragraphs = 0
    for body in sent("googlechat", url):
        for card in body.get("cardsV2", ()):
            for text in formatted(card):
                paragraphs += 1
                for tag, attributes in Tags(text).found:
                    assert tag in ("b", "i", "s", "br", "a", "font"), text
                    assert dict(attributes) in ({}, {"color": "#80868b"}) or (
                        tag == "a"
                        and [name for name, _ in attributes] == ["href"]
                        and str(attributes[0][1]).startswith(LINKS)
                    ), text
            for address in members(card, "url", "imageUrl", "iconUrl"):
                assert address.startswith(LINKS)
    assert paragraphs > 70


def test_google_chats_text_calls_nobody() -> None:
    """Neither in the text beside the cards nor in what stands on them."""
    url = "https://chat.googleapis.com/v1/spaces/AAA/messages?key=k&token=t"
    for body in sent("googlechat", url):
        for text in (body.get("text", ""), *formatted(body.get("cardsV2"))):
            assert not re.search(r"<\s*users/|<!|<@", text)


def test_teams_cards_link_only_where_the_message_links() -> None:
    """Every text of a card is Markdown to Teams; nobody is mentioned without an entity."""
    url = "https://prod-1.westeurope.logic.azure.com/workflows/a/triggers/manual/paths/invoke?sig=s"
    texts = 0
    for body in sent("teams", url):
        assert "entities" not in json.dumps(body)
        for text in members(body, "text", "value"):
            texts += 1
            for block in MarkdownIt("commonmark", {"html": False}).parse(text):
                for token in block.children or ():
                    address = str(token.attrGet("href") or token.attrGet("src") or "")
                    assert not address or address.startswith(LINKS), text
                    assert token.type != "image", text
    assert texts > 100
