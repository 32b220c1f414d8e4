"""Mattermost's hooks, imported from what mmctl prints and what its REST API answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from engine.importing import mattermost
from engine.importing.importer import Choices, Importer
from engine.importing.report import Brought, Outcome, Report
from engine.runtime import Engine
from tests.support import Api

HOOK_ID = "b8ctfr5h3ibztqm6wy4kxn7oea"
CHANNEL = {
    "id": "4xp9fdt77pncbef59f4k1qe83o",
    "team_id": "rdc7ix4a5jnyzc8m3pe6uhsg1w",
    "type": "O",
    "name": "builds",
    "display_name": "Builds",
    "header": "",
}


def incoming(**members: Any) -> dict[str, Any]:
    """Return a hook as `mmctl webhook list --json` prints it."""
    return {
        "id": HOOK_ID,
        "create_at": 1600000000000,
        "update_at": 1600000000000,
        "delete_at": 0,
        "user_id": "yq4bb7nqmtd9pyktyj3wn1ncbe",
        "channel_id": CHANNEL["id"],
        "team_id": CHANNEL["team_id"],
        "display_name": "Builds in",
        "description": "What the build server says",
        "username": "builder",
        "icon_url": "https://cdn.example.org/builder.png",
        "channel_locked": False,
        **members,
    }


def outgoing(**members: Any) -> dict[str, Any]:
    """Return one that calls."""
    return {
        "id": "k9sxw3tfmbbdbgo7pzzj5hcq1r",
        "token": "zmigewsanbbsdf59xnmduzypjc",
        "create_at": 1600000000000,
        "update_at": 1600000000000,
        "delete_at": 0,
        "creator_id": "yq4bb7nqmtd9pyktyj3wn1ncbe",
        "channel_id": CHANNEL["id"],
        "team_id": CHANNEL["team_id"],
        "trigger_words": ["build", "test"],
        "trigger_when": 1,
        "callback_urls": ["https://builds.example.org/in"],
        "display_name": "Builds out",
        "description": "",
        "content_type": "application/json",
        "username": "",
        "icon_url": "",
        **members,
    }


@pytest.fixture
def bring(engine: Engine) -> Callable[..., Report]:
    """Import documents; `named` and `dialect` as `mattermost.parse` takes them."""

    def bring(*found: Any, named: Any = None, dialect: str = "mattermost") -> Report:
        export = mattermost.parse(found, named, dialect)
        return Importer(engine.database, engine.integrations, Choices()).bring(export)

    return bring


def only(report: Report) -> Brought:
    (brought,) = report.brought
    return brought


def saved(api: Api, brought: Brought) -> dict[str, Any]:
    """Return an imported integration as the API shows it."""
    shown: dict[str, Any] = api.get("integrations.get", integrationId=brought.id)["integration"]
    return shown


def test_an_incoming_hook_is_found_under_its_id(api: Api, bring: Callable[..., Report]) -> None:
    """And answers as Mattermost does, in the channel of that name, under its own name and picture."""
    report = bring(CHANNEL, incoming())
    assert only(report).same_address is True
    assert report.created_rooms() == ["#builds"]
    answer = api.client.post(f"/hooks/{HOOK_ID}", json={"text": "green"})
    assert (answer.status_code, answer.get_data(as_text=True)) == (200, "ok")
    (message,) = api.messages("builds")
    assert (message["msg"], message["alias"]) == ("green", "builder")
    assert message["avatar"] == "https://cdn.example.org/builder.png"
    shown = saved(api, only(report))
    assert (shown["name"], shown["lifecycle"]) == ("Builds in", "kept")
    assert shown["description"] == "What the build server says"
    assert shown["_createdAt"] == "2020-09-13T12:26:40.000Z"


def test_a_locked_channel_stays_locked(api: Api, bring: Callable[..., Report]) -> None:
    """Its callers may name no other."""
    assert saved(api, only(bring(CHANNEL, incoming(channel_locked=True))))["channelLocked"] is True
    answer = api.client.post(f"/hooks/{HOOK_ID}", json={"text": "x", "channel": "general"})
    assert answer.status_code == 403


def test_an_outgoing_hook_comes_over_whole(api: Api, bring: Callable[..., Report]) -> None:
    """With the token that is checked by those whom it calls."""
    brought = only(bring(CHANNEL, outgoing()))
    shown = saved(api, brought)
    expected = {
        "type": "webhook-outgoing",
        "dialect": "mattermost",
        "channel": ["#builds"],
        "triggerWords": ["build", "test"],
        "triggerWhen": 1,
        "urls": ["https://builds.example.org/in"],
        "contentType": "application/json",
    }
    assert {name: shown[name] for name in expected} == expected
    token = api.post("integrations.reveal", integrationId=brought.id)["token"]
    assert token == "zmigewsanbbsdf59xnmduzypjc"


def test_an_outgoing_hook_without_a_channel_listens_to_all_public_ones(
    api: Api, bring: Callable[..., Report]
) -> None:
    """Its trigger words decide; the encoding is a form unless it says otherwise."""
    shown = saved(api, only(bring(outgoing(channel_id="", content_type=""))))
    assert shown["channel"] == ["all_public_channels"]
    assert shown["contentType"] == "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    "document",
    [
        {"incoming_webhooks": [incoming()], "total_count": 1},
        {"channels": [CHANNEL], "total_count": 1},
    ],
)
def test_saved_answers_are_read(bring: Callable[..., Report], document: dict[str, Any]) -> None:
    """Also those that hold a count beside the list."""
    found = [CHANNEL, document] if "incoming_webhooks" in document else [document, incoming()]
    assert only(bring(*found)).outcome is Outcome.IMPORTED


def test_a_channel_without_a_name_is_asked_for(bring: Callable[..., Report]) -> None:
    """Nothing is posted where it does not belong."""
    brought = only(bring(incoming()))
    assert brought.outcome is Outcome.FAILED
    assert f"say --channel {CHANNEL['id']}=NAME" in brought.why
    report = bring(incoming(), named={CHANNEL["id"]: "#other"})
    assert (only(report).outcome, report.created_rooms()) == (Outcome.IMPORTED, ["#other"])


def test_private_channels_are_not_made_without_being_asked(bring: Callable[..., Report]) -> None:
    """Their type tells."""
    report = bring({**CHANNEL, "type": "P"}, incoming())
    assert report.created_rooms() == []
    assert "there is no private room #builds here" in only(report).notes[0]


def test_kchat_hooks_answer_as_kchat_does(api: Api, bring: Callable[..., Report]) -> None:
    """The same files, another dialect."""
    bring(CHANNEL, incoming(), dialect="kchat")
    answer = api.client.post(f"/hooks/{HOOK_ID}", json={"text": "green"})
    assert answer.get_json()["message"] == "green"


@pytest.mark.parametrize(
    ("hook", "why"),
    [
        (incoming(delete_at=1700000000000), "it was deleted there"),
        (incoming(display_name=7, description=[]), "description is not a text"),
        (outgoing(trigger_when=2), "trigger_when is neither 0 nor 1"),
        (outgoing(callback_urls="https://a.example.org"), "callback_urls is not a list"),
        (outgoing(callback_urls=["gopher://a"]), "is no http:// or https:// address"),
        ({"display_name": "x", "channel_id": "y"}, "it has no id"),
    ],
)
def test_a_bad_hook_costs_only_itself(
    bring: Callable[..., Report], hook: dict[str, Any], why: str
) -> None:
    """The others come over."""
    report = bring(CHANNEL, hook, incoming(id="w2qphg8rjjnctbkw5dfnuuq4yx"))
    outcomes = sorted(one.outcome for one in report.brought)
    assert outcomes == [Outcome.FAILED, Outcome.IMPORTED]
    (failed,) = (one for one in report.brought if one.outcome is Outcome.FAILED)
    assert why in failed.why


def test_two_hooks_cannot_share_a_token(api: Api, bring: Callable[..., Report]) -> None:
    """What is here already keeps its address."""
    api.hook(dialect="mattermost", token=HOOK_ID)
    brought = only(bring(CHANNEL, incoming()))
    assert (brought.outcome, brought.why) == (
        Outcome.FAILED,
        "Another integration has this token",
    )


def test_a_bulk_export_holds_no_hooks(bring: Callable[..., Report]) -> None:
    """It is said what does; its channels are of use beside that."""
    bulk: list[dict[str, Any]] = [
        {"type": "version", "version": 1},
        {"type": "team", "team": {"name": "main", "type": "O"}},
        {"type": "channel", "channel": {"team": "main", "name": "builds", "type": "P"}},
        {"type": "post", "post": {"team": "main", "channel": "builds", "message": "hi"}},
    ]
    report = bring(*bulk)
    assert report.brought == []
    assert report.problems == [mattermost.NO_HOOKS]
    report = bring(*bulk, incoming(), named={CHANNEL["id"]: "builds"})
    assert only(report).outcome is Outcome.IMPORTED
    assert "private room #builds" in only(report).notes[0]
