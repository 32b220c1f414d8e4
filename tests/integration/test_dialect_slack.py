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
        "by [i](https://e.org/i.png) ada",
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


def _text(text: str, kind: str = "mrkdwn") -> dict[str, str]:
    return {"type": kind, "text": text}


def _rich(*elements: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": [*elements]}],
    }


_STEP = {"type": "rich_text_section", "elements": [_text("step", "text")]}
_LINK = {"type": "link", "url": "https://e.org/", "text": "log"}


@pytest.mark.parametrize(
    ("block", "shown"),
    [
        (
            {"type": "input", "label": _text("Mail"), "hint": _text("*yours*")},
            "*Mail*\n*yours*",
        ),
        (
            {
                "type": "input",
                "label": _text("Who", "plain_text"),
                "element": {"type": "plain_text_input", "initial_value": "ada"},
            },
            "*Who*\nada",
        ),
        (
            {
                "type": "section",
                "text": _text("Size"),
                "accessory": {
                    "type": "radio_buttons",
                    "options": [
                        {"text": _text("small"), "value": "s"},
                        {"text": _text("large"), "value": "l", "description": _text("1 m")},
                    ],
                    "initial_option": {"text": _text("large"), "value": "l"},
                },
            },
            "Size\n\u2610 small\n\u2611 large 1 m",
        ),
        (
            {
                "type": "actions",
                "elements": [
                    {"type": "datepicker", "initial_date": "2031-04-28"},
                    {"type": "datetimepicker", "initial_date_time": 1924992000},
                    {"type": "static_select", "initial_option": {"text": _text("top")}},
                ],
            },
            "2031-04-28\n2031-01-01 12:00 AM UTC\ntop",
        ),
        (
            {
                "type": "table",
                "column_settings": [{"align": "right"}],
                "rows": [
                    [_text("a|b", "raw_text")],
                    [{"type": "raw_number", "value": 7}, _rich(_LINK)],
                ],
            },
            "| a\\|b |  |\n| --: | --- |\n| 7 | [log](https://e.org/) |",
        ),
        (
            {
                "type": "data_table",
                "caption": "Keys",
                "rows": [[_text("a", "raw_text")], [_text("b", "raw_text")]],
            },
            "*Keys*\n\n| a |\n| --- |\n| b |",
        ),
        (
            {
                "type": "plan",
                "title": "Trip",
                "tasks": [
                    {
                        "title": "pack",
                        "status": "complete",
                        "output": _rich(_text("tent", "text")),
                        "sources": [{"type": "url", "url": "https://e.org/l", "text": "list"}],
                    }
                ],
            },
            "*Trip*\n\u2611 pack\ntent\n[list](https://e.org/l)",
        ),
        (
            {
                "type": "container",
                "rich_text_title": _rich(_text("Night", "text")),
                "child_blocks": [
                    {
                        "type": "container",
                        "child_blocks": [{"type": "section", "text": _text("deep")}],
                    }
                ],
            },
            "*Night*\ndeep",
        ),
        (
            {
                "type": "call",
                "call": {
                    "v1": {"name": "Weekly", "join_url": "https://e.org/c", "display_id": "1"}
                },
            },
            "[Weekly](https://e.org/c) 1",
        ),
        (
            {"type": "alert", "level": "error", "text": _text("<https://e.org|gate>")},
            "[gate](https://e.org)",
        ),
        (
            {"type": "image", "alt_text": "chart", "slack_file": {"url": "https://e.org/f"}},
            "[chart](https://e.org/f)",
        ),
        ({"type": "image", "alt_text": "chart", "slack_file": {"id": "F1"}}, "chart"),
        (
            {
                "type": "of the future",
                "name": _text("Drive"),
                "url": "https://e.org/d",
                "parts": [{"label": "W1", "value": 12}, {"type": "button", "text": _text("Undo")}],
            },
            "[Drive](https://e.org/d)\nW1: 12",
        ),
        (
            {
                "type": "rich_text",
                "elements": [
                    {
                        "type": "rich_text_list",
                        "style": "ordered",
                        "offset": 4,
                        "elements": [_STEP],
                    },
                    {"type": "rich_text_list", "elements": [_text("alone", "text")]},
                ],
            },
            "5. step\n- alone",
        ),
        (
            _rich({"type": "attachment_mention", "text": "Ticket", "url": "https://e.org/t"}),
            "[Ticket](https://e.org/t)",
        ),
    ],
)
def test_every_kind_of_block_is_read(
    api: Api, slack: Hook, block: dict[str, Any], shown: str
) -> None:
    """What can be read in it without a click, and the addresses that it leads to."""
    assert said(slack.post({"text": "fallback", "blocks": [block]})) == (200, "ok")
    assert api.messages()[0]["msg"] == shown


def test_videos_cards_and_menus_with_addresses_are_attachments(api: Api, slack: Hook) -> None:
    """A button that calls its sender back has nobody to call."""
    button = {"type": "button", "text": _text("Go", "plain_text"), "url": "https://e.org/go"}
    card = {
        "type": "card",
        "title": _text("*Mill*"),
        "body": _text("old"),
        "hero_image": {"type": "image", "image_url": "https://e.org/m.png"},
        "actions": [button, {"type": "button", "text": _text("Later")}],
    }
    video = {
        "type": "video",
        "title": _text("Roses", "plain_text"),
        "title_url": "https://e.org/roses",
        "video_url": "https://e.org/embed",
        "thumbnail_url": "https://e.org/r.png",
        "provider_name": "Tube",
    }
    options = [{"text": _text("Map"), "url": "https://e.org/map"}, {"text": _text("Report")}]
    menu = {"type": "overflow", "options": options}
    blocks = [
        {"type": "carousel", "elements": [card]},
        video,
        {"type": "section", "text": _text("Parcel"), "accessory": menu},
    ]
    slack.post({"blocks": blocks})
    message = api.messages()[0]
    assert message["msg"] == "Parcel"
    go = {"type": "button", "text": "Go", "url": "https://e.org/go"}
    assert message["attachments"] == [
        {"text": "*Mill*\nold", "image_url": "https://e.org/m.png", "actions": [go]},
        {
            "title": "Roses",
            "title_link": "https://e.org/roses",
            "thumb_url": "https://e.org/r.png",
            "actions": [{"type": "button", "text": "Video", "url": "https://e.org/embed"}],
            "footer": "Tube",
        },
        {"actions": [{"type": "button", "text": "Map", "url": "https://e.org/map"}]},
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
