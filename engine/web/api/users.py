"""users.*: people and the bots that integrations post as."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Blueprint, Response, request

from engine import fields, membership, rooms, users
from engine.models import User
from engine.rooms import GENERAL
from engine.web import the_engine
from engine.web.api.base import (
    Refused,
    admin_only,
    body,
    current_user,
    hops,
    success,
    text,
    wanted,
    window,
)
from engine.web.api.parameters import LISTED, Kind, NoDifference, NotHere, Taken, takes
from engine.web.api.selection import USER_MEMBERS, selection, show
from engine.web.api.selection import fields as shown_fields

blueprint = Blueprint("users", __name__)

_NO_PHONE = NotHere(Kind.TEXT, "there is no telephony")
_NO_PROFILE = "users have a name, an email and roles, and no more"
_TAKEN: Taken = {
    **dict.fromkeys(("username", "name", "password", "email", "fields"), Kind.TEXT),
    "roles": Kind.TEXTS,
    **dict.fromkeys(("active", "joinDefaultChannels"), Kind.MAYBE),
    **dict.fromkeys(("bio", "nickname", "statusText"), NotHere(Kind.TEXT, _NO_PROFILE)),
    "customFields": NotHere(Kind.OBJECT, _NO_PROFILE),
    "verified": NoDifference(Kind.MAYBE, "nobody has to confirm an address"),
    "sendWelcomeEmail": NotHere(Kind.MAYBE, "no mail is sent"),
    "setRandomPassword": NotHere(
        Kind.MAYBE, "no mail is sent, so nobody would know it; send a password"
    ),
    "requirePasswordChange": NotHere(Kind.MAYBE, "nobody is asked for another password at a login"),
    "freeSwitchExtension": _NO_PHONE,
}
#: One of them says which user.
_NAMES = ("userId", "username", "email", "importId", "freeSwitchExtension")


@blueprint.post("/users.create")
@admin_only
@takes(_TAKEN)
def create() -> Response:
    """
    Add a user; without a password it is a bot.

    With `joinDefaultChannels` it is a member of #general, with `active` false it is locked out.
    """
    given = body()
    shown = shown_fields(given.get("fields"))
    password = text(given, "password", required=False, as_typed=True) or None
    engine = the_engine()
    with engine.database.write() as session:
        user = users.create(
            session,
            text(given, "username"),
            name=text(given, "name", required=False),
            password=password,
            email=text(given, "email", required=False),
            roles=given.get("roles"),
        )
        user.active = given.get("active") is not False
        if given.get("joinDefaultChannels") and (room := rooms.find_by_name(session, GENERAL)):
            session.flush()
            rooms.join(room, user)
        ringing = engine.triggers.announce_user(session, user, hops=hops())
    ringing.ring()
    return success(user=show([users.as_dict(user)], shown)[0])


@blueprint.post("/users.setActiveStatus")
@admin_only
@takes(
    {"userId": Kind.TEXT, "activeStatus": Kind.FLAG, "confirmRelinquish": Kind.MAYBE},
)
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
@takes({**LISTED, "email": Kind.TEXT})
def list_users() -> Response:
    """Return the users by name; `email` is a part of theirs."""
    count, offset = window()
    chosen, part = selection(USER_MEMBERS), wanted("email")
    listing = sa.select(User).order_by(User.username)
    if part is not None:
        listing = listing.where(sa.func.lower(User.email).contains(part.lower(), autoescape=True))
    with the_engine().database.read() as session:
        if chosen.is_whole:
            counted = sa.select(sa.func.count()).select_from(listing.subquery())
            total = session.scalar(counted) or 0
            page = session.scalars(listing.limit(count).offset(offset)).all()
            listed = [users.as_dict(user) for user in page]
        else:
            every = chosen.of(users.as_dict(user) for user in session.scalars(listing))
            total, listed = len(every), every[offset : offset + count]
    shown = chosen.show(listed)
    return success(users=shown, count=len(shown), offset=offset, total=total)


@blueprint.get("/users.info")
@admin_only
@takes(
    {
        **dict.fromkeys(("userId", "username", "email", "fields"), Kind.TEXT),
        "includeUserRooms": Kind.TEXT,
        "importId": NotHere(Kind.TEXT, "users are not imported"),
        "freeSwitchExtension": _NO_PHONE,
    },
    one_of=[_NAMES],
)
def info() -> Response:
    """Return one user, with `includeUserRooms=true` also the rooms that it is in."""
    name = next((one for one in _NAMES if one in request.args), "userId")
    given = text(request.args, name)
    shown = shown_fields(request.args.get("fields"))
    with the_engine().database.read() as session:
        by_email = name == "email"
        user = users.find_by_email(session, given) if by_email else users.find(session, given)
        if user is None:
            raise Refused("User not found.")
        members = users.as_dict(user)
        if request.args.get("includeUserRooms") == "true":
            members["rooms"] = membership.rooms_of(session, user)
    return success(user=show([members], shown)[0])
