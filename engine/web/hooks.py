"""The addresses that other services call (wire.md 1.1, "Routes")."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple
from urllib.parse import quote

import orjson
from flask import Blueprint, Response, abort, request
from werkzeug.exceptions import ClientDisconnected, HTTPException, RequestEntityTooLarge
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.wsgi import get_content_length, get_input_stream

from engine.admission import HookCall, find_hook, match_token
from engine.answers import INTERNAL, UNKNOWN_HOOK, Answer, failure, success
from engine.db import reason_of, utcnow
from engine.dialects import ROCKETCHAT, UCHAT
from engine.errors import Invalid
from engine.ids import new_id
from engine.journal import RETRY_AFTER_S, is_unavailable
from engine.payload import BodyTooLarge, decompress, parse_query
from engine.record import HookRequest
from engine.runtime import Engine
from engine.times import iso
from engine.users import BOT_USERNAME
from engine.web import the_engine

log = logging.getLogger(__name__)

blueprint = Blueprint("hooks", __name__, url_prefix="/hooks")

Environ = dict[str, Any]
WSGIApplication = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
#: Status, headers and body.
_Reply = tuple[int, list[tuple[str, str]], bytes]

_CHUNK_BYTES = 64 << 10
#: Addresses of hooks as the routes below understand them: with an id and what follows it, or a token.
_ORDINARY = re.compile(
    r"/hooks/(?!(?:sample|info)/)(?:(?P<id>[^/]+)/(?P<rest>[^/].*)|(?P<token>[^/]+))"
    r"|(?P<slack>/services/[^/]+/[^/]+/)(?P<slack_token>[^/]+)"
    r"|/v1/spaces/(?P<space>[^/]+)/messages"
    r"|/api/apichat/(?P<code>[^/]+)"
)


class _Address(NamedTuple):
    """Where a call went: the path, encoded; the id, if it has one; the rest; and how it speaks."""

    path: str
    integration_id: str
    rest: str
    dialect: str = ROCKETCHAT


_METHODS = ["GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"]
_HEADERS = {
    "Cache-Control": "no-store",
    "Pragma": "no-cache",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "Origin, X-Requested-With, Content-Type, Accept",
    "Access-Control-Expose-Headers": "X-Execution-Id, X-Request-Id, X-RateLimit-Limit, "
    "X-RateLimit-Remaining, X-RateLimit-Reset, Retry-After, X-Duplicate-Of",
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
    """Run an incoming integration; of ordinary calls only the methods that post nothing come here."""
    if request.method == "HEAD":
        return to_response(success())  # monitors and link previews; nothing is run or posted
    if request.method == "OPTIONS":
        return Response(
            status=204, headers={**_HEADERS, "Access-Control-Allow-Methods": "GET, POST"}
        )
    address = _Address(_two_segments(integration_id, rest), integration_id, rest)
    status, headers, body = _receive(the_engine(), request.environ, address)
    return Response(body, status=status, headers=headers)


class Shortcut:
    """
    A WSGI application that answers the ordinary calls of hooks and leaves all others to another one.

    It gives a hook what Flask would: the id and what follows, percent-decoded once. Flask's own
    part (routing, sessions, request and response objects) is 0.25 ms of a request's 0.9.
    """

    def __init__(self, app: WSGIApplication, engine: Engine) -> None:
        self._app = app
        self._engine = engine

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] in ("GET", "POST"):
            # WSGI spells bytes as Latin-1.
            path = environ["PATH_INFO"].encode("latin-1").decode(errors="replace")
            if match := _ORDINARY.fullmatch(path):
                status, headers, body = self._receive(environ, _address(match, environ))
                start_response(f"{status} {HTTP_STATUS_CODES[status].upper()}", headers)
                return [body]
        return self._app(environ, start_response)

    def _receive(self, environ: Environ, address: _Address) -> _Reply:
        try:
            return _receive(self._engine, environ, address)
        except Exception as exc:
            return _reply(_failed(exc))


@blueprint.errorhandler(Exception)
def _unexpected(exc: Exception) -> Any:
    return exc if isinstance(exc, HTTPException) else to_response(_failed(exc))


def _failed(exc: Exception) -> Answer:
    if is_unavailable(exc):
        log.warning("a hook found no database: %s", reason_of(exc))
        reason = "the database could not be reached"
        return failure(503, reason, Retry_After=str(RETRY_AFTER_S))
    log.error("a hook could not be answered", exc_info=exc)
    return failure(500, INTERNAL)


def to_response(answer: Answer) -> Response:
    """Return an answer as HTTP."""
    status, headers, body = _reply(answer)
    return Response(body, status=status, headers=headers)


def _reply(answer: Answer, execution_id: str = "") -> _Reply:
    body = answer.encoded()
    headers = [
        *_HEADERS.items(),
        *answer.headers.items(),
        ("Content-Type", answer.content_type),
        ("Content-Length", str(len(body))),
    ]
    if execution_id:
        # The second is Mattermost's name for the same.
        headers += [("X-Execution-Id", execution_id), ("X-Request-Id", execution_id)]
    return answer.status, headers, body


def _address(match: re.Match[str], environ: Environ) -> _Address:
    integration_id, rest, token = match.group("id", "rest", "token")
    if token is not None:
        return _Address(f"/hooks/{quote(token, safe='')}", "", token, "mattermost")
    if match["slack"] is not None:
        slack_token = match["slack_token"]
        return _Address(
            quote(match["slack"]) + quote(slack_token, safe=""), "", slack_token, "slack"
        )
    if (code := match["code"]) is not None:
        return _Address(f"/api/apichat/{quote(code, safe='')}", "", code, UCHAT)
    if (space := match["space"]) is not None:
        sent = parse_query(environ.get("QUERY_STRING", "")).get("token")
        path = f"/v1/spaces/{quote(space, safe='')}/messages"
        return _Address(path, space, sent if isinstance(sent, str) else "", "googlechat")
    return _Address(_two_segments(integration_id, rest), integration_id, rest)


def _two_segments(integration_id: str, rest: str) -> str:
    # The server hands the path over decoded; encoding it again gives what every client sends.
    return f"/hooks/{quote(integration_id, safe='')}/{quote(rest)}"


def _receive(engine: Engine, environ: Environ, address: _Address) -> _Reply:
    body = _Body(environ, engine.settings.max_body_bytes)
    request = _hook_request(environ, address.path)
    call = HookCall(address.integration_id, address.rest, request, body.read, address.dialect)
    handled = engine.incoming.receive(call)
    return _reply(handled.answer, handled.execution_id)


def _require_token(integration_id: str, rest: str) -> None:
    hook = find_hook(the_engine().database, integration_id)
    if hook is None or match_token(rest, hook.integration.token_digest) is None:
        abort(to_response(failure(404, UNKNOWN_HOOK)))


def _hook_request(environ: Environ, path: str) -> HookRequest:
    return HookRequest(
        method=environ["REQUEST_METHOD"].upper(),
        path=path,
        query_string=environ.get("QUERY_STRING", ""),
        headers=list(_headers(environ)),
        body=b"",
        remote_address=environ.get("REMOTE_ADDR") or "",
    )


def _headers(environ: Environ) -> Iterator[tuple[str, str]]:
    for key, value in environ.items():
        if key.startswith("HTTP_"):
            if key not in ("HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH"):
                yield key[5:].replace("_", "-").title(), value
        elif key in ("CONTENT_TYPE", "CONTENT_LENGTH") and value:
            yield key.replace("_", "-").title(), value


class _Body:
    """The request's body, read when it is wanted."""

    def __init__(self, environ: Environ, max_bytes: int) -> None:
        self._environ = environ
        self._max_bytes = max_bytes
        self._length = 0

    def read(self) -> bytes:
        """
        Return the body, decompressed.

        :raise BodyTooLarge: :raise UnknownEncoding: :raise Invalid:
        """
        declared = get_content_length(self._environ)
        if declared is not None and declared > self._max_bytes:
            raise BodyTooLarge(self._max_bytes)
        data = b"".join(self._chunks())
        if self._length > self._max_bytes:
            raise BodyTooLarge(self._max_bytes)
        return decompress(data, self._environ.get("HTTP_CONTENT_ENCODING", ""), self._max_bytes)

    def _chunks(self) -> Iterator[bytes]:
        stream = get_input_stream(self._environ)
        try:
            while self._length <= self._max_bytes and (chunk := stream.read(_CHUNK_BYTES)):
                self._length += len(chunk)
                yield chunk
        except (ClientDisconnected, RequestEntityTooLarge, OSError) as exc:
            raise Invalid(f"the body could not be read: {exc}") from exc
