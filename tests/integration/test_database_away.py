"""What callers are told while the database is locked or stopped: 503, later again, and one line in the log."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

import engine.journal as journals
from admin import create_app
from engine import db
from engine.db import Database
from engine.journal import Entry, Journal, NotStored
from engine.models import Meta
from engine.retention import Pruner
from engine.runtime import Engine
from tests.conftest import own
from tests.internet import Internet, Seen
from tests.outgoing import Outgoing, reply
from tests.outgoing import script as outgoing_script
from tests.services import PostgreSQL
from tests.support import PASSWORD, Api, Hook, script

POST = script("return { content: { text: request.content.text } }")
_BUSY_S = 0.3


@contextmanager
def locked(engine: Engine) -> Iterator[None]:
    """Hold SQLite's write lock, as another process's long transaction does."""
    path = engine.settings.data_dir / "hooksmith.sqlite3"
    assert path.exists()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch, make_engine: Callable[..., Engine]) -> Api:
    """An API on SQLite whose writers wait for a lock for a moment only."""
    monkeypatch.setattr(db, "_BUSY_TIMEOUT_MS", int(_BUSY_S * 1000))
    return Api(create_app(engine=make_engine()))


@pytest.fixture
def engine(api: Api) -> Engine:
    found: Engine = api.app.extensions["hooksmith"]
    return found


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgreSQL]:
    yield from own(PostgreSQL)


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Callable[[], list[logging.LogRecord]]:
    """Return what was logged since the last time."""

    def read() -> list[logging.LogRecord]:
        found = [one for one in caplog.records if one.levelno >= logging.WARNING]
        caplog.clear()
        return found

    return read


def require_brief(logged: list[logging.LogRecord], most: int = 1) -> None:
    """Fail unless there is a line, or at most so many, and no traceback."""
    assert 1 <= len(logged) <= most, [one.getMessage() for one in logged]
    assert not [one for one in logged if one.exc_info], [one.exc_text for one in logged]


def deliver(hook: Hook, number: str) -> TestResponse:
    return hook.post({"text": "hi"}, headers={"X-GitHub-Delivery": number})


# -- hooks --------------------------------------------------------------------------------------


def test_a_deduplicated_request_that_cannot_be_stored_is_asked_to_come_again(
    api: Api, engine: Engine, said: Callable[[], list[logging.LogRecord]]
) -> None:
    """It gets the 503 that others get, at once, and runs when it comes again."""
    hook = api.hook(POST, deduplication={})
    plain = api.hook(POST)
    with locked(engine):
        started = time.monotonic()
        answer, other = deliver(hook, "1"), deliver(plain, "1")
        assert time.monotonic() - started < 4 * _BUSY_S
    for one in (answer, other):
        assert (one.status_code, one.headers["Retry-After"]) == (503, "5")
        assert "not stored" in one.get_json()["error"]
    require_brief(said(), most=2)
    assert deliver(hook, "1").status_code == 200
    assert len(api.messages()) == 1


@pytest.mark.parametrize("dialect", ["rocketchat", "mattermost", "slack", "googlechat", "uchat"])
def test_every_dialect_says_it_in_its_own_way(
    api: Api,
    engine: Engine,
    said: Callable[[], list[logging.LogRecord]],
    dialect: str,
) -> None:
    """The status is what senders go by; none gets a traceback's 500."""
    hook = api.hook(POST, deduplication={}, dialect=dialect)
    with locked(engine):
        answer = deliver(hook, "1")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    require_brief(said())


def test_many_requests_of_one_batch_do_not_wait_one_after_the_other(
    api: Api, engine: Engine, said: Callable[[], list[logging.LogRecord]]
) -> None:
    """A locked database is as locked for the next of them."""
    hook = api.hook(POST, deduplication={})
    answers: list[TestResponse] = []
    threads = [
        threading.Thread(target=lambda n=n: answers.append(deliver(hook, str(n))))
        for n in range(12)
    ]
    started = time.monotonic()
    with locked(engine):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert time.monotonic() - started < 8 * _BUSY_S
    assert {one.status_code for one in answers} == {503}
    require_brief(said(), most=6)


