"""Destinations: the list, making, changing, trying and removing one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import abort, flash, jsonify, redirect, render_template, request, url_for
from flask_admin import expose
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin.delivery_words import DESTINATION_STATES
from admin.views.base import ProtectedView
from admin.views.destination_form import DestinationForm
from admin.words import plural
from engine import backlog, deliveries, destinations, transports
from engine.delivery.courier import Handed
from engine.delivery.tables import DeliveryState, Destination, Lane
from engine.errors import Conflict, Invalid

Page = str | Response | tuple[str, int]


@dataclass(frozen=True, slots=True)
class Row:
    """A destination in the list."""

    destination: Destination
    state: str
    #: Why it is so.
    reason: str
    waiting: int
    failed: int


class DestinationsView(ProtectedView):
    """`/admin/destinations/`"""

    @expose("/")
    def index(self) -> str:
        """List them with how they are; `?state=paused` only those."""
        state = request.args.get("state", "")
        state = state if state in DESTINATION_STATES else ""
        with self.engine.database.read() as session:
            rows = _rows(session, destinations.list_destinations(session))
        return self.render(
            "destinations/list.html",
            rows=[row for row in rows if state in ("", row.state)],
            known=len(rows),
            state=state,
        )

    @expose("/new/")
    def kinds(self) -> str:
        """Offer the kinds to choose from."""
        kinds = [transports.load(type_) for type_ in transports.LABELS]
        return self.render("destinations/kinds.html", kinds=kinds)

    @expose("/new/<type_>/")
    def new(self, type_: str) -> str:
        """Offer an empty form of a kind."""
        return self._page(DestinationForm(_known(type_)))

    @expose("/new/<type_>/", methods=["POST"])
    def create(self, type_: str) -> Page:
        """Make a destination of what was typed."""
        form = DestinationForm.read(_known(type_), request.form, frozenset())
        try:
            with self.engine.database.write() as session:
                made = self.engine.destinations.create(session, form.given(), self.user.username)
        except Invalid as exc:
            return self._page(form.wrong(exc)), 422
        flash("Created. Test it, then choose it in the integrations that are to post there.", "ok")
        return redirect(url_for(".edit", destination_id=made.id))

    @expose("/<destination_id>/")
    def edit(self, destination_id: str) -> str:
        """Show a destination."""
        return self._page(self._form(destination_id), destination_id)

    @expose("/<destination_id>/", methods=["POST"])
    def save(self, destination_id: str) -> Page:
        """Change a destination to what was typed."""
        present = self._form(destination_id)
        form = DestinationForm.read(present.type, request.form, present.kept)
        try:
            with self.engine.database.write() as session:
                destination, _ = destinations.get(session, destination_id)
                self.engine.destinations.update(session, destination, form.given())
                posting = len(destinations.users_of(session, destination_id))
        except Invalid as exc:
            return self._page(form.wrong(exc), destination_id), 422
        self.engine.bell.ring([destination_id])
        flash("Saved." if destination.enabled else f"Saved. {_disabled(posting)}", "ok")
        return redirect(url_for(".edit", destination_id=destination_id))

    @expose("/<destination_id>/test/", methods=["POST"])
    def test(self, destination_id: str) -> str | Response:
        """Send a real message now and show the answer; as JSON for the page's script."""
        with self.engine.database.read() as session:
            destination, _ = destinations.get(session, destination_id)
        handed = self.engine.destinations.try_out(destination)
        if request.accept_mimetypes.best == "application/json":
            return jsonify(html=render_template("destinations/_tested.html", tested=handed))
        return self._page(self._form(destination_id), destination_id, handed)

    @expose("/<destination_id>/pause/", methods=["POST"])
    def pause(self, destination_id: str) -> Response:
        """Deliver nothing to it for now."""
        with self.engine.database.write() as session:
            _, lane = destinations.get(session, destination_id)
            if lane is not None:
                destinations.pause(lane, self.user.username)
        flash("Paused. What comes meanwhile waits.", "ok")
        return redirect(url_for(".edit", destination_id=destination_id))

    @expose("/<destination_id>/resume/", methods=["POST"])
    def resume(self, destination_id: str) -> Response:
        """Deliver to it again."""
        with self.engine.database.write() as session:
            _, lane = destinations.get(session, destination_id)
            if lane is not None:
                destinations.resume(session, lane)
        self.engine.bell.ring([destination_id])
        flash("Resumed. What waited longest goes first.", "ok")
        return redirect(url_for(".edit", destination_id=destination_id))

    @expose("/<destination_id>/retry/", methods=["POST"])
    def retry(self, destination_id: str) -> Response:
        """Try everything that failed there once more."""
        with self.engine.database.write() as session:
            destinations.get(session, destination_id)
            number = deliveries.retry_failed(session, destination_id)
        self.engine.bell.ring([destination_id])
        flash(f"{plural(number, 'delivery', 'deliveries')} tried again.", "ok")
        return redirect(url_for("deliveries.index", destination=destination_id))

    @expose("/<destination_id>/remove/", methods=["GET", "POST"])
    def remove(self, destination_id: str) -> Page:
        """Ask, then remove; while integrations post to it, say which."""
        if request.method == "POST":
            try:
                with self.engine.database.write() as session:
                    destination, _ = destinations.get(session, destination_id)
                    destinations.remove(session, destination)
            except Conflict as exc:
                flash(f"Not removed: {exc}.", "bad")
                return redirect(url_for(".remove", destination_id=destination_id))
            flash(f"“{destination.name}” is removed.", "ok")
            return redirect(url_for(".index"))
        with self.engine.database.read() as session:
            destination, lane = destinations.get(session, destination_id)
            return self.render(
                "destinations/remove.html",
                row=_rows(session, [(destination, lane)])[0],
                users=destinations.users_of(session, destination_id),
            )

    # -- pages ----------------------------------------------------------------------------

    def _form(self, destination_id: str) -> DestinationForm:
        with self.engine.database.read() as session:
            found = destinations.get(session, destination_id)
        return DestinationForm.of(self.engine.destinations.as_dict(*found))

    def _page(
        self,
        form: DestinationForm,
        destination_id: str | None = None,
        tested: Handed | None = None,
    ) -> str:
        about: dict[str, Any] = {"row": None, "lane": None, "users": []}
        if destination_id:
            with self.engine.database.read() as session:
                found = destinations.get(session, destination_id)
                about = {
                    "row": _rows(session, [found])[0],
                    "lane": found[1],
                    "users": destinations.users_of(session, destination_id),
                }
        return self.render("destinations/edit.html", form=form, tested=tested, **about)


