"""People post, answer in threads and edit, on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from admin import create_app
from engine import rooms, users
from engine.db import utcnow
from engine.errors import ChatError, Invalid, NotFound
from engine.models import Message, User
from engine.runtime import Engine
from tests.sinks import Sink
from tests.support import PASSWORD, Api, script

GOOGLE = "&messageReplyOption=REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD"


@dataclass
class Chat:
    """An engine, and who talks there."""

    engine: Engine
    admin: User
    ada: User
    bob: User

    def say(self, text: str, *, by: User | None = None, to: str = "#general", **more: Any) -> str:
        """Post and return the message's id."""
        content = {"text": text, **more}
        made: str = self.engine.talk.post(by or self.admin, content, [to])[0]["id"]
        return made

    def stored(self, message_id: str) -> Message:
        with self.engine.database.read() as session:
            return session.get_one(Message, message_id)

    def count(self) -> int:
        with self.engine.database.read() as session:
            return session.scalar(sa.select(sa.func.count(Message.id))) or 0


def talking(engine: Engine) -> Chat:
    with engine.database.write() as session:
        for name in ("ada", "bob"):
            users.create(session, name, password=PASSWORD)
        rooms.create_channel(session, "other")
        found = [users.get(session, name) for name in ("admin", "ada", "bob")]
    return Chat(engine, *found)


@pytest.fixture
def chat(engine: Engine) -> Chat:
    return talking(engine)


@pytest.fixture(params=["sqlite", "postgresql"])
def any_chat(request: pytest.FixtureRequest, make_engine: Callable[..., Engine]) -> Chat:
    """The same on each kind of database."""
    if request.param == "sqlite":
        return talking(make_engine())
    return talking(make_engine(database_url=request.getfixturevalue("postgres_url")()))


def set_read_only(engine: Engine, name: str = "general") -> None:
    with engine.database.write() as session:
        rooms.get(session, name).read_only = True


# -- posting -------------------------------------------------------------------------------------


def test_a_post_is_in_each_room_once(chat: Chat) -> None:
    """However many names of it are given."""
    room_id = chat.stored(chat.say("x")).room_id
    targets = ["#general", room_id, "#other", "@ada"]
    rows = chat.engine.talk.post(chat.admin, {"text": "hello"}, targets)
    assert len({row["room_id"] for row in rows}) == len(rows) == 3
    assert {chat.stored(row["id"]).username for row in rows} == {"admin"}


def test_nothing_is_half_posted(chat: Chat) -> None:
    """One room that is not there, or may not be written in, keeps the others empty."""
    with pytest.raises(ChatError, match="invalid-channel"):
        chat.engine.talk.post(chat.admin, {"text": "x"}, ["#general", "#nowhere"])
    set_read_only(chat.engine, "other")
    with pytest.raises(ChatError, match="readonly"):
        chat.engine.talk.post(chat.admin, {"text": "x"}, ["#general", "#other"])
    assert chat.count() == 0


def test_a_direct_room_is_of_two(chat: Chat) -> None:
    """Its members write in it; an administrator who may read it may not."""
    room_id = chat.stored(chat.say("hi", by=chat.ada, to="@bob")).room_id
    assert chat.stored(chat.say("hello", by=chat.bob, to=f"#{room_id}")).room_id == room_id
    with pytest.raises(ChatError, match="Only the two people"):
        chat.say("me too", to=f"#{room_id}")


# -- threads -------------------------------------------------------------------------------------


def test_an_answer_is_in_the_thread_of_what_it_answers(any_chat: Chat) -> None:
    """There are no threads in threads."""
    first = any_chat.say("first")
    second = any_chat.say("second", tmid=first)
    third = any_chat.say("third", tmid=second)
    assert {any_chat.stored(one).tmid for one in (second, third)} == {first}
    assert any_chat.stored(first).tmid is None


