"""The management API: everything of the first use without the admin pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from admin import create_app
from engine.runtime import Engine
from tests.support import PASSWORD, Api, script

_VIEWS = [
    ("POST", "integrations.create"),
    ("GET", "integrations.list"),
    ("GET", "integrations.get"),
    ("POST", "integrations.update"),
    ("POST", "integrations.remove"),
    ("POST", "integrations.reveal"),
    ("POST", "integrations.renewToken"),
    ("GET", "integrations.versions"),
    ("GET", "integrations.history"),
    ("GET", "integrations.check"),
    ("POST", "integrations.check"),
    ("POST", "integrations.test"),
    ("POST", "integrations.resume"),
    ("POST", "channels.create"),
    ("POST", "channels.archive"),
    ("POST", "channels.unarchive"),
    ("GET", "channels.list"),
    ("GET", "channels.messages"),
    ("GET", "channels.history"),
    ("POST", "im.create"),
    ("POST", "chat.postMessage"),
    ("POST", "users.create"),
    ("GET", "users.list"),
    ("GET", "executions.list"),
    ("GET", "executions.get"),
    ("POST", "executions.replay"),
]


@pytest.mark.parametrize(("method", "name"), _VIEWS)
def test_nothing_is_told_without_a_login(app: Flask, method: str, name: str) -> None:
    """Every call needs a token; a wrong one is none."""
    client = app.test_client()
    for headers in ({}, {"X-User-Id": "x", "X-Auth-Token": "y"}):
        answer = client.open(f"/api/v1/{name}", method=method, json={}, headers=headers)
        assert answer.status_code == 401
        assert answer.get_json()["success"] is False


@pytest.mark.parametrize(
    ("method", "name"), [view for view in _VIEWS if view[1] != "channels.list"]
)
def test_managing_needs_the_role_admin(api: Api, method: str, name: str) -> None:
    """A person without the role may log in and no more."""
    api.post("users.create", username="ada", password="her own password")
    client = api.app.test_client()
    login = client.post("/api/v1/login", json={"user": "ada", "password": "her own password"})
    data = login.get_json()["data"]
    headers = {"X-User-Id": data["userId"], "X-Auth-Token": data["authToken"]}
    answer = client.open(f"/api/v1/{name}", method=method, json={}, headers=headers)
    assert answer.status_code == 403


def test_a_login_ends_with_logout(api: Api) -> None:
    """The token is worth nothing afterwards."""
    assert api.get("me")["username"] == "admin"
    api.post("logout")
    assert api.get("me")["success"] is False


def test_wrong_passwords_and_unknown_names_are_told_alike_and_lock_out(app: Flask) -> None:
    """After five failures even the right password waits, for that name alone."""
    client = app.test_client()
    wrong = [
        client.post("/api/v1/login", json={"user": "admin", "password": "wrong"}) for _ in range(5)
    ]
    unknown = client.post("/api/v1/login", json={"user": "nobody", "password": "wrong"})
    assert {answer.status_code for answer in [*wrong, unknown]} == {401}
    assert wrong[0].get_json() == unknown.get_json()
    locked = client.post("/api/v1/login", json={"user": "admin", "password": PASSWORD})
    assert locked.status_code == 429
    assert int(locked.headers["Retry-After"]) > 60


def test_the_url_is_whole_once_and_dots_later(api: Api) -> None:
    """Creating and revealing show the token, reading does not, renewing ends the old one."""
    hook = api.hook()
    shown = api.get("integrations.get", integrationId=hook.id)["integration"]
    assert hook.token not in str(shown)
    assert hook.token not in str(api.get("integrations.list"))
    revealed = api.post("integrations.reveal", integrationId=hook.id)
    assert revealed["token"] == hook.token
    assert revealed["url"].endswith(hook.path)
    renewed = api.post("integrations.renewToken", integrationId=hook.id)
    assert hook.post({"text": "old"}).status_code == 404
    new_path = f"/hooks/{hook.id}/{renewed['token']}"
    assert hook.post({"text": "new"}, path=new_path).status_code == 200


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"channel": None}, "channel"),
        ({"channel": "general"}, "channel"),
        ({"channel": "#"}, "channel"),
        ({"username": "nobody"}, "username"),
        ({"name": "x" * 129}, "name"),
        ({"name": 5}, "name"),
        ({"enabled": "yes"}, "enabled"),
        ({"lifecycle": "forever"}, "lifecycle"),
        ({"dialect": "irc"}, "dialect"),
        ({"type": "webhook-sideways"}, "type"),
        ({"token": "short"}, "token"),
        ({"limits": {"cpuS": 99}}, "limits"),
        ({"limits": {"cpuS": True}}, "limits"),
        ({"limits": {"nonsense": 1}}, "limits"),
        ({"script": 5}, "script"),
        ({"script": "x" * (256 * 1024 + 1)}, "script"),
        ({"destinations": "rooms"}, "destinations"),
    ],
)
def test_a_wrong_member_is_named(api: Api, members: dict[str, Any], field: str) -> None:
    """The answer says which member is wrong, and nothing is created."""
    given = {"type": "webhook-incoming", "name": "n", "channel": "#general", **members}
    answer = api.client.post("/api/v1/integrations.create", json=given, headers=api.headers)
    assert (answer.status_code, answer.get_json()["details"]["field"]) == (400, field)
    assert api.get("integrations.list")["total"] == 0


@pytest.mark.parametrize(
    ("source", "line", "column", "name"),
    [
        ("class Script {\n  method( {\n}", 3, 2, "SyntaxError"),
        ("class Script {}\nthrow new TypeError('x')", 2, None, "TypeError"),
        ("class Scirpt {}", None, None, "no-script"),
        ("class Script { constructor() {\n undefinedName() } }", 2, None, "ReferenceError"),
    ],
)
def test_a_script_that_cannot_run_is_told_so_at_save(
    api: Api, source: str, line: int | None, column: int | None, name: str
) -> None:
    """Line and column are told; saving it disabled is allowed, enabling it later is not."""
    given: dict[str, Any] = {
        "type": "webhook-incoming",
        "name": "n",
        "channel": "#general",
        "script": source,
    }
    answer = api.post("integrations.create", status=400, **given, scriptEnabled=True)
    problem = answer["details"]["scriptError"]
    assert (problem["name"], problem["line"]) == (name, line)
    if column is not None:
        assert problem["column"] == column
    saved = api.post("integrations.create", **given, scriptEnabled=True, enabled=False)
    integration = saved["integration"]
    assert integration["scriptError"]["name"] == name
    api.post("integrations.update", status=400, integrationId=integration["_id"], enabled=True)
    assert api.post("integrations.check", script=source)["scriptError"]["name"] == name


def test_every_changed_script_is_a_new_version(api: Api) -> None:
    """Saving the same text is none; executions name the version that ran."""
    hook = api.hook(script("return { content: { text: 'one' } }"))
    hook.post({})
    api.post("integrations.update", integrationId=hook.id, name="renamed")
    api.post(
        "integrations.update",
        integrationId=hook.id,
        script=script("return { content: { text: 'two' } }"),
    )
    hook.post({})
    assert [one["scriptVersion"] for one in api.executions()] == [2, 1]
    versions = api.get("integrations.versions", integrationId=hook.id)["versions"]
    assert [one["version"] for one in versions] == [2, 1]
    assert "'one'" in versions[1]["script"]


def test_a_removed_integration_leaves_its_log_and_messages(api: Api) -> None:
    """Its URL is unknown from then on."""
    hook = api.hook(script("return { content: { text: 'kept' } }"))
    hook.post({})
    api.post("integrations.remove", integrationId=hook.id)
    assert hook.post({}).status_code == 404
    assert [message["msg"] for message in api.messages()] == ["kept"]
    assert {one["integrationName"] for one in api.executions(outcome="posted")} == {"Hook"}


def test_a_stored_request_can_be_replayed(api: Api) -> None:
    """The stored bytes run through the script as it is now; the new row is marked."""
    hook = api.hook(script("throw new Error('bug')"))
    hook.post(data=b'{"n":  7}', content_type="application/json", headers={"X-Event": "e"})
    failed = hook.last()
    fixed = script("return { content: { text: request.content_raw + request.headers['x-event'] } }")
    api.post("integrations.update", integrationId=hook.id, script=fixed)
    answer = api.post("executions.replay", executionId=failed["_id"])
    assert answer["outcome"] == "posted"
    assert api.messages()[0]["msg"] == '{"n":  7}e'
    replayed = api.get("executions.get", executionId=answer["executionId"])["execution"]
    assert (replayed["kind"], replayed["replayOf"]) == ("replay", failed["_id"])


def test_a_test_run_posts_nothing_and_shows_everything(api: Api) -> None:
    """An unsaved script is tried against a request; the row is marked as a test."""
    hook = api.hook(script("return { content: { text: 'saved' } }"))
    tried = script("console.log('tried'); return { content: { text: request.content.a } }")
    answer = api.post(
        "integrations.test", integrationId=hook.id, script=tried, body='{"a": "unsaved"}'
    )
    assert (answer["outcome"], answer["messages"][0]["msg"]) == ("posted", "unsaved")
    assert api.messages() == []
    assert hook.last()["kind"] == "test"
    assert hook.last()["console"][0]["text"] == "tried"


def test_lists_have_count_offset_and_filters(api: Api) -> None:
    """Newest first, a window at a time; an unknown outcome is refused."""
    hook = api.hook()
    for n in range(5):
        hook.post({"text": str(n)})
    hook.post({"attachments": [5]})
    page = api.get("executions.list", count=2, offset=1)
    assert (page["count"], page["offset"], page["total"]) == (2, 1, 6)
    assert api.get("executions.list", outcome="invalid-message")["total"] == 1
    assert api.get("executions.list", search="3")["total"] >= 1
    assert api.get("executions.list", outcome="nonsense")["details"]["field"] == "outcome"
    assert api.get("executions.list", count="x")["details"]["field"] == "count"
    assert [
        one["msg"] for one in api.get("channels.messages", roomName="general", count=2)["messages"]
    ] == ["4", "3"]


def test_a_rooms_history_has_an_end_and_a_beginning(api: Api) -> None:
    """Times to the millisecond, with any zone; what is no time is refused."""
    given = [api.post("chat.postMessage", channel="#general", text=str(n)) for n in range(3)]
    first, middle, last = (one["message"]["ts"] for one in given)

    def texts(**query: str) -> list[str]:
        found = api.get("channels.history", roomName="general", **query)
        assert found["total"] == len(found["messages"])
        return [one["msg"] for one in found["messages"]]

    assert texts() == ["2", "1", "0"]
    assert texts(oldest=first, inclusive="true") == ["2", "1", "0"]
    assert set(texts(oldest=middle, latest=last)) == set()
    assert texts(latest=first.replace("Z", "+00:00")) == []
    assert "2" in texts(latest=last, inclusive="true")
    assert (
        api.get("channels.history", roomName="general", oldest="yesterday")["details"]["field"]
        == "oldest"
    )


def test_a_direct_room_is_made_once(api: Api) -> None:
    """im.create answers with the caller's room with somebody, who has to exist."""
    api.post("users.create", username="ada")
    first, again = (api.post("im.create", username=name)["room"] for name in ("ada", "@ada"))
    assert first == again
    assert [one["_id"] for one in api.get("im.list")["ims"]] == [first["_id"]]
    assert api.post("im.create", 400, username="nobody")["error"] == "invalid-channel"


