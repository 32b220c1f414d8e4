"""The write path and what becomes of old rows, on SQLite and on PostgreSQL."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command

from admin import create_app
from engine import migrate
from engine.db import Database, utcnow
from engine.ids import new_sortable_id, sortable_prefix
from engine.journal import Entry, Journal, NotStored
from engine.models import Execution, ExecutionDetail, Message, Meta, Outcome
from engine.record import HookRequest, Record
from engine.retention import prune
from engine.runtime import Engine
from engine.settings import Settings
from tests.support import Api, script

DATABASES = ["sqlite", "postgresql"]


@pytest.fixture(params=DATABASES)
def any_engine(request: pytest.FixtureRequest, make_engine: Callable[..., Engine]) -> Engine:
    """An engine on each kind of database."""
    if request.param == "sqlite":
        return make_engine()
    return make_engine(database_url=request.getfixturevalue("postgres_url")())


def test_the_models_and_the_migrations_agree(any_engine: Engine) -> None:
    """A change of a model without its migration would show here."""
    command.check(migrate.config(any_engine.database))


def test_a_request_and_its_message_are_stored(any_engine: Engine) -> None:
    """The whole way works on both databases, console and odd characters included."""
    api = Api(create_app(engine=any_engine))
    hook = api.hook(
        script("console.log('ünï\\u0000'); return { content: { text: 'a\\u0000b 🐙' } }")
    )
    assert hook.post({"x": "\x00"}).status_code == 200
    assert api.messages()[0]["msg"] == "a\ufffdb 🐙"
    assert hook.last()["outcome"] == "posted"
    assert api.get("executions.list", search="ünï")["total"] == 1


def test_concurrent_requests_store_one_message_each(any_engine: Engine) -> None:
    """Sixteen callers at once: as many messages and executions as 200s, all different."""
    api = Api(create_app(engine=any_engine))
    hook = api.hook(channel="#general, @admin")
    statuses: list[int] = []

    def call(worker: int) -> None:
        client = api.app.test_client()
        for n in range(5):
            body = {"text": f"{worker}-{n}"}
            statuses.append(client.post(hook.path, json=body).status_code)

    threads = [threading.Thread(target=call, args=(n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 80
    with any_engine.database.read() as session:
        texts = session.scalars(sa.select(Message.msg)).all()
        executions = session.scalar(sa.select(sa.func.count(Execution.id)))
    assert len(texts) == 160
    assert len(set(texts)) == 80
    assert executions == 80


def test_a_bad_row_costs_the_others_nothing(any_engine: Engine) -> None:
    """Entries that share a transaction do not share its failure."""
    journal, results = any_engine.journal, dict[str, Any]()

    def store(key: str, table_key: str | None) -> None:
        entry = Entry()
        entry.add(Meta, {"key": table_key, "value": {}})
        try:
            journal.store(entry)
            results[key] = "stored"
        except NotStored as exc:
            results[key] = exc

    keys: list[tuple[str, str | None]] = [(f"good{n}", f"good{n}") for n in range(20)]
    keys.insert(10, ("bad", None))
    threads = [threading.Thread(target=store, args=pair) for pair in keys]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert isinstance(results.pop("bad"), NotStored)
    assert set(results.values()) == {"stored"}


def test_an_entry_is_stored_whole_or_not_at_all(any_engine: Engine) -> None:
    """When the second row fails, the first is not there either."""
    entry = Entry()
    entry.add(Meta, {"key": "first", "value": {}})
    request = HookRequest("POST", "/hooks/x/y", "", [], b"", "::1")
    _, detail = Record("no such execution", request).rows()
    entry.add(ExecutionDetail, detail)
    with pytest.raises(NotStored):
        any_engine.journal.store(entry)
    with any_engine.database.read() as session:
        assert session.get(Meta, "first") is None


def test_closing_a_journal_stores_what_waits(any_engine: Engine) -> None:
    """A server that is told to stop loses nothing it accepted."""
    journal = Journal(any_engine.database)
    entry = Entry()
    entry.add(Meta, {"key": "last words", "value": {"a": 1}})
    journal.store(entry)
    journal.close()
    with any_engine.database.read() as session:
        assert session.get_one(Meta, "last words").value == {"a": 1}


def add_executions(database: Database, ages_days: list[float], body_bytes: int = 10) -> None:
    """Store executions that arrived so many days ago."""
    for age in ages_days:
        arrived = utcnow() - dt.timedelta(days=age)
        request = HookRequest("POST", "/hooks/x/y", "", [], b"x" * body_bytes, "::1", arrived)
        record = Record(sortable_prefix(arrived.timestamp()) + new_sortable_id()[11:], request)
        record.outcome, record.status = Outcome.POSTED, 200
        execution, detail = record.rows()
        with database.write_connection() as connection:
            connection.execute(sa.insert(Execution), [execution])
            connection.execute(sa.insert(ExecutionDetail), [detail])


@pytest.mark.parametrize(
    ("limits", "kept"),
    [
        ({"retention_days": 10}, [1, 2, 5]),
        ({"retention_executions": 2}, [1, 2]),
        ({"retention_bytes": 2_600}, [1, 2, 5]),
        ({"retention_bytes": 1}, []),
        ({}, [1, 2, 5, 20, 29]),
    ],
    ids=["age", "number", "size", "no room", "defaults"],
)
def test_old_executions_go(any_engine: Engine, limits: dict[str, int], kept: list[int]) -> None:
    """By age, by number, by size: the oldest first, with everything stored of them."""
    database = any_engine.database
    add_executions(database, [29, 20, 5, 2, 1], body_bytes=250)
    settings = Settings(**limits)
    assert prune(database, settings).executions == 5 - len(kept)
    with database.read() as session:
        left = session.scalars(sa.select(Execution).order_by(Execution.id.desc())).all()
        details = session.scalar(sa.select(sa.func.count(ExecutionDetail.execution_id)))
    assert [round((utcnow() - one.received_at).total_seconds() / 86400) for one in left] == kept
    assert details == len(kept)


def test_pruning_goes_in_steps(any_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many have to go, one transaction deletes a few."""
    monkeypatch.setattr("engine.retention.STEP", 2)
    add_executions(any_engine.database, [40, 41, 42, 43, 44, 1])
    assert prune(any_engine.database, Settings()).executions == 5


def test_a_database_written_with_another_key_is_refused(
    make_engine: Callable[..., Engine],
) -> None:
    """Starting with the wrong secret key says so, instead of failing later at every secret."""
    from engine import setup
    from engine.errors import ConfigError
    from engine.vault import Vault

    engine = make_engine()
    with pytest.raises(ConfigError, match="HOOKSMITH_SECRET_KEY"):
        setup.prepare(engine.database, engine.settings, Vault("another key" * 4))
