"""
UChat: the API Chat channel of a partner (its page of version 1).

Hooksmith stands at both ends of it: it is the system with the bot, whose webhook a client sets, and
it is the client, whose webhook UChat calls.

Not checked, because nothing of it is Hooksmith's: that UChat's support has to be asked for the
channel, which of its pages enables the addon, and what its two pictures show.
"""

from __future__ import annotations

import http.client
import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from tests.acceptance.conftest import Server
from tests.support import PASSWORD
from tests.uchat import WebhookSide, openssl_signature
from tests.uchat import http as http_answer

KEY = "VERIFICATION_TOKEN"
CHALLENGE = "205c40409f9bcdeb9e00614b442c5fdd"
IMAGE, AUDIO = "https://example.org/a.png", "https://example.org/a.mp3"
VIDEO, FILE = "https://example.org/a.mp4", "https://example.org/a.pdf"


@dataclass
class Reply:
    status: int
    headers: Any
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Workspace:
    """An integration that speaks UChat's dialect, with a room of its own; its id is the workspace's."""

    server: Server
    id: str
    room: str
    bot_url: str
    key: str

    def call(
        self,
        method: str,
        url: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
    ) -> Reply:
        """Make one request over a socket; a body that is no bytes is JSON."""
        raw = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        named = {"Content-Type": "application/json", **(headers or {})}
        parts = urlsplit(url)
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        try:
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            connection.request(method, path, raw, named)
            answer = connection.getresponse()
            return Reply(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def partner(self, method: str, body: Any = None, key: str | None = None) -> Reply:
        """Call the partner API with the partner API key."""
        headers = {"Authorization": f"Bearer {self.key if key is None else key}"}
        place = f"/api/partner/workspace/{self.id}/apichat-webhook"
        return self.call(method, place, body, headers)

    def set_webhook(self, side: WebhookSide, key: str = KEY) -> Reply:
        given = {"webhook_url": side.url, "webhook_verification_key": key}
        return self.partner("POST", given)

    def send(self, body: Any, **headers: str) -> Reply:
        """POST to bot_url."""
        return self.call("POST", self.bot_url, body, headers)

    def messages(self) -> list[dict[str, Any]]:
        """Return what is in the room, oldest first."""
        found = self.server.api("GET", f"channels.messages?roomName={self.room}")
        return list(found["messages"][::-1])

    def answer(self, **members: Any) -> None:
        """Reply to the first message as an agent does."""
        root = self.messages()[0]["_id"]
        self.server.api("POST", "chat.postMessage", channel=f"#{self.room}", tmid=root, **members)

    def deliver(self, body: Any, key: str = KEY) -> Reply:
        """Call as UChat calls a webhook: PHP's JSON, and the sample code's signature."""
        data = json.dumps(body).replace("/", "\\/").encode()
        signature = openssl_signature(key, data)
        headers = {"X-Hub-Signature-256": signature, "x-flow-ns": "f1", "x-action": "messages"}
        return self.call("POST", self.bot_url, data, headers)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("uchat") / "data")
    yield server
    server.stop()


_numbers = iter(range(1000))


def opened(server: Server, **members: Any) -> Workspace:
    room = f"uchat-{next(_numbers)}"
    server.api("POST", "channels.create", name=room)
    given = {"name": "Bot", "channel": f"#{room}", "dialect": "uchat", **members}
    made = server.api("POST", "integrations.create", **given)["integration"]
    login = {"user": "admin", "password": PASSWORD}
    key = server.request("POST", "/api/v1/login", login)[1]["data"]["authToken"]
    return Workspace(server, made["_id"], room, made["url"], key)


@pytest.fixture
def workspace(running: Server) -> Workspace:
    """A bot that contacts write to."""
    return opened(running)


@pytest.fixture
def client(running: Server) -> Workspace:
    """A webhook that UChat calls: it knows the verification key."""
    return opened(running, verification={"preset": "meta", "secret": KEY})


@pytest.fixture
def side() -> Iterator[WebhookSide]:
    """A client's webhook."""
    far = WebhookSide(key=KEY)
    yield far
    far.close()


# -- setting it up -------------------------------------------------------------------------------


