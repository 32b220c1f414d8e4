"""What every page behind the login shares."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from flask import abort
from flask_admin import BaseView
from werkzeug.wrappers import Response

from admin import auth
from engine import backlog, executions
from engine.db import utcnow
from engine.errors import NotFound
from engine.executions import Filter
from engine.models import User
from engine.runtime import Engine
from engine.web import the_engine

RECENT = dt.timedelta(hours=24)


class ProtectedView(BaseView):
    """A page for administrators; everybody else is sent to the login."""

    @property
    def engine(self) -> Engine:
        """The running engine."""
        return the_engine()

    @property
    def user(self) -> User:
        """Who is logged in."""
        user = auth.current_user()
        assert user is not None  # noqa: S101 - is_accessible has looked
        return user

    def is_accessible(self) -> bool:
        return auth.current_user() is not None

    def inaccessible_callback(self, name: str, **kwargs: Any) -> Response:
        return auth.to_login()

    def render(self, template: str, **context: Any) -> str:
        """Render a page in the frame of `layout.html`."""
        with self.engine.database.read() as session:
            wanted = Filter(outcomes=executions.BAD, kinds=executions.REAL, since=utcnow() - RECENT)
            failed = executions.count_executions(session, wanted)
            waiting = backlog.read(session, utcnow() - RECENT)
        html: str = super().render(template, recently_failed=failed, backlog=waiting, **context)
        return html

    def _run_view(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        # Flask-Admin's own calls a view a second time when it raised TypeError.
        try:
            return fn(self, *args, **kwargs)
        except NotFound as exc:
            abort(404, str(exc))
