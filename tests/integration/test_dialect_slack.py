"""Slack's incoming webhooks, through their URLs (wire.md 5)."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.support import Api, Hook, script


@pytest.fixture
def slack(api: Api) -> Hook:
    return made(api)


def made(api: Api, code: str | None = None, **members: Any) -> Hook:
    """Create a hook that is called at its own address."""
    hook = api.hook(code, **{"dialect": "slack", **members})
    url = api.post("integrations.reveal", integrationId=hook.id)["url"]
    hook.path = "/services/" + url.partition("/services/")[2]
    return hook


def said(answer: TestResponse) -> tuple[int, str]:
    """Return status and text of an answer that has to be a text."""
    assert answer.mimetype == "text/plain"
    return answer.status_code, answer.get_data(as_text=True)


def test_its_address_has_slacks_shape(api: Api, slack: Hook) -> None:
    """A team, a webhook and the token; what is posted there is answered with ok."""
    assert re.fullmatch(rf"/services/T[0-9A-Z]{{8}}/B[0-9A-Z]{{10}}/{slack.token}", slack.path)
    assert said(slack.post({"text": "here"})) == (200, "ok")
    assert api.messages()[0]["msg"] == "here"
    assert slack.token not in json.dumps(slack.last())


def test_the_other_addresses_work_too(slack: Hook) -> None:
    """`/hooks/<token>` and `/hooks/<id>/<token>`; the team and webhook of the URL do not matter."""
    token = slack.token
    for path in (f"/hooks/{token}", f"/hooks/{slack.id}/{token}", f"/services/T0/B0/{token}"):
        assert said(slack.post({"text": "x"}, path=path)) == (200, "ok")


def test_an_unknown_token_is_no_service(api: Api) -> None:
    """Nor is a hook of another dialect; the log has the call, and not the token."""
    other = api.hook(dialect="mattermost")
    for token in ("x" * 24, other.token):
        answer = api.client.post(f"/services/T0/B0/{token}", json={"text": "x"})
        assert said(answer) == (404, "no_service")
        logged = api.executions(count=1)[0]
        assert logged["outcome"] == "refused"
        assert token not in json.dumps(logged)


def test_a_disabled_hook_is_no_service(api: Api) -> None:
    """As in Slack, where it was switched off."""
    assert said(made(api, enabled=False).post({"text": "x"})) == (404, "no_service")


def test_a_forms_payload_is_read(api: Api, slack: Hook) -> None:
    """As old senders send it."""
    answer = slack.post(
        data={"payload": '{"text": "a & b"}'}, content_type="application/x-www-form-urlencoded"
    )
    assert said(answer) == (200, "ok")
    assert api.messages()[0]["msg"] == "a & b"


@pytest.mark.parametrize(
    ("body", "status", "word"),
    [
        ("{", 400, "invalid_payload"),
        ("[]", 400, "invalid_payload"),
        ('{"text": {}}', 400, "invalid_payload"),
        ('{"text": "x", "attachments": {}}', 400, "invalid_payload"),
        ("{}", 400, "no_text"),
        ('{"text": "  ", "attachments": [{}]}', 400, "no_text"),
        ('{"text": "x", "blocks": {}}', 400, "invalid_blocks"),
        ('{"text": "x", "blocks": ["y"]}', 400, "invalid_blocks"),
        (json.dumps({"blocks": [{"type": "divider"}] * 51}), 400, "invalid_blocks"),
        (json.dumps({"attachments": [{"text": "a"}] * 101}), 400, "too_many_attachments"),
        ('{"text": "x", "channel": "#nowhere"}', 404, "channel_not_found"),
        ('{"text": "x", "channel": "@nobody"}', 400, "user_not_found"),
    ],
)
def test_what_is_wrong_is_said_in_slacks_word(
    api: Api, slack: Hook, body: str, status: int, word: str
) -> None:
    """With its status, nothing posted, and a row in the log."""
    assert said(slack.post(data=body, content_type="application/json")) == (status, word)
    assert api.messages() == []
    assert (slack.last()["status"], slack.last()["answer"]) == (status, word)


def test_a_locked_hook_prohibits_other_channels(api: Api) -> None:
    """403; its own may be named."""
    hook = made(api, channelLocked=True)
    api.post("channels.create", name="other")
    assert said(hook.post({"text": "x", "channel": "#other"})) == (403, "action_prohibited")
    assert said(hook.post({"text": "x", "channel": "#general"})) == (200, "ok")


def test_too_many_requests_say_when_to_come_back(api: Api) -> None:
    """429 with Retry-After."""
    hook = made(api, limits={"ratePerMinute": 1})
    hook.post({"text": "x"})
    answer = hook.post({"text": "y"})
    assert said(answer) == (429, "rate_limited")
    assert int(answer.headers["Retry-After"]) >= 1


def test_name_picture_and_thread_are_taken(api: Api, slack: Hook) -> None:
    """As webhooks of the old kind take them."""
    given = {"text": "x", "username": "Bell", "icon_emoji": ":bell:", "thread_ts": "17.0001"}
    assert said(slack.post(given)) == (200, "ok")
    shown = api.messages()[0]
    assert (shown["alias"], shown["emoji"], shown["tmid"]) == ("Bell", ":bell:", "17.0001")


def test_name_and_picture_can_be_the_hooks_own(api: Api) -> None:
    """As those of an app's webhooks are."""
    hook = made(api, usernameOverrideEnabled=False, iconOverrideEnabled=False)
    hook.post({"text": "x", "username": "boss", "icon_url": "https://e.org/i.png"})
    assert not {"alias", "avatar"} & set(api.messages()[0])


