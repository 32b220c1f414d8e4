"""The rooms in the admin pages: the list, a room as a chat, older and new messages."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from engine import rooms
from engine.db import utcnow
from engine.ids import sortable_prefix
from engine.models import Message
from engine.runtime import Engine
from tests.integration.admin_fixtures import Browser, administrator, shown
from tests.support import Api

HOSTILE = "<script>alert('x')</script>"


@pytest.fixture
def browser(app: Flask) -> Browser:
    return administrator(app)


def room_page(api: Api, name: str = "general") -> str:
    """Return the address of a room."""
    return f"/admin/rooms/{api.get('channels.info', roomName=name)['channel']['_id']}/"


def ids(text: str) -> list[str]:
    """Return the ids of the messages on a page, as they stand there."""
    return re.findall(r'<article class="msg[^>]*? data-id="(\w+)"', text)


def add_messages(engine: Engine, count: int, **members: Any) -> list[str]:
    """Store messages a minute apart in #general, the last one a minute ago; return their ids in order."""
    rows = []
    with engine.database.write() as session:
        room = rooms.get(session, "general")
        for number in range(count):
            moment = utcnow() - dt.timedelta(minutes=count - number)
            rows.append(
                {
                    "id": f"{sortable_prefix(moment.timestamp())}{number:09d}",
                    "room_id": room.id,
                    "ts": moment,
                    "user_id": "x",
                    "username": "rocket.cat",
                    "msg": f"message {number}",
                    **members,
                }
            )
        session.execute(sa.insert(Message), rows)
    return [row["id"] for row in rows]


def test_rooms_are_listed_by_their_latest_message(browser: Browser, api: Api) -> None:
    """With who said what, without markup; direct rooms by who talks there."""
    api.post("channels.create", name="quiet", topic="Nothing yet")
    api.post("channels.create", name="alerts")
    api.hook(channel="#alerts, @admin").post({"text": "*Disk* is [full](https://example.org)"})
    api.hook(channel="#general", alias="CI").post({"text": "built"})
    text = shown(browser.get("/admin/rooms/"))
    names = ["#general", "@admin, @rocket.cat", "#alerts", "#quiet"]
    places = [text.index(name) for name in names]
    assert places[0] == min(places)
    assert places[3] == max(places)
    assert "CI: built" in text
    assert "Rocket.Cat: Disk is full" in text
    assert "Nothing yet" in text
    assert "4 rooms" in text


def test_a_room_reads_from_top_to_bottom(browser: Browser, api: Api) -> None:
    """The oldest first, each with its sender, BOT mark and the way to its execution."""
    hook = api.hook(alias="CI")
    hook.post({"text": "first"})
    hook.post({"text": "second", "attachments": [{"title": "Card", "color": "good"}]})
    answer = browser.get(room_page(api))
    text = shown(answer)
    assert text.index("first") < text.index("second") < text.index("Card")
    assert "CI BOT" in text
    assert f'href="/admin/logs/{hook.last()["_id"]}/"' in answer.text
    assert 'style="--c: var(--ok)"' in answer.text


def test_one_sender_is_named_once(browser: Browser, api: Api) -> None:
    """Messages in a row are grouped; cards and other senders begin anew."""
    hook = api.hook()
    for body in (
        {"text": "a", "username": "A"},
        {"text": "b", "username": "A"},
        {"text": "c", "username": "A", "attachments": [{"text": "card"}]},
        {"text": "d", "username": "B"},
    ):
        hook.post(body)
    classes = re.findall(r'<article class="([^"]+)"', browser.get(room_page(api)).text)
    assert classes == ["msg", "msg follows", "msg", "msg"]