def test_what_was_said_not_to_be_stored_is_not_stored_later(
    api: Api, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An entry that was given up while others were being committed is taken out of the queue."""
    monkeypatch.setattr(journals, "COMMIT_TIMEOUT_S", 0.1)
    journal = Journal(engine.database)

    def entry(key: str, steps: list[Any] | None = None) -> Entry:
        made = Entry(steps=steps or [])
        made.add(Meta, {"key": key, "value": {}})
        return made

    began, go_on = threading.Event(), threading.Event()

    def slow(_: Any) -> None:
        began.set()
        go_on.wait(10)

    results: dict[str, str] = {}

    def store(key: str, steps: list[Any] | None = None) -> None:
        try:
            journal.store(entry(key, steps))
            results[key] = "stored"
        except NotStored:
            results[key] = "not stored"

    first = threading.Thread(target=store, args=("first", [slow]))
    first.start()
    assert began.wait(5)
    store("second")
    assert results["second"] == "not stored"
    go_on.set()
    first.join()
    journal.close()
    with engine.database.read() as session:
        assert session.get(Meta, "second") is None
        # What is being committed is waited for: it is stored, so nobody may say that it was not.
        assert (session.get(Meta, "first") is not None) == (results["first"] == "stored")
    assert results["first"] == "stored"


# -- everything else that writes ------------------------------------------------------------------


def _calls(api: Api, hook: Hook, execution_id: str) -> dict[str, Callable[[], TestResponse]]:
    """Return calls of the API that write, and those of the pages."""

    def call(name: str, /, **body: Any) -> Callable[[], TestResponse]:
        return partial(api.client.post, f"/api/v1/{name}", json=body, headers=api.headers)

    return {
        "post": call("chat.postMessage", channel="#general", text="hi"),
        "replay": call("executions.replay", executionId=execution_id),
        "create": call("integrations.create", type="webhook-incoming", channel="#general"),
        "update": call("integrations.update", integrationId=hook.id, name="other"),
        "room": call("channels.create", name="another"),
        "user": call("users.create", username="jo", password="x" * 20, name="Jo", email="a@b.c"),
        "destination": call(
            "destinations.create", type="webhook", name="w", url="https://example.com/w"
        ),
        "login": partial(
            api.client.post, "/api/v1/login", json={"user": "admin", "password": PASSWORD}
        ),
        "logout": call("logout"),
    }


def test_every_call_of_the_api_that_cannot_write_says_so(
    api: Api, engine: Engine, said: Callable[[], list[logging.LogRecord]]
) -> None:
    """503 with Retry-After and one line each, whatever it was that should be written."""
    hook = api.hook(POST)
    execution_id = hook.post({"text": "a"}).headers["X-Execution-Id"]
    said()
    with locked(engine):
        for name, call in _calls(api, hook, execution_id).items():
            answer = call()
            assert answer.status_code == 503, (name, answer.get_data(as_text=True))
            assert answer.headers["Retry-After"] == "5", name
            assert answer.get_json()["success"] is False, name
            require_brief(said(), most=2)


def test_the_partner_api_says_it_too(
    api: Api, engine: Engine, said: Callable[[], list[logging.LogRecord]]
) -> None:
    """In UChat's form."""
    hook = api.hook(POST, dialect="uchat")
    token = api.headers["X-Auth-Token"]
    with locked(engine):
        answer = api.client.delete(
            f"/api/partner/workspace/{hook.id}/apichat-webhook",
            headers={"Authorization": f"Bearer {token}"},
        )
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.get_json()["status"] == "error"
    require_brief(said())


def test_a_page_that_cannot_write_is_a_page(
    api: Api, engine: Engine, said: Callable[[], list[logging.LogRecord]]
) -> None:
    """A person reads that nothing was changed; the pages' own requests read it as JSON."""
    browser = Browser(api)
    hook = api.hook(POST)
    said()
    with locked(engine):
        for path, form in (
            ("/admin/rooms/", {"name": "new"}),
            (f"/admin/integrations/{hook.id}/delete/", {}),
            ("/admin/logout/", {}),
        ):
            answer = browser.post(path, form)
            assert answer.status_code == 503, (path, answer.get_data(as_text=True)[:300])
            assert answer.headers["Retry-After"] == "5"
            assert "database" in answer.get_data(as_text=True)
            require_brief(said())
        answer = browser.post(
            "/admin/rooms/", {"name": "x"}, headers={"Accept": "application/json"}
        )
        assert answer.status_code == 503
        assert "database" in answer.get_json()["error"]
        require_brief(said())


class Browser:
    """An administrator at the pages."""

    def __init__(self, api: Api) -> None:
        self.client = api.app.test_client()
        self.post("/admin/login/", {"username": "admin", "password": PASSWORD})

    def post(self, path: str, form: dict[str, str], **options: Any) -> TestResponse:
        page = self.client.get(
            "/admin/login/" if not self._logged_in() else "/admin/users/account/"
        )
        token = page.get_data(as_text=True).split('name="csrf_token" value="')[1].split('"')[0]
        return self.client.post(path, data={**form, "csrf_token": token}, **options)

    def _logged_in(self) -> bool:
        return self.client.get("/admin/users/account/").status_code == 200


def test_an_outgoing_call_that_cannot_be_stored_is_made_again_later(
    api: Api, engine: Engine, internet: Internet, said: Callable[[], list[logging.LogRecord]]
) -> None:
    """What its script left in Store could not be kept: one line, no execution that blames Hooksmith."""
    calls, done = Outgoing(api), threading.Event()

    def locks(seen: Seen) -> Iterator[bytes]:
        if len(far.requests) > 1:
            yield reply({"text": "the second time"})
            return
        with locked(engine):
            yield reply({"text": "while it is locked"})
            done.wait(20)

    far = internet.serve(locks)
    calls.create(
        far,
        script=outgoing_script(process="Store.set('n', 1); return { content: response.content }"),
    )
    calls.say("begin")
    logged: list[logging.LogRecord] = []
    deadline = time.monotonic() + 20
    while not logged and time.monotonic() < deadline:
        time.sleep(0.05)
        logged += said()
    done.set()
    time.sleep(0.5)
    logged += said()
    assert logged
    assert not [one for one in logged if one.exc_info]
    assert not [one for one in api.executions() if one["outcome"] == "failed"]


def test_old_rows_that_cannot_be_deleted_are_one_line(
    api: Api,
    engine: Engine,
    said: Callable[[], list[logging.LogRecord]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The pruner comes again later."""
    monkeypatch.setattr("engine.retention._FIRST_AFTER_S", 0.0)
    with locked(engine):
        pruner = Pruner(engine.database, engine.settings)
        deadline = time.monotonic() + 10
        logged: list[logging.LogRecord] = []
        while not logged and time.monotonic() < deadline:
            time.sleep(0.05)
            logged = said()
    pruner.close()
    require_brief(logged)


# -- a server that is gone ------------------------------------------------------------------------


def test_a_stopped_server_is_a_503_everywhere(
    postgres: PostgreSQL,
    make_engine: Callable[..., Engine],
    said: Callable[[], list[logging.LogRecord]],
) -> None:
    """Hooks, their sample, the API and the pages; all of it works again when it is back."""
    engine = make_engine(database_url=postgres.url)
    api = Api(create_app(engine=engine))
    browser = Browser(api)
    plain, once = api.hook(POST), api.hook(POST, deduplication={})
    assert deliver(plain, "0").status_code == deliver(once, "0").status_code == 200
    said()
    postgres.stop()
    try:
        answers = {
            "plain": deliver(plain, "1"),
            "once": deliver(once, "1"),
            "sample": api.client.get(plain.path.replace("/hooks/", "/hooks/sample/")),
            "info": api.client.get(plain.path.replace("/hooks/", "/hooks/info/")),
            "api": api.client.post(
                "/api/v1/chat.postMessage", json={"channel": "#general"}, headers=api.headers
            ),
            "partner": api.client.get(
                f"/api/partner/workspace/{plain.id}/apichat-webhook",
                headers={"Authorization": f"Bearer {api.headers['X-Auth-Token']}"},
            ),
            "page": browser.client.get("/admin/"),
            "login": browser.client.get("/admin/login/"),
        }
        for name, answer in answers.items():
            assert answer.status_code == 503, (name, answer.get_data(as_text=True)[:300])
            assert int(answer.headers["Retry-After"]) >= 1, name
        for page in ("page", "login"):
            assert "database" in answers[page].get_data(as_text=True)
            assert answers[page].mimetype == "text/html"
        assert not [one for one in said() if one.exc_info]
    finally:
        postgres.start()
    assert deliver(plain, "2").status_code == deliver(once, "2").status_code == 200
    assert browser.client.get("/admin/").status_code == 200


def test_a_message_that_is_stored_is_not_told_to_have_failed(
    postgres: PostgreSQL, make_engine: Callable[..., Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server is stopped right after the commit: a 503 would make a notifier post it twice."""
    engine = make_engine(database_url=postgres.url)
    api = Api(create_app(engine=engine))
    store = Journal.store

    def store_and_stop(self: Journal, entry: Entry) -> None:
        store(self, entry)
        postgres.stop()

    monkeypatch.setattr(Journal, "store", store_and_stop)
    try:
        posted = api.post("chat.postMessage", channel="#general", text="once")  # not 503
    finally:
        postgres.start()
    assert posted["message"]["msg"] == "once"
    assert [one["msg"] for one in api.messages()].count("once") == 1


def test_logins_that_found_no_database_lock_nobody_out(
    postgres: PostgreSQL, make_engine: Callable[..., Engine]
) -> None:
    """They were answered 503, and no password was looked at."""
    client = create_app(engine=make_engine(database_url=postgres.url)).test_client()

    def login() -> int:
        given = {"user": "admin", "password": PASSWORD}
        return client.post("/api/v1/login", json=given).status_code

    postgres.stop()
    try:
        assert [login() for _ in range(6)] == [503] * 6
    finally:
        postgres.start()
    assert login() == 200


def test_a_request_is_stored_whose_store_was_lost_by_a_restart(
    make_engine: Callable[..., Engine],
    postgres_url: Callable[[], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The lock on Store goes with its connection; what was stored is answered with 200 nevertheless."""
    engine = make_engine(database_url=postgres_url())
    api = Api(create_app(engine=engine))
    hook = api.hook(script("Store.set('n', 1); return { content: { text: 'hi' } }"))
    commit = Journal.store

    def end_the_others(database: Database) -> None:
        with database.engine.connect() as connection:
            connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE state LIKE 'idle in transaction%%' AND datname = current_database()"
                " AND pid <> pg_backend_pid()"
            )

    expecting = Journal.expecting

    @contextmanager
    def storing(self: Journal) -> Iterator[Callable[[Entry], None]]:
        with expecting(self) as store:

            def then_lost(entry: Entry) -> None:
                store(entry)
                end_the_others(engine.database)

            yield then_lost

    monkeypatch.setattr(Journal, "expecting", storing)
    answer = hook.post({"text": "a"})
    monkeypatch.setattr(Journal, "store", commit)
    assert answer.status_code == 200
    assert [one["msg"] for one in api.messages()] == ["hi"]


def test_the_database_of_these_tests_is_a_file(engine: Engine) -> None:
    """A lock on another file would prove nothing."""
    assert Path(engine.settings.data_dir, "hooksmith.sqlite3").exists()
