"""The rooms in the admin pages: the list, a room as a chat, older and new messages."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from admin import create_app
from engine import rooms
from engine.db import utcnow
from engine.ids import sortable_prefix
from engine.models import Message
from engine.runtime import Engine
from tests.integration.admin_fixtures import Browser, administrator, shown, typed
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


# -- saying something ----------------------------------------------------------------------------


def say(browser: Browser, page: str, text: str, **more: str) -> TestResponse:
    """Submit the composer without scripts."""
    return browser.post(page, text=text, **more)


def said(browser: Browser, page: str, text: str, **more: str) -> dict[str, Any]:
    """Submit the composer as its script does."""
    token = {"csrf_token": browser.csrf_token(page)}
    headers = {"Accept": "application/json"}
    answer = browser.client.post(page, data={**token, "text": text, **more}, headers=headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def test_one_posts_as_oneself(browser: Browser, api: Api) -> None:
    """A plain form does: the page comes back with the message, as Rocket.Chat's markup says it."""
    answer = say(browser, room_page(api), "*hello* @ada in #general")
    (message,) = api.messages()
    assert answer.status_code == 303
    assert answer.location.endswith(f"#m-{message['_id']}")
    assert (message["u"]["username"], message["msg"]) == ("admin", "*hello* @ada in #general")
    assert "bot" not in message
    page = browser.get(answer.location).text
    assert "<strong>hello</strong>" in page
    assert '<span class="md-mention">@ada</span>' in page
    assert "BOT" not in shown(browser.get(room_page(api)))


@pytest.mark.parametrize(
    ("text", "reason"), [("  ", "nothing to post yet"), ("x" * 5001, "longer than 5000 characters")]
)
def test_what_cannot_be_posted_is_still_there(
    browser: Browser, api: Api, text: str, reason: str
) -> None:
    """With the reason beside it; the script gets the reason alone."""
    page = room_page(api)
    answer = say(browser, page, text)
    assert answer.status_code == 400
    assert reason in shown(answer)
    assert typed(answer, "text") == text
    data = {"text": text, "csrf_token": browser.csrf_token(page)}
    answer = browser.client.post(page, data=data, headers={"Accept": "application/json"})
    assert (answer.status_code, list(answer.get_json())) == (400, ["error"])
    assert api.messages() == []


def test_posting_needs_the_page_s_token(browser: Browser, api: Api) -> None:
    """Another site cannot speak for anybody."""
    for path in (room_page(api), "/admin/rooms/direct/"):
        data = {"text": "x", "username": "admin"}
        assert browser.client.post(path, data=data).status_code == 400
    assert api.messages() == []


def test_a_reply_stands_in_its_thread(browser: Browser, api: Api) -> None:
    """The first message counts it; the room has a line of it; beside the room it is whole."""
    page = room_page(api)
    api.hook(alias="CI").post({"text": "Build *7* failed"})
    head = api.messages()[0]["_id"]
    thread = browser.get(f"{page}?thread={head}")
    assert "No replies yet" in shown(thread)
    answer = say(browser, page, "Looking\n\nat *it*", tmid=head)
    assert f"thread={head}" in answer.location
    text = shown(browser.get(answer.location))
    assert "1 reply last" in text
    assert "in reply to “Build 7 failed” Looking at it" in text
    assert text.count("Looking at it") == 3  # in the list of rooms, in the room, in the thread
    assert "1 reply" in shown(browser.get(f"{page}?thread={head}"))
    reply = api.messages()[0]["_id"]
    nested = browser.get(f"{page}thread/{reply}").get_json()["html"]
    assert f'data-thread="{head}"' in nested
    assert "<strong>it</strong>" in nested


def test_a_reply_for_all_is_whole_in_its_room(browser: Browser, api: Api) -> None:
    """As Rocket.Chat shows what was also sent to the channel."""
    head = api.post("chat.postMessage", channel="#general", text="first")["message"]["_id"]
    api.post("chat.postMessage", channel="#general", text="a *b*", tmid=head, tshow=True)
    page = browser.get(room_page(api)).text
    assert "a <strong>b</strong>" in page
    assert "in reply to “first”" in page


