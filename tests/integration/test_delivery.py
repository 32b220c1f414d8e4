"""Deliveries: durable, in order, patient, visible."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from admin import create_app
from engine.delivery.ledger import Ledger
from engine.delivery.tables import Delivery, Lane
from engine.runtime import Engine
from tests.sinks import OK, Got, Reply, Sink
from tests.support import Api

Make = Callable[..., Engine]
#: Retries soon enough for a test.
SOON = {"delivery_retry_s": "0.05,0.1,0.2", "delivery_timeout_s": 1.0}


@pytest.fixture
def sink() -> Iterator[Sink]:
    made = Sink()
    yield made
    made.close()


@pytest.fixture
def other_sink() -> Iterator[Sink]:
    made = Sink()
    yield made
    made.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def both(request: pytest.FixtureRequest, make_engine: Make, postgres_url: Callable[[], str]) -> Api:
    """An application with quick retries, on each kind of database."""
    url = postgres_url() if request.param == "postgresql" else ""
    return Api(create_app(engine=make_engine(database_url=url, **SOON)))


@pytest.fixture
def quick(make_engine: Make) -> Api:
    """An application with quick retries."""
    return Api(create_app(engine=make_engine(**SOON)))


def add(api: Api, sink: Sink, **members: Any) -> str:
    """Make a destination of a sink that takes what Rocket.Chat's incoming hooks take."""
    given = {"type": "rocketchat", "name": "Far", "url": f"{sink.url}/hooks/a/b", **members}
    made: str = api.post("destinations.create", **given)["destination"]["_id"]
    return made


def settled(api: Api, count: int, **query: Any) -> list[dict[str, Any]]:
    """Wait until no delivery waits any more; return them, oldest first."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found = api.get("deliveries.list", count=500, **query)["deliveries"][::-1]
        if len(found) >= count and all(one["state"] != "pending" for one in found):
            return list(found)
        time.sleep(0.02)
    raise AssertionError(f"still waiting: {[(one['state'], one['reason']) for one in found][:5]}")


def test_a_message_goes_to_rooms_and_destinations(both: Api, sink: Sink) -> None:
    """It is in the room and at the far side, and the execution knows its deliveries."""
    far = add(both, sink)
    hook = both.hook(destinations=["rooms", far])
    assert hook.post({"text": "hello *you*", "attachments": [{"text": "more"}]}).status_code == 200
    got = sink.wait_for(1)[0]
    assert got.json()["text"] == "hello *you*"
    assert got.json()["attachments"][0]["text"] == "more"
    assert both.messages()[0]["msg"] == "hello *you*"
    [delivery] = settled(both, 1, executionId=hook.last()["_id"])
    assert (delivery["state"], delivery["attempts"]) == ("delivered", 1)
    [tried] = both.get("deliveries.get", deliveryId=delivery["_id"])["delivery"]["tried"]
    assert (tried["status"], tried["answer"], tried["result"]) == (
        200,
        '{"success":true}',
        "delivered",
    )
    assert "/hooks/a/b" not in str(tried["request"]["url"])


def test_what_a_destination_cannot_take_is_in_the_record(both: Api, sink: Sink) -> None:
    """The message is delivered without it; where nothing is left, that is said as well."""
    url = "data:image/png;base64,iVBORw0KGgo="
    far = add(both, sink, type="slack", url=f"{sink.url}/services/T0/B0/x")
    hook = both.hook(destinations=["rooms", far])
    sink.answer = lambda _: (200, {"Content-Type": "text/plain"}, b"ok")
    hook.post({"text": "hello", "avatar": url, "attachments": [{"text": "a", "image_url": url}]})
    got = sink.wait_for(1)[0].json()
    assert (got["text"], "icon_url" in got) == ("hello", False)
    assert [one["text"] for one in got["attachments"]] == ["a"]
    assert "base64" not in str(got)
    [delivery] = settled(both, 1, executionId=hook.last()["_id"])
    told = "left out, since data: addresses cannot be sent there: avatar, attachments[0].image_url"
    assert (delivery["state"], delivery["reason"]) == ("delivered", f"delivered; {told}")
    hook.post({"attachments": [{"image_url": url}]})
    [delivery] = settled(both, 1, executionId=hook.last()["_id"])
    assert delivery["state"] == "delivered"
    assert delivery["reason"].startswith("nothing of it could be shown there; left out")


def test_without_rooms_nothing_is_posted_here(quick: Api, sink: Sink) -> None:
    """Nor does the channel have to exist here: it is the far side's."""
    hook = quick.hook(destinations=[add(quick, sink)], overrideDestinationChannelEnabled=True)
    before = len(quick.messages())
    assert hook.post({"text": "there", "channel": "#far-away"}).status_code == 200
    assert sink.wait_for(1)[0].text == "there"
    assert len(quick.messages()) == before


