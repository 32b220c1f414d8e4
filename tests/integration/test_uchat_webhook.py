"""UChat's webhooks, at both ends: set by the partner API, asked for a challenge, told what is said."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from admin import create_app
from engine.models import Message
from engine.runtime import Engine
from tests.integration.test_dialect_uchat import KEY, made, refused
from tests.support import Api, Hook, script
from tests.uchat import (
    BELONGS,
    BUTTONS,
    WebhookSide,
    card,
    contact,
    delivered,
    http,
    medium,
    openssl_signature,
)

EMPTY = {"webhook_url": "", "webhook_verification_key": "", "webhook_status": "", "bot_url": ""}
Make = Callable[..., Engine]


@pytest.fixture
def side() -> Iterator[WebhookSide]:
    far = WebhookSide()
    yield far
    far.close()


@pytest.fixture
def quick(make_engine: Make) -> Api:
    """An application that does not wait long for webhooks."""
    settings = {"delivery_retry_s": "0.05,0.1,0.2", "delivery_timeout_s": 2.0}
    return Api(create_app(engine=make_engine(**settings)))


def partner(api: Api, method: str, hook_id: str, body: Any = None, **options: Any) -> TestResponse:
    """Call the partner API with the administrator's key."""
    headers = {"Authorization": f"Bearer {api.headers['X-Auth-Token']}"}
    if body is not None:
        options["json"] = body
    return api.client.open(
        f"/api/partner/workspace/{hook_id}/apichat-webhook",
        method=method,
        **{"headers": headers, **options},
    )


def wanted(side: WebhookSide, **members: Any) -> dict[str, Any]:
    return {"webhook_url": side.url, "webhook_verification_key": side.key, **members}


def connected(api: Api, side: WebhookSide, code: str | None = None, **members: Any) -> Hook:
    """Make a bot whose webhook is verified."""
    hook = made(api, code, **members)
    answer = partner(api, "POST", hook.id, wanted(side))
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return hook


def say(api: Api, hook: Hook, body: dict[str, Any] | None = None, room: str = "general") -> str:
    """Let a contact write; return the id of the thread's first message."""
    assert hook.post(body or contact("hello")).status_code == 200
    latest = api.messages(room)[0]
    return str(latest.get("tmid", latest["_id"]))


def reply(api: Api, root: str, **members: Any) -> None:
    """Post in a thread as the administrator."""
    api.post("chat.postMessage", channel="#general", tmid=root, **members)