def test_threads_by_key_are_shown_as_threads(browser: Browser, api: Api) -> None:
    """Where no message has the thread's id, its first one is the head."""
    hook = api.hook(dialect="googlechat")
    path = f"/v1/spaces/{hook.id}/messages?key=k&token={hook.token}&threadKey=k"
    path += "&messageReplyOption=REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD"
    for text in ("broken", "mended"):
        assert hook.post({"text": text}, path=path).status_code == 200
    page = room_page(api)
    assert "1 reply" in shown(browser.get(page))
    second, first = api.messages()
    assert f'href="?thread={first["_id"]}#thread"' in browser.get(page).text
    say(browser, page, "thanks", tmid=first["_id"])
    assert api.messages()[0]["tmid"] == second["tmid"]
    assert "2 replies" in shown(browser.get(page))


def test_a_thread_that_is_gone_is_said_to_be(browser: Browser, api: Api) -> None:
    """And its room is there."""
    text = shown(browser.get(f"{room_page(api)}?thread=nothing"))
    assert "This thread is gone" in text


def test_one_edits_what_one_said(browser: Browser, api: Api) -> None:
    """The text is offered as it was typed; then it is said that it was edited, and when."""
    page = room_page(api)
    say(browser, page, "*tpyo* & <b>")
    message_id = api.messages()[0]["_id"]
    form = browser.get(f"{page}?edit={message_id}")
    assert typed(form, "text") == "*tpyo* & <b>"
    assert say(browser, page, "*typo*", edit=message_id).status_code == 303
    (message,) = api.messages()
    assert message["msg"] == "*typo*"
    assert message["editedBy"]["username"] == "admin"
    text = shown(browser.get(page))
    assert "(edited" in text
    assert "tpyo" not in text


def test_edit_is_offered_for_one_s_own_messages(browser: Browser, api: Api) -> None:
    """What an integration said, even in one's name, is not typed by anybody."""
    api.hook(username="admin").post({"text": "by a hook"})
    page = browser.get(room_page(api)).text
    assert "do-edit" not in page
    assert "data-text" not in page
    say(browser, room_page(api), "by me")
    assert browser.get(room_page(api)).text.count("do-edit") == 1


def test_a_failed_edit_keeps_what_was_typed(browser: Browser, api: Api) -> None:
    """And still is one."""
    page = room_page(api)
    say(browser, page, "x")
    message_id = api.messages()[0]["_id"]
    answer = say(browser, page, "y" * 5001, edit=message_id)
    assert answer.status_code == 400
    assert f'name="edit" value="{message_id}"' in answer.text
    assert api.messages()[0]["msg"] == "x"


@pytest.mark.parametrize("edit", ["nothing", "elsewhere"])
def test_only_messages_of_the_room_are_edited(
    browser: Browser, api: Api, engine: Engine, edit: str
) -> None:
    """Another room's is not, nor one that is gone."""
    texts = []
    if edit == "elsewhere":
        texts = ["x"]
        api.post("channels.create", name="other")
        edit = api.post("chat.postMessage", channel="#other", text="x")["message"]["_id"]
    assert say(browser, room_page(api), "y", edit=edit).status_code in (400, 404)
    with engine.database.read() as session:
        assert session.scalars(sa.select(Message.msg)).all() == texts


def test_what_happens_comes_to_an_open_room(browser: Browser, api: Api, engine: Engine) -> None:
    """New messages, edits however old the message is, counts of threads, and the open thread's replies."""
    everything = add_messages(engine, 10)
    page = room_page(api)
    seen = browser.get(f"{page}messages?after={everything[-1]}").get_json()["seen"]
    first = everything[0]
    api.post("chat.postMessage", channel="#general", text="re", tmid=first)
    room_id = api.messages()[0]["rid"]
    api.post("chat.update", roomId=room_id, msgId=everything[1], text="other words")
    query = f"after={everything[-1]}&seen={seen}&thread={first}"
    answer = browser.get(f"{page}messages?{query}").get_json()
    reply = api.messages()[0]["_id"]
    assert ids(answer["html"] + answer["thread"]["html"]) == [reply, reply]
    assert sorted(re.findall(r'data-id="(\w+)"', answer["changed"])) == [first, everything[1]]
    assert "other words" in answer["changed"]
    assert "1 reply" in answer["changed"]
    assert answer["thread"]["answers"] == 1
    assert f'data-id="{first}"' in answer["thread"]["changed"]
    assert "other words" not in answer["thread"]["changed"]


