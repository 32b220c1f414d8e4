"""The rocketchat_API library: logging in, rooms, posting and integrations, as a bot's author calls them."""

from __future__ import annotations

import secrets

import pytest
from rocketchat_API.APIExceptions.RocketExceptions import (
    RocketApiException,
    RocketAuthenticationException,
)
from rocketchat_API.rocketchat import RocketChat

from tests.acceptance.conftest import Server
from tests.acceptance.places import Place, post
from tests.support import PASSWORD, script


def url_of(server: Server) -> str:
    return f"http://127.0.0.1:{server.port}"


@pytest.fixture
def rocket(shared_server: Server) -> RocketChat:
    return RocketChat("admin", PASSWORD, server_url=url_of(shared_server))


def test_it_logs_in_and_out(shared_server: Server) -> None:
    """With name and password, or with the token that came of it; after logging out with neither."""
    with pytest.raises(RocketAuthenticationException):
        RocketChat("nobody-of-this-name", "a wrong password", server_url=url_of(shared_server))
    rocket = RocketChat("admin", PASSWORD, server_url=url_of(shared_server))
    me = rocket.me()
    assert (me["username"], me["success"]) == ("admin", True)
    user_id, token = rocket.headers["X-User-Id"], rocket.headers["X-Auth-Token"]
    again = RocketChat(user_id=user_id, auth_token=token, server_url=url_of(shared_server))
    assert again.me()["_id"] == me["_id"]
    again.logout()
    with pytest.raises(RocketApiException):
        rocket.me()


def test_rooms_are_made_and_found(rocket: RocketChat) -> None:
    """channels_create, channels_info by name and id, and channels_list page after page."""
    names = [f"made-{secrets.token_hex(4)}" for _ in range(3)]
    ids = [rocket.channels_create(name)["channel"]["_id"] for name in names]
    assert rocket.channels_info(channel=names[0])["channel"]["_id"] == ids[0]
    assert rocket.channels_info(room_id=ids[1])["channel"]["name"] == names[1]
    listed = {one["name"] for one in rocket.channels_list(count=2)}
    assert {"general", *names} <= listed
    with pytest.raises(RocketApiException):
        rocket.channels_create(names[0])


def test_messages_are_posted_and_read_back(place: Place, rocket: RocketChat) -> None:
    """chat_post_message by room id and by name, with its members; channels_history reads them, in parts too."""
    room = rocket.channels_info(channel=place.room)["channel"]["_id"]
    first = rocket.chat_post_message("by id", room_id=room, alias="Bell", emoji=":bell:")
    rocket.chat_post_message(
        "by name", channel=f"#{place.room}", attachments=[{"title": "T", "color": "#ff0000"}]
    )
    assert first["message"]["u"]["username"] == "admin"
    newest, oldest = rocket.channels_history(room)
    assert (oldest["_id"], oldest["alias"], oldest["emoji"]) == (
        first["message"]["_id"],
        "Bell",
        ":bell:",
    )
    assert (newest["msg"], newest["attachments"][0]["title"]) == ("by name", "T")
    assert [one["msg"] for one in rocket.channels_history(room, count=1)] == ["by name", "by id"]
    later = rocket.channels_history(room, oldest=oldest["ts"])
    assert [one["msg"] for one in later] == ["by name"]
    earlier = rocket.channels_history(room, latest=oldest["ts"], inclusive="true")
    assert [one["msg"] for one in earlier] == ["by id"]


def test_direct_messages_are_sent(place: Place, rocket: RocketChat) -> None:
    """dm_create gives the room with somebody, where chat_post_message posts and dm_history reads."""
    name = place.user()
    room = rocket.dm_create(name)["room"]["_id"]
    rocket.chat_post_message("psst", channel=f"@{name}")
    assert [one["msg"] for one in rocket.dm_history(room)] == ["psst"]
    assert room in [one["_id"] for one in rocket.dm_list()]


def test_private_rooms_are_made_and_used(place: Place, rocket: RocketChat) -> None:
    """groups_create, groups_invite, groups_info, groups_members, groups_history and groups_list."""
    name, person = f"group-{secrets.token_hex(4)}", place.user()
    room = rocket.groups_create(name, members=[person])["group"]["_id"]
    other = rocket.users_info(username=place.user())["user"]
    rocket.groups_invite(room, other["_id"])
    members = {one["username"] for one in rocket.groups_members(room_id=room)}
    assert members == {"admin", person, other["username"]}
    rocket.chat_post_message("secret", room_id=room)
    assert [one["msg"] for one in rocket.groups_history(room)] == ["secret"]
    assert rocket.groups_info(room_name=name)["group"]["msgs"] == 1
    assert room in [one["_id"] for one in rocket.groups_list()]
    assert room in [one["_id"] for one in rocket.groups_list_all()]
    rocket.groups_archive(room)
    with pytest.raises(RocketApiException, match="readonly"):
        rocket.chat_post_message("more", room_id=room)