def states(api: Api) -> list[str]:
    """Wait until no delivery waits; return how they ended."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = [one["state"] for one in api.get("deliveries.list")["deliveries"]]
        if "pending" not in found:
            return found
        time.sleep(0.02)
    raise AssertionError(found)


# -- the partner API -----------------------------------------------------------------------------


def test_a_webhook_is_set_shown_and_removed(api: Api, side: WebhookSide) -> None:
    """As the document shows each answer; the question has its three parameters, as a form."""
    hook = made(api)
    assert partner(api, "GET", hook.id).get_json() == {"status": "ok", "data": EMPTY}
    answer = partner(api, "POST", hook.id, wanted(side))
    data = {
        "webhook_url": side.url,
        "webhook_verification_key": "VERIFICATION_TOKEN",
        "webhook_status": "verified",
        "bot_url": f"http://127.0.0.1:8080/api/apichat/{hook.token}",
    }
    assert (answer.status_code, answer.get_json()) == (200, {"status": "ok", "data": data})
    [question] = side.questions
    assert set(question) == {"hub_mode", "hub_verify_token", "hub_challenge"}
    assert question["hub_mode"] == "subscribe"
    assert question["hub_verify_token"] == "VERIFICATION_TOKEN"
    assert re.fullmatch(r"[0-9a-f]{32}", question["hub_challenge"])
    assert side.requests[0].method == "POST"
    assert partner(api, "GET", hook.id).get_json() == {"status": "ok", "data": data}
    for _ in range(2):  # the second time there is none
        assert partner(api, "DELETE", hook.id).get_json() == {"status": "ok", "data": EMPTY}
        assert partner(api, "GET", hook.id).get_json() == {"status": "ok", "data": EMPTY}
    assert api.get("destinations.list")["destinations"] == []


def test_every_question_has_another_challenge(api: Api, side: WebhookSide) -> None:
    """An old answer proves nothing."""
    hook = made(api)
    for _ in range(3):
        partner(api, "POST", hook.id, wanted(side))
    assert len({one["hub_challenge"] for one in side.questions}) == 3
    assert len(api.get("destinations.list")["destinations"]) == 1


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_the_partner_api_is_for_administrators(api: Api, side: WebhookSide, method: str) -> None:
    """401 without a good key, 403 with that of somebody else; nobody is asked anything."""
    hook = made(api)
    api.post("users.create", username="eve", name="Eve", password="long enough", roles=["user"])
    login = api.client.post("/api/v1/login", json={"user": "eve", "password": "long enough"})
    eve = login.get_json()["data"]["authToken"]
    body = wanted(side) if method == "POST" else None
    for value in ("", "Bearer", "Bearer x", f"Basic {api.headers['X-Auth-Token']}"):
        answer = partner(api, method, hook.id, body, headers={"Authorization": value})
        refused(answer, 401)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    refused(partner(api, method, hook.id, body, headers=dict(api.headers)), 401)
    refused(partner(api, method, hook.id, body, headers={"Authorization": f"Bearer {eve}"}), 403)
    assert side.questions == []


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_only_what_speaks_uchat_is_a_workspace(api: Api, side: WebhookSide, method: str) -> None:
    """404 for an unknown id, and for a hook of another dialect."""
    body = wanted(side) if method == "POST" else None
    for hook_id in ("nobody", "a.b", "%00", api.hook().id):
        refused(partner(api, method, hook_id, body), 404)
    assert side.questions == []
    refused(partner(api, "PUT", made(api).id, wanted(side)), 404)


@pytest.mark.parametrize(
    "changed",
    [
        {"webhook_url": None},
        {"webhook_url": ""},
        {"webhook_url": 7},
        {"webhook_url": "ftp://e.org/"},
        {"webhook_url": "/hook"},
        {"webhook_url": "https://user:pass@e.org/"},
        {"webhook_url": "https://e.org/" + "x" * 3000},
        {"webhook_url": "https://e.org/a\r\nX-Evil: 1"},
        {"webhook_verification_key": None},
        {"webhook_verification_key": ""},
        {"webhook_verification_key": ["a"]},
        {"webhook_verification_key": "a\r\nb"},
        {"webhook_verification_key": "x" * 501},
    ],
)
def test_unusable_addresses_and_keys_are_refused(
    api: Api, side: WebhookSide, changed: dict[str, Any]
) -> None:
    """400, nobody is asked, and what was there before stays."""
    hook = connected(api, side)
    refused(partner(api, "POST", hook.id, wanted(side, **changed)), 400)
    assert len(side.questions) == 1
    assert partner(api, "GET", hook.id).get_json()["data"]["webhook_status"] == "verified"


@pytest.mark.parametrize(
    ("data", "status"), [(b"", 400), (b"[]", 400), (b"{", 400), (b"x" * 20_000, 413)]
)
def test_a_body_that_is_no_object_is_refused(api: Api, data: bytes, status: int) -> None:
    """Also one that is far too large."""
    refused(partner(api, "POST", made(api).id, data=data), status)


# -- the handshake that we perform ---------------------------------------------------------------


def echo(question: dict[str, str]) -> bytes:
    return question["hub_challenge"].encode()


def sleeping(_: dict[str, str]) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\n"
    time.sleep(4)


def endless(question: dict[str, str]) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n" + echo(question)
    for _ in range(64):
        yield b"x" * 65_536


FAILURES: dict[str, Callable[[dict[str, str]], Iterator[bytes]]] = {
    "another body": lambda _: iter([http(200, b"0" * 32)]),
    "nothing": lambda _: iter([http(200, b"")]),
    "a line end after it": lambda q: iter([http(200, echo(q) + b"\n")]),
    "quoted as JSON": lambda q: iter([http(200, b'"%b"' % echo(q), "application/json")]),
    "in a page": lambda q: iter([http(200, b"<html>%b</html>" % echo(q), "text/html")]),
    "upper case": lambda q: iter([http(200, echo(q).upper() + b"A")]),
    "created": lambda q: iter([http(201, echo(q))]),
    "forbidden": lambda q: iter([http(403, echo(q))]),
    "not found": lambda q: iter([http(404, echo(q))]),
    "an error": lambda q: iter([http(500, echo(q))]),
    "too late": sleeping,
    "without end": endless,
    "no HTTP": lambda _: iter([b"SSH-2.0-OpenSSH_9.2\r\n"]),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_handshake_that_fails_is_stored_as_such(quick: Api, side: WebhookSide, name: str) -> None:
    """422 with the reason, `failed` when asked again, and nothing is delivered there."""
    side.answer = FAILURES[name]
    hook = made(quick)
    answer = partner(quick, "POST", hook.id, wanted(side))
    error = answer.get_json()
    assert (answer.status_code, error["status"]) == (422, "error")
    assert error["message"].startswith("The webhook is not verified: ")
    assert error["data"] == {
        "webhook_url": side.url,
        "webhook_verification_key": side.key,
        "webhook_status": "failed",
        "bot_url": f"http://127.0.0.1:8080/api/apichat/{hook.token}",
    }
    assert partner(quick, "GET", hook.id).get_json()["data"] == error["data"]
    reply(quick, say(quick, hook), text="nobody hears this")
    assert states(quick) == []
    assert side.received == []


def test_a_redirect_is_not_followed(quick: Api, side: WebhookSide) -> None:
    """What is verified is the address that was given."""
    place = f"Location: {side.url}"
    side.answer = lambda question: iter([http(302, echo(question), "text/plain", place)])
    hook = made(quick)
    error = partner(quick, "POST", hook.id, wanted(side)).get_json()
    assert "302" in error["message"]
    assert len(side.questions) == 1


def test_nobody_who_listens_is_a_failure(quick: Api, side: WebhookSide) -> None:
    """And so is a name that nobody has."""
    gone = WebhookSide()
    gone.close()
    hook = made(quick)
    for url in (gone.url, "http://nowhere.invalid/"):
        answer = partner(quick, "POST", hook.id, wanted(side, webhook_url=url))
        assert answer.status_code == 422
        assert answer.get_json()["data"]["webhook_status"] == "failed"


def test_a_failed_one_can_be_set_again(quick: Api, side: WebhookSide) -> None:
    """And what was verified and is set again in vain gets nothing more."""
    hook = connected(quick, side)
    root = say(quick, hook)
    side.answer = FAILURES["nothing"]
    assert partner(quick, "POST", hook.id, wanted(side)).status_code == 422
    reply(quick, root, text="lost")
    side.answer = None
    assert partner(quick, "POST", hook.id, wanted(side)).status_code == 200
    reply(quick, root, text="found")
    assert [one["text"] for one in side.wait_for(1)] == ["found"]


# -- what is delivered ---------------------------------------------------------------------------

SHAPES: dict[str, tuple[dict[str, Any], list[dict[str, Any]]]] = {
    "text": ({"text": "Hello *there*"}, [delivered(text="Hello there")]),
    "buttons": (
        {
            "text": "Sure?",
            "attachments": [
                {
                    "actions": [
                        {"type": "button", "text": one["title"], "msg": one["payload"]}
                        for one in BUTTONS
                    ]
                }
            ],
        },
        [
            delivered(
                text="Sure?",
                content_type="button_template",
                content_attributes={"text": "Sure?", "buttons": BUTTONS},
            )
        ],
    ),
    "cards": (
        {
            "text": "Choose",
            "attachments": [
                {
                    "title": "First",
                    "text": "below",
                    "image_url": "https://e.org/1.png",
                    "actions": [{"type": "button", "text": "Yes", "msg": "say_yes"}],
                },
                {
                    "title": "Second",
                    "text": "there",
                    "image_url": "https://e.org/2.png",
                    "actions": [{"type": "button", "text": "No", "msg": "say_no"}],
                },
            ],
        },
        [
            delivered(
                text="Choose",
                content_type="generic_template",
                content_attributes={
                    "ratio": "horizontal",
                    "items": [
                        card("First", "https://e.org/1.png", "below", BUTTONS[0]),
                        card("Second", "https://e.org/2.png", "there", BUTTONS[1]),
                    ],
                },
            )
        ],
    ),
    **{
        kind: (
            {"text": "", "attachments": [{f"{kind}_url": "https://e.org/a"}]},
            [delivered(type=kind, url="https://e.org/a")],
        )
        for kind in ("image", "audio", "video")
    },
    "file": (
        {
            "text": "",
            "attachments": [{"title_link": "https://e.org/a.pdf", "title_link_download": True}],
        },
        [delivered(type="file", url="https://e.org/a.pdf")],
    ),
}


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_of_the_document_is_delivered(api: Api, side: WebhookSide, name: str) -> None:
    """
    Member for member, in the document's order; the far side checks method, headers and the
    signature over the exact bytes with openssl.
    """
    posted, expected = SHAPES[name]
    hook = connected(api, side)
    reply(api, say(api, hook), **posted)
    got = side.wait_for(len(expected))
    assert [json.dumps(one) for one in got] == [json.dumps(one) for one in expected]
    [headers] = side.headers
    assert headers["x-flow-ns"] == hook.id
    assert headers["x-action"] == "messages"
    assert headers["content-type"] == "application/json"
    assert re.fullmatch(r"sha256=[0-9a-f]{64}", headers["x-hub-signature-256"])
    assert states(api) == ["delivered"]


def test_nothing_of_a_mixed_message_is_lost(api: Api, side: WebhookSide) -> None:
    """Link buttons and fields become text, buttons and cards come after it, media at last."""
    hook = connected(api, side)
    attachments = [
        {
            "title": "Report",
            "fields": [{"title": "Host", "value": "web-1"}],
            "actions": [
                {"type": "button", "text": "Open", "url": "https://e.org/r"},
                {"type": "button", "text": "Ack", "msg": "ack"},
            ],
        },
        {
            "title": "Card",
            "title_link": "https://e.org/c",
            "image_url": "https://e.org/c.png",
            "actions": [{"type": "button", "text": "More", "url": "https://e.org/more"}],
        },
        {"audio_url": "https://e.org/a.mp3"},
    ]
    reply(api, say(api, hook), text="Look:", attachments=attachments)
    buttons, cards, audio = side.wait_for(3)
    assert buttons["content_type"] == "button_template"
    for part in ("Look:", "Report", "Host: web-1", "Open", "https://e.org/r"):
        assert part in buttons["text"]
    assert [one["title"] for one in buttons["content_attributes"]["buttons"]] == ["Ack"]
    [item] = cards["content_attributes"]["items"]
    assert (cards["text"], item["title"], item["item_url"]) == ("Card", "Card", "https://e.org/c")
    assert "https://e.org/more" in item["subtitle"]
    assert item["buttons"] == []
    assert (audio["type"], audio["url"]) == ("audio", "https://e.org/a.mp3")


def test_a_long_answer_is_several_messages(api: Api, side: WebhookSide) -> None:
    """Buttons go with the last."""
    hook = connected(api, side)
    attachments = [{"actions": [{"type": "button", "text": "Ok", "msg": "ok"}]}]
    reply(api, say(api, hook), text="word " * 900, attachments=attachments)
    got = side.wait_for(3)
    assert ["content_type" in one for one in got] == [False, False, True]
    assert " ".join(one["text"] for one in got).split() == ["word"] * 900


def test_odd_texts_arrive_as_they_are(api: Api, side: WebhookSide) -> None:
    """Signed as the bytes they are sent as."""
    hook = connected(api, side)
    text = 'Grüße / 你好 😀 "quoted" \\ <b> & c'
    reply(api, say(api, hook), text=text)
    assert side.wait_for(1)[0]["text"] == text


def test_who_is_answered_is_whose_thread_it_is(api: Api, side: WebhookSide) -> None:
    """Each conversation's contact, with its id as it came."""
    hook = connected(api, side)
    other = {"id": "someone-else", "name": "Bob", "type": "contact"}
    ada = say(api, hook, contact("hello", conversation_id=123))
    bob = say(api, hook, contact("hello", conversation_id="c-9", sender=other))
    thief = {**other, "id": "thief"}
    assert say(api, hook, contact("mine now", conversation_id=123, sender=thief)) == ada
    for root in (bob, ada):
        reply(api, root, text="for you")
    heard = [(one["sender_id"], one["conv_id"]) for one in side.wait_for(2)]
    assert heard == [("someone-else", "c-9"), (BELONGS["sender_id"], 123)]


