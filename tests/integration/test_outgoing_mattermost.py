"""Outgoing integrations as Mattermost has them, each statement of wire.md 2.2 B against a real far side."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest

from tests.internet import Internet, Seen, Server
from tests.outgoing import (
    PATIENCE_S,
    Outgoing,
    eventually,
    hangs_up,
    in_turn,
    payload,
    reply,
    script,
    steps,
)
from tests.support import Api

FORM, JSON = "application/x-www-form-urlencoded", "application/json"


@pytest.fixture
def out(api: Api) -> Outgoing:
    return Outgoing(api)


@pytest.fixture
def far(internet: Internet) -> Server:
    return internet.serve(in_turn(reply({"text": "an answer"})))


def mattermost(out: Outgoing, *servers: Server, **members: Any) -> str:
    return out.create(*servers, **{"dialect": "mattermost", **members})


@pytest.mark.parametrize("content_type", [FORM, JSON])
@pytest.mark.parametrize("dialect", ["mattermost", "kchat"])
def test_a_post_is_told_with_mattermosts_members(
    out: Outgoing, far: Server, content_type: str, dialect: str
) -> None:
    """As a form with seconds, or as JSON with milliseconds."""
    mattermost(out, far, contentType=content_type, triggerWords=["build"], dialect=dialect)
    said = out.say("build status & more")
    out.execution()
    (seen,) = far.requests
    told = payload(seen)
    at_ms = int(dt.datetime.fromisoformat(said["ts"]).timestamp() * 1000)
    timestamp: Any = at_ms if content_type == JSON else str(at_ms // 1000)
    room = out.api.get("channels.info", roomName="general")["channel"]
    assert told == {
        "token": "a token to know it by",
        "team_id": "hooksmith",
        "team_domain": "hooksmith",
        "channel_id": room["_id"],
        "channel_name": "general",
        "timestamp": timestamp,
        "user_id": said["u"]["_id"],
        "user_name": "admin",
        "post_id": said["_id"],
        "text": "build status & more",
        "trigger_word": "build",
        "file_ids": "",
    }
    assert (seen.header("Content-Type"), seen.header("Accept")) == (content_type, JSON)


@pytest.mark.parametrize(
    ("when", "fires", "silent"),
    [
        (0, ["build", "build it", "  build it"], ["building it", "Build", "please build", "."]),
        (1, ["build", "building it"], ["Build", "please build"]),
    ],
)
def test_the_first_word_decides(
    out: Outgoing, far: Server, when: int, fires: list[str], silent: list[str]
) -> None:
    """Equal, or the beginning of it."""
    mattermost(out, far, triggerWhen=when, triggerWords=["deploy", "build"])
    for text in [*silent, *fires]:
        out.say(text)
    heard = out.executions(count=len(fires))
    assert eventually(out.is_quiet)
    assert sorted(one["steps"][1]["data"]["text"] for one in heard) == sorted(
        text.strip() for text in fires
    )
    assert len(far.requests) == len(fires)


def test_a_hook_of_a_channel_fires_on_everything_there(out: Outgoing, far: Server) -> None:
    """And one of words in every public channel; with both, both must match."""
    out.api.post("channels.create", name="ops")
    of_channel = mattermost(out, far, channel="#ops")
    of_words = mattermost(out, far, channel="", triggerWords=["go"])
    of_both = mattermost(out, far, channel="#ops", triggerWords=["go"])
    for text, room in (("go", "#ops"), ("else", "#ops"), ("go", "#general"), ("x", "#general")):
        out.say(text, room)
    for one, count in ((of_channel, 2), (of_words, 2), (of_both, 1)):
        assert len(out.executions(one, count)) == count
    assert eventually(out.is_quiet)
    assert len(far.requests) == 5


def test_only_public_channels_fire(out: Outgoing, far: Server) -> None:
    """No direct message does."""
    out.api.post("users.create", username="grace")
    mattermost(out, far, channel="", triggerWords=["go"])
    out.say("go", "@grace")
    assert eventually(out.is_quiet)
    assert far.requests == []


def test_what_webhooks_posted_fires_nothing(out: Outgoing, far: Server) -> None:
    """Of whatever integration: this is how Mattermost prevents loops."""
    mattermost(out, far)
    out.api.hook().post({"text": "from a hook"})
    assert eventually(out.is_quiet)
    assert far.requests == []


def test_all_urls_are_called_at_the_same_time(out: Outgoing, internet: Internet) -> None:
    """Each waits for the others here, so one after the other none would answer."""
    together = threading.Barrier(3)

    def behave(seen: Seen) -> Any:
        together.wait(PATIENCE_S / 2)
        yield reply({"text": "met"})

    mattermost(out, *(internet.serve(behave) for _ in range(3)))
    out.say("go")
    assert [one["outcome"] for one in out.executions(count=3)] == ["posted"] * 3
    assert out.texts() == ["go", "met", "met", "met"]


@pytest.mark.parametrize("status", [200, 404, 410, 500])
def test_the_status_decides_nothing(out: Outgoing, internet: Internet, status: int) -> None:
    """Nor does the content type; a 410 switches nothing off."""
    made = mattermost(out, internet.serve(in_turn(reply({"text": "said"}, status, "text/html"))))
    out.say("go")
    execution = out.execution()
    assert (execution["outcome"], execution["status"], out.texts()) == (
        "posted",
        status,
        ["go", "said"],
    )
    assert out.api.get("integrations.get", integrationId=made)["integration"]["enabled"] is True


@pytest.mark.parametrize("body", [b"", b"ok", b"[]", {}, {"text": None}, {"goto_location": "x"}])
def test_without_text_and_attachments_nothing_is_posted(
    out: Outgoing, internet: Internet, body: Any
) -> None:
    """An empty body is no reply."""
    mattermost(out, internet.serve(in_turn(reply(body))))
    out.say("go")
    assert (out.execution()["outcome"], out.texts()) == ("nothing", ["go"])


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"text": "x",}', "cannot be read as JSON: "),
        (b'\xef\xbb\xbf{"text": "x"}', "line 1, column 1"),
        (b'{"text": "\\u200b"}', "neither text nor attachments nor blocks"),
    ],
)
def test_an_answer_that_is_not_posted_says_why(
    out: Outgoing, internet: Internet, body: bytes, reason: str
) -> None:
    """Go's decoder takes no byte order mark; what nobody sees is no message."""
    mattermost(out, internet.serve(in_turn(reply(body, 200, JSON))))
    out.say("go")
    execution = out.execution()
    assert (execution["outcome"], out.texts()) == ("nothing", ["go"])
    assert reason in execution["summary"]