def test_the_webhook_url_needs_to_be_verified(workspace: Workspace, side: WebhookSide) -> None:
    """One that does not answer with the challenge is not verified, and gets no messages."""
    side.answer = lambda _: iter([http_answer(200, b"hello")])
    answer = workspace.set_webhook(side)
    assert (answer.status, answer.json()["data"]["webhook_status"]) == (422, "failed")
    assert workspace.partner("GET").json()["data"]["webhook_status"] == "failed"
    workspace.send(TEXT)
    workspace.answer(text="unheard")
    side.answer = None
    assert workspace.set_webhook(side).status == 200
    workspace.answer(text="heard")
    assert [one["text"] for one in side.wait_for(1)] == ["heard"]


def test_bot_url_of_the_response_is_used_to_send_messages(
    workspace: Workspace, side: WebhookSide
) -> None:
    """It ends in a unique code to the bot, and what is posted there is in its room."""
    bot_url = workspace.set_webhook(side).json()["data"]["bot_url"]
    assert re.search(r"/api/apichat/[A-Za-z0-9]{20,}$", bot_url)
    assert workspace.call("POST", bot_url, TEXT).status == 200
    assert [one["msg"] for one in workspace.messages()] == ["hello"]
    other = opened(workspace.server)
    assert other.bot_url != bot_url
    assert other.messages() == []


def test_replies_of_bot_and_agent_are_sent_to_the_webhook_with_a_signature(
    running: Server, side: WebhookSide
) -> None:
    """A script's answer and a person's; the far side checks every signature with openssl."""
    script = (
        "class Script { process_incoming_request({ request }) { return { "
        "content: { text: request.content.content }, response: { text: 'from the bot' } } } }"
    )
    bot = opened(running, script=script, scriptEnabled=True)
    bot.set_webhook(side)
    bot.send(TEXT)
    bot.answer(text="from an agent")
    assert [one["text"] for one in side.wait_for(2)] == ["from the bot", "from an agent"]


# -- the partner API -----------------------------------------------------------------------------


def test_the_partner_api_key_is_needed(workspace: Workspace, side: WebhookSide) -> None:
    """401 with another one, for each of the three calls."""
    given = {"webhook_url": side.url, "webhook_verification_key": KEY}
    for method, body in (("GET", None), ("POST", given), ("DELETE", None)):
        assert workspace.partner(method, body, key="not-the-key").status == 401
    assert side.questions == []


def test_get_webhook_answers_as_in_the_sample(workspace: Workspace, side: WebhookSide) -> None:
    """status ok, and data with the four members."""
    workspace.set_webhook(side)
    answer = workspace.partner("GET")
    assert answer.status == 200
    assert answer.json() == {
        "status": "ok",
        "data": {
            "webhook_url": side.url,
            "webhook_verification_key": KEY,
            "webhook_status": "verified",
            "bot_url": workspace.bot_url,
        },
    }


def test_set_webhook_answers_as_in_the_sample(workspace: Workspace, side: WebhookSide) -> None:
    """The same, at once."""
    answer = workspace.set_webhook(side)
    assert (answer.status, answer.json()) == (200, workspace.partner("GET").json())


def test_three_parameters_are_sent_to_the_webhook_by_post(
    workspace: Workspace, side: WebhookSide
) -> None:
    """hub_mode is subscribe, hub_verify_token the key, hub_challenge a random string of its kind."""
    workspace.set_webhook(side)
    workspace.set_webhook(side)
    first, second = side.questions
    assert [one.method for one in side.requests] == ["POST", "POST"]
    for question in (first, second):
        assert set(question) == {"hub_mode", "hub_verify_token", "hub_challenge"}
        assert (question["hub_mode"], question["hub_verify_token"]) == ("subscribe", KEY)
        assert re.fullmatch(r"[0-9a-f]{32}", question["hub_challenge"])
    assert first["hub_challenge"] != second["hub_challenge"]


def test_remove_webhook_answers_as_in_the_sample(workspace: Workspace, side: WebhookSide) -> None:
    """Four empty texts; and then nothing is sent to it."""
    workspace.set_webhook(side)
    workspace.send(TEXT)
    empty = {"webhook_url": "", "webhook_verification_key": "", "webhook_status": "", "bot_url": ""}
    answer = workspace.partner("DELETE")
    assert (answer.status, answer.json()) == (200, {"status": "ok", "data": empty})
    assert workspace.partner("GET").json()["data"] == empty
    workspace.answer(text="unheard")
    assert workspace.set_webhook(side).status == 200
    workspace.answer(text="heard")
    assert [one["text"] for one in side.wait_for(1)] == ["heard"]