def test_reactions_are_pills_below_their_message(browser: Browser, api: Api) -> None:
    """With the emoji and how many; who they were is told to those who cannot see it, and by a title."""
    message = api.post("chat.postMessage", channel="#general", text="done")["message"]
    answer = api.post("chat.postMessage", channel="#general", text="re", tmid=message["_id"])
    for one in (message, answer["message"]):
        api.post("chat.react", messageId=one["_id"], emoji="tada")
    page = browser.get(room_page(api)).get_data(as_text=True)
    pills = re.findall(r'<li class="reaction" title="([^"]+)">(.*?)</li>', page, re.DOTALL)
    assert [title for title, _ in pills] == ["tada: @admin"] * 2
    assert all("🎉 1" in inner and "tada: @admin" in inner for _, inner in pills)


def test_a_reaction_comes_to_an_open_room(browser: Browser, api: Api, engine: Engine) -> None:
    """However old its message is, and when it is taken back, too."""
    everything = add_messages(engine, 10)
    page = room_page(api)
    seen = browser.get(f"{page}messages?after={everything[-1]}").get_json()["seen"]
    versions = []
    for pills in (1, 0):
        api.post("chat.react", messageId=everything[0], emoji="eyes")
        answer = browser.get(f"{page}messages?after={everything[-1]}&seen={seen}").get_json()
        assert ids(answer["changed"]) == [everything[0]]
        assert answer["changed"].count('class="reaction"') == pills
        versions += re.findall(r'data-version="([^"]+)"', answer["changed"])
    assert len(set(versions)) == 2


def test_a_deletion_comes_to_an_open_room(browser: Browser, api: Api, engine: Engine) -> None:
    """Who shows more messages than there are is told which there are; who does not is told nothing."""
    everything = add_messages(engine, 5)
    query = f"messages?after={everything[-1]}&first={everything[0]}&shown="
    page = room_page(api)
    assert "there" not in browser.get(f"{page}{query}5").get_json()
    api.post("chat.delete", roomId=api.messages()[0]["rid"], msgId=everything[2])
    there = browser.get(f"{page}{query}5").get_json()["there"]
    assert there == [*everything[:2], *everything[3:]]
    assert "there" not in browser.get(f"{page}{query}4").get_json()
    for wrong in ("x", "-1", "9" * 20):
        assert "there" not in browser.get(f"{page}{query}{wrong}").get_json()


def test_who_looks_away_misses_no_edit(browser: Browser, api: Api, engine: Engine) -> None:
    """They come since the moment that the last answer named, however long ago it was."""
    (message_id,) = add_messages(engine, 1)
    with engine.database.write() as session:
        message = session.get_one(Message, message_id)
        message.edited_at = utcnow() - dt.timedelta(minutes=10)
        message.edited_by = {"_id": "x", "username": "ada"}
    page = f"{room_page(api)}messages?after={message_id}"
    assert browser.get(page).get_json()["changed"].strip() == ""
    minutes_ago = int((utcnow() - dt.timedelta(minutes=11)).timestamp() * 1000)
    changed = browser.get(f"{page}&seen={minutes_ago}").get_json()["changed"]
    assert "by @ada" in changed
    for wrong in ("x", "-1", "9" * 20):
        assert browser.get(f"{page}&seen={wrong}").status_code == 200


def test_the_script_gets_what_it_shows(browser: Browser, api: Api) -> None:
    """The message as its room has it and as its thread has it, and the thread's head."""
    page = room_page(api)
    head = re.findall(r'data-id="(\w+)"', said(browser, page, "first")["html"])[0]
    answer = said(browser, page, "*re*", tmid=head)
    assert "msg answer" in answer["html"]
    assert "<strong>re</strong>" in answer["whole"]
    assert "1 reply" in answer["changed"]
    assert answer["answers"] == 1


def test_a_room_that_is_read_only_says_so(browser: Browser, api: Api, engine: Engine) -> None:
    """In place of a composer, in its threads as well."""
    say(browser, room_page(api), "first")
    with engine.database.write() as session:
        rooms.get(session, "general").read_only = True
    head = api.messages()[0]["_id"]
    answer = browser.get(f"{room_page(api)}?thread={head}")
    assert shown(answer).count("This room is read-only.") == 2
    assert "<textarea" not in answer.text
    token = browser.csrf_token("/admin/rooms/")
    answer = browser.client.post(room_page(api), data={"csrf_token": token, "text": "x"})
    assert answer.status_code == 400
    assert len(api.messages()) == 1


