"""Deliveries in the admin pages: the list, its filters and pages, one in full, and where else they show."""

from __future__ import annotations

import datetime as dt
import html
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from admin import create_app
from admin.delivery_words import next_try, until
from engine import backlog, deliverypages
from engine.db import utcnow
from engine.deliveries import Wanted
from engine.delivery.tables import Attempt, Delivery, DeliveryState, Destination, Lane
from engine.deliverypages import Listed
from engine.ids import new_sortable_id, sortable_prefix
from engine.runtime import Engine
from engine.transports.message import Result
from tests.integration.admin_fixtures import SCRIPT, Browser, administrator, shown
from tests.sinks import OK, Reply, Sink
from tests.support import Api, script

SAYS = script("return { content: { text: request.content.text } };")
HOSTILE = "<script>alert('x')</script>"
LIST = "/admin/deliveries/"


@pytest.fixture
def app(make_engine: Callable[..., Engine]) -> Flask:
    """The application with one quick retry and then a long wait."""
    return create_app(engine=make_engine(delivery_retry_s="0.05,600", delivery_timeout_s=2.0))


@pytest.fixture
def engine(app: Flask) -> Engine:
    engine: Engine = app.extensions["hooksmith"]
    return engine


@pytest.fixture
def browser(app: Flask) -> Browser:
    return administrator(app)


@pytest.fixture
def sink() -> Iterator[Sink]:
    made = Sink()
    yield made
    made.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def either(
    request: pytest.FixtureRequest, make_engine: Callable[..., Engine], postgres_url: Any
) -> Engine:
    """An engine on each kind of database."""
    return make_engine(database_url=postgres_url() if request.param == "postgresql" else "")


def add(api: Api, sink: Sink, **members: Any) -> str:
    given = {"type": "rocketchat", "name": "Far", "url": f"{sink.url}/hooks/a/b", **members}
    made: str = api.post("destinations.create", **given)["destination"]["_id"]
    return made


def add_deliveries(engine: Engine, count: int, **members: Any) -> list[str]:
    """Store deliveries a minute apart, the newest now, to a disabled destination; return their ids."""
    rows = []
    for number in range(count):
        at = utcnow() - dt.timedelta(minutes=number)
        id_ = f"{sortable_prefix(at.timestamp())}{number:09d}"[:20]
        rows.append(
            {
                "id": id_,
                "destination_id": "d1",
                "state": DeliveryState.DELIVERED,
                "message": {"id": id_, "text": f"number {number}", "sent_at": at.isoformat()},
                "created_at": at,
                "next_at": at,
                "attempts": 1,
                "finished_at": at,
                **members,
            }
        )
    with engine.database.write() as session:
        if session.get(Destination, rows[0]["destination_id"]) is None:
            add_destination(session, rows[0]["destination_id"])
        session.execute(sa.insert(Delivery), rows)
    return [row["id"] for row in rows]


def add_destination(session: Any, id_: str, **lane: Any) -> None:
    now = utcnow()
    known = {"type": "webhook", "name": f"Name of {id_}", "enabled": False, "options": {}}
    texts = dict.fromkeys(("url_encrypted", "url_shown", "secrets_encrypted"), "")
    session.add(Destination(id=id_, created_at=now, updated_at=now, **known, **texts))
    session.add(Lane(destination_id=id_, **{"failures": 0, "pause_reason": "", **lane}))


def settled(api: Api, count: int, **query: Any) -> list[dict[str, Any]]:
    """Wait until so many deliveries have been tried, twice when they failed for now; newest first."""
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        found = api.get("deliveries.list", count=100, **query)["deliveries"]
        done = [one for one in found if one["state"] != "pending" or one["attempts"] > 1]
        if len(done) >= count:
            return list(done)
        time.sleep(0.02)
    raise AssertionError("still waiting")


def ids(text: str) -> list[str]:
    """Return the ids of a list's rows."""
    return re.findall(r'<tr class="row" data-id="(\w+)"', text)


# -- the list -------------------------------------------------------------------------------


