"""What holds of all outgoing calls: loops end, nobody waits for others, nothing is lost, nothing is told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from admin import create_app
from engine.journal import Entry
from engine.models import Message
from engine.outgoing.tables import OutgoingCall
from engine.outgoing.triggers import Triggers
from engine.runtime import Engine
from engine.web import the_engine
from tests.integration.admin_fixtures import Browser
from tests.internet import Internet, Seen, Server
from tests.outgoing import Outgoing, eventually, in_turn, payload, reply, script, steps
from tests.support import Api


@pytest.fixture
def out(api: Api) -> Outgoing:
    return Outgoing(api)


@pytest.fixture
def far(internet: Internet) -> Server:
    return internet.serve(in_turn(reply({"text": "an answer"})))


# -- loops ----------------------------------------------------------------------------------


def test_two_integrations_that_answer_each_other_stop(out: Outgoing, far: Server) -> None:
    """After five calls; the sixth is not made, and an execution says so."""
    ids = [out.create(far, name=name) for name in ("ping", "pong")]
    out.say("begin")
    ended = eventually(lambda: out.api.get("executions.list", outcome="hop-limit")["executions"])
    assert eventually(out.is_quiet)
    everything = [one for each in ids for one in out.api.executions(integrationId=each)]
    # Both answer the first message, so there are two chains of five.
    assert sum(one["outcome"] == "posted" for one in everything) == len(far.requests) == 10
    assert sum(one["outcome"] == "hop-limit" for one in everything) == 2
    assert "5 times" in ended[0]["summary"]
    assert out.texts() == ["begin", *["an answer"] * 10]
    sent = sorted(seen.header("X-Hooksmith-Hops") or "" for seen in far.requests)
    assert sent == ["1", "1", "2", "2", "3", "3", "4", "4", "5", "5"]


def test_a_chain_through_our_own_hook_is_counted(out: Outgoing, internet: Internet) -> None:
    """A far side that hands the header on, as a call of our own hook does by itself."""
    hook = out.api.hook()

    def behave(seen: Seen) -> Any:
        hops = seen.header("X-Hooksmith-Hops") or ""
        hook.post({"text": f"hop {hops}"}, headers={"X-Hooksmith-Hops": hops})
        yield reply({})

    out.create(internet.serve(behave))
    out.say("begin")
    eventually(lambda: out.api.get("executions.list", outcome="hop-limit")["executions"])
    assert eventually(out.is_quiet)
    assert out.texts() == ["begin", "hop 1", "hop 2", "hop 3", "hop 4", "hop 5"]


def test_a_script_cannot_take_the_count_away(out: Outgoing, far: Server) -> None:
    """It is set after the script has run."""
    out.create(far, script=script("request.headers['x-hooksmith-hops'] = '0'; return request;"))
    out.say("begin")
    out.execution()
    assert far.requests[0].header("X-Hooksmith-Hops") == "1"


# -- who waits for whom ---------------------------------------------------------------------


def test_a_slow_far_side_delays_no_other_integration(out: Outgoing, internet: Internet) -> None:
    """Nor the messages themselves, however many wait for it."""
    release = threading.Event()

    def behave(seen: Seen) -> Any:
        release.wait(60)
        yield reply({})

    slow, quick = internet.serve(behave), internet.serve(in_turn(reply({})))
    slow_id = out.create(slow, name="slow")
    for number in range(12):
        out.say(f"slow {number}")
    quick_id = out.create(quick, name="quick", triggerWords=["quick"])
    out.say("quick")
    assert out.execution(quick_id)["outcome"] == "nothing"
    assert out.api.executions(integrationId=slow_id) == []
    release.set()
    assert len(out.executions(slow_id, 13)) == 13


def test_a_message_without_listeners_costs_one_look_up(
    out: Outgoing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And that is remembered."""
    asked: list[Any] = []
    real = Triggers._read

    def read(self: Triggers) -> Any:
        asked.append(self)
        return real(self)

    monkeypatch.setattr(Triggers, "_read", read)
    hook = out.api.hook()
    hook.post({"text": "warm"})
    before = len(asked)
    for _ in range(5):
        hook.post({"text": "x"})
    assert len(asked) - before <= 2  # a second may pass in between
    with out.api.app.app_context():
        assert out.is_quiet()


