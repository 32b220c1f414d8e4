"""Integrations that keep timing out or crashing are paused, on SQLite and on PostgreSQL."""

from __future__ import annotations

import datetime as dt
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from admin import create_app
from engine import answers
from engine.admission import Hook as FoundHook
from engine.admission import find_hook
from engine.ids import new_sortable_id
from engine.models import IntegrationPause, Outcome
from engine.pauses import STEPS_S, Pauses, duration
from engine.record import HookRequest, Record
from engine.refusal import Refusal
from engine.runtime import Engine
from engine.sandbox.pool import Pool, PoolConfig
from tests.support import Api, Hook, script

#: Harms as the request says, or ends well.
MOODY = """class Script {
  async process_incoming_request({ request }) {
    const { mood } = request.content;
    while (mood === 'loops') {}
    if (mood === 'waits') await new Promise((done) => setTimeout(done, 60000));
    if (mood === 'hoards') for (const all = []; ; ) all.push(new Array(1000).fill(1.5));
    if (mood === 'throws') throw new Error('no');
    if (mood === 'refuses') return { error: { success: false, message: 'no' } };
    if (mood === 'is too much') return 'x'.repeat(1 << 21);
    return { content: { text: 'well' } };
  }
}"""
LIMITS = {"cpuS": 0.1}


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    """Workers that may be killed."""
    own = Pool(PoolConfig(workers=2, spares=2))
    assert own.wait_until_ready()
    yield own
    own.close()


class Clock:
    """The time, which stands still until it is moved."""

    def __init__(self) -> None:
        self.now = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)

    def __call__(self) -> dt.datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += dt.timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


Node = Callable[..., Api]


