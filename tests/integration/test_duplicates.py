"""Deliveries that come again: at once, later, on another server, after a crash."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from admin import create_app
from engine.answers import Answer
from engine.db import utcnow
from engine.deduplication import Claim, Deduplicator, Repeated, StillRunning, forget_ended
from engine.deduplication.tables import DuplicateGuard
from engine.journal import Entry, Journal, NotStored
from engine.runtime import Engine
from tests.support import Api, Hook, script

POST = script("return { content: { text: request.content.text } }")
SLOW = (
    "class Script { async process_incoming_request({ request }) {"
    " await new Promise((done) => setTimeout(done, 400));"
    " return { content: { text: request.content.text }, response: { n: 1 } } } }"
)


@pytest.fixture(params=["sqlite", "postgresql"])
def any_engine(request: pytest.FixtureRequest, make_engine: Callable[..., Engine]) -> Engine:
    """An engine on each kind of database."""
    if request.param == "sqlite":
        return make_engine()
    return make_engine(database_url=request.getfixturevalue("postgres_url")())


@pytest.fixture
def any_api(any_engine: Engine) -> Api:
    return Api(create_app(engine=any_engine))


def once(api: Api, source: str | None = POST, **deduplication: Any) -> Hook:
    return api.hook(source, deduplication=deduplication)


def deliver(hook: Hook, number: str, text: str = "hi", **options: Any) -> TestResponse:
    return hook.post({"text": text}, headers={"X-GitHub-Delivery": number}, **options)


def at_once(calls: Sequence[Callable[[], TestResponse]]) -> list[TestResponse]:
    """Call all at the same moment; return the answers in the order of the calls."""
    answers: list[TestResponse | None] = [None] * len(calls)
    barrier = threading.Barrier(len(calls))

    def run(index: int) -> None:
        barrier.wait()
        answers[index] = calls[index]()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [answer for answer in answers if answer is not None]


def outcomes(api: Api) -> list[str]:
    return sorted(one["outcome"] for one in api.get("executions.list")["executions"])


# -- through the URL ----------------------------------------------------------------------------


def test_a_delivery_that_comes_again_is_answered_like_the_first(any_api: Api) -> None:
    """Same status and body, marked with the execution that ran; one message, a log row that says why."""
    source = script("return { content: { text: 'a' }, response: { ok: true, now: Date.now() } }")
    hook = once(any_api, source)
    first = deliver(hook, "1")
    again = deliver(hook, "1", "not even the same text")
    assert (again.status_code, again.get_json()) == (first.status_code, first.get_json())
    assert first.get_json()["ok"] is True
    assert "X-Duplicate-Of" not in first.headers
    assert again.headers["X-Duplicate-Of"] == first.headers["X-Execution-Id"]
    assert len(any_api.messages()) == 1
    logged = hook.last()
    assert again.headers["X-Execution-Id"] == logged["_id"]
    assert (logged["outcome"], logged["messageCount"], logged["runMs"]) == ("duplicate", 0, None)
    assert first.headers["X-Execution-Id"] in logged["summary"]


def test_two_at_the_same_moment_run_once(any_api: Api) -> None:
    """The second waits for the first one's answer: one run, one message, both get the same 200."""
    hook = once(any_api, SLOW)
    answers = at_once([lambda: deliver(hook, "1") for _ in range(4)])
    assert [one.status_code for one in answers] == [200] * 4
    assert [one.get_json() for one in answers] == [{"n": 1, "success": True}] * 4
    assert len(any_api.messages()) == 1
    assert outcomes(any_api) == ["duplicate"] * 3 + ["posted"]
    runs = [one for one in answers if "X-Duplicate-Of" not in one.headers]
    assert len(runs) == 1
    others = {one.headers.get("X-Duplicate-Of") for one in answers} - {None}
    assert others == {runs[0].headers["X-Execution-Id"]}


