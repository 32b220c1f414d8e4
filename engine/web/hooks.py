"""The addresses that other services call (wire.md 1.1, "Routes")."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import orjson
from flask import Blueprint, Response, abort, request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from engine.admission import HookCall, find_hook, match_token
from engine.answers import UNKNOWN_HOOK, Answer, failure, success
from engine.db import utcnow
from engine.errors import Invalid
from engine.executions import HookRequest
from engine.ids import new_id
from engine.journal import NotStored
from engine.payload import BodyTooLarge, decompress
from engine.rooms import iso
from engine.users import BOT_USERNAME
from engine.web import the_engine

blueprint = Blueprint("hooks", __name__, url_prefix="/hooks")

_CHUNK_BYTES = 64 << 10
_METHODS = ["GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"]
_HEADERS = {
    "Cache-Control": "no-store",
    "Pragma": "no-cache",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "Origin, X-Requested-With, Content-Type, Accept",
    "Access-Control-Expose-Headers": "X-Execution-Id, X-RateLimit-Limit, X-RateLimit-Remaining, "
    "X-RateLimit-Reset, Retry-After, X-Duplicate-Of",
}


@blueprint.get("/sample/<integration_id>/<path:rest>")
def sample(integration_id: str, rest: str) -> Response:
    """Return three made-up messages, for services that show their users what to expect."""
    _require_token(integration_id, rest)
    now = iso(utcnow())
    messages = [
        {
            "token": new_id() + new_id()[:7],
            "channel_id": new_id(),
            "channel_name": "general",
            "timestamp": now,
            "user_id": new_id(),
            "user_name": BOT_USERNAME,
            "text": f"Sample text {number}",
            "trigger_word": "Sample",
        }
        for number in (1, 2, 3)
    ]
    return Response(orjson.dumps(messages), mimetype="application/json", headers=_HEADERS)


@blueprint.get("/info/<integration_id>/<path:rest>")
def info(integration_id: str, rest: str) -> Response:
    """Tell that the address is a good one."""
    _require_token(integration_id, rest)
    return to_response(success())


@blueprint.route(
    "/<integration_id>", defaults={"rest": ""}, methods=_METHODS, provide_automatic_options=False
)
@blueprint.route(
    "/<integration_id>/", defaults={"rest": ""}, methods=_METHODS, provide_automatic_options=False
)
@blueprint.route("/<integration_id>/<path:rest>", methods=_METHODS, provide_automatic_options=False)
def receive(integration_id: str, rest: str) -> Response:
    """Run an incoming integration."""
    if request.method == "HEAD":
        return to_response(success())  # monitors and link previews; nothing is run or posted
    if request.method == "OPTIONS":
        return Response(
            status=204, headers={**_HEADERS, "Access-Control-Allow-Methods": "GET, POST"}
        )
    body = _Body(the_engine().settings.max_body_bytes)
    call = HookCall(integration_id, rest, _hook_request(integration_id, rest), body.read)
    try:
        handled = the_engine().incoming.receive(call)
    except NotStored as exc:
        return to_response(failure(503, f"The request was not stored: {exc}", Retry_After="5"))
    response = to_response(handled.answer)
    if handled.execution_id:
        response.headers["X-Execution-Id"] = handled.execution_id
    return response


def to_response(answer: Answer) -> Response:
    """Return an answer as HTTP."""
    return Response(
        orjson.dumps(answer.body),
        status=answer.status,
        mimetype="application/json",
        headers={**_HEADERS, **answer.headers},
    )


def _require_token(integration_id: str, rest: str) -> None:
    hook = find_hook(the_engine().database, integration_id)
    if hook is None or match_token(rest, hook.integration.token_digest) is None:
        abort(to_response(failure(404, UNKNOWN_HOOK)))


def _hook_request(integration_id: str, rest: str) -> HookRequest:
    # The server hands the path over decoded; encoding it again gives what every client sends.
    path = f"/hooks/{quote(integration_id, safe='')}/{quote(rest)}"
    return HookRequest(
        method=request.method,
        path=path,
        query_string=request.query_string.decode("latin-1"),
        headers=list(request.headers.items()),
        body=b"",
        remote_address=request.remote_addr or "",
    )


class _Body:
    """The request's body, read when it is wanted."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._length = 0

    def read(self) -> bytes:
        """
        Return the body, decompressed.

        :raise BodyTooLarge: :raise UnknownEncoding: :raise Invalid:
        """
        declared = request.content_length
        if declared is not None and declared > self._max_bytes:
            raise BodyTooLarge(self._max_bytes)
        data = b"".join(self._chunks())
        if self._length > self._max_bytes:
            raise BodyTooLarge(self._max_bytes)
        return decompress(data, request.headers.get("Content-Encoding", ""), self._max_bytes)

    def _chunks(self) -> Iterator[bytes]:
        try:
            while self._length <= self._max_bytes and (chunk := request.stream.read(_CHUNK_BYTES)):
                self._length += len(chunk)
                yield chunk
        except (ClientDisconnected, RequestEntityTooLarge, OSError) as exc:
            raise Invalid(f"the body could not be read: {exc}") from exc
