"""How what a system cannot show in one way is shown there in another."""

from __future__ import annotations

import re
from typing import Any

import pytest

from engine.transports.message import CanonicalMessage
from tests.differential.messages import messages
from tests.differential.sent import PLACES, bodies

_EVERYTHING = messages()[0]


def sent(place: str, said: str = "", **attachment: Any) -> list[Any]:
    """Return the bodies for a message with this text and attachment."""
    message = CanonicalMessage(
        "d1", said, _EVERYTHING.sent_at, alias="CI", attachments=[attachment] if attachment else []
    )
    return bodies(place, message)


@pytest.mark.parametrize("place", ["mattermost", "kchat"])
def test_a_time_is_a_part_of_the_footer_where_none_is_shown(place: str) -> None:
    """Mattermost shows no `ts`; it stands alone where there is no footer."""
    [both] = sent(place, said="x", title="t", footer="f", ts=1_800_000_000)
    [time] = sent(place, said="x", title="t", ts=1_800_000_000)
    assert both["attachments"] == [{"title": "t", "fallback": "t", "footer": f"f · {_TIME}"}]
    assert time["attachments"] == [{"title": "t", "fallback": "t", "footer": _TIME}]


_TIME = "2027-01-15 08:00 UTC"


@pytest.mark.parametrize("place", ["slack", "mattermost", "kchat"])
def test_a_long_footer_is_text(place: str) -> None:
    """Of more than 300 characters they would show the beginning."""
    [body] = sent(place, said="x", title="t", footer="long " * 60 + "end", ts=1_800_000_000)
    *_, last = body["attachments"]
    assert "footer" not in last
    assert "ts" not in last
    assert last["text"].endswith(f"long end · {_TIME}")


def test_slack_gets_a_time_with_a_footer_only() -> None:
    """Its `ts` needs one; without, the time is the footer."""
    [body] = sent("slack", said="x", title="t", ts=1_800_000_000)
    assert body["attachments"][0]["footer"] == _TIME
    [body] = sent("slack", said="x", title="t", footer="f", ts=1_800_000_000)
    assert (body["attachments"][0]["footer"], body["attachments"][0]["ts"]) == ("f", 1_800_000_000)


def test_slack_gets_one_picture_and_a_link() -> None:
    """`thumb_url` cannot be beside `image_url`."""
    pictures = {"image_url": "https://e.org/i.png", "thumb_url": "https://e.org/t.png"}
    [body] = sent("slack", said="x", **pictures)
    [attachment] = body["attachments"]
    assert (attachment["image_url"], "thumb_url" in attachment) == ("https://e.org/i.png", False)
    assert attachment["text"] == "<https://e.org/t.png|Image>"


@pytest.mark.parametrize(
    "attachment",
    [{"title": "Release 4.2"}, {"title": "Release 4.2", "thumb_url": "https://e.org/t.png"}],
)
def test_google_chat_names_sender_and_title(attachment: dict[str, Any]) -> None:
    """Also of an attachment with nothing but a title: a card needs something below its header."""
    [body] = sent("googlechat", **attachment)
    card = body["cardsV2"][0]["card"]
    assert card["header"]["title"] == "CI"
    assert {"textParagraph": {"text": "<b>Release 4.2</b>"}} in card["sections"][0]["widgets"]


@pytest.mark.parametrize("place", PLACES)
def test_addresses_in_tables_arrive(place: str) -> None:
    """Beside their words, wherever a table becomes text, pictures too."""
    cells = "[log](https://e.org/log) | ![map](https://e.org/map.png)"
    [body] = sent(place, said=f"| a | b |\n|---|---|\n| {cells} |")
    assert "https://e.org/log" in str(body)
    assert "https://e.org/map.png" in str(body)


@pytest.mark.parametrize("place", PLACES)
def test_a_picture_that_is_a_link_keeps_both_addresses(place: str) -> None:
    """As badges have them."""
    badge = "[![build](https://e.org/badge.svg)](https://e.org/builds)"
    assert "https://e.org/badge.svg" in str(sent(place, said=badge))
    assert "https://e.org/builds" in str(sent(place, said=badge))


@pytest.mark.parametrize("place", [place for place in PLACES if place != "webhook"])
def test_an_address_with_a_blank_is_encoded(place: str) -> None:
    """As browsers do, instead of leaving the picture out; of what is no address the words stay."""
    assert "https://e.org/a%20b.png" in str(sent(place, image_url="https://e.org/a b.png"))
    assert "/a b.png" in str(sent(place, image_url="/a b.png"))


@pytest.mark.parametrize("place", PLACES)
def test_what_markup_makes_of_a_text_is_never_nothing(place: str) -> None:
    """Where reading it leaves nothing to see, it is sent as it was written."""
    for text in (
        "[](https://e.org/x)",
        "&#8203;",
        "![](https://e.org/x)",
        "[\u3164](<https://e.org/x>)",
    ):
        assert len(sent(place, said=text)) == 1


def test_rocket_chat_gets_what_it_can_show() -> None:
    """Inner attachments are shown there in quotes only; a fallback, a footer never."""
    inner = {"text": "inner", "footer": "f"}
    [body] = sent("rocketchat", said="x", title="t", attachments=[inner], fields=[{"title": " "}])
    assert body["attachments"] == [
        {"title": "t", "fields": []},
        {"text": "inner\nf", "footer": "f"},
    ]
    quote = {"author_name": "ada", "message_link": "https://e.org/m", "text": "q"}
    [body] = sent("rocketchat", said="x", **quote, attachments=[inner])
    assert [one["text"] for one in body["attachments"][0]["attachments"]] == ["inner\nf"]
    [body] = sent("rocketchat", fallback="only")
    assert body["attachments"] == [{"fallback": "only", "text": "only"}]


def test_uchats_texts_stay_in_order() -> None:
    """Buttons and cards go with the last two pieces of a long text, one after the other."""
    words = [f"w{number:04}" for number in range(1_500)]
    button = {"type": "button", "text": "yes", "msg": "y"}
    attachments: list[dict[str, Any]] = [
        {"title": "t", "actions": [button]},
        {"text": "c", "image_url": "https://e.org/i"},
    ]
    message = CanonicalMessage("d1", " ".join(words), _EVERYTHING.sent_at, attachments=attachments)
    texts = " ".join(body["text"] for body in bodies("uchatwebhook", message))
    assert re.findall(r"w\d{4}", texts) == words
