"""What every call of the API shares: who calls, what was sent, how errors are said."""

from __future__ import annotations

import datetime as dt
import functools
import logging
from collections.abc import Callable
from typing import Any, ParamSpec

from flask import Blueprint, Response, g, jsonify, request
from werkzeug.exceptions import HTTPException

from engine import fields, users
from engine.db import is_away, reason_of
from engine.errors import ChatError, Conflict, Invalid, NotFound, SandboxBusy, SandboxError
from engine.journal import RETRY_AFTER_S, NotStored
from engine.json_reader import parse_bytes
from engine.models import User
from engine.outgoing.occasion import HOPS_HEADER, hops_of
from engine.payload import shallow
from engine.script_check import BrokenScript
from engine.targets import UnknownTargets
from engine.web import the_engine

log = logging.getLogger(__name__)

MAX_COUNT = 500
_DEFAULT_COUNT = 50
#: Management requests are small: the largest carries one script.
_ROOM_BESIDE_SCRIPT_BYTES = 256 << 10

P = ParamSpec("P")


class Unauthorized(Exception):
    """Nobody is logged in, or not somebody who may."""

    def __init__(self, message: str, status: int = 401) -> None:
        super().__init__(message)
        self.status = status


class Refused(Exception):
    """What is refused in Rocket.Chat's form: `error` is "reason [type]", `errorType` the type."""

    def __init__(self, reason: str, error_type: str = "", status: int = 400) -> None:
        super().__init__(f"{reason} [{error_type}]" if error_type else reason)
        self.error_type = error_type
        self.status = status


def success(**members: Any) -> Response:
    """Answer that it went well."""
    return jsonify(**members, success=True)


def admin_only(view: Callable[P, Response]) -> Callable[P, Response]:
    """Let a view be called by administrators alone."""

    @functools.wraps(view)
    def checked(*args: P.args, **kwargs: P.kwargs) -> Response:
        if not users.is_admin(current_user()):
            raise Unauthorized("unauthorized: this needs the role admin", 403)
        return view(*args, **kwargs)

    return checked


def logged_in(view: Callable[P, Response]) -> Callable[P, Response]:
    """Let a view be called by anybody who is logged in."""

    @functools.wraps(view)
    def checked(*args: P.args, **kwargs: P.kwargs) -> Response:
        current_user()
        return view(*args, **kwargs)

    return checked


def current_user() -> User:
    """Return who calls, by `X-User-Id` and `X-Auth-Token`."""
    if "api_user" not in g:
        user_id = request.headers.get("X-User-Id", "")
        token = request.headers.get("X-Auth-Token", "")
        with the_engine().database.read() as session:
            user = users.find_by_token(session, user_id, token) if user_id and token else None
        if user is None:
            raise Unauthorized("You must be logged in to do this.")
        g.api_user = user
    found: User = g.api_user
    return found


def body(*known: str) -> dict[str, Any]:
    """
    Return the request's JSON object, or the fields of its form, as Rocket.Chat reads them.

    With names of members, others are refused: for calls that Rocket.Chat does not have.
    """
    limit = the_engine().settings.script_max_bytes * 2 + _ROOM_BESIDE_SCRIPT_BYTES
    request.max_content_length = limit
    try:
        data = parse_bytes(request.get_data())
    except Invalid as exc:
        data = {name: values[-1] for name, values in request.form.lists()}
        if not data:
            raise Invalid(f"The body must be a JSON object: {exc}") from exc
    if not isinstance(data, dict):
        raise Invalid("The body must be a JSON object")
    if known:
        fields.known_only(data, known, request.path.rpartition("/")[2])
    return shallow(data)


def text(source: Any, name: str, *, required: bool = True, as_typed: bool = False) -> str:
    """Return a member that must be a text, without outer blanks unless it is wanted as typed."""
    value = source.get(name)
    if value is None and not required:
        return ""
    if not isinstance(value, str) or (required and not value.strip()):
        raise Invalid(
            f"{name} is missing" if value is None else f"{name} must be a text", field=name
        )
    if "\x00" in value:
        raise Invalid(f"{name} holds a NUL character", field=name)
    return value if as_typed else value.strip()


def flag(source: Any, name: str) -> bool | None:
    """Return a member that is true or false, as a form spells it too; None when it is not there."""
    value = source.get(name)
    if value is None or isinstance(value, bool):
        return value
    if value not in ("true", "false"):
        raise Invalid(f"{name} is true or false", field=name)
    return bool(value == "true")