def test_switched_off_means_no_call(out: Outgoing, far: Server) -> None:
    """And switching on again is noticed at once."""
    made = out.create(far, enabled=False)
    out.say("one")
    out.api.post("integrations.update", integrationId=made, enabled=True)
    out.say("two")
    out.execution()
    assert eventually(out.is_quiet)
    assert [payload(seen)["text"] for seen in far.requests] == ["two"]


def test_what_is_removed_calls_no_more(out: Outgoing, internet: Internet) -> None:
    """A retry that waits goes with its integration."""
    far = internet.serve(in_turn(reply(b"later", 503)))
    made = out.create(far, retryFailedCalls=True, retryDelay="powers-of-two")
    out.say("hi")
    out.execution()
    out.api.post("integrations.remove", integrationId=made)
    assert out.is_quiet()


# -- scripts --------------------------------------------------------------------------------


def test_store_and_secrets_work_and_are_not_held_during_the_call(
    out: Outgoing, internet: Internet
) -> None:
    """Two calls at the same time count to two, though each waits for the other's to be under way."""
    together = threading.Barrier(2)

    def behave(seen: Seen) -> Any:
        together.wait(30)
        yield reply({})

    far = internet.serve(behave)
    source = script(
        "Store.set('n', (Store.get('n') || 0) + 1); request.headers['X-Key'] = secrets.KEY; return request;",
        "Store.set('m', (Store.get('m') || 0) + 1); return { content: { text: `m ${Store.get('m')}` } };",
    )
    out.create(far, script=source, secrets={"KEY": "very secret value"}, triggerWords=["go"])
    out.say("go 1")
    out.say("go 2")
    done = out.executions(count=2)
    assert sorted(out.texts()[2:]) == ["m 1", "m 2"]
    assert {seen.header("X-Key") for seen in far.requests} == {"very secret value"}
    assert "very secret value" not in str(done)


def test_kept_instances_keep_what_they_know(out: Outgoing, far: Server) -> None:
    """From prepare to process, and from call to call, as in Rocket.Chat."""
    source = script(
        "this.n = (this.n || 0) + 1; return request;",
        "return { content: { text: `n ${this.n}` } };",
    )
    out.create(far, script=source, lifecycle="kept", triggerWords=["go"])
    for number in (1, 2):
        out.say("go")
        out.executions(count=number)
    assert out.texts() == ["go", "n 1", "go", "n 2"]


def test_a_script_that_never_ends_is_stopped_and_pauses_its_integration(
    make_engine: Callable[..., Engine], internet: Internet
) -> None:
    """After that its calls are refused, and say so, until the pause is over."""
    engine = make_engine(pause_after_failures=1)
    out = Outgoing(Api(create_app(engine=engine)))
    far = internet.serve()
    out.create(far, script=script("for (;;) {}"), limits={"cpuS": 0.2})
    out.say("one")
    assert out.execution()["outcome"] == "cpu-limit"
    out.say("two")
    assert out.executions(count=2)[-1]["outcome"] == "paused"
    assert far.requests == []


# -- whom it may reach ----------------------------------------------------------------------


def test_a_script_cannot_turn_a_call_to_another_host_of_the_network(
    out: Outgoing, internet: Internet
) -> None:
    """What the administrator named may be anywhere; what a script names may not."""
    named, inner = internet.serve(in_turn(reply({"text": "x"}))), internet.serve()
    out.create(
        named, script=script(f"request.url = 'http://127.0.0.1:{inner.port}/'; return request;")
    )
    out.say("hi")
    execution = out.execution()
    assert (execution["outcome"], inner.requests) == ("call-failed", [])
    assert "HOOKSMITH_SCRIPT_FETCH_ALLOW" in execution["summary"]


def test_a_far_side_cannot_redirect_into_the_network(out: Outgoing, internet: Internet) -> None:
    """But within its own host."""
    inner = internet.serve()

    def behave(seen: Seen) -> Any:
        if seen.path == "/out":
            yield reply(b"", 307, Location="/moved")
        elif seen.path == "/moved":
            yield reply(b"", 307, Location=f"http://127.0.0.1:{inner.port}/")

    out.create(internet.serve(behave))
    out.say("hi")
    assert (out.execution()["outcome"], inner.requests) == ("call-failed", [])