def test_posting_as_oneself(api: Api) -> None:
    """chat.postMessage posts to a room as the caller, with the same validation."""
    answer = api.post("chat.postMessage", channel="#general", text="hello")
    assert answer["message"]["u"]["username"] == "admin"
    assert api.messages()[0]["msg"] == "hello"
    refused = api.post("chat.postMessage", status=400, channel="#missing", text="x")
    assert refused["error"] == "invalid-channel"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"5"])
def test_bodies_that_are_no_objects_are_refused(api: Api, body: bytes) -> None:
    """A clear 400, never a 500."""
    for name in ("integrations.create", "users.create", "login", "executions.replay"):
        answer = api.client.post(f"/api/v1/{name}", data=body, headers=api.headers)
        assert answer.status_code == 400, name


def test_unknown_things_are_404_in_json(api: Api) -> None:
    """Ids that do not exist, and calls that do not."""
    assert "no integration" in api.get("integrations.get", integrationId="x")["error"]
    assert "no execution" in api.get("executions.get", executionId="x")["error"]
    assert api.get("no.such.call")["success"] is False


def test_health_is_told(api: Api) -> None:
    """Alive and ready, with what is wrong by name."""
    assert api.client.get("/healthz").get_json() == {"status": "ok"}
    ready = api.client.get("/readyz")
    assert (ready.status_code, ready.get_json()["database"]) == (200, "ok")
    assert ready.get_json()["layers"]["no new privileges"]


