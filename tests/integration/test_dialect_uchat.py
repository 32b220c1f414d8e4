"""UChat's API Chat channel as input: what contacts say, and what bots say to them (wire.md 4.1)."""

from __future__ import annotations

import gzip
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from werkzeug.test import TestResponse

from admin import create_app
from engine.runtime import Engine
from tests.support import Api, Hook, script
from tests.uchat import (
    BELONGS,
    BUTTONS,
    SENDER,
    card,
    contact,
    delivered,
    medium,
    openssl_signature,
    pressed,
)

KEY = "VERIFICATION_TOKEN"
HUGE = 2**63


@pytest.fixture
def bot(api: Api) -> Hook:
    return made(api)


@pytest.fixture
def webhook(api: Api) -> Hook:
    """A hook that UChat calls: it knows the verification key."""
    return made(api, verification={"preset": "meta", "secret": KEY})


def made(api: Api, code: str | None = None, **members: Any) -> Hook:
    """Create a hook that is called at its own address."""
    hook = api.hook(code, **{"dialect": "uchat", **members})
    url = api.post("integrations.reveal", integrationId=hook.id)["url"]
    hook.path = "/api/apichat/" + url.partition("/api/apichat/")[2]
    return hook


def refused(answer: TestResponse, status: int) -> str:
    """Check that an answer is an error in the one form, and return its message."""
    error = answer.get_json()
    assert (answer.status_code, set(error), error["status"]) == (
        status,
        {"status", "message"},
        "error",
    )
    message: str = error["message"]
    return message


def signed(hook: Hook, body: Any, key: str = KEY) -> TestResponse:
    """Deliver as UChat does: PHP's JSON, which escapes slashes, and its signature."""
    data = json.dumps(body).replace("/", "\\/").encode()
    headers = {
        "X-Hub-Signature-256": openssl_signature(key, data),
        "x-flow-ns": "f1",
        "x-action": "messages",
    }
    return hook.post(data=data, content_type="application/json", headers=headers)


def test_a_text_is_posted_as_its_sender(api: Api, bot: Hook) -> None:
    """The code is the token; the name is the contact's, ids are kept, the token is not in the log."""
    assert bot.path == f"/api/apichat/{bot.token}"
    answer = bot.post(contact("Hello *you*"))
    assert (answer.status_code, answer.get_json()) == (200, {"status": "ok"})
    [message] = api.messages()
    assert (message["msg"], message["alias"]) == ("Hello *you*", "Ada Lovelace")
    assert message["customFields"] == {"conversation_id": 123, "sender_id": "bot-user-7"}
    assert "tmid" not in message
    assert bot.token not in json.dumps(bot.last())


def test_a_pressed_button_shows_title_and_payload(api: Api, bot: Hook) -> None:
    """What is in the document's "Send Button Payload"."""
    assert bot.post(pressed("Yes please", "flow:yes")).get_json() == {"status": "ok"}
    [message] = api.messages()
    assert message["msg"] == "Yes please"
    assert message["attachments"] == [
        {"fields": [{"title": "Yes please", "value": "flow:yes", "short": True}]}
    ]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("image", {"image_url": "https://e.org/a/b.png"}),
        ("audio", {"audio_url": "https://e.org/a/b.png"}),
        ("video", {"video_url": "https://e.org/a/b.png"}),
        (
            "file",
            {
                "title": "b.png",
                "title_link": "https://e.org/a/b.png",
                "title_link_download": True,
            },
        ),
    ],
)
def test_media_become_attachments(
    api: Api, bot: Hook, webhook: Hook, kind: str, expected: dict[str, Any]
) -> None:
    """From a contact, and from a bot."""
    assert bot.post(medium(kind, "https://e.org/a/b.png")).status_code == 200
    assert signed(webhook, delivered(type=kind, url="https://e.org/a/b.png")).status_code == 200
    assert [one["attachments"] for one in api.messages()] == [[expected], [expected]]


def test_a_conversation_is_one_thread(api: Api, bot: Hook) -> None:
    """The first message begins it, the following reply to it; others have their own."""
    for text, number in (("a1", 1), ("b1", 2), ("a2", 1), ("a3", 1), ("b2", 2)):
        bot.post(contact(text, conversation_id=number))
    made(api).post(contact("other bot", conversation_id=1))
    shown = {one["msg"]: one for one in api.messages()}
    assert [shown[text].get("tmid") for text in ("a1", "b1", "other bot")] == [None] * 3
    assert {shown[text]["tmid"] for text in ("a2", "a3")} == {shown["a1"]["_id"]}
    assert shown["b2"]["tmid"] == shown["b1"]["_id"]


