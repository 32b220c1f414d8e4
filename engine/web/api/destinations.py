"""destinations.*: the remote systems that messages are delivered to."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from engine import destinations
from engine.delivery.tables import Lane
from engine.errors import Invalid
from engine.transports.message import Result
from engine.web import the_engine
from engine.web.api.base import admin_only, body, current_user, success, text

blueprint = Blueprint("destinations", __name__)


@blueprint.post("/destinations.create")
@admin_only
def create() -> Response:
    """Add a destination: type, name, url, and what its type takes."""
    engine, given = the_engine(), body()
    with engine.database.write() as session:
        made = engine.destinations.create(session, given, current_user().username)
        session.flush()
        return success(destination=engine.destinations.as_dict(made, session.get(Lane, made.id)))


@blueprint.get("/destinations.list")
@admin_only
def list_destinations() -> Response:
    """Return all of them by name."""
    engine = the_engine()
    with engine.database.read() as session:
        found = destinations.list_destinations(session)
        listed = [engine.destinations.as_dict(*one) for one in found]
    return success(destinations=listed, count=len(listed), total=len(listed))


@blueprint.get("/destinations.get")
@admin_only
def get() -> Response:
    """Return one destination."""
    engine = the_engine()
    with engine.database.read() as session:
        found = destinations.get(session, text(request.args, "destinationId"))
        return success(destination=engine.destinations.as_dict(*found))


@blueprint.post("/destinations.update")
@admin_only
def update() -> Response:
    """Change what is given; secrets that are not given, or given as dots, stay."""
    engine, given = the_engine(), body()
    destination_id = text(given, "destinationId")
    members: dict[str, Any] = {k: v for k, v in given.items() if k != "destinationId"}
    with engine.database.write() as session:
        destination, lane = destinations.get(session, destination_id)
        engine.destinations.update(session, destination, members)
        shown = engine.destinations.as_dict(destination, lane)
    engine.bell.ring([destination_id])
    return success(destination=shown)


@blueprint.post("/destinations.remove")
@admin_only
def remove() -> Response:
    """Delete a destination that no integration posts to."""
    with the_engine().database.write() as session:
        destination, _ = destinations.get(session, text(body("destinationId"), "destinationId"))
        destinations.remove(session, destination)
    return success()


@blueprint.post("/destinations.test")
@admin_only
def test() -> Response:
    """Send a real message now and tell what the far side answered."""
    engine = the_engine()
    with engine.database.read() as session:
        destination, _ = destinations.get(session, text(body("destinationId"), "destinationId"))
    handed = engine.destinations.try_out(destination)
    last = handed.tried[-1] if handed.tried else None
    return success(
        delivered=handed.verdict.result is Result.DELIVERED,
        result=handed.verdict.result,
        reason=handed.verdict.reason,
        status=last.status if last else None,
        answer=last.answer if last else "",
        durationMs=round(last.duration_ms, 1) if last else 0.0,
    )


@blueprint.post("/destinations.pause")
@admin_only
def pause() -> Response:
    """Deliver nothing to it for now; what comes meanwhile waits."""
    with the_engine().database.write() as session:
        _, lane = destinations.get(session, text(body("destinationId"), "destinationId"))
        if lane is None:
            raise Invalid("It cannot be paused")
        destinations.pause(lane, current_user().username)
    return success()


@blueprint.post("/destinations.resume")
@admin_only
def resume() -> Response:
    """Deliver to it again, beginning with what waited longest."""
    engine, destination_id = the_engine(), text(body("destinationId"), "destinationId")
    with engine.database.write() as session:
        _, lane = destinations.get(session, destination_id)
        if lane is not None:
            destinations.resume(session, lane)
    engine.bell.ring([destination_id])
    return success()
