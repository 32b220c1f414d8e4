"""Messages of blocks on their way: stored, shown, named in lists, edited, tried and delivered."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask

from tests.blocks import KINDS, LINK, PICTURE, marked, plain
from tests.integration.admin_fixtures import administrator
from tests.integration.test_admin_rooms import room_page
from tests.integration.test_delivery import add, quick, settled, sink
from tests.sinks import Sink
from tests.support import Api

__all__ = ["quick", "sink"]

BLOCKS: list[Any] = [
    {"type": "section", "text": marked("*Build* failed"), "accessory": PICTURE},
    {"type": "actions", "elements": [LINK]},
]


def test_a_room_shows_blocks(app: Flask, api: Api) -> None:
    """In the room, in the log of what came, and in the list of rooms by their first words."""
    hook = api.hook()
    assert hook.post({"blocks": BLOCKS}).status_code == 200
    assert api.messages()[0]["blocks"] == BLOCKS
    browser = administrator(app)
    room = browser.get(room_page(api)).text
    log = browser.get(f"/admin/logs/{hook.last()['_id']}/").text
    for page in (room, log):
        assert "<strong>Build</strong> failed" in page
        assert 'href="https://ci.example/7"' in page
        assert "(empty message)" not in page
    assert "Build failed" in browser.get("/admin/rooms/").text
    assert hook.last()["summary"].startswith("Build failed →")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_a_message(api: Api, kind: str) -> None:
    """What a room shows of it is what makes it one."""
    hook = api.hook()
    assert hook.post({"blocks": [KINDS[kind][0]]}).status_code == 200
    assert hook.last()["outcome"] == "posted"


@pytest.mark.parametrize(
    "blocks",
    [
        [{"type": "divider", "blockId": "x"}],
        [{"type": "section", "blockId": "x", "appId": "y", "text": plain("\u200b")}],
        [{"type": "image", "imageUrl": "javascript:alert(1)"}],
        [{"type": "section", "accessory": {"type": "button", "actionId": "x", "value": "y"}}],
    ],
)
def test_blocks_that_show_nothing_are_no_message(api: Api, blocks: list[Any]) -> None:
    """Ids and lines are nothing to be read."""
    hook = api.hook()
    assert hook.post({"blocks": blocks}).status_code == 200
    assert api.messages() == []


def test_a_message_has_so_many_blocks(api: Api) -> None:
    """More are refused, as more attachments are; what is no list has the wrong type."""
    hook = api.hook()
    many = hook.post({"text": "x", "blocks": BLOCKS * 101})
    assert (many.status_code, "error-message-size-exceeded" in many.text) == (400, True)
    wrong = hook.post({"text": "x", "blocks": {"type": "section"}})
    said = "Expected array, got object in field blocks"
    assert (wrong.status_code, said in wrong.text) == (400, True)


def test_pictures_in_blocks_that_are_too_large_are_left_out(api: Api) -> None:
    """As those in attachments are; the log says which, and nothing is shown of what was nothing else."""
    hook = api.hook()
    large = {**PICTURE, "imageUrl": "data:image/png;base64," + "A" * 70_000}
    section = {"type": "section", "text": plain("words"), "accessory": large}
    assert hook.post({"blocks": [section]}).status_code == 200
    [message] = api.messages()
    assert "imageUrl" not in message["blocks"][0]["accessory"]
    assert "left out: blocks[0].accessory.imageUrl" in hook.last()["summary"]
    many = [{**PICTURE, "imageUrl": "data:image/png;base64," + "A" * 60_000}] * 6
    hook.post({"text": "x", "blocks": many})
    assert len(json.dumps(api.messages()[0]["blocks"])) < 300_000


def test_a_message_of_blocks_may_lose_its_text(api: Api) -> None:
    """Something of it is shown still."""
    hook = api.hook()
    hook.post({"text": "see", "blocks": BLOCKS})
    [message] = api.messages()
    given = {"roomId": message["rid"], "msgId": message["_id"], "text": "\u200b"}
    assert api.post("chat.update", **given)["message"]["blocks"] == BLOCKS


def test_blocks_are_delivered_as_attachments(quick: Api, sink: Sink) -> None:
    """Before the message's own; Rocket.Chat's hooks and chat.postMessage take no blocks."""
    far = add(quick, sink)
    hook = quick.hook(destinations=["rooms", far])
    hook.post({"text": "hello", "blocks": BLOCKS, "attachments": [{"text": "more"}]})
    got = sink.wait_for(1)[0].json()
    assert got["text"] == "hello"
    assert "blocks" not in got
    assert got["attachments"] == [
        {
            "text": "*Build* failed\na graph",
            "thumb_url": "https://img.example/a.png",
            "actions": [{"type": "button", "text": "Open", "url": "https://ci.example/7"}],
        },
        {"text": "more"},
    ]
    settled(quick, 1)


def test_a_try_shows_blocks(api: Api) -> None:
    """Before anything is posted."""
    hook = api.hook()
    body = json.dumps({"blocks": BLOCKS})
    tried = api.post("integrations.test", integrationId=hook.id, body=body)
    assert BLOCKS in [one.get("blocks") for one in tried["messages"]], tried