def test_markup_is_translated(api: Api, slack: Hook) -> None:
    """Links, mentions and the three entities; bold and italics are the same here."""
    given = "*b* <https://e.org/?a=1&amp;b=2|here> <https://e.org> <!channel> &lt;tag&gt; <#C1|dev>"
    slack.post({"text": given})
    wanted = "*b* [here](https://e.org/?a=1&b=2) https://e.org @all <tag> #dev"
    assert api.messages()[0]["msg"] == wanted


DATE = "<!date^1392734382^{date_num} {time_secs}|2014-02-18 06:39:42>"


def test_escapes_are_read_in_every_place(api: Api, slack: Hook) -> None:
    """Dates, groups, links and entities: in the text, in attachments and in blocks."""
    raw = f"{DATE} <!subteam^S1|@ops> <!here|here> &lt;b&gt; &amp;"
    shown = "2014-02-18 06:39:42 @ops @here <b> &"
    text = {"type": "mrkdwn", "text": raw}
    slack.post({"text": raw})
    assert api.messages()[0]["msg"] == shown
    attachment = {name: raw for name in ("pretext", "text", "title", "footer", "fallback")}
    fields = [{"title": "A &amp; B", "value": raw}]
    action = {"type": "button", "text": "Q &amp; A", "url": "https://e.org/"}
    slack.post(
        {"attachments": [{**attachment, "author_name": raw, "fields": fields, "actions": [action]}]}
    )
    made = api.messages()[0]["attachments"][0]
    assert {name: made[name] for name in (*attachment, "author_name")} == {
        name: shown for name in (*attachment, "author_name")
    }
    assert made["fields"] == [{"title": "A & B", "value": shown, "short": False}]
    assert made["actions"][0]["text"] == "Q & A"
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": "Q &amp; A"}},
        {"type": "section", "text": text, "fields": [text]},
        {"type": "context", "elements": [text, {"type": "plain_text", "text": "&lt;"}]},
    ]
    slack.post({"blocks": blocks})
    assert api.messages()[0]["msg"] == f"*Q & A*\n{shown}\n{shown}\n{shown} <"
    slack.post({"attachments": [{"blocks": blocks[1:2]}]})
    assert api.messages()[0]["attachments"] == [{"text": f"{shown}\n{shown}"}]


def test_places_without_markup_show_links_as_text(api: Api, slack: Hook) -> None:
    """No word and no address of a footer is lost."""
    slack.post({"attachments": [{"text": "x", "footer": "by <https://e.org/|Bot>"}]})
    assert api.messages()[0]["attachments"][0]["footer"] == "by Bot (https://e.org/)"


