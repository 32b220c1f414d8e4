"""How measuring is done, whatever is measured: in rounds, so that a noisy machine hits all alike."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.client import BenchError, call_once, drive
from benchmarks.contender import Contender
from benchmarks.load import Load
from benchmarks.report import Rounds, percentile
from benchmarks.server import stored_rows
from benchmarks.workload import Target


@dataclass(frozen=True)
class Plan:
    """How long and how much."""

    rounds: int = 3
    round_s: float = 5.0
    latency_s: float = 2.0
    warm_up_s: float = 1.0
    distinct: tuple[int, ...] = (1, 100, 1000)
    distinct_s: float = 3.0
    kept: int = 100
    stored: tuple[int, ...] = (0, 10_000, 100_000)
    stored_s: float = 3.0
    kills: int = 5
    deliveries: int = 3000
    first_attempts: int = 200


PLAN = Plan()
QUICK = Plan(
    rounds=2,
    round_s=1.0,
    latency_s=1.0,
    distinct=(1, 100),
    distinct_s=1.0,
    kept=20,
    stored=(0, 10_000),
    stored_s=1.0,
    kills=2,
    deliveries=800,
    first_attempts=60,
)
FULL = Plan(rounds=5, stored=(0, 10_000, 100_000, 1_000_000), kills=10)


@dataclass
class Bench:
    """What every scenario needs; `contender` is none where it cannot take part."""

    plan: Plan
    load: Load
    contender: Contender | None
    folder: Path
    #: Port -> requests to hooks that were answered.
    answered: Counter[int] = field(default_factory=Counter)

    def rates(self, targets: Sequence[Target], seconds: float) -> dict[str, Rounds]:
        """Warm up, then return the requests a second of each target, by its name."""
        for target in targets:
            call_once(target)
            self._rate(target, self.plan.warm_up_s)
        return alternate(targets, self.plan.rounds, lambda target: self._rate(target, seconds))

    def latencies(self, targets: Sequence[Target]) -> dict[str, tuple[Rounds, Rounds]]:
        """Return p50 and p99 of each target with one connection, in seconds, by its name."""
        samples: dict[str, list[list[float]]] = {target.name: [] for target in targets}

        def measure(target: Target) -> float:
            taken = drive(target, 1, self.plan.latency_s)
            samples[target.name].append(taken)
            return percentile(taken, 50)

        for target in targets:
            drive(target, 1, self.plan.warm_up_s)
        p50 = alternate(targets, self.plan.rounds, measure)
        return {
            name: (
                rounds,
                Rounds(tuple(percentile(taken, 99) for taken in samples[name])),
            )
            for name, rounds in p50.items()
        }

    def require_stored(self, port: int, database: Path) -> None:
        """
        Look into a contender's database for what it answered.

        :raise BenchError: when an answered request left no execution or no message.
        """
        for table, count in stored_rows(database).items():
            if count < self.answered[port]:
                raise BenchError(
                    f"{self.answered[port]} requests were answered, but {database.name} holds "
                    f"{count} rows in {table}"
                )

    def _rate(self, target: Target, seconds: float) -> float:
        count, taken_s = self.load.run(target, seconds)
        if target.method == "POST":
            self.answered[target.port] += count
        return count / taken_s

    def say(self, text: str) -> None:
        """Tell whoever waits what is going on."""
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()


def alternate(
    targets: Sequence[Target], rounds: int, measure: Callable[[Target], float]
) -> dict[str, Rounds]:
    """Measure all targets in each round, there and back, and return the figures by name."""
    values: dict[str, list[float]] = {target.name: [] for target in targets}
    for number in range(rounds):
        for target in targets if number % 2 == 0 else reversed(targets):
            values[target.name].append(measure(target))
    return {name: Rounds(tuple(found)) for name, found in values.items()}