@pytest.mark.parametrize(
    ("event", "call", "member"),
    [("roomCreated", "channels.create", "name"), ("userCreated", "users.create", "username")],
)
def test_a_chain_of_rooms_or_users_is_counted(
    out: Outgoing, internet: Internet, event: str, call: str, member: str
) -> None:
    """A bot that adds one for each that it is told of, and hands the header on."""

    def behave(seen: Seen) -> Any:
        hops = seen.header("X-Hooksmith-Hops") or ""
        headers = {**out.api.headers, "X-Hooksmith-Hops": hops}
        out.api.client.post(f"/api/v1/{call}", json={member: f"made{hops}"}, headers=headers)
        yield reply({})

    far = internet.serve(behave)
    out.create(far, event=event, targetRoom="#general")
    first: dict[str, Any] = {member: "made0"}
    out.api.post(call, **first)
    eventually(lambda: out.api.get("executions.list", outcome="hop-limit")["executions"])
    assert eventually(out.is_quiet)
    assert len(far.requests) == 5


def test_a_chain_of_edits_is_counted(out: Outgoing, internet: Internet) -> None:
    """A bot that edits what it is told of, and hands the header on, comes to an end as well."""

    def behave(seen: Seen) -> Any:
        told = payload(seen)
        headers = {**out.api.headers, "X-Hooksmith-Hops": seen.header("X-Hooksmith-Hops") or ""}
        out.api.client.post(
            "/api/v1/chat.update",
            json={
                "roomId": told["channel_id"],
                "msgId": told["message_id"],
                "text": told["text"] + "!",
            },
            headers=headers,
        )
        yield reply({})

    far = internet.serve(behave)
    out.create(far, runOnEdits=True)
    out.say("begin")
    eventually(lambda: out.api.get("executions.list", outcome="hop-limit")["executions"])
    assert eventually(out.is_quiet)
    assert len(far.requests) == 5
    assert out.texts() == ["begin!!!!!"]


# -- odd far sides and odd scripts ------------------------------------------------------------


@pytest.fixture(params=["sqlite", "postgresql"])
def anywhere(
    request: pytest.FixtureRequest, make_engine: Callable[..., Engine], postgres_url: Any
) -> Outgoing:
    """Outgoing integrations on each kind of database."""
    url = postgres_url() if request.param == "postgresql" else ""
    return Outgoing(Api(create_app(engine=make_engine(database_url=url))))


@pytest.mark.parametrize("dialect", ["rocketchat", "mattermost"])
def test_an_answer_that_nests_too_deep_to_be_stored_is_no_message(
    anywhere: Outgoing, internet: Internet, dialect: str
) -> None:
    """The call is over nevertheless, and not made again."""
    deep = b'{"text": "x", "customFields": %b}' % (b'{"a":' * 300 + b"1" + b"}" * 300)
    far = internet.serve(in_turn(reply(deep)))
    anywhere.create(far, dialect=dialect)
    anywhere.say("hi")
    assert anywhere.execution()["outcome"] == "nothing"
    assert eventually(anywhere.is_quiet)
    assert len(far.requests) == 1
    assert anywhere.texts() == ["hi"]


def test_a_call_whose_record_the_database_refuses_is_over(
    engine: Engine, out: Outgoing, internet: Internet
) -> None:
    """Whatever the reason, which nobody foresaw: it is in the log, and not made for ever."""
    far = internet.serve(in_turn(reply({"text": "poison"}), reply({"text": "wholesome"})))
    refuse = """
    CREATE TRIGGER refuse BEFORE INSERT ON execution_detail WHEN NEW.answer LIKE '%poison%'
    BEGIN SELECT RAISE(ABORT, 'none of that'); END
    """
    with engine.database.write() as session:
        session.execute(sa.text(refuse))
    out.create(far)
    out.say("hi")
    execution = out.execution()
    assert (execution["outcome"], execution["answer"]) == ("failed", "")
    assert "could not be stored" in execution["summary"]
    assert eventually(out.is_quiet)
    out.say("again")
    assert eventually(lambda: "wholesome" in out.texts())
    assert len(far.requests) == 2


