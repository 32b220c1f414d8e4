"""One try of an outgoing call is one instance of its script: what prepare remembers, process finds."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from engine.outgoing.trials import Answered
from engine.sandbox.pool import Pool
from engine.users import find_by_username
from engine.web import the_engine
from tests.internet import Internet, Server
from tests.outgoing import Outgoing, eventually, in_turn, reply, script
from tests.support import Api

#: `this`, a variable of the script, and an undeclared one.
REMEMBERS = "let made = 0; let text;\n" + script(
    "made += 1; this.n = (this.n || 0) + 1; text = request.data.text; loose = text + '!';"
    " this.hi = () => text; return request;",
    "return { content: { text: JSON.stringify([made, this.n, this.hi(), loose]) } };",
)


@pytest.fixture
def out(api: Api) -> Outgoing:
    return Outgoing(api)


@pytest.fixture
def far(internet: Internet) -> Server:
    return internet.serve(in_turn(reply({})))


def warnings(execution: dict[str, Any]) -> list[str]:
    """Return what Hooksmith itself says in an execution's console."""
    return [line["text"] for line in execution["console"] if line["text"].startswith("Hooksmith:")]


def test_process_finds_what_prepare_remembered_and_no_other_call_does(
    out: Outgoing, far: Server
) -> None:
    """In `this`, in a variable, and in what both close over, under the lifecycle per-request."""
    out.create(far, script=REMEMBERS, triggerWords=["go"])
    for number in (1, 2, 3):
        out.say(f"go {number}")
        execution = out.executions(count=number)[-1]
        assert (execution["outcome"], warnings(execution)) == ("posted", [])
    assert [text for text in out.texts() if text.startswith("[")] == [
        f'[1,1,"go {number}","go {number}!"]' for number in (1, 2, 3)
    ]


def test_calls_under_way_at_once_have_an_instance_each(out: Outgoing, internet: Internet) -> None:
    """However their answers come."""
    all_called = threading.Barrier(4, timeout=30)

    def behave(_seen: Any) -> Any:
        all_called.wait()
        yield reply({})

    out.create(internet.serve(behave), script=REMEMBERS, triggerWords=["go"])
    for number in range(4):
        out.say(f"go {number}")
    out.executions(count=4)
    posted = sorted(text for text in out.texts() if text.startswith("["))
    assert posted == [f'[1,1,"go {number}","go {number}!"]' for number in range(4)]


def test_a_retry_begins_anew(out: Outgoing, internet: Internet) -> None:
    """Its prepare runs again, as in Rocket.Chat, in an instance of its own."""
    far = internet.serve(in_turn(reply({}, 503), reply({})))
    source = script(
        "this.n = (this.n || 0) + 1; return request;",
        "return response.status_code === 200 ? { content: { text: `n ${this.n}` } } : undefined;",
    )
    members = {"retryFailedCalls": True, "retryCount": 2, "retryDelay": "powers-of-ten"}
    out.create(far, script=source, triggerWords=["go"], **members)
    out.say("go")
    out.executions(count=2)
    assert out.texts() == ["go", "n 1"]


def test_a_replay_and_a_test_have_one_instance_too(out: Outgoing, far: Server, api: Api) -> None:
    """The saved script, and one that is only tried."""
    made = out.create(far, script=REMEMBERS, triggerWords=["go"])
    out.say("go 1")
    before = out.execution()
    api.post("executions.replay", executionId=before["_id"])
    assert out.texts()[-1] == '[1,1,"go 1","go 1!"]'
    with api.app.app_context():
        engine = the_engine()
        with engine.database.read() as session:
            user = find_by_username(session, "admin")
        assert user is not None
        for source in (None, f"{REMEMBERS}// not saved"):
            tried = engine.outgoing.test(made, {"text": "go 2"}, user, source, Answered(200, "{}"))
            assert [one["msg"] for one in tried.messages] == ['[1,1,"go 2","go 2!"]']
        assert engine.pool.instances()["held"] == 0


@pytest.mark.parametrize(
    "source",
    [
        script("return null;", "return false;"),
        script("throw new Error('x');"),
        script("return { message: { text: 'pong' } };"),
        script("request.url = 'http://127.0.0.1:1/'; return request;"),
    ],
)
def test_a_call_that_ends_early_holds_nothing(
    out: Outgoing, far: Server, api: Api, source: str
) -> None:
    """Nothing to call, an error, only a message, or nobody there."""
    out.create(far, script=source, triggerWords=["go"])
    out.say("go")
    out.execution()
    with api.app.app_context():
        assert the_engine().pool.instances()["held"] == 0


def test_slow_far_sides_occupy_no_sandbox(out: Outgoing, internet: Internet, api: Api) -> None:
    """With more calls under way than there are workers, a hook's script runs at once."""
    release = threading.Event()

    def behave(_seen: Any) -> Any:
        release.wait(60)
        yield reply({})

    slow = internet.serve(behave)
    for name in ("one", "two"):
        out.create(slow, name=name, script=REMEMBERS, triggerWords=["go"])
    for number in range(3):
        out.say(f"go {number}")
    with api.app.app_context():
        pool = the_engine().pool
    eventually(lambda: (pool.instances()["held"], pool.stats()["busy"]) == (6, 0))
    hook = api.hook(
        "class Script { process_incoming_request() { return { content: { text: 'quick' } } } }"
    )
    assert hook.post({"text": "x"}).status_code == 200
    (quick,) = api.executions(integrationId=hook.id)
    assert quick["queueMs"] < 1000
    release.set()
    for made in out.ids:
        done = out.executions(made, 3)
        assert [warnings(one) for one in done] == [[], [], []]
    assert pool.instances()["held"] == 0


def test_the_log_says_when_the_instance_is_gone(
    out: Outgoing, internet: Internet, pool: Pool
) -> None:
    """Process runs in a new one then, and the call ends as it would have."""

    def behave(_seen: Any) -> Any:
        before = list(pool._places.alive)
        for worker in before:
            worker.kill()
        eventually(lambda: pool.ready() and not set(before) & set(pool._places.alive))
        yield reply({})

    source = script("this.n = 7; return request;", "return { content: { text: `n ${this.n}` } };")
    out.create(internet.serve(behave), script=source, triggerWords=["go"])
    out.say("go")
    execution = out.execution()
    assert (execution["outcome"], out.texts()) == ("posted", ["go", "n undefined"])
    assert warnings(execution) == [
        "Hooksmith: this ran in a new instance of the script, without what the one before had in"
        " memory: its sandbox process ended"
    ]


def test_each_method_has_the_limits_of_a_run(out: Outgoing, far: Server) -> None:
    """CPU time of the one is not taken from the other's."""
    spend = "const until = Date.now() + 500; while (Date.now() < until);"
    source = script(
        f"{spend} return request;", f"{spend} return {{ content: {{ text: 'done' }} }};"
    )
    out.create(far, script=source, triggerWords=["go"], limits={"cpuS": 0.8})
    out.say("go")
    assert out.execution()["outcome"] == "posted"
    assert out.texts() == ["go", "done"]
