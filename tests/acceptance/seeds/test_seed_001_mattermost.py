"""
Mattermost: outgoing webhooks (its documentation of version 1.2).

What it says of messages is checked twice: of a program's answers, and of what incoming webhooks take.

Not checked, because nothing of it is Hooksmith's: which of Mattermost's pages has which field, and
the known issues of its version 1.1.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import pytest

from tests.acceptance.places import Place, post, words
from tests.acceptance.seeds.conftest import Listen, calls_of, url_of
from tests.internet import Seen
from tests.internet import Server as Listener
from tests.outgoing import eventually

#: The answer of the page's example; its line ends stand inside the JSON text, as they do there.
BUILD_BREAK = """{"text": "
---
##### Build Break - Project X - December 12, 2015 - 15:32 GMT +0
| Component | Tests Run | Tests Failed |
|:-----------|:------------|:-----------------------------------------------|
| Server | 948 | :white_check_mark: 0 |
| Web Client | 123 | :warning: [2 (see details)](http://linktologs) |
| iOS Client | 78 | :warning: [3 (see details)](http://linktologs) |
---
"}"""
ICON = "http://somewebsite.com/somecoolimage.jpg"
#: Slack's outgoing webhooks send these.
SLACKS = {
    "token",
    "team_id",
    "team_domain",
    "channel_id",
    "channel_name",
    "timestamp",
    "user_id",
    "user_name",
    "text",
    "trigger_word",
}

Deliver = Callable[..., dict[str, Any]]


def form(seen: Seen) -> dict[str, str]:
    """Return the fields of a call."""
    return {name: one for name, (one,) in parse_qs(seen.body.decode(), True).items()}


def heard(listener: Listener, count: int) -> list[str]:
    """Return the texts of the calls, when there are as many."""
    eventually(lambda: len(calls_of(listener)) >= count)
    return [form(seen)["text"] for seen in calls_of(listener)]


def create(place: Place, **members: Any) -> Any:
    """Try to make an outgoing webhook; return status and what is said."""
    address = f"http://127.0.0.1:{place.server.port}/api/v1/integrations.create"
    given = {"type": "webhook-outgoing", "name": "Out", "dialect": "mattermost", **members}
    answer = post(address, given, dict(place.server.api_headers()))
    return answer.status, answer.json()


# -- when it is called --------------------------------------------------------------------


def test_posts_of_a_channel_are_reported(place: Place, listen: Listen) -> None:
    """An application gets an HTTP POST whenever somebody posts to the channel that was chosen."""
    program, elsewhere = listen(), place.another()
    place.outgoing("mattermost", url_of(program))
    elsewhere.say("not here")
    for text in ("first", "second"):
        place.say(text)
    assert heard(program, 2) == ["first", "second"]


def test_posts_with_a_trigger_word_are_reported(place: Place, listen: Listen) -> None:
    """Without a channel, posts of all channels that begin with a trigger word are reported."""
    program, elsewhere = listen(), place.another()
    word = f"#{place.room}"
    place.outgoing("mattermost", url_of(program), channel="", triggerWords=[word])
    for where, text in ((place, "no word"), (place, f"{word} a"), (elsewhere, f"{word} b")):
        where.say(text)
    assert sorted(heard(program, 2)) == [f"{word} a", f"{word} b"]


def test_channel_and_trigger_word_can_be_combined(place: Place, listen: Listen) -> None:
    """With channel and trigger words, both have to fit."""
    program, elsewhere = listen(), place.another()
    place.outgoing("mattermost", url_of(program), triggerWords=["#build"])
    elsewhere.say("#build elsewhere")
    for text in ("no word", "#build here"):
        place.say(text)
    assert heard(program, 1) == ["#build here"]


def test_a_trigger_word_is_the_first_word(place: Place, listen: Listen) -> None:
    """A trigger word counts as the first word of a post, and nowhere else."""
    program = listen()
    place.outgoing("mattermost", url_of(program), triggerWords=["#build"])
    for text in ("please #build", "#builds", "#build"):
        place.say(text)
    assert heard(program, 1) == ["#build"]


def test_channel_or_trigger_words_are_needed(place: Place, listen: Listen) -> None:
    """The channel is optional where there are trigger words, and they where there is a channel."""
    urls = [url_of(listen())]
    status, said = create(place, urls=urls, channel="")
    assert (status, said["success"]) == (400, False)
    assert create(place, urls=urls, channel=f"#{place.room}")[0] == 200
    assert create(place, urls=urls, channel="", triggerWords=["word-of-" + place.room])[0] == 200


def test_trigger_words_are_separated_by_commas(place: Place, listen: Listen) -> None:
    """Trigger words may be typed with commas between them."""
    program = listen()
    place.outgoing("mattermost", url_of(program), triggerWords="#build, #deploy")
    for number, text in enumerate(("#build a", "#deploy b"), 1):
        place.say(text)
        assert heard(program, number)[-1] == text


def test_urls_stand_in_lines(place: Place, listen: Listen) -> None:
    """Addresses may be typed one in a line; each of them is called."""
    programs = [listen(), listen()]
    place.outgoing("mattermost", urls="\n".join(map(url_of, programs)))
    place.say("to both")
    assert [heard(program, 1) for program in programs] == [["to both"]] * 2


def test_outgoing_webhooks_are_on_unless_switched_off(place: Place, listen: Listen) -> None:
    """A new outgoing webhook works at once; one that is switched off is not called."""
    program = listen()
    made = place.outgoing("mattermost", url_of(program))
    place.say("on")
    heard(program, 1)
    api = place.server.api
    api("POST", "integrations.update", integrationId=made["_id"], enabled=False)
    place.say("off")
    api("POST", "integrations.update", integrationId=made["_id"], enabled=True)
    place.say("on again")
    assert heard(program, 2) == ["on", "on again"]


# -- what is sent -------------------------------------------------------------------------


def test_the_request_has_the_headers_of_the_example(place: Place, listen: Listen) -> None:
    """It is a POST of a form that accepts JSON, with its length and host."""
    program = listen()
    place.outgoing("mattermost", url_of(program))
    place.say("some text here")
    heard(program, 1)
    (seen,) = calls_of(program)
    assert (seen.method, seen.path) == ("POST", "/events")
    assert seen.header("Content-Type") == "application/x-www-form-urlencoded"
    assert seen.header("Accept") == "application/json"
    assert seen.header("Content-Length") == str(len(seen.body))
    assert seen.header("Host") == f"127.0.0.1:{program.port}"
    assert seen.header("User-Agent")


def test_the_request_has_the_fields_of_the_example(place: Place, listen: Listen) -> None:
    """Channel, team, text, time in seconds, token, trigger word and user, under the example's names."""
    program = listen()
    made = place.outgoing("mattermost", url_of(program), triggerWords=["some"])
    said = place.say("some text here")
    heard(program, 1)
    sent = form(calls_of(program)[0])
    assert set(sent) >= SLACKS
    assert (sent["channel_id"], sent["channel_name"]) == (said["rid"], place.room)
    assert (sent["user_id"], sent["user_name"]) == (said["u"]["_id"], "admin")
    assert (sent["text"], sent["trigger_word"]) == ("some text here", "some")
    assert sent["timestamp"] == str(int(dt.datetime.fromisoformat(said["ts"]).timestamp()))
    assert sent["token"] == made["token"]
    assert sent["team_id"]
    assert sent["team_domain"]


def test_the_body_is_formatted_as_slacks(place: Place, listen: Listen) -> None:
    """The body is a form as Slack's, so that a program written for Slack reads it: its ten fields."""
    program = listen()
    place.outgoing("mattermost", url_of(program))
    place.say("x & y = z")
    heard(program, 1)
    sent = form(calls_of(program)[0])
    assert set(sent) - SLACKS == {"post_id", "file_ids"}  # what Mattermost added later
    assert sent["text"] == "x & y = z"


def test_a_token_is_given_and_sent(place: Place, listen: Listen) -> None:
    """A new webhook has a token, shown once it is added; every call carries it."""
    program = listen()
    made = place.outgoing("mattermost", url_of(program))
    assert len(made["token"]) >= 24
    for text in ("one", "two"):
        place.say(text)
    heard(program, 2)
    assert {form(seen)["token"] for seen in calls_of(program)} == {made["token"]}
    revealed = place.server.api("POST", "integrations.reveal", integrationId=made["_id"])
    assert revealed["token"] == made["token"]


# -- what may be answered -----------------------------------------------------------------


def test_an_answer_is_posted_where_the_post_was(place: Place, listen: Listen) -> None:
    """A JSON answer with `text` becomes a post in the same channel."""
    place.outgoing("mattermost", url_of(listen({"text": "This is some response text."})))
    place.say("go")
    assert [one["msg"] for one in place.wait_for(2)] == ["go", "This is some response text."]


def test_no_answer_is_needed(place: Place, listen: Listen) -> None:
    """A program need not answer: without a text nothing is posted."""
    program = listen()
    place.outgoing("mattermost", url_of(program))
    place.say("go")
    assert heard(program, 1) == ["go"]
    assert place.texts() == ["go"]


def test_the_builds_example_works(place: Place, listen: Listen) -> None:
    """`#build Let's see the status` is answered with a table: title, lines, links, emoji, as printed."""
    program = listen(BUILD_BREAK.encode())
    place.outgoing("mattermost", url_of(program), triggerWords=["#build"])
    place.say("#build Let's see the status")
    place.wait_for(2)
    assert form(calls_of(program)[0])["trigger_word"] == "#build"
    page = place.page()
    assert "Build Break - Project X - December 12, 2015 - 15:32 GMT +0" in words(page)
    assert page.count("<tr") == 4
    assert page.count('href="http://linktologs"') == 2
    assert "⚠" in page
    assert ":warning:" not in page


@pytest.fixture(params=["an answer", "an incoming webhook"])
def deliver(request: pytest.FixtureRequest, place: Place, listen: Listen) -> Deliver:
    """Have a content posted, as a program's answer or through an incoming webhook; return the last message."""

    def answered(content: dict[str, Any], **members: Any) -> dict[str, Any]:
        place.outgoing("mattermost", url_of(listen(content)), triggerWords=["go"], **members)
        place.say("go")
        eventually(lambda: len(place.messages()) > 1)
        return place.messages()[-1]

    def sent(content: dict[str, Any], **members: Any) -> dict[str, Any]:
        assert place.hook("mattermost", **members).post(content).body == b"ok"
        return place.messages()[-1]

    return answered if request.param == "an answer" else sent


def test_markdown_is_supported(place: Place, deliver: Deliver) -> None:
    """Headers, formatted fonts, tables and links of Markdown are shown as such."""
    deliver({"text": "# Head\n**bold** _it_ `code`\n\n| a |\n|---|\n| b |\n"})
    page = place.page()
    for element in ("<strong>bold</strong>", "<em>it</em>", "<code>code</code>", "<table", "Head"):
        assert element in page
    assert "#" not in words(page)


def test_a_payload_has_header_line_end_and_bold_text(place: Place, deliver: Deliver) -> None:
    """The example of a richly formatted payload: a header, a line end and bold text."""
    deliver({"text": "# A Header\nThe _text_ below **the** header."})
    page = place.page()
    assert "<em>text</em>" in page
    assert "<strong>the</strong>" in page
    assert words(page).endswith("A Header The text below the header.")


def test_the_payload_is_read_as_it_is_printed(place: Place) -> None:
    """payload= and JSON, as that example is printed, is what an incoming webhook takes."""
    body = r'payload={"text": "# A Header\nThe _text_ below **the** header."}'
    assert place.hook("mattermost").post(body.encode()).body == b"ok"
    assert place.texts() == ["# A Header\nThe _text_ below **the** header."]


def test_a_text_is_limited(place: Place, deliver: Deliver) -> None:
    """A text is limited as that of other posts is; a longer one goes on in the next message."""
    text = " ".join(f"word{n}" for n in range(1500))
    deliver({"text": text})
    texts = [one for one in place.texts() if one != "go"]
    assert len(texts) > 1
    assert " ".join(texts) == text
    assert max(map(len, texts)) <= 5000


def test_a_link_in_angle_brackets_is_a_link(place: Place, deliver: Deliver) -> None:
    """Slack's <url> is shown as a link."""
    deliver({"text": "<http://www.mattermost.com/>"})
    assert 'href="http://www.mattermost.com/"' in place.page()
    assert words(place.page()).endswith("http://www.mattermost.com/")


def test_a_link_with_a_bar_has_its_own_text(place: Place, deliver: Deliver) -> None:
    """Slack's <url|text> becomes Markdown's link with that text."""
    shown = deliver({"text": "Click <http://www.mattermost.com/|here> for a link."})
    assert shown["msg"] == "Click [here](http://www.mattermost.com/) for a link."
    assert 'href="http://www.mattermost.com/"' in place.page()
    assert words(place.page()).endswith("Click here for a link.")


def test_username_may_be_overridden(deliver: Deliver) -> None:
    """With overriding of usernames on, `username` is who the message is from."""
    shown = deliver({"username": "robot", "text": "Hello, this is some text."})
    assert (shown["alias"], shown["msg"]) == ("robot", "Hello, this is some text.")


def test_username_stays_the_creators(deliver: Deliver, place: Place) -> None:
    """With overriding of usernames off, the message is from the webhook's creator."""
    creator = place.user("creator")
    content = {"username": "robot", "text": "x"}
    shown = deliver(content, username=creator, usernameOverrideEnabled=False)
    assert "alias" not in shown
    assert shown["u"]["username"] == creator


def test_icon_may_be_overridden(deliver: Deliver) -> None:
    """With overriding of icons on, `icon_url` is the message's picture."""
    assert deliver({"icon_url": ICON, "text": "Hello, this is some text."})["avatar"] == ICON


def test_icon_stays_the_creators(deliver: Deliver) -> None:
    """With overriding of icons off, the picture stays that of the webhook's creator."""
    shown = deliver({"icon_url": ICON, "text": "x"}, iconOverrideEnabled=False)
    assert "avatar" not in shown


def test_posts_of_webhooks_are_marked_as_a_bots(place: Place, deliver: Deliver) -> None:
    """Whatever name was chosen, BOT stands beside a post that came from a webhook."""
    deliver({"text": "x", "username": "admin"})
    assert "admin BOT" in words(place.page())
