"""What is measured: each function starts what it needs, measures, and returns a table."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from benchmarks import history, processes
from benchmarks.bench import Bench
from benchmarks.client import call_each, drive
from benchmarks.contender import Running
from benchmarks.delivery import delivery
from benchmarks.recovery import attempt, p50_s, slowest_s, victim_of
from benchmarks.report import NONE, Table, mebibytes, milliseconds
from benchmarks.server import Server, running
from benchmarks.workload import Target

EMPTY, KEPT, FRESH = "empty Flask route", "kept", "per-request"
NODE_KEPT, NODE_FRESH = "isolated-vm, kept", "isolated-vm, fresh"
GROUPED = ", group commit"
#: Ours -> the contender's that does the same.
COUNTERPARTS = {KEPT: NODE_KEPT, FRESH: NODE_FRESH}


@contextmanager
def everyone(bench: Bench, *, group_commit: bool) -> Iterator[tuple[list[Target], list[Running]]]:
    """Give the targets of all contenders, all of them running; and the contender's servers."""
    with ExitStack() as stack:
        server = stack.enter_context(running(bench.folder / "hooksmith"))
        targets = [server.empty_route(), server.hooks("kept"), server.hooks("per-request")]
        nodes = []
        if bench.contender is not None:
            node = stack.enter_context(bench.contender.running(bench.folder / "node"))
            targets += [node.kept(NODE_KEPT), node.fresh(NODE_FRESH)]
            nodes.append(node)
            if group_commit:
                sharing = bench.contender.running(bench.folder / "sharing", group_commit=True)
                node = stack.enter_context(sharing)
                targets += [node.kept(NODE_KEPT + GROUPED), node.fresh(NODE_FRESH + GROUPED)]
                nodes.append(node)
        yield targets, nodes
        bench.require_stored(server.port, server.database)
        for node in nodes:
            bench.require_stored(node.port, node.database)


def throughput(bench: Bench) -> Table:
    """Measure requests a second, side by side."""
    with everyone(bench, group_commit=True) as (targets, _):
        rates = bench.rates(targets, bench.plan.round_s)
    rows = []
    for name, rate in rates.items():
        counterpart = COUNTERPARTS.get(name, "")
        rows.append(
            [
                name,
                rate.shown(),
                rate.ratio(rates[EMPTY]),
                rate.ratio(rates.get(counterpart)),
                rate.ratio(rates.get(counterpart + GROUPED)),
            ]
        )
    return Table(
        f"Requests a second, median of {bench.plan.rounds} rounds (least-most)",
        ["", "requests/s", "of empty route", "of isolated-vm", "of it" + GROUPED],
        rows,
        ["Every answered request was found in its server's database, with its message."],
    )


def latency(bench: Bench) -> Table:
    """Measure how long one caller waits."""
    with everyone(bench, group_commit=False) as (targets, _):
        found = bench.latencies(targets)
    empty, _ = found[EMPTY]
    rows = []
    for name, (p50, p99) in found.items():
        other = found.get(COUNTERPARTS.get(name, ""))
        rows.append(
            [
                name,
                milliseconds(p50.median),
                milliseconds(p99.median),
                p50.ratio(empty),
                p50.ratio(other[0] if other else None),
            ]
        )
    return Table(
        "Latency at one connection (Python client)",
        ["", "p50", "p99", "p50 of empty route", "p50 of isolated-vm"],
        rows,
    )


def memory(bench: Bench) -> Table:
    """Measure what all processes of a server hold, at rest and with kept integrations."""
    if not processes.available():
        return Table("Memory", [""], [], ["Skipped: only Linux tells what processes share."])
    count = bench.plan.kept
    rows, exact = [], True
    with ExitStack() as stack:
        server = stack.enter_context(running(bench.folder / "memory"))
        contenders = [("Hooksmith", server.pid, server.hooks("kept", count))]
        if bench.contender is not None:
            node = stack.enter_context(bench.contender.running(bench.folder / "memory-node"))
            contenders.append((NODE_KEPT, node.pid, node.kept(count=count)))
        for name, pid, target in contenders:
            idle = processes.settled_memory(pid)
            first = Target(name, target.port, target.paths[:1])
            drive(first, 1, bench.plan.warm_up_s)
            before = processes.settled_memory(pid)
            call_each(target)
            call_each(target)
            after = processes.settled_memory(pid)
            each = (after.held_bytes - before.held_bytes) / (count - 1)
            rows.append(
                [
                    name,
                    f"{len(processes.family(pid))}",
                    mebibytes(idle.held_bytes),
                    mebibytes(after.held_bytes),
                    mebibytes(each),
                ]
            )
            exact = exact and idle.exact
    notes = [] if exact else ["Of locked-down processes RSS: their PSS is shown to root alone."]
    return Table(
        "Memory of all processes of a server (PSS)",
        ["", "processes", "idle", f"with {count} kept", "each kept"],
        rows,
        notes,
    )


