"""Mattermost's and kChat's incoming webhooks, through their URLs (wire.md 2.1 and the kChat manual)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.support import Api, Hook, script


@pytest.fixture
def mattermost(api: Api) -> Hook:
    return made(api)


@pytest.fixture
def kchat(api: Api) -> Hook:
    return made(api, dialect="kchat")


def made(api: Api, code: str | None = None, **members: Any) -> Hook:
    """Create a hook that is called at its own address."""
    given = {"dialect": "mattermost", "name": "Test", **members}
    hook = api.hook(code, **given)
    hook.path = f"/hooks/{hook.token}"
    return hook


def refused(answer: TestResponse, status: int, error_id: str) -> dict[str, Any]:
    """Check that an answer is Mattermost's error, and return it."""
    body: dict[str, Any] = answer.get_json()
    assert (answer.status_code, body["id"], body["status_code"]) == (status, error_id, status)
    assert set(body) == {"id", "message", "detailed_error", "request_id", "status_code"}
    assert body["message"]
    return body


# -- addresses and answers ----------------------------------------------------------------


def test_its_address_has_the_token_alone(api: Api) -> None:
    """`integrations.create` answers `/hooks/<token>`, and a POST there is posted."""
    given: dict[str, Any] = {"name": "M", "channel": "#general"}
    integration = api.post("integrations.create", **given, dialect="mattermost")["integration"]
    path = "/hooks/" + integration["url"].rpartition("/hooks/")[2]
    assert path == f"/hooks/{integration['token']}"
    answer = api.client.post(path, json={"text": "here"})
    assert (answer.status_code, answer.data, answer.mimetype) == (200, b"ok", "text/plain")
    assert api.messages()[0]["msg"] == "here"


def test_the_address_with_an_id_works_too(mattermost: Hook) -> None:
    """`/hooks/<id>/<token>` answers in the same dialect."""
    answer = mattermost.post({"text": "x"}, path=f"/hooks/{mattermost.id}/{mattermost.token}")
    assert (answer.status_code, answer.data) == (200, b"ok")


def test_an_unknown_token_is_an_invalid_webhook(api: Api) -> None:
    """Nobody learns anything from a guess; the log has it, the token as dots."""
    answer = api.client.post("/hooks/" + "x" * 26, json={"text": "x"})
    body = refused(answer, 400, "web.incoming_webhook.invalid.app_error")
    assert body["message"] == "Invalid webhook."
    logged = api.executions(count=1)[0]
    assert (logged["outcome"], logged["status"]) == ("refused", 400)
    assert body["request_id"] == logged["_id"] == answer.headers["X-Execution-Id"]
    assert "x" * 26 not in json.dumps(logged)


def test_a_rocketchat_hook_is_not_found_by_its_token_alone(api: Api) -> None:
    """Rocket.Chat's hooks keep their two addresses, and no third."""
    hook = api.hook()
    answer = hook.post({"text": "x"}, path=f"/hooks/{hook.token}")
    refused(answer, 400, "web.incoming_webhook.invalid.app_error")
    assert api.messages() == []


def test_the_token_is_not_in_the_log(mattermost: Hook) -> None:
    """Neither in the path nor anywhere else."""
    mattermost.post({"text": mattermost.token})
    assert mattermost.token not in mattermost.last()["request"]["path"]


def test_two_hooks_cannot_have_one_token(api: Api) -> None:
    """What finds a hook finds one hook."""
    token = "a token that two would like to have"
    api.hook(dialect="mattermost", token=token)
    given: dict[str, Any] = {"name": "N", "channel": "#general", "token": token}
    said = api.post("integrations.create", 409, **given, dialect="kchat")
    assert said["details"]["field"] == "token"


def test_an_imported_token_with_a_slash_gets_the_longer_address(api: Api) -> None:
    """The server decodes a slash in a path, so one segment could not hold it."""
    given: dict[str, Any] = {"name": "N", "channel": "#general"}
    made = api.post(
        "integrations.create", **given, token="abc/def+ghi=jkl0123", dialect="mattermost"
    )["integration"]
    path = "/hooks/" + made["url"].rpartition("/hooks/")[2]
    assert api.client.post(path, json={"text": "x"}).data == b"ok"