def test_the_log_names_where_a_message_went(quick: Api, sink: Sink) -> None:
    """The rooms, then the destinations by name; those that are gone or disabled are counted."""
    ops, second = add(quick, sink, name="Ops Slack"), add(quick, sink, name="Mattermost")
    hook = quick.hook(destinations=[ops, second])

    def said(**members: Any) -> str:
        quick.post("integrations.update", integrationId=hook.id, **members)
        assert hook.post({"text": "disk is *full*"}).status_code == 200
        summary: str = hook.last()["summary"]
        return summary

    assert said() == "disk is full → Ops Slack, Mattermost"
    assert said(destinations=["rooms", ops]) == "disk is full → #general, Ops Slack"
    assert said(destinations=["rooms"]) == "disk is full → #general"
    quick.post("destinations.update", destinationId=ops, name="Ops", enabled=False)
    assert said(destinations=[ops, second]) == (
        "disk is full → Mattermost (1 destination is gone or disabled)"
    )
    assert said(destinations=[ops]) == (
        "disk is full → nowhere (1 destination is gone or disabled)"
    )
    quick.post("destinations.update", destinationId=ops, enabled=True)
    assert said() == "disk is full → Ops"
    quick.post("integrations.test", integrationId=hook.id, body='{"text":"a"}')
    assert hook.last()["summary"] == "a → Ops"


def test_each_target_that_is_not_there_is_still_named(quick: Api, sink: Sink) -> None:
    """Where a caller asks to be told of each: the others, the destinations, and those that failed."""
    hook = quick.hook(destinations=["rooms", add(quick, sink)])
    hook.name_channels("#general", "#nowhere")
    hook.post({"text": "a", "separateResponse": True})
    assert hook.last()["summary"] == "a → #general, Far (not to #nowhere)"


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_what_share_a_pace_take_turns(
    make_engine: Make, request: pytest.FixtureRequest, kind: str
) -> None:
    """The first goes at once, each other one an interval later than the one before, on any database."""
    url = request.getfixturevalue("postgres_url")() if kind == "postgresql" else ""
    engine = make_engine(database_url=url)
    ledger = Ledger(engine.database, engine.vault, "test")
    waits_s = [ledger.reserve("pace", 1000.0) for _ in range(3)]
    assert waits_s[0] == 0
    assert 900 < waits_s[1] <= 1000
    assert 1900 < waits_s[2] <= 2000
    assert ledger.reserve("another", 1000.0) == 0


def test_what_fails_is_tried_again_and_told(both: Api, sink: Sink) -> None:
    """Twice 503, then well: three attempts, one arrival, no error left."""
    answers: list[Reply] = [(503, {}, b"later"), (503, {}, b"later"), OK]
    sink.answer = lambda _: answers.pop(0)
    hook = both.hook(destinations=[add(both, sink)])
    hook.post({"text": "patient"})
    sink.wait_for(3)
    [delivery] = settled(both, 1)
    assert (delivery["state"], delivery["attempts"]) == ("delivered", 3)
    tried = both.get("deliveries.get", deliveryId=delivery["_id"])["delivery"]["tried"]
    assert [one["status"] for one in tried] == [503, 503, 200]


def test_what_can_never_arrive_is_not_tried_again(quick: Api, sink: Sink) -> None:
    """A 400 ends it at once; by hand it is tried again."""
    sink.answer = lambda _: (400, {}, b'{"success":false,"error":"no such hook"}')
    hook = quick.hook(destinations=[add(quick, sink)])
    hook.post({"text": "never"})
    [delivery] = settled(quick, 1)
    assert delivery["state"] == "failed"
    assert len(sink.got) == 1
    sink.answer = lambda _: OK
    quick.post("deliveries.retry", deliveryId=delivery["_id"])
    sink.wait_for(2)
    assert settled(quick, 1)[0]["state"] == "delivered"
    quick.post("deliveries.retry", 400, deliveryId=delivery["_id"])


def test_messages_arrive_in_order(both: Api, sink: Sink) -> None:
    """Fifty of one destination, as they were posted."""
    hook = both.hook(destinations=[add(both, sink)])
    for n in range(50):
        hook.post({"text": f"n{n}"})
    sink.wait_for(50)
    assert sink.texts() == [f"n{n}" for n in range(50)]
    assert {one["state"] for one in settled(both, 50)} == {"delivered"}