@pytest.mark.parametrize(
    "prepare",
    [
        "request.url = 'http://['; return request;",
        "request.url = 'http://ada:hers@[/x'; return request;",
        "request.url += '\\u0000'; return request;",
        "request.url += '?\\u0000'; return request;",
        "request.method = 'GET\\u0000'; return request;",
    ],
)
def test_a_request_that_cannot_be_sent_ends_its_call(
    anywhere: Outgoing, far: Server, prepare: str
) -> None:
    """It is in the log, whatever the script put where an address or a method belongs."""
    anywhere.create(far, script=script(prepare))
    anywhere.say("hi")
    assert anywhere.execution()["outcome"] == "call-failed"
    assert eventually(anywhere.is_quiet)
    assert far.requests == []


# -- the log --------------------------------------------------------------------------------


def test_credentials_of_a_call_are_dots(out: Outgoing, far: Server) -> None:
    """In the address, in headers, in what was sent, in the steps."""
    url = f"http://ada:hers@127.0.0.1:{far.port}/out?token=in-the-query"
    out.create(
        urls=[url], script=script("request.headers.Authorization = 'Bearer abc'; return request;")
    )
    out.say("hi")
    execution = out.execution()
    assert far.requests[0].path == "/out?token=in-the-query"
    shown = str({**execution, "result": None})
    for secret in ("hers", "in-the-query", "Bearer abc", "a token to know it by"):
        assert secret not in shown


def test_a_call_that_another_process_has_taken_is_not_stored_twice(
    out: Outgoing,
) -> None:
    """A process that lost its lease stores nothing: whoever has it now does."""
    taken = threading.Event()
    go_on = threading.Event()

    def behave(seen: Seen) -> Any:
        taken.set()
        go_on.wait(30)
        yield reply({"text": "late"})

    slow = Server(behave)
    try:
        out.create(slow)
        out.say("hi")
        assert taken.wait(30)
        with out.api.app.app_context():
            database = the_engine().database
        with database.write() as session:
            session.execute(sa.update(OutgoingCall).values(lease_owner="another"))
        go_on.set()
        eventually(lambda: not any(t.name.startswith("outgoing-") for t in threading.enumerate()))
        assert out.api.executions(integrationId=out.ids[0]) == []
        assert out.texts() == ["hi"]
        with database.write() as session:
            session.execute(sa.update(OutgoingCall).values(lease_owner=None, lease_until=None))
        assert out.execution()["outcome"] == "posted"
        assert out.texts() == ["hi", "late"]
    finally:
        go_on.set()
        slow.close()


def test_what_was_said_before_a_call_is_not_said_again_when_the_call_is_taken_over(
    out: Outgoing,
) -> None:
    """A process that dies after it posted the script's message leaves the call, not the message, to others."""
    go_on = threading.Event()

    def behave(seen: Seen) -> Any:
        go_on.wait(30)
        yield reply({"text": "found"})

    slow = Server(behave)
    try:
        out.create(slow, script=script("request.message = { text: 'looking' }; return request;"))
        out.say("hi")
        eventually(lambda: slow.requests)
        with out.api.app.app_context():
            database = the_engine().database
        with database.write() as session:
            session.execute(sa.update(OutgoingCall).values(lease_owner="dead", lease_until=None))
        go_on.set()
        assert out.execution()["outcome"] == "posted"
        assert len(slow.requests) == 2
        assert out.texts() == ["hi", "looking", "found"]
    finally:
        go_on.set()
        slow.close()


def test_edits_trigger_where_that_is_wanted(out: Outgoing, far: Server) -> None:
    """They are told to be edits."""
    wants = out.create(far, runOnEdits=True, triggerWords=["hi"])
    wants_not = out.create(far, triggerWords=["hi"])
    out.say("hi")
    for one in (wants, wants_not):
        out.execution(one)
    message = next(one for one in out.api.messages() if one["msg"] == "hi")
    with out.api.app.app_context():
        engine = the_engine()
    with engine.database.read() as session:
        row = session.get_one(Message, message["_id"])
        members = {column.key: getattr(row, column.key) for column in Message.__table__.columns}
    entry = Entry()
    ringing = engine.triggers.announce(entry, [members], edited=True)
    engine.journal.store(entry)
    ringing.ring()
    out.executions(wants, 2)
    assert eventually(out.is_quiet)
    assert len(out.api.executions(integrationId=wants_not)) == 1
    assert payload(far.requests[-1])["isEdited"] is True
    assert "isEdited" not in payload(far.requests[0])
    assert steps(out.executions(wants, 2)[-1])[-1] == "url-response-sent-message"


