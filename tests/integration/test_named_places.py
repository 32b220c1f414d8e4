"""What is saved must be there: rooms and users that integrations name, and pictures they show."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from engine.models import Integration
from engine.runtime import Engine
from tests.integration.admin_fixtures import Browser, administrator, form, shown
from tests.outgoing import eventually
from tests.support import Api, Hook, script

POST = script("return { content: { text: request.content.text } }")
INCOMING: dict[str, Any] = {"type": "webhook-incoming", "name": "Hook"}
OUTGOING: dict[str, Any] = {
    "type": "webhook-outgoing",
    "name": "Out",
    "event": "sendMessage",
    "urls": ["https://example.com/x"],
}


@pytest.fixture
def browser(app: Flask) -> Browser:
    return administrator(app)


def tag(answer: TestResponse, name: str) -> str:
    """Return the tag of a field."""
    (found,) = re.findall(rf'<(?:input|select|textarea)[^>]* name="{name}"[^>]*>', answer.text)
    return str(found)


def room_names(api: Api) -> set[str]:
    return {one["name"] for one in api.get("channels.list")["channels"]}


def store(engine: Engine, hook: Hook, **columns: Any) -> None:
    """Write what today's checks would refuse, as it was saved before there were any."""
    with engine.database.write() as session:
        session.execute(sa.update(Integration).where(Integration.id == hook.id).values(**columns))


# -- rooms and users ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("members", "field", "missing"),
    [
        ({**INCOMING, "channel": "#general, #nowhere"}, "channel", ["#nowhere"]),
        ({**INCOMING, "channel": "@nobody"}, "channel", ["@nobody"]),
        ({**INCOMING, "channel": ["#a", "@b", "#c d"]}, "channel", ["#a", "@b", "#c d"]),
        ({**OUTGOING, "targetRoom": "#nowhere"}, "targetRoom", ["#nowhere"]),
        ({**OUTGOING, "targetRoom": "@nobody"}, "targetRoom", ["@nobody"]),
    ],
)
def test_a_room_or_user_that_is_not_there_is_said_when_it_is_saved(
    api: Api, members: dict[str, Any], field: str, missing: list[str]
) -> None:
    """400 with Rocket.Chat's error, and which it is; nothing is saved."""
    refused = api.post("integrations.create", 400, **members)
    assert refused["errorType"] == "error-invalid-room"
    assert (refused["details"]["field"], refused["details"]["missing"]) == (field, missing)
    assert all(one in refused["error"] for one in missing)
    assert api.get("integrations.list")["total"] == 0
    assert room_names(api) == {"general"}


def test_what_an_outgoing_integration_listens_to_may_be_made_later(api: Api) -> None:
    """`roomCreated` waits for just that."""
    made = api.post("integrations.create", **{**OUTGOING, "channel": "#later"})["integration"]
    assert made["channel"] == ["#later"]


def test_an_update_is_asked_for_what_it_names_and_nothing_else(api: Api, engine: Engine) -> None:
    """An integration whose room is missing can be changed otherwise."""
    hook = api.hook(POST)
    refused = api.post("integrations.update", 400, integrationId=hook.id, channel="#nowhere")
    assert refused["errorType"] == "error-invalid-room"
    store(engine, hook, channels=["#nowhere"])
    api.post("integrations.update", integrationId=hook.id, name="another")
    assert api.get("integrations.get", integrationId=hook.id)["integration"]["name"] == "another"
    assert hook.post({"text": "x"}).get_json()["error"] == "invalid-channel"


def test_rooms_are_made_when_the_caller_says_so(api: Api) -> None:
    """All that are missing, or those that are named; a user or an impossible name is not made."""
    hook = api.hook(POST, channel="#one, #general", createRooms=True)
    assert hook.post({"text": "x"}).status_code == 200
    assert api.messages("one")[0]["msg"] == "x"
    api.post("integrations.update", integrationId=hook.id, channel="#two", createRooms=["#two"])
    other = api.post(
        "integrations.create", 400, **INCOMING, channel="#three,#four", createRooms=["#three"]
    )
    assert other["details"]["missing"] == ["#four"]
    for channel in ("@nobody", "#no name"):
        refused = api.post(
            "integrations.create", 400, **INCOMING, channel=channel, createRooms=True
        )
        assert refused["details"]["missing"] == [channel]
        assert "createRooms" not in refused["error"]
    api.post("integrations.create", 400, **INCOMING, channel="#five", createRooms="yes")
    assert room_names(api) == {"general", "one", "two"}


def test_a_room_that_is_made_is_told_to_who_waits_for_it(api: Api) -> None:
    """An outgoing integration that listens for new rooms hears of it."""
    waits = {**OUTGOING, "event": "roomCreated", "targetRoom": "#general"}
    api.post("integrations.create", **waits)
    api.hook(POST, channel="#fresh", createRooms=True)
    eventually(lambda: [one for one in api.executions() if one["kind"] == "outgoing"])


def test_ids_are_names_too(api: Api) -> None:
    """As in Rocket.Chat: a room's id or name, a user's id or name."""
    room = api.post("channels.create", name="ops")["channel"]["_id"]
    hook = api.hook(POST, channel=[f"#{room}", f"@{api.headers['X-User-Id']}", "@rocket.cat"])
    assert hook.post({"text": "x"}).status_code == 200
    assert api.messages("ops")[0]["msg"] == "x"


