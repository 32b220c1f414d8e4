"""What calls of the API take: all of it declared, each with its effect, and the rest refused by name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from engine.web.api.parameters import declared_by
from tests.support import Api, script

#: It answers what no other call does.
_UNKNOWN = "api.unknown"


def calls(api: Api) -> Iterator[tuple[str, str, Any]]:
    """Yield (method, path, view) of every call of the API."""
    for rule in api.app.url_map.iter_rules():
        if not rule.endpoint.startswith(("api.", "server.")) or rule.endpoint == _UNKNOWN:
            continue
        families = re.search(r"<any\((\w+)", rule.rule)  # the kinds of rooms that it is for
        built = rule.build({"family": families[1]} if families else {})
        assert built is not None
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT"}):
            yield method, built[1], api.app.view_functions[rule.endpoint]


def test_every_call_declares_what_it_takes(api: Api) -> None:
    """A new call cannot be forgotten: what it does not declare it does not get."""
    found = list(calls(api))
    assert len(found) > 60
    assert [path for _, path, view in found if declared_by(view) is None] == []


def test_no_call_takes_what_it_does_not_know(api: Api) -> None:
    """A name that nobody knows is refused, and said; destinations, whose types differ, refuse in their own words."""
    for method, path, view in calls(api):
        declared = declared_by(view)
        if declared is None or declared.more:
            continue
        given = (
            {"query_string": {"nonsense": "1"}} if method == "GET" else {"json": {"nonsense": 1}}
        )
        answer = api.client.open(path, method=method, headers=api.headers, **given)
        assert answer.status_code == 400, path
        assert "nonsense" in answer.get_json()["error"], path
        assert answer.get_json()["errorType"] == "error-invalid-params", path


def named(listed: Any, member: str = "name") -> list[Any]:
    return [one[member] for one in listed]


def test_a_room_is_made_as_it_was_asked_for(api: Api) -> None:
    """readOnly, members, extraData.topic and excludeSelf; what rooms have not is refused with its name."""
    api.post("users.create", username="ada")
    made = api.post(
        "channels.create",
        name="quiet",
        readOnly=True,
        members=["ada"],
        extraData={"topic": "Shh", "broadcast": False},
        excludeSelf=False,
    )["channel"]
    assert (made["ro"], made["topic"], made["usersCount"]) == (True, "Shh", 2)
    alone = api.post("groups.create", name="theirs", members=["ada"], excludeSelf=True)["group"]
    assert named(api.get("groups.members", roomId=alone["_id"])["members"], "username") == ["ada"]
    for extra in ("broadcast", "encrypted", "federated"):
        refused = api.post("groups.create", 400, name="x", extraData={extra: True})
        assert extra in refused["error"]
    assert "teams" in api.post("channels.create", 400, name="x", teams=["a"])["error"]
    assert (
        "topics" in api.post("channels.create", 400, name="x", extraData={"topics": "a"})["error"]
    )
    assert "x" not in named(api.get("channels.list")["channels"])


def test_direct_rooms_are_of_two_people(api: Api) -> None:
    """By username or usernames, of others with excludeSelf; of more or fewer it is refused, and why."""
    for name in ("ada", "grace"):
        api.post("users.create", username=name)
    mine = api.post("im.create", username="ada")["room"]
    assert api.post("im.create", usernames="@ada")["room"]["_id"] == mine["_id"]
    assert api.post("im.create", usernames="ada, admin")["room"]["_id"] == mine["_id"]
    theirs = api.post("im.create", usernames="ada,grace", excludeSelf=True)["room"]
    assert theirs["usernames"] == ["ada", "grace"]
    for given in (
        {"usernames": "ada,grace"},
        {"usernames": "ada", "excludeSelf": True},
        {"usernames": ", ,"},
        {"usernames": "ada", "username": "ada"},
    ):
        assert "usernames" in api.post("im.create", 400, **given)["error"], given


def test_lists_of_rooms_are_narrowed_and_sorted(api: Api) -> None:
    """_id, sort, query and fields; what they cannot be is refused with what they can."""
    for name, topic in (("b", "one"), ("c", "two"), ("a", "two")):
        api.post("channels.create", name=name, topic=topic)
    api.post("chat.postMessage", channel="#c", text="x")

    def listed(**query: Any) -> Any:
        given = {
            name: one if isinstance(one, str) else json.dumps(one) for name, one in query.items()
        }
        return api.get("channels.list", **given)

    assert named(listed(sort={"name": -1})["channels"]) == ["general", "c", "b", "a"]
    assert named(listed(sort={"msgs": -1, "name": 1})["channels"]) == ["c", "a", "b", "general"]
    found = listed(query={"topic": "two"}, sort={"name": 1}, count="1")
    assert (named(found["channels"]), found["total"], found["count"]) == (["a"], 2, 1)
    assert named(listed(query={"name": {"$in": ["a", "x"]}})["channels"]) == ["a"]
    either = {"$or": [{"name": "b"}, {"msgs": {"$gte": 1}}]}
    assert named(listed(query=either)["channels"]) == ["b", "c"]
    assert named(listed(query={"name": {"$ne": "a"}, "topic": "two"})["channels"]) == ["c"]
    (one,) = listed(_id=found["channels"][0]["_id"], fields={"name": 1})["channels"]
    assert one == {"_id": found["channels"][0]["_id"], "name": "a"}
    assert "msgs" not in listed(fields={"msgs": 0})["channels"][0]
    for refused in (
        {"sort": "name"},
        {"sort": {"name": 2}},
        {"sort": {"nonsense": 1}},
        {"query": "[]"},
        {"query": {"nonsense": 1}},
        {"query": {"name": {"$regex": "a"}}},
        {"query": {"name": {"$in": "a"}}},
        {"fields": {"name": 1, "topic": 0}},
        {"fields": "name"},
    ):
        (name,) = refused
        answer = listed(**refused)
        assert answer["errorType"] == f"error-invalid-{name}", refused
        assert name in answer["error"]


def test_members_are_filtered(api: Api) -> None:
    """filter is a part of a name, sort an order, and nobody learns an address by asking for it."""
    for name in ("ada", "adam", "grace"):
        api.post("users.create", username=name, email=f"{name}@example.org")
    api.post("channels.create", name="all", members=["ada", "adam", "grace"])

    def members(**query: str) -> Any:
        return api.get("channels.members", roomName="all", **query)

    assert named(members(filter="ADA")["members"], "username") == ["ada", "adam"]
    assert members(filter="ada", count="1")["total"] == 2
    assert named(members(sort='{"username": -1}')["members"], "username") == [
        "grace",
        "adam",
        "ada",
    ]
    assert members(query='{"emails.address": "ada@example.org"}')["members"] == []
    assert (
        "status"
        in api.get("channels.members", **{"roomName": "all", "status[]": "online"})["error"]
    )


def test_messages_are_found_by_mention_and_sorted(api: Api) -> None:
    """mentionIds, sort, fields, pinned and starredIds."""
    ada = api.post("users.create", username="ada")["user"]["_id"]
    for text in ("one", "@ada two", "mail ada@example.org, @adam", "@Ada, three", "@all four"):
        api.post("chat.postMessage", channel="#general", text=text)

    def texts(**query: str) -> list[str]:
        return named(api.get("channels.history", roomName="general", **query)["messages"], "msg")

    assert texts(mentionIds=ada) == ["@Ada, three", "@ada two"]
    assert texts(mentionIds=f"{ada},all", count="2", offset="1") == ["@Ada, three", "@ada two"]
    assert texts(mentionIds="nobody") == []
    assert texts(sort='{"ts": 1}')[:2] == ["one", "@ada two"]
    assert texts(sort='{"ts": 1}', count="1", unreads="true", oldest="2020-01-01T00:00:00Z") == [
        "one"
    ]
    assert texts(pinned="true") == texts(starredIds=ada) == []
    assert len(texts(pinned="false")) == 5
    (first, *_) = api.get("channels.messages", roomName="general", fields='{"msg": 1}')["messages"]
    assert set(first) == {"_id", "msg"}
    for given in ({"query": "{}x"}, {"sort": '{"msg": 1}'}, {"pinned": "maybe"}):
        (name,) = given
        refused = api.get("channels.messages", roomName="general", **given)
        assert refused["success"] is False
        assert name in refused["error"]


def test_threads_are_found_and_paged(api: Api) -> None:
    """aroundId and sort of a thread; type, text and sort of a room's threads."""
    room = api.get("channels.info", roomName="general")["channel"]["_id"]

    def say(text: str, **members: Any) -> str:
        return str(
            api.post("chat.postMessage", roomId=room, text=text, **members)["message"]["_id"]
        )

    first, other = say("Deploy failed"), say("Lunch?")
    ids = [say(f"answer {n}", tmid=first) for n in range(5)]
    say("yes", tmid=other)

    def answers(**query: str) -> list[str]:
        return named(api.get("chat.getThreadMessages", tmid=first, **query)["messages"], "msg")

    assert answers(aroundId=ids[3], count="3") == ["answer 2", "answer 3", "answer 4"]
    assert answers(sort='{"ts": -1}', count="2") == ["answer 4", "answer 3"]
    assert api.get("chat.getThreadMessages", tmid=first, aroundId=other)["success"] is False

    def threads(**query: str) -> list[str]:
        return named(api.get("chat.getThreadsList", rid=room, **query)["threads"], "msg")

    assert threads() == ["Lunch?", "Deploy failed"]
    assert threads(text="deploy") == ["Deploy failed"]
    assert threads(sort='{"tcount": -1}') == ["Deploy failed", "Lunch?"]
    assert threads(type="following", count="1", offset="1") == ["Deploy failed"]
    assert "type" in api.get("chat.getThreadsList", rid=room, type="unread")["error"]