def test_usernames_are_unique_and_sane(api: Api) -> None:
    """A taken name is a conflict, an odd one is refused, a short password too."""
    api.post("users.create", username="bot1")
    api.post("users.create", status=400, username="bot1")
    api.post("users.create", status=400, username="no spaces")
    api.post("users.create", status=400, username="x", password="short")
    assert {"admin", "rocket.cat", "bot1"} <= {
        u["username"] for u in api.get("users.list")["users"]
    }


# -- what cannot be meant -------------------------------------------------------------------------

_DEEP: Any = 1
for _ in range(300):
    _DEEP = {"a": _DEEP}


@pytest.fixture(params=["sqlite", "postgresql"])
def anywhere(
    request: pytest.FixtureRequest, make_engine: Callable[..., Engine], postgres_url: Any
) -> Api:
    """An application on each kind of database."""
    url = postgres_url() if request.param == "postgresql" else ""
    return Api(create_app(engine=make_engine(database_url=url)))


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
@pytest.mark.parametrize("name", ["oldest", "latest"])
def test_a_time_that_no_clock_shows_is_refused(api: Api, name: str, moment: str) -> None:
    """By its name."""
    refused = api.get("channels.history", roomName="general", **{name: moment})
    assert (refused["success"], refused.get("details", {}).get("field")) == (False, name)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        ("executions.list", "integrationId"),
        ("executions.list", "search"),
        ("deliveries.list", "integrationId"),
        ("deliveries.list", "executionId"),
        ("deliveries.list", "destinationId"),
    ],
)
def test_a_list_is_not_narrowed_to_a_nul(anywhere: Api, call: str, name: str) -> None:
    """PostgreSQL would not even compare it."""
    refused = anywhere.get(call, **{name: "a\x00b"})
    assert (refused["success"], refused.get("details", {}).get("field")) == (False, name)