def test_kchat_answers_with_the_post(api: Api, kchat: Hook) -> None:
    """The members and values of the manual's example."""
    answer = kchat.post({"text": "test"})
    post = answer.get_json()
    message = api.messages()[0]
    assert answer.mimetype == "application/json"
    assert post.pop("create_at") == post.pop("update_at") > 1_600_000_000_000
    assert post == {
        "id": message["_id"],
        "delete_at": 0,
        "user_id": message["u"]["_id"],
        "channel_id": message["rid"],
        "root_id": "",
        "original_id": "",
        "participants": None,
        "message": "test",
        "type": "",
        "props": {
            "override_username": "webhook",
            "override_icon_url": None,
            "override_icon_emoji": None,
            "webhook_display_name": "Test",
            "attachments": [],
            "card": None,
            "from_webhook": "true",
        },
        "hashtags": None,
        "metadata": {"embeds": [{"type": "message_attachment"}], "files": [], "reactions": []},
        "file_ids": None,
        "has_reactions": False,
        "edit_at": 0,
        "is_pinned": False,
        "remote_id": None,
        "reply_count": 0,
        "pending_post_id": None,
        "is_following": False,
    }


def test_kchat_answers_ok_when_slacks_format_is_wanted(kchat: Hook) -> None:
    """`?slack_return_format=true` belongs to the URL."""
    answer = kchat.post({"text": "x"}, path=f"{kchat.path}?slack_return_format=true")
    assert (answer.data, answer.mimetype) == (b"ok", "text/plain")


# -- bodies -------------------------------------------------------------------------------

SAID = {"text": "Bonjour & co: 100 % + 1"}


@pytest.mark.parametrize(
    ("content_type", "data"),
    [
        ("application/json", json.dumps(SAID)),
        ("Application/JSON; charset=utf-8", json.dumps(SAID)),
        (None, json.dumps(SAID)),
        (None, "payload=" + json.dumps(SAID)),
        ("text/plain", json.dumps(SAID)),
        ("application/x-www-form-urlencoded", "payload=" + json.dumps(SAID)),
        (
            "application/x-www-form-urlencoded; charset=utf-8",
            "payload=%7B%22text%22%3A%22Bonjour+%26+co%3A+100+%25+%2B+1%22%7D",
        ),
        (None, "payload=%7B%22text%22%3A%22Bonjour+%26+co%3A+100+%25+%2B+1%22%7D"),
        (
            "multipart/form-data; boundary=XX",
            '--XX\r\nContent-Disposition: form-data; name="text"\r\n\r\n'
            f"{SAID['text']}\r\n--XX--\r\n",
        ),
    ],
)
def test_bodies_are_read_with_and_without_a_content_type(
    api: Api, mattermost: Hook, content_type: str | None, data: str
) -> None:
    """JSON, `payload=` in a form or without a header, and the fields of a multipart form."""
    assert mattermost.post(data=data, content_type=content_type).data == b"ok"
    assert api.messages()[0]["msg"] == SAID["text"]


def test_the_payload_may_stand_in_the_query(api: Api, mattermost: Hook) -> None:
    """A form's field is taken from the body or the query."""
    path = f'{mattermost.path}?payload={{"text":"asked"}}'
    form = "application/x-www-form-urlencoded"
    assert mattermost.post(data="", content_type=form, path=path).data == b"ok"
    assert api.messages()[0]["msg"] == "asked"


def test_line_ends_inside_texts_are_repaired(api: Api, mattermost: Hook) -> None:
    """The manual's own example has them, though JSON does not."""
    body = '{\n"text": "#### Tests\n\t| A | B |\n| \\"q\\" | 1 |"\n}'
    assert mattermost.post(data=body, content_type="application/json").data == b"ok"
    assert api.messages()[0]["msg"] == '#### Tests\n\t| A | B |\n| "q" | 1 |'