def test_an_answer_is_read_as_go_reads_it(out: Outgoing, internet: Internet) -> None:
    """Half a surrogate pair becomes U+FFFD, and what follows the object is not looked at."""
    mattermost(out, internet.serve(in_turn(reply(rb'{"text": "cut \ud83d"} more', 200, JSON))))
    out.say("go")
    assert (out.execution()["outcome"], out.texts()) == ("posted", ["go", "cut \ufffd"])


def test_failures_are_not_tried_again(out: Outgoing, internet: Internet) -> None:
    """Whatever the integration says about retries."""
    far = internet.serve(hangs_up)
    mattermost(out, far, retryFailedCalls=True)
    out.say("go")
    execution = out.execution()
    assert (execution["outcome"], steps(execution)[-1]) == ("call-failed", "after-http-call")
    assert eventually(out.is_quiet)


def test_more_than_a_mebibyte_of_an_answer_is_not_read(out: Outgoing, internet: Internet) -> None:
    """What was cut is no JSON, so nothing is posted."""
    mattermost(out, internet.serve(in_turn(reply({"text": "x" * (1 << 20)}))))
    out.say("go")
    assert (out.execution()["outcome"], out.texts()) == ("nothing", ["go"])


def test_a_comment_answers_in_the_thread(out: Outgoing, internet: Internet) -> None:
    """Of the message, or the one that it is in; any other answer stands by itself."""
    far = internet.serve(
        in_turn(
            reply({"text": "one", "response_type": "comment"}),
            reply({"text": "two", "response_type": "comment"}),
            reply({"text": "three", "response_type": "post"}),
        )
    )
    mattermost(out, far)
    root = out.say("go")
    out.executions(count=1)
    out.say("deeper", tmid=root["_id"])
    out.executions(count=2)
    out.say("again")
    out.executions(count=3)
    threads = {one["msg"]: one.get("tmid") for one in out.api.messages()}
    assert (threads["one"], threads["two"], threads["three"]) == (root["_id"], root["_id"], None)


@pytest.mark.parametrize("allowed", [True, False])
def test_switches_decide_about_name_and_picture(
    out: Outgoing, internet: Internet, allowed: bool
) -> None:
    """The post itself is the integration's user's; its channel is never the far side's choice."""
    out.api.post("channels.create", name="elsewhere")
    answer = {
        "text": "x",
        "username": "Far",
        "icon_url": "https://far.example.org/i.png",
        "channel": "elsewhere",
        "props": {"card": "more"},
    }
    mattermost(
        out,
        internet.serve(in_turn(reply(answer))),
        usernameOverrideEnabled=allowed,
        iconOverrideEnabled=allowed,
    )
    out.say("go")
    out.execution()
    posted = out.api.messages()[0]
    assert (posted.get("alias") == "Far", bool(posted.get("avatar"))) == (allowed, allowed)
    assert posted["customFields"]["card"] == "more"
    assert posted["bot"] == {"i": out.ids[0]}


def test_slacks_links_and_attachments_are_translated(out: Outgoing, internet: Internet) -> None:
    """As in what Mattermost's incoming hooks take."""
    answer = {"text": "<https://a.example.org|label> <!here>", "attachments": [{"pretext": "p"}]}
    mattermost(out, internet.serve(in_turn(reply(answer))))
    out.say("go")
    out.execution()
    posted = out.api.messages()[0]
    assert posted["msg"] == "[label](https://a.example.org) @here"
    assert posted["attachments"]


def test_scripts_work_in_this_dialect_too(out: Outgoing, far: Server) -> None:
    """What prepare returns is sent in the integration's encoding."""
    source = script(
        "request.data.text = request.data.text.toUpperCase(); return request;",
        "return { content: { text: JSON.parse(response.content).text + '!' } };",
    )
    mattermost(out, far, script=source)
    out.say("go")
    out.execution()
    assert payload(far.requests[0])["text"] == "GO"
    assert out.texts() == ["go", "an answer!"]
