"""Users in the admin pages."""

from __future__ import annotations

import pytest
from flask import Flask

from engine import users
from engine.models import User
from engine.runtime import Engine
from tests.integration.admin_fixtures import Browser, administrator, shown
from tests.support import PASSWORD, Api


@pytest.fixture
def browser(app: Flask) -> Browser:
    return administrator(app)


def find(engine: Engine, username: str) -> User:
    with engine.database.read() as session:
        return users.get(session, username)


def test_the_list_shows_the_admin_and_the_bot(browser: Browser) -> None:
    """A fresh installation has who logs in and who posts."""
    text = shown(browser.get("/admin/users/"))
    assert "@admin" in text
    assert "@rocket.cat" in text


def test_a_person_can_log_in(app: Flask, browser: Browser) -> None:
    """A person made an administrator gets in with the password given."""
    browser.post(
        "/admin/users/new/", kind="person", username="ada", password="adas password", admin="1"
    )
    assert Browser(app).log_in("ada", "adas password").status_code == 302


def test_a_person_is_no_administrator_unless_said(browser: Browser, engine: Engine) -> None:
    """Without the tick a person may use the API and nothing else."""
    browser.post("/admin/users/new/", kind="person", username="ada", password="adas password")
    assert not users.is_admin(find(engine, "ada"))


def test_a_bot_has_no_password_and_no_rights(browser: Browser, engine: Engine) -> None:
    """What is typed for a person does not count for a bot."""
    browser.post("/admin/users/new/", kind="bot", username="ci", password="ignored one", admin="1")
    bot = find(engine, "ci")
    assert bot.password_hash is None
    assert bot.roles == ["bot"]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"kind": "bot", "username": "no spaces"}, "letters, digits, dots"),
        ({"kind": "bot", "username": "admin"}, "There is a user admin already"),
        ({"kind": "person", "username": "ada", "password": "short"}, "at least 8 characters"),
    ],
)
def test_a_refused_user_is_explained(browser: Browser, values: dict[str, str], said: str) -> None:
    """The reason is said, and what was typed stays."""
    answer = browser.post("/admin/users/new/", **values)
    assert answer.status_code == 422
    assert said in shown(answer)
    assert f'value="{values["username"]}"' in answer.text
    assert "short" not in answer.text


def test_hostile_names_are_escaped(browser: Browser) -> None:
    """A name is text on every page."""
    browser.post("/admin/users/new/", kind="bot", username="x", name="<script>alert(1)</script>")
    page = browser.get("/admin/users/")
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text


def test_deactivating_ends_api_logins_and_can_be_undone(
    browser: Browser, engine: Engine, api: Api
) -> None:
    """Somebody locked out loses their tokens, and gets in again when activated."""
    browser.post(
        "/admin/users/new/", kind="person", username="ada", password="adas password", admin="1"
    )
    ada = find(engine, "ada")
    login = {"user": "ada", "password": "adas password"}
    assert api.client.post("/api/v1/login", json=login).status_code == 200
    path = f"/admin/users/{ada.id}/active/"
    browser.post(path, page="/admin/users/", active="0")
    assert api.client.post("/api/v1/login", json=login).status_code == 401
    browser.post(path, page="/admin/users/", active="1")
    assert api.client.post("/api/v1/login", json=login).status_code == 200


def test_deactivating_a_bot_that_integrations_post_as_asks_first(
    browser: Browser, engine: Engine, api: Api
) -> None:
    """The page says how many would break and which; only its own button does it."""
    api.post("users.create", username="ci")
    bot = find(engine, "ci")
    hooks = [api.hook(name=name, username="ci") for name in ("Builds", "<b>Alerts</b>")]
    api.post("integrations.update", integrationId=hooks[0].id, enabled=False)
    answer = browser.post(f"/admin/users/{bot.id}/active/", page="/admin/users/", active="0")
    question = browser.get(answer.location)
    text = shown(question)
    assert "2 integrations post as @ci and would break" in text
    assert "Builds" in text
    assert "&lt;b&gt;Alerts&lt;/b&gt;" in question.text
    assert find(engine, "ci").active
    assert hooks[1].post({"text": "x"}).status_code == 200
    without_token = browser.client.post(answer.location)
    assert without_token.status_code == 400
    assert find(engine, "ci").active
    browser.post(answer.location)
    assert not find(engine, "ci").active
    assert "@ci is inactive now" in shown(browser.get("/admin/users/"))
    assert hooks[1].post({"text": "x"}).status_code == 401
    page = shown(browser.get(f"/admin/integrations/{hooks[1].id}/"))
    assert "@ci, as whom it posts, is deactivated: callers get a 401" in page
    assert "ci (deactivated)" in page
    browser.post(f"/admin/users/{bot.id}/active/", page="/admin/users/", active="1")
    assert "deactivated" not in shown(browser.get(f"/admin/integrations/{hooks[1].id}/"))
    assert hooks[1].post({"text": "x"}).status_code == 200


def test_the_api_asks_for_a_confirmation_too(api: Api, engine: Engine) -> None:
    """`users.setActiveStatus` takes `confirmRelinquish`, as Rocket.Chat's does for rooms."""
    user = api.post("users.create", username="ci")["user"]["_id"]
    hook = api.hook(name="Builds", username="ci")
    off = {"userId": user, "activeStatus": False}
    refused = api.post("users.setActiveStatus", 400, **off)
    assert refused["errorType"] == "error-user-has-integrations"
    assert refused["details"]["integrations"] == [{"_id": hook.id, "name": "Builds"}]
    assert "1 integration posts as @ci" in refused["error"]
    assert find(engine, "ci").active
    answer = api.post("users.setActiveStatus", **off, confirmRelinquish=True)
    assert answer["user"]["active"] is False
    assert api.post("users.setActiveStatus", userId=user, activeStatus=True)["user"]["active"]
    idle = api.post("users.create", username="idle")["user"]["_id"]
    api.post("users.setActiveStatus", userId=idle, activeStatus=False)
    me = api.headers["X-User-Id"]
    api.post("users.setActiveStatus", 400, userId=me, activeStatus=False, confirmRelinquish=True)
    api.post("users.setActiveStatus", 404, userId="nobody", activeStatus=False)
    api.post("users.setActiveStatus", 400, userId=idle)


def test_nobody_deactivates_themselves(browser: Browser, engine: Engine) -> None:
    """The last administrator cannot be locked out by a slip."""
    path = f"/admin/users/{find(engine, 'admin').id}/active/"
    browser.post(path, page="/admin/users/", active="0")
    assert "You cannot deactivate yourself" in shown(browser.get("/admin/users/"))
    assert browser.is_in()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"current": "wrong one"}, "not your present password"),
        ({"current": PASSWORD, "password": "one of them", "again": "the other"}, "not the same"),
        ({"current": PASSWORD, "password": "short", "again": "short"}, "at least 8 characters"),
    ],
)
def test_a_refused_password_is_explained(
    app: Flask, browser: Browser, values: dict[str, str], said: str
) -> None:
    """The old password still counts when the new one was refused."""
    answer = browser.post("/admin/users/account/", **values)
    assert answer.status_code == 422
    assert said in shown(answer)
    assert Browser(app).log_in().status_code == 302


def test_guessing_the_present_password_is_locked_out(browser: Browser) -> None:
    """An open browser is no place to guess passwords either."""
    for _ in range(6):
        answer = browser.post("/admin/users/account/", current="wrong one")
    assert "Too many wrong passwords" in shown(answer)
