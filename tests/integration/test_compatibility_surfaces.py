"""Where the compatibility check is shown: the API, and what the editor asks for."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.integration.admin_fixtures import SCRIPT, Browser, administrator
from tests.support import Api, script

REQUIRES = "\n\nclass Script {\n  process_incoming_request() { require('x'); }\n}"
COUNTS = "let n = 0;\n" + script("n += 1; return { content: { channel: '#x' } };")


def test_the_api_checks_a_text(api: Api) -> None:
    """Lines count from the first, which may be empty; nothing is saved."""
    answer = api.post("integrations.check", script=REQUIRES)
    assert answer["success"] is True
    assert answer["scriptError"] is None
    check = answer["check"]
    assert check["runs"] is False
    assert [(one["name"], one["origin"], one["line"]) for one in check["uses"]] == [
        ("require", "nowhere", 4)
    ]
    (note,) = check["notes"]
    assert (note["level"], note["line"], note["column"]) == ("problem", 4, 32)
    assert set(note) == {
        *("level", "kind", "name", "line", "column", "places", "message", "instead"),
    }
    assert api.get("integrations.list")["total"] == 0


@pytest.mark.parametrize("given", [{}, {"script": 5}, {"script": " "}, {"script": "x" * (1 << 19)}])
def test_the_api_refuses_what_is_no_script(api: Api, given: dict[str, object]) -> None:
    """Nothing, a number, white space, and more than a script may be."""
    assert api.post("integrations.check", status=400, **given)["details"]["field"] == "script"


def test_the_api_checks_a_saved_script_as_it_is_used(api: Api) -> None:
    """Lifecycle and room choice of the integration count."""
    hook = api.hook(COUNTS)
    answer = api.get("integrations.check", integrationId=hook.id)
    levels = [note["level"] for note in answer["check"]["notes"]]
    assert (answer["success"], levels) == (True, ["warning", "info"])
    api.post(
        "integrations.update",
        integrationId=hook.id,
        lifecycle="kept",
        overrideDestinationChannelEnabled=True,
    )
    answer = api.get("integrations.check", integrationId=hook.id)
    assert {note["level"] for note in answer["check"]["notes"]} == {"ok"}
    assert api.get("integrations.check", integrationId="nothing")["success"] is False


def test_an_integration_without_a_script_has_none_to_check(api: Api) -> None:
    """That is said as a note, not as an error."""
    check = api.get("integrations.check", integrationId=api.hook().id)["check"]
    assert [note["message"] for note in check["notes"]] == ["There is no script"]


def test_the_editor_asks_with_the_settings_of_the_form(app: Flask) -> None:
    """Of what is typed, saved or not."""
    browser = administrator(app)
    page = browser.create()

    def asked(**more: object) -> list[str]:
        answer = browser.post_json("/admin/integrations/check/", page=page, script=COUNTS, **more)
        assert answer.status_code == 200
        return [note["level"] for note in answer.get_json()["notes"]]

    assert asked(type="webhook-incoming", lifecycle="per-request") == ["warning", "info"]
    assert asked(type="webhook-incoming", lifecycle="kept", mayChooseRoom=True) == ["ok", "ok"]


@pytest.mark.parametrize("given", [{}, {"script": None}, {"script": "x" * (1 << 19)}])
def test_the_editor_is_told_what_is_no_script(app: Flask, given: dict[str, object]) -> None:
    """In words."""
    browser = administrator(app)
    answer = browser.post_json("/admin/integrations/check/", page=browser.create(), **given)
    assert answer.status_code == 400
    assert "script" in answer.get_json()["error"]


def test_nobody_checks_without_a_login(app: Flask) -> None:
    """The page behind the login asks with its session and its token."""
    stranger = Browser(app)
    answer = stranger.post_json("/admin/integrations/check/", page="/admin/login/", script=SCRIPT)
    assert answer.status_code == 302
    forged = administrator(app).client.post("/admin/integrations/check/", json={"script": SCRIPT})
    assert forged.status_code == 400


NO_METHOD = "class Script {\n  process_incoming() { return null; }\n}"


def test_saving_tells_what_is_wrong_with_a_script(api: Api) -> None:
    """It is saved nevertheless; what is fine is not told, and other members are changed without a word."""
    made = api.post(
        "integrations.create",
        type="webhook-incoming",
        name="x",
        username="admin",
        channel="#general",
        scriptEnabled=True,
        script=NO_METHOD,
    )
    told = {(one["level"], one["name"], one["line"]) for one in made["warnings"]}
    assert ("problem", "Script", 1) in told
    assert any("nothing is posted" in one["message"] for one in made["warnings"])
    changed = {"integrationId": made["integration"]["_id"]}
    assert api.post("integrations.update", alias="y", **changed)["warnings"] == []
    right = api.post("integrations.update", script=script("return null;"), **changed)
    assert right["warnings"] == []
    counts = api.post("integrations.update", script=COUNTS, **changed)
    assert [one["kind"] for one in counts["warnings"]] == ["state"]
    assert api.post("integrations.update", lifecycle="kept", **changed)["warnings"] == []
    off = api.post("integrations.update", script=NO_METHOD, scriptEnabled=False, **changed)
    assert off["warnings"] == []


def test_the_pages_tell_it_after_saving(app: Flask) -> None:
    """Above the form; the integration is there."""
    browser = administrator(app)
    page = browser.create(script="class Script {\n  process_incoming() { return null; }\n}")
    shown = browser.get(page).text
    assert "Created." in shown
    assert "has none of the methods that are called: callers get a 200" in shown


@pytest.mark.parametrize("enabled", ["1", ""])
def test_an_integration_without_a_script_is_saved_without_warnings(
    app: Flask, api: Api, enabled: str
) -> None:
    """In the form's switch and in the API's; there is nothing to check."""
    made = api.post(
        "integrations.create",
        type="webhook-incoming",
        name="plain",
        channel="#general",
        scriptEnabled=bool(enabled),
        script="",
    )
    assert made["warnings"] == []
    browser = administrator(app)
    shown = browser.get(browser.create(script="", script_enabled=enabled)).text
    assert "Created." in shown
    assert 'class="flash warn"' not in shown


def test_the_log_says_that_the_method_is_missing(api: Api) -> None:
    """200 and nothing posted, as in Rocket.Chat; the row says why, and warns."""
    hook = api.hook(NO_METHOD)
    assert hook.post({"text": "x"}).status_code == 200
    (execution,) = api.executions(integrationId=hook.id)
    said = "the script has no method process_incoming_request: nothing is posted"
    assert (execution["outcome"], execution["summary"]) == ("nothing", said)
    assert [(line["level"], line["text"]) for line in execution["console"]] == [
        ("warn", f"Hooksmith: {said}")
    ]
    assert api.messages("general") == []
