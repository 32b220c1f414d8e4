"""Integrations in the admin pages: listing, editing, versions, URLs, trying and the dashboard."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from admin.views.integration_form import SAMPLE_BODY, SAMPLE_SCRIPT
from engine.redaction import HIDDEN
from tests.integration.admin_fixtures import (
    BROKEN,
    SCRIPT,
    Browser,
    administrator,
    form,
    shown,
    typed,
)
from tests.support import Api, Hook

HOSTILE = "</textarea><script>alert('x')</script><img src=x onerror=alert(1)>"


@pytest.fixture
def browser(app: Flask) -> Browser:
    return administrator(app)


def integration(api: Api) -> dict[str, object]:
    """Return the only integration."""
    (found,) = api.get("integrations.list")["integrations"]
    assert isinstance(found, dict)
    return found


def hook_at(api: Api, page: str) -> Hook:
    """Return the hook that a page of the admin is about."""
    integration_id = page.split("/")[-2]
    token = api.post("integrations.reveal", integrationId=integration_id)["token"]
    return Hook(api, integration_id, token, f"/hooks/{integration_id}/{token}")


# -- lists ------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["/admin/", "/admin/integrations/"])
def test_a_fresh_installation_leads_to_the_first_hook(browser: Browser, page: str) -> None:
    """Where there is nothing, the page says what to do and links to it."""
    assert 'href="/admin/integrations/new/"' in browser.get(page).text


def test_the_list_tells_what_happened_last(browser: Browser, api: Api) -> None:
    """Each integration shows its last result in words, its counts, and the way to its logs."""
    good, bad, quiet = (api.hook(SCRIPT, name=name) for name in ("Good", "Bad", "Quiet"))
    api.post(
        "integrations.update",
        integrationId=bad.id,
        script="class Script { process_incoming_request() {\n null.x } }",
    )
    good.post({})
    bad.post({})
    bad.post({})
    page = browser.get("/admin/integrations/")
    text = shown(page)
    assert "200 posted hi → #general" in text
    assert (
        "400 script error TypeError: Cannot read properties of null (reading 'x') — line 2" in text
    )
    assert "not called yet" in text
    assert f"integration={quiet.id}" in page.text
    assert "2 failed" in text


def test_the_dashboard_counts_and_names_who_fails(browser: Browser, api: Api) -> None:
    """What failed is told with its last error; who recovered since is told apart."""
    failing = api.hook("class Script { process_incoming_request() { throw new Error('no') } }")
    mended = api.hook(SCRIPT, name="Mended", enabled=False)
    failing.post({})
    mended.post({})
    api.post("integrations.update", integrationId=mended.id, enabled=True)
    mended.post({})
    api.client.post("/hooks/unknown/token", json={})
    text = shown(browser.get("/admin/"))
    assert "1 posted" in text
    assert "3 failed or refused" in text
    assert "Hook Error: no — line 1 failing" in text
    assert "Mended the integration is disabled recovered" in text
    assert "Addresses that lead nowhere no such integration" in text
    assert "database ok sandbox ok" in text


def test_test_runs_do_not_count(browser: Browser, api: Api) -> None:
    """Trying a broken script in the editor alarms nobody."""
    page = browser.create()
    browser.post_json(f"{page}run/", page=page, script="class Script { }; nonsense", body="{}")
    assert "not called yet" in shown(browser.get("/admin/integrations/"))
    assert "No request in the last 24 hours" in shown(browser.get("/admin/"))


# -- making and changing ----------------------------------------------------------------------


def test_a_new_integration_starts_with_a_script_that_works(browser: Browser, api: Api) -> None:
    """Saving the form as offered gives a hook that posts."""
    offered = typed(browser.get("/admin/integrations/new/"))
    assert offered == SAMPLE_SCRIPT
    page = browser.create(name="First", script=offered)
    assert "Created" in shown(browser.get(page))
    answer = hook_at(api, page).post(data=SAMPLE_BODY, content_type="application/json")
    assert answer.status_code == 200
    (message,) = api.messages()
    assert message["msg"] == "Hello from Hooksmith"
    assert message["attachments"][0]["text"] == "level **info**"


def test_every_setting_is_saved(browser: Browser, api: Api) -> None:
    """What the form holds is what the integration gets."""
    values = {
        "name": "GitHub",
        "description": "pushes",
        "channel": "#general, @admin",
        "username": "admin",
        "alias": "Octo",
        "avatar": "https://example.org/a.png",
        "emoji": ":octopus:",
        "override": "1",
        "lifecycle": "kept",
    }
    page = browser.create(**values)
    found = integration(api)
    for name in ("name", "description", "username", "alias", "avatar", "emoji", "lifecycle"):
        assert found[name] == values[name]
    assert found["channel"] == ["#general", "@admin"]
    assert found["overrideDestinationChannelEnabled"] is True
    without = form(**values, base="1")
    for flag in ("override", "enabled", "script_enabled"):
        del without[flag]
    answer = browser.post(page, **without)
    assert answer.status_code == 302
    found = integration(api)
    assert found["overrideDestinationChannelEnabled"] is False
    assert found["enabled"] is False
    assert found["scriptEnabled"] is False
    assert found["scriptVersion"] == 1


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"name": " "}, "Give it a name"),
        ({"channel": "general"}, "a channel starts with # or @"),
        ({"channel": ""}, "name at least one #room or @user"),
        ({"username": "nobody"}, "There is no user nobody"),
        ({"alias": "a" * 129}, "at most 128 characters"),
        ({"lifecycle": "forever"}, "lifecycle is one of"),
    ],
)
def test_a_wrong_field_is_marked_and_nothing_is_lost(
    browser: Browser, api: Api, values: dict[str, str], said: str
) -> None:
    """The field says what is wrong with it; the script that was typed is still there."""
    given = form(**{"script": "// typed by me\n" + SCRIPT, **values})
    answer = browser.post("/admin/integrations/new/", **given)
    assert answer.status_code == 422
    assert said in shown(answer)
    assert 'aria-invalid="true"' in answer.text
    assert typed(answer) == given["script"]
    assert api.get("integrations.list")["total"] == 0


def test_a_broken_script_is_refused_with_its_place_and_kept_as_typed(
    browser: Browser, api: Api
) -> None:
    """Line and column are told in words and to the editor, and the saved version still runs."""
    page = browser.create()
    answer = browser.post(page, **form(script=BROKEN, base="1"))
    assert answer.status_code == 422
    text = shown(answer)
    assert "Line 3, column 15" in text
    assert "SyntaxError: Unexpected token ';'" in text
    assert 'data-line="3" data-column="15"' in answer.text
    assert "const x = ;" in text
    assert typed(answer) == BROKEN
    assert integration(api)["script"] == SCRIPT


def test_a_broken_script_may_be_saved_disabled(browser: Browser, api: Api) -> None:
    """The text is kept as a version; callers are told that the integration is off."""
    page = browser.create()
    answer = browser.post(page, **form(script=BROKEN, base="1", save="disabled"))
    assert answer.status_code == 302
    found = integration(api)
    assert found["script"] == BROKEN
    assert found["enabled"] is False
    text = shown(browser.get(page))
    assert "Saved as v2. It is disabled" in text
    assert "This script cannot run. Line 3, column 15" in text
    assert hook_at(api, page).post({}).status_code == 503


def test_a_new_integration_with_a_broken_script_can_be_saved_disabled(
    browser: Browser, api: Api
) -> None:
    """Even the first save loses nothing."""
    path = "/admin/integrations/new/"
    refused = browser.post(path, **form(script=BROKEN))
    assert refused.status_code == 422
    assert "Save disabled" in shown(refused)
    assert browser.post(path, **form(script=BROKEN, save="disabled")).status_code == 302
    assert integration(api)["enabled"] is False


def test_a_script_that_is_too_long_is_refused_and_kept(browser: Browser) -> None:
    """The limit is named, and what was pasted is still there to be shortened."""
    long = "// " + "x" * (256 << 10) + "\n" + SCRIPT
    answer = browser.post("/admin/integrations/new/", **form(script=long))
    assert answer.status_code == 422
    assert "are allowed" in shown(answer)
    assert typed(answer) == long


def test_line_ends_of_browsers_make_no_new_version(browser: Browser, api: Api) -> None:
    """A form submitted unchanged has CRLF in it, and changes nothing."""
    lines = "// one\n// two\n" + SCRIPT
    page = browser.create(script=lines)
    browser.post(page, **form(script=lines.replace("\n", "\r\n"), base="1"))
    assert integration(api)["scriptVersion"] == 1


def test_what_somebody_else_saved_meanwhile_is_not_overwritten_unseen(
    browser: Browser, api: Api
) -> None:
    """The second of two editors is told, keeps the text, and may then save on top."""
    page = browser.create()
    browser.post(page, **form(script="// theirs\n" + SCRIPT, base="1"))
    mine = form(script="// mine\n" + SCRIPT, base="1")
    answer = browser.post(page, **mine)
    assert answer.status_code == 422
    assert "v2 was saved while you were editing" in shown(answer)
    assert typed(answer) == mine["script"]
    again = re.search(r'name="base" value="(\d+)"', answer.text)
    assert again is not None
    assert browser.post(page, **{**mine, "base": again[1]}).status_code == 302
    assert integration(api)["scriptVersion"] == 3


@pytest.mark.parametrize("field", ["name", "description", "alias", "avatar", "emoji"])
def test_hostile_settings_are_escaped(browser: Browser, field: str) -> None:
    """No setting becomes markup on the pages that show it."""
    # An avatar has to be an address of a picture.
    hostile = f"https://example.com/{HOSTILE[:60]}".replace(" ", "%20")
    page = browser.create(**{field: hostile if field == "avatar" else HOSTILE[:60]})
    for path in (page, "/admin/integrations/", f"{page}delete/", f"{page}versions/", "/admin/"):
        assert "<script>alert" not in browser.get(path).text


def test_a_hostile_script_is_text(browser: Browser) -> None:
    """A script that closes the textarea is shown as it is, in the editor and in the history."""
    page = browser.create(script=f"// {HOSTILE}\n{SCRIPT}")
    for path in (page, f"{page}versions/1/"):
        assert "<script>alert" not in browser.get(path).text
    assert typed(browser.get(page)) == f"// {HOSTILE}\n{SCRIPT}"


def test_an_error_that_carries_markup_is_text(browser: Browser) -> None:
    """What a script throws when it is saved is escaped too."""
    answer = browser.post(
        "/admin/integrations/new/", **form(script=f"throw new Error({HOSTILE!r})")
    )
    assert answer.status_code == 422
    assert "<script>alert" not in answer.text
    assert "<img" not in answer.text


@pytest.mark.parametrize("rest", ["", "versions/", "delete/", "renew/"])
def test_an_unknown_integration_is_not_found(browser: Browser, rest: str) -> None:
    """An id that leads nowhere is answered as such."""
    answer = browser.get(f"/admin/integrations/unknown/{rest}")
    assert answer.status_code == 404
    assert "There is no integration unknown" in shown(answer)


# -- versions ---------------------------------------------------------------------------------


def test_every_saved_script_is_in_the_history(browser: Browser) -> None:
    """Old versions are listed, shown, and say which one runs."""
    page = browser.create()
    browser.post(page, **form(script="// two\n" + SCRIPT, base="1"))
    browser.post(page, **form(script=BROKEN, base="2", save="disabled"))
    text = shown(browser.get(f"{page}versions/"))
    assert "3 versions" in text
    assert "v3 runs broken" in text
    old = browser.get(f"{page}versions/1/")
    assert "Load v1 into the editor" in shown(old)
    assert "readonly" in old.text
    assert browser.get(f"{page}versions/9/").status_code == 404


def test_an_old_version_loads_into_the_editor_and_saves_as_a_new_one(
    browser: Browser, api: Api
) -> None:
    """Going back changes nothing until it is saved."""
    page = browser.create()
    browser.post(page, **form(script="// two\n" + SCRIPT, base="1"))
    loaded = browser.get(f"{page}?load=1")
    assert typed(loaded) == SCRIPT
    assert "Save as v3" in shown(loaded)
    assert integration(api)["scriptVersion"] == 2
    browser.post(page, **form(script=SCRIPT, base="2"))
    assert integration(api)["scriptVersion"] == 3
    assert integration(api)["script"] == SCRIPT


# -- the URL ----------------------------------------------------------------------------------


def test_the_url_is_dots_until_asked_for(browser: Browser, api: Api) -> None:
    """No page shows the token; a POST does, with a curl line that works."""
    page = browser.create()
    hook = hook_at(api, page)
    for path in (page, "/admin/integrations/", "/admin/", f"{page}versions/"):
        assert hook.token not in browser.get(path).text
    assert HIDDEN in browser.get(page).text
    assert browser.get(f"{page}url/").status_code == 405
    revealed = browser.post(f"{page}url/", page=page)
    assert hook.token in revealed.text
    answer = browser.client.post(
        f"{page}url/",
        data={"csrf_token": browser.csrf_token(page)},
        headers={"Accept": "application/json"},
    )
    assert answer.get_json()["url"].endswith(hook.path)
    assert answer.get_json()["url"] in answer.get_json()["curl"]


def test_a_new_url_ends_the_old_one(browser: Browser, api: Api) -> None:
    """It is asked first, and only a POST does it."""
    page = browser.create()
    old = hook_at(api, page)
    assert "A new URL for Hook?" in shown(browser.get(f"{page}renew/"))
    assert old.post({}).status_code == 200
    browser.post(f"{page}renew/")
    assert old.post({}).status_code == 404
    assert hook_at(api, page).post({}).status_code == 200


def test_deleting_is_asked_first(browser: Browser, api: Api) -> None:
    """Opening the page deletes nothing; confirming does, and the logs stay."""
    page = browser.create()
    hook = hook_at(api, page)
    hook.post({})
    assert "Delete Hook?" in shown(browser.get(f"{page}delete/"))
    assert api.get("integrations.list")["total"] == 1
    assert browser.post(f"{page}delete/").location == "/admin/integrations/"
    assert api.get("integrations.list")["total"] == 0
    assert api.get("executions.list", integrationId=hook.id)["total"] == 1
    assert hook.post({}).status_code == 404


# -- trying -----------------------------------------------------------------------------------


def test_run_shows_the_message_and_posts_nothing(browser: Browser, api: Api) -> None:
    """A script that was not saved runs on a payload that was typed."""
    page = browser.create(channel="#general, @admin")
    script = "class Script { process_incoming_request({ request }) { console.log('saw', request.headers['x-event']); return { content: { text: `**${request.content.who}**` } } } }"
    answer = browser.post_json(
        f"{page}run/",
        page=page,
        script=script,
        body='{"who": "Ada <b>"}',
        headers="Content-Type: application/json\nX-Event: push",
    ).get_json()
    assert answer["outcome"] == "would post"
    (message,) = answer["messages"]
    assert "Ada &lt;b&gt;</strong>" in message["html"]
    assert message["to"] == "#general, @admin"
    assert [line["text"] for line in answer["console"]] == ["saw push"]
    assert answer["error"] is None
    assert api.messages() == []
    assert integration(api)["script"] == SCRIPT


def test_run_tells_where_a_script_fails(browser: Browser) -> None:
    """The editor gets line and column of what was thrown."""
    page = browser.create()
    script = "class Script {\n  process_incoming_request() {\n    null.x;\n  }\n}"
    answer = browser.post_json(f"{page}run/", page=page, script=script, body="{}").get_json()
    assert answer["status"] == 400
    assert (answer["error"]["line"], answer["error"]["column"]) == (3, 10)
    assert answer["messages"] == []


def test_a_captured_request_can_be_tried_again(browser: Browser, api: Api) -> None:
    """What came is offered with its headers, indented, and sent as it came when not changed."""
    page = browser.create()
    hook = hook_at(api, page)
    raw = b'{"who":   "Ada"}'
    hook.post(
        data=raw,
        content_type="application/json",
        headers={"X-Event": "push", "X-Auth-Token": "geheim"},
    )
    execution_id = hook.last()["_id"]
    assert f"requests/{execution_id}/" in browser.get(page).text
    request = browser.get(f"{page}requests/{execution_id}/").get_json()
    assert request["body"] == '{\n  "who": "Ada"\n}'
    assert "X-Event: push" in request["headers"]
    assert "Token" not in request["headers"]
    script = "class Script { process_incoming_request({ request }) { return { content: { text: `${request.content_raw.length} characters` } } } }"
    answer = browser.post_json(
        f"{page}run/", page=page, script=script, **{**request, "requestId": execution_id}
    ).get_json()
    assert answer["summary"].startswith(f"{len(raw)} characters")


def test_requests_of_another_integration_are_not_offered(browser: Browser, api: Api) -> None:
    """An execution's id of somewhere else leads to nothing here."""
    page = browser.create()
    other = api.hook(SCRIPT, name="Other")
    other.post({"secret": "of the other"})
    execution_id = other.last()["_id"]
    assert browser.get(f"{page}requests/{execution_id}/").status_code == 404
    script = "class Script { process_incoming_request({ request }) { return { content: { text: request.content_raw || 'none' } } } }"
    answer = browser.post_json(
        f"{page}run/", page=page, script=script, body="", requestId=execution_id
    ).get_json()
    assert "of the other" not in answer["summary"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "There is no script to run"),
        ({"script": 1}, "There is no script to run"),
        ({"script": "", "headers": "no colon"}, "A header is written"),
        ({"script": "", "method": "DELETE"}, "Only POST and GET"),
    ],
)
def test_an_impossible_run_is_explained(
    browser: Browser, given: dict[str, object], said: str
) -> None:
    """What cannot be run is answered in words."""
    page = browser.create()
    answer = browser.post_json(f"{page}run/", page=page, **given)
    assert answer.status_code == 400
    assert said in answer.get_json()["error"]
