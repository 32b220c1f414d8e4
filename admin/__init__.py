"""The web application: everything the engine serves, and the admin pages."""

from __future__ import annotations

import os

from flask import Flask, redirect
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response

from admin import auth, delivery_words, rendering, security, units, views, words
from engine import runtime, web
from engine.runtime import Engine
from engine.settings import Settings
from engine.web import proxies


def create_app(settings: Settings | None = None, engine: Engine | None = None) -> Flask:
    """Make the application; without arguments from the environment, as the server does."""
    engine = engine or runtime.start(settings or Settings.from_env(os.environ))
    settings = engine.settings
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=engine.vault.session_key,
        SESSION_COOKIE_NAME="hooksmith",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/admin",
        SESSION_COOKIE_SECURE=settings.base_url.startswith("https://"),
        PERMANENT_SESSION_LIFETIME=settings.session_hours * 3600,
        SESSION_REFRESH_EACH_REQUEST=False,
    )
    web.install(app, engine)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    else:
        proxies.watch(app)
    security.install(app)
    auth.install(app)
    words.install(app)
    rendering.install(app)
    units.install(app)
    delivery_words.install(app)
    views.install(app)

    @app.get("/")
    def index() -> Response:
        return redirect("/admin/")

    return app
