"""How fast messages leave for other systems: from one server on SQLite, and from a fleet's two workers."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from benchmarks.bench import Bench, Plan
from benchmarks.client import BenchError, Connection, require_ok
from benchmarks.report import NONE, Rounds, Table, milliseconds, percentile
from benchmarks.server import Server, running, working
from benchmarks.sink import SLOW_S, Arrival, Sink
from benchmarks.sink import running as running_sink
from benchmarks.workload import Target
from tests import services

#: Destinations that share a backlog, or messages at once where there is one.
MANY = 8
WORKERS = 2
_PATIENCE_S = 180.0
#: Between two messages whose way is timed.
_QUIET_S = 0.03
_SECRET_KEY = "only for this run, and shared by its nodes"
#: The rows of the table.
_ALL = f"deliveries/s, {MANY} destinations"
_BESIDE = f"the same beside one of {SLOW_S:g} s a call"
_ONE = "deliveries/s, 1 destination"
_AT_ONCE = f"deliveries/s, 1 destination, {MANY} at once"
_FIRST, _FIRST_99 = "first attempt, p50", "first attempt, p99"
_ROWS = (_ALL, _BESIDE, f"{_BESIDE}, of alone", _ONE, _AT_ONCE, _FIRST, _FIRST_99)


def delivery(bench: Bench) -> Table:
    """Measure deliveries a second, what a slow neighbour costs, and how soon the first attempt is."""
    figures: dict[str, dict[str, str]] = {}
    notes = [
        f"Rates: {bench.plan.deliveries:,} messages that waited, to a sink on this machine; unless it says "
        "otherwise, each destination gets one message at a time, in order. First attempt: from sending "
        "a request, before its commit, until its message is at the sink.",
    ]
    for name, start in {
        "SQLite, serve alone": _alone,
        f"PostgreSQL, {WORKERS} workers": _fleet,
    }.items():
        with ExitStack() as stack:
            server = start(stack, bench)
            if server is None:
                figures[name] = {}
                notes.append("A fleet needs PostgreSQL and Redis; one of them is not installed.")
                continue
            bench.say(f"  {name}")
            sink = stack.enter_context(running_sink())
            figures[name] = _figures(Sender(name, server, sink), bench.plan)
    rows = [[row, *(found.get(row, NONE) for found in figures.values())] for row in _ROWS]
    return Table("Deliveries to other systems", ["", *figures], rows, notes)


@dataclass(frozen=True, slots=True)
class Far:
    """Destinations, and a hook that posts to all of them and to no room."""

    ids: Sequence[str]
    names: Sequence[str]
    hook: Target
    in_order: bool

    def called_with(self, text: str) -> Target:
        """Return the hook's target with a body of its own."""
        headers = {"Content-Type": "application/json"}
        body = f'{{"text":"{text}"}}'.encode()
        return Target(self.hook.name, self.hook.port, self.hook.paths, headers=headers, body=body)