# -- verifying, as the client --------------------------------------------------------------------


def question(key: str = KEY) -> dict[str, str]:
    return {"hub_mode": "subscribe", "hub_verify_token": key, "hub_challenge": CHALLENGE}


def test_the_challenge_is_returned_as_text_when_the_key_is_right(client: Workspace) -> None:
    """The text response is the content of hub_challenge, e.g. 205c40409f9bcdeb9e00614b442c5fdd."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = client.call("POST", client.bot_url, urlencode(question()).encode(), form)
    assert (answer.status, answer.body) == (200, CHALLENGE.encode())
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert client.messages() == []


def test_the_verification_key_is_verified(client: Workspace) -> None:
    """With another one there is no challenge in the answer."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = client.call("POST", client.bot_url, urlencode(question("another")).encode(), form)
    assert answer.status == 403
    assert CHALLENGE.encode() not in answer.body


def test_both_ends_verify_each_other(workspace: Workspace, client: Workspace) -> None:
    """Hooksmith as UChat sets Hooksmith as the client, and what an agent says is posted there."""
    base = f"http://127.0.0.1:{client.server.port}"
    given = {
        "webhook_url": base + urlsplit(client.bot_url).path,
        "webhook_verification_key": KEY,
    }
    answer = workspace.partner("POST", given)
    assert answer.json()["data"]["webhook_status"] == "verified"
    workspace.send(TEXT)
    workspace.answer(text="across")
    deadline = time.monotonic() + 60
    while not client.messages() and time.monotonic() < deadline:
        time.sleep(0.05)
    [message] = client.messages()
    assert message["msg"] == "across"
    assert message["customFields"] == {"conversation_id": 123, "sender_id": "u1"}


# -- sending messages to the bot -----------------------------------------------------------------

SENDER = {
    "id": "u1",
    "name": "BOT USER NAME",
    "email": "",
    "phone_number": "",
    "type": "contact",
}


def sent(content: str, event: str = "message_created", **members: Any) -> dict[str, Any]:
    return {
        "content": content,
        "message_type": "incoming",
        "sender": SENDER,
        "conversation_id": 123,
        "event": event,
        **members,
    }


def attached(file_type: str, data_url: str) -> dict[str, Any]:
    return sent("", attachments=[{"file_type": file_type, "data_url": data_url}])


TEXT = sent("hello")


def test_the_flow_api_key_is_needed(running: Server) -> None:
    """When one is set; without it and with another, 401."""
    bot = opened(running, verification={"preset": "bearer", "secret": "the-flow-api-key"})
    assert bot.send(TEXT).status == 401
    assert bot.send(TEXT, Authorization="Bearer another-key").status == 401
    assert bot.messages() == []
    assert bot.send(TEXT, Authorization="Bearer the-flow-api-key").status == 200
    assert len(bot.messages()) == 1


def posted(workspace: Workspace, body: dict[str, Any]) -> dict[str, Any]:
    """Send to the bot; return the message that it became."""
    answer = workspace.send(body)
    assert (answer.status, answer.json()) == (200, {"status": "ok"})
    [message] = workspace.messages()
    assert message["alias"] == "BOT USER NAME"
    assert message["customFields"] == {"conversation_id": 123, "sender_id": "u1"}
    return message


def test_send_text_message(workspace: Workspace) -> None:
    """content is the text."""
    assert posted(workspace, TEXT)["msg"] == "hello"


def test_send_button_payload(workspace: Workspace) -> None:
    """message_postback: the title, and the payload of submitted_values."""
    values = [{"title": "Yes", "payload": "BUTTON_PAYLOAD"}]
    message = posted(workspace, sent("Yes", "message_postback", submitted_values=values))
    assert message["msg"] == "Yes"
    [field] = message["attachments"][0]["fields"]
    assert (field["title"], field["value"]) == ("Yes", "BUTTON_PAYLOAD")


def test_send_image(workspace: Workspace) -> None:
    """data_url is shown as a picture."""
    assert posted(workspace, attached("image", IMAGE))["attachments"] == [{"image_url": IMAGE}]


