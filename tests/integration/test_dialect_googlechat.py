"""Google Chat's incoming webhooks, through their URLs (wire.md 3.1)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.support import Api, Hook, script

FALLBACK = "&messageReplyOption=REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD"
OR_FAIL = "&messageReplyOption=REPLY_MESSAGE_OR_FAIL"


@pytest.fixture
def google(api: Api) -> Hook:
    return made(api)


def made(api: Api, code: str | None = None, **members: Any) -> Hook:
    """Create a hook that is called at its own address."""
    hook = api.hook(code, **{"dialect": "googlechat", **members})
    url = api.post("integrations.reveal", integrationId=hook.id)["url"]
    hook.path = "/v1/spaces/" + url.partition("/v1/spaces/")[2]
    return hook


def refused(answer: TestResponse, code: int, status: str) -> str:
    """Check that an answer is Google's error, and return its message."""
    error = answer.get_json()["error"]
    assert (answer.status_code, error["code"], error["status"]) == (code, code, status)
    message: str = error["message"]
    return message


def test_a_text_is_posted_and_answered_with_the_message(api: Api, google: Hook) -> None:
    """Name, sender, time, text, thread and space are filled in; the token is not in the log."""
    assert google.path == f"/v1/spaces/{google.id}/messages?key=hooksmith&token={google.token}"
    answer = google.post({"text": "Hello *you*"})
    posted = api.messages()[0]
    made = answer.get_json()
    space = f"spaces/{google.id}"
    assert posted["msg"] == "Hello *you*"
    assert made.pop("createTime").endswith("Z")
    assert made == {
        "name": f"{space}/messages/{posted['_id']}",
        "sender": {"name": f"users/{posted['u']['_id']}", "displayName": "Hook", "type": "BOT"},
        "text": "Hello *you*",
        "thread": {"name": f"{space}/threads/{posted['_id']}"},
        "space": {"name": space},
    }
    assert google.token not in json.dumps(google.last())


@pytest.mark.parametrize("query", ["", "?key=k", "?key=k&token=" + "w" * 48])
def test_a_wrong_token_has_no_permission(api: Api, google: Hook, query: str) -> None:
    """403, as for a space that is not there; and a row in the log."""
    for space in (google.id, "nowhere"):
        answer = api.client.post(f"/v1/spaces/{space}/messages{query}", json={"text": "x"})
        refused(answer, 403, "PERMISSION_DENIED")
        assert api.executions(count=1)[0]["outcome"] == "refused"
    assert api.messages() == []


def test_a_hook_of_another_dialect_is_no_space(api: Api) -> None:
    """Though id and token are right."""
    hook = api.hook()
    path = f"/v1/spaces/{hook.id}/messages?token={hook.token}"
    refused(hook.post({"text": "x"}, path=path), 403, "PERMISSION_DENIED")


@pytest.mark.parametrize(
    ("body", "query"),
    [
        ("{", ""),
        ("[]", ""),
        ("{}", ""),
        ('{"text": ""}', ""),
        ('{"text": 1}', ""),
        ('{"text": "x", "cardsV2": {}}', ""),
        ('{"text": "x", "cardsV2": [{"card": 1}]}', ""),
        (json.dumps({"text": "x" * 32_001}), ""),
        ('{"text": "x"}', "&messageId=mine"),
        ('{"text": "x"}', "&messageId=client-UPPER"),
        ('{"text": "x"}', "&messageReplyOption=MAYBE"),
    ],
)
def test_what_is_wrong_is_an_invalid_argument(
    api: Api, google: Hook, body: str, query: str
) -> None:
    """400 with a message, and nothing posted."""
    answer = google.post(data=body, content_type="application/json", path=google.path + query)
    assert refused(answer, 400, "INVALID_ARGUMENT")
    assert api.messages() == []
    assert google.last()["status"] == 400


@pytest.mark.parametrize("place", ["body", "query"])
def test_messages_with_one_key_are_one_thread(api: Api, google: Hook, place: str) -> None:
    """The key stands in the body or, as it used to, in the query; another key is another thread."""
    for key in ("build-7", "build-7", "build-8"):
        given: dict[str, Any] = {"text": key}
        path = google.path + FALLBACK
        if place == "body":
            given["thread"] = {"threadKey": key}
        else:
            path += f"&threadKey={key}"
        assert google.post(given, path=path).get_json()["thread"]["threadKey"] == key
    third, second, first = api.messages()
    assert first["tmid"] == second["tmid"] != third["tmid"]


def test_without_a_reply_option_each_message_starts_a_thread(api: Api, google: Hook) -> None:
    """The key is ignored, as Google ignores it."""
    google.post({"text": "x", "thread": {"threadKey": "k"}})
    assert "tmid" not in api.messages()[0]
    option = "&messageReplyOption=MESSAGE_REPLY_OPTION_UNSPECIFIED"
    google.post({"text": "y"}, path=f"{google.path}&threadKey=k{option}")
    assert "tmid" not in api.messages()[0]