def test_an_empty_list_says_what_to_do_next(browser: Browser, api: Api, sink: Sink) -> None:
    """First add a destination, then choose it in an integration."""
    assert "Nothing is delivered anywhere" in shown(browser.get(LIST))
    add(api, sink)
    assert "Nothing has been delivered yet" in shown(browser.get(LIST))
    assert "No delivery is like that" in shown(browser.get(f"{LIST}?state=failed"))


def test_rows_say_what_became_of_them(browser: Browser, api: Api, sink: Sink) -> None:
    """State, destination, integration, text, reason, tries, and when the next one is."""
    closed, bad = Sink(), Sink()
    closed.close()
    bad.answer = lambda _: (400, {}, b'{"success":false,"error":"no such room"}')
    places = [add(api, sink, name="Well"), add(api, closed, name="Dead"), add(api, bad, name="Bad")]
    api.hook(SAYS, name="Speaker", destinations=places).post({"text": "say *something*"})
    settled(api, 3)
    text = shown(browser.get(LIST))
    assert "Well from Speaker say something delivered 1" in text
    assert re.search(
        r"Dead from Speaker say something http://\S+ did not accept .*? retrying in \d+ min 2", text
    )
    assert re.search(r"Bad from Speaker say something HTTP 400.*?no such room failed 1", text)
    assert "1 waiting , 1 failed in 24 hours" in text
    bad.close()


def test_filters_choose_rows(browser: Browser, engine: Engine) -> None:
    """By state, destination, integration, execution and time; what the address does not know is ignored."""
    [old] = add_deliveries(
        engine,
        1,
        id=sortable_prefix((utcnow() - dt.timedelta(days=2)).timestamp()) + "0" * 9,
        state="failed",
        # Given up lately, although it was made long ago.
        finished_at=utcnow() - dt.timedelta(minutes=5),
        created_at=utcnow() - dt.timedelta(days=2),
    )
    [waits] = add_deliveries(engine, 1, state="pending", destination_id="d2", finished_at=None)
    [good] = add_deliveries(engine, 1, integration_id="i1", execution_id="e1")
    [past] = add_deliveries(
        engine,
        1,
        id=sortable_prefix((utcnow() - dt.timedelta(days=3)).timestamp()) + "0" * 9,
        created_at=utcnow() - dt.timedelta(days=3),
        finished_at=utcnow() - dt.timedelta(days=3),
    )
    for query, expected in {
        "": [good, waits, old, past],
        "state=failed": [old],
        "state=failed&range=1h": [old],
        "range=24h": [good, waits, old],
        "range=7d": [good, waits, old, past],
        "state=delivered&range=24h": [good],
        "state=pending&range=1h": [waits],
        "destination=d2": [waits],
        "destination=d1&state=pending": [],
        "integration=i1": [good],
        "execution=e1": [good],
        "state=none&range=ever&destination=../..": [good, waits, old, past],
    }.items():
        assert ids(browser.get(f"{LIST}?{query}").text) == expected, query
    assert 'value="gone" selected>removed: gone<' in browser.get(f"{LIST}?destination=gone").text


def test_pages_follow_each_other_both_ways(browser: Browser, engine: Engine) -> None:
    """Every delivery once, with the filters kept; back at the top the newest page is full."""
    made = add_deliveries(engine, 120)
    add_deliveries(engine, 3, state="failed", destination_id="d2")
    seen: list[str] = []
    path = f"{LIST}?destination=d1"
    while path:
        text = browser.get(path).text
        seen += ids(text)
        older = re.search(r'href="([^"]+)" rel="next"', text)
        path = html.unescape(older[1]) if older else ""
    assert seen == made
    newer = re.search(r'href="([^"]+)" rel="prev"', text)
    assert newer is not None
    back = browser.get(html.unescape(newer[1])).text
    assert ids(back) == made[50:100]
    newer = re.search(r'href="([^"]+)" rel="prev"', back)
    assert newer is not None
    assert ids(browser.get(html.unescape(newer[1])).text) == made[:50]
    assert browser.get(f"{LIST}?before=%00").status_code == 400


