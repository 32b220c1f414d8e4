"""One destination's deliveries, worked off in order while this process holds its lease."""

from __future__ import annotations

import datetime as dt
import logging
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

from engine.db import is_away, utcnow
from engine.delivery.backoff import LANE_FAILURES, delivery_wait_s, lane_wait_s
from engine.delivery.courier import Courier, Handed
from engine.delivery.holds import Gate
from engine.delivery.ledger import Change, LaneState, Ledger, Opened
from engine.delivery.stored import Due
from engine.delivery.tables import DeliveryState
from engine.transports.message import Result

log = logging.getLogger(__name__)

#: How long a destination is let alone whose process has died; a living one renews its leases sooner.
_LEASE_S = 10.0
_BATCH = 32
#: After this time a destination goes to the end of the line: there may be more of them than threads.
_SLICE_S = 10.0
#: How often results are offered to a database that is away, while the lease lasts.
_STORE_AGAIN_S = 0.5
#: What came of a delivery is stored at the latest after this; a crash repeats what was not.
_UNSTORED_S = 0.04
#: After this time of nothing but failures a destination is paused.
_PAUSE_AFTER_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Retries:
    """When a delivery is tried again, and how long at all."""

    schedule_s: tuple[float, ...]
    give_up_s: float
    #: So long after one of its parts arrived, a message that is tried again holds up the others.
    hold_s: float


