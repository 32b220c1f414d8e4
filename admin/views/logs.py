"""The log: what happened, newest first, and every request as a story."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import flash, jsonify, redirect, render_template, request, send_file, url_for
from flask_admin import expose
from werkzeug.wrappers import Response

from admin import story
from admin.views.arguments import RANGES, id_argument
from admin.views.base import RECENT, ProtectedView
from engine import executions, integrations, logpages, replays
from engine.db import utcnow
from engine.errors import Invalid, NotFound, SandboxError
from engine.executions import BAD, Filter
from engine.ids import sortable_prefix
from engine.journal import NotStored
from engine.logpages import Page
from engine.models import ExecutionKind, Outcome

FAILED = "failed"
_KINDS: Mapping[str, str] = {
    ExecutionKind.HOOK: "incoming",
    ExecutionKind.OUTGOING: "outgoing",
    ExecutionKind.REPLAY: "replays",
    ExecutionKind.TEST: "tests",
}
PER_PAGE = 50
_SEARCH_CHARS = 200
#: An execution is stored when it has ended, under the id of its beginning: the poll looks back by
#: more than an execution lasts, so that none is missed.
_LOOK_BACK = dt.timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Choice:
    """What the filters are set to, as the address says it; what it does not know is ignored."""

    integration: str = ""
    outcome: str = ""
    kind: str = ""
    range: str = ""
    search: str = ""

    @classmethod
    def of(cls, arguments: Mapping[str, str]) -> Choice:
        outcome, reach = arguments.get("outcome", ""), arguments.get("range", "")
        return cls(
            integration=arguments.get("integration", "").replace("\x00", "")[:20],
            outcome=outcome if outcome == FAILED or outcome in list(Outcome) else "",
            kind=kind if (kind := arguments.get("kind", "")) in list(ExecutionKind) else "",
            range=reach if reach in RANGES else "",
            search=arguments.get("q", "").replace("\x00", "").strip()[:_SEARCH_CHARS],
        )

    @property
    def is_set(self) -> bool:
        return self != Choice()

    def filter(self, before: str | None = None, after: str | None = None) -> Filter:
        """Return it as the engine's filter."""
        outcomes = BAD if self.outcome == FAILED else frozenset({self.outcome} - {""})
        return Filter(
            integration_id=self.integration or None,
            outcomes=frozenset(str(outcome) for outcome in outcomes),
            kinds=frozenset({self.kind} - {""}),
            since=utcnow() - RANGES[self.range][1] if self.range else None,
            search=self.search,
            before=before,
            after=after,
        )

    def query(self, **more: str | None) -> str:
        """Return it as an address's query."""
        named = {
            "integration": self.integration,
            "outcome": self.outcome,
            "kind": self.kind,
            "range": self.range,
            "q": self.search,
            **more,
        }
        return urlencode({name: value for name, value in named.items() if value})


class LogsView(ProtectedView):
    """Pages under /admin/logs/."""

    @expose("/")
    def index(self) -> str:
        """List executions, newest first."""
        choice = Choice.of(request.args)
        before, after = id_argument("before", "an execution"), id_argument("after", "an execution")
        page = self._read(choice, before, after)
        if after and page.after is None:
            # The newest page is full, even when it was reached from below.
            page = self._read(choice)
        with self.engine.database.read() as session:
            known = integrations.list_integrations(session)
        newest = page.executions[0].id if page.executions else _first_id_lately()
        return self.render(
            "logs/index.html",
            page=page,
            choice=choice,
            live_after=None if page.after else newest,
            integrations=known,
            outcomes=list(Outcome),
            kinds=_KINDS,
            ranges=RANGES,
            **self._counted(),
        )

    @expose("/rows")
    def rows(self) -> Response:
        """Return the newest rows for the page that is open, and how many there are by now."""
        after = min(id_argument("after", "an execution") or "z", _first_id_lately())
        wanted = Choice.of(request.args).filter(after=after)
        with self.engine.database.read() as session:
            found = logpages.newest(session, wanted, count=PER_PAGE)
        return jsonify(
            html=render_template("logs/_rows.html", executions=found),
            # When the reader knows none of a full page, some in between are missing.
            full=len(found) == PER_PAGE,
            counted=render_template("logs/_counted.html", **self._counted()),
        )

    @expose("/<execution_id>/")
    def execution(self, execution_id: str) -> str:
        """Tell what became of one request."""
        told = story.tell(self.engine, execution_id)
        return self.render(
            "logs/execution.html",
            story=told,
            execution=told.execution,
            most_deliveries=story.MOST_DELIVERIES,
        )

    @expose("/<execution_id>/body")
    def body(self, execution_id: str) -> Response:
        """Hand out a request's body as it came."""
        with self.engine.database.read() as session:
            _, detail = executions.get(session, execution_id)
        return send_file(
            io.BytesIO(detail.body),
            mimetype="application/octet-stream",
            as_attachment=True,
            download_name=f"{execution_id}.body",
        )

    @expose("/<execution_id>/replay", methods=["POST"])
    def replay(self, execution_id: str) -> Response:
        """Run a request again, and show what came of it."""
        try:
            replayed = replays.replay(self.engine, execution_id)
        except (NotFound, Invalid, NotStored, SandboxError) as exc:
            flash(f"Not replayed: {exc}", "bad")
            return redirect(url_for(".execution", execution_id=execution_id))
        return redirect(url_for(".execution", execution_id=replayed.execution_id))

    def _read(self, choice: Choice, before: str | None = None, after: str | None = None) -> Page:
        with self.engine.database.read() as session:
            return logpages.read(session, choice.filter(before, after), count=PER_PAGE)

    def _counted(self) -> dict[str, int]:
        with self.engine.database.read() as session:
            counts = logpages.counts_since(session, utcnow() - RECENT)
        return {
            "total": sum(counts.values()),
            "failed": sum(count for outcome, count in counts.items() if outcome in BAD),
        }


def _first_id_lately() -> str:
    return sortable_prefix((utcnow() - _LOOK_BACK).timestamp())