def test_a_key_in_the_query_alone_is_a_reply(api: Api, google: Hook) -> None:
    """As addresses say it that are older than the reply options."""
    for text in ("first", "second"):
        google.post({"text": text}, path=f"{google.path}&threadKey=k")
    second, first = api.messages()
    assert second["tmid"] == first.get("tmid", first["_id"])


def test_a_thread_can_be_answered_by_its_name(api: Api, google: Hook) -> None:
    """The one that an earlier answer told."""
    first = google.post({"text": "first"}).get_json()
    name = first["thread"]["name"]
    answer = google.post({"text": "re", "thread": {"name": name}}, path=google.path + OR_FAIL)
    assert answer.get_json()["thread"]["name"] == name
    reply, root = api.messages()
    assert reply["tmid"] == root["_id"]


def test_an_unknown_thread_is_not_found_or_begun(api: Api, google: Hook) -> None:
    """As the reply option says; another hook's threads are unknown."""
    theirs = made(api).post({"text": "theirs"}).get_json()["thread"]["name"]
    for name in (f"spaces/{google.id}/threads/none", theirs, "no name"):
        given = {"text": "x", "thread": {"name": name}}
        refused(google.post(given, path=google.path + OR_FAIL), 404, "NOT_FOUND")
        assert google.post(given, path=google.path + FALLBACK).status_code == 200
        assert "tmid" not in api.messages()[0]


def test_a_repeated_request_id_returns_the_earlier_message(api: Api, google: Hook) -> None:
    """It is posted once."""
    path = f"{google.path}&requestId=r-1"
    first, again = (google.post({"text": text}, path=path) for text in ("one", "two"))
    assert first.get_json() == again.get_json()
    assert [one["msg"] for one in api.messages()] == ["one"]


def test_a_message_id_names_the_message(google: Hook) -> None:
    """In the answer, in both places."""
    answer = google.post({"text": "x"}, path=f"{google.path}&messageId=client-a1").get_json()
    assert answer["clientAssignedMessageId"] == "client-a1"
    assert answer["name"].endswith("/messages/client-a1")


def test_cards_become_attachments(api: Api, google: Hook) -> None:
    """Header, paragraphs, labelled texts, pictures and link buttons; their HTML becomes marks."""
    card = {
        "header": {"title": "Build", "subtitle": "main", "imageUrl": "https://e.org/a.png"},
        "sections": [
            {
                "header": "Result",
                "widgets": [
                    {"textParagraph": {"text": 'a <b>b</b> &amp; <a href="https://e.org/">l</a>'}},
                    {"decoratedText": {"topLabel": "Host", "text": "web-1"}},
                    {"image": {"imageUrl": "https://e.org/i.png", "altText": "graph"}},
                    {
                        "buttonList": {
                            "buttons": [
                                {"text": "Log", "onClick": {"openLink": {"url": "https://e.org/"}}},
                                {"text": "X", "onClick": {"action": {"function": "f"}}},
                            ]
                        }
                    },
                ],
            }
        ],
    }
    given = {"cardsV2": [{"cardId": "c", "card": card}]}
    assert google.post(given).get_json()["cardsV2"] == given["cardsV2"]
    assert api.messages()[0]["attachments"] == [
        {
            "title": "Build",
            "text": "main\n*Result*\na *b* & [l](https://e.org/)\nHost: web-1",
            "thumb_url": "https://e.org/a.png",
            "actions": [{"type": "button", "text": "Log", "url": "https://e.org/"}],
        },
        {"title": "graph", "image_url": "https://e.org/i.png"},
    ]


def test_links_and_mentions_are_translated(api: Api, google: Hook) -> None:
    """Users by their id here."""
    me = api.headers["X-User-Id"]
    google.post({"text": f"<https://e.org|here> <users/all> <users/{me}> <users/1>"})
    assert api.messages()[0]["msg"] == "[here](https://e.org) @all @admin <users/1>"


def test_limits_and_switches_are_told_in_googles_words(api: Api) -> None:
    """429 with Retry-After, and 503 while it is disabled."""
    hook = made(api, limits={"ratePerMinute": 1})
    hook.post({"text": "x"})
    answer = hook.post({"text": "x"})
    refused(answer, 429, "RESOURCE_EXHAUSTED")
    assert int(answer.headers["Retry-After"]) >= 1
    refused(made(api, enabled=False).post({"text": "x"}), 503, "UNAVAILABLE")


def test_a_script_runs_first(api: Api) -> None:
    """It may name itself, which callers of Google's cannot; its error keeps Google's form."""
    code = script(
        "if (request.content.no) { return {error: 'not today'} } "
        "return {content: {text: request.content.text + '!', alias: 'Bell'}}"
    )
    hook = made(api, code)
    hook.post({"text": "hi"})
    assert (api.messages()[0]["msg"], api.messages()[0]["alias"]) == ("hi!", "Bell")
    assert refused(hook.post({"no": 1}), 400, "INVALID_ARGUMENT") == "not today"
    made(api).post({"text": "x", "username": "boss", "channel": "#nowhere"})
    assert api.messages()[0]["alias"] == "Hook"
