"""Who is locked out after wrong passwords, who is not, and what a proxy that nobody declared has to do with it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

import pytest

from admin import create_app
from engine import incoming, users
from engine.rate import LOCK_OUT_S, MAX_FAILED_LOGINS, Counts, LoginGuard, Windows, network_of
from engine.runtime import Engine
from engine.shared_rate import DatabaseStore, SharedWindows
from tests.integration.admin_fixtures import administrator, shown
from tests.support import PASSWORD, Api


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::1", "::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::ffff:c000:201", "192.0.2.1"),
        # As some proxies write an address into X-Forwarded-For.
        ("192.0.2.1:55021", "192.0.2.1"),
        ("[2001:db8:1:2::9]:55021", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::9]", "2001:db8:1:2::/64"),
        ("", ""),
        ("unknown", "unknown"),
        ("999.1.1.1:2", "999.1.1.1:2"),
        ("x" * 1000, "x" * 64),
    ],
)
def test_an_address_counts_as_its_network(address: str, network: str) -> None:
    """Of IPv6 a caller has 2^64 addresses; of IPv4 one, however it is written."""
    assert network_of(address) == network


@pytest.fixture(params=["memory", "database"])
def windows(request: pytest.FixtureRequest, make_engine: Callable[..., Engine]) -> Iterator[Counts]:
    """Counts in this process, and of a fleet."""
    if request.param == "memory":
        yield Windows(LOCK_OUT_S)
        return
    engine = make_engine(database_url=request.getfixturevalue("postgres_url")())
    store = DatabaseStore(engine.settings.effective_database_url)
    yield SharedWindows(store, "login", LOCK_OUT_S)
    store.close()


def test_another_address_of_the_same_network_is_no_way_round(windows: Counts) -> None:
    """A name is locked for the whole /64, and for nobody else."""
    guard = LoginGuard(windows)
    waits = [guard.begin("Admin", f"2001:db8::{n:x}") for n in range(1, 9)]
    assert [wait > 0 for wait in waits] == [False] * MAX_FAILED_LOGINS + [True] * 3
    assert guard.begin("admin", "2001:db8:0:1::1") == 0


def test_what_a_locked_name_refuses_does_not_count_against_the_address(windows: Counts) -> None:
    """A program with an old password locks its own name, not everybody behind the same address."""
    guard = LoginGuard(windows)
    for n in range(100):
        assert (guard.begin("robot", "192.0.2.1") > 0) == (n >= MAX_FAILED_LOGINS)
    assert guard.begin("ada", "192.0.2.1") == 0


def test_what_a_locked_address_refuses_does_not_count_against_the_name(windows: Counts) -> None:
    """Who comes again after the address is free again has as many attempts as before."""
    guard = LoginGuard(windows)
    for n in range(4 * MAX_FAILED_LOGINS):
        assert guard.begin(f"name{n}", "192.0.2.1") == 0
    assert all(guard.begin("ada", "192.0.2.1") > 0 for _ in range(10))
    windows.forget("address 192.0.2.1")
    waits = [guard.begin("ada", "192.0.2.1") for _ in range(MAX_FAILED_LOGINS + 1)]
    assert [wait > 0 for wait in waits] == [False] * MAX_FAILED_LOGINS + [True]


def test_many_names_lock_an_address(windows: Counts) -> None:
    """Each guess counts, whoever it is meant for."""
    guard = LoginGuard(windows)
    waits = [guard.begin(f"name{n}", f"2001:db8::{n}") for n in range(4 * MAX_FAILED_LOGINS + 2)]
    assert [wait > 0 for wait in waits] == [False] * 4 * MAX_FAILED_LOGINS + [True] * 2


def test_a_login_by_the_api_is_locked_for_a_network(api: Api) -> None:
    """The way a guesser would take: another address of the same /64 for each guess."""

    def log_in(password: str, address: str) -> int:
        given = {"user": "admin", "password": password}
        return api.client.post(
            "/api/v1/login", json=given, environ_base={"REMOTE_ADDR": address}
        ).status_code

    assert [log_in("wrong", f"2001:db8::{n}") for n in range(5)] == [401] * 5
    assert log_in(PASSWORD, "2001:db8::ffff") == 429
    assert log_in(PASSWORD, "2001:db8:0:1::1") == 200


def test_refused_calls_of_hooks_are_counted_by_network(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who guesses from another address each time does not push real requests out of the log either."""
    monkeypatch.setattr(incoming, "MAX_REFUSALS_A_MINUTE", 3)
    hook = api.hook()
    for n in range(9):
        answer = hook.post(
            path=f"/hooks/{hook.id}/wrong{n:020}", environ_base={"REMOTE_ADDR": f"2001:db8::{n}"}
        )
        assert answer.status_code == 404
    assert api.get("executions.list", integrationId=hook.id)["total"] == 3


def test_an_undeclared_proxy_is_told_once(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    """By the log and the first page, without a word of what the header says."""
    hook = api.hook()
    page = administrator(api.app)
    assert "HOOKSMITH_TRUSTED_PROXIES" not in page.get("/admin/").text
    with caplog.at_level(logging.WARNING):
        for n in range(5):
            hook.post({}, headers={"X-Forwarded-For": f"<b>evil</b> {n}"})
    told = [one.getMessage() for one in caplog.records if "X-Forwarded-For" in one.getMessage()]
    assert len(told) == 1
    assert "a request from 127.0.0.1 " in told[0]
    assert "set HOOKSMITH_TRUSTED_PROXIES" in told[0]
    answer = page.get("/admin/")
    assert "A request from 127.0.0.1 carried X-Forwarded-For" in shown(answer)
    assert "set HOOKSMITH_TRUSTED_PROXIES" in shown(answer)
    assert "evil" not in told[0] + answer.text


def test_a_declared_proxy_is_believed_and_not_complained_of(
    make_engine: Callable[..., Engine], caplog: pytest.LogCaptureFixture
) -> None:
    """Then each visitor counts as themselves."""
    api = Api(create_app(engine=make_engine(trusted_proxies=1)))

    def log_in(password: str, address: str) -> int:
        given = {"user": "admin", "password": password}
        return api.client.post(
            "/api/v1/login", json=given, headers={"X-Forwarded-For": address}
        ).status_code

    assert [log_in("wrong", f"198.51.100.7:{n}") for n in range(5)] == [401] * 5
    assert log_in(PASSWORD, "198.51.100.7:9") == 429
    assert log_in(PASSWORD, "198.51.100.8") == 200
    assert "X-Forwarded-For" not in caplog.text
    assert "HOOKSMITH_TRUSTED_PROXIES" not in administrator(api.app).get("/admin/").text


def test_a_new_password_ends_a_name_s_lock_out(api: Api, engine: Engine) -> None:
    """Whoever resets a lost password after too many guesses can log in with the new one at once."""
    client = api.app.test_client()

    def login(password: str) -> int:
        given = {"user": "admin", "password": password}
        return client.post("/api/v1/login", json=given).status_code

    assert [login("wrong") for _ in range(MAX_FAILED_LOGINS)] == [401] * MAX_FAILED_LOGINS
    assert login(PASSWORD) == 429
    with engine.database.write() as session:
        users.set_password(session, users.get(session, "admin"), "a new one of theirs")
    assert login("a new one of theirs") == 200
