"""
Google Chat: sending messages with incoming webhooks (Google's quickstart).

Not checked, because nothing of it is Hooksmith's: accounts and browsers that are needed to register
a webhook with Google, its Marketplace, and who may use apps in an organisation.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.acceptance.places import Hook, Place, post

AVATAR = "https://developers.google.com/chat/images/chat-product-icon.png"
#: The quickstart's program: a POST of JSON in UTF-8 with a `text`, and its answer printed.
QUICKSTART = """
import json, sys, urllib.request
request = urllib.request.Request(
    sys.argv[1],
    json.dumps({"text": "Hello from a Python script!"}).encode(),
    {"Content-Type": "application/json; charset=UTF-8"},
)
print(urllib.request.urlopen(request, timeout=60).read().decode())
"""


@pytest.fixture
def hook(place: Place) -> Hook:
    return place.hook("googlechat")


def threads(place: Place) -> list[str]:
    """Return the thread of each message; one that starts a thread is its own."""
    return [one.get("tmid", one["_id"]) for one in place.messages()]


# -- registering one ----------------------------------------------------------------------


def test_messages_come_from_outside(place: Place, hook: Hook) -> None:
    """An application that is no part of the chat sends a message whenever something happens."""
    assert hook.post({"text": "web-1 is down"}).status == 200
    assert place.texts() == ["web-1 is down"]


def test_a_webhook_has_a_name_and_a_picture(place: Place) -> None:
    """It is registered with a name and an avatar's address, and its messages show both."""
    hook = place.hook("googlechat", name="Quickstart Webhook", avatar=AVATAR)
    answer = hook.post({"text": "x"})
    assert answer.json()["sender"]["displayName"] == "Quickstart Webhook"
    page = place.page()
    assert "Quickstart Webhook" in page
    assert f'src="{AVATAR}"' in page


def test_the_whole_url_can_be_copied(place: Place, hook: Hook) -> None:
    """Its whole address, with key and token, can be copied again."""
    shown = place.server.api("POST", "integrations.reveal", integrationId=hook.id)["url"]
    assert shown == hook.url
    address = urlsplit(shown)
    assert address.path == f"/v1/spaces/{hook.id}/messages"
    assert set(parse_qs(address.query)) == {"key", "token"}


def test_the_quickstart_posts(place: Place, hook: Hook, tmp_path: Path) -> None:
    """The quickstart's program, run with the webhook's address in it, posts its message."""
    program = tmp_path / "quickstart.py"
    program.write_text(QUICKSTART)
    done = subprocess.run(
        [sys.executable, program, hook.url], capture_output=True, check=True, timeout=60
    )
    assert json.loads(done.stdout)["text"] == "Hello from a Python script!"
    assert place.texts() == ["Hello from a Python script!"]


def test_a_message_is_the_answer(place: Place, hook: Hook) -> None:
    """The answer is an instance of Message."""
    answer = hook.post({"text": "Hello"})
    made: dict[str, Any] = answer.json()
    (message,) = place.messages()
    space = f"spaces/{hook.id}"
    assert (answer.status, answer.kind) == (200, "application/json")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", made.pop("createTime"))
    assert made == {
        "name": f"{space}/messages/{message['_id']}",
        "sender": {"name": f"users/{message['u']['_id']}", "displayName": "Hook", "type": "BOT"},
        "text": "Hello",
        "thread": {"name": f"{space}/threads/{message['_id']}"},
        "space": {"name": space},
    }


# -- threads ------------------------------------------------------------------------------


def test_a_thread_key_starts_a_thread(place: Place, hook: Hook) -> None:
    """A first message with ?threadKey= and any text starts a thread of that key."""
    answer = hook.post({"text": "first"}, query="threadKey=ARBITRARY_STRING").json()
    assert answer["thread"]["threadKey"] == "ARBITRARY_STRING"
    assert answer["thread"]["name"].startswith(f"spaces/{hook.id}/threads/")
    assert place.texts() == ["first"]


def test_the_same_key_replies(place: Place, hook: Hook) -> None:
    """A message with the key that started a thread is a reply in it; no other parameter is needed."""
    keys = ("MY-THREAD", "MY-THREAD", "OTHER")
    answers = [hook.post({"text": key}, query=f"threadKey={key}").json() for key in keys]
    for first, reply, other in ([one["thread"]["name"] for one in answers], threads(place)):
        assert first == reply != other


def test_keys_belong_to_their_webhook(place: Place, hook: Hook) -> None:
    """Two webhooks that use the same key start two threads."""
    for one in (hook, place.hook("googlechat")):
        one.post({"text": "x"}, query="threadKey=MY-THREAD")
    assert len(set(threads(place))) == 2


# -- limits -------------------------------------------------------------------------------


def test_a_webhook_works_in_its_own_space_only(place: Place, hook: Hook) -> None:
    """It posts in the space in which it is registered, and in no other."""
    elsewhere = place.another()
    other = elsewhere.hook("googlechat")
    assert post(hook.url.replace(hook.id, other.id), {"text": "x"}).status == 403
    assert hook.post({"text": "y", "channel": f"#{elsewhere.room}"}).status == 200
    assert (place.texts(), elsewhere.texts()) == (["y"], [])


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_webhook_is_no_conversation(place: Place, hook: Hook, method: str) -> None:
    """Nothing can be read through it: neither messages nor events."""
    hook.post({"text": "a secret"})
    answer = hook.post(method=method)
    assert answer.status >= 400
    assert "a secret" not in answer.text
    assert place.texts() == ["a secret"]


def test_who_lacks_permission_gets_this_error(place: Place, hook: Hook) -> None:
    """Who lacks the permission gets the error object that the page prints, with its code as status."""
    answer = post(hook.url.replace(hook.token, "wrong"), {"text": "x"})
    assert answer.status == 403
    assert answer.json() == {
        "error": {
            "code": 403,
            "message": "The caller does not have permission",
            "status": "PERMISSION_DENIED",
        }
    }
    assert place.texts() == []


def test_webhooks_work_in_direct_messages(place: Place) -> None:
    """A webhook may be registered in a conversation of two."""
    target = place.user()
    assert place.hook("googlechat", channel=f"@{target}").post({"text": "psst"}).status == 200
    assert [one["msg"] for one in place.direct_messages("rocket.cat", target)] == ["psst"]
