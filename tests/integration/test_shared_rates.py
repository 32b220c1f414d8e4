"""Web nodes of a fleet count requests and failed logins together, and alone when they have to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from admin import create_app
from engine import shared_rate
from engine.db import utcnow
from engine.rate import HookRate, LoginGuard
from engine.runtime import Engine
from engine.shared_rate import (
    DatabaseStore,
    RateWindow,
    SharedWindows,
    Store,
    forget_ended_windows,
    open_store,
)
from tests.services import Redis
from tests.support import PASSWORD, Api

KEY = "a secret key that all nodes of a fleet share"
Nodes = tuple[Api, Api]


@pytest.fixture(params=["redis", "amqp"])
def nodes(
    request: pytest.FixtureRequest,
    make_engine: Callable[..., Engine],
    postgres_url: Callable[[], str],
) -> Nodes:
    """Two web nodes on one database; with RabbitMQ as their broker PostgreSQL counts."""
    # A bell that nobody rings needs no broker.
    broker = "amqp://127.0.0.1:1"
    if request.param == "redis":
        broker = request.getfixturevalue("redis").url
    url = postgres_url()
    made = [
        make_engine(database_url=url, broker_url=broker, secret_key=KEY + url) for _ in range(2)
    ]
    return Api(create_app(engine=made[0])), Api(create_app(engine=made[1]))


@pytest.fixture(params=["redis", "postgresql"])
def store(request: pytest.FixtureRequest, make_engine: Callable[..., Engine]) -> Iterator[Store]:
    """Each kind of store, empty."""
    if request.param == "redis":
        made = open_store(request.getfixturevalue("redis").url, str(time.time_ns()), "")
    else:
        url = request.getfixturevalue("postgres_url")()
        made = DatabaseStore(make_engine(database_url=url).settings.effective_database_url)
    yield made
    made.close()


def test_a_hook_takes_no_more_on_two_nodes_than_on_one(nodes: Nodes) -> None:
    """Ten a minute: of twelve that come to both in turn two are refused, and told when to come."""
    hook = nodes[0].hook(limits={"ratePerMinute": 10})
    answers = [nodes[n % 2].client.post(hook.path, json={"text": "a"}) for n in range(12)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429] * 2
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60
    assert len(nodes[1].messages()) == 10


def test_failed_logins_count_on_every_node(nodes: Nodes) -> None:
    """Five wrong passwords, wherever, and the right one is refused everywhere."""

    def log_in(node: Api, password: str) -> int:
        given = {"user": "admin", "password": password}
        return node.client.post("/api/v1/login", json=given).status_code

    assert [log_in(nodes[n % 2], "wrong") for n in range(4)] == [401] * 4
    assert log_in(nodes[0], PASSWORD) == 200
    assert [log_in(nodes[n % 2], "wrong") for n in range(5)] == [401] * 5
    assert [log_in(node, PASSWORD) for node in nodes] == [429, 429]


def test_none_is_counted_twice_or_lost_between_threads(store: Store) -> None:
    """Eight threads at one key: each event has a number of its own."""
    windows = SharedWindows(store, "test", 60.0)
    seen: list[int] = []

    def count() -> None:
        seen.extend(windows.add("key")[0] for _ in range(25))

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == list(range(1, 201))


def test_a_window_ends_and_another_begins(store: Store) -> None:
    """Its end stays where it was at the first event."""
    windows = SharedWindows(store, "test", 0.5)
    first, ends_at = windows.add("key")
    second, still = windows.add("key")
    assert (first, second) == (1, 2)
    assert abs(still - ends_at) < 0.2
    time.sleep(0.6)
    assert windows.add("key")[0] == 1


def test_events_are_taken_back_and_forgotten(store: Store) -> None:
    """A login that succeeds costs its address nothing, and its name is as if nothing had been."""
    guards = [LoginGuard(SharedWindows(store, "login", 60.0)) for _ in range(2)]
    for n in range(40):
        assert guards[n % 2].begin("ada", "192.0.2.2") == 0
        guards[n % 2].succeeded("ada", "192.0.2.2")
    waits = [guards[n % 2].begin("eve", "192.0.2.2") for n in range(8)]
    assert [wait > 0 for wait in waits] == [False] * 5 + [True] * 3


def test_kinds_and_keys_do_not_mix(store: Store) -> None:
    """Nor does a store keep a key in clear."""
    hooks, logins = (SharedWindows(store, name, 60.0) for name in ("hook", "login"))
    assert [hooks.add("a")[0], hooks.add("b")[0], logins.add("a")[0], hooks.add("a")[0]] == [
        *(1, 1, 1),
        2,
    ]


def test_each_node_counts_alone_while_redis_is_away(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No request fails of it or waits for it; when it is back they count together again."""
    monkeypatch.setattr(shared_rate, "_AFTER_FAILURE_S", 0.3)
    store = open_store(redis.url, "away", "")
    rates = [HookRate(SharedWindows(store, "hook", 60.0)) for _ in range(2)]

    def allowed() -> list[bool]:
        verdicts = [rates[n % 2].count("hook", 4) for n in range(12)]
        return [verdict.allowed for verdict in verdicts if verdict]

    assert sum(allowed()) == 4
    redis.stop()
    try:
        began = time.monotonic()
        assert sum(allowed()) == 8
        assert time.monotonic() - began < 2
    finally:
        redis.start()
    time.sleep(0.4)
    assert sum(allowed()) == 4
    store.close()


def test_a_node_without_a_fleet_counts_in_its_memory(make_engine: Callable[..., Engine]) -> None:
    """It asks nobody."""
    engine = make_engine()
    assert engine.shared is None


def test_windows_that_have_ended_are_deleted(
    make_engine: Callable[..., Engine], postgres_url: Callable[[], str]
) -> None:
    """Those that go on stay."""
    engine = make_engine(database_url=postgres_url())
    store = DatabaseStore(engine.settings.effective_database_url)
    store.add("short", 0.01)
    store.add("long", 60)
    time.sleep(0.1)
    forget_ended_windows(engine.database, utcnow())
    with engine.database.read() as session:
        assert [row.key for row in session.query(RateWindow)] == ["long"]
    store.close()
