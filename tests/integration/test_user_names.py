"""A user name is one name however it is written, and a password is what was typed."""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from flask import Flask

from admin import create_app
from engine import migrate, users
from engine.db import Database
from engine.errors import Conflict, Invalid
from engine.models import User, UserType
from engine.runtime import Engine
from engine.settings import Settings
from tests.integration.admin_fixtures import Browser, administrator, shown
from tests.internet import Internet
from tests.outgoing import Outgoing, eventually, reply
from tests.support import PASSWORD, Api

DATABASES = ["sqlite", "postgresql"]
BLANKS = "  eight blanks around  "


@pytest.fixture(params=DATABASES)
def any_engine(request: pytest.FixtureRequest, make_engine: Callable[..., Engine]) -> Engine:
    """An engine on each kind of database."""
    if request.param == "sqlite":
        return make_engine()
    return make_engine(database_url=request.getfixturevalue("postgres_url")())


@pytest.fixture(params=DATABASES)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database of the last version in which `ada` and `Ada` were two."""
    url = f"sqlite:///{tmp_path / 'old.sqlite3'}"
    if request.param == "postgresql":
        url = Settings(
            database_url=request.getfixturevalue("postgres_url")()
        ).effective_database_url
    database = Database(url, pool_size=1)
    command.upgrade(migrate.config(database), "0015")
    yield database
    database.close()


def row(number: int, username: str) -> dict[str, Any]:
    return {
        "id": f"user{number}",
        "username": username,
        "name": username,
        "type": UserType.PERSON,
        "roles": ["user"],
        "active": True,
        "session_epoch": 0,
        "created_at": dt.datetime(2024, 1, 31 - number, tzinfo=dt.UTC),
    }


def test_a_name_is_found_and_taken_in_any_case(any_engine: Engine) -> None:
    """By the API, by a login, as the name to post to and as, and for whoever else wants it."""
    api = Api(create_app(engine=any_engine))
    api.post("users.create", username="Ada.L", password=PASSWORD)
    assert "Ada.L already" in api.post("users.create", 400, username="aDA.l")["error"]
    assert api.get("users.info", username="ADA.L")["user"]["username"] == "Ada.L"
    login = {"user": "ada.l", "password": PASSWORD}
    assert api.client.post("/api/v1/login", json=login).status_code == 200
    hook = api.hook(username="ADMIN", channel="@ada.L")
    assert hook.post({"text": "to you"}).status_code == 200
    assert hook.last()["outcome"] == "posted", hook.last()
    [mine] = [one for one in api.get("integrations.list")["integrations"] if one["_id"] == hook.id]
    assert mine["username"] == "admin"


def test_the_database_itself_keeps_names_apart(any_engine: Engine) -> None:
    """Two that ask at the same time cannot both have it, and who comes second gets to know."""
    with pytest.raises(Conflict), any_engine.database.write() as session:
        session.add_all([User(**row(1, "Ada")), User(**row(2, "ada"))])
    with any_engine.database.read() as session:
        assert users.find_by_username(session, "ada") is None
    with pytest.raises(Conflict), any_engine.database.write() as session:
        users.create(session, "Admin", password=PASSWORD)


def test_the_pages_know_a_name_in_any_case(app: Flask, engine: Engine) -> None:
    """At the login, and when one is made."""
    assert Browser(app).log_in("ADMIN").status_code == 302
    answer = administrator(app).post("/admin/users/new/", kind="bot", username="Rocket.Cat")
    assert answer.status_code == 422
    assert "There is a user rocket.cat already" in shown(answer)


def test_an_outgoing_integration_listens_to_a_name_in_any_case(api: Api) -> None:
    """What is said to @ada is said to @Ada."""
    api.post("users.create", username="ada")
    internet = Internet()
    far = internet.serve(lambda seen: iter([reply({})]))
    out = Outgoing(api)
    out.create(far, channel="@Ada")
    out.say("hello", channel="@ada")
    assert eventually(lambda: far.requests)
    internet.close()


def test_names_that_were_two_get_one_each_and_nothing_is_lost(
    old: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """The oldest keeps its name; the others' follows them to where they are named; the log tells."""
    people = ["bob", "ADA", "Ada", "ada", "ada-2", "x" * 64, "X" * 64]  # the last is the oldest
    with old.engine.begin() as connection:
        bare = sa.table(
            "user", *(sa.column(name, column.type) for name, column in User.__table__.c.items())
        )
        connection.execute(sa.insert(bare), [row(n, name) for n, name in enumerate(people)])
        integration = _integration_table(connection)
        for n, channels in enumerate([["@ADA", "#general"], ["@ada"], ["@Ada", "@bob"]]):
            connection.execute(
                sa.insert(integration).values(
                    **_integration_row(f"hook{n}"),
                    channels=channels,
                    user_id="user1",
                    username="ADA",
                    outgoing={"targetRoom": "@ADA", "event": "sendMessage"} if n else None,
                )
            )
    with caplog.at_level(logging.WARNING):
        migrate.upgrade(old)
    with old.read() as session:
        after = dict(session.execute(sa.select(User.id, User.username)).all())
        hooks = session.execute(
            sa.select(integration.c.channels, integration.c.username, integration.c.outgoing)
            .order_by(integration.c.id)
        ).all()  # fmt: skip
    assert after == {
        "user0": "bob",
        "user1": "ADA-4",
        "user2": "Ada-3",
        "user3": "ada",
        "user4": "ada-2",
        "user5": "x" * 62 + "-2",
        "user6": "X" * 64,
    }
    assert [tuple(one) for one in hooks] == [
        (["@ADA-4", "#general"], "ADA-4", None),
        (["@ada"], "ADA-4", {"targetRoom": "@ADA-4", "event": "sendMessage"}),
        (["@Ada-3", "@bob"], "ADA-4", {"targetRoom": "@ADA-4", "event": "sendMessage"}),
    ]
    assert "@Ada is @Ada-3 now" in caplog.text
    assert "@ADA is @ADA-4 now" in caplog.text
    command.check(migrate.config(old))
    with pytest.raises(Conflict), old.write() as session:
        session.add(User(**row(9, "BOB")))