def test_only_answers_in_a_conversation_are_delivered(api: Api, side: WebhookSide) -> None:
    """Neither what the contact says, nor other messages, nor threads of hooks without webhook."""
    hook = connected(api, side)
    root = say(api, hook)
    say(api, hook, contact("second"))
    say(api, hook, medium("image", "https://e.org/a.png"))
    lonely = say(api, made(api), contact("elsewhere", conversation_id=5))
    api.post("chat.postMessage", channel="#general", text="to the room")
    api.post("channels.create", name="second")
    for tmid, room in ((root, "#second"), ("unknown", "#general")):
        api.post("chat.postMessage", 400, channel=room, tmid=tmid, text="no thread there")
    reply(api, lonely, text="no webhook")
    reply(api, root, text="the only one")
    assert [one["text"] for one in side.wait_for(1)] == ["the only one"]
    assert states(api) == ["delivered"]


def test_a_thread_whose_messages_were_pruned_begins_anew(
    engine: Engine, api: Api, side: WebhookSide
) -> None:
    """With the next message, and the contact that it had."""
    hook = connected(api, side)
    say(api, hook)
    with engine.database.write() as session:
        session.execute(sa.delete(Message))
    thief = {"id": "thief", "name": "T", "type": "contact"}
    root = say(api, hook, contact("again", sender=thief))
    assert [one["_id"] for one in api.messages()] == [root]
    assert say(api, hook, contact("more")) == root
    reply(api, root, text="still you")
    assert side.wait_for(1)[0]["sender_id"] == BELONGS["sender_id"]


