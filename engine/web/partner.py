"""UChat's partner API: the webhook of an integration, set, shown and removed (wire.md 4.1 B)."""

from __future__ import annotations

import logging
from typing import Any

from flask import Blueprint, Response, g, jsonify, request
from werkzeug.exceptions import HTTPException, NotFound

from engine import errors, users
from engine.conversations import webhooks
from engine.conversations.webhooks import Webhook
from engine.db import reason_of
from engine.journal import RETRY_AFTER_S, is_unavailable
from engine.json_reader import parse_bytes
from engine.models import User
from engine.payload import shallow
from engine.web import the_engine

log = logging.getLogger(__name__)

blueprint = Blueprint("partner", __name__, url_prefix="/api/partner")

_PLACE = "/workspace/<workspace_id>/apichat-webhook"
_MAX_BODY_BYTES = 16 << 10
_NOTHING = {"webhook_url": "", "webhook_verification_key": "", "webhook_status": "", "bot_url": ""}


class _Refused(Exception):
    """The caller is nobody who may."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@blueprint.before_request
def _require_key() -> None:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    user = None
    if kind.lower() == "bearer" and token.strip():
        with the_engine().database.read() as session:
            user = users.find_by_bearer(session, token.strip())
    if user is None:
        raise _Refused(401, "Unauthenticated.")
    if not users.is_admin(user):
        raise _Refused(403, "The key's user lacks the role admin.")
    g.partner = user


@blueprint.get(_PLACE)
def get(workspace_id: str) -> Response:
    """Return the webhook; four empty texts when there is none."""
    engine = the_engine()
    with engine.database.read() as session:
        webhooks.require_integration(session, workspace_id)
        webhook = engine.webhooks.get(session, workspace_id)
    return jsonify(status="ok", data=_shown(workspace_id, webhook))


@blueprint.post(_PLACE)
def put(workspace_id: str) -> Response | tuple[Response, int]:
    """Ask the webhook for the challenge, and store what came of it: 422 when it failed."""
    engine, given = the_engine(), _body()
    partner: User = g.partner
    with engine.database.read() as session:
        webhooks.require_integration(session, workspace_id)
    webhook = engine.webhooks.set(
        engine.database,
        workspace_id,
        given.get("webhook_url"),
        given.get("webhook_verification_key"),
        partner.username,
    )
    data = _shown(workspace_id, webhook)
    if webhook.reason:
        message = f"The webhook is not verified: {webhook.reason}"
        return jsonify(status="error", message=message, data=data), 422
    engine.bell.ring([webhook.destination_id])
    return jsonify(status="ok", data=data)


@blueprint.delete(_PLACE)
def delete(workspace_id: str) -> Response:
    """Remove the webhook; what waits for it is cancelled."""
    with the_engine().database.write() as session:
        webhooks.require_integration(session, workspace_id)
        webhooks.remove(session, workspace_id)
    return jsonify(status="ok", data=_NOTHING)


def _shown(workspace_id: str, webhook: Webhook | None) -> dict[str, str]:
    if webhook is None:
        return _NOTHING
    service = the_engine().integrations
    with the_engine().database.read() as session:
        integration = webhooks.require_integration(session, workspace_id)
        bot_url = service.url(integration, service.reveal_token(integration))
    return {
        "webhook_url": webhook.url,
        "webhook_verification_key": webhook.verification_key,
        "webhook_status": webhook.status,
        "bot_url": bot_url,
    }


def _body() -> dict[str, Any]:
    request.max_content_length = _MAX_BODY_BYTES
    try:
        given = parse_bytes(request.get_data())
    except errors.Invalid as exc:
        raise errors.Invalid(f"The body must be a JSON object: {exc}") from exc
    if not isinstance(given, dict):
        raise errors.Invalid("The body must be a JSON object")
    return shallow(given)


# -- errors, in the form that all of UChat's addresses share ------------------------------------


def _said(status: int, message: str) -> tuple[Response, int]:
    return jsonify(status="error", message=message), status


@blueprint.errorhandler(_Refused)
def _refused(exc: _Refused) -> Any:
    response, status = _said(exc.status, str(exc))
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="Hooksmith"'
    return response, status


@blueprint.errorhandler(errors.NotFound)
def _not_found(exc: errors.NotFound) -> Any:
    return _said(404, str(exc))


@blueprint.errorhandler(errors.Invalid)
def _invalid(exc: errors.Invalid) -> Any:
    return _said(409 if isinstance(exc, errors.Conflict) else 400, str(exc))


@blueprint.errorhandler(HTTPException)
def _http(exc: HTTPException) -> Any:
    return _said(exc.code or 500, exc.description or exc.name)


@blueprint.errorhandler(Exception)
def _unexpected(exc: Exception) -> Any:
    if is_unavailable(exc):
        log.warning("the partner API found no database: %s", reason_of(exc))
        response, status = _said(503, "The database is locked or cannot be reached")
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
        return response, status
    log.exception("the partner API failed at %s %s", request.method, request.path)
    return _said(500, "Internal server error")


@blueprint.route("/<path:name>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
def unknown(name: str) -> Any:
    """Say in JSON, too, that there is no such call."""
    raise NotFound(f"There is no call {request.method} {name}")