def hops() -> int:
    """Return how many outgoing calls led to this one, as far as it says."""
    return hops_of(request.headers.get(HOPS_HEADER))


def window() -> tuple[int, int]:
    """Return `count` and `offset` of a list."""
    count = _number("count", _DEFAULT_COUNT)
    return (min(count, MAX_COUNT) if count else MAX_COUNT), _number("offset", 0)


def moment(name: str) -> dt.datetime | None:
    """Return a time of the query, ISO 8601; without a zone it is UTC."""
    given = request.args.get(name)
    if not given:
        return None
    try:
        found = dt.datetime.fromisoformat(given.replace(" ", "+"))  # a `+` that was not encoded
    except ValueError as exc:
        raise Invalid(f"{name} is a time as 2026-01-31T12:00:00.000Z", field=name) from exc
    if not dt.MINYEAR < found.year < dt.MAXYEAR:  # which another zone may not be able to tell
        raise Invalid(f"{name} is out of all reach", field=name)
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def wanted(name: str) -> str | None:
    """Return what a list is to be narrowed to, None when the query does not say."""
    return text(request.args, name, required=False) if name in request.args else None


def _number(name: str, default: int) -> int:
    given = request.args.get(name)
    if given is None:
        return default
    if not given.isdecimal() or len(given) > 9:
        raise Invalid(f"{name} is a number from 0 up", field=name)
    return int(given)


def install_errors(blueprint: Blueprint) -> None:
    """Answer every error of the API's views as Rocket.Chat answers."""

    def said(status: int, error: str, **members: Any) -> tuple[Response, int]:
        return jsonify(success=False, error=error, **members), status

    @blueprint.errorhandler(Unauthorized)
    def _unauthorized(exc: Unauthorized) -> Any:
        return jsonify(status="error", success=False, message=str(exc), error=str(exc)), exc.status

    @blueprint.errorhandler(NotFound)
    def _not_found(exc: NotFound) -> Any:
        return said(404, str(exc), errorType="not-found")

    @blueprint.errorhandler(Invalid)
    def _invalid(exc: Invalid) -> Any:
        members: dict[str, Any] = {"errorType": "error-invalid-params", "field": exc.field}
        if isinstance(exc, users.StillPosts):
            members |= {
                "errorType": "error-user-has-integrations",
                "details": {"integrations": exc.integrations},
            }
            return said(400, f"{exc}; send confirmRelinquish: true to do it anyway", **members)
        if isinstance(exc, UnknownTargets):
            members |= {"errorType": "error-invalid-room", "missing": exc.missing}
            how = "; make it first, or send createRooms: true" if exc.creatable else ""
            return said(400, f"{exc}{how} [error-invalid-room]", **members)
        if isinstance(exc, BrokenScript):
            members |= {"errorType": "error-invalid-script", "scriptError": dict(exc.problem)}
        return said(409 if isinstance(exc, Conflict) else 400, str(exc), **members)

    @blueprint.errorhandler(ChatError)
    def _chat(exc: ChatError) -> Any:
        return said(400, exc.code, errorType=exc.code, reason=exc.reason)

    @blueprint.errorhandler(Refused)
    def _refused(exc: Refused) -> Any:
        members = {"errorType": exc.error_type} if exc.error_type else {}
        return said(exc.status, str(exc), **members)

    @blueprint.errorhandler(SandboxError)
    @blueprint.errorhandler(NotStored)
    def _unavailable(exc: Exception) -> Any:
        wait_s = exc.retry_after_s if isinstance(exc, SandboxBusy) else RETRY_AFTER_S
        response, status = said(503, str(exc))
        response.headers["Retry-After"] = str(wait_s)
        return response, status

    @blueprint.errorhandler(HTTPException)
    def _http(exc: HTTPException) -> Any:
        return said(exc.code or 500, exc.description or exc.name)

    @blueprint.errorhandler(Exception)
    def _unexpected(exc: Exception) -> Any:
        if is_away(exc):
            log.warning("the API found no database: %s", reason_of(exc))
            response, status = said(503, "The database is locked or cannot be reached")
            response.headers["Retry-After"] = str(RETRY_AFTER_S)
            return response, status
        log.exception("the API failed at %s %s", request.method, request.path)
        return said(500, "Internal server error")
