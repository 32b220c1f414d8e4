"""What an incoming script sees and what its content becomes (wire.md 1.1)."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa

from engine.models import Integration
from tests.support import Api, script


def seen(api: Api, expression: str, **options: Any) -> Any:
    """Return what an expression of `request` is inside a script."""
    hook = api.hook(
        script(f"return {{ content: {{ text: 'x' }}, response: {{ seen: {expression} }} }}")
    )
    path = hook.path + options.pop("suffix", "")
    return hook.post(options.pop("json", {"a": 1}), path=path, **options).get_json().get("seen")


def test_the_request_has_everything_rocket_chat_gives(api: Api) -> None:
    """All members of `request`, with the values of this request."""
    got = seen(
        api,
        "request",
        json={"pusher": "ada"},
        suffix="?channel=dev&tag=a&tag=b&o[x]=1",
        headers={"X-GitHub-Event": "push", "X-Two": "1"},
    )
    integration_id = got["url_params"]["integrationId"]
    token = got["url_params"]["token"]
    path = f"/hooks/{integration_id}/{token}"
    search = "?channel=dev&tag=a&tag=b&o[x]=1"
    assert got["url"] == {
        "hash": "",
        "search": search,
        "query": {"channel": "dev", "tag": ["a", "b"], "o": {"x": "1"}},
        "pathname": path,
        "path": path + search,
    }
    assert got["url_raw"] == path + search
    assert got["content"] == got["body"] == {"pusher": "ada"}
    assert json.loads(got["content_raw"]) == {"pusher": "ada"}
    assert got["headers"]["x-github-event"] == "push"
    assert got["headers"]["content-type"] == "application/json"
    assert got["user"]["username"] == "rocket.cat"
    assert set(got["user"]) == {"_id", "name", "username"}


def test_the_query_is_always_an_object(api: Api) -> None:
    """A script may read `request.url.query.x` without asking first."""
    assert seen(api, "request.url.query") == {}


def test_arrays_reach_the_script(api: Api) -> None:
    """Older Rocket.Chat handed arrays over, so scripts rely on it."""
    assert seen(api, "request.content.map((x) => x * 2)", json=[1, 2]) == [2, 4]


def test_a_script_may_change_its_request(api: Api) -> None:
    """`request` is an ordinary object of the script's own realm."""
    expression = (
        "((request.content.b = 2), delete request.headers, request.content instanceof Object,"
        " Object.getPrototypeOf(request.content) === Object.prototype)"
    )
    assert seen(api, expression) is True


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("{ text: '  hi  ' }", {"msg": "hi"}),
        ("{ msg: 'from msg' }", {"msg": "from msg"}),
        ("{ text: 'text', msg: 'msg' }", {"msg": "text"}),
        ("{ text: 5 }", {"msg": "5"}),
        ("{ text: 'x', username: 'u', alias: 'a' }", {"alias": "u"}),
        ("{ text: 'x', alias: 'a' }", {"alias": "a"}),
        ("{ text: 'x' }", {"alias": "Default", "emoji": ":robot:"}),
        (
            "{ text: 'x', icon_url: 'https://a.example/i.png', icon_emoji: ':x:' }",
            {"avatar": "https://a.example/i.png", "emoji": None},
        ),
        ("{ text: 'x', icon_emoji: ':x:' }", {"emoji": ":x:", "avatar": None}),
        (
            "{ text: 'x', avatar: 'https://a.example/a.png' }",
            {"avatar": "https://a.example/a.png"},
        ),
        ("{ text: 'x', attachments: 'no list' }", {"attachments": [], "parseUrls": True}),
        ("{ text: 'x', attachments: [] }", {"attachments": [], "parseUrls": False}),
        ("{ text: 'x', attachments: [], parseUrls: true }", {"attachments": [], "parseUrls": True}),
        ("{ text: 'x' }", {"attachments": [], "parseUrls": True}),
        (
            "{ attachments: [{ msg: ' moved ', color: '#f00', image_url: null }] }",
            {"attachments": [{"text": "moved", "color": "#f00"}], "parseUrls": False},
        ),
        (
            "{ text: 'x', parseUrls: false, groupable: true, customFields: { a: 1 } }",
            {"parseUrls": False, "groupable": True, "customFields": {"a": 1}},
        ),
        (
            "{ attachments: [{ ts: new Date(0), fields: [{ title: 't', value: true }] }] }",
            {
                "attachments": [
                    {"ts": "1970-01-01T00:00:00.000Z", "fields": [{"title": "t", "value": True}]}
                ]
            },
        ),
    ],
)
def test_content_becomes_a_message(api: Api, content: str, expected: dict[str, Any]) -> None:
    """wire.md 1.1, "Message construction"."""
    hook = api.hook(script(f"return {{ content: {content} }}"), alias="Default", emoji=":robot:")
    assert hook.post({}).get_json() == {"success": True}
    message = api.messages()[0]
    assert {name: message.get(name) for name in expected} == expected
    assert message["bot"] == {"i": hook.id}
    assert message["u"]["username"] == "rocket.cat"


