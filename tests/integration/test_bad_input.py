"""What is wrong is answered in each dialect's own form, with its own status, and nothing is half posted."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from werkzeug.test import TestResponse

from engine.messages import READ_ONLY
from engine.rooms import create_channel
from tests.support import Api, Hook

DIALECTS = ("rocketchat", "mattermost", "kchat", "slack", "googlechat")
_MIB = 1 << 20
_INCOMING = "web.incoming_webhook.{}.app_error"
_CREATING = "api.post.create_webhook_post.creating.app_error"
_SECRET = "the secret that sender and hook share"


def _rocketchat(answer: TestResponse) -> str:
    body = answer.get_json()
    assert body["success"] is False
    return str(body["error"])


def _mattermost(answer: TestResponse) -> str:
    body = answer.get_json()
    assert set(body) == {"id", "message", "detailed_error", "request_id", "status_code"}
    assert body["status_code"] == answer.status_code
    assert body["request_id"] == answer.headers["X-Execution-Id"]
    return str(body["id"])


def _slack(answer: TestResponse) -> str:
    assert answer.mimetype == "text/plain"
    return answer.text


def _googlechat(answer: TestResponse) -> str:
    body = answer.get_json()
    assert set(body) == {"error"}
    assert body["error"]["code"] == answer.status_code
    assert body["error"]["message"]
    return str(body["error"]["status"])


#: Dialect -> what reads the reason out of its errors, having checked their form.
REASON: dict[str, Callable[[TestResponse], str]] = {
    "rocketchat": _rocketchat,
    "mattermost": _mattermost,
    "kchat": _mattermost,
    "slack": _slack,
    "googlechat": _googlechat,
}


@dataclass(frozen=True, slots=True)
class Case:
    """Something wrong, and dialect -> (status, reason); a dialect left out does not know it."""

    name: str
    expected: dict[str, tuple[int, str]]
    #: What is posted: an object, or bytes; a dialect's own instead of it in `bodies`.
    body: Any = field(default_factory=lambda: {"text": "x"})
    bodies: dict[str, Any] = field(default_factory=dict)
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    members: dict[str, Any] = field(default_factory=dict)
    #: Where the hook itself posts to, whether that is there or not.
    channels: tuple[str, ...] = ()
    #: What becomes of the address.
    path: Callable[[str], str] = str


def everywhere(
    rocketchat: tuple[int, str] | None,
    mattermost: tuple[int, str] | None,
    slack: tuple[int, str] | None,
    googlechat: tuple[int, str] | None,
) -> dict[str, tuple[int, str]]:
    """Return what is expected of all; kChat's errors are Mattermost's."""
    said = (rocketchat, mattermost, mattermost, slack, googlechat)
    return {name: one for name, one in zip(DIALECTS, said, strict=True) if one is not None}


def _with_wrong_token(path: str) -> str:
    if "token=" in path:
        return path.partition("token=")[0] + "token=" + "w" * 48
    return path.rpartition("/")[0] + "/" + "w" * 48


_LONG = "long " * 3000
_MATCH = "Match error: Expected {}, got {} in field {}"
_DECODE = (400, _INCOMING.format("decode"))
_INVALID = (400, "INVALID_ARGUMENT")
_SIGNED = {"verification": {"preset": "github", "secret": _SECRET}}
CASES = [
    Case(
        "a body above the limit",
        everywhere(
            (413, "the body is larger than 1048576 bytes"),
            (413, "api.context.request_body_too_large.app_error"),
            (413, "invalid_payload"),
            (413, "INVALID_ARGUMENT"),
        ),
        body={"text": "x" * (2 * _MIB)},
    ),
    Case(
        "a message above Google's limit",
        everywhere(None, None, None, _INVALID),
        {"text": _LONG * 3},
    ),
    Case(
        "a text above Rocket.Chat's limit",
        everywhere((400, "error-message-size-exceeded"), None, None, None),
        {"text": _LONG},
    ),
    Case("no JSON", everywhere(None, _DECODE, (400, "invalid_payload"), _INVALID), b'{"text": "x"'),
    Case("a list", everywhere(None, _DECODE, (400, "invalid_payload"), _INVALID), ["text"]),
    Case(
        "a payload that is no object",
        everywhere(
            (400, "Integration payload must be a JSON object, not an array or primitive"),
            _DECODE,
            (400, "invalid_payload"),
            None,
        ),
        b"payload=[1]",
    ),
    Case(
        "a text of the wrong type",
        everywhere(None, _DECODE, (400, "invalid_payload"), _INVALID),
        {"text": 5},
    ),
    Case(
        "attachments of the wrong type",
        everywhere(
            (400, _MATCH.format("string", "number", "attachments[0].title")),
            _DECODE,
            (400, "invalid_payload"),
            _INVALID,
        ),
        {"text": "x", "attachments": "y"},
        bodies={
            "rocketchat": {"text": "x", "attachments": [{"title": 5}]},
            "googlechat": {"text": "x", "cardsV2": "y"},
        },
    ),
    Case(
        "a name of the wrong type",
        everywhere((400, _MATCH.format("string", "object", "alias")), _DECODE, None, None),
        {"text": "x", "username": {"a": 1}},
    ),
    Case(
        "nothing to say",
        everywhere(None, (400, _INCOMING.format("text")), (400, "no_text"), _INVALID),
        {"text": ""},
    ),
    Case(
        "an unknown channel",
        everywhere(
            (400, "invalid-channel"),
            (404, _INCOMING.format("channel")),
            (404, "channel_not_found"),
            None,
        ),
        {"text": "x", "channel": "#nowhere"},
        members={"overrideDestinationChannelEnabled": True},
    ),
    Case(
        "an unknown user",
        everywhere(
            (400, "invalid-channel"),
            (400, _INCOMING.format("user")),
            (400, "user_not_found"),
            None,
        ),
        {"text": "x", "channel": "@nobody"},
        members={"overrideDestinationChannelEnabled": True},
    ),
    Case(
        "two channels, one of them unknown",
        everywhere((400, "invalid-channel"), None, None, None),
        {"text": "x", "channel": ["#general", "#nowhere"]},
        members={"overrideDestinationChannelEnabled": True},
    ),
    Case(
        "the hook's own channel is unknown",
        everywhere(
            (400, "invalid-channel"),
            (404, _INCOMING.format("channel")),
            (404, "channel_not_found"),
            (404, "NOT_FOUND"),
        ),
        channels=("#general", "#nowhere"),
    ),
    Case(
        "a room that takes no messages",
        everywhere(
            (400, READ_ONLY),
            (403, _INCOMING.format("permissions")),
            (403, "action_prohibited"),
            (403, "PERMISSION_DENIED"),
        ),
        members={"channel": "#general, #closed"},
    ),
    Case(
        "a locked channel",
        everywhere(
            (400, "overriding destination channel is disabled for this integration"),
            (403, _INCOMING.format("channel_locked")),
            (403, "action_prohibited"),
            None,
        ),
        {"text": "x", "channel": "#other"},
        members={"channelLocked": True},
    ),
    Case(
        "an unknown thread",
        everywhere(None, None, None, (404, "NOT_FOUND")),
        {"text": "x", "thread": {"name": "spaces/s/threads/nowhere"}},
        query="messageReplyOption=REPLY_MESSAGE_OR_FAIL",
    ),
    Case(
        "a type that is not custom",
        everywhere(None, (400, "api.context.invalid_param.app_error"), None, None),
        {"text": "x", "type": "system_join"},
    ),
    Case(
        "blocks that are none",
        everywhere(None, None, (400, "invalid_blocks"), None),
        {"text": "x", "blocks": ["y"]},
    ),
    Case(
        "a long text with too many attachments",
        everywhere(
            (400, "error-message-size-exceeded"),
            (400, _CREATING),
            (400, "too_many_attachments"),
            None,
        ),
        {"text": _LONG, "attachments": [{"text": "a"}] * 201},
    ),
    Case("no message id", everywhere(None, None, None, _INVALID), query="messageId=mine"),
    Case(
        "a wrong token",
        everywhere(
            (404, "Invalid integration id or token provided."),
            (400, _INCOMING.format("invalid")),
            (404, "no_service"),
            (403, "PERMISSION_DENIED"),
        ),
        path=_with_wrong_token,
    ),
    Case(
        "no signature",
        everywhere(
            (401, "Verification failed: the header X-Hub-Signature-256 is missing"),
            (401, _INCOMING.format("general")),
            (403, "invalid_token"),
            (401, "UNAUTHENTICATED"),
        ),
        members=_SIGNED,
    ),
    Case(
        "a wrong signature",
        everywhere(
            (
                401,
                "Verification failed: the signature in X-Hub-Signature-256 is not that of this "
                "body with the configured secret",
            ),
            (401, _INCOMING.format("general")),
            (403, "invalid_token"),
            (401, "UNAUTHENTICATED"),
        ),
        headers={"X-Hub-Signature-256": "sha256=" + "0" * 64},
        members=_SIGNED,
    ),
    Case(
        "a disabled hook",
        everywhere(
            (503, "Service Unavailable"),
            (501, _INCOMING.format("disabled")),
            (404, "no_service"),
            (503, "UNAVAILABLE"),
        ),
        members={"enabled": False},
    ),
]


def made(api: Api, dialect: str, **members: Any) -> Hook:
    """Create a hook of a dialect, which also sends to another system, and is called at its own address."""
    destination = api.post(
        "destinations.create", type="webhook", name="Elsewhere", url="https://example.org/hook"
    )["destination"]["_id"]
    hook = api.hook(dialect=dialect, destinations=["rooms", destination], **members)
    address = urlsplit(api.post("integrations.reveal", integrationId=hook.id)["url"])
    hook.path = f"{address.path}?{address.query}" if address.query else address.path
    return hook


def sent(hook: Hook, body: Any, path: str, **options: Any) -> TestResponse:
    if isinstance(body, bytes):
        form = body.startswith(b"payload=")
        kind = "application/x-www-form-urlencoded" if form else "application/json"
        return hook.post(data=body, content_type=kind, path=path, **options)
    return hook.post(data=json.dumps(body), content_type="application/json", path=path, **options)


@pytest.fixture
def rooms(api: Api) -> list[str]:
    """Names of the rooms that there are; #closed takes no messages."""
    api.post("channels.create", name="other")
    with api.app.extensions["hooksmith"].database.write() as session:
        create_channel(session, "closed").read_only = True
    return ["general", "other", "closed"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_bad_input_is_refused_whole(api: Api, rooms: list[str], case: Case) -> None:
    """In each dialect: its status, its reason, a row in the log; no message, delivery or direct room."""
    for dialect, expected in case.expected.items():
        hook = made(api, dialect, **case.members)
        if case.channels:
            hook.name_channels(*case.channels)
        joined = "&" if "?" in hook.path else "?"
        path = case.path(hook.path + (joined + case.query if case.query else ""))
        body = case.bodies.get(dialect, case.body)
        answer = sent(hook, body, path, headers=case.headers)
        assert (answer.status_code, REASON[dialect](answer)) == expected, dialect
        assert [one for room in rooms for one in api.messages(room)] == [], dialect
        assert api.get("deliveries.list")["total"] == 0, dialect
        assert api.get("im.list")["total"] == 0, dialect
        logged = api.executions(count=1)[0]
        assert (logged["status"], logged["messageCount"]) == (expected[0], 0), dialect
        assert logged["_id"] == answer.headers["X-Execution-Id"], dialect
        assert logged["summary"], dialect


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_repeated_request_is_posted_once(api: Api, dialect: str) -> None:
    """By Google's requestId, or the id that deduplication looks at: the first answer again, whole."""
    google = dialect == "googlechat"
    hook = made(api, dialect, **({} if google else {"deduplication": {"windowS": 600}}))
    path = hook.path + ("&requestId=request-1" if google else "")
    headers = {} if google else {"Idempotency-Key": "request-1"}
    first, again = (sent(hook, {"text": text}, path, headers=headers) for text in ("one", "two"))
    assert (first.status_code, first.data) == (again.status_code, again.data)
    assert first.status_code == 200
    assert again.headers["X-Duplicate-Of"] == first.headers["X-Execution-Id"]
    assert [one["msg"] for one in api.messages()] == ["one"]
    assert api.get("deliveries.list")["total"] == 1


@pytest.mark.parametrize("dialect", DIALECTS)
def test_after_bad_input_good_input_is_posted(api: Api, dialect: str) -> None:
    """A refusal leaves nothing behind that would refuse the next."""
    hook = made(api, dialect)
    for body in ({"text": "x" * (2 * _MIB)}, b"{", {"text": {"a": 1}}):
        sent(hook, body, hook.path)
    assert api.messages() == []
    assert sent(hook, {"text": "good"}, hook.path).status_code == 200
    assert [one["msg"] for one in api.messages()] == ["good"]