def test_pages_are_the_same_on_every_database(either: Engine) -> None:
    """Keyset pages, counts and reasons, with and without filters."""
    now = utcnow()
    good = add_deliveries(either, 7)
    bad = add_deliveries(either, 4, state="failed", destination_id="d2", integration_id="i")
    waiting = add_deliveries(
        either,
        2,
        state="pending",
        destination_id="d3",
        finished_at=None,
        last_reason="because",
        next_at=now + dt.timedelta(hours=1),
    )
    with either.database.read() as session:
        every = sorted([*good, *bad, *waiting], reverse=True)
        page = deliverypages.read(session, Wanted(), count=5)
        assert [one.delivery.id for one in page.listed] == every[:5]
        page = deliverypages.read(session, Wanted(before=page.before), count=5)
        assert [one.delivery.id for one in page.listed] == every[5:10]
        page = deliverypages.read(session, Wanted(after=page.after), count=5)
        assert [one.delivery.id for one in page.listed] == every[:5]
        assert page.after is None
        wanted = Wanted(states=frozenset({"failed"}), since=now - dt.timedelta(seconds=90))
        assert [one.delivery.id for one in deliverypages.read(session, wanted).listed] == bad[:2]
        of_integration = deliverypages.read(session, Wanted(integration_id="i")).listed
        assert [one.delivery.id for one in of_integration] == bad
        counted = backlog.read(session, now - dt.timedelta(seconds=150))
        assert counted == backlog.Backlog(
            destinations=3, paused=0, waiting=2, delivered=3, failed=3
        )
        assert backlog.reasons(session, ["d1", "d2", "d3"]) == {"d3": "because"}


def test_failed_ones_of_a_destination_are_tried_again_from_the_list(
    browser: Browser, api: Api, sink: Sink
) -> None:
    """The button is there when the list shows one destination, and says how many."""
    sink.answer = lambda _: (400, {}, b"no")
    far = add(api, sink)
    hook = api.hook(SAYS, destinations=[far])
    for n in range(2):
        hook.post({"text": f"n{n}"})
    settled(api, 2)
    assert "Retry all" not in shown(browser.get(LIST))
    listed = browser.get(f"{LIST}?destination={far}&state=failed")
    assert "Retry all 2 failed" in shown(listed)
    assert f'action="/admin/destinations/{far}/retry/"' in listed.text
    assert "Retry all" not in shown(browser.get(f"{LIST}?destination={far}&state=delivered"))


def test_the_next_try_is_said_as_it_is() -> None:
    """As long as the destination is held, paused or disabled, its time alone is not the truth."""
    now = utcnow()
    soon, later = now + dt.timedelta(seconds=28), now + dt.timedelta(seconds=119)
    waiting = Delivery(state=DeliveryState.PENDING, next_at=soon)
    there = Destination(id="d", enabled=True)
    assert next_try(Listed(waiting, there, Lane(failures=0)), now) == "in 28 s"
    assert next_try(Listed(waiting, there, Lane(failures=1, not_before=later)), now) == "in 2 min"
    assert next_try(Listed(waiting, there, Lane(failures=0, not_before=now)), now) == "in 28 s"
    paused = Lane(failures=0, paused_at=now)
    assert next_try(Listed(waiting, there, paused), now) == "when it is resumed"
    off = Destination(id="d", enabled=False)
    assert next_try(Listed(waiting, off, paused), now) == "when it is enabled"
    assert next_try(Listed(waiting, None, None), now) == "its destination was removed"
    done = Delivery(state=DeliveryState.DELIVERED, next_at=soon)
    assert next_try(Listed(done, there, None), now) == ""


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "now"),
        (0, "now"),
        (0.2, "in 1 s"),
        (59, "in 59 s"),
        (59.5, "in 1 min"),
        (3540, "in 59 min"),
        (3599, "in 1 h"),
        (7201, "in 3 h"),
        (200_000, "in 56 h"),
    ],
)
def test_a_time_to_come_is_rounded_up(seconds: float, words: str) -> None:
    """Who waits so long has not waited in vain."""
    now = utcnow()
    assert until(now + dt.timedelta(seconds=seconds), now) == words


# -- one delivery ---------------------------------------------------------------------------


