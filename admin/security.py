"""What protects the admin pages: CSRF tokens, response headers, and errors that explain themselves."""

from __future__ import annotations

import logging
import secrets

from flask import Flask, Response, current_app, g, jsonify, render_template, request
from flask_wtf.csrf import CSRFError, CSRFProtect
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import Forbidden, HTTPException, ServiceUnavailable

from engine.db import reason_of
from engine.journal import RETRY_AFTER_S, NotStored, is_unavailable
from engine.web import the_engine

log = logging.getLogger(__name__)

_PREFIX = "/admin"
#: Beside the script, a form carries settings and a payload to try.
_ROOM_BESIDE_SCRIPT_BYTES = 256 << 10
_PARTS = {
    400: "That did not work",
    403: "That is not allowed",
    404: "There is nothing here",
    405: "That did not work",
    413: "That is too large",
    500: "Something went wrong",
    503: "Not now",
}

csrf = CSRFProtect()


def install(app: Flask) -> None:
    """Protect everything under /admin, and nothing else."""
    app.config.update(
        # The hooks and the API carry their own credentials; see _check_request.
        WTF_CSRF_CHECK_DEFAULT=False,
        # A token lives as long as its session: a script may be edited for hours.
        WTF_CSRF_TIME_LIMIT=None,
        # Compares hosts, which fails behind proxies that rewrite them; Sec-Fetch-Site says it better.
        WTF_CSRF_SSL_STRICT=False,
    )
    csrf.init_app(app)
    app.before_request(_check_request)
    app.after_request(_add_headers)
    app.register_error_handler(HTTPException, _explain)
    app.register_error_handler(SQLAlchemyError, _say_unavailable)
    app.register_error_handler(NotStored, _say_unavailable)
    app.context_processor(lambda: {"style_nonce": style_nonce})


def style_nonce() -> str:
    """Return what allows a <style> element in this response."""
    if "style_nonce" not in g:
        g.style_nonce = secrets.token_urlsafe(16)
    nonce: str = g.style_nonce
    return nonce


def _is_admin_page() -> bool:
    return request.path == _PREFIX or request.path.startswith(f"{_PREFIX}/")


def _check_request() -> None:
    if not _is_admin_page():
        return
    limit = 2 * the_engine().settings.script_max_bytes + _ROOM_BESIDE_SCRIPT_BYTES
    request.max_content_length = request.max_form_memory_size = limit
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise Forbidden("The request came from another site.")
    csrf.protect()


def _add_headers(response: Response) -> Response:
    if not _is_admin_page():
        return response
    response.headers["Content-Security-Policy"] = "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            # Attributes carry the colours of attachments; elements need the nonce.
            "style-src 'self' 'unsafe-inline'",
            f"style-src-elem 'self' 'nonce-{style_nonce()}'",
            "style-src-attr 'unsafe-inline'",
            "img-src 'self' https: http: data:",
            "media-src 'self' https: http:",
            "connect-src 'self'",
            "font-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        )
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "no-store"
    return response


def _say_unavailable(exc: Exception) -> Response:
    """Answer 503 where the database is locked or away; any other fault is one of ours."""
    if not is_unavailable(exc):
        raise exc
    log.warning("%s %s found no database: %s", request.method, request.path, reason_of(exc))
    # The page of an error asks who is logged in, which nobody can tell now.
    g.setdefault("admin_user", None)
    reason = (
        "The database is locked by another process or cannot be reached, so nothing was changed. "
        "Go back in a moment and do the same again."
    )
    response = current_app.make_response(_explain(ServiceUnavailable(reason)))
    response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return response


def _explain(exc: HTTPException) -> HTTPException | Response | tuple[str | Response, int]:
    status = exc.code or 500
    if not _is_admin_page() or status < 400:
        return exc
    title = _PARTS.get(status, exc.name)
    reason = exc.description or exc.name
    again = None
    if isinstance(exc, CSRFError):
        title = "This page has expired"
        reason = (
            "Your login ended, or you logged in again somewhere else since the page was opened, "
            "so nothing was changed. Open the page again and repeat what you did; a script that "
            "you were typing is offered again there."
        )
        again = request.path if _can_be_opened(request.path) else None
    if request.is_json or request.accept_mimetypes.best == "application/json":
        return jsonify(error=reason, expired=isinstance(exc, CSRFError)), status
    page = render_template("error.html", title=title, reason=reason, status=status, again=again)
    return page, status


def _can_be_opened(path: str) -> bool:
    return current_app.url_map.bind("").test(path, "GET")
