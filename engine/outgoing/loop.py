"""
Who makes calls in this process, and when: woken by the bell, by retries that are due, and by a sweep.

Every `hooksmith serve` makes calls, in a fleet too, and workers make none: a call runs scripts, and
sandbox processes, kept instances and the journal are where hooks are answered. Leases let any node
take what another one left.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

from engine.db import is_away, reason_of, utcnow
from engine.errors import SandboxBusy
from engine.executions import Record
from engine.journal import NotStored
from engine.models import User
from engine.outgoing import trials
from engine.outgoing.caller import Caller
from engine.outgoing.ledger import Due
from engine.outgoing.trials import Answered, Tried
from engine.outgoing.triggers import CallBell

log = logging.getLogger(__name__)

#: Calls that one integration has under way at the same time, while there is room for all of them.
_SHARE = 4
#: Beyond so many calls each integration has only one under way; the others follow.
_CROWDED = 32
MOST_CALLS = 256
_RENEW_S = 2.0
_CLOSE_S = 20.0


class OutgoingCalls:
    """
    Makes calls: a thread that waits, and one for each call.

    An integration whose far side is slow holds threads of its own; the next one's begin at once.
    """

    def __init__(self, caller: Caller, bell: CallBell, sweep_s: float = 2.0) -> None:
        self._caller = caller
        self._ledger = caller.ledger
        self._bell = bell
        self._sweep_s = sweep_s
        self._reachable = True
        self._change = threading.Condition()
        #: Call -> its integration.
        self._active: dict[str, str] = {}
        self._closed = False
        self._renew_at = 0.0
        self._thread = threading.Thread(target=self._work, name="outgoing", daemon=True)
        self._thread.start()

    def pending(self) -> int:
        """Return how many calls are still to be made, or under way, on all nodes."""
        return self._ledger.count()

    def replay(self, execution_id: str) -> Record:
        """
        Make a stored call again and wait for it.

        :raise NotFound: when there is no such execution, or its integration is gone.
        :raise Invalid: when it cannot be repeated.
        """
        due = self._caller.repetition(execution_id)
        self._hold(due)
        try:
            record = self._caller.run(due)
        finally:
            self._let_go(due)
        if record is None:
            raise SandboxBusy("no sandbox came free; the call is made later", retry_after_s=5)
        return record

    def test(
        self,
        integration_id: str,
        told: Mapping[str, Any],
        user: User,
        source: str | None = None,
        answered: Answered | None = None,
    ) -> Tried:
        """
        Let a script prepare the call for what it listens for, and neither call nor post.

        :raise NotFound: when there is no such integration.
        """
        return trials.run(self._caller, integration_id, told, user, source, answered)

    def close(self) -> None:
        """Finish the calls that are under way, and begin no more."""
        with self._change:
            self._closed = True
        self._bell.ring()
        self._thread.join(timeout=_CLOSE_S)
        with self._change:
            self._change.wait_for(lambda: not self._active, timeout=_CLOSE_S)

    def _work(self) -> None:
        while not self._closed:
            wait_s = self._sweep_s
            try:
                self._renew()
                self._begin_due()
                wait_s = self._until_next()
                self._reachable = True
            except Exception as exc:
                self._failed("calls to make could not be looked up", exc)
            self._bell.wait(max(min(wait_s, self._renew_at - time.monotonic()), 0.0))

    def _renew(self) -> None:
        if time.monotonic() < self._renew_at:
            return
        self._renew_at = time.monotonic() + _RENEW_S
        with self._change:
            active = list(self._active)
        self._ledger.renew(active)

    def _begin_due(self) -> None:
        for integration_id in self._ledger.waiting():
            if (free := self._share_of(integration_id)) <= 0:
                continue
            for due in self._ledger.claim(integration_id, free):
                self._begin(due)
            self._renew()

    def _share_of(self, integration_id: str) -> int:
        with self._change:
            total = len(self._active)
            own = Counter(self._active.values())[integration_id]
        if total >= MOST_CALLS:
            return 0
        return (_SHARE if total < _CROWDED else 1) - own

    def _begin(self, due: Due) -> None:
        self._hold(due)
        # Not a pool's threads: the interpreter would wait for those at its end, as long as they take.
        thread = threading.Thread(
            target=self._make, args=(due,), name=f"outgoing-{due.id}", daemon=True
        )
        try:
            thread.start()
        except RuntimeError:  # there can be no more threads; the lease ends by itself
            self._let_go(due)
            raise

    def _make(self, due: Due) -> None:
        try:
            self._caller.run(due)
        except Exception as exc:
            self._failed(f"the outgoing call {due.id} was not stored", exc)
        finally:
            self._let_go(due)
            self._bell.ring()

    def _hold(self, due: Due) -> None:
        """Renew a call's lease from now on."""
        with self._change:
            self._active[due.id] = due.integration_id

    def _let_go(self, due: Due) -> None:
        with self._change:
            del self._active[due.id]
            self._change.notify_all()

    def _until_next(self) -> float:
        next_due = self._ledger.next_due()
        if next_due is None:
            return self._sweep_s
        return min(max((next_due - utcnow()).total_seconds(), 0.0), self._sweep_s)

    def _failed(self, what: str, exc: Exception) -> None:
        # While the database is away there is nothing to be done, and no need to say so every second.
        if isinstance(exc, NotStored):
            log.warning("%s: %s", what, exc)
        elif not is_away(exc):
            log.error(what, exc_info=exc)
        elif self._reachable:
            self._reachable = False
            log.warning("%s: the database cannot be reached (%s)", what, reason_of(exc))
