"""Deliveries that are being handled or were: who may run, who gets the first one's answer, who has to wait."""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from engine.answers import Answer
from engine.db import Database, utcnow
from engine.deduplication.tables import DuplicateGuard
from engine.errors import EngineError
from engine.journal import Entry, Journal

#: How long a duplicate waits for the first one's answer. Senders wait for as little as three seconds.
WAIT_S = 5.0
#: What a duplicate that waited in vain is told; by then most runs have ended.
RETRY_AFTER_S = 10
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.02, 0.25


class StillRunning(EngineError):
    """The first delivery has no answer yet, and may get none."""

    def __init__(self, execution_id: str) -> None:
        super().__init__(f"the same delivery is being handled as {execution_id}")
        self.execution_id = execution_id


class ClaimLost(EngineError):
    """Another took the delivery over, because this run exceeded its lease: nothing of it may be stored."""


@dataclass(frozen=True, slots=True)
class Repeated:
    """What the first delivery was answered, and its execution."""

    execution_id: str
    answer: Answer


@dataclass(slots=True)
class Claim:
    """The right to run a delivery; without an answer in the end, the next one may try."""

    integration_id: str
    delivery_key: str
    execution_id: str
    window: dt.timedelta
    claimed_at: dt.datetime
    answer: Answer | None = None

    def settle(self, entry: Entry) -> None:
        """Let the entry remember the answer, or give the claim back, in its own transaction."""
        succeeded = self.answer is not None and 200 <= self.answer.status < 300
        entry.steps.append(self._remember if succeeded else self._give_back)

    def _remember(self, connection: sa.Connection) -> None:
        assert self.answer is not None  # noqa: S101 - settle() has looked
        values = {
            "status": self.answer.status,
            "answer": orjson.dumps(self.answer.body).decode(),
            "headers": dict(self.answer.headers),
            "valid_until": self.claimed_at + self.window,
        }
        changed = connection.execute(sa.update(DuplicateGuard).where(*self._own()).values(values))
        if changed.rowcount != 1:
            raise ClaimLost(f"{self.execution_id} was taken over while it ran")

    def _give_back(self, connection: sa.Connection) -> None:
        connection.execute(sa.delete(DuplicateGuard).where(*self._own()))

    def _own(self) -> list[sa.ColumnElement[bool]]:
        return [
            DuplicateGuard.integration_id == self.integration_id,
            DuplicateGuard.delivery_key == self.delivery_key,
            DuplicateGuard.execution_id == self.execution_id,
        ]


class Deduplicator:
    """
    Lets each delivery run once, whichever thread or server it comes to.

    A claim is a row with a lease, longer than any run that is still alive can take: where a server was
    killed, its row may be taken over when the lease has ended. The answer is stored with the messages
    it stands for, in one transaction, so that a delivery never counts as done without them. At most
    `max_waiting` threads wait, because each is one that handles nothing else.
    """

    def __init__(
        self,
        database: Database,
        journal: Journal,
        lease_s: float,
        *,
        max_waiting: int = 16,
        wait_s: float = WAIT_S,
        clock: Callable[[], dt.datetime] = utcnow,
    ) -> None:
        self._database = database
        self._journal = journal
        self._lease = dt.timedelta(seconds=lease_s)
        self._wait_s = wait_s
        self._clock = clock
        self._places = threading.BoundedSemaphore(max_waiting)

    def claim(
        self, integration_id: str, delivery_id: str, execution_id: str, window_s: float
    ) -> Claim | Repeated:
        """
        Return the right to run a delivery, or what was answered when it ran.

        :raise StillRunning: when it runs elsewhere and does not end in time.
        :raise NotStored: when the database cannot be written.
        """
        key = hashlib.sha256(delivery_id.encode("utf-8", "surrogatepass")).hexdigest()
        claim = Claim(
            integration_id, key, execution_id, dt.timedelta(seconds=window_s), self._clock()
        )
        found = self._try(claim)
        if not isinstance(found, str):
            return found
        if not self._places.acquire(blocking=False):
            raise StillRunning(found)
        try:
            return self._wait(claim)
        finally:
            self._places.release()

    def _wait(self, claim: Claim) -> Claim | Repeated:
        ends_at, pause_s = time.monotonic() + self._wait_s, _FIRST_PAUSE_S
        while True:
            time.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
            found: Claim | Repeated | str | None = self._look(claim)
            if found is None:
                claim.claimed_at = self._clock()
                found = self._try(claim)
            if not isinstance(found, str):
                return found
            if time.monotonic() >= ends_at:
                raise StillRunning(found)

    def _try(self, claim: Claim) -> Claim | Repeated | str:
        """Take the delivery; where that cannot be, return its answer, or the execution that has it."""
        while not self._insert(claim):
            if found := self._look(claim):
                return found
            # It was given back, or has ended, since.
            claim.claimed_at = self._clock()
        return claim

    def _look(self, claim: Claim) -> Repeated | str | None:
        with self._database.read() as session:
            row = session.get(DuplicateGuard, (claim.integration_id, claim.delivery_key))
        if row is None or row.valid_until <= self._clock():
            return None
        if row.status is None:
            return row.execution_id
        return Repeated(row.execution_id, Answer(row.status, orjson.loads(row.answer), row.headers))

    def _insert(self, claim: Claim) -> bool:
        values: dict[str, Any] = {
            "execution_id": claim.execution_id,
            "status": None,
            "answer": "",
            "headers": {},
            "created_at": claim.claimed_at,
            "valid_until": claim.claimed_at + self._lease,
        }
        dialect = sqlite if self._database.is_sqlite else postgresql
        statement = (
            dialect.insert(DuplicateGuard)
            .values(integration_id=claim.integration_id, delivery_key=claim.delivery_key, **values)
            .on_conflict_do_update(
                index_elements=["integration_id", "delivery_key"],
                set_=values,
                # What has ended is as good as not there, be it a lease or an answer.
                where=DuplicateGuard.valid_until <= claim.claimed_at,
            )
            .returning(DuplicateGuard.execution_id)
        )
        taken: list[bool] = []

        def step(connection: sa.Connection) -> None:
            # Again when the batch it was in has to be repeated; the last time counts.
            taken.append(connection.execute(statement).first() is not None)

        self._journal.store(Entry(steps=[step]))
        return taken[-1]


def forget_ended(database: Database, now: dt.datetime, at_most: int = 500) -> int:
    """Delete rows that stand for nothing any more, a few at a time; return how many went."""
    total = 0
    while True:
        with database.write_connection() as connection:
            ended = connection.execute(
                sa.select(DuplicateGuard.integration_id, DuplicateGuard.delivery_key)
                .where(DuplicateGuard.valid_until <= now)
                .order_by(DuplicateGuard.valid_until)
                .limit(at_most)
            ).all()
            if ended:
                key = sa.tuple_(DuplicateGuard.integration_id, DuplicateGuard.delivery_key)
                connection.execute(
                    sa.delete(DuplicateGuard).where(
                        key.in_([tuple(row) for row in ended]), DuplicateGuard.valid_until <= now
                    )
                )
        total += len(ended)
        if len(ended) < at_most:
            return total