def test_a_user_is_made_as_asked_for_or_refused(api: Api) -> None:
    """email, active, joinDefaultChannels and roles are kept; what users have not is refused with its name."""
    made = api.post(
        "users.create",
        username="ada",
        name="Ada",
        email="ada@example.org",
        password="a long password",
        roles=["user", "admin"],
        active=False,
        joinDefaultChannels=True,
        verified=True,
        fields='{"emails": 1, "active": 1, "roles": 1}',
    )["user"]
    assert set(made) == {"_id", "emails", "active", "roles"}
    assert (made["emails"][0]["address"], made["active"]) == ("ada@example.org", False)
    assert named(api.get("channels.members", roomName="general")["members"]) == ["Ada"]
    login = {"user": "ada", "password": "a long password"}
    assert api.client.post("/api/v1/login", json=login).status_code == 401
    for name, value in {
        "bio": "x",
        "nickname": "x",
        "statusText": "x",
        "customFields": {"a": 1},
        "requirePasswordChange": True,
        "setRandomPassword": True,
        "sendWelcomeEmail": True,
        "freeSwitchExtension": "1",
    }.items():
        assert name in api.post("users.create", 400, username="bob", **{name: value})["error"]
    assert "bob" not in named(api.get("users.list")["users"], "username")


def test_users_are_found(api: Api) -> None:
    """users.list by email, query, sort and fields; users.info by email, with rooms and with fields."""
    for name in ("ada", "grace"):
        api.post(
            "users.create", username=name, password="a long password", email=f"{name}@Example.org"
        )
    api.post("groups.create", name="crisis", members=["ada"])

    def listed(**query: str) -> Any:
        return api.get("users.list", **query)

    assert named(listed(email="GRACE@")["users"], "username") == ["grace"]
    assert (listed(email="@example")["total"], listed(email="@example", count="1")["count"]) == (
        2,
        1,
    )
    assert named(listed(query='{"type": "bot"}')["users"], "username") == ["rocket.cat"]
    # What Rocket.Chat's JavaScript SDK asks for.
    online = listed(fields='{"username": 1}', query='{"status": {"$ne": "offline"}}')["users"]
    assert all(set(one) == {"_id", "username"} for one in online)
    assert len(online) == 4
    assert named(listed(sort='{"username": -1}', count="1")["users"], "username") == ["rocket.cat"]
    found = api.get("users.info", email="Ada@example.org", includeUserRooms="true")["user"]
    assert (found["username"], named(found["rooms"])) == ("ada", ["crisis"])
    assert set(api.get("users.info", username="ada", fields='{"name": 1}')["user"]) == {
        "_id",
        "name",
    }
    assert "importId" in api.get("users.info", importId="x")["error"]


