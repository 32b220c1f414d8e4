"""The first page: what happened, what fails, whether everything runs."""

from __future__ import annotations

import datetime as dt

from flask_admin import expose

from admin.views.base import RECENT, ProtectedView
from engine import activity, executions, integrations
from engine.db import utcnow
from engine.executions import BAD, REAL, Filter
from engine.models import Outcome
from engine.web.proxies import undeclared_proxy

_LATEST = 8
_WAITS_OF = dt.timedelta(hours=1)


class DashboardView(ProtectedView):
    """`/admin/`"""

    @expose("/")
    def index(self) -> str:
        """Show the last 24 hours."""
        now = utcnow()
        with self.engine.database.read() as session:
            everything = integrations.list_integrations(session)
            hours = activity.per_hour(session, now)
            failing = activity.failing(session, now - RECENT)
            latest = executions.list_executions(session, Filter(kinds=REAL), count=_LATEST)
            outcomes = executions.outcome_counts(session, now - RECENT)
            waits = activity.waits(session, now - _WAITS_OF)
            pauses = self.engine.pauses.known(session, [one.id for one in everything])
        counts = {
            outcome: sum(of_one.get(outcome, 0) for of_one in outcomes.values())
            for outcome in Outcome
        }
        return self.render(
            "dashboard.html",
            integrations={one.id: one for one in everything},
            enabled=sum(one.enabled for one in everything),
            hours=hours,
            busiest=max(hour.good + hour.bad for hour in hours),
            failing=failing,
            latest=latest,
            waits=waits,
            slow_wait_ms=activity.SLOW_WAIT_MS,
            paused={one: pause for one, pause in pauses.items() if pause.remaining_s},
            posted=counts[Outcome.POSTED],
            nothing=counts[Outcome.NOTHING],
            failed=sum(counts[outcome] for outcome in BAD),
            health=self.engine.health(),
            layers=self.engine.layers(),
            undeclared_proxy=undeclared_proxy(),
        )
