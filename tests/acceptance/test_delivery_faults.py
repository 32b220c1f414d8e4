"""
What is delivered while processes are killed, brokers emptied and databases restarted.

Each test posts a thousand numbers, one after the other, to a hook whose messages go to a room and to
a far side that refuses every third request. Then, whatever happened in the middle:

- what was answered with 200 is in the room, once, and the far side has taken it, at least once;
- the far side met the numbers in their order. What it refused comes again later and holds up nobody,
  so this is the order of first attempts, and of arrival for all that it took at once.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.acceptance.callers import NUMBERED, Sequence, all_messages
from tests.acceptance.conftest import Fleet, Server
from tests.conftest import own
from tests.services import PostgreSQL, RabbitMQ, Redis, Service
from tests.sinks import OK, Got, Reply, Sink
from tests.support import script

COUNT = 1_000
SOON = {"delivery_retry_s": "0.2,0.4"}


@dataclass
class Trial:
    """Numbers on their way: from a caller to servers, and from there to a far side."""

    servers: list[Server]
    sink: Sink
    room: str
    taken: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        chance = random.Random(self.room)

        def answer(got: Got) -> Reply:
            if chance.random() < 1 / 3:
                return 503, {}, b"not now"
            self.taken.append(got.text)
            return OK

        self.sink.answer = answer
        server = self.servers[0]
        server.api("POST", "channels.create", name=self.room)
        made = server.api(
            *("POST", "destinations.create"),
            type="rocketchat",
            name=self.room,
            url=f"{self.sink.url}/hooks/a/b",
        )
        self.destination = made["destination"]["_id"]
        path = server.hook(
            NUMBERED, channel=f"#{self.room}", destinations=["rooms", self.destination]
        )
        self.hook = path.split("/")[2]
        self.sequence = Sequence(self.servers, path, COUNT)

    def some_way_in(self, part: int, of: int) -> None:
        """Wait for a random moment of a part of the way."""
        # Not the last few: those that are cut off are never confirmed, so it might wait for ever.
        begin, end = COUNT * part // of, COUNT * (part + 1) // of - 10
        self.sequence.wait_for(random.randrange(begin, end))

    def check(self) -> None:
        """Wait for the end and look at what there is."""
        self.sequence.join()
        self._wait_until_settled()
        confirmed = set(self.sequence.confirmed)
        assert len(confirmed) > COUNT // 2
        texts = Counter(all_messages(self.servers[0], self.room))
        assert confirmed - set(texts) == set()
        assert set(texts.values()) == {1}
        assert confirmed - set(self.taken) == set()
        assert set(self.taken) == set(texts)
        met = [int(text) for text in dict.fromkeys(self.sink.texts())]
        assert met == sorted(met)
        # Nothing is there by half.
        assert self._total("executions", integrationId=self.hook, outcome="posted") == len(texts)
        assert self._total("deliveries", destinationId=self.destination) == len(texts)

    def _wait_until_settled(self) -> None:
        deadline = time.monotonic() + 120
        while self._total("deliveries", destinationId=self.destination, state="pending"):
            assert time.monotonic() < deadline
            time.sleep(0.1)

    def _total(self, kind: str, **query: str) -> int:
        asked = "&".join(f"{name}={value}" for name, value in query.items())
        total: int = self.servers[0].api("GET", f"{kind}.list?count=1&{asked}")["total"]
        return total


@pytest.fixture
def sink() -> Iterator[Sink]:
    made = Sink()
    yield made
    made.close()


@pytest.fixture(scope="module")
def postgresql() -> Iterator[PostgreSQL]:
    """One that may be restarted."""
    yield from own(PostgreSQL)


@pytest.fixture(scope="module")
def redis_fleet(
    tmp_path_factory: pytest.TempPathFactory, postgresql: PostgreSQL, redis: Redis
) -> Iterator[Fleet]:
    made = Fleet(tmp_path_factory.mktemp("redis"), postgresql.url, redis.url)
    yield made
    made.close()


@pytest.fixture(scope="module")
def rabbitmq_fleet(
    tmp_path_factory: pytest.TempPathFactory, postgres_url: Callable[[], str], rabbitmq: RabbitMQ
) -> Iterator[Fleet]:
    made = Fleet(tmp_path_factory.mktemp("rabbitmq"), postgres_url(), rabbitmq.url)
    yield made
    made.close()


def restart(service: Service) -> None:
    service.stop()
    time.sleep(0.5)
    service.start()


@pytest.mark.parametrize(("storage", "kills"), [("sqlite", 3), ("postgresql", 1)])
def test_a_server_that_is_killed_delivers_what_it_had_confirmed(
    serve: Callable[..., Server],
    postgres_url: Callable[[], str],
    sink: Sink,
    storage: str,
    kills: int,
) -> None:
    """`kill -9` of the server that delivers by itself, and started again on its data."""
    settings: dict[str, Any] = {"database_url": postgres_url()} if storage == "postgresql" else {}
    server = serve(**settings, **SOON)
    trial = Trial([server], sink, f"killed-{storage}")
    for n in range(kills):
        trial.some_way_in(n, kills)
        server.kill()
        server.start()
    trial.check()


@pytest.mark.parametrize("storage", ["sqlite", "postgresql"])
def test_parts_stay_together_when_the_server_is_killed_between_them(
    serve: Callable[..., Server], postgres_url: Callable[[], str], sink: Sink, storage: str
) -> None:
    """What follows still waits after the start, no part that was noted is sent again."""
    settings: dict[str, Any] = {"database_url": postgres_url()} if storage == "postgresql" else {}
    server = serve(**settings, **SOON)
    refuses = True

    def answer(got: Got) -> Reply:
        return (503, {}, b"not now") if refuses and got.text.startswith("w0100") else OK

    sink.answer = answer
    url = f"{sink.url}/hooks/a/b"
    far = {"type": "rocketchat", "name": "Parts", "url": url, "max_chars": 600}
    destination = server.api("POST", "destinations.create", **far)["destination"]["_id"]
    hook = server.hook(script("return { content: request.content };"), destinations=[destination])
    for text in (" ".join(f"w{number:04}" for number in range(190)), "after"):
        assert server.request("POST", hook, {"text": text})[0] == 200
    waiting = f"deliveries.list?destinationId={destination}&state=pending"
    deadline = time.monotonic() + 30
    while server.api("GET", waiting)["deliveries"][-1]["attempts"] < 2:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    server.kill()
    refuses = False
    server.start()
    while server.api("GET", waiting)["total"]:
        assert time.monotonic() < deadline + 30
        time.sleep(0.05)
    met = [text.split()[0] for text in sink.texts()]
    assert met[0] == "w0000"
    assert met[-2:] == ["w0100", "after"]
    assert set(met[1:-2]) <= {"w0100"}


def test_another_worker_goes_on_where_one_was_killed(redis_fleet: Fleet, sink: Sink) -> None:
    """`kill -9` of either worker, the one that has the destination among them."""
    trial = Trial(redis_fleet.nodes, sink, "worker-killed")
    for n, worker in enumerate(redis_fleet.workers):
        trial.some_way_in(n, 2)
        worker.kill()
        worker.start()
    trial.check()


def test_a_redis_that_forgets_everything_loses_nothing(
    redis_fleet: Fleet, redis: Redis, sink: Sink
) -> None:
    """It is restarted, and knows no bell nor rate any more."""
    trial = Trial(redis_fleet.nodes, sink, "redis-restarted")
    trial.some_way_in(0, 2)
    restart(redis)
    trial.check()
    assert trial.sequence.statuses == {200: COUNT}


def test_a_rabbitmq_that_is_restarted_loses_nothing(
    rabbitmq_fleet: Fleet, rabbitmq: RabbitMQ, sink: Sink
) -> None:
    """It is away for some seconds, in which the workers look by themselves."""
    trial = Trial(rabbitmq_fleet.nodes, sink, "rabbitmq-restarted")
    trial.some_way_in(0, 2)
    restart(rabbitmq)
    trial.check()
    assert trial.sequence.statuses == {200: COUNT}


def test_a_postgresql_that_is_restarted_loses_nothing_it_confirmed(
    redis_fleet: Fleet, postgresql: PostgreSQL, sink: Sink
) -> None:
    """Who posts meanwhile gets a 503; of what was under way all is stored or nothing."""
    trial = Trial(redis_fleet.nodes, sink, "postgresql-restarted")
    trial.some_way_in(0, 2)
    restart(postgresql)
    trial.check()
    assert set(trial.sequence.statuses) == {200, 503}
    # The one whose commit the restart cut short may be there without its answer.
    stored = set(all_messages(redis_fleet.nodes[0], trial.room))
    assert len(stored - set(trial.sequence.confirmed)) <= 1