def test_another_integrations_answer_is_delivered(api: Api, side: WebhookSide) -> None:
    """A bot that posts into the thread answers the contact, with its execution in the log."""
    hook = connected(api, side)
    root = say(api, hook)
    bot = api.hook(script("return {content: {text: 'beep', tmid: request.content.tmid}}"))
    assert bot.post({"tmid": root}).status_code == 200
    assert side.wait_for(1)[0]["text"] == "beep"
    [delivery] = api.get("deliveries.list", executionId=bot.last()["_id"])["deliveries"]
    assert delivery["integrationId"] == hook.id


@pytest.mark.parametrize("response", ["'Hi!'", "{text: 'Hi!'}", "{text: 'Hi!', channel: '#x'}"])
def test_a_scripts_response_is_said_to_the_contact(
    api: Api, side: WebhookSide, response: str
) -> None:
    """It is posted in the thread, too, from the first message on; the caller gets ok."""
    code = script(f"return {{content: {{text: request.content.content}}, response: {response}}}")
    hook = connected(api, side, code)
    for number in (1, 2):
        assert hook.post(contact("hello")).get_json() == {"status": "ok"}
        got = side.wait_for(number)[-1]
        assert got == delivered(text="Hi!")
    newest, asked, answered, root = api.messages()
    assert [one["msg"] for one in (root, answered, asked, newest)] == ["hello", "Hi!"] * 2
    assert {one["tmid"] for one in (answered, asked, newest)} == {root["_id"]}
    assert hook.last()["messageCount"] == 2