def test_two_servers_run_it_once(any_engine: Engine, make_engine: Callable[..., Engine]) -> None:
    """Servers that share nothing but the database do not run a delivery twice."""
    settings = any_engine.settings
    other = make_engine(data_dir=settings.data_dir, database_url=settings.database_url)
    hook = once(Api(create_app(engine=any_engine)), SLOW)
    there = Hook(Api(create_app(engine=other)), hook.id, hook.token, hook.path)
    answers = at_once([partial(deliver, one, "1") for one in (hook, there) * 2])
    assert [one.status_code for one in answers] == [200] * 4
    assert len(hook.api.messages()) == 1
    assert (
        deliver(there, "1").headers["X-Duplicate-Of"]
        == deliver(hook, "1").headers["X-Duplicate-Of"]
    )


def test_many_deliveries_at_once_run_once_each(any_api: Api) -> None:
    """Ten deliveries, each sent three times, mixed: ten messages, and nobody is refused."""
    hook = once(any_api)
    calls = [partial(deliver, hook, str(n), str(n)) for n in [*range(10)] * 3]
    assert {one.status_code for one in at_once(calls)} == {200}
    assert sorted(one["msg"] for one in any_api.messages()) == sorted(map(str, range(10)))


def test_a_failed_delivery_may_be_tried_again(any_api: Api) -> None:
    """Only what went well is final: after the script was mended the sender's next attempt runs."""
    hook = once(any_api, script("throw new Error('not yet')"))
    assert deliver(hook, "1").status_code == 400
    assert deliver(hook, "1").status_code == 400
    any_api.post("integrations.update", integrationId=hook.id, script=POST)
    assert "X-Duplicate-Of" not in deliver(hook, "1").headers
    assert "X-Duplicate-Of" in deliver(hook, "1").headers
    assert outcomes(any_api) == ["duplicate", "posted", "script-error", "script-error"]


def test_who_waits_for_one_that_fails_runs_itself(any_api: Api) -> None:
    """When the first one fails, the second is not told that: it runs."""
    failing = SLOW.replace("return {", "throw new Error('no'); return {")
    hook = once(any_api, failing)
    answers = at_once([lambda: deliver(hook, "1") for _ in range(2)])
    assert [one.status_code for one in answers] == [400, 400]
    assert outcomes(any_api) == ["script-error", "script-error"]


