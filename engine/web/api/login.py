"""Logging in and out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, jsonify, request
from sqlalchemy.orm import Session

from engine import users
from engine.errors import Invalid
from engine.models import User
from engine.web import the_engine
from engine.web.api.base import Unauthorized, body, current_user, logged_in, success, text
from engine.web.api.parameters import Kind, NotHere, members, takes
from engine.web.api.selection import fields, show

blueprint = Blueprint("login", __name__)


@blueprint.post("/login")
@takes(
    {
        "user": Kind.ANY,
        "username": Kind.TEXT,
        "email": Kind.TEXT,
        "password": Kind.ANY,
        "code": NotHere(Kind.TEXT, "there is no second factor"),
    },
    one_of=[("user", "username", "email")],
)
def login() -> Response | tuple[Response, int]:
    """Exchange name, or email, and password for a token."""
    engine = the_engine()
    name, named = _who(body())
    password = _password(body())
    address = request.remote_addr or ""
    with engine.database.read() as session:
        username = _username(session, name, named)
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


def _who(given: Mapping[str, Any]) -> tuple[str, str]:
    """Return what names a user, and the name: `user` may be an object with it."""
    user = given.get("user")
    if isinstance(user, dict):
        given = members(user, {"username": Kind.TEXT, "email": Kind.TEXT, "id": Kind.TEXT}, "user")
    name = next((one for one in ("user", "email", "id") if given.get(one) is not None), "username")
    return name, text(given, name)


def _username(session: Session, name: str, named: str) -> str:
    # Rocket.Chat takes a text with an @ for an address: usernames have none.
    if name == "id":
        user = session.get(User, named)
    elif name == "email" or (name == "user" and "@" in named):
        user = users.find_by_email(session, named)
    else:
        return named
    return user.username if user else named


def _password(given: Mapping[str, Any]) -> str:
    if isinstance(given.get("password"), dict):
        raise Invalid("password is to be sent as it is, not as a digest", field="password")
    return text(given, "password", required=False, as_typed=True)


@blueprint.route("/logout", methods=["GET", "POST"])
@logged_in
@takes({})
def logout() -> Response:
    """End the login that calls."""
    with the_engine().database.write() as session:
        users.revoke_token(session, request.headers["X-Auth-Token"])
    said = "You've been logged out!"
    # Rocket.Chat's types have it beside `data`, its server within.
    return jsonify(status="success", data={"message": said}, message=said)


@blueprint.get("/me")
@logged_in
@takes({"fields": Kind.TEXT})
def me() -> Response:
    """Return who is logged in."""
    shown = fields(request.args.get("fields"))
    return success(**show([own_as_dict(current_user())], shown)[0])


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