@pytest.mark.parametrize(
    ("element", "shown"),
    [
        ({"type": "date", "timestamp": 1392734382, "format": "{date}", "fallback": "then"}, "then"),
        ({"type": "date", "timestamp": 1392734382, "format": "on {date_num}"}, "on 2014-02-18"),
        (
            {
                "type": "date",
                "timestamp": 1392734382,
                "format": "{date}",
                "fallback": "then",
                "url": "https://e.org/",
            },
            "[then](https://e.org/)",
        ),
        ({"type": "usergroup", "usergroup_id": "S1"}, "@S1"),
        ({"type": "team", "team_id": "T1"}, "@T1"),
        ({"type": "broadcast", "range": "here"}, "@here"),
        ({"type": "broadcast", "range": "channel"}, "@all"),
        ({"type": "channel", "channel_id": "C1"}, "#C1"),
        ({"type": "user", "user_id": "U1"}, "<@U1>"),
        ({"type": "color", "value": "#F405B3"}, "#F405B3"),
        ({"type": "emoji", "name": "wave"}, ":wave:"),
        ({"type": "emoji", "name": "wave", "skin_tone": 3}, ":wave::skin-tone-3:"),
        ({"type": "link", "url": "https://e.org/"}, "https://e.org/"),
        (
            {"type": "link", "url": "https://e.org/", "text": "log", "style": {"bold": True}},
            "*[log](https://e.org/)*",
        ),
        ({"type": "text", "text": "<!here> &amp;"}, "<!here> &amp;"),
        ({"type": "of the future", "text": "new"}, "new"),
    ],
)
def test_every_element_of_rich_text_is_read(
    api: Api, slack: Hook, element: dict[str, Any], shown: str
) -> None:
    """What it says, in Rocket.Chat's markup."""
    section = {"type": "rich_text_section", "elements": [element, {"type": "text", "text": "!"}]}
    slack.post({"blocks": [{"type": "rich_text", "elements": [section]}]})
    assert api.messages()[0]["msg"] == f"{shown}!"


def test_blocks_are_the_message_and_the_text_is_for_notifications(api: Api, slack: Hook) -> None:
    """Headers, sections, fields, context, rules and rich text become lines."""
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": "Build <1>"}},
        {
            "type": "section",
            "text": {"type": "mrkdwn", "text": "*failed* in <https://e.org|main>"},
            "fields": [{"type": "mrkdwn", "text": "*Host:* a"}],
        },
        {"type": "divider"},
        {
            "type": "context",
            "elements": [
                {"type": "mrkdwn", "text": "by"},
                {"type": "image", "image_url": "https://e.org/i.png", "alt_text": "i"},
                {"type": "plain_text", "text": "ada"},
            ],
        },
        {
            "type": "rich_text",
            "elements": [
                {
                    "type": "rich_text_section",
                    "elements": [
                        {"type": "text", "text": "see ", "style": {"bold": True}},
                        {"type": "link", "url": "https://e.org/", "text": "log"},
                        {"type": "emoji", "name": "wave"},
                    ],
                },
                {
                    "type": "rich_text_list",
                    "style": "bullet",
                    "elements": [
                        {
                            "type": "rich_text_section",
                            "elements": [{"type": "text", "text": "one"}],
                        }
                    ],
                },
            ],
        },
        {"type": "a block of the future", "x": 1},
    ]
    assert said(slack.post({"text": "fallback", "blocks": blocks})) == (200, "ok")
    assert api.messages()[0]["msg"].split("\n") == [
        "*Build <1>*",
        "*failed* in [main](https://e.org)",
        "*Host:* a",
        "---",
        "by ada",
        "*see* [log](https://e.org/):wave:",
        "- one",
    ]


def test_pictures_and_link_buttons_of_blocks_are_shown(api: Api, slack: Hook) -> None:
    """Buttons that call back to an app are left out."""
    button = {"type": "button", "text": {"type": "plain_text", "text": "Log"}}
    blocks = [
        {"type": "image", "image_url": "https://e.org/i.png", "alt_text": "graph"},
        {"type": "actions", "elements": [{**button, "url": "https://e.org/"}, button]},
    ]
    assert said(slack.post({"text": "x", "blocks": blocks})) == (200, "ok")
    assert api.messages()[0]["attachments"] == [
        {"title": "graph", "image_url": "https://e.org/i.png"},
        {"actions": [{"type": "button", "text": "Log", "url": "https://e.org/"}]},
    ]


def test_attachments_may_hold_blocks(api: Api, slack: Hook) -> None:
    """Their text stands in the attachment, with its colour."""
    block = {"type": "section", "text": {"type": "mrkdwn", "text": "inside"}}
    slack.post({"attachments": [{"color": "#ff0000", "blocks": [block]}]})
    assert api.messages()[0]["attachments"] == [{"color": "#ff0000", "text": "inside"}]


def test_a_script_runs_first_and_its_error_is_the_answer(api: Api) -> None:
    """In plain text; a script that throws is a rollup_error."""
    code = script(
        "if (request.content.no) { return {error: 'not_today'} } "
        "return {content: {text: request.content.text + '!'}}"
    )
    hook = made(api, code)
    assert said(hook.post({"text": "hi"})) == (200, "ok")
    assert api.messages()[0]["msg"] == "hi!"
    assert said(hook.post({"no": 1})) == (400, "not_today")
    failing = made(api, script("throw new Error('secret')"))
    assert said(failing.post({"text": "x"})) == (500, "rollup_error")