@dataclass(frozen=True, slots=True)
class Sender:
    """A server with whoever delivers for it, and the far side."""

    name: str
    server: Server
    sink: Sink

    def far(self, label: str, count: int, *, slow: bool = False, concurrency: int = 1) -> Far:
        """Create destinations and their hook."""
        names = [f"{label}-{n}" for n in range(count)]
        ids = [
            self.server.api(
                *("POST", "destinations.create"),
                type="rocketchat",
                name=name,
                url=self.sink.url(name, slow=slow),
                concurrency=concurrency,
            )["destination"]["_id"]
            for name in names
        ]
        made = self.server.api(
            *("POST", "integrations.create"),
            type="webhook-incoming",
            name=label,
            channel="#general",
            destinations=ids,
        )
        path = "/hooks/" + made["integration"]["url"].partition("/hooks/")[2]
        return Far(ids, names, Target(label, self.server.port, (path,)), concurrency == 1)

    def wait_with(self, far: Far, each: int) -> None:
        """Have so many messages wait for each destination."""
        self.let(far, "pause")
        connection = Connection(far.hook.port)
        with contextlib.closing(connection):
            for n in range(each):
                target = far.called_with(f"{n}")
                require_ok(target, *connection.call(target.requests()[0]))

    def let(self, far: Far, do: str) -> None:
        """Pause or resume all destinations."""
        for one in far.ids:
            self.server.api("POST", f"destinations.{do}", destinationId=one)

    def drain(self, far: Far, deliveries: int) -> float:
        """Return at how many a second messages arrive that have waited."""
        each = max(2, deliveries // len(far.ids))
        self.wait_with(far, each)
        self.sink.arrived()
        self.let(far, "resume")
        times = [one.at for one in self._arrivals(far, each)]
        return (len(times) - 1) / (max(times) - min(times))

    def first_attempts_s(self, far: Far, count: int) -> list[float]:
        """Return how long messages took that were sent one by one."""
        self.let(far, "resume")
        self.sink.arrived()
        sent = []
        connection = Connection(far.hook.port)
        with contextlib.closing(connection):
            for n in range(count):
                time.sleep(_QUIET_S)
                target = far.called_with(f"{n}")
                sent.append(time.time())
                require_ok(target, *connection.call(target.requests()[0]))
        return [one.at - sent[int(one.text)] for one in self._arrivals(far, count)]

    def _arrivals(self, far: Far, each: int) -> list[Arrival]:
        """
        Wait for so many messages at each destination.

        :raise BenchError: when they do not arrive, or not as they have to.
        """
        found: list[Arrival] = []
        ends = time.monotonic() + _PATIENCE_S
        while len(found) < each * len(far.names):
            if time.monotonic() > ends:
                raise BenchError(f"{self.name}: only {len(found)} messages arrived at {far.names}")
            time.sleep(0.05)
            found += [one for one in self.sink.arrived() if one.name in far.names]
        for name in far.names:
            numbers = [int(one.text) for one in found if one.name == name]
            if (numbers if far.in_order else sorted(numbers)) != list(range(each)):
                raise BenchError(f"{self.name}: messages of {name} are missing, double or mixed up")
        return found


def _figures(sender: Sender, plan: Plan) -> dict[str, str]:
    many, one = sender.far("many", MANY), sender.far("one", 1)
    at_once, slow = sender.far("at-once", 1, concurrency=MANY), sender.far("slow", 1, slow=True)
    single = sender.far("single", 1)
    sender.first_attempts_s(single, plan.first_attempts // 10)
    firsts = sender.first_attempts_s(single, plan.first_attempts)
    sender.wait_with(slow, plan.rounds * 10)

    def beside() -> float:
        sender.let(slow, "resume")
        rate = sender.drain(many, plan.deliveries)
        sender.let(slow, "pause")
        return rate

    measured: dict[str, Callable[[], float]] = {
        _ALL: lambda: sender.drain(many, plan.deliveries),
        _BESIDE: beside,
        _ONE: lambda: sender.drain(one, plan.deliveries // 2),
        _AT_ONCE: lambda: sender.drain(at_once, plan.deliveries // 2),
    }
    taken: dict[str, list[float]] = {row: [] for row in measured}
    for number in range(plan.rounds):
        for row in list(measured)[:: 1 if number % 2 == 0 else -1]:
            taken[row].append(measured[row]())
    rates = {row: Rounds(tuple(values)) for row, values in taken.items()}
    return {
        **{row: rate.shown() for row, rate in rates.items()},
        f"{_BESIDE}, of alone": rates[_BESIDE].ratio(rates[_ALL]),
        _FIRST: milliseconds(percentile(firsts, 50)),
        _FIRST_99: milliseconds(percentile(firsts, 99)),
    }


def _alone(stack: ExitStack, bench: Bench) -> Server | None:
    return stack.enter_context(running(bench.folder / "alone"))


def _fleet(stack: ExitStack, bench: Bench) -> Server | None:
    if services.PostgreSQL.missing() or services.Redis.missing():
        return None
    settings = {
        "database_url": stack.enter_context(services.running(services.PostgreSQL)).url,
        "broker_url": stack.enter_context(services.running(services.Redis)).url,
        "secret_key": _SECRET_KEY,
    }
    server = stack.enter_context(running(bench.folder / "web", **settings))
    for number in range(WORKERS):
        stack.enter_context(working(bench.folder / f"worker{number}", **settings))
    return server