def _integration_table(connection: sa.Connection) -> sa.Table:
    table = sa.Table("integration", sa.MetaData(), autoload_with=connection)
    for name in ("channels", "outgoing"):
        table.c[name].type = sa.JSON(none_as_null=True)
    return table


def _integration_row(id_: str) -> dict[str, Any]:
    now = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    texts = dict.fromkeys(("name", "description", "alias", "avatar", "emoji", "created_by"), "")
    return {
        **texts,
        "id": id_,
        "type": "webhook-incoming",
        "enabled": True,
        "override_channel": False,
        "script_enabled": False,
        "lifecycle": "per-request",
        "dialect": "rocketchat",
        "destinations": ["rooms"],
        "limits": {},
        "token_digest": id_,
        "token_encrypted": "",
        "created_at": now,
        "updated_at": now,
    }


def test_a_password_is_taken_as_it_is_typed(api: Api) -> None:
    """By the API, by the pages and when it is changed: outer blanks count, everywhere."""
    api.post("users.create", username="ada", password=BLANKS, roles=["admin", "user"])

    def log_in(password: str) -> tuple[int, int]:
        given = {"user": "ada", "password": password}
        status = api.client.post("/api/v1/login", json=given).status_code
        return status, Browser(api.app).log_in("ada", password).status_code

    assert log_in(BLANKS) == (200, 302)
    assert log_in(BLANKS.strip()) == (401, 401)
    browser = Browser(api.app)
    browser.log_in("ada", BLANKS)
    new = "\tanother one \n"
    answer = browser.post("/admin/users/account/", current=BLANKS, password=new, again=new)
    assert answer.status_code == 302
    assert log_in(new) == (200, 302)
    assert log_in(new.strip()) == (401, 401)
    refused = browser.post(
        "/admin/users/account/", current=new.strip(), password=PASSWORD, again=PASSWORD
    )
    assert "not your present password" in shown(refused)


