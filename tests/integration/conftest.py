from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest

from engine.sandbox.outcome import Job, RunLimits, RunOutcome
from engine.sandbox.pool import Pool, PoolConfig
from tests.certificates import Authority
from tests.internet import Internet


@pytest.fixture(scope="session")
def pool() -> Iterator[Pool]:
    """A pool for scripts that harm no worker; the others make their own."""
    shared = Pool(PoolConfig(workers=2))
    assert shared.wait_until_ready()
    yield shared
    shared.close()


@pytest.fixture
def make_pool() -> Iterator[Callable[..., Pool]]:
    """Make pools that are closed at the end; takes the fields of PoolConfig."""
    pools: list[Pool] = []

    def make(**config: Any) -> Pool:
        pools.append(Pool(PoolConfig(**config)))
        assert pools[-1].wait_until_ready()
        return pools[-1]

    yield make
    for made in pools:
        made.close()


@pytest.fixture(scope="session")
def run(pool: Pool) -> Callable[..., RunOutcome]:
    """Run a whole script; takes the fields of Job and RunLimits, and `on`, another pool."""

    def run(
        source: str,
        argument: Any = None,
        *,
        on: Pool = pool,
        owner: str = "owner",
        name: str = "hook",
        method: str | None = "run",
        keep_as: str | None = None,
        **limits: Any,
    ) -> RunOutcome:
        body = orjson.dumps(argument)
        job = Job(owner, name, source, method, body, keep_as, RunLimits(**limits))
        return on.run(job)

    return run


@pytest.fixture(scope="session")
def call(run: Callable[..., RunOutcome]) -> Callable[..., RunOutcome]:
    """Run the body of one method; otherwise like `run`."""

    def call(body: str, argument: Any = None, **options: Any) -> RunOutcome:
        return run(f"class Script {{ run(arg) {{ {body} }} }}", argument, **options)

    return call


@pytest.fixture
def internet() -> Iterator[Internet]:
    """An internet of the test's own; what it starts is closed at the end."""
    made = Internet()
    yield made
    made.close()


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """An authority for certificates that nobody trusts without being told."""
    return Authority(tmp_path_factory.mktemp("authority"))
