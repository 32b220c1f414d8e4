"""What the API answers under Rocket.Chat's names is true: times, emails, pictures, histories, refusals."""

from __future__ import annotations

import time
from typing import Any

import pytest

from engine import users
from engine.errors import Conflict, Invalid
from engine.runtime import Engine
from tests.integration.test_api_rooms import any_api as any_api
from tests.integration.test_api_rooms import person
from tests.internet import Internet
from tests.outgoing import Outgoing, in_turn, reply
from tests.outgoing import script as outgoing_script
from tests.support import PASSWORD, Api, script


def updated(api: Api, since: str) -> list[str]:
    """Return the names of the rooms that changed after a time."""
    return [one["name"] for one in api.get("rooms.get", updatedSince=since)["update"]]


def test_a_room_changes_with_more_than_its_messages(any_api: Api) -> None:
    """Archiving it and who joins it make its `_updatedAt` later, and rooms.get tells of it."""
    api = any_api
    made = api.post("channels.create", name="ops")["channel"]
    for change in ("channels.join", "channels.archive", "channels.unarchive"):
        before = api.get("rooms.info", roomName="ops")["room"]["_updatedAt"]
        assert "ops" not in updated(api, before)
        time.sleep(0.002)  # times are told by the millisecond
        api.post(change, roomId=made["_id"])
        assert updated(api, before) == ["ops"], change


def test_a_user_changes_when_somebody_changes_it(any_api: Api) -> None:
    """`_updatedAt` is `createdAt` at first."""
    api = any_api
    user = api.post("users.create", username="ada")["user"]
    assert (user["createdAt"], user["emails"]) == (user["_updatedAt"], [])
    time.sleep(0.002)
    api.post("users.setActiveStatus", userId=user["_id"], activeStatus=False)
    shown = api.get("users.info", username="ada")["user"]
    assert shown["createdAt"] == user["createdAt"] < shown["_updatedAt"]


def test_an_email_is_one_user_s_and_is_told_to_them_and_administrators(any_api: Api) -> None:
    """In any case of its letters; who is in the same room does not learn it."""
    api = any_api
    engine: Engine = api.app.extensions["hooksmith"]
    with engine.database.write() as session:
        users.create(session, "ada", password=PASSWORD, email="Ada@example.org")
    with pytest.raises(Conflict) as taken, engine.database.write() as session:
        users.create(session, "ida", email="ada@EXAMPLE.org")
    assert (taken.value.field, taken.value.error_type) == ("email", "error-field-unavailable")
    for wrong in ("ada", "a b@example.org", "@example.org", "a\x00@example.org", "a@" + "x" * 200):
        with pytest.raises(Invalid), engine.database.write() as session:
            users.create(session, "eve", email=wrong)
    emails = [{"address": "Ada@example.org", "verified": False}]
    assert api.get("users.info", username="ada")["user"]["emails"] == emails
    login = api.client.post("/api/v1/login", json={"user": "ada", "password": PASSWORD})
    assert login.get_json()["data"]["me"]["emails"] == emails
    bob = person(api, "bob")
    api.post("channels.create", name="ops", members=["ada", "bob"])
    (ada, _) = bob.get("channels.members", roomName="ops")[1]["members"]
    assert "emails" not in ada
    assert (ada["username"], ada["type"], ada["active"]) == ("ada", "user", True)


def test_a_user_s_picture_is_where_me_says_it_is(api: Api) -> None:
    """Drawn of the name, without a login; a name that nobody has gets one as well."""
    url = api.get("me")["avatarUrl"]
    base, path = url[: -len("/avatar/admin")], url[-len("/avatar/admin") :]
    assert (base, path) == (api.app.extensions["hooksmith"].settings.base_url, "/avatar/admin")
    answer = api.client.get(path)
    assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")
    assert ">A</text>" in answer.get_data(as_text=True)
    hostile = api.client.get("/avatar/%3Cscript%3E")
    assert "<script" not in hostile.get_data(as_text=True)
    assert ">S</text>" in hostile.get_data(as_text=True)
    assert "sandbox" in hostile.headers["Content-Security-Policy"]
    assert ">?</text>" in api.client.get("/avatar/%26%26").get_data(as_text=True)