def test_a_delivery_shows_everything_that_was_tried(browser: Browser, api: Api, sink: Sink) -> None:
    """The message as a room shows it, and of each attempt request, answer, time and reason."""
    answers: list[Reply] = [(503, {}, b"come later"), OK]
    sink.answer = lambda _: answers.pop(0)
    far = add(api, sink, name="Far", channel="#ops")
    hook = api.hook(SAYS, name="Speaker", destinations=["rooms", far])
    hook.post({"text": "say *this*"})
    [delivery] = settled(api, 1, state="delivered")
    answer = browser.get(f"{LIST}{delivery['_id']}/")
    text = shown(answer)
    assert "<strong>this</strong>" in answer.text
    assert "for #general" in text
    assert "Destination Far Rocket.Chat" in text
    assert "Integration Speaker" in text
    assert f'href="/admin/logs/{hook.last()["_id"]}/"' in answer.text
    assert "Tries 2" in text
    assert "2 requests" in text
    newest, oldest = text.index("Try 2 200 delivered"), text.index("Try 1 503 to be retried")
    assert newest < oldest
    assert "HTTP 503 Service Unavailable" in text[oldest:]
    assert "come later" in text[oldest:]
    assert re.search(r"Request POST http://127\S+ Content-Type application/json", text)
    assert '"channel" : "#ops"' in text
    assert "Retry" not in text
    assert "Cancel it" not in text


def test_parts_and_retries_by_hand_are_numbered_on(browser: Browser, engine: Engine) -> None:
    """Attempts count from 1 to the newest, although the engine's count begins anew by hand."""
    [made] = add_deliveries(engine, 1, state="failed")
    tries = [(1, 1), (1, 2), (2, 2), (1, 2), (1, 3), (1, 3)]
    with engine.database.write() as session:
        for number, part in tries:
            session.add(
                Attempt(
                    id=new_sortable_id(),
                    delivery_id=made,
                    number=number,
                    part=part,
                    started_at=utcnow(),
                    duration_ms=1.5,
                    result=Result.RETRY,
                )
            )
    text = browser.get(f"{LIST}{made}/").text
    told = re.findall(r"<b>(Try \d+, part \d+)</b>", text)
    assert told == [
        "Try 4, part 3",
        "Try 3, part 3",
        "Try 3, part 2",
        "Try 2, part 2",
        "Try 1, part 2",
        "Try 1, part 1",
    ]
    assert len(re.findall(r"<details[^>]* open>", text)) == 1


def test_a_failed_delivery_is_tried_again(browser: Browser, api: Api, sink: Sink) -> None:
    """By its button; one that was delivered meanwhile is not sent twice."""
    sink.answer = lambda _: (400, {}, b"no")
    hook = api.hook(SAYS, destinations=[add(api, sink)])
    hook.post({"text": "again"})
    [delivery] = settled(api, 1)
    page = f"{LIST}{delivery['_id']}/"
    token = browser.csrf_token(page)
    sink.answer = lambda _: OK
    answer = browser.post(f"{page}retry/", page=page)
    assert answer.location == page
    assert "It is tried again." in shown(browser.get(page))
    sink.wait_for(2)
    settled(api, 1, state="delivered")
    browser.client.post(f"{page}retry/", data={"csrf_token": token})
    assert "would post it twice" in shown(browser.get(page))
    assert len(sink.got) == 2


def test_a_retry_says_what_still_holds_it(browser: Browser, api: Api, sink: Sink) -> None:
    """Where the destination is paused, a button cannot send it now."""
    sink.answer = lambda _: (400, {}, b"no")
    far = add(api, sink)
    api.hook(SAYS, destinations=[far]).post({"text": "held"})
    [delivery] = settled(api, 1)
    api.post("destinations.pause", destinationId=far)
    page = f"{LIST}{delivery['_id']}/"
    browser.post(f"{page}retry/", page=page)
    assert "It is tried again when it is resumed." in shown(browser.get(page))
    assert len(sink.got) == 1