@pytest.mark.parametrize(
    ("attachment", "place"),
    [
        ("5", "attachments[0]"),
        ("{ text: {} }", "attachments[0].text"),
        ("{ ts: [] }", "attachments[0].ts"),
        ("{ collapsed: 'yes' }", "attachments[0].collapsed"),
        ("{ fields: {} }", "attachments[0].fields"),
        ("{ fields: [5] }", "attachments[0].fields[0]"),
        ("{ fields: [{ title: 't' }] }", "attachments[0].fields[0]"),
        ("{ fields: [{ title: 't', value: {} }] }", "attachments[0].fields[0].value"),
        ("{ actions: [{ text: 5 }] }", "attachments[0].actions[0].text"),
    ],
)
def test_a_wrong_attachment_is_refused_with_its_place(
    api: Api, attachment: str, place: str
) -> None:
    """The answer names the field, and nothing is posted."""
    hook = api.hook(script(f"return {{ content: {{ attachments: [{attachment}] }} }}"))
    answer = hook.post({})
    assert answer.status_code == 400
    assert answer.get_json()["error"].startswith("Match error: ")
    assert answer.get_json()["error"].endswith(place)
    assert api.messages() == []


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        " java\\nscript:alert(1)",
        "JAVASCRIPT:alert(1)",
        "vbscript:x",
        "//evil.example/x",
        "notaurl",
    ],
)
def test_urls_that_run_or_mislead_are_refused(api: Api, url: str) -> None:
    """Only http, https and paths on this server become links and images."""
    for name in ("title_link", "image_url", "thumb_url", "author_link"):
        hook = api.hook(script(f"return {{ content: {{ attachments: [{{ {name}: '{url}' }}] }} }}"))
        assert hook.post({}).get_json()["error"] == "Invalid href value provided"


PNG_URL = "data:image/png;base64,iVBORw0KGgo="
URLS = [
    "author_link",
    "author_icon",
    "title_link",
    "image_url",
    "thumb_url",
    "audio_url",
    "video_url",
    "message_link",
]


@pytest.mark.parametrize("url", [PNG_URL, "data:text/html,x", "data:image/svg+xml;ascii,<svg/>"])
def test_data_addresses_are_taken_where_rocket_chat_takes_them(api: Api, url: str) -> None:
    """`isURL` is /^(https?:\\/\\/|data:)/; what the pages make of them is another matter."""
    action = {"type": "button", "text": "x", "url": url, "image_url": url}
    attachment = {**dict.fromkeys(URLS, url), "actions": [action]}
    content = {"icon_url": url, "attachments": [attachment]}
    scripted = script(f"return {{content: {json.dumps(content)}}}")
    for hook, sent in ((api.hook(), content), (api.hook(scripted), {})):
        assert hook.post(sent).get_json() == {"success": True}
        message = api.messages()[0]
        assert (message["avatar"], message["attachments"]) == (url, [attachment])