@pytest.mark.parametrize(
    ("content_type", "data"),
    [
        ("application/json", "{"),
        ("application/json", '["text"]'),
        ("application/json", '{"text": {"a": 1}}'),
        ("application/json", '{"text": "x", "attachments": "y"}'),
        ("application/x-www-form-urlencoded", '{"text": "raw"}'),
        ("not a media type", '{"text": "x"}'),
        ("multipart/form-data", "x"),
        ("multipart/form-data; boundary=Q", "x"),
        ("application/json", '{"text": "x", "props": ' + '{"a":' * 150 + "1" + "}" * 151),
    ],
)
def test_what_cannot_be_decoded_is_refused(
    api: Api, mattermost: Hook, content_type: str, data: str
) -> None:
    """400, Mattermost's id for it, and nothing posted."""
    answer = mattermost.post(data=data, content_type=content_type)
    refused(answer, 400, "web.incoming_webhook.decode.app_error")
    assert api.messages() == []
    assert mattermost.last()["status"] == 400


def test_a_body_above_the_limit_is_refused(mattermost: Hook) -> None:
    """413 with the server's own id."""
    answer = mattermost.post({"text": "x" * (2 << 20)})
    refused(answer, 413, "api.context.request_body_too_large.app_error")


# -- fields -------------------------------------------------------------------------------


def test_text_or_attachments_are_needed(api: Api, mattermost: Hook) -> None:
    """One of both suffices."""
    nothing: list[dict[str, Any]] = [
        {},
        {"text": ""},
        {"text": None, "attachments": []},
        {"username": "x"},
    ]
    for empty in nothing:
        body = refused(mattermost.post(empty), 400, "web.incoming_webhook.text.app_error")
        assert body["message"] == "No text specified."
    assert mattermost.post({"attachments": [{"text": "only this"}]}).data == b"ok"
    assert api.messages()[0]["attachments"] == [{"text": "only this"}]


@pytest.mark.parametrize("spelled", ["kchatemp", "#kchatemp"])
def test_channel_replaces_the_room(api: Api, kchat: Hook, spelled: str) -> None:
    """By its name, with or without a #."""
    api.post("channels.create", name="kchatemp")
    assert kchat.post({"text": "x", "channel": spelled}).status_code == 200
    assert [one["msg"] for one in api.messages("kchatemp")] == ["x"]
    assert api.messages() == []


def test_a_channel_with_an_at_is_a_direct_message(api: Api, mattermost: Hook) -> None:
    """Between that user and who the hook posts as."""
    assert mattermost.post({"text": "psst", "channel": "@admin"}).data == b"ok"
    assert api.messages() == []
    assert mattermost.last()["messageCount"] == 1


def test_an_unknown_channel_is_not_found(api: Api, mattermost: Hook) -> None:
    """404 for rooms, 400 for users; a room's name without # is not taken for a user's id."""
    answer = mattermost.post({"text": "x", "channel": "nowhere"})
    refused(answer, 404, "web.incoming_webhook.channel.app_error")
    answer = mattermost.post({"text": "x", "channel": "@nobody"})
    refused(answer, 400, "web.incoming_webhook.user.app_error")
    assert api.messages() == []
    assert mattermost.last()["outcome"] == "invalid-message"


def test_a_locked_hook_posts_to_its_own_channel_only(api: Api) -> None:
    """403 for any other, also when a script asks; its own may be named."""
    api.post("channels.create", name="other")
    hook = made(api, channelLocked=True)
    answer = hook.post({"text": "x", "channel": "other"})
    refused(answer, 403, "web.incoming_webhook.channel_locked.app_error")
    assert hook.post({"text": "x", "channel": "general"}).data == b"ok"
    asking = made(
        api, script("return {content: {text: 'x', channel: '#other'}}"), channelLocked=True
    )
    refused(asking.post({"a": 1}), 403, "web.incoming_webhook.channel_locked.app_error")
    assert api.messages("other") == []


def test_username_and_icon_are_shown(api: Api, mattermost: Hook) -> None:
    """The emoji replaces the picture, with or without colons."""
    url = "https://example.org/icon.png"
    mattermost.post({"text": "x", "username": "test-automation", "icon_url": url})
    shown = api.messages()[0]
    assert (shown["alias"], shown["avatar"]) == ("test-automation", url)
    for spelled in ("ghost", ":ghost:"):
        mattermost.post({"text": "x", "icon_url": url, "icon_emoji": spelled})
        shown = api.messages()[0]
        assert (shown["emoji"], shown.get("avatar"), shown["alias"]) == (":ghost:", None, "webhook")