def test_a_waiting_delivery_is_cancelled_or_tried_now(
    browser: Browser, api: Api, sink: Sink
) -> None:
    """Cancelled, it is never sent; tried now, it does not wait for its time."""
    sink.answer = lambda _: (503, {}, b"later")
    far = add(api, sink)
    hook = api.hook(SAYS, destinations=[far])
    for text in ("first", "second"):
        hook.post({"text": text})
    second, first = settled(api, 2)
    page = f"{LIST}{first['_id']}/"
    assert "Try now" in shown(browser.get(page))
    assert "Next try" in shown(browser.get(page))
    browser.post(f"{page}cancel/", page=page)
    text = shown(browser.get(page))
    assert "Cancelled. It is not sent any more." in text
    assert "Next try" not in text
    sink.answer = lambda _: OK
    other = f"{LIST}{second['_id']}/"
    token = browser.csrf_token(other)
    browser.post(f"{other}retry/", page=other)
    sink.wait_for(5)
    settled(api, 1, state="delivered")
    assert sorted(sink.texts()) == ["first", "first", "second", "second", "second"]
    browser.client.post(f"{other}cancel/", data={"csrf_token": token})
    assert "It cannot be cancelled: it is delivered" in shown(browser.get(other))


def test_what_had_a_destination_that_is_gone_stays_readable(
    browser: Browser, api: Api, sink: Sink
) -> None:
    """It cannot be tried again, here or over the API, and is not told to wait."""
    sink.answer = lambda _: (400, {}, b"no")
    far = add(api, sink)
    hook = api.hook(SAYS, destinations=[far])
    hook.post({"text": "left behind"})
    [delivery] = settled(api, 1)
    page = f"{LIST}{delivery['_id']}/"
    token = browser.csrf_token(page)
    api.post("integrations.update", integrationId=hook.id, destinations=["rooms"])
    api.post("destinations.remove", destinationId=far)
    text = shown(browser.get(page))
    assert "removed destination failed" in text
    assert "left behind" in text
    assert "Retry" not in text
    assert "removed destination" in shown(browser.get(LIST))
    browser.client.post(f"{page}retry/", data={"csrf_token": token})
    assert "Its destination was removed" in shown(browser.get(page))
    api.post("deliveries.retry", 400, deliveryId=delivery["_id"])
    assert api.get("deliveries.list")["deliveries"][0]["state"] == "failed"


def test_what_came_from_outside_is_inert(browser: Browser, engine: Engine) -> None:
    """Messages, answers, headers, reasons and addresses are text on every page."""
    message = {
        "text": f"{HOSTILE} [x](javascript:alert(1))",
        "sent_at": "no time",
        "alias": HOSTILE,
        "channel": HOSTILE,
        "avatar": "javascript:alert(1)",
        "attachments": [
            {"title": HOSTILE, "title_link": "javascript:alert(1)", "text": HOSTILE},
            7,
        ],
    }
    [made] = add_deliveries(engine, 1, state="failed", message=message, last_reason=HOSTILE)
    with engine.database.write() as session:
        session.add(
            Attempt(
                id=new_sortable_id(),
                delivery_id=made,
                number=1,
                part=1,
                started_at=utcnow(),
                duration_ms=1.5,
                method=HOSTILE[:16],
                url=HOSTILE,
                headers=[[HOSTILE, HOSTILE]],
                body=f'{{"a":"{HOSTILE}"}}',
                status=200,
                answer=f"<html>{HOSTILE}</html>",
                result=HOSTILE[:10],
                reason=HOSTILE,
            )
        )
    for place in (LIST, f"{LIST}{made}/"):
        text = browser.get(place).text
        assert "<script>" not in text
        assert 'href="javascript:' not in text
        assert 'src="javascript:' not in text
        assert "&lt;script&gt;" in text


def test_a_delivery_that_is_none_is_not_found(browser: Browser) -> None:
    """Also an id that could be none."""
    for id_ in ("nothing", "a b", "%00", "x" * 300):
        assert browser.get(f"{LIST}{id_}/").status_code == 404


# -- where else they show -------------------------------------------------------------------