def test_send_audio(workspace: Workspace) -> None:
    """data_url can be heard."""
    assert posted(workspace, attached("audio", AUDIO))["attachments"] == [{"audio_url": AUDIO}]


def test_send_video(workspace: Workspace) -> None:
    """data_url can be watched."""
    assert posted(workspace, attached("video", VIDEO))["attachments"] == [{"video_url": VIDEO}]


def test_send_file(workspace: Workspace) -> None:
    """data_url can be downloaded."""
    [attachment] = posted(workspace, attached("file", FILE))["attachments"]
    assert attachment["title_link"] == FILE
    assert attachment["title_link_download"] is True


def test_hooksmiths_own_uchat_destination_sends_so(workspace: Workspace) -> None:
    """A destination of that kind, pointed at another bot: text and picture, each as above."""
    base = f"http://127.0.0.1:{workspace.server.port}"
    made = workspace.server.api(
        "POST",
        "destinations.create",
        type="uchat",
        name="Other bot",
        url=base + urlsplit(workspace.bot_url).path,
        conversation_id=123,
        sender_id="u1",
    )["destination"]
    hook = opened(workspace.server, dialect="rocketchat", destinations=[made["_id"]])
    given = {"text": "across", "attachments": [{"image_url": IMAGE}], "username": "Ada"}
    assert hook.send(given).status == 200
    deadline = time.monotonic() + 60
    while len(workspace.messages()) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    text, picture = workspace.messages()
    assert (text["msg"], text["alias"]) == ("across", "Ada")
    assert picture["attachments"] == [{"image_url": IMAGE}]
    assert picture["tmid"] == text["_id"]


def test_a_conversation_id_is_one_conversation(workspace: Workspace) -> None:
    """Its messages are one thread; another id is another conversation."""
    for number in (123, 123, 124):
        workspace.send(sent(str(number), conversation_id=number))
    first, second, other = workspace.messages()
    assert second["tmid"] == first["_id"]
    assert "tmid" not in other


# -- the webhook payload, as we send it ----------------------------------------------------------

HEAD = {"sender_id": "u1", "conv_id": 123}
TAIL = {"message_type": "outgoing", "private": False}
BUTTONS = [
    {"type": "postback", "title": "One", "payload": "PAYLOAD_1"},
    {"type": "postback", "title": "Two", "payload": "PAYLOAD_2"},
]
TEMPLATE = {
    **HEAD,
    "text": "Choose",
    "type": "text",
    **TAIL,
    "content_type": "button_template",
    "content_attributes": {"text": "Choose", "buttons": BUTTONS},
}
CARDS = {
    **HEAD,
    "text": "Choose",
    "type": "text",
    **TAIL,
    "content_type": "generic_template",
    "content_attributes": {
        "ratio": "horizontal",
        "items": [
            {
                "title": title,
                "image_url": IMAGE,
                "item_url": None,
                "subtitle": "SUBTITLE",
                "default_action": None,
                "buttons": [button],
            }
            for title, button in zip(("First", "Second"), BUTTONS, strict=True)
        ],
    },
}


def button(title: str, payload: str) -> dict[str, Any]:
    return {"type": "button", "text": title, "msg": payload, "msg_in_chat_window": True}


def received(workspace: Workspace, side: WebhookSide, **members: Any) -> dict[str, Any]:
    """Let a contact write and an agent answer; return what the webhook got."""
    assert workspace.set_webhook(side).status == 200
    workspace.send(TEXT)
    workspace.answer(**members)
    [message] = side.wait_for(1)
    return message


def test_each_request_has_the_three_headers(workspace: Workspace, side: WebhookSide) -> None:
    """X-Hub-Signature-256 over the payload, x-flow-ns of the bot, x-action messages."""
    received(workspace, side, text="hello")
    [headers] = side.headers
    message = next(one for one in side.requests if one.header("x-action"))
    assert headers["x-hub-signature-256"] == openssl_signature(KEY, message.body)
    assert headers["x-flow-ns"] == workspace.id
    assert headers["x-action"] == "messages"


