"""Is it alive, is it ready."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from engine.web import the_engine

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    """Answer while the process can answer."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
def readyz() -> tuple[Response, int]:
    """Answer 200 when database and sandbox answer, 503 with the reason otherwise; tell the layers."""
    engine = the_engine()
    parts = engine.health()
    ready = all(state == "ok" for state in parts.values())
    state = "ok" if ready else "unavailable"
    return jsonify(status=state, **parts, layers=engine.layers()), 200 if ready else 503
