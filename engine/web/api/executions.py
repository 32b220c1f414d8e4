"""executions.*: the log, and running a stored request again."""

from __future__ import annotations

from flask import Blueprint, Response, request

from engine import executions, fields, replays
from engine.errors import Invalid
from engine.executions import Filter
from engine.models import ExecutionKind, Outcome
from engine.web import the_engine
from engine.web.api.base import admin_only, body, success, text, wanted, window

blueprint = Blueprint("executions", __name__)


@blueprint.get("/executions.list")
@admin_only
def list_executions() -> Response:
    """Return executions, newest first; filters: integrationId, outcome and kind (both repeatable), search."""
    count, offset = window()
    outcomes = frozenset(request.args.getlist("outcome"))
    if unknown := outcomes - set(Outcome):
        raise Invalid(f"There is no outcome {', '.join(sorted(unknown))}", field="outcome")
    kinds = frozenset(request.args.getlist("kind"))
    if unknown := kinds - set(ExecutionKind):
        raise Invalid(f"There is no kind {', '.join(sorted(unknown))}", field="kind")
    narrowed = Filter(
        integration_id=wanted("integrationId"),
        outcomes=outcomes,
        kinds=kinds,
        search=wanted("search") or "",
    )
    with the_engine().database.read() as session:
        total = executions.count_executions(session, narrowed)
        found = executions.list_executions(session, narrowed, count=count, offset=offset)
        listed = [executions.as_dict(one) for one in found]
    return success(executions=listed, count=len(listed), offset=offset, total=total)


@blueprint.get("/integrations.history")
@admin_only
def history() -> Response:
    """Return one integration's executions in full, newest first, under Rocket.Chat's name."""
    count, offset = window()
    narrowed = Filter(integration_id=text(request.args, "id"))
    with the_engine().database.read() as session:
        total = executions.count_executions(session, narrowed)
        found = executions.list_executions(session, narrowed, count=count, offset=offset)
        listed = [executions.detail_as_dict(*executions.get(session, one.id)) for one in found]
    return success(history=listed, count=len(listed), offset=offset, total=total)


@blueprint.get("/executions.get")
@admin_only
def get() -> Response:
    """Return everything stored of one execution."""
    with the_engine().database.read() as session:
        found = executions.get(session, text(request.args, "executionId"))
        return success(execution=executions.detail_as_dict(*found))


@blueprint.post("/executions.replay")
@admin_only
def replay() -> Response:
    """
    Run a stored request again and post what comes of it.

    With `exact`, repeat the run as it was recorded, and post nothing.
    """
    given = body("executionId", "exact")
    execution_id = text(given, "executionId")
    if fields.flag(given.get("exact", False), "exact"):
        return success(**the_engine().repeats.repeat(execution_id).as_dict())
    replayed = replays.replay(the_engine(), execution_id)
    return success(
        executionId=replayed.execution_id,
        outcome=replayed.outcome,
        answer={"status": replayed.status, "body": replayed.body},
    )
