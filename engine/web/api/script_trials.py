"""integrations.check and integrations.test: looking at a script, and running it for nothing."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from flask import Blueprint, Response, request

from engine import compatibility, fields, integrations
from engine.compatibility import UsedAs
from engine.errors import Invalid
from engine.json_reader import BrokenJson, parse_bytes
from engine.models import IntegrationType
from engine.payload import shallow
from engine.record import HookRequest
from engine.times import iso
from engine.web import the_engine
from engine.web.api.base import admin_only, body, current_user, success, text
from engine.web.api.integrations import ID
from engine.web.api.parameters import Kind, takes

blueprint = Blueprint("script_trials", __name__)


@blueprint.post("/integrations.check")
@admin_only
@takes({"script": Kind.ANY, "name": Kind.TEXT})
def check() -> Response:
    """Tell whether a script can run, what it uses and what to write instead, without saving it."""
    given = body()
    text(given, "script")  # which would be refused; lines count from its first, though it be empty
    return _checked(fields.script_text(given["script"]), text(given, "name", required=False))


@blueprint.get("/integrations.check")
@admin_only
@takes(ID)
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
@takes(
    {
        **ID,
        **dict.fromkeys(("script", "headers", "body", "method", "query"), Kind.ANY),
        "bodyIsBase64": Kind.MAYBE,
    }
)
def test() -> Response:
    """
    Run a request through a script, saved or given, and post nothing.

    Of an outgoing integration, `body` is what a call would tell, as JSON; nobody is called.
    """
    given = body()
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
    shown["blocks"] = row["extra"].get("blocks")
    return {
        "rid": row["room_id"],
        "ts": iso(row["ts"]),
        "u": {"_id": row["user_id"], "username": row["username"], "name": row["user_name"]},
        **{key: value for key, value in shown.items() if value is not None},
    }
