"""What goes of deliveries, messages and what belongs to them, and what stays, on both databases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from admin import create_app
from engine import destinations
from engine.db import Database, utcnow
from engine.delivery.ledger import Ledger
from engine.delivery.retention import Reach, cancel_orphans, forget_paces, prune_deliveries
from engine.delivery.tables import Attempt, Delivery, DeliveryState, Lane, Pace
from engine.ids import new_sortable_id, sortable_prefix
from engine.models import Message
from engine.retention import Pruned, prune
from engine.runtime import Engine
from engine.settings import Settings
from tests.support import Api

ENDED = [DeliveryState.DELIVERED, DeliveryState.FAILED, DeliveryState.CANCELLED]


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest, make_engine: Callable[..., Engine]) -> Engine:
    """An engine on each kind of database."""
    if request.param == "sqlite":
        return make_engine()
    return make_engine(database_url=request.getfixturevalue("postgres_url")())


def id_of(age_days: float) -> str:
    """Return an id as it was made so many days ago."""
    made = utcnow() - dt.timedelta(days=age_days)
    return sortable_prefix(made.timestamp()) + new_sortable_id()[11:]


def add(
    database: Database,
    age_days: float,
    state: str,
    *,
    ended_days: float | None = None,
    attempts: int = 2,
    destination_id: str = "far",
) -> str:
    """Store a delivery that was made so many days ago, with its attempts; return its id."""
    made = utcnow() - dt.timedelta(days=age_days)
    ended = (
        None if state == DeliveryState.PENDING else age_days if ended_days is None else ended_days
    )
    delivery = Delivery(
        id=id_of(age_days),
        destination_id=destination_id,
        state=state,
        message={"text": "a"},
        created_at=made,
        next_at=utcnow() + dt.timedelta(days=1),
        finished_at=None if ended is None else utcnow() - dt.timedelta(days=ended),
    )
    with database.write() as session:
        session.add(delivery)
        session.add_all(
            Attempt(
                id=new_sortable_id(),
                delivery_id=delivery.id,
                number=n + 1,
                part=1,
                started_at=made,
                duration_ms=1.0,
                result="delivered",
            )
            for n in range(attempts)
        )
    return delivery.id


def left(database: Database) -> set[str]:
    """Return the deliveries that are there; fail unless exactly theirs are the attempts."""
    with database.read() as session:
        ids = set(session.scalars(sa.select(Delivery.id)))
        assert set(session.scalars(sa.select(Attempt.delivery_id))) == ids
    return ids


def test_what_ended_goes_with_its_attempts_and_what_waits_stays(either: Engine) -> None:
    """However it ended; a delivery that waits is as old as it likes."""
    database = either.database
    for state in ENDED:
        add(database, 40, state)
    kept = {add(database, 29, state) for state in ENDED}
    kept |= {add(database, age, DeliveryState.PENDING) for age in (400, 40, 1)}
    assert prune(database, Settings()) == Pruned(0, 3, 0)
    assert left(database) == kept
    assert prune(database, Settings()) == Pruned(0, 0, 0)


def test_what_was_held_up_can_be_looked_at_when_it_has_arrived(either: Engine) -> None:
    """Its time begins when it ends, not when it was made."""
    database = either.database
    late = add(database, 40, DeliveryState.DELIVERED, ended_days=1)
    add(database, 80, DeliveryState.DELIVERED, ended_days=31)
    assert prune(database, Settings()).deliveries == 1
    assert left(database) == {late}


def test_only_the_newest_are_kept_when_there_are_too_many(either: Engine) -> None:
    """Also what was made lately, and whatever it belongs to; what waits counts, but stays."""
    database = either.database
    ids = [add(database, age, DeliveryState.DELIVERED) for age in (5, 4, 3, 2, 1)]
    waiting = add(database, 6, DeliveryState.PENDING)
    assert prune(database, Settings(retention_executions=2)).deliveries == 3
    assert left(database) == {waiting, *ids[-2:]}


def test_deliveries_go_with_the_executions_that_no_longer_fit(
    make_engine: Callable[..., Engine],
) -> None:
    """What is to be delivered counts for the size of the log, and goes together with it."""
    engine = make_engine()
    api = Api(create_app(engine=engine))
    far = api.post("destinations.create", type="slack", name="Far", url="http://127.0.0.1:9/x")
    far_id = far["destination"]["_id"]
    api.post("destinations.pause", destinationId=far_id)
    hook = api.hook(destinations=[far_id])
    sizes = []
    for text in ("short", "long " * 900):
        hook.post({"text": text})
        sizes.append(api.get("executions.list", count=1)["executions"][0])
    with engine.database.write() as session:
        destinations.cancel_all(session, far_id)
    assert prune(engine.database, Settings(retention_bytes=16_000)) == Pruned(1, 1, 0)
    [remaining] = api.get("deliveries.list")["deliveries"]
    assert remaining["message"]["text"].startswith("long")
    assert remaining["executionId"] == sizes[1]["_id"]
    assert prune(engine.database, Settings(retention_bytes=12_000)) == Pruned(1, 1, 0)


def test_deliveries_go_in_steps(either: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many have to go, no transaction deletes more rows than a step."""
    monkeypatch.setattr("engine.delivery.retention.STEP", 3)
    most = []

    def count(conn: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("DELETE"):
            most.append(cursor.rowcount)

    database = either.database
    for _ in range(8):
        add(database, 40, DeliveryState.DELIVERED, attempts=7)
    stays = add(database, 41, DeliveryState.PENDING)
    sa.event.listen(database.engine, "after_cursor_execute", count)
    assert prune(database, Settings()).deliveries == 8
    assert left(database) == {stays}
    assert max(most) == 3


def test_what_is_tried_again_meanwhile_stays(either: Engine) -> None:
    """Between looking for it and deleting it somebody presses Retry."""
    database = either.database
    api = Api(create_app(engine=either))
    far = api.post("destinations.create", type="slack", name="Far", url="http://127.0.0.1:9/x")
    far_id = far["destination"]["_id"]
    api.post("destinations.pause", destinationId=far_id)
    old = add(database, 40, DeliveryState.FAILED, destination_id=far_id)
    found: list[str] = []

    def retry(conn: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("SELECT delivery.id") and not found:
            found.append(statement)
            api.post("deliveries.retry", deliveryId=old)

    sa.event.listen(database.engine, "after_cursor_execute", retry)
    assert prune_deliveries(database, Reach("~", "~", utcnow())) == 0
    assert found
    with database.read() as session:
        assert session.get_one(Delivery, old).state == DeliveryState.PENDING


def test_what_waits_for_a_destination_that_is_gone_is_cancelled(either: Engine) -> None:
    """A node that has not yet heard of the removal may store one; nobody would ever send it."""
    api = Api(create_app(engine=either))
    far = api.post("destinations.create", type="slack", name="Far", url="http://127.0.0.1:9/x")
    far_id = far["destination"]["_id"]
    api.post("destinations.pause", destinationId=far_id)
    stays = add(either.database, 1, DeliveryState.PENDING, destination_id=far_id)
    orphan = add(either.database, 1, DeliveryState.PENDING, destination_id="nobody")
    assert cancel_orphans(either.database, utcnow()) == 1
    assert cancel_orphans(either.database, utcnow()) == 0
    with either.database.read() as session:
        assert session.get_one(Delivery, stays).state == DeliveryState.PENDING
        gone = session.get_one(Delivery, orphan)
    assert (gone.state, gone.last_reason) == ("cancelled", "its destination was removed")


def test_a_removed_destination_leaves_neither_lane_nor_pace(either: Engine) -> None:
    """Its lane goes with it, its pace when its moment has long passed; a moment to come stays."""
    api = Api(create_app(engine=either))
    far = api.post("destinations.create", type="slack", name="Far", url="http://127.0.0.1:9/x")
    api.post("destinations.remove", destinationId=far["destination"]["_id"])
    with either.database.write() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Lane)) == 0
        for key, hours in (("to:gone", -2.0), ("googlechat:x", 0.1)):
            session.add(Pace(key=key, next_at=utcnow() + dt.timedelta(hours=hours)))
    forget_paces(either.database, utcnow())
    with either.database.read() as session:
        assert session.scalars(sa.select(Pace.key)).all() == ["googlechat:x"]


def test_turns_are_taken_one_after_the_other(either: Engine) -> None:
    """Whether there was a row already or not, and after it was deleted."""
    ledger = Ledger(either.database, either.vault, "test")
    assert ledger.reserve("far", 60) == 0
    assert ledger.reserve("far", 60) == pytest.approx(60, abs=10)
    assert ledger.reserve("far", 60) == pytest.approx(120, abs=10)
    forget_paces(either.database, utcnow() + dt.timedelta(hours=2))
    assert ledger.reserve("far", 60) == 0


def test_messages_stay_unless_a_time_is_set(either: Engine) -> None:
    """With one, the older go and the others stay."""
    api = Api(create_app(engine=either))
    hook = api.hook()
    for text in ("old", "new"):
        hook.post({"text": text})
    with either.database.write() as session:
        before = session.scalar(sa.select(sa.func.count(Message.id)))
        session.execute(sa.update(Message).where(Message.msg == "old").values(id=id_of(400)))
    assert prune(either.database, Settings()).messages == 0
    assert prune(either.database, Settings(retention_messages_days=399)).messages == 1
    assert api.messages()[0]["msg"] == "new"
    with either.database.read() as session:
        assert session.scalar(sa.select(sa.func.count(Message.id))) == (before or 0) - 1
