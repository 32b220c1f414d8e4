"""What tests of every kind share: an engine on a migrated database, and callers of it."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import psycopg
import pytest
from flask import Flask

from admin import create_app
from engine import runtime, setup
from engine.runtime import Engine
from engine.sandbox.pool import Pool
from engine.settings import Settings
from tests.services import AnyService, RabbitMQ, Redis, running
from tests.support import PASSWORD, Api

_POSTGRES = "postgresql://postgres@127.0.0.1:5432"


def missing(what: str) -> NoReturn:
    """Skip a test whose surroundings are not there; in CI they have to be, so fail."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} is not available, and CI must test against it")
    pytest.skip(f"{what} is not available")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[Callable[[], str]]:
    """Make empty PostgreSQL databases, which are dropped at the end."""
    try:
        admin = psycopg.connect(f"{_POSTGRES}/postgres", autocommit=True, connect_timeout=3)
    except psycopg.OperationalError:
        missing("PostgreSQL on 127.0.0.1:5432")
    made: list[str] = []

    def make() -> str:
        made.append(f"hooksmith_test_{secrets.token_hex(6)}")
        admin.execute(f"CREATE DATABASE {made[-1]}".encode())
        return f"{_POSTGRES}/{made[-1]}"

    yield make
    for name in made:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
    admin.close()


def own(kind: type[AnyService]) -> Iterator[AnyService]:
    """Give a service that no other test uses, or skip."""
    if lacking := kind.missing():
        missing(" and ".join(lacking))
    with running(kind) as service:
        yield service


@pytest.fixture(scope="session")
def redis() -> Iterator[Redis]:
    """A Redis of the tests; those that restart it leave it running."""
    yield from own(Redis)


@pytest.fixture(scope="session")
def rabbitmq() -> Iterator[RabbitMQ]:
    """A RabbitMQ of the tests; those that restart it leave it running."""
    yield from own(RabbitMQ)


@pytest.fixture(scope="session")
def prepared_data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder after its first start; tests work on copies."""
    folder = tmp_path_factory.mktemp("prepared") / "data"
    prepare(Settings(data_dir=folder, admin_password=PASSWORD))
    return folder


@pytest.fixture
def make_engine(
    tmp_path: Path, prepared_data_dir: Path, pool: Pool
) -> Iterator[Callable[..., Engine]]:
    """Make engines on fresh migrated databases, SQLite unless told otherwise."""
    engines: list[Engine] = []

    def make(**chosen: Any) -> Engine:
        chosen.setdefault("data_dir", tmp_path / f"data{len(engines)}")
        chosen.setdefault("admin_password", PASSWORD)
        settings = Settings(**chosen)
        if not settings.data_dir.exists():
            shutil.copytree(prepared_data_dir, settings.data_dir)
        if settings.database_url:
            prepare(settings)
        engines.append(runtime.start(settings, pool))
        return engines[-1]

    yield make
    for engine in engines:
        engine.pruner.close()
        engine.outgoing.close()
        engine.journal.close()
        engine.bell.close()
        if engine.shared is not None:
            engine.shared.close()
        engine.outbound.close()
        engine.database.close()


def prepare(settings: Settings) -> str | None:
    """Migrate a database and add what a first start adds; return a made-up password."""
    return setup.make_ready(settings).password


@pytest.fixture
def engine(make_engine: Callable[..., Engine]) -> Engine:
    """An engine with default settings on SQLite."""
    return make_engine()


@pytest.fixture
def app(engine: Engine) -> Flask:
    """The whole application on that engine."""
    return create_app(engine=engine)


@pytest.fixture
def api(app: Flask) -> Api:
    """A caller of the application."""
    return Api(app)