@pytest.mark.parametrize("name", ["avatar", "icon_url"])
def test_a_data_address_that_is_too_large_is_left_out_and_told(api: Api, name: str) -> None:
    """The rest of the message is posted; an emoji takes the place of the face."""
    large = "data:image/png;base64," + "A" * (64 << 10)
    hook = api.hook(emoji=":robot:")
    icon = {"text": "a", "author_icon": large, "image_url": PNG_URL}
    assert hook.post({"text": "x", name: large, "attachments": [icon]}).get_json() == {
        "success": True
    }
    message = api.messages()[0]
    assert "avatar" not in message
    assert message["emoji"] == ":robot:"
    assert message["attachments"] == [{"text": "a", "image_url": PNG_URL}]
    summary = hook.last()["summary"]
    assert f"left out: {name} (a data: address of {len(large)} characters" in summary
    assert "and 1 more" in summary


def test_an_integrations_avatar_that_is_no_address_hides_no_message(api: Api) -> None:
    """It may have been stored before it was checked; the emoji stands for it."""
    hook = api.hook(emoji=":robot:")
    with api.app.extensions["hooksmith"].database.write() as session:
        session.execute(
            sa.update(Integration)
            .where(Integration.id == hook.id)
            .values(avatar="javascript:alert(1)")
        )
    assert hook.post({"text": "x"}).get_json() == {"success": True}
    message = api.messages()[0]
    assert (message.get("avatar"), message["emoji"]) == (None, ":robot:")
    assert "left out: the integration's avatar" in hook.last()["summary"]


def test_all_data_addresses_of_a_message_have_a_bound(api: Api) -> None:
    """They are kept in order, the face first, until the bound is reached; web addresses are free."""
    part = "data:image/png;base64," + "A" * (60 << 10)
    given = [{"text": str(number), "image_url": part} for number in range(6)]
    given.append({"text": "6", "image_url": "https://example.org/i.png"})
    hook = api.hook()
    assert hook.post({"avatar": part, "attachments": given}).status_code == 200
    message = api.messages()[0]
    kept = [one["text"] for one in message["attachments"] if "image_url" in one]
    assert (message["avatar"], kept) == (part, ["0", "1", "2", "6"])
    assert len(message["attachments"]) == 7
    assert "attachments[3].image_url" in hook.last()["summary"]


def test_channel_override_needs_the_switch(api: Api) -> None:
    """With it a script or a payload chooses where the message goes."""
    api.post("channels.create", name="ops")
    closed = api.hook()
    open_ = api.hook(overrideDestinationChannelEnabled=True)
    assert closed.post({"text": "x", "channel": "#ops"}).status_code == 400
    assert open_.post({"text": "x", "channel": "#ops"}).get_json() == {"success": True}
    assert open_.post({"text": "y", "roomId": "#ops"}).get_json() == {"success": True}
    assert [message["msg"] for message in api.messages("ops")] == ["y", "x"]


def test_every_target_is_looked_up_before_anything_is_posted(api: Api) -> None:
    """One unknown channel stops all of them, unless separate answers are asked for."""
    hook = api.hook(overrideDestinationChannelEnabled=True)
    both = {"text": "x", "channel": ["#general", "#missing"]}
    answer = hook.post(both)
    assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid-channel")
    assert api.messages() == []
    separate = hook.post({**both, "separateResponse": True})
    first, second = separate.get_json()["responses"]
    assert (separate.status_code, separate.get_json()["success"]) == (200, True)
    assert (first["channel"], first["message"]["msg"]) == ("#general", "x")
    assert second == {"channel": "#missing", "error": "invalid-channel"}
    assert len(api.messages()) == 1
    none = hook.post({"text": "x", "channel": "#missing", "separateResponse": True})
    assert (none.status_code, none.get_json()["success"]) == (400, False)


