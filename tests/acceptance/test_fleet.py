"""Two web nodes and two workers that share a database and a broker, as a user starts them."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.callers import NUMBERED, Load, all_messages
from tests.acceptance.conftest import HOOKSMITH, Fleet, Worker, environment
from tests.sinks import Sink

#: Hits of both nodes together.
HITS = {"redis": 1_000, "rabbitmq": 2_000}


@pytest.fixture(scope="module", params=["redis", "rabbitmq"])
def fleet(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    postgres_url: Callable[[], str],
) -> Iterator[Fleet]:
    """A fleet on each kind of broker."""
    broker = request.getfixturevalue(request.param)
    made = Fleet(tmp_path_factory.mktemp("fleet"), postgres_url(), broker.url)
    yield made
    made.close()


@pytest.fixture
def sink() -> Iterator[Sink]:
    made = Sink()
    yield made
    made.close()


def settled(fleet: Fleet, **query: Any) -> list[dict[str, Any]]:
    """Wait until no delivery waits any more; return the newest of them."""
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    deadline = time.monotonic() + 60
    while True:
        waiting = fleet.nodes[0].api("GET", f"deliveries.list?state=pending&count=1&{asked}")
        if not waiting["total"]:
            found = fleet.nodes[1].api("GET", f"deliveries.list?count=500&{asked}")
            return list(found["deliveries"])
        assert time.monotonic() < deadline, waiting
        time.sleep(0.05)


def test_every_hit_is_a_message_here_and_there(
    fleet: Fleet, sink: Sink, request: pytest.FixtureRequest
) -> None:
    """Thousands on both nodes at once: each is in the room once, has arrived, and is in the log of both."""
    hits = HITS["redis" if "redis" in request.node.name else "rabbitmq"]
    first, second = fleet.nodes
    far = first.api(
        *("POST", "destinations.create"), type="rocketchat", name="Far", url=f"{sink.url}/hooks/a/b"
    )
    path = first.hook(NUMBERED, destinations=["rooms", far["destination"]["_id"]])
    time.sleep(1.1)  # the other node may have looked for the hook before
    loads = [Load(node, path, hits // 2, first=n * hits // 2) for n, node in enumerate(fleet.nodes)]
    for load in loads:
        load.join()
    assert [load.statuses for load in loads] == [{200: hits // 2}] * 2
    numbers = {str(n) for n in range(hits)}
    texts = all_messages(second)
    assert len(texts) == hits
    assert set(texts) == numbers
    assert {one["state"] for one in settled(fleet)} == {"delivered"}
    assert set(sink.texts()) == numbers
    for node in fleet.nodes:
        assert node.api("GET", "executions.list?count=1")["total"] == hits
        assert node.api("GET", "deliveries.list?count=1&state=delivered")["total"] == hits


def test_workers_deliver_what_nobody_rings_for(fleet: Fleet, sink: Sink) -> None:
    """What is tried again, or resumed, has no bell of its own."""
    answers = [(503, dict[str, str](), b"")]
    sink.answer = lambda _: answers.pop() if answers else (200, {}, b'{"success":true}')
    node = fleet.nodes[0]
    far = node.api(
        *("POST", "destinations.create"), type="rocketchat", name="Far", url=f"{sink.url}/hooks/c/d"
    )["destination"]["_id"]
    path = node.hook(NUMBERED, destinations=[far])
    assert node.request("POST", f"{path}?n=1", {"pusher": {"name": "ada"}, "commits": []})[0] == 200
    [delivery] = settled(fleet, destinationId=far)
    assert (delivery["state"], delivery["attempts"]) == ("delivered", 2)
    assert sink.texts() == ["1", "1"]


def test_a_worker_is_known_while_it_is_at_work(
    fleet: Fleet, postgres_url: Callable[[], str]
) -> None:
    """`hooksmith worker --check` is for health checks; where no worker runs it says so."""
    said = check(environment(**fleet.settings))
    assert (said.returncode, said.stdout) == (0, "alive\n")
    said = check(environment(**fleet.settings | {"database_url": postgres_url()}))
    assert (said.returncode, said.stdout.count("\n")) == (1, 1)


def check(settings: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [HOOKSMITH, "worker", "--check"],
        env=settings,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_worker_that_is_the_first_of_all_tells_the_password(
    tmp_path: Path, postgres_url: Callable[[], str]
) -> None:
    """It makes the first user as well as a web node does, so nobody else could."""
    worker = Worker(
        tmp_path,
        database_url=postgres_url(),
        broker_url="redis://127.0.0.1:1/0",
        secret_key="the secret key of all nodes of a fleet",
    )
    try:
        assert worker.process.stdout is not None
        said = [worker.process.stdout.readline() for _ in range(2)]
    finally:
        worker.kill()
    assert "log in as admin with the password " in said[0]
    assert "not shown again" in said[1]


def test_a_fleet_without_postgresql_does_not_start(tmp_path: Path) -> None:
    """One line names both variables."""
    given = environment(broker_url="redis://127.0.0.1:1", data_dir=tmp_path)
    for command in ("serve", "worker"):
        ended = subprocess.run(
            [HOOKSMITH, command], env=given, capture_output=True, text=True, timeout=60, check=False
        )
        assert ended.returncode == 2
        assert ended.stderr.startswith("HOOKSMITH_BROKER_URL")
        assert "HOOKSMITH_DATABASE_URL" in ended.stderr
        assert ended.stderr.count("\n") == 1