@pytest.mark.parametrize(
    ("call", "body", "error_type", "field"),
    [
        ("channels.create", {"name": "general"}, "error-duplicate-channel-name", "name"),
        ("groups.create", {"name": "general"}, "error-duplicate-channel-name", "name"),
        ("users.create", {"username": "ADMIN"}, "error-field-unavailable", "username"),
    ],
)
def test_what_is_there_already_is_refused_as_rocket_chat_refuses_it(
    api: Api, call: str, body: dict[str, Any], error_type: str, field: str
) -> None:
    """Programs that make a room they may have made before look at the error type."""
    refused = api.post(call, 400, **body)
    assert refused["errorType"] == error_type
    assert refused["error"].endswith(f"[{error_type}]")
    assert refused["details"] == {"field": field}


def test_an_integration_tells_who_made_it_and_an_error_only_when_there_is_one(api: Api) -> None:
    """By id and name."""
    me = api.get("me")
    hook = api.hook(script("return {};"))
    shown = api.get("integrations.get", integrationId=hook.id)["integration"]
    assert shown["_createdBy"] == {"_id": me["_id"], "username": "admin"}
    assert "scriptError" not in shown
    listed = api.get("integrations.list", count=1)
    assert (listed["items"], listed["count"]) == (1, 1)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (1700000000, "2023-11-14T22:13:20.000Z"),
        (1700000000000, "2023-11-14T22:13:20.000Z"),
        ("2026-01-31", "2026-01-31T00:00:00.000Z"),
        ("2026-01-31T12:00:00+01:00", "2026-01-31T11:00:00.000Z"),
        ("yesterday", "yesterday"),
    ],
)
def test_the_time_of_an_attachment_is_told_in_one_form(api: Api, given: Any, told: str) -> None:
    """As Rocket.Chat's type has it, whatever form it was posted in; what is no time stays as it is."""
    cards = [{"ts": given, "text": "x"}]
    said = api.post("chat.postMessage", channel="#general", text="", attachments=cards)["message"]
    assert said["attachments"] == [{"ts": told, "text": "x"}]


def test_the_history_of_an_outgoing_integration_has_rocket_chat_s_members(
    api: Api, internet: Internet
) -> None:
    """Event, step, what was sent and answered, the messages that it led to."""
    far = internet.serve(in_turn(reply({"text": "heard"})))
    out = Outgoing(api)
    prepare = "return { ...request, message: { text: 'first' } };"
    out.create(far, script=outgoing_script(prepare), triggerWords=["ring"])
    said = out.say("ring it")
    out.execution()
    (entry,) = api.get("integrations.history", id=out.ids[0])["history"]
    assert (entry["type"], entry["event"]) == ("outgoing-webhook", "sendMessage")
    assert (entry["integration"], entry["triggerWord"]) == ({"_id": out.ids[0]}, "ring")
    assert (entry["ranPrepareScript"], entry["finished"]) == (True, True)
    assert (entry["data"]["message_id"], entry["httpCallData"]["text"]) == (said["_id"], "ring it")
    assert entry["data"]["token"] == entry["httpCallData"]["token"] == "••••••••"
    assert entry["httpResult"] == '{"text": "heard"}'
    (sent,) = entry["prepareSentMessage"]
    assert (sent["channel"], sent["message"]["msg"]) == (said["rid"], "first")
    assert entry["_createdAt"] <= entry["_updatedAt"]
    assert entry["step"] == entry["steps"][-1]["step"]


def test_the_history_of_an_incoming_one_says_what_it_is(api: Api) -> None:
    """Rocket.Chat keeps none of those."""
    hook = api.hook(script("return {};"))
    hook.post({"text": "x"})
    (entry,) = api.get("integrations.history", id=hook.id)["history"]
    assert (entry["type"], entry["step"], entry["outcome"]) == (
        "incoming-webhook",
        *["nothing"] * 2,
    )
    assert (entry["ranPrepareScript"], entry["integration"]) == (False, {"_id": hook.id})
