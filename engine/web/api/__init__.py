"""The management API, in Rocket.Chat's style: names, fields, `success`, tokens in headers."""

from typing import NoReturn

from flask import Blueprint

from engine.errors import NotFound
from engine.web.api import (
    chat,
    deliveries,
    destinations,
    executions,
    history,
    integrations,
    login,
    room_making,
    rooms,
    script_trials,
    server,
    users,
)
from engine.web.api.base import install_errors

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")
install_errors(blueprint)
install_errors(server.blueprint)
for module in (
    login,
    integrations,
    script_trials,
    rooms,
    room_making,
    history,
    chat,
    users,
    executions,
    destinations,
    deliveries,
):
    blueprint.register_blueprint(module.blueprint)


@blueprint.route("/<path:name>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
def unknown(name: str) -> NoReturn:
    """Say in JSON, too, that there is no such call."""
    raise NotFound(f"There is no call {name}")