def test_channels_of_another_system_are_not_looked_for_here(api: Api) -> None:
    """One that posts to a destination alone names what is there."""
    far = api.post(
        "destinations.create", type="rocketchat", name="Far", url="https://example.com/hooks/a/b"
    )["destination"]["_id"]
    hook = api.hook(POST, channel="#far-away", destinations=[far])
    refused = api.post("integrations.update", 400, integrationId=hook.id, destinations=["rooms"])
    assert refused["details"]["missing"] == ["#far-away"]


def test_the_page_says_which_room_is_missing_and_makes_it(browser: Browser, api: Api) -> None:
    """One button makes it and saves all that was typed."""
    page = "/admin/integrations/new/"
    answer = browser.post(page, **form(channel="#general, #builds"))
    assert answer.status_code == 422
    assert "There is no room #builds" in shown(answer)
    assert 'aria-invalid="true"' in tag(answer, "channel")
    assert 'name="create_rooms" value="#builds"' in answer.text
    assert api.get("integrations.list")["total"] == 0
    made = browser.post(page, **form(channel="#general, #builds", create_rooms="#builds"))
    assert made.status_code == 302
    assert "#builds is new." in shown(browser.get(made.location))
    (found,) = api.get("integrations.list")["integrations"]
    assert found["channel"] == ["#general", "#builds"]
    again = browser.post(made.location, **form(channel="#more", create_rooms="#more", base="1"))
    assert again.status_code == 302
    assert room_names(api) == {"general", "builds", "more"}


def test_the_page_offers_to_make_no_users(browser: Browser, api: Api) -> None:
    """Only rooms, and of those only what can be a room's name."""
    answer = browser.post("/admin/integrations/new/", **form(channel="@nobody, #no name"))
    assert answer.status_code == 422
    assert "There is no room #no name and no user @nobody" in shown(answer)
    assert "create_rooms" not in answer.text


def test_where_a_destination_tells_of_its_troubles_is_looked_for_too(api: Api) -> None:
    """A notice that finds no room would be noticed by nobody."""
    far: dict[str, Any] = {
        "type": "rocketchat",
        "name": "Far",
        "url": "https://example.com/hooks/a/b",
    }
    refused = api.post("destinations.create", 400, **far, noticeRoom="#nowhere")
    assert refused["details"]["field"] == "noticeRoom"
    made = api.post("destinations.create", **far, noticeRoom="#general")["destination"]["_id"]
    api.post("destinations.update", 400, destinationId=made, noticeRoom="@nobody")
    api.post("destinations.update", destinationId=made, noticeRoom="")


# -- pictures -------------------------------------------------------------------------------------

BAD_AVATARS = ["javascript:alert(1)", "mailto:a@b.c", "file:///etc/passwd", "data:text/html,x"]
GOOD_AVATARS = [
    "https://example.com/a.png",
    "/assets/a.png",
    "data:image/png;base64,iVBORw0KGgo=",
    "",
]


@pytest.mark.parametrize("avatar", BAD_AVATARS)
def test_an_avatar_that_no_message_could_have_is_refused_when_it_is_saved(
    api: Api, browser: Browser, avatar: str
) -> None:
    """By the API and in the page, for both directions, with what is wrong with it."""
    for members in ({**INCOMING, "channel": "#general"}, OUTGOING):
        refused = api.post("integrations.create", 400, **members, avatar=avatar)
        assert (refused["details"]["field"], refused["errorType"]) == (
            "avatar",
            "error-invalid-params",
        )
    hook = api.hook(POST)
    api.post("integrations.update", 400, integrationId=hook.id, avatar=avatar)
    page = browser.post(f"/admin/integrations/{hook.id}/", **form(avatar=avatar, base="1"))
    assert page.status_code == 422
    assert 'aria-invalid="true"' in tag(page, "avatar")
    assert api.get("integrations.get", integrationId=hook.id)["integration"]["avatar"] == ""


@pytest.mark.parametrize("avatar", GOOD_AVATARS)
def test_an_avatar_that_messages_can_have_is_saved_and_shown(api: Api, avatar: str) -> None:
    """An address, a path on this server, a picture in a `data:` address."""
    hook = api.hook(POST, avatar=avatar)
    assert hook.post({"text": "x"}).status_code == 200
    assert api.messages()[0].get("avatar", "") == avatar


def test_a_bad_avatar_of_old_is_left_out(api: Api, engine: Engine) -> None:
    """Calls go on, the emoji stands in for it, and the log says what is wrong; a caller's own is used."""
    hook = api.hook(POST)
    store(engine, hook, avatar="javascript:alert(1)", emoji=":bell:")
    assert hook.post({"text": "x"}).status_code == 200
    message = api.messages()[0]
    assert (message["msg"], message["emoji"], message.get("avatar")) == ("x", ":bell:", None)
    assert "left out: the integration's avatar" in hook.last()["summary"]
    api.post("integrations.update", integrationId=hook.id, scriptEnabled=False)
    assert hook.post({"text": "y", "avatar": "https://example.com/a.png"}).status_code == 200
    assert api.messages()[0]["avatar"] == "https://example.com/a.png"