@pytest.mark.parametrize("tmid", ["nothing", "elsewhere"])
def test_a_thread_has_to_be_of_the_room(chat: Chat, tmid: str) -> None:
    """Else it is told which is not, and nothing is posted."""
    elsewhere = chat.say("x", to="#other")
    with pytest.raises(ChatError, match="error-invalid-message") as refused:
        chat.say("y", tmid=elsewhere if tmid == "elsewhere" else tmid)
    assert "is no message of #general" in refused.value.reason
    assert chat.count() == 1


def test_a_thread_outlives_its_first_message(chat: Chat) -> None:
    """What is left of it can still be answered."""
    first = chat.say("first")
    second = chat.say("second", tmid=first)
    with chat.engine.database.write() as session:
        session.execute(sa.delete(Message).where(Message.id == first))
    assert chat.stored(chat.say("third", tmid=second)).tmid == first


# -- editing -------------------------------------------------------------------------------------


def test_an_edit_says_who_and_when(any_chat: Chat) -> None:
    """On the way through the journal nothing of the row is lost."""
    first = any_chat.say("first")
    message_id = any_chat.say("tpyo", by=any_chat.ada, tmid=first, attachments=[{"text": "a"}])
    before, began = any_chat.stored(message_id), utcnow()
    row = any_chat.engine.talk.edit(any_chat.ada, message_id, "  *typo* 🐙 ")
    after = any_chat.stored(message_id)
    assert row == {one.key: getattr(after, one.key) for one in sa.inspect(Message).column_attrs}
    assert after.msg == "*typo* 🐙"
    assert after.edited_by == {"_id": any_chat.ada.id, "username": "ada"}
    assert after.edited_at is not None
    assert began <= after.edited_at <= utcnow()
    for name in ("id", "room_id", "ts", "user_id", "tmid", "attachments", "extra"):
        assert getattr(after, name) == getattr(before, name)


def test_the_same_text_is_no_edit(chat: Chat) -> None:
    """Who looks twice at a message and saves it has not changed it."""
    message_id = chat.say("same")
    chat.engine.talk.edit(chat.admin, message_id, "same ")
    assert chat.stored(message_id).edited_at is None


def test_authors_and_administrators_edit(chat: Chat) -> None:
    """Nobody else does."""
    message_id = chat.say("mine", by=chat.ada)
    chat.engine.talk.edit(chat.ada, message_id, "still mine")
    with pytest.raises(ChatError, match="error-action-not-allowed"):
        chat.engine.talk.edit(chat.bob, message_id, "bob's")
    assert chat.stored(message_id).msg == "still mine"
    chat.engine.talk.edit(chat.admin, message_id, "corrected")
    assert chat.stored(message_id).edited_by == {"_id": chat.admin.id, "username": "admin"}


def test_what_cannot_be_edited_stays(chat: Chat) -> None:
    """An unknown message, a text too long or empty, another room, a room that is read-only."""
    message_id = chat.say("x")
    edit = chat.engine.talk.edit
    with pytest.raises(NotFound):
        edit(chat.admin, "nothing", "y")
    with pytest.raises(ChatError, match="error-message-size-exceeded"):
        edit(chat.admin, message_id, "y" * 5001)
    with pytest.raises(Invalid, match="empty"):
        edit(chat.admin, message_id, " ")
    with pytest.raises(Invalid, match="room id provided does not match"):
        edit(chat.admin, message_id, "y", room_id="another")
    set_read_only(chat.engine)
    with pytest.raises(ChatError, match="readonly"):
        edit(chat.admin, message_id, "y")
    assert chat.stored(message_id).msg == "x"


def test_edits_and_posts_at_once_lose_nothing(any_chat: Chat) -> None:
    """They share transactions of the journal."""
    ids = [any_chat.say(f"old {n}") for n in range(8)]
    failures: list[BaseException] = []

    def work(message_id: str) -> None:
        try:
            for n in range(4):
                any_chat.engine.talk.edit(any_chat.admin, message_id, f"new {n}")
                any_chat.say("another", tmid=message_id)
        except BaseException as exc:
            failures.append(exc)

    workers = [threading.Thread(target=work, args=(one,)) for one in ids]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failures == []
    assert {any_chat.stored(one).msg for one in ids} == {"new 3"}
    assert any_chat.count() == 8 + 8 * 4


