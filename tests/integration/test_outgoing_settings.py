"""The fields of outgoing integrations over the API: what may be saved and how it is shown (wire.md 1.3 B, 2.2 B)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import Api

URL = "https://far.example.org/hook"


def create(api: Api, status: int = 200, **members: Any) -> dict[str, Any]:
    """Make one; return it as it is shown, or the error."""
    given = {"type": "webhook-outgoing", "name": "Out", "channel": "#general", "urls": [URL]}
    answer: dict[str, Any] = api.post("integrations.create", status, **{**given, **members})
    return answer["integration"] if status == 200 else answer


def test_what_is_left_out_is_as_rocket_chats_form_has_it(api: Api) -> None:
    """Every member is shown, whatever was given."""
    made = create(api)
    expected = {
        "type": "webhook-outgoing",
        "event": "sendMessage",
        "channel": ["#general"],
        "urls": [URL],
        "triggerWords": [],
        "triggerWordAnywhere": False,
        "runOnEdits": False,
        "impersonateUser": False,
        "targetRoom": "",
        "retryFailedCalls": False,
        "retryCount": 6,
        "retryDelay": "powers-of-ten",
        "callTimeoutS": None,
        "triggerWhen": 0,
        "contentType": "application/x-www-form-urlencoded",
        "url": "",
    }
    assert {name: made[name] for name in expected} == expected
    assert len(made["token"]) == 48


def test_lists_may_be_texts(api: Api) -> None:
    """Channels and words are split at commas, addresses at line ends too."""
    made = create(
        api,
        channel="#general, @admin,all_direct_messages",
        triggerWords="deploy, build,,build",
        urls=f"{URL}\n{URL}/2, http://10.0.0.8/x\n",
    )
    assert made["channel"] == ["#general", "@admin", "all_direct_messages"]
    assert made["triggerWords"] == ["deploy", "build"]
    assert made["urls"] == [URL, f"{URL}/2", "http://10.0.0.8/x"]


def test_an_update_changes_what_it_names(api: Api) -> None:
    """And nothing else."""
    made = create(api, triggerWords=["a"], retryFailedCalls=True)
    changed = api.post(
        "integrations.update", integrationId=made["_id"], runOnEdits=True, retryCount=2
    )["integration"]
    got = api.get("integrations.get", integrationId=made["_id"])["integration"]
    assert changed == got
    assert (got["triggerWords"], got["retryFailedCalls"]) == (["a"], True)
    assert (got["runOnEdits"], got["retryCount"]) == (True, 2)


def test_the_token_is_dots_until_it_is_revealed(api: Api) -> None:
    """An imported one is kept, however short; sending the dots back changes nothing."""
    made = create(api, token="abc")
    assert made["token"] == "abc"
    shown = api.get("integrations.get", integrationId=made["_id"])["integration"]["token"]
    assert set(shown) == {"•"}
    api.post("integrations.update", integrationId=made["_id"], token=shown)
    assert api.post("integrations.reveal", integrationId=made["_id"])["token"] == "abc"
    api.post("integrations.update", integrationId=made["_id"], token="another")
    assert api.post("integrations.reveal", integrationId=made["_id"])["token"] == "another"


def test_a_list_can_hold_one_type(api: Api) -> None:
    """As Rocket.Chat's pages ask for it."""
    made = create(api)
    api.hook()
    listed = api.get("integrations.list", type="webhook-outgoing")
    assert [one["_id"] for one in listed["integrations"]] == [made["_id"]]
    assert api.get("integrations.list")["total"] == 2


def test_nobody_can_call_an_outgoing_integration(api: Api) -> None:
    """Its token is for those whom it calls."""
    made = create(api)
    for path in (f"/hooks/{made['_id']}/{made['token']}", f"/hooks/{made['token']}"):
        assert api.client.post(path, json={"text": "in"}).status_code in (400, 404)
    assert api.messages() == []