@pytest.mark.parametrize("members", [{"customFields": _DEEP}, {"attachments": [{"x": _DEEP}]}])
def test_what_nests_too_deep_to_be_stored_is_refused(api: Api, members: dict[str, Any]) -> None:
    """Waiting would not help, as a 503 says it does."""
    api.post("chat.postMessage", 400, channel="#general", text="x", **members)
    assert api.messages() == []


def test_a_trial_takes_whatever_is_made_up(anywhere: Api) -> None:
    """Or says why not."""
    outgoing: dict[str, Any] = {
        "type": "webhook-outgoing",
        "channel": "#general",
        "urls": ["https://far.example/"],
    }
    made = anywhere.post("integrations.create", **outgoing)["integration"]
    trial: dict[str, Any] = {"integrationId": made["_id"]}
    anywhere.post("integrations.test", **trial, body='{"channel_name": "a\\u0000b"}')
    words: dict[str, Any] = {**outgoing, "dialect": "mattermost"}
    other = anywhere.post("integrations.create", **words)["integration"]
    anywhere.post("integrations.test", integrationId=other["_id"], body='{"timestamp": "soon"}')
    anywhere.post("integrations.test", 400, **trial, body='{"a": %s}' % ("[" * 400 + "]" * 400))
    hook = anywhere.hook().id
    anywhere.post("integrations.test", 400, integrationId=hook, script=5)
    anywhere.post("integrations.test", integrationId=hook, method="\x00", query="a=\x00")
