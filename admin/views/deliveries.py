"""Deliveries: what was sent where and what waits, newest first, and one of them with all attempts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import flash, redirect, request, url_for
from flask_admin import expose
from werkzeug.wrappers import Response

from admin.delivery_words import DELIVERY_STATES, attempt_views, message_view, next_try
from admin.views.arguments import RANGES, id_argument, is_id
from admin.views.base import ProtectedView
from engine import deliveries, deliverypages, destinations, integrations
from engine.db import utcnow
from engine.deliveries import Wanted
from engine.delivery.tables import DeliveryState
from engine.errors import Invalid
from engine.models import Execution, Integration

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Choice:
    """What the filters are set to, as the address says it; what it does not know is ignored."""

    state: str = ""
    destination: str = ""
    integration: str = ""
    range: str = ""
    execution: str = ""

    @classmethod
    def of(cls, arguments: Mapping[str, str]) -> Choice:
        state, reach = arguments.get("state", ""), arguments.get("range", "")
        return cls(
            state=state if state in DELIVERY_STATES else "",
            destination=_an_id(arguments.get("destination", "")),
            integration=_an_id(arguments.get("integration", "")),
            range=reach if reach in RANGES else "",
            execution=_an_id(arguments.get("execution", "")),
        )

    @property
    def is_set(self) -> bool:
        return self != Choice()

    def wanted(self, before: str | None, after: str | None) -> Wanted:
        """Return it as the engine's filter."""
        return Wanted(
            destination_id=self.destination or None,
            execution_id=self.execution or None,
            integration_id=self.integration or None,
            states=frozenset({self.state} - {""}),
            since=utcnow() - RANGES[self.range][1] if self.range else None,
            before=before,
            after=after,
        )

    def query(self, **more: str | None) -> str:
        """Return it as an address's query."""
        named = {
            "state": self.state,
            "destination": self.destination,
            "integration": self.integration,
            "range": self.range,
            "execution": self.execution,
            **more,
        }
        return urlencode({name: value for name, value in named.items() if value})


class DeliveriesView(ProtectedView):
    """`/admin/deliveries/`"""

    @expose("/")
    def index(self) -> str:
        """List deliveries, newest first."""
        choice = Choice.of(request.args)
        before, after = id_argument("before", "a delivery"), id_argument("after", "a delivery")
        with self.engine.database.read() as session:
            page = deliverypages.read(session, choice.wanted(before, after), count=PER_PAGE)
            if after and page.after is None:
                # The newest page is full, even when it was reached from below.
                page = deliverypages.read(session, choice.wanted(None, None), count=PER_PAGE)
            listed = destinations.list_destinations(session)
            known = integrations.list_integrations(session)
            failed = deliveries.state_counts(session).get(choice.destination, {})
        return self.render(
            "deliveries/index.html",
            page=page,
            choice=choice,
            destinations={one.id: one.name for one, _ in listed},
            integrations={one.id: one.name or "(no name)" for one in known},
            states={state: word for state, (_, word) in DELIVERY_STATES.items()},
            ranges={value: label for value, (label, _) in RANGES.items()},
            failed_there=failed.get(DeliveryState.FAILED, 0),
        )

    @expose("/<delivery_id>/")
    def delivery(self, delivery_id: str) -> str:
        """Show one with its message and everything that was tried."""
        with self.engine.database.read() as session:
            found = deliveries.get(session, delivery_id)
            [listed] = deliverypages.with_destinations(session, [found])
            attempts = deliveries.attempts_of(session, delivery_id)
            integration = (
                session.get(Integration, found.integration_id) if found.integration_id else None
            )
            execution = session.get(Execution, found.execution_id) if found.execution_id else None
            hold_s = self.engine.settings.delivery_hold_s
            hold = deliveries.held_by(session, found, self.engine.vault, hold_s)
        return self.render(
            "deliveries/delivery.html",
            listed=listed,
            delivery=found,
            message=message_view(found.message),
            attempts=attempt_views(attempts),
            integration=integration,
            execution=execution,
            hold=hold,
        )

    @expose("/<delivery_id>/retry/", methods=["POST"])
    def retry(self, delivery_id: str) -> Response:
        """Try it once more now."""
        try:
            with self.engine.database.write() as session:
                found = deliveries.get(session, delivery_id)
                deliveries.retry(session, found)
                [listed] = deliverypages.with_destinations(session, [found])
        except Invalid as exc:
            flash(f"Not tried again: {exc}.", "bad")
        else:
            self.engine.bell.ring([found.destination_id])
            then = next_try(listed)
            flash("It is tried again." if then == "now" else f"It is tried again {then}.", "ok")
        return redirect(url_for(".delivery", delivery_id=delivery_id))

    @expose("/<delivery_id>/cancel/", methods=["POST"])
    def cancel(self, delivery_id: str) -> Response:
        """Give it up."""
        try:
            with self.engine.database.write() as session:
                found = deliveries.get(session, delivery_id)
                deliveries.cancel(session, found)
                destination_id = found.destination_id
        except Invalid as exc:
            flash(f"{exc}.", "bad")
        else:
            self.engine.bell.ring([destination_id])
            flash("Cancelled. It is not sent any more.", "ok")
        return redirect(url_for(".delivery", delivery_id=delivery_id))


def _an_id(text: str) -> str:
    return text if is_id(text) else ""