def test_a_comma_in_a_payloads_channel_is_part_of_its_name(api: Api) -> None:
    """Only the stored setting is split at commas."""
    hook = api.hook(overrideDestinationChannelEnabled=True)
    assert hook.post({"text": "x", "channel": "#general,#general"}).status_code == 400


def test_messages_to_users_go_to_one_direct_room(api: Api) -> None:
    """`@admin` is the room between the poster and the user, made with its first message."""
    hook = api.hook(channel="@admin, #general")
    assert hook.post({"text": "one"}).status_code == 200
    assert hook.post({"text": "two"}).status_code == 200
    (room,) = api.get("im.list")["ims"]
    shown = api.get("im.messages", roomId=room["_id"])["messages"]
    assert [message["msg"] for message in shown] == ["two", "one"]
    assert [message["msg"] for message in api.messages()] == ["two", "one"]


def test_a_script_may_post_as_another_user(api: Api) -> None:
    """`user: {username}` replaces the poster; one who does not exist is refused."""
    api.post("users.create", username="robot", name="Robot")
    hook = api.hook(
        script("return { content: { text: 'x' }, user: { username: request.content.as } }")
    )
    assert hook.post({"as": "robot"}).status_code == 200
    assert api.messages()[0]["u"]["name"] == "Robot"
    assert hook.post({"as": "nobody"}).status_code == 400


def test_kept_remembers_and_per_request_forgets(api: Api) -> None:
    """The lifecycle decides whether `this` survives; a new version is a new instance."""
    source = (
        "class Script { constructor() { this.n = 0 }"
        " process_incoming_request() { return { content: { text: String(++this.n) } } } }"
    )
    kept, fresh = api.hook(source, lifecycle="kept"), api.hook(source)
    for hook in (kept, kept, kept, fresh, fresh):
        hook.post({})
    assert [message["msg"] for message in reversed(api.messages())] == ["1", "2", "3", "1", "1"]
    api.post("integrations.update", integrationId=kept.id, script=source + " // v2")
    kept.post({})
    assert api.messages()[0]["msg"] == "1"
    assert kept.last()["scriptVersion"] == 2


def test_the_console_is_kept_without_the_token(api: Api) -> None:
    """Levels, texts and times are in the log; the URL's token is not."""
    hook = api.hook(
        script("console.log(request.url_raw); console.warn('careful', { a: [1] }); return")
    )
    hook.post({})
    logged = hook.last()
    assert [line["level"] for line in logged["console"]] == ["log", "warn"]
    assert logged["console"][1]["text"] == "careful { a: [ 1 ] }"
    assert hook.token not in json.dumps(logged)
    assert "••••" in logged["console"][0]["text"]


def test_credentials_in_headers_and_query_are_not_stored(api: Api) -> None:
    """The script sees them, the log shows dots."""
    hook = api.hook(script("return { content: { text: request.headers['x-gitlab-token'] } }"))
    headers = {
        "X-Gitlab-Token": "hush-hush",
        "Authorization": "Bearer hush-hush",
        "Cookie": "a=hush-hush",
        "X-My-Secret": "hush-hush",
        "X-GitHub-Event": "push",
    }
    hook.post({}, path=hook.path + "?api_key=hush-hush&page=2", headers=headers)
    request = hook.last()["request"]
    assert "hush-hush" not in json.dumps(request)
    assert "page=2" in request["path"]
    assert ["X-Github-Event", "push"] in request["headers"]
    assert api.messages()[0]["msg"] == "hush-hush"


def test_nul_and_lone_surrogates_are_stored_as_replacement(api: Api) -> None:
    """Characters no database takes do not cost the message."""
    hook = api.hook(script(r"return { content: { text: 'a\u0000b\ud800c', alias: 'x\u0000' } }"))
    assert hook.post({}).status_code == 200
    assert api.messages()[0]["msg"] == "a\ufffdb\ufffdc"
