"""users.*: people and the bots that integrations post as."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Blueprint, Response, request

from engine import fields, users
from engine.errors import Invalid
from engine.models import User
from engine.web import the_engine
from engine.web.api.base import (
    Refused,
    admin_only,
    body,
    current_user,
    hops,
    success,
    text,
    window,
)

blueprint = Blueprint("users", __name__)


@blueprint.post("/users.create")
@admin_only
def create() -> Response:
    """Add a user; without a password it is a bot."""
    given = body()
    roles = given.get("roles")
    if roles is not None and not (
        isinstance(roles, list) and all(isinstance(role, str) for role in roles)
    ):
        raise Invalid("roles is a list of texts", field="roles")
    password = text(given, "password", required=False, as_typed=True) or None
    engine = the_engine()
    with engine.database.write() as session:
        user = users.create(
            session,
            text(given, "username"),
            name=text(given, "name", required=False),
            password=password,
            roles=roles,
        )
        ringing = engine.triggers.announce_user(session, user, hops=hops())
    ringing.ring()
    return success(user=users.as_dict(user))


@blueprint.post("/users.setActiveStatus")
@admin_only
def set_active_status() -> Response:
    """Let a user in again, or lock one out; `confirmRelinquish` where integrations would break."""
    given = body()
    active = fields.flag(given.get("activeStatus"), "activeStatus")
    confirmed = fields.flag(given.get("confirmRelinquish", False), "confirmRelinquish")
    with the_engine().database.write() as session:
        user = users.get(session, text(given, "userId"))
        users.set_active(session, user, active, by=current_user(), confirmed=confirmed)
        return success(user=users.as_dict(user))


@blueprint.get("/users.list")
@admin_only
def list_users() -> Response:
    """Return the users by name."""
    count, offset = window()
    with the_engine().database.read() as session:
        total = session.scalar(sa.select(sa.func.count(User.id))) or 0
        found = session.scalars(
            sa.select(User).order_by(User.username).limit(count).offset(offset)
        ).all()
        listed = [users.as_dict(user) for user in found]
    return success(users=listed, count=len(listed), offset=offset, total=total)


@blueprint.get("/users.info")
@admin_only
def info() -> Response:
    """Return one user."""
    name = text(request.args, "username" if "username" in request.args else "userId")
    with the_engine().database.read() as session:
        user = users.find(session, name)
    if user is None:
        raise Refused("User not found.")
    return success(user=users.as_dict(user))
