"""The way into the admin pages, and what keeps others out."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from flask import Flask

from admin import create_app
from admin.auth import local_path
from engine import users
from engine.rate import MAX_FAILED_LOGINS
from engine.runtime import Engine
from tests.integration.admin_fixtures import Browser, administrator, shown
from tests.support import PASSWORD, Api

PAGES = ["/admin/", "/admin/integrations/", "/admin/rooms/", "/admin/logs/", "/admin/users/"]


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app)


@pytest.mark.parametrize("page", [*PAGES, "/admin/integrations/x/", "/admin/users/account/"])
def test_every_page_asks_for_a_login_and_comes_back(browser: Browser, page: str) -> None:
    """A visitor is sent to the login, and after it to where they were going."""
    answer = browser.get(page)
    assert answer.status_code == 302
    assert answer.location == f"/admin/login/?next={page}"
    assert browser.log_in(next=page).location == page


@pytest.mark.parametrize("page", PAGES)
def test_an_administrator_sees_every_page(app: Flask, page: str) -> None:
    """After the login the pages are there."""
    assert administrator(app).get(page).status_code == 200


def test_an_unknown_user_and_a_wrong_password_get_the_same_answer(browser: Browser) -> None:
    """The login does not tell which names exist."""
    unknown = browser.log_in("nobody", "wrong password")
    wrong = browser.log_in("admin", "wrong password")
    assert unknown.status_code == wrong.status_code == 401
    assert shown(unknown) == shown(wrong)


def test_only_administrators_may_enter(app: Flask, engine: Engine) -> None:
    """A user without the role is told so, and has no session."""
    with engine.database.write() as session:
        users.create(session, "ada", password="adas password")
    browser = Browser(app)
    answer = browser.log_in("ada", "adas password")
    assert answer.status_code == 403
    assert "@ada is not an administrator" in shown(answer)
    assert not browser.is_in()


def test_repeated_failures_lock_out_and_the_wait_is_told(browser: Browser) -> None:
    """After too many wrong passwords even the right one has to wait."""
    for _ in range(MAX_FAILED_LOGINS):
        assert browser.log_in(password="wrong password").status_code == 401
    answer = browser.log_in()
    assert answer.status_code == 429
    assert "Try again in 15 minutes" in shown(answer)
    assert not browser.is_in()


def test_the_session_is_renewed_at_login(browser: Browser) -> None:
    """Nothing of a session from before the login is worth anything after it."""
    before = browser.csrf_token("/admin/login/")
    browser.log_in()
    answer = browser.client.post("/admin/logout/", data={"csrf_token": before})
    assert answer.status_code == 400
    assert browser.is_in()


def test_logging_out_ends_the_session(app: Flask) -> None:
    """After logging out the pages ask for a login again."""
    browser = administrator(app)
    assert browser.post("/admin/logout/", page="/admin/").location == "/admin/login/"
    assert not browser.is_in()


def test_logging_out_needs_post(app: Flask) -> None:
    """A link cannot log anybody out."""
    browser = administrator(app)
    assert browser.get("/admin/logout/").status_code == 405
    assert browser.is_in()


def test_a_changed_password_ends_other_sessions(app: Flask) -> None:
    """Who changes the password stays; sessions opened with the old one end."""
    other, browser = administrator(app), administrator(app)
    answer = browser.post(
        "/admin/users/account/", current=PASSWORD, password="another one", again="another one"
    )
    assert answer.status_code == 302
    assert browser.is_in()
    assert not other.is_in()
    assert other.log_in(password="another one").status_code == 302


def test_a_deactivated_user_is_out_at_once(app: Flask, engine: Engine) -> None:
    """Deactivating somebody ends the session that they have open."""
    with engine.database.write() as session:
        ada = users.create(session, "ada", password="adas password", roles=["admin"])
    theirs = Browser(app)
    theirs.log_in("ada", "adas password")
    assert theirs.is_in()
    administrator(app).post(f"/admin/users/{ada.id}/active/", page="/admin/users/", active="0")
    assert not theirs.is_in()


def test_a_session_ends_after_its_hours(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy it is, a session lasts no longer than the setting says."""
    browser = administrator(app)
    later = time.time() + 12 * 3600 + 60
    monkeypatch.setattr("admin.auth.time.time", lambda: later)
    assert not browser.is_in()


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example/admin/",
        "/\\evil.example/admin/",
        "/admin/\\..\\x",
        "javascript:alert(1)",
        "/admin/\r\nSet-Cookie: x=1",
        "/api/v1/me",
        "https:/admin/",
        "/adminx/",
        "",
    ],
)
def test_next_leads_nowhere_else(app: Flask, browser: Browser, wanted: str) -> None:
    """Whatever next= says, the login leads to a page of the admin."""
    with app.test_request_context():
        assert local_path(wanted) == "/admin/"
    assert browser.log_in(next=wanted).location == "/admin/"