def test_username_and_icon_can_be_the_hooks_own(api: Api) -> None:
    """With the switches off, callers cannot pose as others; a script of the hook still names itself."""
    off: dict[str, Any] = {
        "usernameOverrideEnabled": False,
        "iconOverrideEnabled": False,
        "alias": "Bell",
    }
    asked = {"text": "x", "username": "boss", "icon_emoji": "crown"}
    made(api, **off).post(asked)
    shown = api.messages()[0]
    assert (shown["alias"], shown.get("emoji")) == ("Bell", None)
    code = script("return {content: {text: 'y', username: 'GitHub', icon_emoji: ':octopus:'}}")
    made(api, code, **off).post(asked)
    shown = api.messages()[0]
    assert (shown["alias"], shown["emoji"]) == ("GitHub", ":octopus:")


def test_an_icon_that_would_run_something_is_left_out(api: Api, mattermost: Hook) -> None:
    """The message is shown, without it."""
    assert mattermost.post({"text": "x", "icon_url": "javascript:alert(1)"}).data == b"ok"
    assert "avatar" not in api.messages()[0]


@pytest.mark.parametrize("kind", ["system_join", "slack_attachment", "custom"])
def test_a_type_starts_with_custom(mattermost: Hook, kind: str) -> None:
    """Any other is refused."""
    answer = mattermost.post({"text": "x", "type": kind})
    refused(answer, 400, "api.context.invalid_param.app_error")


def test_a_card_is_shown_folded(api: Api, kchat: Hook) -> None:
    """Mattermost shows it beside the message after a click; alone it is no message there."""
    card = "Lease: [4](https://e.org/4), <!here>"
    kchat.post({"text": "x", "attachments": [{"text": "y"}], "props": {"card": card}})
    assert api.messages()[0]["attachments"] == [
        {"text": "y"},
        {"title": "Details", "text": "Lease: [4](https://e.org/4), @here", "collapsed": True},
    ]
    assert kchat.post({"props": {"card": card}}).status_code == 400
    kchat.post({"text": "x", "props": {"card": " "}})
    assert api.messages()[0]["attachments"] == []


def test_props_and_type_are_kept(api: Api, kchat: Hook) -> None:
    """But for those that only the server sets."""
    props = {"card": "more", "ticket": 7, "from_webhook": "false", "override_username": "boss"}
    post = kchat.post({"text": "x", "type": "custom_build", "props": props}).get_json()
    assert (post["type"], post["props"]["card"]) == ("custom_build", "more")
    assert (post["props"]["from_webhook"], post["props"]["override_username"]) == (
        "true",
        "webhook",
    )
    kept = api.messages()[0]["customFields"]
    assert kept == {"card": "more", "ticket": 7, "type": "custom_build"}


def test_slacks_markup_is_translated(api: Api, mattermost: Hook) -> None:
    """Links and mentions, in the text and in attachments; a bare link stays."""
    said = "<https://e.org/|here> <https://e.org> <!channel> <!here> <!all> a < b > c"
    wanted = "[here](https://e.org/) <https://e.org> @channel @here @all a < b > c"
    attachment = {"pretext": said, "text": said, "title": said, "fields": [{"value": said}]}
    mattermost.post({"text": said, "attachments": [attachment]})
    shown = api.messages()[0]
    made = shown["attachments"][0]
    assert shown["msg"] == wanted
    assert [made["pretext"], made["text"], made["title"], made["fields"][0]["value"]] == [
        wanted
    ] * 4


def test_a_users_id_is_shown_as_the_name(api: Api, mattermost: Hook) -> None:
    """`<@id>` is whom it names; of somebody unknown it stays."""
    mattermost.post({"text": f"<@{api.headers['X-User-Id']}> <@nobody>"})
    assert api.messages()[0]["msg"] == "@admin <@nobody>"


