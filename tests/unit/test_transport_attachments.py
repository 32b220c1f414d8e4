"""Attachments of any quality, read into something to rely on."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from engine.times import read_time
from engine.transports.attachments import (
    Feature,
    footer_line,
    read_attachments,
    write_features,
)
from engine.transports.colours import hex_colour
from engine.transports.leftout import left_out
from engine.transports.markdown.dialects import PlainText
from engine.transports.markdown.escaping import Mattermost
from engine.transports.markdown.layout import Page
from engine.transports.message import CanonicalMessage
from tests.differential.hostile import BLANK

NO_TIMES: list[Any] = ["", "soon", None, True, [], {"$date": 1}, 1e300, "9" * 400]


@pytest.mark.parametrize("junk", [None, 7, True, "text", [], ["x"], {}, {"a": 1}, [None], 1e308])
def test_members_of_any_type_are_survived(junk: Any) -> None:
    """A member of the wrong type counts as absent, or is written as text."""
    names = [
        "color",
        "pretext",
        "author_name",
        "author_link",
        "author_icon",
        "title",
        "title_link",
        "title_link_download",
        "text",
        "fields",
        "image_url",
        "thumb_url",
        "audio_url",
        "video_url",
        "actions",
        "footer",
        "footer_icon",
        "ts",
        "fallback",
    ]
    [read] = read_attachments([{**dict.fromkeys(names, junk), "title": "t", "text": "x"}])
    page = Page(PlainText())
    write_features(page, read, Feature)
    assert page.parts(1000)[0].startswith(("t", str(junk)))
    assert (read.title, read.text) == ("t", "x")


def test_what_shows_nothing_is_none() -> None:
    """Colour and time alone are nothing to see; a fallback is."""
    assert read_attachments([{}, {"color": "red"}, {"ts": 1}, "x", {"title": ""}]) == []  # type: ignore[list-item]
    [read] = read_attachments([{"fallback": "f"}])
    assert (read.text, read.summary) == ("f", "f")


@pytest.mark.parametrize("blank", BLANK)
def test_what_cannot_be_seen_counts_as_absent(blank: str) -> None:
    """In every member, so that no system is sent a text of which nothing is there."""
    texts = ("text", "pretext", "title", "author_name", "footer", "fallback", "description", "ts")
    button = {"text": blank, "msg": blank, "url": blank}
    hidden = {
        **dict.fromkeys(texts, blank),
        "image_url": blank,
        "fields": [{"title": blank, "value": blank}],
        "actions": [button],
    }
    assert read_attachments([hidden]) == []
    [read] = read_attachments([{**hidden, "fields": [{"title": "t", "value": blank}]}])
    assert [(field.title, field.value) for field in read.fields] == [("t", "")]


def test_attachments_within_attachments_follow() -> None:
    """As a quote and what it quotes; one that shows nothing itself is passed over."""
    inner = {"text": "b", "attachments": [{"attachments": [{"text": "c"}]}]}
    read = read_attachments([{"text": "a", "attachments": [inner]}, {"text": "d"}])
    assert [one.text for one in read] == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("given", "opened"),
    [
        ("https://e.org/a b.png", "https://e.org/a%20b.png"),
        ("  https://e.org/a\t\n ", "https://e.org/a"),
        ("https://e.org/?q=a b", "https://e.org/?q=a%20b"),
        ("https://e.org/a\x01b", "https://e.org/a%01b"),
        ("/here.png", None),
        ("tel:112", None),
        ("https://e x.org/", None),
        ("https://e.org/" + "x" * 3000, None),
    ],
)
def test_addresses_are_opened_or_shown(given: str, opened: str | None) -> None:
    """With a blank in it, an address is encoded as in a browser; what cannot be opened is text."""
    for name in (
        *("image_url", "thumb_url", "audio_url", "video_url", "title_link", "author_link"),
        *("message_link", "actions"),
    ):
        value: Any = [{"text": "press", "url": given}] if name == "actions" else given
        [read] = read_attachments([{name: value, "text": "t"}])
        page = Page(PlainText())
        write_features(page, read, Feature)
        [text] = page.parts(100_000)
        assert (opened or given.strip()) in text, name
        assert bool(read.unopened) == (opened is None), name


def test_what_runs_something_is_left_out() -> None:
    """It is neither opened nor shown, but named."""
    attachment = {"title": "t", "title_link": "javascript:alert(1)", "image_url": "file:///x"}
    [read] = read_attachments([attachment])
    assert (read.title_link, read.image_url, read.unopened) == (None, None, ())
    message = CanonicalMessage(
        "1", "x", datetime.now(UTC), attachments=[{"attachments": [attachment]}]
    )
    said = left_out(message, lambda url, is_picture: False)
    place = "attachments[0].attachments[0]"
    assert said.endswith(f"no addresses of the web: {place}.image_url, {place}.title_link")


def test_a_link_without_a_title_is_its_own() -> None:
    """A download without a title is a file, any other link its own title."""
    [link] = read_attachments([{"title_link": "https://e.org/x"}])
    assert link.title == "https://e.org/x"
    [file] = read_attachments([{"title_link": "https://e.org/x", "title_link_download": True}])
    assert (file.title, [medium.kind for medium in file.links]) == ("", ["file"])
    [named] = read_attachments(
        [{"title": "t", "title_link": "https://e.org/x", "title_link_download": True}]
    )
    assert (len(named.media), named.links) == (1, [])


def test_as_text() -> None:
    """In the order in which Rocket.Chat shows it, titles bold, fields as lines, buttons as links."""
    [read] = read_attachments(
        [
            {
                "pretext": "*p*",
                "author_name": "a*b",
                "title": "t_",
                "title_link": "https://e.org/t",
                "text": "one\n\ntwo",
                "fields": [
                    {"title": "f", "value": "*v*"},
                    {"title": "g", "value": "1\n2"},
                    {"title": "h", "value": "- i"},
                    {"title": "k", "value": ""},
                    {"title": "", "value": "l"},
                ],
                "image_url": "https://e.org/i.png",
                "actions": [
                    {"text": "go", "url": "https://e.org/go"},
                    {"text": "say", "msg": "hi"},
                ],
                "footer": "end",
                "ts": 1_800_000_000,
            }
        ]
    )
    page = Page(Mattermost())
    write_features(page, read, Feature)
    assert page.parts(10_000) == [
        "**p**\na\\*b\n**[t\\_](https://e.org/t)**\none\n\ntwo\n**f:** **v**\n**g:**\n1\n2\n**h:**\n- i\n"
        "**k:**\nl\n[Image](https://e.org/i.png)\n[go](https://e.org/go)\nsay: hi\n"
        "end · 2027-01-15 08:00 UTC"
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1_800_000_000, datetime(2027, 1, 15, 8, tzinfo=UTC)),
        (1_800_000_000_000, datetime(2027, 1, 15, 8, tzinfo=UTC)),
        ("1800000000", datetime(2027, 1, 15, 8, tzinfo=UTC)),
        ("2027-01-15T08:00:00Z", datetime(2027, 1, 15, 8, tzinfo=UTC)),
        ("2027-01-15T09:00:00+01:00", datetime(2027, 1, 15, 8, tzinfo=UTC)),
        ("2027-01-15", datetime(2027, 1, 15, tzinfo=UTC)),
        *((junk, None) for junk in NO_TIMES),
    ],
)
def test_times(value: Any, expected: datetime | None) -> None:
    """Seconds, milliseconds and ISO texts, in UTC."""
    assert read_time(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        *(("#FfAa00", "#ffaa00"), ("f80", "#ff8800"), ("good", "#2eb886"), ("Red", "#ff0000")),
        *(("", None), ("rgb(1,2,3)", None), ("red;x:y", None), ("#12345", None), ("#gggggg", None)),
    ],
)
def test_colours(value: str, expected: str | None) -> None:
    """As six digits, or none."""
    assert hex_colour(value) == expected


def test_footers() -> None:
    """Text and time, or the one that there is."""
    [both] = read_attachments([{"footer": "f", "ts": "2027-01-15T08:00:00Z"}])
    assert footer_line(both) == "f · 2027-01-15 08:00 UTC"