def test_days_are_separated(browser: Browser, api: Api, engine: Engine) -> None:
    """Without scripts by UTC's calendar."""
    add_messages(engine, 60 * 24 // 30, ts=utcnow() - dt.timedelta(days=3))
    api.hook().post({"text": "today"})
    assert browser.get(room_page(api)).text.count('class="day"') == 2


def test_older_messages_come_on_demand(browser: Browser, api: Api, engine: Engine) -> None:
    """By a link that works without scripts, and as a piece for the script."""
    everything = add_messages(engine, 120)
    page = room_page(api)
    first = browser.get(page).text
    assert ids(first) == everything[70:]
    assert 'id="live"' in first
    older = re.search(r'id="older" href="([^"]+)"', first)
    assert older is not None
    second = browser.get(older[1]).text
    assert ids(second) == everything[20:70]
    assert 'id="live"' not in second
    assert "Go to the newest" in second
    piece = browser.get(f"{page}messages?before={everything[20]}").get_json()
    assert ids(piece["html"]) == everything[:20]
    assert piece["older"] is False


def test_new_messages_come_to_an_open_room(browser: Browser, api: Api, engine: Engine) -> None:
    """Those that were stored late as well; the script knows which it has."""
    everything = add_messages(engine, 10)
    page = room_page(api)
    assert ids(browser.get(f"{page}messages?after={everything[-1]}").get_json()["html"]) == []
    api.hook().post({"text": "fresh"})
    answer = browser.get(f"{page}messages?after={everything[-1]}").get_json()
    assert ids(answer["html"]) == [api.messages()[0]["_id"]]
    assert answer["older"] is False


def test_a_link_leads_to_a_message_in_its_place(browser: Browser, api: Api, engine: Engine) -> None:
    """With what was said before and after it."""
    everything = add_messages(engine, 200)
    wanted = everything[60]
    answer = browser.get(f"{room_page(api)}?at={wanted}").text
    assert ids(answer) == everything[41:91]
    assert f'id="m-{wanted}"' in answer
    assert "Go to the newest" in answer
    assert ids(browser.get(f"{room_page(api)}?at={everything[-1]}").text) == everything[-20:]


def test_an_empty_room_says_how_to_fill_it(browser: Browser, api: Api) -> None:
    """It names the room as an integration would."""
    text = shown(browser.get(room_page(api)))
    assert "Nothing said here yet" in text
    assert "#general" in text


def test_a_room_is_created(browser: Browser, api: Api) -> None:
    """And opened; a name with its # is the same name."""
    answer = browser.post("/admin/rooms/", name="#ops.on-call", topic="Who is on call")
    assert answer.status_code == 302
    text = shown(browser.get(answer.location))
    assert "#ops.on-call" in text
    assert "Who is on call" in text
    api.hook(channel="#ops.on-call").post({"text": "hello"})
    assert "hello" in shown(browser.get(answer.location))


@pytest.mark.parametrize(
    ("name", "reason"),
    [("general", "There is a room #general already"), ("a b", "1 to 64 letters"), ("", "1 to 64")],
)
def test_a_room_that_cannot_be_is_explained(browser: Browser, name: str, reason: str) -> None:
    """What was typed is still there."""
    answer = browser.post("/admin/rooms/", name=name, topic="kept")
    assert answer.status_code == 400
    assert reason in shown(answer)
    assert 'value="kept"' in answer.text


def test_creating_needs_the_page_s_token(browser: Browser, api: Api) -> None:
    """Another site cannot make rooms."""
    assert browser.client.post("/admin/rooms/", data={"name": "x"}).status_code == 400
    assert [one["name"] for one in api.get("channels.list")["channels"]] == ["general"]


def test_nothing_said_is_more_than_text(browser: Browser, api: Api) -> None:
    """Names, topics and messages are written by others."""
    room = browser.post("/admin/rooms/", name="x", topic=HOSTILE).location
    hook = api.hook(channel="#x", alias=HOSTILE)
    hook.post({"text": HOSTILE, "attachments": [{"title": HOSTILE, "footer": HOSTILE}]})
    for path in ("/admin/rooms/", room, f"{room}messages"):
        answer = browser.get(path)
        assert HOSTILE not in answer.text
        assert "&lt;script&gt;" in answer.text


@pytest.mark.parametrize("path", ["nothing/", "nothing/messages", "general%00/"])
def test_an_unknown_room_is_a_friendly_404(browser: Browser, path: str) -> None:
    """With the reason in words."""
    answer = browser.get(f"/admin/rooms/{path}")
    assert answer.status_code == 404
    assert "There is no room" in shown(answer)


@pytest.mark.parametrize("path", ["", "x/", "x/messages"])
def test_rooms_are_for_administrators(app: Flask, path: str) -> None:
    """Everybody else is sent to the login."""
    answer = Browser(app).get(f"/admin/rooms/{path}")
    assert answer.status_code == 302
    assert "/admin/login/" in answer.location