def test_a_thread_is_of_its_room(api: Api) -> None:
    """A hook with two rooms has a thread in each."""
    api.post("channels.create", name="second")
    hook = made(api, channel="#general, #second")
    for text in ("one", "two"):
        hook.post(contact(text))
    for room in ("general", "second"):
        reply, root = api.messages(room)
        assert (root["msg"], reply["msg"], reply["tmid"]) == ("one", "two", root["_id"])


def test_a_long_text_is_one_thread_too(api: Api, bot: Hook) -> None:
    """Its second piece replies to the first."""
    bot.post(contact("x " * 4000))
    second, first = api.messages()
    assert second["tmid"] == first["_id"]
    assert "tmid" not in first


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_first_messages_at_the_same_moment_make_one_thread(
    make_engine: Any, request: pytest.FixtureRequest, kind: str
) -> None:
    """One of them begins it, whatever the database."""
    url = request.getfixturevalue("postgres_url")() if kind == "postgresql" else ""
    engine: Engine = make_engine(database_url=url, rate_limit_per_minute=0)
    api = Api(create_app(engine=engine))
    for number in range(5):
        hook = made(api)
        with ThreadPoolExecutor(6) as callers:
            calls = [
                callers.submit(hook.post, contact(f"{number}.{n}", conversation_id="same"))
                for n in range(6)
            ]
            assert {call.result().status_code for call in calls} == {200}
        mine = [one for one in api.messages() if one["bot"]["i"] == hook.id]
        [root] = [one for one in mine if "tmid" not in one]
        assert [one["tmid"] for one in mine if one is not root] == [root["_id"]] * 5


def test_an_id_may_be_a_text(api: Api, bot: Hook) -> None:
    """And 123 and "123" are the same conversation."""
    for number in (123, "123", "c-9"):
        assert bot.post(contact("x", conversation_id=number)).status_code == 200
    third, second, first = api.messages()
    assert second["tmid"] == first["_id"]
    assert "tmid" not in third


def sender(**members: Any) -> dict[str, Any]:
    return {**SENDER, **members}


BAD: list[tuple[Any, str]] = [
    ([], "object"),
    ("hello", "object"),
    ({}, "message_type"),
    (contact("x", message_type="activity"), "message_type"),
    (contact("x", message_type=0), "message_type"),
    (contact("x", private="yes"), "private"),
    (contact("x", event="conversation_created"), "event"),
    (contact("x", event=None), "event"),
    (contact("x", sender=None), "sender"),
    (contact("x", sender="bot-user-7"), "sender"),
    (contact("x", sender={"name": "Ada"}), "sender.id"),
    (contact("x", sender=sender(id="")), "sender.id"),
    (contact("x", sender=sender(id=True)), "sender.id"),
    (contact("x", sender=sender(id="x" * 201)), "sender.id"),
    (contact("x", sender=sender(id="a\nb")), "sender.id"),
    (contact("x", sender=sender(name=["Ada"])), "sender.name"),
    (contact("x", conversation_id=None), "conversation_id"),
    (contact("x", conversation_id=1.5), "conversation_id"),
    (contact("x", conversation_id=HUGE), "conversation_id"),
    (contact("x", conversation_id=[1]), "conversation_id"),
    (contact(""), "empty"),
    (contact("  \n"), "empty"),
    ({**contact(), "content": 1}, "content"),
    (contact("", attachments={}), "attachments"),
    (contact("", attachments=["https://e.org/a.png"]), "attachments"),
    (medium("sticker", "https://e.org/a.png"), "file_type"),
    (medium("image", "javascript:alert(1)"), "data_url"),
    (medium("image", "/etc/passwd"), "data_url"),
    (contact("", attachments=[{"file_type": "image"}]), "data_url"),
    (contact("", attachments=[{"file_type": "image", "data_url": "https://e.org"}] * 51), "51"),
    (contact("x", event="message_postback"), "submitted_values"),
    (contact("x", event="message_postback", submitted_values=[1]), "submitted_values"),
    (pressed("x", ["a"]), "payload"),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("body", "named"), BAD, ids=[str(n) for n in range(len(BAD))])
def test_what_is_wrong_is_said_and_not_posted(api: Api, bot: Hook, body: Any, named: str) -> None:
    """400 in the one form, with the member that is wrong; nothing half posted, no thread begun."""
    message = refused(bot.post(body), 400)
    assert named == "51" or named in message
    assert api.messages() == []
    assert bot.last()["status"] == 400
    bot.post(contact("first"))
    assert "tmid" not in api.messages()[0]


