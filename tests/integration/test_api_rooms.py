"""channels.*, groups.*, im.* and rooms.*, as programs call them that were written for Rocket.Chat."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from admin import create_app
from engine.runtime import Engine
from tests.support import PASSWORD, Api


@dataclass
class Person:
    """Somebody without the role admin, and what the API answers them."""

    api: Api
    headers: dict[str, str]

    def get(self, name: str, /, **query: Any) -> tuple[int, Any]:
        answer = self.api.client.get(f"/api/v1/{name}", query_string=query, headers=self.headers)
        return answer.status_code, answer.get_json()

    def post(self, name: str, /, **body: Any) -> tuple[int, Any]:
        answer = self.api.client.post(f"/api/v1/{name}", json=body, headers=self.headers)
        return answer.status_code, answer.get_json()


def person(api: Api, name: str) -> Person:
    api.post("users.create", username=name, password=PASSWORD)
    login = api.client.post("/api/v1/login", json={"user": name, "password": PASSWORD})
    data = login.get_json()["data"]
    return Person(api, {"X-User-Id": data["userId"], "X-Auth-Token": data["authToken"]})


@pytest.fixture(params=["sqlite", "postgresql"])
def any_api(request: pytest.FixtureRequest, make_engine: Callable[..., Engine]) -> Api:
    """The API on each kind of database."""
    if request.param == "sqlite":
        return Api(create_app(engine=make_engine()))
    url = request.getfixturevalue("postgres_url")()
    return Api(create_app(engine=make_engine(database_url=url)))


def test_a_room_is_told_with_what_clients_read(any_api: Api) -> None:
    """Who made it, how many messages and people are there, and when it last changed."""
    api = any_api
    made = api.post("channels.create", name="ops", members=["rocket.cat"])["channel"]
    assert (made["msgs"], made["usersCount"], made["u"]["username"]) == (0, 1, "admin")
    assert made["_updatedAt"] == made["ts"]
    api.post("chat.postMessage", channel="#ops", text="x")
    last = api.post("chat.postMessage", channel="#ops", text="y")["message"]
    told = api.get("rooms.info", roomName="ops")["room"]
    assert told == api.get("rooms.info", roomId=made["_id"])["room"]
    assert (told["t"], told["name"], told["msgs"]) == ("c", "ops", 2)
    assert told["lm"] == told["_updatedAt"] == last["ts"]
    assert told == api.get("channels.info", roomId=made["_id"])["channel"]
    assert told in api.get("channels.list")["channels"]
    general = api.get("rooms.info", roomName="general")["room"]
    assert general["u"]["username"] == "rocket.cat"


def test_what_is_no_room_is_said_as_rocket_chat_says_it(api: Api) -> None:
    """With its error type, so that clients can tell; and what was not given is named."""
    for call, called in (("rooms.info", "channel"), ("groups.info", "group")):
        refused = api.get(call, roomId="nothing")
        assert refused == {
            "success": False,
            "error": f'The required "roomId" or "roomName" param provided does not match any {called}'
            " [error-room-not-found]",
            "errorType": "error-room-not-found",
        }
        assert api.get(call)["errorType"] == "error-roomid-param-not-provided"
    assert api.get("im.history", roomId="nothing")["errorType"] == "error-room-not-found"
    assert api.get("groups.info", roomName="general")["errorType"] == "error-room-not-found"
    assert api.get("rooms.info", roomId="a\x00b")["success"] is False


def test_a_private_room_is_made_filled_and_read(any_api: Api) -> None:
    """groups.create, invite, members, history, messages, list, kick and archive."""
    api = any_api
    api.post("users.create", username="ada")
    group = api.post("groups.create", name="crisis")["group"]
    assert (group["t"], group["usersCount"]) == ("p", 1)
    invited = api.post("groups.invite", roomId=group["_id"], username="ada")["group"]
    assert invited["usersCount"] == 2
    members = api.get("groups.members", roomName="crisis")
    assert [one["username"] for one in members["members"]] == ["ada", "admin"]
    assert (members["count"], members["offset"], members["total"]) == (2, 0, 2)
    api.post("chat.postMessage", roomId=group["_id"], text="secret")
    for call in ("groups.history", "groups.messages"):
        assert [one["msg"] for one in api.get(call, roomId=group["_id"])["messages"]] == ["secret"]
    assert [one["_id"] for one in api.get("groups.list")["groups"]] == [group["_id"]]
    assert api.get("groups.listAll")["total"] == 1
    assert api.get("channels.list")["total"] == 1
    assert api.post("groups.kick", roomId=group["_id"], username="ada")["group"]["usersCount"] == 1
    api.post("groups.archive", roomId=group["_id"])
    refused = api.post("chat.postMessage", 400, roomId=group["_id"], text="more")
    assert "readonly" in refused["error"]
    api.post("groups.unarchive", roomId=group["_id"])
    api.post("chat.postMessage", roomId=group["_id"], text="more")


_CHANGED = ("roomId", "msgId", "text")


def _of(given: dict[str, str], *names: str) -> dict[str, str]:
    return {name: given[name] for name in names}


def test_who_is_not_in_a_private_room_learns_nothing_of_it(api: Api) -> None:
    """By no call is it told from one that does not exist; who is in it sees it, administrators too."""
    ada, bob = person(api, "ada"), person(api, "bob")
    group = api.post("groups.create", name="crisis", members=["ada"])["group"]
    said = api.post("chat.postMessage", roomId=group["_id"], text="x")["message"]
    there = {"roomId": group["_id"], "msgId": said["_id"], "text": "y", "messageId": said["_id"]}
    nowhere = {"roomId": "x" * 17, "msgId": "y" * 20, "text": "y", "messageId": "y" * 20}
    for call in ("rooms.info", "groups.info", "channels.info", "groups.members"):
        assert bob.get(call, roomId=group["_id"]) == bob.get(call, roomId="x" * 17), call
        assert ada.get(call, roomId=group["_id"])[0] == 200, call
    for call in ("channels.join", "groups.leave"):
        assert bob.post(call, **_of(there, "roomId")) == bob.post(call, **_of(nowhere, "roomId"))
    reaction = {"emoji": "tada"}
    assert bob.post("chat.react", **reaction, **_of(there, "messageId")) == bob.post(
        "chat.react", **reaction, **_of(nowhere, "messageId")
    )
    for call, names in (("chat.delete", ("roomId", "msgId")), ("chat.update", _CHANGED)):
        status, refused = bob.post(call, **_of(there, *names))
        assert refused["error"] == f'No message found with the id of "{said["_id"]}".'
        assert bob.post(call, **_of(nowhere, *names))[0] == status
    assert bob.get("groups.list")[1]["groups"] == []
    assert [one["name"] for one in bob.get("rooms.get")[1]["update"]] == ["general"]
    assert {one["name"] for one in ada.get("rooms.get")[1]["update"]} == {"general", "crisis"}
    assert bob.get("groups.listAll")[0] == 403
    assert api.get("groups.info", roomName="crisis")["group"]["msgs"] == 1


def test_direct_rooms_are_found_by_the_other_s_name(any_api: Api) -> None:
    """im.create answers with rid and both names; im.history, im.messages and im.members take either."""
    api = any_api
    api.post("users.create", username="ada")
    room = api.post("im.create", username="ada")["room"]
    assert room["rid"] == room["_id"]
    assert (room["t"], room["usernames"], room["usersCount"]) == ("d", ["ada", "admin"], 2)
    assert api.post("dm.create", usernames="ada")["room"] == room
    api.post("im.create", 400, usernames="ada,rocket.cat")
    api.post("chat.postMessage", channel="@ada", text="psst")
    for call in ("im.history", "im.messages", "dm.messages"):
        for named in ({"username": "ada"}, {"roomId": room["_id"]}):
            assert [one["msg"] for one in api.get(call, **named)["messages"]] == ["psst"]
    members = api.get("im.members", roomId=room["_id"])["members"]
    assert [one["username"] for one in members] == ["ada", "admin"]
    assert api.get("im.messages", username="nobody")["errorType"] == "error-room-not-found"
    ada_alone = person(api, "bob")
    assert ada_alone.get("im.list")[1]["ims"] == []
    assert api.get("im.list.everyone")["total"] == 1


def test_rooms_get_tells_what_changed(api: Api) -> None:
    """Everything at first, then what changed since."""
    api.post("channels.create", name="ops")
    last = api.post("chat.postMessage", channel="#ops", text="x")["message"]
    assert {one["name"] for one in api.get("rooms.get")["update"]} == {"general", "ops"}
    assert api.get("rooms.get", updatedSince=last["ts"]) == {
        "update": [],
        "remove": [],
        "success": True,
    }
    api.post("chat.postMessage", channel="#general", text="later")
    found = api.get("rooms.get", updatedSince=last["ts"])["update"]
    assert [one["name"] for one in found] == ["general"]


def test_joined_channels_are_listed(api: Api) -> None:
    """channels.list.joined has none before, and that one after."""
    assert api.get("channels.list.joined")["channels"] == []
    api.post("channels.join", roomId=api.get("rooms.info", roomName="general")["room"]["_id"])
    assert [one["name"] for one in api.get("channels.list.joined")["channels"]] == ["general"]


def test_a_history_leaves_out_answers_and_counts_what_is_unread(any_api: Api) -> None:
    """showThreadMessages=false keeps answers that are also for the room; unreads counts the rest."""
    api = any_api
    first = api.post("chat.postMessage", channel="#general", text="first")["message"]
    for text, tshow in (("hidden", False), ("for all", True)):
        message = {"rid": first["rid"], "msg": text, "tmid": first["_id"], "tshow": tshow}
        api.post("chat.sendMessage", message=message)
    api.post("chat.postMessage", channel="#general", text="last")

    def texts(**query: Any) -> list[str]:
        found = api.get("channels.history", roomId=first["rid"], **query)
        return [one["msg"] for one in found["messages"]]

    assert texts() == ["last", "for all", "hidden", "first"]
    assert texts(showThreadMessages="false") == ["last", "for all", "first"]
    unread = api.get(
        "channels.history", roomId=first["rid"], unreads="true", oldest="2020-01-01", count=2
    )
    assert unread["unreadNotLoaded"] == 2
    assert unread["firstUnread"]["_id"] == first["_id"]


@pytest.mark.parametrize("family", ["channels", "groups"])
def test_unknown_people_are_not_invited(api: Api, family: str) -> None:
    """Who is not there is named, and nothing is made."""
    refused = api.post(f"{family}.create", 400, name="new", members=["admin", "nobody"])
    assert refused["errorType"] == "error-invalid-user"
    assert "nobody" in refused["error"]
    assert api.get("rooms.info", roomName="new")["success"] is False
    api.post(f"{family}.create", 400, name="new", members="admin")
    made = api.post(f"{family}.create", name="new")
    room_id = next(iter(made[name] for name in ("channel", "group") if name in made))["_id"]
    refused = api.post(f"{family}.invite", 400, roomId=room_id)
    assert refused["errorType"] == "error-user-param-not-provided"


@pytest.mark.parametrize("path", ["/api/info", "/api/v1/info"])
def test_a_version_is_told_to_everybody(api: Api, path: str) -> None:
    """Without a login, in both places that clients look in."""
    answer = api.app.test_client().get(path)
    told = answer.get_json()
    assert (answer.status_code, told["success"]) == (200, True)
    assert told["info"]["version"].startswith(told["version"])


def test_logging_out_takes_either_method(api: Api) -> None:
    """Rocket.Chat's own SDK logs out with GET."""
    answer = api.client.get("/api/v1/logout", headers=api.headers)
    assert answer.get_json()["data"]["message"] == "You've been logged out!"
    assert api.get("me")["success"] is False


def test_users_info_knows_names_and_ids(api: Api) -> None:
    """And says in Rocket.Chat's words who is not there."""
    made = api.post("users.create", username="ada")["user"]
    assert api.get("users.info", userId=made["_id"])["user"] == made
    assert api.get("users.info", username="ada")["user"] == made
    refused = api.get("users.info", username="nobody")
    assert refused == {"success": False, "error": "User not found."}
