"""What requests look up is kept in memory until it changes, and by nothing else is it thrown away."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from admin import create_app
from engine import cache as caches
from engine import db
from engine.cache import ReadCache
from engine.db import Model, utcnow
from engine.delivery.presence import Presence
from engine.delivery.tables import Lane
from engine.models import Meta
from engine.retention import prune
from engine.runtime import Engine
from tests.sinks import Sink
from tests.support import PASSWORD, Api, Hook, script

POST = script("return { content: { text: request.content.text } }")


@pytest.fixture(autouse=True)
def _kept_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second may pass in a test without that saying anything."""
    monkeypatch.setattr(caches, "MAX_AGE_S", 1e6)


@pytest.fixture
def sink() -> Iterator[Sink]:
    made = Sink()
    yield made
    made.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def api(
    request: pytest.FixtureRequest,
    make_engine: Callable[..., Engine],
    postgres_url: Callable[[], str],
) -> Api:
    """An application on each kind of database."""
    url = postgres_url() if request.param == "postgresql" else ""
    return Api(create_app(engine=make_engine(database_url=url)))


@pytest.fixture
def engine(api: Api) -> Engine:
    found: Engine = api.app.extensions["hooksmith"]
    return found


@contextmanager
def reads(engine: Engine) -> Iterator[list[str]]:
    """Collect the SELECTs that hooks' caches make: those of the thread that calls."""

    caller, found = threading.get_ident(), list[str]()

    def note(conn: Any, cursor: Any, statement: str, *_: Any) -> None:
        if threading.get_ident() == caller and statement.startswith("SELECT"):
            found.append(statement)

    sa.event.listen(engine.database.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        sa.event.remove(engine.database.engine, "before_cursor_execute", note)


def with_destination(api: Api, sink: Sink, **members: Any) -> Hook:
    far = api.post(
        "destinations.create", type="rocketchat", name="Far", url=f"{sink.url}/hooks/a/b"
    )["destination"]["_id"]
    return api.hook(POST, destinations=["rooms", far], **members)


def test_a_hook_with_a_destination_reads_nothing_from_the_database(
    api: Api, engine: Engine, sink: Sink
) -> None:
    """As one without: what is delivered meanwhile, and let go of afterwards, changes nothing of it."""
    hook = with_destination(api, sink)
    assert hook.post({"text": "the first reads"}).status_code == 200
    for number in range(1, 6):
        # The one before is delivered, and its destination released, before the next comes.
        sink.wait_for(number)
        _wait_until_released(engine)
        with reads(engine) as found:
            assert hook.post({"text": str(number)}).status_code == 200
        assert found == []


def test_a_destination_that_is_gone_is_looked_for_once(
    api: Api, engine: Engine, sink: Sink
) -> None:
    """A hook that names one does not pay for it with every request."""
    hook = with_destination(api, sink)
    [far] = [one for one in api.get("destinations.list")["destinations"] if one["name"] == "Far"]
    api.post("destinations.update", destinationId=far["_id"], enabled=False)
    assert hook.post({"text": "the first reads"}).status_code == 200
    with reads(engine) as found:
        assert hook.post({"text": "again"}).status_code == 200
    assert found == []
    assert "gone or disabled" in hook.last()["summary"]


def _wait_until_released(engine: Engine) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with engine.database.read() as session:
            if not session.scalar(sa.select(sa.func.count()).where(Lane.lease_owner.is_not(None))):
                return
        time.sleep(0.01)
    raise AssertionError("the destination was not released")


@pytest.mark.parametrize(
    "write",
    [
        "login",
        "logout",
        "message",
        "deduplication",
        "retention",
        "presence",
        "retry",
        "meta",
    ],
)
def test_what_requests_do_not_look_up_empties_nothing(
    api: Api, engine: Engine, sink: Sink, write: str
) -> None:
    """Logins, messages, deliveries, old rows and reports of workers are none of a hook's business."""
    hook = with_destination(api, sink, deduplication={"header": "X-Id"})
    assert hook.post({"text": "a"}).status_code == 200
    _wait_until_released(engine)
    before = engine.database.generation
    if write in ("login", "logout"):
        Api(api.app)
        if write == "logout":
            api.post("logout")
    elif write == "message":
        api.post("chat.postMessage", channel="#general", text="hi")
    elif write == "deduplication":
        assert hook.post({"text": "b"}, headers={"X-Id": "1"}).status_code == 200
    elif write == "retention":
        prune(engine.database, engine.settings)
    elif write == "presence":
        Presence(engine.database, "host", "owner").close()
    elif write == "retry":
        [delivery] = api.get("deliveries.list")["deliveries"]
        api.client.post(
            "/api/v1/deliveries.retry", json={"deliveryId": delivery["_id"]}, headers=api.headers
        )
    else:
        with engine.database.write() as session:
            session.add(Meta(key="k", value={}))
    assert engine.database.generation == before


def test_what_requests_look_up_is_seen_at_once_when_it_changes(api: Api, sink: Sink) -> None:
    """An integration, its script, its user, a room, a destination: the next request sees it."""
    hook = with_destination(api, sink)

    def posted(**body: Any) -> tuple[int, str]:
        answer = hook.post({"text": "a", **body})
        return answer.status_code, api.messages()[0]["msg"]

    assert posted() == (200, "a")
    api.post(
        "integrations.update", integrationId=hook.id, script=script("return {content:{text:'b'}}")
    )
    assert posted() == (200, "b")
    api.post("integrations.update", integrationId=hook.id, enabled=False)
    assert posted()[0] == 503
    api.post("integrations.update", integrationId=hook.id, enabled=True, scriptEnabled=False)
    assert posted()[0] == 200
    assert posted(channel="#later")[0] == 400
    api.post("integrations.update", integrationId=hook.id, overrideDestinationChannelEnabled=True)
    api.post("channels.create", name="later")
    assert posted(channel="#later")[0] == 200
    [far] = [one for one in api.get("destinations.list")["destinations"] if one["name"] == "Far"]
    api.post("destinations.update", destinationId=far["_id"], enabled=False)
    assert posted()[0] == 200
    assert "gone or disabled" in hook.last()["summary"]


def test_caches_read_only_tables_whose_changes_empty_them(
    api: Api, engine: Engine, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table that somebody begins to cache and that is not named would be seen a second too late."""
    get, tables, inside = ReadCache.get, set[str](), []

    def watched(self: ReadCache, key: Any, read: Callable[[], Any]) -> Any:
        inside.append(key)
        try:
            return get(self, key, read)
        finally:
            inside.pop()

    def note(conn: Any, cursor: Any, statement: str, *_: Any) -> None:
        if inside:
            tables.update(re.findall(r'\b(?:FROM|JOIN) "?(\w+)"?', statement))

    monkeypatch.setattr(ReadCache, "get", watched)
    hook = with_destination(api, sink)
    api.post(
        "integrations.create",
        type="webhook-outgoing",
        event="sendMessage",
        channel="all_public_channels",
        urls=[f"{sink.url}/out"],
    )
    sa.event.listen(engine.database.engine, "before_cursor_execute", note)
    monkeypatch.setattr(caches, "MAX_AGE_S", -1.0)
    assert hook.post({"text": "a"}).status_code == 200
    assert hook.post({"text": "a", "channel": "@admin"}).status_code == 200
    assert tables
    assert tables <= db.CACHED_TABLES
    assert set(Model.metadata.tables) >= db.CACHED_TABLES


def test_another_process_notices_within_a_second(
    make_engine: Callable[..., Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What another node changed is read again when what is known has become old."""
    monkeypatch.setattr(caches, "MAX_AGE_S", 0.2)
    first = make_engine()
    second = make_engine(data_dir=first.settings.data_dir)
    here, there = Api(create_app(engine=first)), Api(create_app(engine=second))
    hook = here.hook(POST)
    elsewhere = Hook(there, hook.id, hook.token, hook.path)
    assert elsewhere.post({"text": "a"}).status_code == 200
    here.post("integrations.update", integrationId=hook.id, enabled=False)
    ends = utcnow().timestamp() + 5
    while elsewhere.post({"text": "a"}).status_code != 503:
        assert utcnow().timestamp() < ends


def test_the_password_of_these_tests_is_that_of_the_engine(api: Api) -> None:
    """A login that fails would write nothing and prove nothing."""
    answer = api.client.post("/api/v1/login", json={"user": "admin", "password": PASSWORD})
    assert answer.status_code == 200
