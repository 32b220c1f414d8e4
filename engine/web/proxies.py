"""Reverse proxies that nobody declared: every visitor then counts as one address, theirs."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any, cast

from flask import Flask, current_app

log = logging.getLogger(__name__)

_KEY = "hooksmith-undeclared-proxy"
_SHOWN_CHARS = 64
WSGIApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class UndeclaredProxy:
    """
    Notices the first request with an `X-Forwarded-For` that is not believed, and says so in the log.

    What the header says is neither used nor shown: anybody can send it.
    """

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app
        #: From where the request came, by its connection; empty while there was none.
        self.address = ""

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        if not self.address and "HTTP_X_FORWARDED_FOR" in environ:
            self.address = str(environ.get("REMOTE_ADDR") or "an unknown address")[:_SHOWN_CHARS]
            log.warning(
                "a request from %s carries X-Forwarded-For, which is not believed while"
                " HOOKSMITH_TRUSTED_PROXIES=0: all that comes through a proxy counts as one address,"
                " also for lock-outs; if one stands in front, set HOOKSMITH_TRUSTED_PROXIES to the"
                " number of them",
                self.address,
            )
        return self._app(environ, start_response)


def watch(app: Flask) -> None:
    """Notice such requests to an application that believes no proxy."""
    watching = UndeclaredProxy(app.wsgi_app)
    app.extensions[_KEY] = watching
    app.wsgi_app = watching  # type: ignore[method-assign]


def undeclared_proxy() -> str:
    """Return from where such a request came; empty when none did."""
    watching = current_app.extensions.get(_KEY)
    return cast(UndeclaredProxy, watching).address if watching is not None else ""
