"""Where hostile scripts run: the real pool with the real outside, and a neighbour who must not notice."""

from __future__ import annotations

import gc
import itertools
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import orjson

from engine.allocator import return_large_blocks
from engine.db import Database
from engine.outbound.client import Outbound
from engine.outbound.policy import Policy
from engine.sandbox.outcome import Job, RunLimits, RunOutcome, RunStatus
from engine.sandbox.pool import Pool, PoolConfig
from engine.script_host import Outside, ScriptHost
from engine.settings import Settings
from engine.stores import Stores
from tests.conftest import prepare
from tests.hostile.cases import CONTAINED, METHOD, Case
from tests.hostile.far import Far
from tests.hostile.gauges import Peaks, own_bytes_in_use, resident_bytes

MIB = 1 << 20
#: What a worker may take beside what it has at rest, and V8's own pages, which are measured late.
MOST_BYTES = (256 + 64) * MIB
#: What a script may make this process hold: results, answers and bodies that pass through, the far side's too.
MOST_OWN_BYTES, MOST_LEFT_BYTES = 128 * MIB, 48 * MIB
#: How long it may take until all workers are there again.
_REST_S = 60.0
#: How long after its wall time a run may be told to be over.
LATE_S = 3.0

_NEIGHBOUR = """class Script {
  async process_incoming_request({ request }) {
    const { n, far } = request.content;
    Store.set('n', n);
    await new Promise((done) => setTimeout(done, 1));
    const told = far ? HTTP('GET', far + '/').result.data.n : 1;
    console.log('neighbour', n);
    return { content: { text: `${_.last([n]) * 7 * told}`, n: Store.get('n') } };
  }
}"""
_PAUSE_S = 0.02


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a case."""

    outcome: RunOutcome
    #: The slowest of its calls.
    ms: float
    peak_bytes: int
    #: What this process held more at its most, and what it holds more afterwards.
    own_peak_bytes: int
    own_growth_bytes: int
    #: How many answers the neighbour got meanwhile.
    neighbour_answers: int


class Arena:
    """A pool, what its scripts may ask of the outside, and the neighbour; one case at a time."""

    def __init__(self, folder: Path) -> None:
        return_large_blocks()  # as the server does
        self.far = Far()
        settings = Settings(data_dir=folder, **self.far.settings)
        prepare(settings)
        self._database = Database(settings.effective_database_url, pool_size=8)
        self._outbound = Outbound()
        policy = Policy.public(
            [settings.script_fetch_allow], setting="HOOKSMITH_SCRIPT_FETCH_ALLOW"
        )
        self._outside = Outside(settings, self._outbound, policy, Stores(self._database))
        self.pool = Pool(PoolConfig(workers=2))
        assert self.pool.wait_until_ready()
        self.neighbour = Neighbour(self)
        self.neighbour.wait_for_answers(20)  # everything is loaded by now
        #: What a worker holds at rest, and what this process does.
        self.base_bytes = max(map(resident_bytes, self.pool.pids()))
        gc.freeze()  # what is there already need not be looked through again after each case
        self._own_base_bytes = own_bytes_in_use()

    def close(self) -> None:
        self.neighbour.close()
        self.pool.close()
        self._outbound.close()
        self._database.close()
        self.far.close()
        gc.unfreeze()

    def remains(self) -> list[str]:
        """Return what is not as it was before the first case."""
        found = [f"the neighbour was answered {answer}" for answer in self.neighbour.wrong]
        own_bytes, limit = own_bytes_in_use(), self._own_base_bytes * 1.1
        if own_bytes > limit:
            found.append(f"this process holds {own_bytes >> 20} MB, not {limit / MIB:.0f}")
        deadline = time.monotonic() + _REST_S
        while self.pool.stats()["alive"] < self.pool.config.workers + self.pool.config.spares:
            if time.monotonic() > deadline:
                return [*found, f"of the workers are left: {self.pool.stats()}"]
            time.sleep(0.05)
        return found

    def run(self, case: Case) -> Result:
        """Run a case, as often as it says, and return what came of the last call."""
        before, answers = own_bytes_in_use(), self.neighbour.answers
        slowest_ms = 0.0
        with Peaks(self.pool.pids) as peaks:
            for _ in range(case.kept or 1):
                started = time.perf_counter()
                outcome = self.call(
                    owner=case.id,
                    source=case.source,
                    content=self.far.content,
                    limits=case.run_limits,
                    keep_as=case.id if case.kept else None,
                )
                slowest_ms = max(slowest_ms, (time.perf_counter() - started) * 1000)
                if not ended_well(outcome):
                    break
            self.neighbour.wait_for_answers(1)
        self.far.forget()
        if case.kept:
            self.pool.forget(case.id)
        return Result(
            outcome=outcome,
            ms=slowest_ms,
            peak_bytes=peaks.worker_bytes,
            own_peak_bytes=peaks.own_bytes - before,
            own_growth_bytes=own_bytes_in_use() - before,
            neighbour_answers=self.neighbour.answers - answers,
        )

    def problems(self, case: Case, result: Result) -> list[str]:
        """Return what is wrong with the end of a case; and of the neighbour, told once."""
        wrong, self.neighbour.wrong = self.neighbour.wrong, []
        found = [f"the neighbour was answered {answer}" for answer in wrong]
        if not result.neighbour_answers:
            found.append("the neighbour was not answered meanwhile")
        if self.far.trapped:
            found.append("a call came to where none may")
        if result.ms > (case.run_limits.wall_s + LATE_S) * 1000:
            found.append(f"it took {result.ms:.0f} ms")
        if result.peak_bytes > self.base_bytes + MOST_BYTES:
            found.append(f"a worker held {result.peak_bytes >> 20} MB")
        if result.own_peak_bytes > MOST_OWN_BYTES or result.own_growth_bytes > MOST_LEFT_BYTES:
            found.append(
                f"this process grew by {result.own_peak_bytes >> 20} MB"
                f" and stayed {result.own_growth_bytes >> 20} MB larger"
            )
        return found + _wrong_ends(case, result.outcome)

    def call(
        self,
        owner: str,
        source: str,
        content: object,
        limits: RunLimits,
        keep_as: str | None = None,
    ) -> RunOutcome:
        """Run a script once, as an integration of that name would."""
        host = ScriptHost(self._outside, owner.replace("/", ""), limits.wall_s)
        job = Job(
            owner=owner,
            name="hook",
            source=source,
            method=METHOD,
            argument=orjson.dumps({"request": {"content": content, "headers": {}}}),
            keep_as=keep_as,
            limits=limits,
            host=host,
        )
        try:
            return self.pool.run(job)
        finally:
            host.close()


class Neighbour:
    """
    An integration of somebody else's that is called all along, and what it was answered.

    Its calls take turns: fresh and kept instances, with a call to the outside and without one.
    """

    def __init__(self, arena: Arena) -> None:
        self._arena = arena
        self._stopped = threading.Event()
        self._answered = threading.Condition()
        self.answers = 0
        self.wrong: list[str] = []
        self._thread = threading.Thread(target=self._live)
        self._thread.start()

    def wait_for_answers(self, count: int) -> None:
        """Wait until it got so many more."""
        with self._answered:
            wanted = self.answers + count
            assert self._answered.wait_for(lambda: self.answers >= wanted, timeout=60), (
                "the neighbour is not answered any more"
            )

    def close(self) -> None:
        self._stopped.set()
        self._thread.join()

    def _live(self) -> None:
        for n in itertools.count():
            if self._stopped.wait(_PAUSE_S):
                return
            content = {"n": n, "far": self._arena.far.content["far"] if n % 4 == 0 else None}
            try:
                outcome = self._arena.call(
                    "neighbour", _NEIGHBOUR, content, RunLimits(), "neighbour" if n % 2 else None
                )
            except Exception as exc:  # which would otherwise end this thread unheard
                outcome = RunOutcome(RunStatus.CRASHED, result=repr(exc))
            told = (outcome.status, outcome.result, [line["text"] for line in outcome.console])
            expected = {"content": {"text": f"{n * 7}", "n": n}}
            with self._answered:
                if told != (RunStatus.OK, expected, [f"neighbour {n}"]):
                    self.wrong.append(f"{n}: {told}")
                self.answers += 1
                self._answered.notify_all()


def _wrong_ends(case: Case, outcome: RunOutcome) -> list[str]:
    """Return how an outcome differs from what the case says, or is not one at all."""
    found = []
    message = outcome.error.message if outcome.error else ""
    if outcome.status not in (case.outcome, case.or_outcome):
        found.append(f"it ended as {outcome.status}: {message[:200] or outcome.result}")
    elif outcome.status is RunStatus.OK and not ended_well(outcome):
        found.append(f"it found a way out: {str(outcome.result)[:500]}")
    told = case.error if outcome.status is case.outcome else ""
    answer = told or case.answer_to(outcome.status)
    if outcome.status is not RunStatus.OK and answer not in message:
        found.append(f"it ended with {message[:200]!r}")
    if outcome.error and any(
        n and n >= 1 << 31 for n in (outcome.error.line, outcome.error.column)
    ):
        found.append("its place is none")
    limits = case.run_limits
    if len(orjson.dumps(outcome.result)) > 3 * limits.result_bytes:
        found.append("its result is larger than allowed")
    if len(outcome.console) > limits.console_lines + 1:
        found.append("its console has too many lines")
    if sum(len(line["text"]) for line in outcome.console) > limits.console_bytes + 100:
        found.append("its console is too long")
    if outcome.store is not None and not isinstance(orjson.loads(outcome.store), dict):
        found.append(f"its Store is {outcome.store[:100]}")
    return found


def ended_well(outcome: RunOutcome) -> bool:
    """Tell whether a script found nothing, and said so."""
    if outcome.status is not RunStatus.OK or not isinstance(outcome.result, dict):
        return False
    content = outcome.result.get("content")
    return isinstance(content, dict) and content.get("text") == CONTAINED