def test_receive_text_message(workspace: Workspace, side: WebhookSide) -> None:
    """Member for member, as in the sample."""
    assert received(workspace, side, text="TEXT MESSAGE") == {
        **HEAD,
        "text": "TEXT MESSAGE",
        "type": "text",
        **TAIL,
    }


def test_receive_button_template(workspace: Workspace, side: WebhookSide) -> None:
    """content_attributes with text and two postback buttons."""
    actions = [button("One", "PAYLOAD_1"), button("Two", "PAYLOAD_2")]
    got = received(workspace, side, text="Choose", attachments=[{"actions": actions}])
    assert got == TEMPLATE


def test_receive_generic_template(workspace: Workspace, side: WebhookSide) -> None:
    """A carousel of two cards, each with picture, subtitle and button."""
    cards = [
        {
            "title": title,
            "text": "SUBTITLE",
            "image_url": IMAGE,
            "actions": [button(one["title"], one["payload"])],
        }
        for title, one in zip(("First", "Second"), BUTTONS, strict=True)
    ]
    assert received(workspace, side, text="Choose", attachments=cards) == CARDS


@pytest.mark.parametrize(
    ("kind", "url", "attachment"),
    [
        ("image", IMAGE, {"image_url": IMAGE}),
        ("audio", AUDIO, {"audio_url": AUDIO}),
        ("video", VIDEO, {"video_url": VIDEO}),
        ("file", FILE, {"title_link": FILE, "title_link_download": True}),
    ],
)
def test_receive_image_audio_video_and_file_message(
    workspace: Workspace, side: WebhookSide, kind: str, url: str, attachment: dict[str, Any]
) -> None:
    """url and type, and no text."""
    got = received(workspace, side, text="", attachments=[attachment])
    assert got == {**HEAD, "url": url, "type": kind, **TAIL}


# -- the webhook payload, as we receive it -------------------------------------------------------


def arrived(client: Workspace, body: dict[str, Any]) -> dict[str, Any]:
    answer = client.deliver(body)
    assert (answer.status, answer.json()) == (200, {"status": "ok"})
    [message] = client.messages()
    return message


def test_the_payloads_signature_is_verified(client: Workspace) -> None:
    """As the sample code does: another key's is refused, and so is a payload without one."""
    body = {**HEAD, "text": "x", "type": "text", **TAIL}
    assert client.deliver(body, key="another").status == 401
    assert client.send(body).status == 401
    assert client.messages() == []
    assert arrived(client, body)["msg"] == "x"


def test_a_received_text_message_is_posted(client: Workspace) -> None:
    """In the conversation's thread."""
    body = {**HEAD, "text": "TEXT MESSAGE", "type": "text", **TAIL}
    assert arrived(client, body)["msg"] == "TEXT MESSAGE"
    client.deliver(body)
    first, second = client.messages()
    assert second["tmid"] == first["_id"]


def test_a_received_button_template_is_posted(client: Workspace) -> None:
    """Its buttons are actions."""
    message = arrived(client, TEMPLATE)
    assert message["msg"] == "Choose"
    assert message["attachments"] == [
        {"actions": [button("One", "PAYLOAD_1"), button("Two", "PAYLOAD_2")]}
    ]


def test_a_received_generic_template_is_posted(client: Workspace) -> None:
    """Its cards are attachments."""
    first, second = arrived(client, CARDS)["attachments"]
    assert first == {
        "title": "First",
        "text": "SUBTITLE",
        "image_url": IMAGE,
        "actions": [button("One", "PAYLOAD_1")],
    }
    assert second["title"] == "Second"


@pytest.mark.parametrize(
    ("kind", "url", "name"),
    [
        ("image", IMAGE, "image_url"),
        ("audio", AUDIO, "audio_url"),
        ("video", VIDEO, "video_url"),
        ("file", FILE, "title_link"),
    ],
)
def test_received_media_are_posted(client: Workspace, kind: str, url: str, name: str) -> None:
    """Image, audio, video and file."""
    message = arrived(client, {**HEAD, "url": url, "type": kind, **TAIL})
    assert message["attachments"][0][name] == url
    assert message["msg"] == ""


def test_a_private_message_is_not_relayed(client: Workspace) -> None:
    """private true: a note for agents."""
    body = {**HEAD, "text": "note", "type": "text", **TAIL, "private": True}
    assert client.deliver(body).status == 200
    assert client.messages() == []