def _rows(session: Session, found: Sequence[tuple[Destination, Lane | None]]) -> list[Row]:
    counts = deliveries.state_counts(session)
    states = {one.id: destinations.state_of(one, lane) for one, lane in found}
    failing = [id_ for id_, state in states.items() if state == "failing"]
    reasons = backlog.reasons(session, failing)
    # It is there and answers, but nothing arrives: whoever looks at the page wants to know.
    has_failed = [id_ for id_ in states if counts.get(id_, {}).get(DeliveryState.FAILED)]
    refused = backlog.refusals(session, [id_ for id_ in has_failed if states[id_] == "ok"])
    states |= dict.fromkeys(refused, "refusing")
    reasons |= refused
    reasons |= {
        one.id: lane.pause_reason for one, lane in found if lane and states[one.id] == "paused"
    }
    return [
        Row(
            destination=one,
            state=states[one.id],
            reason=reasons.get(one.id, ""),
            waiting=counts.get(one.id, {}).get(DeliveryState.PENDING, 0),
            failed=counts.get(one.id, {}).get(DeliveryState.FAILED, 0),
        )
        for one, _ in found
    ]


def _disabled(posting: int) -> str:
    said = "It is disabled: nothing goes there."
    if not posting:
        return said
    several = plural(posting, "integration posts", "integrations post")
    return f"{said} {several} to it, and what comes meanwhile is not sent later."


def _known(type_: str) -> str:
    if type_ not in transports.LABELS:
        abort(404, f"There is no kind of destination {type_}")
    return type_