@dataclass(frozen=True, slots=True)
class Lanes:
    """Works on one destination at a time, in the thread that calls; any number of threads may."""

    ledger: Ledger
    courier: Courier
    retries: Retries
    #: Told (destination, text) when a destination is paused, or works again.
    notify: Callable[[Opened, str], None]
    stopping: threading.Event

    def renew(self, destination_ids: Sequence[str]) -> None:
        """Keep what this process is working on, for its requests may take longer than a lease."""
        if destination_ids:
            self.ledger.renew(destination_ids, _LEASE_S)

    def run(self, destination_id: str) -> float | None:
        """Deliver what is due; return in how many seconds to come back, None when nothing waits."""
        opened = self.ledger.claim(destination_id, _LEASE_S)
        if opened is None:
            return None
        try:
            hold_s = self._work(opened)
        finally:
            self.ledger.release(destination_id)
        if hold_s is None:
            return None
        # Only now: what was stored a moment ago may have been rung for while others could not have
        # the destination, and nobody would ring again.
        next_at = self.ledger.next_due(opened, self.retries.hold_s)
        return None if next_at is None else max(hold_s, _seconds_until(next_at), 0.0)

    def _work(self, opened: Opened) -> float | None:
        """Deliver; return how long the destination is to be let alone, None when it is not ours."""
        ends = time.monotonic() + _SLICE_S
        while not self.stopping.is_set():
            wait_s = _seconds_until(opened.not_before)
            if wait_s > 0:
                return wait_s
            # What fails all the time is asked with one message, not with a batch of them.
            probing = opened.failures >= LANE_FAILURES
            batch = self.ledger.due(opened, 1 if probing else _BATCH, self.retries.hold_s)
            if not batch or time.monotonic() >= ends:
                return 0.0
            if not self._deliver(opened, batch, ends):
                return None
            following = self.ledger.open(opened.id, opened)
            if following is None:
                return None
            opened = following
        return None

    def _deliver(self, opened: Opened, batch: list[Due], ends: float) -> bool:
        """Hand over a batch; tell whether the destination is still ours."""
        state = LaneState(opened.failures, opened.failing_since, None)
        changes: list[Change] = []
        enough = threading.Event()
        stored_at = time.monotonic()
        for due, handed in self._hand_over(opened, batch, enough):
            changes.append(self._change(due, handed))
            state = _state_after(state, handed)
            if time.monotonic() - stored_at > _UNSTORED_S:
                if not self._record(opened, changes, state):
                    return False
                changes, stored_at = [], time.monotonic()
            if (
                state.not_before is not None
                or state.pause_reason
                or self.stopping.is_set()
                or time.monotonic() >= ends
            ):
                enough.set()
        if not self._record(opened, changes, state):
            return False
        self._tell(opened, state)
        return not state.pause_reason

    def _record(self, opened: Opened, changes: Sequence[Change], state: LaneState) -> bool:
        """Store what came of deliveries, and do not let go because the database is just restarted."""
        ends = time.monotonic() + _LEASE_S
        while True:
            try:
                return self.ledger.record(opened.id, changes, state, _LEASE_S)
            except Exception as exc:
                if not is_away(exc) or time.monotonic() >= ends or self.stopping.is_set():
                    raise
                self.stopping.wait(_STORE_AGAIN_S)

    def _hand_over(
        self, opened: Opened, batch: list[Due], enough: threading.Event
    ) -> Iterator[tuple[Due, Handed]]:
        """Send, until it is enough; give what came of each that was sent."""
        at_once = opened.concurrency > 1 and len(batch) > 1
        gate = Gate()

        def one(due: Due) -> Handed | None:
            to = opened.transport, opened.target, due.message
            parts = max(self.courier.parts(*to), due.parts_done + 1) if at_once else 1
            with gate.passing(parts):
                if enough.is_set():
                    return None
                handed = self.courier.hand_over(
                    *to, due.parts_done, lambda: self._wait_for_turn(opened)
                )
                if handed.parts_done and handed.verdict.result is Result.RETRY:
                    enough.set()  # what follows waits until the rest of it has arrived
            return handed

        if not at_once:
            for due in batch:
                if handed := one(due):
                    yield due, handed
            return
        with ThreadPoolExecutor(opened.concurrency) as senders:
            sent = {senders.submit(one, due): due for due in batch}
            for done in as_completed(sent):
                if handed := done.result():
                    yield sent[done], handed

    def _wait_for_turn(self, opened: Opened) -> None:
        limits = opened.transport.limits
        waits_s = [0.0]
        if limits.requests:
            key = f"{opened.transport.type}:{opened.transport.pace_key(opened.target)}"
            waits_s.append(self.ledger.reserve(key, limits.per_s / limits.requests))
        if opened.rate_per_s:
            waits_s.append(self.ledger.reserve(f"to:{opened.id}", 1 / opened.rate_per_s))
        if max(waits_s) > 0:
            self.stopping.wait(max(waits_s))

    def _change(self, due: Due, handed: Handed) -> Change:
        verdict, now = handed.verdict, utcnow()
        if verdict.result is Result.DELIVERED:
            return Change(due, handed, DeliveryState.DELIVERED, now, verdict.reason)
        if verdict.result is Result.PERMANENT:
            return Change(due, handed, DeliveryState.FAILED, now, verdict.reason)
        wait_s = delivery_wait_s(self.retries.schedule_s, due.attempts + 1, random.random())  # noqa: S311
        next_at = now + dt.timedelta(seconds=max(wait_s, verdict.after_s or 0.0))
        if (next_at - due.created_at).total_seconds() > self.retries.give_up_s:
            reason = f"given up: {verdict.reason}"
            return Change(due, handed, DeliveryState.FAILED, now, reason)
        return Change(due, handed, DeliveryState.PENDING, next_at, verdict.reason)

    def _tell(self, opened: Opened, state: LaneState) -> None:
        if state.pause_reason:
            log.warning("destination %s is paused: %s", opened.name, state.pause_reason)
            self.notify(opened, f"is paused: {state.pause_reason}")
        elif state.well and opened.recovering:
            log.info("destination %s works again", opened.name)
            self.notify(opened, "works again")


def _state_after(state: LaneState, handed: Handed) -> LaneState:
    """Return how things are after one more delivery."""
    verdict, now = handed.verdict, utcnow()
    if verdict.gone:
        return LaneState(state.failures + 1, state.failing_since or now, None, verdict.reason)
    if verdict.result is not Result.RETRY:
        # Also where it refused this one message: it is there and answers.
        hold = _after(now, verdict.after_s) or state.not_before
        return LaneState(0, None, hold, well=verdict.result is Result.DELIVERED or state.well)
    failures = state.failures + 1
    since = state.failing_since or now
    if (now - since).total_seconds() > _PAUSE_AFTER_S:
        reason = f"nothing arrived for a day: {verdict.reason}"
        return LaneState(failures, since, None, reason, state.well)
    wait_s = max(lane_wait_s(failures), verdict.after_s or 0.0)
    return LaneState(failures, since, _after(now, wait_s), well=state.well)


def _after(now: dt.datetime, wait_s: float | None) -> dt.datetime | None:
    return now + dt.timedelta(seconds=wait_s) if wait_s else None


def _seconds_until(moment: dt.datetime | None) -> float:
    return (moment - utcnow()).total_seconds() if moment is not None else 0.0