def test_retry_after_holds_the_whole_destination(quick: Api, sink: Sink) -> None:
    """429 with Retry-After: nothing at all is sent there before."""
    answers: list[Reply] = [(429, {"Retry-After": "3"}, b"")]
    sink.answer = lambda _: answers.pop(0) if answers else OK
    hook = quick.hook(destinations=[add(quick, sink)])
    for n in range(3):
        hook.post({"text": f"n{n}"})
    got = sink.wait_for(4)
    assert got[1].at - got[0].at >= 3
    assert {one["state"] for one in settled(quick, 3)} == {"delivered"}


def test_a_slow_destination_delays_no_other(quick: Api, sink: Sink, other_sink: Sink) -> None:
    """While one takes its second for each message, the other has all of its own."""
    sink.answer = lambda _: (time.sleep(0.9), OK)[1]  # type: ignore[func-returns-value]
    slow = add(quick, sink)
    hook = quick.hook(destinations=[slow, add(quick, other_sink, name="Quick")])
    for n in range(10):
        hook.post({"text": f"n{n}"})
    other_sink.wait_for(10, timeout_s=5)
    assert len(sink.got) < 8
    quick.post("destinations.pause", destinationId=slow)


def test_a_dead_destination_is_let_alone_between_its_failures(quick: Api) -> None:
    """After five in a row it is asked with one message at a time, ever more seldom."""
    closed = Sink()
    closed.close()
    hook = quick.hook(destinations=[add(quick, closed)])
    for n in range(20):
        hook.post({"text": f"n{n}"})
    time.sleep(2.5)
    engine: Engine = quick.app.extensions["hooksmith"]
    with engine.database.read() as session:
        attempts = sum(one.attempts for one in session.query(Delivery))
        [lane] = session.query(Lane).all()
    assert 5 <= lane.failures == attempts < 12
    assert "refused" in quick.get("deliveries.list")["deliveries"][-1]["reason"]


def test_a_destination_that_is_gone_is_paused_and_told(quick: Api, sink: Sink) -> None:
    """410: paused with a notice in the chosen room; resumed, what waited arrives, and that is told."""
    sink.answer = lambda _: (410, {}, b"gone")
    far = add(quick, sink, noticeRoom="#general")
    hook = quick.hook(destinations=[far])
    for n in range(3):
        hook.post({"text": f"n{n}"})
    deadline = time.monotonic() + 10
    while quick.get("destinations.get", destinationId=far)["destination"]["state"] != "paused":
        assert time.monotonic() < deadline
        time.sleep(0.02)
    time.sleep(0.2)
    assert len(sink.got) == 1
    assert "is paused" in quick.messages()[0]["msg"]
    sink.answer = lambda _: OK
    quick.post("destinations.resume", destinationId=far)
    sink.wait_for(3)
    states = [one["state"] for one in settled(quick, 3)]
    assert sorted(states) == ["delivered", "delivered", "failed"]
    deadline = time.monotonic() + 5
    while "works again" not in quick.messages()[0]["msg"]:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert sum("Far" in one["msg"] for one in quick.messages()) == 2


def test_a_notice_shows_what_a_far_side_said_as_it_said_it(quick: Api, sink: Sink) -> None:
    """Its words draw no picture in the room, link nothing and call nobody: they are code."""
    said = b"![x](https://e.org/p.png) <https://e.org|y> @all `*z*"
    sink.answer = lambda _: (410, {"Content-Type": "text/plain"}, said)
    far = add(quick, sink, noticeRoom="#general", name="a*b")
    quick.hook(destinations=[far]).post({"text": "n"})
    deadline = time.monotonic() + 10
    while not (told := quick.messages()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    name, _, reason = told[0]["msg"].partition(" is paused: ")
    assert name == "Destination *a\\*b*"
    assert reason.strip("`") == reason[1:-1]
    assert "`" not in reason[1:-1]
    assert "![x](https://e.org/p.png) <https://e.org|y> @all '*z*" in reason


def test_google_chat_gets_one_message_a_second(quick: Api, sink: Sink) -> None:
    """Also when two destinations point to the same space."""
    url = f"{sink.url}/v1/spaces/AAA/messages?key=k&token=t"
    first = add(quick, sink, type="googlechat", url=url, name="One")
    second = add(quick, sink, type="googlechat", url=url, name="Two")
    sink.answer = lambda _: (
        200,
        {"Content-Type": "application/json"},
        b'{"name":"spaces/AAA/messages/1"}',
    )
    hook = quick.hook(destinations=[first, second])
    for text in ("a", "b", "c"):
        hook.post({"text": text})
    times = sorted(one.at for one in sink.wait_for(6))
    assert min(later - sooner for sooner, later in itertools.pairwise(times)) > 1


def test_a_rate_of_its_own_is_kept(quick: Api, sink: Sink) -> None:
    """Ten a second: twenty messages take two seconds."""
    hook = quick.hook(destinations=[add(quick, sink, ratePerSecond=10)])
    for n in range(20):
        hook.post({"text": f"n{n}"})
    got = sink.wait_for(20)
    assert got[-1].at - got[0].at > 1.8


def test_several_at_once_where_order_does_not_matter(quick: Api, sink: Sink) -> None:
    """With a concurrency of eight, eight slow messages take as long as one."""
    sink.answer = lambda _: (time.sleep(0.5), OK)[1]  # type: ignore[func-returns-value]
    far = add(quick, sink, concurrency=8)
    quick.post("destinations.pause", destinationId=far)
    hook = quick.hook(destinations=[far])
    for n in range(8):
        hook.post({"text": f"n{n}"})
    quick.post("destinations.resume", destinationId=far)
    got = sink.wait_for(8)
    assert got[-1].at - got[0].at < 0.45


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("ftp://a.example/", "http"),
        ("http://", "host"),
        ("file:///etc/passwd", "http"),
        ("javascript:alert(1)", "http"),
        ("http://a b/", ""),
        (5, "text"),
        ("", "missing"),
    ],
)
def test_addresses_that_are_none_are_refused(quick: Api, url: Any, said: str) -> None:
    """With a 400 that names the field."""
    answer = quick.post("destinations.create", 400, type="slack", name="x", url=url)
    assert said in answer["error"].lower()