def test_an_execution_shows_its_deliveries(browser: Browser, api: Api, sink: Sink) -> None:
    """In a small table with states and links, and in its time line."""
    bad = Sink()
    bad.answer = lambda _: (400, {}, b"no")
    hook = api.hook(SAYS, destinations=[add(api, sink, name="Well"), add(api, bad, name="Bad")])
    hook.post({"text": "both"})
    made = {one["destinationName"]: one["_id"] for one in settled(api, 2)}
    execution = hook.last()["_id"]
    answer = browser.get(f"/admin/logs/{execution}/")
    text = shown(answer)
    assert re.search(
        r"Deliveries All 2 Well Rocket.Chat delivered Bad Rocket.Chat HTTP 400.*failed", text
    )
    for id_ in made.values():
        assert f'href="/admin/deliveries/{id_}/"' in answer.text
    assert '<div class="x">delivered<b>1 of 2</b></div>' in answer.text
    # The summary and the time line agree with it.
    assert "→ Well, Bad" in text
    assert '<div class="n">posted<b>in no room</b></div>' in answer.text
    assert "→ Well, Bad" in shown(browser.get("/admin/logs/"))
    assert len(ids(browser.get(f"{LIST}?execution={execution}").text)) == 2
    plain = api.hook(SCRIPT)
    plain.post({})
    assert "Deliveries All" not in shown(browser.get(f"/admin/logs/{plain.last()['_id']}/"))
    bad.close()


def test_an_execution_with_many_deliveries_shows_the_first(browser: Browser, api: Api) -> None:
    """The rest is a click away."""
    hook = api.hook(SCRIPT)
    hook.post({})
    execution = hook.last()["_id"]
    engine: Engine = browser.app.extensions["hooksmith"]
    made = add_deliveries(engine, 30, execution_id=execution)
    text = browser.get(f"/admin/logs/{execution}/").text
    assert re.findall(r'href="/admin/deliveries/(\w+)/"', text) == made[::-1][:20]
    assert "The first 20 of all" in text


def test_the_dashboard_counts_what_waits_and_failed(
    browser: Browser, api: Api, engine: Engine, sink: Sink
) -> None:
    """Each figure leads to its list; without destinations there is none of it."""
    api.hook(SCRIPT)
    assert "waiting to be delivered" not in shown(browser.get("/admin/"))
    long_ago = utcnow() - dt.timedelta(days=3)
    add_deliveries(engine, 2, state="failed")
    add_deliveries(engine, 1, state="failed", finished_at=long_ago, id="0" * 20)
    add_deliveries(engine, 3, state="pending", destination_id="d2", finished_at=None)
    for name in ("One", "Two"):
        api.post("destinations.pause", destinationId=add(api, sink, name=name))
    answer = browser.get("/admin/")
    text = shown(answer)
    assert "3 waiting to be delivered" in text
    assert "2 deliveries failed" in text
    assert "2 of 4 destinations paused" in text
    tiles = dict(
        (label, html.unescape(link))
        for link, label in re.findall(
            r'<a class="panel stat[^"]*" href="([^"]+)"><b>.*?</b><span>([^<]*)', answer.text
        )
    )
    for label, rows in {"waiting to be delivered": 3, "deliveries failed": 2}.items():
        assert len(ids(browser.get(tiles[label]).text)) == rows
    paused = shown(browser.get(tiles["destinations paused"]))
    assert "One Rocket.Chat" in paused
    assert "Name of d1" not in paused


def test_the_navigation_tells_what_failed_or_waits(browser: Browser, engine: Engine) -> None:
    """On every page: what failed lately; when nothing did, what waits."""
    assert "Logs Deliveries Destinations Users" in shown(browser.get("/admin/users/"))
    add_deliveries(engine, 3, state="pending", finished_at=None)
    assert "Deliveries 3 waiting" in shown(browser.get("/admin/users/"))
    add_deliveries(engine, 2, state="failed", destination_id="d2")
    assert "Deliveries 2 failed" in shown(browser.get("/admin/users/"))


def test_many_are_counted_up_to_a_point(browser: Browser, engine: Engine, monkeypatch: Any) -> None:
    """No page waits for the exact number of a backlog that is out of hand."""
    monkeypatch.setattr(backlog, "MOST_COUNTED", 5)
    add_deliveries(engine, 9, state="pending", finished_at=None)
    with engine.database.read() as session:
        counted = backlog.read(session, utcnow())
    assert counted is not None
    assert counted.waiting == 5