# -- trying ---------------------------------------------------------------------------------


def test_a_trial_calls_nobody_and_posts_nothing(out: Outgoing, far: Server) -> None:
    """It shows what would be sent, and messages that would be posted before; its execution is a test."""
    made = out.create(far, script=script("return { message: { text: 'saved' } };"))
    saved = out.api.post("integrations.test", integrationId=made, body='{"text": "hi"}')
    assert (saved["request"], [one["msg"] for one in saved["messages"]]) == (None, ["saved"])
    source = script(
        "request.data = { told: request.data.text }; console.log('ran'); return request;"
    )
    tried = out.api.post(
        "integrations.test", integrationId=made, script=source, body='{"text": "hi"}'
    )
    assert (tried["request"]["method"], tried["request"]["body"]) == ("POST", '{"told":"hi"}')
    execution = out.api.get("executions.get", executionId=tried["executionId"])["execution"]
    assert (execution["kind"], execution["console"][0]["text"]) == ("test", "ran")
    assert (far.requests, out.texts()) == ([], [])
    refused = out.api.post("integrations.test", 400, integrationId=made, body="no JSON")
    assert refused["details"]["field"] == "body"


def test_kinds_of_executions_can_be_told_apart(out: Outgoing, far: Server) -> None:
    """An incoming one has no steps, and an outgoing one is no hook."""
    out.create(far)
    hook = out.api.hook()
    hook.post({"text": "x"})
    outgoing = out.execution()
    assert (hook.last()["kind"], hook.last()["steps"]) == ("hook", [])
    assert (outgoing["kind"], bool(outgoing["steps"])) == ("outgoing", True)
    assert eventually(out.is_quiet)
    listed = {
        kind: {one["kind"] for one in out.api.get("executions.list", kind=kind)["executions"]}
        for kind in ("hook", "outgoing")
    }
    assert listed == {"hook": {"hook"}, "outgoing": {"outgoing"}}


def test_an_answer_goes_to_remote_destinations_too(
    out: Outgoing, far: Server, internet: Internet
) -> None:
    """Those of the integration, in the same transaction as the room's message."""
    remote = internet.serve(in_turn(reply({"success": True})))
    made = out.api.post(
        "destinations.create",
        type="webhook",
        name="Remote",
        url=f"http://127.0.0.1:{remote.port}/in",
    )["destination"]["_id"]
    out.create(far, destinations=["rooms", made])
    out.say("hi")
    execution = out.execution()
    eventually(lambda: remote.requests)
    (delivery,) = out.api.get("deliveries.list")["deliveries"]
    assert delivery["executionId"] == execution["_id"]
    assert "an answer" in remote.requests[0].body.decode()
    assert out.texts() == ["hi", "an answer"]


def test_what_the_pages_make_triggers_as_what_the_api_makes(
    out: Outgoing, far: Server, app: Flask
) -> None:
    """Rooms and users; and the pages show the executions and integrations of both types."""
    browser = Browser(app)
    browser.log_in()
    room = out.create(far, event="roomCreated", name="Rooms")
    user = out.create(far, event="userCreated", targetRoom="#general", name="Users")
    assert browser.post("/admin/rooms/", name="made-here").status_code == 302
    assert browser.post("/admin/users/new/", username="made-too", kind="bot").status_code == 302
    for one in (room, user):
        execution = out.execution(one)
        assert execution["outcome"] == "posted"
        for page in (
            f"/admin/logs/{execution['_id']}/",
            "/admin/logs/",
            f"/admin/integrations/{one}/",
            "/admin/integrations/",
            "/admin/",
        ):
            assert browser.get(page, follow_redirects=True).status_code == 200