BAD_DELIVERIES: list[tuple[Any, str]] = [
    (delivered(text=""), "empty"),
    (delivered(text=1), "text"),
    (delivered(type="sticker", url="https://e.org/a"), "type"),
    (delivered(type="image", url="data:image/png;base64,xx"), "url"),
    (delivered(type="image"), "url"),
    ({**delivered(text="x"), "sender_id": None}, "sender_id"),
    ({**delivered(text="x"), "conv_id": {}}, "conv_id"),
    (delivered(text="x", content_attributes=[]), "content_attributes"),
    (
        delivered(text="x", content_type="button_template", content_attributes={"buttons": 1}),
        "buttons",
    ),
    (
        delivered(text="x", content_type="generic_template", content_attributes={"items": [1]}),
        "items",
    ),
    (
        delivered(
            text="x", content_type="generic_template", content_attributes={"items": [{"title": 1}]}
        ),
        "title",
    ),
]


@pytest.mark.parametrize(("body", "named"), BAD_DELIVERIES)
def test_a_wrong_delivery_is_said_and_not_posted(
    api: Api, webhook: Hook, body: Any, named: str
) -> None:
    """400, however well it is signed."""
    assert named in refused(signed(webhook, body), 400)
    assert api.messages() == []


def test_malformed_and_huge_bodies_are_refused(api: Api, bot: Hook) -> None:
    """400, 413 and 415, all in the one form."""
    for data in (b"{", b"", b"\xff\xfe", b"content=x&message_type=incoming", b"[" * 5000):
        answer = bot.post(data=data, content_type="application/json")
        assert refused(answer, 400)
    nested = b'{"a":' * 200 + b"1" + b"}" * 200
    assert "nested" in refused(bot.post(data=nested, content_type="application/json"), 400)
    assert "larger" in refused(bot.post(contact("x" * (1 << 20))), 413)
    bomb = gzip.compress(b"x" * (8 << 20))
    zipped = {"Content-Encoding": "gzip"}
    assert refused(bot.post(data=bomb, headers=zipped), 413)
    assert refused(bot.post(data=b"x", headers={"Content-Encoding": "br"}), 415)
    assert api.messages() == []


@pytest.mark.parametrize("code", ["x", "x" * 48, "%F0%9F%92%A9", "a%00b", "a%2Fb"])
def test_an_unknown_code_is_not_found(api: Api, bot: Hook, code: str) -> None:
    """404 in the one form."""
    answer = api.client.post(f"/api/apichat/{code}", json=contact("x"))
    if code != "a%2Fb":  # which is two segments, and so no address of UChat's
        refused(answer, 404)
    assert answer.status_code == 404
    assert api.messages() == []


def test_a_hook_of_another_dialect_has_no_such_address(api: Api) -> None:
    """Though the token is right."""
    hook = api.hook()
    refused(hook.post(contact("x"), path=f"/api/apichat/{hook.token}"), 404)


def test_two_hooks_cannot_have_one_code(api: Api, bot: Hook) -> None:
    """The code alone finds the hook."""
    given = {"type": "webhook-incoming", "name": "B", "channel": "#general", "dialect": "uchat"}
    api.post("integrations.create", 409, **given, token=bot.token)


def test_limits_and_switches_keep_the_form(api: Api) -> None:
    """429 with Retry-After, and 503 while it is disabled."""
    hook = made(api, limits={"ratePerMinute": 1})
    hook.post(contact("x"))
    answer = hook.post(contact("x"))
    refused(answer, 429)
    assert int(answer.headers["Retry-After"]) >= 1
    refused(made(api, enabled=False).post(contact("x")), 503)


def test_the_flow_api_key_is_asked_for_when_there_is_one(api: Api) -> None:
    """401 without it and with another; it is stored encrypted, shown as dots, and not in the log."""
    key = "flow-api-key-0123456789"
    hook = made(api, verification={"preset": "bearer", "secret": key})
    for headers in ({}, {"Authorization": f"Bearer {key}x"}, {"Authorization": f"Basic {key}"}):
        answer = hook.post(contact("x"), headers=headers)
        refused(answer, 401)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert api.messages() == []
    right = {"Authorization": f"Bearer {key}"}
    assert hook.post(contact("x"), headers=right).get_json() == {"status": "ok"}
    shown = api.get("integrations.get", integrationId=hook.id)["integration"]
    assert shown["verification"]["secret"] == "••••••••"
    assert key not in json.dumps([shown, *api.executions()])


def test_a_private_message_is_not_posted(api: Api, bot: Hook, webhook: Hook) -> None:
    """An internal note is answered well and relayed to nobody, scripts included."""
    hook = made(api, script("throw Error('it was run')"))
    for one in (bot, hook):
        assert one.post(contact("note", private=True)).get_json() == {"status": "ok"}
        assert one.last()["outcome"] == "nothing"
    note = {**delivered(text="note"), "private": True}
    assert signed(webhook, note).get_json() == {"status": "ok"}
    assert api.messages() == []


