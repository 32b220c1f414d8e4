"""The calls of Zabbix' media type for Rocket.Chat (`media_rocketchat.yaml`), in its order."""

from __future__ import annotations

import urllib.parse
from dataclasses import dataclass
from typing import Any

import pytest

from tests.acceptance.conftest import Server
from tests.acceptance.places import Place, Reply, post


@dataclass
class MediaType:
    """What its script is given: the address, a user's id and token."""

    server: Server

    def call(self, method: str, query: str, data: Any = None) -> Reply:
        """Send what its `request` sends; a GET has the content type too."""
        headers = {"Content-Type": "application/json", **self.server.api_headers()}
        body = None if method == "GET" else data
        return post(f"http://127.0.0.1:{self.server.port}/api/v1/{query}", body, headers, method)

    def problem(self, send_to: str) -> dict[str, Any]:
        """Post a problem; return the tags that it keeps of it."""
        attachment = {
            "collapsed": False,
            "color": "#E45959",
            "title": "[PROBLEM] Disk full",
            "title_link": "https://zabbix.example.org/tr_events.php?triggerid=1&eventid=2",
            "fields": [{"title": "Host", "value": "web-1 [192.0.2.1]", "short": False}],
        }
        sent = self.call(
            "POST", "chat.postMessage", {"channel": send_to, "attachments": [attachment]}
        )
        assert sent.status == 200
        message = sent.json()["message"]
        return {"id": message["_id"], "rid": message["rid"], "channel": sent.json()["channel"]}

    def link(self, tags: dict[str, Any]) -> tuple[str, str]:
        """Ask for the room of a message; return its type and name."""
        room = self.call("GET", f"rooms.info?roomId={urllib.parse.quote(tags['rid'], safe='')}")
        assert room.status == 200
        found = room.json()["room"]
        return found["t"], found.get("name", "")

    def update(self, tags: dict[str, Any], **members: Any) -> Reply:
        """Answer in the message's thread, for the room too."""
        message = {"rid": tags["rid"], "tmid": tags["id"], "tshow": True, **members}
        return self.call("POST", "chat.sendMessage", {"message": message})


@pytest.fixture
def media_type(shared_server: Server) -> MediaType:
    return MediaType(shared_server)


def test_a_problem_its_update_and_its_end_are_one_thread(
    place: Place, media_type: MediaType
) -> None:
    """Posted to a channel, linked to, acknowledged and resolved."""
    tags = media_type.problem(f"#{place.room}")
    assert media_type.link(tags) == ("c", place.room)
    acknowledged = media_type.update(
        tags,
        alias="Ada Lovelace",
        msg="acknowledged, commented",
        attachments=[{"color": "#E45959", "text": "on it"}],
    )
    resolved = media_type.update(
        tags,
        attachments=[{"collapsed": False, "color": "#009900", "title": "[OK] Disk full"}],
    )
    assert (acknowledged.status, resolved.status) == (200, 200)
    first, second, third = place.messages()
    assert first["_id"] == tags["id"]
    assert first["attachments"][0]["fields"][0]["value"] == "web-1 [192.0.2.1]"
    assert first["tcount"] == 2
    assert (second["alias"], second["msg"]) == ("Ada Lovelace", "acknowledged, commented")
    assert {one["tmid"] for one in (second, third)} == {tags["id"]}
    assert third["attachments"][0]["title"] == "[OK] Disk full"


def test_a_direct_message_is_linked_to_by_its_room(place: Place, media_type: MediaType) -> None:
    """`send_to` may be a person, whose room has the type d."""
    tags = media_type.problem(f"@{place.user()}")
    assert media_type.link(tags)[0] == "d"


def test_a_private_room_has_its_type(place: Place, media_type: MediaType) -> None:
    """Its link then begins with group/."""
    name = f"{place.room}-private"
    place.server.api("POST", "groups.create", name=name)
    tags = media_type.problem(f"#{name}")
    assert media_type.link(tags) == ("p", name)


def test_what_fails_is_said_in_the_member_that_it_prints(media_type: MediaType) -> None:
    """`error` of an answer that is not 2xx; of a login that is not valid, `message`."""
    refused = media_type.call(
        "POST", "chat.postMessage", {"channel": "#nowhere-at-all", "text": "x"}
    )
    assert (refused.status, refused.json()["error"]) == (400, "invalid-channel")
    refused = media_type.call("GET", "rooms.info?roomId=nowhere")
    assert refused.status == 400
    assert "[error-room-not-found]" in refused.json()["error"]
    stranger = {"X-Auth-Token": "wrong", "X-User-Id": "wrong"}
    url = f"http://127.0.0.1:{media_type.server.port}/api/v1/chat.postMessage"
    refused = post(url, {"channel": "#general", "text": "x"}, stranger)
    assert (refused.status, refused.json()["message"]) == (
        401,
        "You must be logged in to do this.",
    )