def test_attachments_are_made_presentable(api: Api, mattermost: Hook) -> None:
    """Values become texts, null entries go, and what is unsafe or no attachment is left out."""
    given: list[Any] = [
        None,
        "no attachment",
        {
            "fallback": "f",
            "color": "good",
            "title": "T",
            "title_link": "javascript:alert(1)",
            "image_url": "https://e.org/i.png",
            "footer": "F",
            "ts": 1700000000,
            "fields": [None, {"title": "n", "value": 3.0, "short": "true"}, {"value": True}],
            "actions": [
                {"id": "a", "name": "Ack", "integration": {"url": "https://e.org", "context": {}}},
                {"type": "button", "text": "Open it", "url": "https://e.org/"},
            ],
        },
    ]
    assert mattermost.post({"text": "x", "attachments": given}).data == b"ok"
    assert api.messages()[0]["attachments"] == [
        {
            "fallback": "f",
            "color": "good",
            "title": "T",
            "image_url": "https://e.org/i.png",
            "footer": "F",
            "ts": "2023-11-14T22:13:20.000Z",
            "fields": [
                {"title": "n", "value": "3", "short": True},
                {"title": "", "value": "true", "short": False},
            ],
            "actions": [{"type": "button", "text": "Open it", "url": "https://e.org/"}],
        }
    ]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (["db1", "db2"], "[db1 db2]"),
        ({"b": [1, None], "a": "x"}, "map[a:x b:[1 <nil>]]"),
        (20480000, "2.048e+07"),
        (1, "1"),
        (False, "false"),
        (None, ""),
        (["<!here>"], "[@here]"),
    ],
)
def test_the_value_of_a_field_is_any_json(
    api: Api, mattermost: Hook, value: Any, shown: str
) -> None:
    """Printed as Go prints it, since Mattermost's readers know it so."""
    field = {"title": "hosts", "value": value}
    assert mattermost.post({"attachments": [{"fields": [field]}]}).data == b"ok"
    assert api.messages()[0]["attachments"][0]["fields"][0]["value"] == shown


def test_dates_of_slacks_markup_are_their_fallback(api: Api, mattermost: Hook) -> None:
    """In the text and in attachments."""
    said = "since <!date^1392734382^{date_num} {time}|2014-02-18> <!subteam^S1|@ops>"
    mattermost.post({"text": said, "attachments": [{"text": said}]})
    shown = api.messages()[0]
    assert shown["msg"] == shown["attachments"][0]["text"] == "since 2014-02-18 @ops"


def test_a_long_text_becomes_several_messages(api: Api, mattermost: Hook) -> None:
    """In order, cut between words, nothing lost, the attachments with the last."""
    text = " ".join(f"word{n}" for n in range(2000)) + " 🙂" * 3000
    assert mattermost.post({"text": text, "attachments": [{"text": "a"}]}).data == b"ok"
    shown = api.messages()[::-1]
    assert len(shown) > 3
    assert " ".join(one["msg"] for one in shown) == text
    assert [one["attachments"] for one in shown[:-1]] == [[]] * (len(shown) - 1)
    assert shown[-1]["attachments"] == [{"text": "a"}]
    assert mattermost.last()["messageCount"] == len(shown)


def test_nothing_of_a_long_text_is_posted_when_a_part_is_refused(
    api: Api, mattermost: Hook
) -> None:
    """The last message has too many attachments, so there is no first one either."""
    many = [{"text": "a"}] * 201
    answer = mattermost.post({"text": "long " * 3000, "attachments": many})
    refused(answer, 400, "api.post.create_webhook_post.creating.app_error")
    assert api.messages() == []


# -- scripts and switches -----------------------------------------------------------------


def test_a_script_runs_first(api: Api) -> None:
    """It gets the payload as it was meant, and what it returns is the message."""
    code = script("return {content: {text: request.content.text.toUpperCase()}}")
    hook = made(api, code)
    form = "application/x-www-form-urlencoded"
    assert hook.post(data='payload={"text":"quiet"}', content_type=form).data == b"ok"
    assert api.messages()[0]["msg"] == "QUIET"


def test_a_script_may_read_what_is_no_message(api: Api) -> None:
    """A form of other fields reaches it, as it would in Rocket.Chat."""
    hook = made(api, script("return {content: {text: request.content.state}}"))
    form = "application/x-www-form-urlencoded"
    assert hook.post(data="state=down&host=a", content_type=form).data == b"ok"
    assert api.messages()[0]["msg"] == "down"