# -- the API -------------------------------------------------------------------------------------


@pytest.fixture
def any_api(any_chat: Chat) -> Api:
    return Api(create_app(engine=any_chat.engine))


def log_in(api: Api, username: str) -> dict[str, str]:
    client: FlaskClient = api.client
    answer = client.post("/api/v1/login", json={"user": username, "password": PASSWORD})
    data = answer.get_json()["data"]
    return {"X-User-Id": data["userId"], "X-Auth-Token": data["authToken"]}


def post(api: Api, text: str, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = api.post(
        "chat.postMessage", **{"channel": "#general", "text": text, **more}
    )["message"]
    return made


def test_threads_have_rocket_chat_s_shape(any_api: Api) -> None:
    """The first message counts its answers; they come oldest first, threads by their latest answer."""
    api = any_api
    one, two = post(api, "one"), post(api, "two")
    post(api, "alone")
    answers = [post(api, f"answer {n}", tmid=one["_id"]) for n in range(3)]
    last = post(api, "to two", tmid=two["_id"])
    assert answers[0]["tmid"] == one["_id"]
    assert "tcount" not in answers[0]

    first = api.get("chat.getMessage", msgId=one["_id"])["message"]
    assert (first["tcount"], first["tlm"]) == (3, answers[-1]["ts"])
    assert first["replies"] == [one["u"]["_id"]]
    listed = {message["_id"]: message for message in api.messages()}
    assert listed[one["_id"]] == first

    found = api.get("chat.getThreadMessages", tmid=one["_id"], count=2, offset=1)
    assert [message["msg"] for message in found["messages"]] == ["answer 1", "answer 2"]
    assert (found["count"], found["offset"], found["total"]) == (2, 1, 3)
    nested = api.get("chat.getThreadMessages", tmid=answers[0]["_id"])
    assert nested["total"] == 3

    threads = api.get("chat.getThreadsList", rid=one["rid"])
    assert [thread["_id"] for thread in threads["threads"]] == [two["_id"], one["_id"]]
    assert threads["total"] == 2
    assert threads["threads"][0]["tlm"] == last["ts"]
    page = api.get("chat.getThreadsList", rid=one["rid"], count=1, offset=1)
    assert [thread["_id"] for thread in page["threads"]] == [one["_id"]]


def test_a_message_without_answers_is_no_thread(any_api: Api) -> None:
    """Its list is empty, and so is the room's."""
    alone = post(any_api, "alone")
    assert any_api.get("chat.getThreadMessages", tmid=alone["_id"])["messages"] == []
    assert any_api.get("chat.getThreadsList", rid=alone["rid"])["threads"] == []


def test_an_edit_over_the_api(any_api: Api) -> None:
    """chat.update answers with the message; whoever reads it sees who edited it."""
    made = post(any_api, "tpyo")
    body = {"roomId": made["rid"], "msgId": made["_id"], "text": "typo"}
    updated = any_api.post("chat.update", **body)["message"]
    assert updated["msg"] == "typo"
    assert updated["editedBy"] == {"_id": made["u"]["_id"], "username": "admin"}
    assert updated["editedAt"] > made["ts"]
    assert any_api.messages()[0] == updated
    assert "editedAt" not in made


def test_who_is_no_administrator_edits_what_is_theirs(chat: Chat) -> None:
    """And is told so otherwise."""
    api = Api(create_app(engine=chat.engine))
    own, other = chat.say("mine", by=chat.ada), chat.say("not mine")
    headers = log_in(api, "ada")
    for message_id, status in ((own, 200), (other, 400)):
        body = {"roomId": chat.stored(own).room_id, "msgId": message_id, "text": "new"}
        answer = api.client.post("/api/v1/chat.update", json=body, headers=headers)
        assert answer.status_code == status
    assert answer.get_json()["error"] == "error-action-not-allowed"
    assert chat.stored(other).msg == "not mine"


def test_a_direct_room_is_known_to_its_people_alone(chat: Chat) -> None:
    """To others there is no such room; administrators see it."""
    api = Api(create_app(engine=chat.engine))
    theirs = api.post("im.create", username="rocket.cat")["room"]["_id"]
    hers = api.post("im.create", username="ada")["room"]["_id"]
    headers = log_in(api, "ada")
    for room_id, status in ((theirs, 404), (hers, 200)):
        query, body = {"roomId": room_id}, {"roomId": room_id}
        info = api.client.get("/api/v1/channels.info", query_string=query, headers=headers)
        left = api.client.post("/api/v1/channels.leave", json=body, headers=headers)
        assert (info.status_code, left.status_code) == (status, status)
    assert api.get("channels.info", roomId=theirs)["channel"]["_id"] == theirs


@pytest.mark.parametrize(
    ("members", "status", "error"),
    [
        ({"msgId": "nothing"}, 404, 'No message found with the id of "nothing".'),
        ({"roomId": "x"}, 400, "The room id provided does not match where the message is from."),
        ({"text": 7}, 400, "text must be a text"),
        ({"text": " "}, 400, "text must be a text"),
        ({"text": "x" * 5001}, 400, "error-message-size-exceeded"),
    ],
)
def test_a_wrong_update_is_explained(
    api: Api, members: dict[str, Any], status: int, error: str
) -> None:
    """In Rocket.Chat's words, and nothing changes."""
    made = post(api, "x")
    body = {"roomId": made["rid"], "msgId": made["_id"], "text": "y", **members}
    assert api.post("chat.update", status, **body)["error"] == error
    assert api.messages()[0]["msg"] == "x"


@pytest.mark.parametrize("name", ["chat.getMessage", "chat.getThreadMessages", "chat.postMessage"])
def test_an_unknown_message_is_said_to_be(api: Api, name: str) -> None:
    """With the string that Rocket.Chat has for it."""
    if name == "chat.postMessage":
        answer = api.post(name, 400, channel="#general", text="x", tmid="no")
    else:
        answer = api.get(name, **{"msgId" if name == "chat.getMessage" else "tmid": "no"})
    assert answer["error"] == "error-invalid-message"
    assert answer["success"] is False


# -- what hooks say of threads -------------------------------------------------------------------


def test_a_script_answers_in_a_thread_of_the_room(any_api: Api) -> None:
    """By the id of any message there; what it posts is shown with it."""
    first = post(any_api, "build 7?")
    hook = any_api.hook(script("return { content: { text: 'ok', tmid: request.content.about } }"))
    assert hook.post({"about": first["_id"]}).status_code == 200
    answer = any_api.messages()[0]
    assert answer["tmid"] == first["_id"]
    assert hook.post({"about": answer["_id"]}).status_code == 200
    assert any_api.get("chat.getMessage", msgId=first["_id"])["message"]["tcount"] == 2


@pytest.mark.parametrize(
    ("dialect", "status", "said"),
    [
        ("rocketchat", 400, "error-invalid-message"),
        ("mattermost", 400, "api.post.create_post.root_id.app_error"),
        ("kchat", 400, "Invalid RootId parameter."),
        ("slack", 404, "thread_not_found"),
        ("googlechat", 404, "NOT_FOUND"),
    ],
)
def test_a_thread_of_nowhere_is_refused_in_each_dialect(
    api: Api, dialect: str, status: int, said: str
) -> None:
    """With its own status and words; the log says which thread, and nothing is posted."""
    made = api.post(
        "integrations.create",
        type="webhook-incoming",
        name="Hook",
        channel="#general, @admin",
        dialect=dialect,
        script=script("return { content: { text: 'x', tmid: 'nowhere' } }"),
        scriptEnabled=True,
    )["integration"]
    answer = api.client.post(made["url"].partition("8080")[2], json={"text": "x"})
    assert answer.status_code == status
    assert said in answer.text
    assert "tmid nowhere is no message of" in api.executions(count=1)[0]["summary"]
    assert api.messages() == []


def test_each_target_is_told_of_its_own_thread(api: Api) -> None:
    """With separateResponse, the room that has it gets the message."""
    api.post("channels.create", name="other")
    first = post(api, "x")
    hook = api.hook(channel="#general, #other")
    answer = hook.post({"text": "y", "tmid": first["_id"], "separateResponse": True})
    one, two = answer.get_json()["responses"]
    assert one["message"]["tmid"] == first["_id"]
    assert two == {"channel": "#other", "error": "error-invalid-message"}
    assert api.messages("other") == []


def test_a_thread_of_the_other_system_is_none_here(make_engine: Callable[..., Engine]) -> None:
    """Where messages go elsewhere too, its thread is for there, and the room's message is by itself."""
    sink = Sink()
    api = Api(create_app(engine=make_engine()))
    far: dict[str, Any] = {
        "type": "rocketchat",
        "name": "Far",
        "url": f"{sink.url}/hooks/a/b",
        "threads": True,
    }
    far_id = api.post("destinations.create", **far)["destination"]["_id"]
    hook = api.hook(destinations=["rooms", far_id])
    assert hook.post({"text": "x", "tmid": "theirs"}).status_code == 200
    assert "tmid" not in api.messages()[0]
    assert json.loads(sink.wait_for(1)[0].body)["tmid"] == "theirs"
    first = api.messages()[0]["_id"]
    assert hook.post({"text": "y", "tmid": first}).status_code == 200
    assert api.messages()[0]["tmid"] == first
    assert json.loads(sink.wait_for(2)[1].body)["tmid"] == first
    sink.close()


def test_threads_by_key_are_threads(any_api: Api) -> None:
    """The first message with a key of Google Chat's is the thread's first; people answer in it."""
    api = any_api
    made = api.post(
        "integrations.create",
        type="webhook-incoming",
        name="Google",
        channel="#general",
        dialect="googlechat",
    )["integration"]
    path = made["url"].partition("8080")[2] + GOOGLE
    for text in ("failed", "failed again"):
        given = {"text": text, "thread": {"threadKey": "build-7"}}
        assert api.client.post(path, json=given).status_code == 200
        if text == "failed":
            assert api.get("chat.getThreadsList", rid=api.messages()[0]["rid"])["total"] == 0
    second, first = api.messages()
    assert (first["tcount"], first["tlm"]) == (1, second["ts"])
    assert "tcount" not in second
    answer = post(api, "looking", tmid=first["_id"])
    assert answer["tmid"] == first["tmid"]
    found = api.get("chat.getThreadMessages", tmid=first["_id"])["messages"]
    assert [message["msg"] for message in found] == ["failed again", "looking"]
    (thread,) = api.get("chat.getThreadsList", rid=first["rid"])["threads"]
    assert (thread["_id"], thread["tcount"]) == (first["_id"], 2)


def test_slack_s_times_are_threads(api: Api) -> None:
    """Messages that name one thread_ts belong together, the first of them too."""
    made = api.post(
        "integrations.create",
        type="webhook-incoming",
        name="Slack",
        channel="#general",
        dialect="slack",
    )["integration"]
    path = made["url"].partition("8080")[2]
    for text in ("one", "two"):
        given = {"text": text, "thread_ts": "1503435956.000247"}
        assert api.client.post(path, json=given).status_code == 200
    second, first = api.messages()
    assert first["tmid"] == second["tmid"] == "1503435956.000247"
    assert first["tcount"] == 1
