"""The only package that knows HTTP: hooks, the management API, health."""

from __future__ import annotations

from typing import cast

from flask import Flask, current_app

from engine.runtime import Engine

_KEY = "hooksmith"


def install(app: Flask, engine: Engine) -> None:
    """Register every route but the admin pages, and the shorter way to the hooks."""
    from engine.web import api, avatars, health, hooks, partner

    app.extensions[_KEY] = engine
    app.register_blueprint(hooks.blueprint)
    app.register_blueprint(api.server.blueprint)
    app.register_blueprint(api.blueprint)
    app.register_blueprint(partner.blueprint)
    app.register_blueprint(avatars.blueprint)
    app.register_blueprint(health.blueprint)
    app.wsgi_app = hooks.Shortcut(app.wsgi_app, engine)  # type: ignore[method-assign]


def the_engine() -> Engine:
    """Return the engine of the current app."""
    return cast(Engine, current_app.extensions[_KEY])