def test_its_script_is_checked_when_it_is_saved(api: Api) -> None:
    """A script that cannot run is refused with its place, as an incoming one's is."""
    broken = "class Script {\n  prepare_outgoing_request({ request }) { return request. }\n}"
    refused = create(api, 400, script=broken, scriptEnabled=True)
    assert (refused["details"]["field"], refused["details"]["scriptError"]["line"]) == ("script", 2)
    fine = "class Script { prepare_outgoing_request({ request }) { return request; } }"
    assert "scriptError" not in create(api, script=fine, scriptEnabled=True)


@pytest.mark.parametrize(
    ("given", "shown"), [("many", 4), (None, 4), (-1, 4), (2.5, 4), ("3", 3), (0, 0), (12, 12)]
)
def test_a_retry_count_that_cannot_be_read_is_four(api: Api, given: Any, shown: int) -> None:
    """As Rocket.Chat saves it."""
    assert create(api, retryCount=given)["retryCount"] == shown


def test_a_blank_delay_is_powers_of_ten(api: Api) -> None:
    """As Rocket.Chat saves it."""
    assert create(api, retryDelay="")["retryDelay"] == "powers-of-ten"


@pytest.mark.parametrize(
    ("field", "members"),
    [
        ("urls", {"urls": []}),
        ("urls", {"urls": ["ftp://far.example.org"]}),
        ("urls", {"urls": ["http://"]}),
        ("event", {"event": "messageDeleted"}),
        ("channel", {"channel": "general"}),
        ("targetRoom", {"targetRoom": "general"}),
        ("targetRoom", {"event": "userCreated"}),
        ("retryDelay", {"retryDelay": "often"}),
        ("callTimeoutS", {"callTimeoutS": 61}),
        ("callTimeoutS", {"callTimeoutS": "soon"}),
        ("runOnEdits", {"runOnEdits": "yes"}),
        ("dialect", {"dialect": "slack"}),
        ("token", {"token": "x" * 257}),
        ("event", {"dialect": "mattermost", "event": "fileUploaded"}),
        ("channel", {"dialect": "mattermost", "channel": "@admin"}),
        ("channel", {"dialect": "mattermost", "channel": "all_direct_messages"}),
        ("channel", {"dialect": "mattermost", "channel": ""}),
        ("channel", {"dialect": "mattermost", "channel": "all_public_channels"}),
        ("urls", {"dialect": "mattermost", "urls": [f"{URL}/{'x' * 500}", f"{URL}/{'y' * 500}"]}),
        ("triggerWords", {"dialect": "mattermost", "triggerWords": ["x" * 600, "y" * 600]}),
        ("triggerWhen", {"dialect": "mattermost", "triggerWhen": 2}),
        ("contentType", {"dialect": "mattermost", "contentType": "text/plain"}),
    ],
)
def test_a_wrong_member_is_refused_by_name(api: Api, field: str, members: dict[str, Any]) -> None:
    """And nothing is saved."""
    assert create(api, 400, **members)["details"]["field"] == field
    assert api.get("integrations.list")["total"] == 0


def test_mattermost_needs_a_channel_or_a_word(api: Api) -> None:
    """Either is enough."""
    create(api, dialect="mattermost", channel="#general")
    create(api, dialect="kchat", channel="", triggerWords="build")
    everywhere: dict[str, Any] = {
        "type": "webhook-outgoing",
        "dialect": "mattermost",
        "urls": [URL],
    }
    api.post("integrations.create", **everywhere, triggerWords=["deploy"])
    refused = api.post("integrations.create", 400, **everywhere)
    assert refused["details"]["field"] == "channel"


def test_mattermost_refuses_the_same_hook_twice(api: Api) -> None:
    """Same channel, address and word; another word is another hook, and so is Rocket.Chat's."""
    members: dict[str, Any] = {"dialect": "mattermost", "triggerWords": ["build", "test"]}
    create(api, **members)
    assert (
        create(api, 409, **{**members, "triggerWords": ["test", "more"]})["details"]["field"]
        == "urls"
    )
    create(api, **{**members, "triggerWords": ["other"]})
    create(api, triggerWords=["build"])