def test_next_keeps_the_query(browser: Browser) -> None:
    """A filtered list is filtered after the login too."""
    answer = browser.get("/admin/logs/?outcome=posted&q=a%26b")
    assert browser.get(answer.location).status_code == 200
    assert browser.log_in(next="/admin/logs/?outcome=posted&q=a%26b").location.endswith("q=a%26b")


@pytest.mark.parametrize(
    "path",
    [
        "/admin/login/",
        "/admin/logout/",
        "/admin/integrations/new/",
        "/admin/integrations/x/",
        "/admin/integrations/x/url/",
        "/admin/integrations/x/run/",
        "/admin/integrations/x/renew/",
        "/admin/integrations/x/delete/",
        "/admin/users/new/",
        "/admin/users/x/active/",
        "/admin/users/account/",
        "/admin/logs/x/replay",
    ],
)
def test_a_post_without_token_is_refused(app: Flask, path: str) -> None:
    """Another site cannot act in the name of who is logged in; the page says what to do."""
    browser = administrator(app)
    answer = browser.client.post(path, data={"username": "admin", "password": PASSWORD})
    assert answer.status_code == 400
    assert "This page has expired" in shown(answer)


def test_a_post_from_another_site_is_refused(app: Flask) -> None:
    """A browser that says where a request comes from is believed, token or not."""
    browser = administrator(app)
    token = browser.csrf_token("/admin/")
    for site in ("cross-site", "same-site"):
        answer = browser.client.post(
            "/admin/logout/", data={"csrf_token": token}, headers={"Sec-Fetch-Site": site}
        )
        assert answer.status_code == 403
    assert browser.is_in()


def test_hooks_and_api_need_no_token(api: Api) -> None:
    """What carries its own credentials is not asked for a browser's token."""
    hook = api.hook()
    assert hook.post({"text": "hi"}, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


@pytest.mark.parametrize(
    "page", ["/admin/login/", "/admin/", "/admin/nothing/here", "/admin/users/"]
)
def test_admin_answers_carry_security_headers(app: Flask, page: str) -> None:
    """Pages, redirects and errors alike forbid inline scripts, frames and storing."""
    headers = administrator(app).get(page).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("page", [*PAGES, "/admin/integrations/new/", "/admin/users/new/"])
def test_pages_have_no_inline_scripts(app: Flask, page: str) -> None:
    """Nothing on a page needs what the policy forbids."""
    text = administrator(app).get(page).text
    assert "<script>" not in text
    assert " onclick=" not in text
    assert "javascript:" not in text


def test_the_cookie_is_kept_from_scripts_and_other_sites(browser: Browser) -> None:
    """It is HttpOnly and SameSite, sent to the admin pages alone, and it ends."""
    cookie = browser.log_in().headers["Set-Cookie"]
    for part in ("HttpOnly", "SameSite=Lax", "Path=/admin", "Expires="):
        assert part in cookie
    assert "Secure" not in cookie


def test_the_cookie_is_secure_behind_https(make_engine: Callable[..., Engine]) -> None:
    """With an https address for the world the cookie never travels without it."""
    app = create_app(engine=make_engine(public_url="https://hooks.example.org"))
    cookie = app.test_client().get("/admin/login/").headers["Set-Cookie"]
    assert "Secure" in cookie


def test_an_unknown_page_says_so(app: Flask) -> None:
    """A wrong address under /admin gets a page, not a bare error."""
    answer = administrator(app).get("/admin/nothing/here")
    assert answer.status_code == 404
    assert "There is nothing here" in shown(answer)