@pytest.mark.parametrize(
    "given",
    [
        {"user": "ada"},
        {"username": "ada"},
        {"user": {"username": "ada"}},
        {"user": {"email": "ada@example.org"}},
        {"email": "ADA@example.org"},
        {"user": "ada@example.org"},
    ],
)
def test_a_login_names_the_user_in_each_way(api: Api, given: dict[str, Any]) -> None:
    """By name or email, also in an object; a digest of the password is refused with the reason."""
    api.post("users.create", username="ada", password="a long password", email="ada@example.org")

    def log_in(password: Any) -> Any:
        return api.client.post("/api/v1/login", json={**given, "password": password})

    assert log_in("a long password").get_json()["data"]["me"]["username"] == "ada"
    assert log_in("another password").status_code == 401
    refused = log_in({"digest": "00" * 32, "algorithm": "sha-256"})
    assert (refused.status_code, "password" in refused.get_json()["error"]) == (400, True)
    coded = api.client.post("/api/v1/login", json={**given, "password": "x", "code": "123"})
    assert (coded.status_code, "code" in coded.get_json()["error"]) == (400, True)


def outgoing(api: Api, url: str, name: str = "Out") -> str:
    given: dict[str, Any] = {"type": "webhook-outgoing", "name": name, "channel": "#general"}
    given["urls"] = [url]
    return str(api.post("integrations.create", **given)["integration"]["_id"])