def integrations(bench: Bench) -> Table:
    """Measure requests a second that go to many integrations in random order."""
    plan = bench.plan
    with ExitStack() as stack:
        server = stack.enter_context(running(bench.folder / "distinct"))
        bench.say(f"  creating {2 * max(plan.distinct):,} integrations")
        hooks = {kind: server.hooks(kind, max(plan.distinct)) for kind in (KEPT, FRESH)}
        targets = [
            Target(f"{kind}, {count:,}", server.port, hooks[kind].paths[:count])
            for kind in (KEPT, FRESH)
            for count in plan.distinct
        ]
        if bench.contender is not None:
            node = stack.enter_context(bench.contender.running(bench.folder / "distinct-node"))
            for count in plan.distinct:
                targets.append(node.kept(f"{NODE_KEPT}, {count:,}", count))
                targets.append(node.fresh(f"{NODE_FRESH}, {count:,}", count))
        rates = bench.rates(targets, plan.distinct_s)
    rows = []
    for kind in (KEPT, FRESH):
        for count in plan.distinct:
            rate = rates[f"{kind}, {count:,}"]
            other = rates.get(f"{COUNTERPARTS[kind]}, {count:,}")
            rows.append(
                [
                    f"{kind}, {count:,}",
                    rate.shown(),
                    rate.ratio(rates[f"{kind}, {plan.distinct[0]:,}"]),
                    other.shown() if other else NONE,
                    rate.ratio(other),
                ]
            )
    return Table(
        "Requests a second to so many integrations",
        ["", "requests/s", f"of {plan.distinct[0]}", "isolated-vm", "of isolated-vm"],
        rows,
        ["`HOOKSMITH_KEPT_INSTANCES` is at its default; isolated-vm keeps every isolate."],
    )


def stored(bench: Bench) -> Table:
    """Measure with a log that is already long."""
    plan = bench.plan
    original = bench.folder / "history"
    with running(original) as server:
        paths = {kind: server.hooks(kind).paths for kind in (KEPT, FRESH)}
        history.call_examples(server)
    with ExitStack() as stack:
        servers: dict[int, Server] = {}
        for count in plan.stored:
            folder = history.copy(original, bench.folder / f"history-{count}")
            bench.say(f"  storing {count:,} executions")
            history.fill(folder, count)
            servers[count] = stack.enter_context(running(folder, **history.KEEP_ALL))
        targets = [
            Target(f"{kind}, {count}", server.port, paths[kind])
            for count, server in servers.items()
            for kind in (KEPT, FRESH)
        ]
        lists = [
            server.api_target(f"{count}", "executions.list?count=50")
            for count, server in servers.items()
        ]
        rates = bench.rates(targets, plan.stored_s)
        listing = bench.latencies(lists)
        sizes = {count: history.size_bytes(server.database) for count, server in servers.items()}
    least = plan.stored[0]
    rows = []
    for count in plan.stored:
        rates_here = {kind: rates[f"{kind}, {count}"] for kind in (KEPT, FRESH)}
        cells = [f"{count:,}", mebibytes(sizes[count])]
        for kind, rate in rates_here.items():
            cells += [rate.shown(), rate.ratio(rates[f"{kind}, {least}"])]
        rows.append([*cells, milliseconds(listing[f"{count}"][0].median)])
    return Table(
        "With so many stored executions",
        [
            "stored",
            "database",
            f"{KEPT}, requests/s",
            f"of {least}",
            f"{FRESH}, requests/s",
            f"of {least}",
            "newest 50 of the log, p50",
        ],
        rows,
        ["Stored are executions of all example payloads, spread over 24 days."],
    )


def recovery(bench: Bench) -> Table:
    """Measure what one killed V8 process costs a neighbour."""
    if not processes.available():
        return Table("Recovery", [""], [], ["Skipped: only Linux tells which process is which."])
    rows: list[list[str]] = []
    statuses: set[int | None] = set()
    with running(bench.folder / "recovery") as server:
        victim = victim_of(server)
        for kind in (KEPT, FRESH):
            neighbour = server.hooks(kind)
            drive(neighbour, 1, bench.plan.warm_up_s)
            alone, beside, killed = [], [], []
            for _ in range(bench.plan.kills):
                alone.append(attempt(server, neighbour))
                beside.append(attempt(server, neighbour, victim))
                killed.append(attempt(server, neighbour, victim, kill=True))
            slowest = [slowest_s(trials) for trials in (alone, beside, killed)]
            figures = [p50_s(alone), *slowest, slowest[2] - slowest[0]]
            rows.append([kind, *map(milliseconds, figures)])
            statuses |= {trial.victim_status for trial in killed}
    return Table(
        "A V8 process is killed (-9) in the middle of a busy run: a neighbour at one connection",
        ["neighbour", "p50", "slowest, alone", "beside the run", "after the kill", "added"],
        rows,
        [
            f"Medians of {bench.plan.kills} trials. No request of the neighbour failed; the request "
            f"whose process was killed was answered {', '.join(map(str, statuses))}."
        ],
    )


SCENARIOS = {
    scenario.__name__: scenario
    for scenario in (throughput, latency, memory, integrations, stored, recovery, delivery)
}
#: Measured without anybody beside us.
ALONE = {"recovery", "delivery"}
