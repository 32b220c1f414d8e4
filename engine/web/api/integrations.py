"""integrations.*: scripts and their URLs."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session

from engine import compatibility, fields, integrations, pauses
from engine import versions as script_versions
from engine.compatibility import UsedAs
from engine.errors import Invalid
from engine.integrations import Changes
from engine.json_reader import BrokenJson, parse_bytes
from engine.models import Integration, IntegrationType
from engine.outgoing.triggers import Ringing
from engine.payload import shallow
from engine.record import HookRequest
from engine.rooms import iso
from engine.web import the_engine
from engine.web.api.base import admin_only, body, current_user, hops, success, text, window

blueprint = Blueprint("integrations", __name__)

#: Members on which depends what the check says.
_CHECKED = frozenset(
    {"script", "scriptEnabled", "lifecycle", "type", "overrideDestinationChannelEnabled"}
)

#: What a test may say of the request that it stands for.
_TEST_REQUEST = ("method", "query", "headers", "body", "bodyIsBase64")


@blueprint.post("/integrations.create")
@admin_only
def create() -> Response:
    """Add an integration; its token and whole URL are in this answer, and what is to be said of its script."""
    service = the_engine().integrations
    changes = service.changes(body(), current_user().username)
    with the_engine().database.write() as session:
        integration, token = service.create(session, changes)
        session.flush()
        ringing = _announce(session, changes)
        made = service.as_dict(integration, token=token)
    _ring(ringing)
    return success(integration=made, warnings=_warnings(integration))


@blueprint.get("/integrations.list")
@admin_only
def list_all() -> Response:
    """Return the integrations, those of one `type` if it is given; tokens as dots."""
    count, offset = window()
    kind = request.args.get("type")
    if kind is not None:
        kind = fields.choice(kind, IntegrationType, "type")
    with the_engine().database.read() as session:
        everything = integrations.list_integrations(session, kind)
        listed = _with_pauses(session, everything[offset : offset + count])
    return success(integrations=listed, count=len(listed), offset=offset, total=len(everything))


@blueprint.get("/integrations.get")
@admin_only
def get() -> Response:
    """Return one integration, its token as dots."""
    with the_engine().database.read() as session:
        integration = integrations.get(session, text(request.args, "integrationId"))
        return success(integration=_with_pauses(session, [integration])[0])


@blueprint.route("/integrations.update", methods=["POST", "PUT"])
@admin_only
def update() -> Response:
    """Change the members that are given; the answer has what is to be said of the script."""
    given = body()
    service = the_engine().integrations
    integration_id = text(given, "integrationId")
    with the_engine().database.read() as session:
        name = integrations.get(session, integration_id).name
    changes: Changes = service.changes(given, current_user().username, name=name)
    with the_engine().database.write() as session:
        integration = integrations.get(session, integration_id)
        service.update(session, integration, changes)
        session.flush()
        ringing = _announce(session, changes)
        changed = _with_pauses(session, [integration])[0]
    _ring(ringing)
    return success(
        integration=changed,
        warnings=_warnings(integration) if given.keys() & _CHECKED else [],
    )


@blueprint.post("/integrations.resume")
@admin_only
def resume() -> Response:
    """End an integration's pause, and forget its failures."""
    with the_engine().database.write() as session:
        integration = integrations.get(session, text(body("integrationId"), "integrationId"))
        pauses.resume(session, integration, f"{current_user().username} resumed it")
        session.flush()
        return success(integration=_with_pauses(session, [integration])[0])


@blueprint.post("/integrations.remove")
@admin_only
def remove() -> Response:
    """Delete an integration; its log and messages stay."""
    with the_engine().database.write() as session:
        integration = integrations.get(session, text(body(), "integrationId"))
        shown = the_engine().integrations.as_dict(integration)
        integrations.remove(session, integration)
    return success(integration=shown)


@blueprint.post("/integrations.reveal")
@admin_only
def reveal() -> Response:
    """Return the token and the whole URL once more."""
    service = the_engine().integrations
    with the_engine().database.read() as session:
        integration = integrations.get(session, text(body("integrationId"), "integrationId"))
        token = service.reveal_token(integration)
        return success(token=token, url=service.url(integration, token))


@blueprint.post("/integrations.renewToken")
@admin_only
def renew_token() -> Response:
    """Give the integration a new URL and end the old one."""
    service = the_engine().integrations
    with the_engine().database.write() as session:
        integration = integrations.get(session, text(body("integrationId"), "integrationId"))
        token = service.renew_token(integration)
        return success(token=token, url=service.url(integration, token))


@blueprint.get("/integrations.versions")
@admin_only
def versions() -> Response:
    """Return the script versions, newest first."""
    count, offset = window()
    with the_engine().database.read() as session:
        integration = integrations.get(session, text(request.args, "integrationId"))
        everything = script_versions.list_versions(session, integration)
        listed = [script_versions.as_dict(one) for one in everything[offset : offset + count]]
    return success(versions=listed, count=len(listed), offset=offset, total=len(everything))