def test_who_waits_too_long_is_told_to_come_again(
    make_engine: Callable[..., Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 with Retry-After, not a 4xx that senders take as final; the log names the one that runs."""
    engine = make_engine()
    monkeypatch.setattr(engine.incoming._protection._deduplicator, "_wait_s", 0.1)
    hook = once(Api(create_app(engine=engine)), SLOW.replace("400", "1500"))
    answers = at_once([lambda: deliver(hook, "1") for _ in range(2)])
    refused = next(one for one in answers if one.status_code == 503)
    ran = next(one for one in answers if one.status_code == 200)
    assert refused.headers["Retry-After"] == "10"
    assert refused.get_json()["success"] is False
    logged = hook.api.get("executions.get", executionId=refused.headers["X-Execution-Id"])
    assert logged["execution"]["outcome"] == "in-progress"
    assert ran.headers["X-Execution-Id"] in logged["execution"]["summary"]
    assert deliver(hook, "1").headers["X-Duplicate-Of"] == ran.headers["X-Execution-Id"]


def test_without_an_id_or_without_the_setting_everything_runs(any_api: Api) -> None:
    """It is off by default, and what cannot be told apart is not thrown away."""
    for hook, number in ((any_api.hook(POST), "1"), (once(any_api), " ")):
        for _ in range(2):
            assert "X-Duplicate-Of" not in deliver(hook, number).headers
    assert len(any_api.messages()) == 4


def test_ids_belong_to_one_integration(any_api: Api) -> None:
    """Two hooks may get the same event, as GitHub sends it to every webhook that wants it."""
    for hook in (once(any_api), once(any_api)):
        assert "X-Duplicate-Of" not in deliver(hook, "1").headers
    assert len(any_api.messages()) == 2


def test_the_header_can_be_named(api: Api) -> None:
    """Then it is the only one that counts."""
    hook = once(api, header="X-My-Id")
    for own, other, duplicate in (("1", "a", False), ("1", "b", True), ("2", "a", False)):
        headers = {"X-My-Id": own, "X-GitHub-Delivery": other}
        answer = hook.post({"text": "x"}, headers=headers)
        assert ("X-Duplicate-Of" in answer.headers) is duplicate


def test_a_forged_request_cannot_take_a_delivery(api: Api) -> None:
    """Signatures are looked at first, so nobody can keep the real one out."""
    hook = once(api)
    verification = {"preset": "gitlab", "secret": "the token"}
    api.post("integrations.update", integrationId=hook.id, verification=verification)
    headers = {"Idempotency-Key": "1"}
    assert hook.post({"text": "forged"}, headers=headers).status_code == 401
    real = hook.post({"text": "real"}, headers={**headers, "X-Gitlab-Token": "the token"})
    assert real.status_code == 200
    assert "X-Duplicate-Of" not in real.headers
    assert [one["msg"] for one in api.messages()] == ["real"]
    assert hook.post({"text": "forged"}, headers=headers).status_code == 401


def test_replays_and_test_runs_are_wanted_again(api: Api) -> None:
    """What an administrator asks for is done, however often."""
    hook = once(api)
    first = deliver(hook, "1").headers["X-Execution-Id"]
    for _ in range(2):
        api.post("executions.replay", executionId=first)
    assert len(api.messages()) == 3


@pytest.mark.parametrize(
    ("deduplication", "field"),
    [
        (True, "deduplication"),
        ({"window": 5}, "deduplication.window"),
        ({"windowS": 59}, "deduplication.windowS"),
        ({"windowS": 30 * 86_400 + 1}, "deduplication.windowS"),
        ({"windowS": "3600"}, "deduplication.windowS"),
        ({"windowS": True}, "deduplication.windowS"),
        ({"header": "X Y"}, "deduplication.header"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(api: Api, deduplication: Any, field: str) -> None:
    """Nothing is guessed."""
    refused = api.post(
        "integrations.create",
        status=400,
        type="webhook-incoming",
        channel="#general",
        deduplication=deduplication,
    )
    assert refused["details"]["field"] == field


def test_the_setting_is_shown_whole(api: Api) -> None:
    """A day unless told otherwise; null switches it off."""
    hook = once(api)
    assert api.get("integrations.get", integrationId=hook.id)["integration"]["deduplication"] == {
        "windowS": 86_400,
        "header": "",
    }
    shown = api.post("integrations.update", integrationId=hook.id, deduplication=None)
    assert shown["integration"]["deduplication"] is None


# -- the store ----------------------------------------------------------------------------------


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = utcnow()

    def __call__(self) -> dt.datetime:
        return self.now

    def pass_s(self, seconds: float) -> None:
        self.now += dt.timedelta(seconds=seconds)


LEASE_S, WINDOW_S = 60.0, 3600.0


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def guard(any_engine: Engine, clock: Clock) -> Iterator[Deduplicator]:
    """A store of its own on the engine's database."""
    journal = Journal(any_engine.database)
    yield Deduplicator(any_engine.database, journal, LEASE_S, wait_s=0.05, clock=clock)
    journal.close()


def settle(engine: Engine, claim: Claim | Repeated, answer: Answer | None) -> None:
    """Do what storing the record of a run does."""
    assert isinstance(claim, Claim)
    claim.answer = answer
    entry = Entry()
    claim.settle(entry)
    engine.journal.store(entry)


OK = Answer(200, {"ok": True, "text": "ü\x00"}, {"X-Said": "yes"})


def test_an_answer_is_repeated_until_its_window_ends(
    any_engine: Engine, guard: Deduplicator, clock: Clock
) -> None:
    """Body, status and headers; after the window the delivery is a new one."""
    settle(any_engine, guard.claim("i", "1", "first", WINDOW_S), OK)
    clock.pass_s(WINDOW_S - 1)
    assert guard.claim("i", "1", "second", WINDOW_S) == Repeated("first", OK)
    clock.pass_s(1)
    assert isinstance(guard.claim("i", "1", "third", WINDOW_S), Claim)


def test_a_claim_of_a_dead_server_is_taken_over_after_its_lease(
    any_engine: Engine, guard: Deduplicator, clock: Clock
) -> None:
    """Before, the delivery might still be running; a second at the same moment finds it taken again."""
    guard.claim("i", "1", "killed", WINDOW_S)
    clock.pass_s(LEASE_S - 1)
    with pytest.raises(StillRunning, match="killed"):
        guard.claim("i", "1", "early", WINDOW_S)
    clock.pass_s(1)
    taken = guard.claim("i", "1", "taker", WINDOW_S)
    with pytest.raises(StillRunning, match="taker"):
        guard.claim("i", "1", "late", WINDOW_S)
    settle(any_engine, taken, OK)
    assert guard.claim("i", "1", "later", WINDOW_S) == Repeated("taker", OK)


def test_a_run_that_lost_its_claim_stores_nothing(
    any_engine: Engine, guard: Deduplicator, clock: Clock
) -> None:
    """A server that slept through its lease does not double the message of who took over."""
    slept = guard.claim("i", "1", "slept", WINDOW_S)
    clock.pass_s(LEASE_S)
    taken = guard.claim("i", "1", "taker", WINDOW_S)
    with pytest.raises(NotStored):
        settle(any_engine, slept, OK)
    settle(any_engine, taken, OK)
    assert guard.claim("i", "1", "later", WINDOW_S) == Repeated("taker", OK)


@pytest.mark.parametrize("answer", [None, Answer(400, {}), Answer(503, {}), Answer(302, {})])
def test_what_did_not_succeed_is_not_remembered(
    any_engine: Engine, guard: Deduplicator, answer: Answer | None
) -> None:
    """The claim is given back with the log row of the failure."""
    settle(any_engine, guard.claim("i", "1", "first", WINDOW_S), answer)
    assert isinstance(guard.claim("i", "1", "second", WINDOW_S), Claim)


def test_only_so_many_wait(any_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Duplicates of a slow delivery cannot occupy every thread: who finds no place is told at once."""
    guard = Deduplicator(any_engine.database, any_engine.journal, LEASE_S, max_waiting=1)
    waits, ended = threading.Event(), threading.Event()

    def sleep(_: float) -> None:
        assert threading.current_thread() is waiter
        waits.set()
        ended.wait()

    monkeypatch.setattr("engine.deduplication.guard.time.sleep", sleep)
    first = guard.claim("i", "1", "first", WINDOW_S)
    found: list[Claim | Repeated] = []
    waiter = threading.Thread(target=lambda: found.append(guard.claim("i", "1", "w", WINDOW_S)))
    waiter.start()
    waits.wait()
    with pytest.raises(StillRunning, match="first"):
        guard.claim("i", "1", "other", WINDOW_S)
    settle(any_engine, first, OK)
    ended.set()
    waiter.join()
    assert found == [Repeated("first", OK)]


def test_ended_rows_are_deleted(any_engine: Engine, guard: Deduplicator, clock: Clock) -> None:
    """The table holds the deliveries of the window and no others."""
    for n in range(7):
        settle(any_engine, guard.claim("i", str(n), "old", 60), OK)
    settle(any_engine, guard.claim("i", "kept", "new", WINDOW_S), OK)
    clock.pass_s(60)
    assert forget_ended(any_engine.database, clock.now, at_most=3) == 7
    with any_engine.database.read() as session:
        assert session.scalars(sa.select(DuplicateGuard.execution_id)).all() == ["new"]