def test_a_test_message_is_sent_at_once(quick: Api, sink: Sink) -> None:
    """And the far side's own answer is shown."""
    far = add(quick, sink)
    answer = quick.post("destinations.test", destinationId=far)
    assert (answer["delivered"], answer["status"], answer["answer"]) == (
        True,
        200,
        '{"success":true}',
    )
    sink.answer = lambda _: (403, {}, b"who are you")
    answer = quick.post("destinations.test", destinationId=far)
    assert (answer["delivered"], answer["answer"]) == (False, "who are you")
    sink.answer = lambda _: (302, {"Location": "http://127.0.0.1:1/"}, b"")
    assert quick.post("destinations.test", destinationId=far)["delivered"] is False


def test_endless_and_huge_answers_are_bounded(quick: Api, sink: Sink) -> None:
    """Kept short, and no reason to fail where the status says that it went well."""
    sink.answer = lambda _: (200, {}, b'{"success":true}' + b" " * (5 << 20))
    hook = quick.hook(destinations=[add(quick, sink)])
    hook.post({"text": "a"})
    [delivery] = settled(quick, 1)
    [tried] = quick.get("deliveries.get", deliveryId=delivery["_id"])["delivery"]["tried"]
    assert len(tried["answer"]) == 4096


def test_secrets_of_a_destination_are_shown_nowhere(quick: Api, sink: Sink) -> None:
    """Neither the token in the address, nor a secret option, nor either in an attempt."""

    def mirror(got: Got) -> Reply:
        return 200, {}, json.dumps({"success": True, "path": got.path, **got.headers}).encode()

    sink.answer = mirror
    far = add(quick, sink, url=f"{sink.url}/hooks/abc/tokentokentoken")
    quick.hook(destinations=[far]).post({"text": "a"})
    [delivery] = settled(quick, 1)
    shown = str(quick.get("deliveries.get", deliveryId=delivery["_id"])) + str(
        quick.get("destinations.list")
    )
    assert "tokentokentoken" not in shown
    # What is saved again as it is shown keeps the address.
    current = quick.get("destinations.get", destinationId=far)["destination"]
    quick.post("destinations.update", destinationId=far, name="New", url=current["url"])
    assert quick.post("destinations.test", destinationId=far)["delivered"]


def test_destinations_in_use_stay(quick: Api, sink: Sink) -> None:
    """Removing one that an integration posts to is refused; unknown ones cannot be chosen."""
    far = add(quick, sink)
    hook = quick.hook(destinations=[far])
    quick.post("destinations.remove", 409, destinationId=far)
    quick.post("integrations.update", 400, integrationId=hook.id, destinations=["nosuch"])
    quick.post("integrations.update", integrationId=hook.id, destinations=["rooms"])
    quick.post("destinations.remove", destinationId=far)


def test_a_disabled_destination_is_skipped_and_said(quick: Api, sink: Sink) -> None:
    """The caller still gets its 200; the log tells."""
    far = add(quick, sink)
    hook = quick.hook(destinations=["rooms", far])
    quick.post("destinations.update", destinationId=far, enabled=False)
    assert hook.post({"text": "a"}).status_code == 200
    assert "disabled" in hook.last()["summary"]
    assert sink.got == []
