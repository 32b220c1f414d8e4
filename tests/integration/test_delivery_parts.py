"""Messages in several parts: sent once each, and with nothing in between."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from admin import create_app
from engine.runtime import Engine
from tests.integration.test_delivery import add, settled
from tests.sinks import OK, Got, Reply, Sink
from tests.support import Api

Make = Callable[..., Engine]
SOON = {"delivery_retry_s": "0.4", "delivery_timeout_s": 2.0}
#: Three messages where one has 600 characters.
PART = {"max_chars": 600}
LONG = " ".join(f"w{number:04}" for number in range(299))


@pytest.fixture
def sink() -> Iterator[Sink]:
    made = Sink()
    yield made
    made.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def both(request: pytest.FixtureRequest, make_engine: Make, postgres_url: Callable[[], str]) -> Api:
    """An application on each kind of database."""
    url = postgres_url() if request.param == "postgresql" else ""
    return Api(create_app(engine=make_engine(database_url=url, **SOON)))


@pytest.fixture
def quick(make_engine: Make) -> Api:
    return Api(create_app(engine=make_engine(**SOON)))


def part_of(got: Got) -> str:
    """Return a short name of what came: `long1` to `long3`, or the text."""
    found = re.match(r"w(\d{4})", got.text)
    return got.text if found is None else f"long{int(found[1]) // 99 + 1}"


def failing(name: str, status: int = 503, times: int = 1) -> Callable[[Got], Reply]:
    """Refuse a part so many times, and take everything else."""
    left = [times]

    def answer(got: Got) -> Reply:
        if part_of(got) == name and left[0]:
            left[0] -= 1
            return status, {}, b"not now"
        return OK

    return answer


def taken(sink: Sink, api: Api, count: int) -> list[str]:
    """Return what the far side has taken when all is settled, in order."""
    settled(api, count)
    return [part_of(got) for got in sink.got]


def post(api: Api, destination_id: str, *texts: str) -> None:
    """Post texts while the destination is paused, so that all of them are there when it begins."""
    api.post("destinations.pause", destinationId=destination_id)
    hook = api.hook(destinations=[destination_id])
    for text in texts:
        assert hook.post({"text": text}).status_code == 200
    api.post("destinations.resume", destinationId=destination_id)


def test_what_follows_waits_for_the_rest_of_a_message(both: Api, sink: Sink) -> None:
    """A 503 in the middle of three parts: nothing comes between them, though there is a retry."""
    sink.answer = failing("long2")
    post(both, add(both, sink, **PART), "before", LONG, "after", "last")
    assert taken(sink, both, 4) == ["before", "long1", "long2", "long2", "long3", "after", "last"]


def test_an_earlier_message_that_is_tried_again_waits_as_well(quick: Api, sink: Sink) -> None:
    """Its own retry falls between the parts, and comes after them."""
    answers = {"first": [503], "long2": [503, 503, 503]}

    def answer(got: Got) -> Reply:
        left = answers.get(part_of(got), [])
        return (left.pop(), {}, b"later") if left else OK

    sink.answer = answer
    post(quick, add(quick, sink, **PART), "first", LONG, "after")
    assert taken(sink, quick, 3) == [
        *("first", "long1", "long2", "long2", "long2", "long2", "long3"),
        *("first", "after"),
    ]


def test_parts_stay_together_when_several_are_sent_at_once(quick: Api, sink: Sink) -> None:
    """With a concurrency of eight, a long message goes alone, and holds the others when it fails."""
    refuse = failing("long2", times=2)

    def answer(got: Got) -> Reply:
        time.sleep(0.02)
        return refuse(got)

    sink.answer = answer
    texts = [f"s{number}" for number in range(12)]
    post(quick, add(quick, sink, concurrency=8, **PART), *texts[:6], LONG, *texts[6:])
    order = taken(sink, quick, 13)
    begin = order.index("long1")
    assert order[begin : begin + 5] == ["long1", "long2", "long2", "long2", "long3"]
    assert sorted(order[:begin] + order[begin + 5 :]) == sorted(texts)


@pytest.mark.parametrize("concurrency", [1, 4])
def test_the_others_go_on_after_a_while(make_engine: Make, sink: Sink, concurrency: int) -> None:
    """When the rest cannot be sent for so long, what follows is sent, and the rest later."""
    quick = Api(create_app(engine=make_engine(**{**SOON, "delivery_hold_s": 1.0})))
    sink.answer = failing("long2", times=6)
    far = add(quick, sink, concurrency=concurrency, **PART)
    post(quick, far, LONG)
    # Sent at once, the shorter one might go before the other has begun.
    assert [part_of(got) for got in sink.wait_for(2)][:2] == ["long1", "long2"]
    post(quick, far, "after")
    order = taken(sink, quick, 2)
    assert order.index("after") > order.index("long2") + 1
    assert order[-2:] == ["long2", "long3"]
    first, after = sink.got[0].at, next(got.at for got in sink.got if got.text == "after")
    assert after - first > 0.9


def test_a_message_that_is_given_up_holds_nobody(quick: Api, sink: Sink) -> None:
    """A 400 at the second part ends it; what follows is sent, and Retry goes on with that part."""
    sink.answer = failing("long2", 400)
    far = add(quick, sink, **PART)
    post(quick, far, LONG, "after")
    assert taken(sink, quick, 2) == ["long1", "long2", "after"]
    [failed] = quick.get("deliveries.list", state="failed")["deliveries"]
    quick.post("deliveries.retry", deliveryId=failed["_id"])
    assert taken(sink, quick, 2)[3:] == ["long2", "long3"]
    quick.post("deliveries.retry", 400, deliveryId=failed["_id"])


def test_retrying_all_that_failed_repeats_no_part(quick: Api, sink: Sink) -> None:
    """The same of a whole destination's failed messages."""
    sink.answer = failing("long3", 400)
    far = add(quick, sink, **PART)
    post(quick, far, LONG)
    settled(quick, 1)
    assert quick.post("deliveries.retry", destinationId=far)["count"] == 1
    assert taken(sink, quick, 1) == ["long1", "long2", "long3", "long3"]


def test_a_delivery_says_what_it_waits_for(quick: Api, sink: Sink) -> None:
    """In the API and on its page: which message is being continued, and until when it waits."""
    sink.answer = failing("long2", times=1_000)
    far = add(quick, sink, **PART)
    post(quick, far, LONG, "after")
    sink.wait_for(3)
    waiting, long = quick.get("deliveries.list")["deliveries"]
    found: Any = quick.get("deliveries.get", deliveryId=waiting["_id"])["delivery"]
    assert found["waitsFor"]["deliveryId"] == long["_id"]
    assert found["waitsFor"]["until"] > found["createdAt"]
    assert quick.get("deliveries.get", deliveryId=long["_id"])["delivery"]["waitsFor"] is None
    assert [part_of(got) for got in sink.got].count("after") == 0
    quick.post("deliveries.cancel", deliveryId=long["_id"])
    assert taken(sink, quick, 2)[-1] == "after"
