"""deliveries.*: what was sent where, and trying again."""

from __future__ import annotations

from flask import Blueprint, Response, request

from engine import deliveries, destinations
from engine.deliveries import Wanted
from engine.delivery.tables import DeliveryState, Destination
from engine.errors import Invalid
from engine.times import iso
from engine.web import the_engine
from engine.web.api.base import admin_only, body, success, text, wanted, window
from engine.web.api.parameters import PAGE, Kind, takes

blueprint = Blueprint("deliveries", __name__)


@blueprint.get("/deliveries.list")
@admin_only
@takes(
    {
        **PAGE,
        **dict.fromkeys(("destinationId", "executionId", "integrationId", "state"), Kind.TEXT),
    }
)
def list_deliveries() -> Response:
    """Return deliveries, newest first; filters: destinationId, executionId, integrationId, state."""
    page, offset = window()
    states = frozenset(request.args.getlist("state"))
    if unknown := states - set(DeliveryState):
        raise Invalid(f"There is no state {', '.join(sorted(unknown))}", field="state")
    narrowed = Wanted(
        destination_id=wanted("destinationId"),
        execution_id=wanted("executionId"),
        integration_id=wanted("integrationId"),
        states=states,
    )
    with the_engine().database.read() as session:
        total = deliveries.count(session, narrowed)
        found = deliveries.list_deliveries(session, narrowed, count=page, offset=offset)
        listed = [deliveries.as_dict(*one) for one in found]
    return success(deliveries=listed, count=len(listed), offset=offset, total=total)


@blueprint.get("/deliveries.get")
@admin_only
@takes({"deliveryId": Kind.TEXT})
def get() -> Response:
    """Return one delivery with all that was tried, and which other one it waits for."""
    engine = the_engine()
    with engine.database.read() as session:
        delivery = deliveries.get(session, text(request.args, "deliveryId"))
        destination = session.get(Destination, delivery.destination_id)
        tried = [
            deliveries.attempt_as_dict(one) for one in deliveries.attempts_of(session, delivery.id)
        ]
        name = destination.name if destination else ""
        hold = deliveries.held_by(session, delivery, engine.vault, engine.settings.delivery_hold_s)
        waits = hold and {"deliveryId": hold.delivery_id, "until": iso(hold.until)}
        shown = {**deliveries.as_dict(delivery, name), "waitsFor": waits, "tried": tried}
        return success(delivery=shown)


@blueprint.post("/deliveries.retry")
@admin_only
@takes(
    dict.fromkeys(("deliveryId", "destinationId"), Kind.TEXT),
    one_of=[("deliveryId", "destinationId")],
)
def retry() -> Response:
    """Try one delivery again now, or with `destinationId` all of its failed ones."""
    engine, given = the_engine(), body()
    if given.get("deliveryId") is None and given.get("destinationId") is not None:
        destination_id = text(given, "destinationId")
        with engine.database.write() as session:
            destinations.get(session, destination_id)
            number = deliveries.retry_failed(session, destination_id)
    else:
        with engine.database.write() as session:
            delivery = deliveries.get(session, text(given, "deliveryId"))
            deliveries.retry(session, delivery)
            destination_id, number = delivery.destination_id, 1
    engine.bell.ring([destination_id])
    return success(count=number)


@blueprint.post("/deliveries.cancel")
@admin_only
@takes({"deliveryId": Kind.TEXT})
def cancel() -> Response:
    """Give up a delivery that waits."""
    engine = the_engine()
    with engine.database.write() as session:
        delivery = deliveries.get(session, text(body(), "deliveryId"))
        deliveries.cancel(session, delivery)
        destination_id = delivery.destination_id
    # Others may have waited for it.
    engine.bell.ring([destination_id])
    return success()