def test_a_script_gets_the_payload_and_its_message_is_in_the_thread(api: Api) -> None:
    """It runs first; its error keeps the form."""
    code = script(
        "const c = request.content; if (c.content === 'no') { return {error: 'not today'} } "
        "return {content: {text: `${c.sender.name}: ${c.content}`, alias: 'Bell', "
        "customFields: {mine: 1}}}"
    )
    hook = made(api, code)
    for text in ("one", "two"):
        assert hook.post(contact(text)).get_json() == {"status": "ok"}
    reply, root = api.messages()
    assert (root["msg"], root["alias"]) == ("Ada Lovelace: one", "Bell")
    assert reply["tmid"] == root["_id"]
    assert reply["customFields"] == {"mine": 1, "conversation_id": 123, "sender_id": "bot-user-7"}
    assert refused(hook.post(contact("no")), 400) == "not today"


def test_a_script_understands_what_is_no_message_of_uchats(api: Api) -> None:
    """Then there is no conversation, and no thread."""
    hook = made(api, script("return {content: {text: request.content.any}}"))
    hook.post({"any": "thing"})
    [message] = api.messages()
    assert message["msg"] == "thing"
    assert "customFields" not in message


def test_a_response_that_is_no_message_is_merged_into_the_answer(api: Api) -> None:
    """As other dialects do."""
    code = script("return {content: {text: 'x'}, response: {seen: true, status: 'odd'}}")
    assert made(api, code).post(contact("x")).get_json() == {"seen": True, "status": "ok"}
    assert len(api.messages()) == 1


def test_a_bots_text_is_posted_in_the_conversation(api: Api, webhook: Hook) -> None:
    """With non-ASCII that PHP escaped; signed over what was sent."""
    assert signed(webhook, delivered(text="Grüße / 你好")).get_json() == {"status": "ok"}
    assert signed(webhook, delivered(text="again")).status_code == 200
    reply, root = api.messages()
    assert root["msg"] == "Grüße / 你好"
    assert root["customFields"] == {"conversation_id": 123, "sender_id": BELONGS["sender_id"]}
    assert reply["tmid"] == root["_id"]


def test_a_button_template_becomes_actions(api: Api, webhook: Hook) -> None:
    """Which say their payload in the room; an address opens."""
    link = {"type": "web_url", "title": "Site", "url": "https://e.org/"}
    attributes = {"text": "Sure?", "buttons": [*BUTTONS, link]}
    body = delivered(text="Sure?", content_type="button_template", content_attributes=attributes)
    assert signed(webhook, body).status_code == 200
    [message] = api.messages()
    says = {"type": "button", "msg_in_chat_window": True}
    assert (message["msg"], message["attachments"]) == (
        "Sure?",
        [
            {
                "actions": [
                    {**says, "text": "Yes", "msg": "say_yes"},
                    {**says, "text": "No", "msg": "say_no"},
                    {"type": "button", "text": "Site", "url": "https://e.org/"},
                ]
            }
        ],
    )


def test_cards_become_attachments(api: Api, webhook: Hook) -> None:
    """One for each item; what is null is left out."""
    items = [
        card("First", "https://e.org/1.png", "below", BUTTONS[0]),
        {**card("Second", "https://e.org/2.png", ""), "item_url": "https://e.org/2"},
    ]
    body = delivered(
        text="Choose",
        content_type="generic_template",
        content_attributes={"ratio": "horizontal", "items": items},
    )
    assert signed(webhook, body).status_code == 200
    [message] = api.messages()
    assert message["msg"] == "Choose"
    first, second = message["attachments"]
    assert first["actions"][0]["msg"] == "say_yes"
    assert (first["title"], first["text"], first["image_url"]) == (
        "First",
        "below",
        "https://e.org/1.png",
    )
    assert second == {
        "title": "Second",
        "title_link": "https://e.org/2",
        "image_url": "https://e.org/2.png",
    }


def test_a_bad_signature_is_refused(api: Api, webhook: Hook) -> None:
    """401 when it is missing, of other bytes, of another key, or twice."""
    data = json.dumps(delivered(text="x")).encode()
    right = openssl_signature(KEY, data)
    wrong = [
        [],
        [("X-Hub-Signature-256", right[:-1] + ("0" if right[-1] != "0" else "1"))],
        [("X-Hub-Signature-256", right.removeprefix("sha256="))],
        [("X-Hub-Signature-256", openssl_signature("another key", data))],
        [("X-Hub-Signature-256", right), ("X-Hub-Signature-256", right)],
        [("X-Hub-Signature-256", openssl_signature(KEY, data.replace(b" ", b"")))],
    ]
    for headers in wrong:
        answer = webhook.post(data=data, content_type="application/json", headers=headers)
        refused(answer, 401)
        assert webhook.last()["outcome"] == "bad-signature"
    assert api.messages() == []