def test_a_response_that_cannot_be_posted_leaves_nothing(api: Api, side: WebhookSide) -> None:
    """Neither of the two messages is posted."""
    bad = "{text: 'x', attachments: [{image_url: 'javascript:1'}]}"
    code = script(f"return {{content: {{text: 'x'}}, response: {bad}}}")
    refused(connected(api, side, code).post(contact("hello")), 400)
    assert api.messages() == []
    assert states(api) == []


def test_a_test_run_delivers_nothing(api: Api, side: WebhookSide) -> None:
    """The preview shows both messages."""
    code = script("return {content: {text: 'x'}, response: 'y'}")
    hook = connected(api, side, code)
    tried = api.post("integrations.test", integrationId=hook.id, body=json.dumps(contact("hi")))
    assert [one["msg"] for one in tried["messages"]] == ["x", "y"]
    assert states(api) == []
    assert api.messages() == []


def test_a_webhook_that_fails_for_now_gets_it_later(quick: Api, side: WebhookSide) -> None:
    """Through the durable outbox, like any destination; the attempts show no key."""
    hook = connected(quick, side)
    root = say(quick, hook)
    side.failure = http(503, b"later")
    reply(quick, root, text="patient")
    deadline = time.monotonic() + 60
    while not any(seen.header("x-action") for seen in side.requests):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    side.failure = b""
    assert side.wait_for(1)[0]["text"] == "patient"
    assert states(quick) == ["delivered"]
    [delivery] = quick.get("deliveries.list")["deliveries"]
    tried = quick.get("deliveries.get", deliveryId=delivery["_id"])
    assert side.key not in json.dumps(tried)
    assert "/hook/of/theirs" not in json.dumps(tried)