@pytest.fixture
def node(
    request: pytest.FixtureRequest,
    make_engine: Callable[..., Engine],
    clock: Clock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Node:
    """
    Start servers that share one database and one clock, and see each other's changes at once.

    The database is SQLite unless the test asks for both.
    """
    monkeypatch.setattr("engine.cache.MAX_AGE_S", 0.0)
    is_postgresql = getattr(request, "param", "sqlite") == "postgresql"
    url = request.getfixturevalue("postgres_url")() if is_postgresql else ""

    def start(**settings: Any) -> Api:
        engine = make_engine(data_dir=tmp_path / "shared", database_url=url, **settings)
        engine.pauses.clock = clock
        return Api(create_app(engine=engine))

    return start


on_both = pytest.mark.parametrize("node", ["sqlite", "postgresql"], indirect=True)


def engine_of(api: Api) -> Engine:
    engine: Engine = api.app.extensions["hooksmith"]
    return engine


def row_of(hook: Hook) -> IntegrationPause | None:
    """Return what is stored of an integration's failures."""
    with engine_of(hook.api).database.read() as session:
        return session.get(IntegrationPause, hook.id)


def paused(hook: Hook) -> Any:
    return hook.api.get("integrations.get", integrationId=hook.id)["integration"]["paused"]


def behaves(hook: Hook, mood: str) -> str:
    """Call the hook; return the outcome."""
    hook.post({"mood": mood})
    outcome: str = hook.last()["outcome"]
    return outcome


def found(hook: Hook, api: Api) -> FoundHook:
    """Return the integration as a server finds it when it is called."""
    hook_found = find_hook(engine_of(api).database, hook.id)
    assert hook_found is not None
    return hook_found


def run(
    pauses: Pauses, hook: FoundHook, outcome: Outcome | None, during: Callable[[], Any] = int
) -> str:
    """
    Let a run end with this outcome, well when that is POSTED, not begun when it is None.

    Return the outcome, PAUSED when it was not admitted, with what is said of it.
    """
    record = Record(new_sortable_id(), HookRequest("POST", "/", "", [], b"", "::1"))

    def work() -> None:
        during()
        if outcome is None:
            raise Refusal(Outcome.OVERLOADED, answers.failure(503, "busy"), "busy")
        record.run_ms, record.outcome = 1.0, outcome
        if outcome is not Outcome.POSTED:
            raise Refusal(outcome, answers.failure(400, "x"), "said")

    try:
        pauses.watch(hook, record, work)
    except Refusal as refusal:
        return f"{refusal.outcome}: {refusal.reason}"
    return record.outcome


def together(*runs: Callable[[threading.Barrier], str]) -> list[str]:
    """Do runs on a thread each; the barrier they are given is passed when all have come to it."""
    barrier = threading.Barrier(len(runs), timeout=30)
    results: list[str] = []
    threads = [
        threading.Thread(target=lambda one=one: results.append(one(barrier))) for one in runs
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == len(runs)
    return results


# -- the whole way, with real V8 --------------------------------------------------------------


@on_both
def test_five_runs_that_loop_pause_their_integration(
    node: Node, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """The fifth says so; the sixth gets 503 with Retry-After, and its body is kept for a replay."""
    caplog.set_level(logging.INFO, "engine.pauses")
    api = node()
    hook, other = api.hook(MOODY, limits=LIMITS, name="Looper"), api.hook(MOODY)
    for _ in range(4):
        assert hook.post({"mood": "loops"}).status_code == 400
        assert "paused" not in hook.last()["summary"]
    assert paused(hook) is None
    assert hook.post({"mood": "loops"}).status_code == 400
    cause = hook.last()
    assert cause["outcome"] == "cpu-limit"
    assert cause["summary"].endswith("; paused for 30 s")

    clock.advance(10)
    answer = hook.post({"mood": "well"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "20")
    assert answer.get_json()["success"] is False
    assert "You must wait 20 seconds" in answer.get_json()["error"]
    refused = hook.last()
    assert (refused["outcome"], refused["status"]) == ("paused", 503)
    assert refused["summary"] == (
        "paused until 12:00:30 UTC: 5 runs in a row were stopped or crashed, "
        "the last because it computed for too long"
    )
    assert refused["request"]["body"] == '{"mood": "well"}'
    assert refused["request"]["bodyTruncated"] is False
    assert api.get("executions.list", outcome="paused")["total"] == 1
    assert other.post({"mood": "well"}).status_code == 200

    shown = {
        "until": "2026-11-21T12:00:30.000Z",
        "reason": "5 runs in a row were stopped or crashed, the last because it computed for too long",
        "failures": 5,
    }
    assert paused(hook) == shown
    listed = {one["_id"]: one["paused"] for one in api.get("integrations.list")["integrations"]}
    assert listed == {hook.id: shown, other.id: None}
    warnings = [one.getMessage() for one in caplog.records if one.levelno == logging.WARNING]
    assert warnings == [
        f"integration {hook.id} ('Looper') is paused for 30 s: {shown['reason']}",
    ]
    row = row_of(hook)
    assert row is not None
    assert row.execution_id == cause["_id"]

    # A replay is not refused, and posts what was missed.
    api.post("executions.replay", executionId=refused["_id"])
    assert api.messages()[0]["msg"] == "well"


@pytest.mark.parametrize(
    ("mood", "limits", "why"),
    [
        ("loops", LIMITS, "it computed for too long"),
        ("waits", {"wallS": 0.3}, "it took too long"),
        ("hoards", {}, "it used too much memory"),
    ],
)
def test_what_costs_others_a_worker_counts(
    make_engine: Callable[..., Engine], mood: str, limits: dict[str, float], why: str
) -> None:
    """CPU time, waiting and memory alike."""
    engine = make_engine(pause_after_failures=1, script_cpu_s=20, script_wall_s=60)
    hook = Api(create_app(engine=engine)).hook(MOODY, limits=limits)
    hook.post({"mood": mood})
    assert paused(hook)["reason"] == f"the last run was stopped or crashed, because {why}"
    assert hook.last()["summary"].endswith("; paused for 30 s")


def test_a_sandbox_that_dies_counts(make_engine: Callable[..., Engine], pool: Pool) -> None:
    """Whatever it was that ended the process."""
    hook = Api(create_app(engine=make_engine(pause_after_failures=1))).hook(MOODY)

    def kill_the_busy() -> None:
        deadline = time.monotonic() + 30
        while not pool.stats()["busy"] and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.5)  # until the script itself has begun
        for pid in pool.pids():
            os.kill(pid, signal.SIGKILL)

    killing = threading.Thread(target=kill_the_busy)
    killing.start()
    outcome = behaves(hook, "waits")
    killing.join()
    assert outcome == "crashed"
    assert paused(hook)["reason"].endswith("because its sandbox process died")


@pytest.mark.parametrize("mood", ["throws", "refuses", "is too much", "is well"])
def test_ordinary_failures_do_not_count(make_engine: Callable[..., Engine], mood: str) -> None:
    """A script that throws costs nobody anything."""
    api = Api(create_app(engine=make_engine(pause_after_failures=1)))
    hook = api.hook(MOODY)
    for _ in range(3):
        assert behaves(hook, mood) != "paused"
    assert row_of(hook) is None


@on_both
def test_each_failure_after_a_pause_pauses_for_longer(node: Node, clock: Clock) -> None:
    """One run tries when the pause is over: 30 s, 1, 2, 5, 15, 30 minutes, then an hour each time."""
    hook = node(pause_after_failures=2).hook(MOODY, limits=LIMITS)
    assert behaves(hook, "loops") == "cpu-limit"
    for number, step_s in enumerate((30, 60, 120, 300, 900, 1800, 3600, 3600)):
        assert behaves(hook, "loops") == "cpu-limit"
        assert hook.last()["summary"].endswith(f"; paused for {duration(step_s)}")
        assert paused(hook)["failures"] == number + 2
        clock.advance(step_s - 0.5)
        assert hook.post({"mood": "well"}).headers["Retry-After"] == "1"
        clock.advance(0.5)
        assert paused(hook) is None
    assert behaves(hook, "is well") == "posted"
    # All is forgotten: two more are needed, and the first pause is a short one.
    assert behaves(hook, "loops") == "cpu-limit"
    assert behaves(hook, "loops") == "cpu-limit"
    assert hook.last()["summary"].endswith("; paused for 30 s")


@pytest.mark.parametrize("between", ["is well", "throws"])
def test_only_failures_in_a_row_count(make_engine: Callable[..., Engine], between: str) -> None:
    """A run that comes to an end by itself begins the count anew."""
    hook = Api(create_app(engine=make_engine(pause_after_failures=2))).hook(MOODY, limits=LIMITS)
    for mood in ("loops", between, "loops", between, "loops"):
        assert behaves(hook, mood) != "paused"
    assert paused(hook) is None
    behaves(hook, "loops")
    assert paused(hook)["failures"] == 2


def test_tests_and_replays_stand_outside(node: Node, clock: Clock) -> None:
    """They run during a pause, a good one does not end it, and bad ones do not begin one."""
    api = node(pause_after_failures=1)
    hook = api.hook(MOODY, limits=LIMITS)
    assert behaves(hook, "is well") == "posted"
    good = hook.last()["_id"]

    def tried(mood: str) -> str:
        body = f'{{"mood": "{mood}"}}'
        outcome: str = api.post("integrations.test", integrationId=hook.id, body=body)["outcome"]
        return outcome

    assert tried("loops") == "cpu-limit"
    assert paused(hook) is None
    assert behaves(hook, "loops") == "cpu-limit"
    bad, before = hook.last()["_id"], paused(hook)
    assert before is not None
    assert api.post("executions.replay", executionId=good)["outcome"] == "posted"
    assert api.post("executions.replay", executionId=bad)["outcome"] == "cpu-limit"
    assert tried("is well") == "posted"
    assert paused(hook) == before
    assert behaves(hook, "is well") == "paused"


@on_both
def test_somebody_resumes_it(node: Node, caplog: pytest.LogCaptureFixture) -> None:
    """The next call runs, the count begins anew, and the server's log says who it was."""
    caplog.set_level(logging.INFO, "engine.pauses")
    api = node(pause_after_failures=2)
    hook = api.hook(MOODY, limits=LIMITS, name="Mended")
    behaves(hook, "loops")
    behaves(hook, "loops")
    assert behaves(hook, "is well") == "paused"
    answer = api.post("integrations.resume", integrationId=hook.id)
    assert (answer["success"], answer["integration"]["paused"]) == (True, None)
    assert caplog.messages[-1] == (
        f"integration {hook.id} ('Mended') is no longer paused: admin resumed it"
    )
    assert behaves(hook, "loops") == "cpu-limit"
    assert paused(hook) is None
    assert api.post("integrations.resume", status=404, integrationId="nothing")["success"] is False


def test_another_script_resumes_it(node: Node) -> None:
    """A new version has a new beginning; saving anything else has not."""
    api = node(pause_after_failures=1)
    hook = api.hook(MOODY, limits=LIMITS)
    behaves(hook, "loops")
    api.post("integrations.update", integrationId=hook.id, script=MOODY, name="Same")
    assert behaves(hook, "is well") == "paused"
    mended = script("return { content: { text: 'mended' } };")
    answer = api.post("integrations.update", integrationId=hook.id, script=mended)
    assert answer["integration"]["paused"] is None
    assert behaves(hook, "loops") == "posted"


@on_both
def test_a_pause_survives_a_restart(node: Node, clock: Clock) -> None:
    """And holds on every server of the database, as does its end."""
    first = node(pause_after_failures=1)
    hook = first.hook(MOODY, limits=LIMITS)
    behaves(hook, "loops")
    second = node(pause_after_failures=1)
    there = Hook(second, hook.id, hook.token, hook.path)
    assert there.post({"mood": "is well"}).headers["Retry-After"] == "30"
    clock.advance(30)
    assert behaves(there, "is well") == "posted"
    assert behaves(hook, "is well") == "posted"


def test_it_can_be_switched_off(make_engine: Callable[..., Engine]) -> None:
    """With 0 nothing is counted, and an old pause does not hold."""
    engine = make_engine(pause_after_failures=1)
    hook = Api(create_app(engine=engine)).hook(MOODY, limits=LIMITS)
    behaves(hook, "loops")
    off = make_engine(pause_after_failures=0, data_dir=engine.settings.data_dir)
    there = Hook(Api(create_app(engine=off)), hook.id, hook.token, hook.path)
    assert paused(there) is None
    for _ in range(2):
        assert behaves(there, "loops") == "cpu-limit"


def test_calls_that_run_no_script_do_not_try(node: Node, clock: Clock) -> None:
    """They are refused during the pause, and leave the trial to one that runs."""
    api = node(pause_after_failures=1)
    hook = api.hook(MOODY, limits=LIMITS)
    behaves(hook, "loops")

    def refused_unread() -> int:
        form = "application/x-www-form-urlencoded"
        return api.client.post(hook.path, data="payload=[1]", content_type=form).status_code

    assert refused_unread() == 503
    clock.advance(30)
    assert refused_unread() == 400
    assert behaves(hook, "loops") == "cpu-limit"
    assert hook.last()["summary"].endswith("; paused for 1 min")


def test_without_its_script_it_is_not_held(node: Node) -> None:
    """Where no script runs, none can harm."""
    api = node(pause_after_failures=1)
    hook = api.hook(MOODY, limits=LIMITS)
    behaves(hook, "loops")
    api.post("integrations.update", integrationId=hook.id, scriptEnabled=False)
    assert hook.post({"text": "plain"}).status_code == 200


def test_a_refused_delivery_may_come_again(node: Node) -> None:
    """Where each is run only once, one that met a pause has not been run."""
    api = node(pause_after_failures=1)
    hook = api.hook(MOODY, limits=LIMITS, deduplication={"header": "X-Delivery"})

    def deliver(number: str, mood: str) -> int:
        return hook.post({"mood": mood}, headers={"X-Delivery": number}).status_code

    assert deliver("1", "loops") == 400
    assert deliver("2", "is well") == 503
    api.post("integrations.resume", integrationId=hook.id)
    assert deliver("2", "is well") == 200
    assert hook.last()["outcome"] == "posted"


@on_both
def test_a_healthy_integration_costs_nothing(node: Node) -> None:
    """Its pause is looked up with the rest of it, in one query, and nothing is written of it."""
    api = node()
    hook, database = api.hook(MOODY), engine_of(api).database
    generation, statements = database.generation, list[str]()
    watching = (
        database.engine,
        "before_cursor_execute",
        lambda *event: statements.append(event[2]),
    )
    sa.event.listen(*watching)
    hook.post({"mood": "is well"})
    hook.post({"mood": "throws"})
    sa.event.remove(*watching)
    about = [one for one in statements if "integration_pause" in one]
    assert len(about) == 2
    assert all(one.startswith("SELECT") and "FROM integration " in one for one in about)
    assert database.generation == generation
    assert row_of(hook) is None


@on_both
def test_many_calls_at_once_skip_no_step(node: Node) -> None:
    """Twelve requests that loop at the same time begin one pause, and the shortest."""
    api = node(pause_after_failures=3)
    hook = api.hook(MOODY, limits=LIMITS)

    def call(barrier: threading.Barrier) -> str:
        barrier.wait()
        return str(api.app.test_client().post(hook.path, json={"mood": "loops"}).status_code)

    assert set(together(*[call] * 12)) <= {"400", "503"}
    summaries = [one["summary"] for one in api.get("executions.list")["executions"]]
    assert [one for one in summaries if "; paused for" in one] == [
        "still computing after 0.1 s of CPU time; stopped; paused for 30 s"
    ]
    assert paused(hook)["failures"] == 3


# -- the rules, at the moments that matter ----------------------------------------------------


@on_both
def test_servers_agree_on_runs_that_end_together(node: Node, clock: Clock) -> None:
    """Whichever of two servers sees a failure: it counts once, and no step is skipped."""
    apis = [node(pause_after_failures=4), node(pause_after_failures=4)]
    hook = apis[0].hook(MOODY)

    def failing(api: Api) -> Callable[[threading.Barrier], str]:
        def one(barrier: threading.Barrier) -> str:
            # All have begun before the first ends.
            seen = found(hook, api)
            return run(engine_of(api).pauses, seen, Outcome.WALL_LIMIT, barrier.wait)

        return one

    results = together(*[failing(api) for api in apis * 6])
    assert sorted(results) == ["wall-limit: said"] * 11 + ["wall-limit: said; paused for 30 s"]
    row = row_of(hook)
    assert row is not None
    assert (row.failures, row.level) == (4, 1)

    clock.advance(30)

    def trying(api: Api) -> Callable[[threading.Barrier], str]:
        def one(barrier: threading.Barrier) -> str:
            seen = found(hook, api)
            barrier.wait()
            return run(engine_of(api).pauses, seen, Outcome.CRASHED)

        return one

    results = together(*[trying(api) for api in apis * 6])
    # One tried and failed; the others came during that, or after it.
    assert results.count("crashed: said; paused for 1 min") == 1
    assert sum(one.startswith("paused") for one in results) == 11


@on_both
def test_one_call_tries_and_the_others_wait(node: Node, clock: Clock) -> None:
    """While it runs they get a short Retry-After; when it ended well, they run."""
    api = node(pause_after_failures=1)
    hook = api.hook(MOODY)
    pauses = engine_of(api).pauses
    run(pauses, found(hook, api), Outcome.CPU_LIMIT)
    clock.advance(30)
    meanwhile: list[Any] = []

    def others() -> None:
        meanwhile.append(hook.post({"mood": "is well"}))

    assert run(pauses, found(hook, api), Outcome.POSTED, others) == "posted"
    assert meanwhile[0].status_code == 503
    assert meanwhile[0].headers["Retry-After"] == "5"
    assert "another call is trying" in hook.last()["summary"]
    assert behaves(hook, "is well") == "posted"


def test_a_trial_that_does_not_begin_leaves_it_to_the_next(node: Node, clock: Clock) -> None:
    """No sandbox came free: that tells nothing of the script."""
    api = node(pause_after_failures=1)
    hook = api.hook(MOODY)
    pauses = engine_of(api).pauses
    run(pauses, found(hook, api), Outcome.CPU_LIMIT)
    clock.advance(30)
    assert run(pauses, found(hook, api), None) == "overloaded: busy"
    assert run(pauses, found(hook, api), Outcome.CPU_LIMIT).endswith("; paused for 1 min")


def test_a_trial_that_never_ends_is_given_up(node: Node, clock: Clock) -> None:
    """Its server was killed: another tries after the longest time a run may take, and counts alone."""
    api = node(pause_after_failures=1, script_wall_s=10, sandbox_wait_s=5)
    hook = api.hook(MOODY)
    pauses = engine_of(api).pauses
    run(pauses, found(hook, api), Outcome.CPU_LIMIT)
    clock.advance(30)
    inner: list[str] = []

    def hang() -> None:
        clock.advance(29)
        inner.append(run(pauses, found(hook, api), Outcome.POSTED))
        clock.advance(1)
        inner.append(run(pauses, found(hook, api), Outcome.CPU_LIMIT))

    assert run(pauses, found(hook, api), Outcome.POSTED, hang) == "posted"
    assert inner[0].startswith("paused")
    assert inner[1].endswith("; paused for 1 min")
    # The first trial came back after all, and is believed no more.
    assert paused(hook) is not None


@on_both
def test_a_run_tells_nothing_of_what_came_after_it_began(node: Node, clock: Clock) -> None:
    """One that outlives the pause, or that somebody resumed after, changes nothing when it ends."""
    api = node(pause_after_failures=1)
    hook = api.hook(MOODY)
    pauses = engine_of(api).pauses
    early = found(hook, api)

    def paused_meanwhile() -> None:
        run(pauses, found(hook, api), Outcome.CPU_LIMIT)

    assert run(pauses, early, Outcome.WALL_LIMIT, paused_meanwhile) == "wall-limit: said"
    before = paused(hook)
    assert before["failures"] == 1
    api.post("integrations.resume", integrationId=hook.id)

    def resumed_meanwhile() -> None:
        api.post("integrations.resume", integrationId=hook.id)

    seen = found(hook, api)
    assert run(pauses, seen, Outcome.WALL_LIMIT, resumed_meanwhile) == "wall-limit: said"
    assert paused(hook) is None

    def mended_meanwhile() -> None:
        api.post("integrations.update", integrationId=hook.id, script=script("return;"))

    seen = found(hook, api)
    assert run(pauses, seen, Outcome.WALL_LIMIT, mended_meanwhile) == "wall-limit: said"
    assert paused(hook) is None


def test_what_a_run_came_to_survives_a_database_that_fails(
    node: Node, caplog: pytest.LogCaptureFixture
) -> None:
    """That a failure could not be counted is logged, and is not the caller's trouble."""
    api = node(pause_after_failures=1)
    hook = found(api.hook(MOODY), api)
    with engine_of(api).database.write_connection() as connection:
        connection.execute(sa.text("DROP TABLE integration_pause"))
    assert run(engine_of(api).pauses, hook, Outcome.CPU_LIMIT) == "cpu-limit: said"
    assert "was not counted" in caplog.text


def test_a_removed_integration_leaves_nothing(node: Node) -> None:
    """Its failures go with it."""
    api = node(pause_after_failures=1)
    hook = api.hook(MOODY)
    run(engine_of(api).pauses, found(hook, api), Outcome.CPU_LIMIT)
    assert row_of(hook) is not None
    api.post("integrations.remove", integrationId=hook.id)
    assert row_of(hook) is None


def test_pauses_are_told_in_plain_words() -> None:
    """Seconds below a minute, then minutes."""
    assert [duration(step) for step in STEPS_S] == [
        "30 s",
        "1 min",
        "2 min",
        "5 min",
        "15 min",
        "30 min",
        "60 min",
    ]