def test_a_password_made_in_the_pages_is_taken_as_it_is_typed(app: Flask) -> None:
    """What the form sends is what is stored."""
    administrator(app).post(
        "/admin/users/new/", kind="person", username="ada", password=BLANKS, admin="1"
    )
    assert Browser(app).log_in("ada", BLANKS).status_code == 302
    assert Browser(app).log_in("ada", BLANKS.strip()).status_code == 401


@pytest.mark.parametrize("password", ["x" * 4097, "ü" * 100_000, "\ud800" * 8, 5, {"digest": "x"}])
def test_odd_passwords_get_an_answer(api: Api, password: Any) -> None:
    """Too long, not to be encoded, or no text: refused in words, and no name is worth more time for it."""
    if isinstance(password, str):
        with pytest.raises(Invalid) if len(password) > 8 else _nothing():
            users.hash_password(password)
        password = password.replace("\ud800", "?")
    answer = api.client.post("/api/v1/login", json={"user": "admin", "password": password})
    assert answer.status_code in (400, 401)
    answer = api.client.post(
        "/api/v1/users.create", json={"username": "ada", "password": password}, headers=api.headers
    )
    assert answer.status_code == (200 if password == "?" * 8 else 400)


class _nothing:
    def __enter__(self) -> None:
        """Expect nothing."""

    def __exit__(self, *exc: object) -> None:
        """Expect nothing."""


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (b"  a password  ", "  a password  "),
        (b"  a password  \n", "  a password  "),
        (b"  a password\r\n", "  a password"),
        (b"a password\n\n", "a password\n"),
        ("\tpässword 1 ".encode(), "\tpässword 1 "),
    ],
)
def test_the_first_password_is_read_as_it_stands(tmp_path: Path, written: bytes, read: str) -> None:
    """Of a file a single line end is taken off, which editors write; of a variable nothing is."""
    path = tmp_path / "password"
    path.write_bytes(written)
    given = {"HOOKSMITH_ADMIN_PASSWORD_FILE": str(path)}
    assert Settings.from_env(given).admin_password == read
    assert Settings.from_env({"HOOKSMITH_ADMIN_PASSWORD": read}).admin_password == read


def test_other_secrets_are_still_read_without_outer_blanks(tmp_path: Path) -> None:
    """A key of which a blank more or less decides would no longer open what it closed."""
    path = tmp_path / "key"
    path.write_text(f"  {'k' * 40} \n\n")
    given = {"HOOKSMITH_SECRET_KEY_FILE": str(path)}
    assert Settings.from_env(given).secret_key == "k" * 40


def test_of_two_who_take_one_name_at_once_the_second_is_told(
    make_engine: Callable[..., Engine], postgres_url: Callable[[], str]
) -> None:
    """Neither sees the other's row before it is committed; it is a conflict like any name that is taken."""
    database = make_engine(database_url=postgres_url()).database
    ends: list[str] = []

    def take_it() -> None:
        try:
            with database.write() as session:
                users.create(session, "Ada")
                session.flush()  # waits for the first one's commit
        except Conflict as exc:
            ends.append(str(exc))

    second = threading.Thread(target=take_it)
    with database.write() as session:
        users.create(session, "ada")
        session.flush()
        second.start()
        eventually(lambda: _waits_for_a_lock(database))
    second.join(10)
    assert len(ends) == 1
    assert "at this moment" in ends[0]


def _waits_for_a_lock(database: Database) -> bool:
    with database.engine.connect() as connection:
        waiting = sa.text(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(connection.scalar(waiting))