def test_nothing_is_delivered_once_it_is_removed_disabled_or_speaks_otherwise(
    api: Api, side: WebhookSide
) -> None:
    """The thread stays in the room."""
    for change in ("removed", "disabled", "dialect", "integration removed"):
        hook = connected(api, side)
        root = say(api, hook, contact("hello", conversation_id=change))
        if change == "removed":
            partner(api, "DELETE", hook.id)
        elif change == "disabled":
            api.post("integrations.update", integrationId=hook.id, enabled=False)
        elif change == "dialect":
            api.post("integrations.update", integrationId=hook.id, dialect="slack")
        else:
            api.post("integrations.remove", integrationId=hook.id)
        reply(api, root, text="nobody hears this")
    assert states(api) == []
    assert len(api.get("destinations.list")["destinations"]) == 2


def test_a_webhook_is_nobodys_to_make_choose_or_redirect(api: Api, side: WebhookSide) -> None:
    """By the API of destinations: what was not asked for the challenge gets nothing."""
    hook = connected(api, side)
    [destination] = api.get("destinations.list")["destinations"]
    assert destination["type"] == "uchatwebhook"
    assert side.key not in json.dumps(destination)
    assert "/hook/of/theirs" not in json.dumps(destination)
    given = {"type": "uchatwebhook", "name": "x", "url": side.url, "verification_key": "k"}
    api.post("destinations.create", 400, **given)
    api.post("integrations.update", 400, integrationId=hook.id, destinations=[destination["_id"]])
    id_ = {"destinationId": destination["_id"]}
    api.post("destinations.update", 400, **id_, url="https://elsewhere.example/")
    api.post("destinations.update", 400, **id_, verification_key="another")
    shown = api.post("destinations.update", **id_, name="Renamed", max_chars=300)["destination"]
    assert (shown["name"], shown["max_chars"]) == ("Renamed", 300)
    api.post("destinations.remove", **id_)
    assert partner(api, "GET", hook.id).get_json()["data"] == EMPTY
    assert partner(api, "POST", hook.id, wanted(side)).status_code == 200


def test_the_way_there_and_back_is_the_same_on_postgresql(
    make_engine: Make, postgres_url: Callable[[], str], side: WebhookSide
) -> None:
    """Threads, a script's response, a person's answer, odd characters, and removing it all."""
    api = Api(create_app(engine=make_engine(database_url=postgres_url())))
    code = script("return {content: {text: request.content.content}, response: 'Hi!'}")
    hook = connected(api, side, code)
    name = {"id": "u-\u00fc", "name": "A\u0000da", "type": "contact"}
    root = say(api, hook, contact("one \u0000 two", sender=name))
    reply(api, root, text="yes \u0000 and no")
    assert [one["sender_id"] for one in side.wait_for(2)] == ["u-\u00fc"] * 2
    assert states(api) == ["delivered"] * 2
    plain = connected(api, side)
    say(
        api,
        plain,
        contact(
            "\u0000",
            sender=name,
            attachments=[{"file_type": "file", "data_url": "https://e.org/%00"}],
        ),
    )
    for one in (hook, plain):
        api.post("integrations.remove", integrationId=one.id)
    assert api.get("destinations.list")["destinations"] == []


# -- the handshake that we answer ----------------------------------------------------------------

CHALLENGE = "205c40409f9bcdeb9e00614b442c5fdd"


def question(spelling: str = "hub_", **changed: Any) -> dict[str, Any]:
    asked = {"mode": "subscribe", "verify_token": KEY, "challenge": CHALLENGE, **changed}
    return {spelling + name: value for name, value in asked.items() if value is not None}


def ask(hook: Hook, way: str, fields: dict[str, Any]) -> TestResponse:
    if way == "GET":
        return hook.api.client.get(hook.path, query_string=fields)
    if way == "query":
        return hook.api.client.post(hook.path, query_string=fields)
    if way == "json":
        return hook.post(fields)
    return hook.post(data=fields)


