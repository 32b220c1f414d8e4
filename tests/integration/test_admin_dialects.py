"""The Callers part of an integration's form."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from tests.integration.admin_fixtures import Browser, administrator, form
from tests.support import Api


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
