"""info: what clients ask before anything else."""

from __future__ import annotations

from flask import Blueprint, Response

from engine.web.api.base import success
from engine.web.api.parameters import takes

#: Under `/api`, where Rocket.Chat has it, and under `/api/v1`, where it had it up to version 6.
blueprint = Blueprint("server", __name__, url_prefix="/api")

#: The version of Rocket.Chat whose calls these are: clients choose theirs by it.
_VERSION = "7.0"


@blueprint.get("/info")
@blueprint.get("/v1/info")
@takes({})
def info() -> Response:
    """Return a version; nobody has to be logged in."""
    return success(version=_VERSION, info={"version": f"{_VERSION}.0"})
