"""The Security part of an integration's form."""

from __future__ import annotations

import hashlib
import hmac
import re

import pytest
from flask import Flask

from engine.signatures import PRESETS
from tests.integration.admin_fixtures import SCRIPT, Browser, administrator, form, shown
from tests.support import Api, Hook

SECRET = "a secret for the form"
SIGNED = {"preset": "github", "secret": SECRET}


@pytest.fixture
def browser(app: Flask) -> Browser:
    return administrator(app)


def integration(api: Api) -> dict[str, object]:
    (found,) = api.get("integrations.list")["integrations"]
    assert isinstance(found, dict)
    return found


def signature(body: bytes) -> dict[str, str]:
    digest = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    return {"X-Hub-Signature-256": f"sha256={digest}"}


def status(hook: Hook, headers: dict[str, str]) -> int:
    return hook.post(data=b"{}", content_type="application/json", headers=headers).status_code


def test_a_new_integration_can_ask_for_signatures(browser: Browser, api: Api) -> None:
    """Sender and secret are saved with the rest of the form; nothing of a kind asked for is off."""
    page = browser.create(**SIGNED)
    assert integration(api)["verification"] == {"preset": "github", "secret": "••••••••"}
    assert integration(api)["deduplication"] is None
    token = api.post("integrations.reveal", integrationId=page.split("/")[-2])["token"]
    hook = Hook(api, page.split("/")[-2], token, f"/hooks/{page.split('/')[-2]}/{token}")
    assert status(hook, {}) == 401
    assert status(hook, signature(b"{}")) == 200


def test_the_secret_is_never_in_a_page(browser: Browser) -> None:
    """Not after saving, not after a refused save; the field is a password's and always empty."""
    page = browser.create(**SIGNED)
    pages = [
        browser.get(page).text,
        browser.post(page, **form(name="", base="1", **SIGNED)).text,
        browser.post(page, **form(base="1", preset="hmac", secret=SECRET)).text,
    ]
    for text in pages:
        assert SECRET not in text
        (field,) = re.findall(r'<input id="secret"[^>]*>', text)
        assert 'type="password"' in field
        assert 'value=""' in field
        assert 'autocomplete="new-password"' in field
    assert "The saved one stays" in pages[0]
    assert "Type it once more" in pages[2]


def test_saving_without_typing_the_secret_keeps_it(browser: Browser, api: Api) -> None:
    """Who changes the name does not have to know the secret."""
    hook = api.hook(SCRIPT, verification=SIGNED)
    page = f"/admin/integrations/{hook.id}/"
    answer = browser.post(page, **form(name="Renamed", base="1", preset="github", secret=""))
    assert answer.status_code == 302
    assert integration(api)["name"] == "Renamed"
    assert (status(hook, {}), status(hook, signature(b"{}"))) == (401, 200)


def test_options_of_the_generic_sender_are_saved_and_shown(browser: Browser, api: Api) -> None:
    """Those of other senders are not; blanks around a header's name do not matter."""
    options = {
        "option_header": " X-Mac ",
        "option_prefix": "mac=",
        "option_algorithm": "sha512",
        "option_encoding": "base64",
        "option_timestampHeader": "X-Time",
        "option_template": "{timestamp}.{body}",
        "option_secretEncoding": "text",
        "option_user": "ignored",
    }
    page = browser.create(preset="hmac", secret=SECRET, **options)
    assert integration(api)["verification"] == {
        "preset": "hmac",
        "secret": "••••••••",
        "header": "X-Mac",
        "prefix": "mac=",
        "algorithm": "sha512",
        "encoding": "base64",
        "timestampHeader": "X-Time",
        "template": "{timestamp}.{body}",
        "secretEncoding": "text",
    }
    text = browser.get(page).text
    assert 'name="option_header" value="X-Mac"' in text
    assert "<option selected>sha512</option>" in text
    assert re.search(r'<option value="hmac"[^>]* selected>', text)


@pytest.mark.parametrize(
    ("values", "field", "told"),
    [
        ({"preset": "github", "secret": ""}, "secret", "secret is missing"),
        ({"preset": "hmac", "secret": SECRET}, "option_header", "header is missing"),
        ({"preset": "basic", "secret": SECRET}, "option_user", "user is missing"),
        ({"preset": "nobody"}, "preset", "preset is one of"),
        ({"preset": "", "once": "1", "window_s": "5"}, "window_s", "windowS is 60 to"),
        (
            {"preset": "", "once": "1", "id_header": "a b", "window_s": "3600"},
            "id_header",
            "name of",
        ),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    browser: Browser, api: Api, values: dict[str, str], field: str, told: str
) -> None:
    """Nothing is saved, and the field is marked."""
    answer = browser.post("/admin/integrations/new/", **form(**values))
    assert answer.status_code == 422
    assert told in shown(answer)
    assert re.search(rf'<(input|select) id="{field}"[^>]*aria-invalid="true"', answer.text)
    assert api.get("integrations.list")["total"] == 0


def test_deliveries_can_be_run_once(browser: Browser, api: Api) -> None:
    """The window is chosen from a list, which also holds a value that came by API."""
    page = browser.create(preset="", once="1", window_s="3600", id_header="X-Id")
    assert integration(api)["deduplication"] == {"windowS": 3600, "header": "X-Id"}
    own = {"windowS": 5400}
    api.post("integrations.update", integrationId=page.split("/")[-2], deduplication=own)
    assert '<option value="5400" selected>5,400 seconds</option>' in browser.get(page).text


def test_a_form_can_switch_both_off(browser: Browser, api: Api) -> None:
    """Anybody who knows the URL may call again; a form without the part changes nothing of it."""
    hook = api.hook(SCRIPT, verification=SIGNED, deduplication={})
    page = f"/admin/integrations/{hook.id}/"
    browser.post(page, **form(base="1"))
    assert integration(api)["verification"] is not None
    assert integration(api)["deduplication"] is not None
    browser.post(page, **form(base="1", preset=""))
    assert integration(api)["verification"] is None
    assert integration(api)["deduplication"] is None


def test_every_sender_is_explained(browser: Browser) -> None:
    """The page says for each of them where its secret is found."""
    text = shown(browser.get("/admin/integrations/new/"))
    for preset in PRESETS.values():
        assert f"{preset.label}: {preset.where}" in text


def test_the_log_tells_forged_and_repeated_requests_apart(browser: Browser, api: Api) -> None:
    """Both are named in words, and a duplicate is not painted as a failure."""
    hook = api.hook(SCRIPT, verification=SIGNED, deduplication={})
    headers = {**signature(b"{}"), "X-GitHub-Delivery": "1"}
    assert [status(hook, one) for one in ({}, headers, headers)] == [401, 200, 200]
    text = shown(browser.get("/admin/logs/"))
    assert "401 bad signature" in text
    assert "200 duplicate" in text
    story = shown(browser.get(f"/admin/logs/{hook.last()['_id']}/"))
    assert "ran not again" in story
    assert "the same delivery as" in story