@pytest.fixture
def webhook(api: Api) -> Hook:
    return made(api, verification={"preset": "meta", "secret": KEY})


@pytest.mark.parametrize("spelling", ["hub_", "hub."])
@pytest.mark.parametrize("way", ["form", "json", "query", "GET"])
def test_the_right_key_gets_the_challenge_and_nothing_else(
    api: Api, webhook: Hook, way: str, spelling: str
) -> None:
    """200 text/plain with exactly the challenge; nothing is posted, the key is not in the log."""
    answer = ask(webhook, way, question(spelling))
    assert (answer.status_code, answer.data) == (200, CHALLENGE.encode())
    assert answer.headers["Content-Type"].partition(";")[0] == "text/plain"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert api.messages() == []
    assert webhook.last()["outcome"] == "nothing"
    assert KEY not in json.dumps(webhook.last())


@pytest.mark.parametrize("way", ["form", "json", "query", "GET"])
def test_another_key_is_forbidden(api: Api, webhook: Hook, way: str) -> None:
    """403, also without any; what was tried is not in the log."""
    for key in ("wrong-but-secret", KEY.lower(), KEY + "x", "", None, "ü"):
        answer = ask(webhook, way, question(verify_token=key))
        assert CHALLENGE not in answer.get_data(as_text=True)
        refused(answer, 403)
        assert webhook.last()["outcome"] == "bad-signature"
    assert "wrong-but-secret" not in json.dumps(api.executions())


def test_who_has_no_key_answers_nobody(api: Api) -> None:
    """Without verification, and with a flow API key, which is another's."""
    bearer = {"preset": "bearer", "secret": KEY}
    for hook in (made(api), made(api, verification=bearer)):
        refused(ask(hook, "form", question()), 403)


def test_both_keys_are_good_while_one_replaces_the_other(api: Api) -> None:
    """As for signatures."""
    hook = made(api, verification={"preset": "meta", "secret": ["old-key", KEY]})
    for key in ("old-key", KEY):
        assert ask(hook, "form", question(verify_token=key)).status_code == 200


@pytest.mark.parametrize(
    "changed",
    [
        {"challenge": "<script>alert(1)</script>"},
        {"challenge": "a b"},
        {"challenge": "a\r\nX-Evil: 1"},
        {"challenge": "x" * 257},
        {"challenge": ""},
        {"challenge": None},
        {"mode": "unsubscribe"},
        {"mode": ""},
    ],
)
def test_what_is_no_question_is_not_answered(webhook: Hook, changed: dict[str, Any]) -> None:
    """400: an odd challenge is sent back to nobody."""
    for way in ("form", "json", "GET"):
        refused(ask(webhook, way, question(**changed)), 400)


def test_a_challenge_that_is_a_number_is_answered(webhook: Hook) -> None:
    """Meta's are numbers."""
    assert ask(webhook, "json", question(challenge=1158201444)).data == b"1158201444"


def test_other_dialects_answer_no_question(api: Api) -> None:
    """They take it for what it is to them."""
    hook = api.hook(verification={"preset": "meta", "secret": KEY})
    answer = hook.post(data=question())
    assert CHALLENGE not in answer.get_data(as_text=True)


def test_a_message_that_speaks_of_questions_is_a_message(api: Api) -> None:
    """Only members of its own name ask."""
    hook = made(api)
    assert hook.post(contact("hub_mode=subscribe")).get_json() == {"status": "ok"}
    assert api.messages()[0]["msg"] == "hub_mode=subscribe"


def test_a_disabled_one_answers_no_question(api: Api) -> None:
    """503, and it may be asked again."""
    hook = made(api, enabled=False, verification={"preset": "meta", "secret": KEY})
    refused(ask(hook, "form", question()), 503)


def test_our_own_two_ends_fit_together(api: Api) -> None:
    """What we deliver is what we take: shape by shape, with our own signature's headers."""
    webhook = made(api, verification={"preset": "meta", "secret": KEY})
    for posted, bodies in SHAPES.values():
        for body in bodies:
            data = json.dumps(body).encode()
            signature = {"X-Hub-Signature-256": openssl_signature(KEY, data)}
            answer = webhook.post(data=data, headers=signature)
            assert answer.get_json() == {"status": "ok"}, posted
    assert len(api.messages()) == len(SHAPES)
