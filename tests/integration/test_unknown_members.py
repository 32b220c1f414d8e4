"""Members that would have no effect are refused by name, with what was probably meant."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import Api

WEBHOOK: dict[str, Any] = {"type": "webhook", "name": "Far", "url": "https://far.example/x"}
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def destination(api: Api) -> str:
    made: str = api.post("destinations.create", **WEBHOOK)["destination"]["_id"]
    return made


@pytest.mark.parametrize(
    ("member", "meant"),
    [
        ("secrets", "secret"),
        ("Secret", "secret"),
        ("header", "headers"),
        ("rate_per_second", "ratePerSecond"),
        ("concurency", "concurrency"),
        ("notice_room", "noticeRoom"),
        ("enable", "enabled"),
    ],
)
def test_a_misspelt_member_of_a_destination_is_refused(
    api: Api, destination: str, member: str, meant: str
) -> None:
    """It would send unsigned, for one; nothing is made, and nothing changed."""
    before = api.get("destinations.list")
    for name, given in (
        ("destinations.create", WEBHOOK),
        ("destinations.update", {"destinationId": destination}),
    ):
        answer = api.post(name, 400, **{**given, member: SECRET})
        assert answer["details"]["field"] == member
        assert f"did you mean {meant}?" in answer["error"]
    assert api.get("destinations.list") == before


def test_what_another_type_takes_is_refused_with_what_this_one_takes(api: Api) -> None:
    """A channel for a webhook, or options in an object of their own."""
    for member in ("channel", "mattermost_team", "options"):
        answer = api.post("destinations.create", 400, **WEBHOOK, **{member: {"a": 1}})
        assert (answer["details"]["field"], "webhook" in answer["error"]) == (member, True)
    assert api.get("destinations.list")["total"] == 0


def test_what_is_shown_of_a_destination_can_be_sent_back(api: Api, destination: str) -> None:
    """All of it, state and dates included, with a change."""
    shown = api.get("destinations.get", destinationId=destination)["destination"]
    api.post("destinations.update", destinationId=destination, **{**shown, "name": "New"})
    assert api.get("destinations.get", destinationId=destination)["destination"]["name"] == "New"


@pytest.mark.parametrize(
    ("call", "member"),
    [
        ("destinations.test", "destination"),
        ("destinations.remove", "force"),
        ("destinations.pause", "reason"),
        ("destinations.resume", "id"),
        ("deliveries.retry", "destinationID"),
        ("deliveries.cancel", "id"),
        ("executions.replay", "exakt"),
        ("integrations.test", "header"),
        ("integrations.check", "source"),
        ("integrations.reveal", "id"),
        ("integrations.renewToken", "id"),
        ("integrations.resume", "id"),
    ],
)
def test_calls_of_hooksmith_s_own_refuse_what_they_do_not_know(
    api: Api, call: str, member: str
) -> None:
    """A misspelt `exact` would post for real."""
    answer = api.post(call, 400, **{member: "x"})
    assert (answer["details"]["field"], member in answer["error"]) == (member, True)


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"limits": {"cpuSeconds": 1}}, "limits"),
        ({"verification": {"preset": "github", "secret": "x" * 20, "hedder": "X"}}, "hedder"),
        ({"deduplication": {"windowS": 60, "heder": "X-Id"}}, "heder"),
        ({"verificaton": {"preset": "github", "secret": "x" * 20}}, "verificaton"),
        ({"secret": {"A": "x"}}, "secret"),
        ({"destination": ["rooms"]}, "destination"),
        ({"limit": {"cpuS": 1}}, "limit"),
        ({"lifeCycle": "kept"}, "lifeCycle"),
    ],
)
def test_an_integration_s_own_members_are_known(
    api: Api, members: dict[str, Any], field: str
) -> None:
    """Hooksmith's objects have no other members, and what is nearly one of them is refused."""
    given = {"type": "webhook-incoming", "name": "Hook", "channel": "#general", **members}
    answer = api.post("integrations.create", 400, **given)
    assert answer["details"]["field"].endswith(field)
    hook = api.hook()
    assert api.post("integrations.update", 400, integrationId=hook.id, **members)["error"]


def test_members_that_rocket_chat_s_clients_send_pass(api: Api) -> None:
    """They are Rocket.Chat's own; what it calls unknown is refused here, too."""
    hook = api.hook(scriptEngine="isolated-vm", skipTranspile=True)
    # What a Rocket.Chat told of one of its own.
    told: dict[str, Any] = {
        "_id": "i",
        "userId": "u",
        "scriptCompiled": "",
        "scriptError": None,
        "_updatedAt": "x",
    }
    api.post("integrations.update", integrationId=hook.id, **told, channel="#general")
    given = {"type": "webhook-incoming", "name": "Hook", "channel": "#general"}
    assert api.post("integrations.create", 400, **given, somethingNew=1)["details"] == {
        "field": "somethingNew"
    }
