"""Logging in and out."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from engine import users
from engine.models import User
from engine.web import the_engine
from engine.web.api.base import Unauthorized, body, current_user, logged_in, success, text

blueprint = Blueprint("login", __name__)


@blueprint.post("/login")
def login() -> Response | tuple[Response, int]:
    """Exchange name and password for a token."""
    engine = the_engine()
    given = body()
    username = text(given, "user" if "user" in given else "username")
    password = text(given, "password", required=False, as_typed=True)
    address = request.remote_addr or ""
    with engine.database.read() as session:
        guarded = users.guarded_name(session, username)
    if wait_s := engine.logins.begin(guarded, address):
        response = jsonify(
            status="error",
            success=False,
            error="error-too-many-requests",
            message=f"Too many failed logins; try again in {wait_s} seconds",
        )
        response.headers["Retry-After"] = str(wait_s)
        return response, 429
    with engine.database.read() as session:
        user = users.authenticate(session, username, password)
    if user is None:
        raise Unauthorized("Unauthorized")
    engine.logins.succeeded(guarded, address)
    with engine.database.write() as session:
        token = users.issue_token(session, user)
    return jsonify(
        status="success", data={"userId": user.id, "authToken": token, "me": own_as_dict(user)}
    )


@blueprint.route("/logout", methods=["GET", "POST"])
@logged_in
def logout() -> Response:
    """End the login that calls."""
    with the_engine().database.write() as session:
        users.revoke_token(session, request.headers["X-Auth-Token"])
    said = "You've been logged out!"
    # Rocket.Chat's types have it beside `data`, its server within.
    return jsonify(status="success", data={"message": said}, message=said)


@blueprint.get("/me")
@logged_in
def me() -> Response:
    """Return who is logged in."""
    return success(**own_as_dict(current_user()))


def own_as_dict(user: User) -> dict[str, object]:
    """
    Return what a user is told of themselves (Rocket.Chat's `IMeApiUser`, which knows no `type`).

    There are no settings of users here, and nobody logs in by another service.
    """
    told = users.as_dict(user)
    del told["type"]
    return {
        **told,
        "avatarUrl": f"{the_engine().settings.base_url}/avatar/{user.username}",
        "isOAuthUser": False,
        "services": {"password": {"exists": user.password_hash is not None}},
        "settings": {"profile": {}, "preferences": {}, "calendar": {}},
    }