def test_integrations_are_named_by_what_they_call(api: Api) -> None:
    """target_url names an outgoing one to change or remove; a type that it is not of finds nothing."""
    url = "https://called.example.org/hook"
    one, hook = outgoing(api, url), api.hook().id
    changed = api.post("integrations.update", type="webhook-outgoing", target_url=url, name="New")
    assert (changed["integration"]["_id"], changed["integration"]["name"]) == (one, "New")
    for refused in (
        {"type": "webhook-incoming", "target_url": url},
        {"type": "webhook-outgoing", "integrationId": hook},
        {"type": "webhook-outgoing", "target_url": f"{url}/other"},
        {"type": "webhook-other", "integrationId": hook},
        {"type": "webhook-outgoing"},
    ):
        assert api.post("integrations.remove", 400, **refused)["success"] is False
    removed = api.post("integrations.remove", type="webhook-outgoing", target_url=url)
    assert removed["integration"]["_id"] == one
    assert named(api.get("integrations.list")["integrations"], "_id") == [hook]


def test_integrations_are_listed_as_asked_for(api: Api) -> None:
    """By name, type, query and sort; integrations.get by who made it."""
    for name in ("Build", "Alerts", "Rebuild"):
        api.hook(name=name)
    outgoing(api, "https://called.example.org/", "Builder")

    def listed(**query: str) -> list[str]:
        return named(api.get("integrations.list", **query)["integrations"])

    assert listed(name="build") == ["Build", "Builder", "Rebuild"]
    assert listed(name="build", type="webhook-incoming") == ["Build", "Rebuild"]
    assert listed(sort='{"name": -1}', count="2") == ["Rebuild", "Builder"]
    assert listed(query='{"urls": "https://called.example.org/"}') == ["Builder"]
    made = api.hook(name="Mine").id
    me = api.headers["X-User-Id"]
    assert (
        api.get("integrations.get", integrationId=made, createdBy=me)["integration"]["_id"] == made
    )
    assert api.get("integrations.get", integrationId=made, createdBy="x")["success"] is False


def test_an_integration_is_sent_back_as_it_was_told(api: Api) -> None:
    """What integrations.get answers can be changed and sent; what the caller may not set changes nothing."""
    made = api.hook(script("return null;"), name="Round")
    told = api.get("integrations.get", integrationId=made.id)["integration"]
    told["alias"] = "Bell"
    changed = api.post("integrations.update", integrationId=made.id, **told)["integration"]
    assert (changed["alias"], changed["_createdAt"]) == ("Bell", told["_createdAt"])
    assert made.post({}).status_code == 200  # its address is the same
    refused = api.post(
        "integrations.update", 400, integrationId=made.id, token="another-token-here"
    )
    assert "token" in refused["error"]
    for name, value in {"urls": ["https://x.example/"], "runOnEdits": True}.items():
        sent: dict[str, Any] = {"integrationId": made.id, name: value}
        assert name in api.post("integrations.update", 400, **sent)["error"]
    api.post(
        "integrations.update",
        integrationId=made.id,
        urls=[],
        overrideDestinationChannelEnabled=None,
    )


def test_the_history_is_sorted(api: Api) -> None:
    """integrations.history is newest first, or as sort says; a query is refused with what there is instead."""
    made = api.hook()
    for text in ("one", "two"):
        made.post({"text": text})

    def bodies(**query: str) -> list[str]:
        told = api.get("integrations.history", id=made.id, **query)["history"]
        return [json.loads(one["request"]["body"])["text"] for one in told]

    assert bodies() == ["two", "one"]
    assert bodies(sort='{"_createdAt": 1}') == ["one", "two"]
    assert bodies(sort='{"_updatedAt": -1}', count="1") == ["two"]
    assert "executions.list" in api.get("integrations.history", id=made.id, query="{}x")["error"]
