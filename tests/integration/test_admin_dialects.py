"""The Callers part of an integration's form."""

from __future__ import annotations

import html
import re
import shlex

import pytest
from flask import Flask

from tests.integration.admin_fixtures import Browser, administrator, form
from tests.support import Api
from tests.uchat import WebhookSide


@pytest.fixture
def browser(app: Flask) -> Browser:
    return administrator(app)


def saved(api: Api) -> list[object]:
    """Return the dialect and the three switches of the only integration."""
    (found,) = api.get("integrations.list")["integrations"]
    names = ("dialect", "channelLocked", "usernameOverrideEnabled", "iconOverrideEnabled")
    return [found[name] for name in names]


def test_the_dialect_and_its_switches_are_saved_and_shown(browser: Browser, api: Api) -> None:
    """What is checked is on, what is not is off, and the page shows both and the address."""
    page = browser.create(dialect="kchat", locked="1", icon_override="1")
    assert saved(api) == ["kchat", True, False, True]
    text = browser.get(page).text
    assert re.search(r'<option value="kchat" selected>', text)
    boxes = dict(re.findall(r'<input type="checkbox" id="(\w+)"[^>]*?value="1"( checked)?', text))
    assert [boxes[name] for name in ("locked", "name_override", "icon_override")] == [
        " checked",
        "",
        " checked",
    ]
    assert re.search(r"/hooks/•+[^/]", text)


def test_a_form_without_the_part_changes_nothing(browser: Browser, api: Api) -> None:
    """What was not asked is not switched off."""
    hook = api.hook(dialect="mattermost", channelLocked=True)
    page = f"/admin/integrations/{hook.id}/"
    assert browser.post(page, **form(name="Renamed")).status_code == 302
    assert saved(api) == ["mattermost", True, True, True]


def test_an_unknown_dialect_is_marked(browser: Browser, api: Api) -> None:
    """Beside its field, and nothing is made."""
    answer = browser.post("/admin/integrations/new/", **form(dialect="klingon"))
    assert answer.status_code == 422
    assert "dialect is one of" in answer.text
    assert api.get("integrations.list")["integrations"] == []


def test_a_webhook_is_asked_shown_and_removed(browser: Browser, api: Api) -> None:
    """With its state and host; neither address nor key is on any page."""
    side = WebhookSide()
    try:
        page = browser.create(dialect="uchat")
        assert 'id="webhook"' in browser.get(page).text
        given = {"webhook_url": side.url, "webhook_key": side.key, "do": "set"}
        assert browser.post(f"{page}webhook/", page=page, **given).status_code == 302
        text = browser.get(page).text
        assert re.search(r'<span class="pill ok">verified</span>', text)
        assert "is verified" in text
        side.key = "changed there"
        browser.post(f"{page}webhook/", page=page, webhook_url="", webhook_key="", do="set")
        text = browser.get(page).text
        assert re.search(r'<span class="pill bad">failed</span>', text)
        assert "it answered 403" in text
        [destination] = api.get("destinations.list")["destinations"]
        own_page = f"/admin/destinations/{destination['_id']}/"
        assert browser.get(own_page).status_code == 200
        kept = {"name": "Renamed", "url": "", "max_chars": "300", "concurrency": "1"}
        assert browser.post(own_page, **kept, ratePerSecond="0").status_code == 302
        assert api.get("destinations.list")["destinations"][0]["name"] == "Renamed"
        assert "Renamed" not in browser.get(browser.create(dialect="slack")).text
        destinations = browser.get("/admin/destinations/").text
        assert "UChat webhook" in destinations
        for shown in (text, destinations, browser.get("/admin/deliveries/").text):
            assert "VERIFICATION_TOKEN" not in shown
            assert "/hook/of/theirs" not in shown
        assert len(side.questions) == 2
        browser.post(f"{page}webhook/", page=page, do="remove")
        assert '<span class="pill mute">none</span>' in browser.get(page).text
        assert api.get("destinations.list")["destinations"] == []
    finally:
        side.close()


def test_a_wrong_webhook_is_said(browser: Browser, api: Api) -> None:
    """Nobody is asked, and nothing is saved."""
    page = browser.create(dialect="uchat")
    browser.post(f"{page}webhook/", page=page, webhook_url="ftp://x", webhook_key="k", do="set")
    text = browser.get(page).text
    assert "Not saved: The address begins with https:// or http:// and a host." in text
    assert '<span class="pill mute">none</span>' in text


def test_only_uchats_has_a_webhook(browser: Browser, api: Api) -> None:
    """No panel, and nothing to post to."""
    page = browser.create(dialect="slack")
    assert 'id="webhook"' not in browser.get(page).text
    assert browser.post(f"{page}webhook/", page=page, do="remove").status_code == 404


def test_the_curl_line_works_for_uchat(browser: Browser, api: Api) -> None:
    """Its body is a message there, as that of the form is which tries a script."""
    page = browser.create(dialect="uchat", script="", script_enabled="")
    shown = browser.post_json(f"{page}url/", page=page).get_json()
    body = shlex.split(shown["curl"])[-1]
    path = "/api/apichat/" + shown["url"].rpartition("/")[2]
    answer = api.client.post(path, data=body, content_type="application/json")
    assert answer.get_json() == {"status": "ok"}
    assert html.escape(body, quote=False).splitlines()[1] in html.unescape(browser.get(page).text)