@blueprint.post("/integrations.check")
@admin_only
def check() -> Response:
    """Tell whether a script can run, what it uses and what to write instead, without saving it."""
    given = body("script", "name")
    text(given, "script")  # which would be refused; lines count from its first, though it be empty
    return _checked(fields.script_text(given["script"]), text(given, "name", required=False))


@blueprint.get("/integrations.check")
@admin_only
def check_saved() -> Response:
    """Tell the same of an integration's script, as the integration uses it."""
    with the_engine().database.read() as session:
        integration = integrations.get(session, text(request.args, "integrationId"))
        source = integration.version.source if integration.version else ""
        used_as = UsedAs.by(integration)
    return _checked(source, integration.name, used_as)


def _checked(source: str, name: str, used_as: UsedAs | None = None) -> Response:
    engine = the_engine()
    problem = engine.integrations.check(source, name).problem
    found = compatibility.check(engine.pool, source, problem, used_as)
    return success(scriptError=problem, check=found.as_dict())


@blueprint.post("/integrations.test")
@admin_only
def test() -> Response:
    """
    Run a request through a script, saved or given, and post nothing.

    Of an outgoing integration, `body` is what a call would tell, as JSON; nobody is called.
    """
    given = body("integrationId", "script", *_TEST_REQUEST)
    integration_id, source = text(given, "integrationId"), given.get("script")
    if source is not None:
        source = fields.script_text(source)
    with the_engine().database.read() as session:
        kind = integrations.get(session, integration_id).type
    if kind == IntegrationType.OUTGOING:
        return _tried(integration_id, given, source)
    handled = the_engine().incoming.test(integration_id, _test_request(given), source)
    return success(
        executionId=handled.execution_id,
        outcome=handled.outcome,
        answer={"status": handled.answer.status, "body": handled.answer.body},
        messages=[_preview(message) for message in handled.messages],
    )


def _tried(integration_id: str, given: dict[str, Any], source: str | None) -> Response:
    try:
        told = shallow(parse_bytes(_test_request(given).body or b"{}"))
    except BrokenJson as exc:
        raise Invalid(f"body is no JSON: {exc}", field="body") from exc
    if not isinstance(told, dict):
        raise Invalid("body is an object: what a call tells of a message", field="body")
    tried = the_engine().outgoing.test(integration_id, told, current_user(), source)
    record = tried.record
    return success(
        executionId=record.id,
        outcome=record.outcome,
        request=tried.call
        and {
            "method": record.request.method,
            "url": record.request.path,
            "headers": record.request.headers,
            "body": record.request.body.decode(),
        },
        messages=[_preview(message) for message in tried.messages],
    )


def _warnings(integration: Integration) -> list[dict[str, Any]]:
    """Return the notes of the check that whoever saves should see, though it has not been asked for."""
    return [note.as_dict() for note in compatibility.warnings_of(the_engine().pool, integration)]


def _with_pauses(session: Session, chosen: Sequence[Integration]) -> list[dict[str, Any]]:
    known = the_engine().pauses.known(session, [one.id for one in chosen])
    return [
        {
            **the_engine().integrations.as_dict(one),
            "paused": known[one.id].as_dict() if one.id in known else None,
        }
        for one in chosen
    ]


def _announce(session: Session, changes: Changes) -> list[Ringing]:
    announce = the_engine().triggers.announce_room
    return [
        announce(session, "roomCreated", room, current_user(), hops=hops())
        for room in changes.made_rooms
    ]


def _ring(several: Sequence[Ringing]) -> None:
    for ringing in several:
        ringing.ring()


def _test_request(given: dict[str, Any]) -> HookRequest:
    headers = given.get("headers", {"Content-Type": "application/json"})
    if not isinstance(headers, dict) or not all(isinstance(v, str) for v in headers.values()):
        raise Invalid("headers is an object of texts", field="headers")
    sent = given.get("body", "")
    if not isinstance(sent, str):
        raise Invalid("body is a text: what would be sent, as it is", field="body")
    try:
        raw = base64.b64decode(sent, validate=True) if given.get("bodyIsBase64") else sent.encode()
    except (binascii.Error, UnicodeEncodeError) as exc:
        raise Invalid(f"body cannot be read: {exc}", field="body") from exc
    return HookRequest(
        method=str(given.get("method", "POST")).upper(),
        path="/hooks/test",
        query_string=str(given.get("query", "")).removeprefix("?"),
        headers=list(headers.items()),
        body=raw,
        remote_address=request.remote_addr or "",
    )


def _preview(row: dict[str, Any]) -> dict[str, Any]:
    shown = {key: row[key] for key in ("msg", "alias", "avatar", "emoji", "attachments", "tmid")}
    return {
        "rid": row["room_id"],
        "ts": iso(row["ts"]),
        "u": {"_id": row["user_id"], "username": row["username"], "name": row["user_name"]},
        **{key: value for key, value in shown.items() if value is not None},
    }