def test_messages_are_answered_changed_reacted_to_and_deleted(
    place: Place, rocket: RocketChat
) -> None:
    """chat_send_message in a thread, chat_update, chat_react, chat_get_message and chat_delete."""
    room = rocket.rooms_info(room_name=place.room)["room"]["_id"]
    first = rocket.chat_send_message({"rid": room, "msg": "first"})["message"]
    answer = {"rid": room, "msg": "answer", "tmid": first["_id"]}
    rocket.chat_send_message(answer)
    assert [one["msg"] for one in rocket.chat_get_thread_messages(first["_id"])] == ["answer"]
    rocket.chat_update(room, first["_id"], "changed")
    rocket.chat_react(first["_id"])
    rocket.chat_react(first["_id"], "tada")
    rocket.chat_react(first["_id"], "smile")
    found = rocket.chat_get_message(first["_id"])["message"]
    assert (found["msg"], found["reactions"]) == ("changed", {":tada:": {"usernames": ["admin"]}})
    assert "🎉" in place.page()
    assert rocket.chat_delete(room, first["_id"])["_id"] == first["_id"]
    assert place.texts() == ["answer"]
    with pytest.raises(RocketApiException):
        rocket.chat_react(first["_id"])


def test_rooms_are_told_of(place: Place, rocket: RocketChat) -> None:
    """rooms_get and rooms_info have them, channels_members and dm_members who is in them."""
    found = {one["name"]: one for one in rocket.rooms_get()["update"] if "name" in one}
    assert found[place.room] == rocket.rooms_info(room_id=found[place.room]["_id"])["room"]
    assert list(rocket.channels_members(channel=place.room)) == []
    name = place.user()
    room = rocket.dm_create(name)["room"]
    assert {one["username"] for one in rocket.dm_members(room["rid"])} == {"admin", name}
    rocket.chat_post_message("psst", room_id=room["rid"])
    assert [one["msg"] for one in rocket.dm_messages(username=name)] == ["psst"]


def test_users_are_made_and_found(rocket: RocketChat) -> None:
    """users_create, users_info and users_list."""
    name = f"person-{secrets.token_hex(4)}"
    made = rocket.users_create(f"{name}@example.org", "A Person", "a long password", name)
    assert rocket.users_info(username=name)["user"]["_id"] == made["user"]["_id"]
    assert name in {one["username"] for one in rocket.users_list()}


def test_integrations_live_and_die(place: Place, rocket: RocketChat) -> None:
    """integrations_create, call, history, update, get, list and remove."""
    code = script("return { content: { text: request.content.text + '!' } };")
    made = rocket.integrations_create(
        "webhook-incoming",
        "From the library",
        True,
        "rocket.cat",
        f"#{place.room}",
        True,
        script=code,
        alias="Lib",
    )["integration"]
    assert post(made["url"], {"text": "called"}).status == 200
    (message,) = place.messages()
    assert (message["msg"], message["alias"]) == ("called!", "Lib")
    (run,) = rocket.integrations_history(made["_id"])
    assert run["outcome"] == "posted"
    rocket.integrations_update(
        "webhook-incoming", "Off", False, "rocket.cat", f"#{place.room}", True, made["_id"]
    )
    assert rocket.integrations_get(made["_id"])["integration"]["enabled"] is False
    assert post(made["url"], {"text": "called"}).status == 503
    assert made["_id"] in {one["_id"] for one in rocket.integrations_list()}
    rocket.integrations_remove("webhook-incoming", made["_id"])
    assert made["_id"] not in {one["_id"] for one in rocket.integrations_list()}
    assert post(made["url"], {"text": "called"}).status == 404


def test_errors_are_the_librarys(rocket: RocketChat) -> None:
    """What cannot be done is a RocketApiException with success false."""
    with pytest.raises(RocketApiException, match="invalid-channel"):
        rocket.chat_post_message("x", channel="#nowhere-at-all")
    with pytest.raises(RocketApiException):
        rocket.channels_info(channel="nowhere-at-all")