def test_a_direct_room_is_opened_by_name(browser: Browser, api: Api) -> None:
    """The same one each time; nobody writes in other people's."""
    api.post("users.create", username="ada", password="a password for ada")
    first = browser.post("/admin/rooms/direct/", page="/admin/rooms/", username="@ada")
    again = browser.post("/admin/rooms/direct/", page="/admin/rooms/", username=" ada ")
    assert first.location == again.location
    say(browser, first.location, "hello ada")
    assert "hello ada" in shown(browser.get(first.location))
    nobody = browser.post("/admin/rooms/direct/", page="/admin/rooms/", username="nobody")
    assert nobody.status_code == 400
    assert "There is no user @nobody" in shown(nobody)
    assert 'value="nobody"' in nobody.text

    api.hook(channel="@ada", username="rocket.cat").post({"text": "between two"})
    theirs = next(
        one["_id"] for one in api.get("im.list")["ims"] if one["_id"] not in first.location
    )
    assert "Only the two people" in shown(browser.get(f"/admin/rooms/{theirs}/"))


def test_names_are_completed(browser: Browser, api: Api) -> None:
    """Of active users by user name and name, of rooms that have one; what begins so comes first."""
    for name in ("ada", "adam", "zoe"):
        api.post("users.create", username=name, name="Grandma" if name == "zoe" else name)
    for room in ("ops", "devops", "a_b"):
        api.post("channels.create", name=room, topic="t")

    def names(**query: str) -> list[str]:
        answer = browser.get("/admin/rooms/names", query_string=query).get_json()
        return [one["name"] for one in answer["names"]]

    assert names(of="users", q="AD") == ["ada", "adam", "admin"]
    assert names(of="users", q="dma") == ["zoe"]
    assert names(of="rooms", q="ops") == ["ops", "devops"]
    assert names(of="rooms", q="_") == ["a_b"]
    assert names(of="rooms", q="%") == []
    assert names(of="rooms") == ["a_b", "devops", "general", "ops"]


def test_nothing_said_is_more_than_text(browser: Browser, api: Api) -> None:
    """Names, topics and messages are written by others."""
    room = browser.post("/admin/rooms/", name="x", topic=HOSTILE).location
    hook = api.hook(channel="#x", alias=HOSTILE)
    hook.post({"text": HOSTILE, "attachments": [{"title": HOSTILE, "footer": HOSTILE}]})
    head = api.messages("x")[0]["_id"]
    api.post("users.create", username="x", name=HOSTILE)
    browser.post(room, text=f'"> {HOSTILE}', tmid=head)
    browser.post(room, text=f'" {HOSTILE}')
    own = api.messages("x")[0]["_id"]
    for path in (
        *("/admin/rooms/", room, f"{room}messages", f"{room}messages?after=0&thread={head}"),
        *(f"{room}?thread={head}", f"{room}?edit={own}", f"{room}thread/{head}"),
    ):
        answer = browser.get(path)
        assert HOSTILE not in answer.text
        assert "&lt;script&gt;" in answer.text


@pytest.mark.parametrize("path", ["nothing/", "nothing/messages", "general%00/"])
def test_an_unknown_room_is_a_friendly_404(browser: Browser, path: str) -> None:
    """With the reason in words."""
    answer = browser.get(f"/admin/rooms/{path}")
    assert answer.status_code == 404
    assert "There is no room" in shown(answer)


@pytest.mark.parametrize("path", ["", "x/", "x/messages", "x/thread/y", "names"])
def test_rooms_are_for_administrators(app: Flask, path: str) -> None:
    """Everybody else is sent to the login."""
    answer = Browser(app).get(f"/admin/rooms/{path}")
    assert answer.status_code == 302
    assert "/admin/login/" in answer.location


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_nul_breaks_no_page(
    make_engine: Callable[..., Engine], request: pytest.FixtureRequest, kind: str
) -> None:
    """It is left out: PostgreSQL neither stores nor compares it."""
    url = request.getfixturevalue("postgres_url")() if kind == "postgresql" else ""
    browser = administrator(create_app(engine=make_engine(database_url=url)))
    for page in ("rooms/names?q=a%00", "rooms/names?of=rooms&q=a%00", "logs/?integration=a%00"):
        assert browser.get(f"/admin/{page}").status_code == 200
    browser.post("/admin/rooms/", name="new", topic="a\x00topic")
    assert "atopic" in shown(browser.get("/admin/rooms/"))
