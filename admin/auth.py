"""Who is logged in to the admin pages, and the way in and out."""

from __future__ import annotations

import time
from urllib.parse import urlsplit

from flask import Blueprint, Flask, flash, g, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from engine import users
from engine.models import User
from engine.web import the_engine

blueprint = Blueprint("auth", __name__, url_prefix="/admin")

_USER, _EPOCH, _SINCE = "user", "epoch", "since"
_WRONG = "Name or password is wrong."


def install(app: Flask) -> None:
    """Register login and logout."""
    app.register_blueprint(blueprint)
    app.context_processor(lambda: {"signed_in": current_user()})


def current_user() -> User | None:
    """Return the administrator whose session this is, if it still holds."""
    if "admin_user" not in g:
        g.admin_user = _find_user()
    user: User | None = g.admin_user
    return user


def start_session(user: User) -> None:
    """Begin a new session; nothing of the one before is carried over."""
    session.clear()
    session.permanent = True
    session[_USER] = user.id
    session[_EPOCH] = user.session_epoch
    session[_SINCE] = int(time.time())
    g.admin_user = user


def to_login() -> Response:
    """Send the visitor to the login, and back to this page afterwards."""
    here = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("auth.login", next=here))


@blueprint.get("/login/")
def login() -> str | Response:
    """Show the form."""
    if current_user() is not None:
        return redirect(local_path(request.args.get("next")))
    return render_template("auth/login.html", username="", next=request.args.get("next", ""))


@blueprint.post("/login/")
def log_in() -> Response | tuple[str, int]:
    """Check name and password."""
    engine = the_engine()
    username = request.form.get("username", "").strip()
    address = request.remote_addr or ""
    with engine.database.read() as reading:
        guarded = users.guarded_name(reading, username)
    if wait_s := engine.logins.begin(guarded, address):
        return _refused(429, f"Too many failed logins. Try again in {wait_in_words(wait_s)}.")
    with engine.database.read() as reading:
        user = users.authenticate(reading, username, request.form.get("password", ""))
    if user is None:
        return _refused(401, _WRONG)
    engine.logins.succeeded(guarded, address)
    if not users.is_admin(user):
        return _refused(403, f"@{user.username} is not an administrator.")
    start_session(user)
    return redirect(local_path(request.form.get("next")))


@blueprint.post("/logout/")
def logout() -> Response:
    """End the sessions of whoever is logged in, in this browser and wherever a cookie was copied to."""
    user = current_user()
    if user is not None:
        with the_engine().database.write() as writing:
            users.end_sessions(writing.get_one(User, user.id))
    session.clear()
    flash("You are logged out, in every browser.", "mute")
    return redirect(url_for("auth.login"))


def local_path(wanted: str | None) -> str:
    """Return where to go after the login: a page of the admin, whatever was asked for."""
    home = url_for("admin.index")
    if not wanted or not wanted.isprintable() or "\\" in wanted:
        return home
    parts = urlsplit(wanted)
    # `//host` and `/\host` are other servers to a browser.
    if parts.scheme or parts.netloc or not parts.path.startswith(home):
        return home
    if "//" in parts.path or ".." in parts.path:
        return home
    return wanted


def wait_in_words(wait_s: int) -> str:
    """Return a time to wait as one says it."""
    if wait_s < 60:
        return f"{wait_s} seconds" if wait_s != 1 else "a second"
    minutes = -(-wait_s // 60)
    return f"{minutes} minutes" if minutes != 1 else "a minute"


def _refused(status: int, reason: str) -> tuple[str, int]:
    form = request.form
    page = render_template(
        "auth/login.html",
        reason=reason,
        username=form.get("username", ""),
        next=form.get("next", ""),
    )
    return page, status


def _find_user() -> User | None:
    user_id, since = session.get(_USER), session.get(_SINCE)
    if not isinstance(user_id, str) or not isinstance(since, int):
        return None
    engine = the_engine()
    if time.time() - since > engine.settings.session_hours * 3600:
        return None
    with engine.database.read() as reading:
        user = reading.get(User, user_id)
    if user is None or not user.active or not users.is_admin(user):
        return None
    return user if user.session_epoch == session.get(_EPOCH) else None
