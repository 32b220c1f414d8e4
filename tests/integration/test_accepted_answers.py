"""What a far side has taken is delivered and never sent again, whatever its answer looks like."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from admin import create_app
from engine import transports
from engine.delivery.courier import Courier
from engine.outbound.client import Outbound
from engine.runtime import Engine
from engine.transports.apprise import AppriseTransport
from engine.transports.message import CanonicalMessage, Result, Target
from tests.farsides.odd import ODD, OddSide
from tests.integration.test_delivery import settled
from tests.support import Api

Make = Callable[..., Engine]
_CONVERSATION = {"conversation_id": 1, "sender_id": "c"}
_REST = {"api": "rest", "channel": "#ops", "user_id": "u", "token": "t" * 20}
#: name -> type, path (the kind of answer follows), options, the vendor's answer.
FAR: dict[str, tuple[str, str, dict[str, Any], Any]] = {
    "rocketchat hook": ("rocketchat", "/hooks/id/t-", {}, {"success": True}),
    "rocketchat REST": (
        "rocketchat",
        "/base-{}/api/v1/chat.postMessage",
        _REST,
        {"channel": "x", "message": {"_id": "m"}, "success": True},
    ),
    "mattermost": ("mattermost", "/hooks/h-", {}, b"ok"),
    "kchat": ("kchat", "/hooks/h-", {}, {"id": "p1", "message": "x"}),
    "googlechat": (
        "googlechat",
        "/v1/spaces/s-{}/messages?key=k&token=t",
        {},
        {"name": "spaces/s/messages/m"},
    ),
    "slack": ("slack", "/services/T0/B0/s-", {}, b"ok"),
    "discord": ("discord", "/api/webhooks/223704706495545344/t-", {}, {"id": "1" * 18}),
    "teams connector": ("teams", "/webhook/x-", {}, b"1"),
    "teams workflow": ("teams", "/workflows/x-", {}, {"clientTrackingId": "x"}),
    "uchat": ("uchat", "/apichat/code-", _CONVERSATION, {"status": "ok"}),
    "webhook": ("webhook", "/x-", {}, {"received": True}),
    "apprise": ("apprise", "/notify/t-", {}, {}),
}


def address(far: OddSide, path: str, kind: str) -> str:
    base = far.base
    return base + (path.replace("-{}", f"-{kind}") if "{}" in path else path + kind)


@pytest.fixture
def api(make_engine: Make) -> Api:
    """An application that does not wait long for answers."""
    settings = {"delivery_retry_s": "0.05,0.1", "delivery_timeout_s": 1.5}
    return Api(create_app(engine=make_engine(**settings)))


@pytest.mark.parametrize("name", FAR)
def test_what_was_taken_is_delivered_once(api: Api, name: str) -> None:
    """With an answer that is large, cut, slow or garbage; and Retry is refused."""
    type_, path, options, good = FAR[name]
    with OddSide(good, 202 if "workflow" in name else 200) as far:
        kinds = ("whole", *ODD)
        made = {
            kind: api.post(
                "destinations.create",
                type=type_,
                name=kind,
                url=_url(far, type_, path, kind),
                **options,
            )["destination"]["_id"]
            for kind in kinds
        }
        assert api.hook(destinations=list(made.values())).post({"text": "once"}).status_code == 200
        deliveries = settled(api, len(kinds))
        assert {(one["destinationName"], one["state"]) for one in deliveries} == {
            (kind, "delivered") for kind in kinds
        }, [(one["destinationName"], one["reason"]) for one in deliveries]
        reasons = {one["destinationName"]: one["reason"] for one in deliveries}
        assert reasons["whole"] == "delivered"
        if type_ != "apprise":  # it is the library that reads its answers
            assert "accepted, though its answer is not whole" in reasons["cut"]
            assert "did not finish its answer within 1.5 s" in reasons["slow"]
        for one in deliveries:
            answer = api.post("deliveries.retry", 400, deliveryId=one["_id"])
            assert "twice" in answer["error"]
        for destination_id in made.values():
            assert api.post("deliveries.retry", destinationId=destination_id)["count"] == 0
        time.sleep(0.3)
        assert {kind: far.count(kind) for kind in kinds} == dict.fromkeys(kinds, 1)


@pytest.fixture(scope="module", autouse=True)
def _no_process_is_left() -> Iterator[None]:
    yield
    apprise = transports.load("apprise")
    assert isinstance(apprise, AppriseTransport)
    apprise.close()


def _url(far: OddSide, type_: str, path: str, kind: str) -> str:
    url = address(far, path, kind)
    return url.replace("http://", "json://") if type_ == "apprise" else url


@pytest.fixture
def outbound() -> Iterator[Outbound]:
    made = Outbound()
    yield made
    made.close()


def test_uchat_s_own_webhook_is_told_once(outbound: Outbound) -> None:
    """The conversation's webhook has only a status to be judged by."""
    transport = transports.load("uchatwebhook")
    message = CanonicalMessage(
        id="d1",
        text="once",
        sent_at=datetime(2026, 3, 1, tzinfo=UTC),
        conversation={"conv_id": 1, "sender_id": "c"},
    )
    with OddSide({"status": "ok"}) as far:
        for kind in ("whole", *ODD):
            target = Target(f"{far.base}/x-{kind}", {}, {"verification_key": "k"})
            handed = Courier(outbound, 1.5).hand_over(transport, target, message, 0, _at_once)
            assert handed.verdict.result is Result.DELIVERED, (kind, handed.verdict)
            assert (handed.parts_done, far.count(kind)) == (1, 1)


def test_a_refusal_is_one_however_its_answer_ends(outbound: Outbound) -> None:
    """What came of the body says so: a status of 200 is not all that counts."""
    message = CanonicalMessage(id="d", text="x", sent_at=datetime(2026, 3, 1, tzinfo=UTC))
    transport = transports.load("rocketchat")
    for good, said in (
        ({"success": False, "error": "the script says no"}, "the script says no"),
        (b"<html><body>Please log in</body></html>", "not Rocket.Chat's"),
    ):
        with OddSide(good) as far:
            for kind in ("whole", "large"):
                target = Target(f"{far.base}/hooks/i/t-{kind}")
                handed = Courier(outbound, 1.5).hand_over(transport, target, message, 0, _at_once)
                assert handed.verdict.result is Result.PERMANENT, (kind, handed.verdict)
                assert said in handed.verdict.reason


@pytest.mark.parametrize(("status", "result"), [(503, Result.RETRY), (404, Result.PERMANENT)])
def test_a_status_is_the_same_however_the_answer_ends(
    outbound: Outbound, status: int, result: Result
) -> None:
    """A 404 whose body breaks off is not tried again, a 503 is."""
    message = CanonicalMessage(id="d", text="x", sent_at=datetime(2026, 3, 1, tzinfo=UTC))
    with OddSide({"error": "x"}, status) as far:
        for kind in ("whole", *ODD):
            target = Target(f"{far.base}/hooks/i/t-{kind}")
            transport = transports.load("slack")
            handed = Courier(outbound, 1.0).hand_over(transport, target, message, 0, _at_once)
            assert handed.verdict.result is result, (kind, handed.verdict)


def _at_once() -> None:
    """Do not wait."""