@pytest.mark.parametrize(
    ("body", "status", "detail"),
    [
        ("return {error: {message: 'not today'}}", 400, "not today"),
        ("throw new Error('secret detail')", 400, "error-running-script"),
    ],
)
def test_a_scripts_failure_is_told_in_mattermosts_form(
    api: Api, body: str, status: int, detail: str
) -> None:
    """With the words that Rocket.Chat would use, and no exception's text."""
    answer = made(api, script(body)).post({"text": "x"})
    said = refused(answer, status, "web.incoming_webhook.general.app_error")
    assert said["message"] == detail


def test_a_script_that_posts_nothing_is_answered_ok(api: Api) -> None:
    """For kChat too: there is no post to show."""
    for dialect in ("mattermost", "kchat"):
        assert made(api, script("return null"), dialect=dialect).post({"text": "x"}).data == b"ok"
    assert api.messages() == []


def test_a_scripts_response_is_the_answer(api: Api) -> None:
    """It is sent as it is."""
    code = script("return {content: {text: 'x'}, response: {ticket: 7}}")
    assert made(api, code).post({"text": "x"}).get_json() == {"ticket": 7}


def test_a_disabled_hook_says_so(api: Api) -> None:
    """501, as a server whose webhooks are switched off."""
    answer = made(api, enabled=False).post({"text": "x"})
    refused(answer, 501, "web.incoming_webhook.disabled.app_error")


def test_too_many_requests_are_told_when_to_come_back(api: Api) -> None:
    """429 with Retry-After."""
    hook = made(api, limits={"ratePerMinute": 1})
    hook.post({"text": "x"})
    answer = hook.post({"text": "y"})
    refused(answer, 429, "web.incoming_webhook.general.app_error")
    assert int(answer.headers["Retry-After"]) >= 1


def test_a_description_has_up_to_500_characters(api: Api) -> None:
    """As in kChat's form."""
    made(api, description="d" * 500)
    given: dict[str, Any] = {"name": "N", "channel": "#general"}
    api.post("integrations.create", 400, **given, dialect="kchat", description="d" * 501)


def test_switches_are_shown_and_changed(api: Api) -> None:
    """`integrations.get` has all three; an update changes what it names."""
    hook = made(api, channelLocked=True)
    api.post("integrations.update", integrationId=hook.id, iconOverrideEnabled=False)
    shown = api.get("integrations.get", integrationId=hook.id)["integration"]
    names = ("channelLocked", "usernameOverrideEnabled", "iconOverrideEnabled")
    assert [shown[name] for name in names] == [True, True, False]
    api.post("integrations.update", 400, integrationId=hook.id, channelLocked="yes")


def test_changing_the_dialect_changes_the_address(api: Api) -> None:
    """A Rocket.Chat hook that becomes kChat's keeps its token, and the longer address."""
    hook = api.hook()
    api.post("integrations.update", integrationId=hook.id, dialect="kchat")
    revealed = api.post("integrations.reveal", integrationId=hook.id)
    assert revealed["url"].endswith(f"/hooks/{hook.token}")
    for path in (f"/hooks/{hook.token}", hook.path):
        assert hook.post({"text": "x"}, path=path).get_json()["message"] == "x"


def test_a_repeated_delivery_gets_the_first_answer(api: Api, kchat: Hook) -> None:
    """Whole: the post of the first time."""
    hook = made(api, dialect="kchat", deduplication={"windowS": 600})
    plain = made(api, deduplication={"windowS": 600})
    headers = {"Idempotency-Key": "delivery-1"}
    first, again = (hook.post({"text": "x"}, headers=headers) for _ in range(2))
    assert first.get_json() == again.get_json()
    first, again = (plain.post({"text": "x"}, headers=headers) for _ in range(2))
    assert (again.data, again.mimetype, again.headers["X-Duplicate-Of"]) == (
        b"ok",
        "text/plain",
        first.headers["X-Execution-Id"],
    )
    assert len(api.messages()) == 2
