"""Which workers of a fleet are at work: each says so every few seconds."""

from __future__ import annotations

import datetime as dt
import logging
import threading
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from engine.db import Database, utcnow
from engine.models import Meta

log = logging.getLogger(__name__)

_PREFIX = "worker:"
_REPORT_S = 5.0
#: One that has not reported for so long is gone; its row goes a day later.
_GONE_AFTER_S = 20.0
_FORGET_AFTER_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker that has reported lately."""

    host: str
    seen_at: dt.datetime


class Presence:
    """Reports a worker, from a thread of its own, until it is closed."""

    def __init__(self, database: Database, host: str, owner: str) -> None:
        self._database = database
        self._host = host
        self._key = (_PREFIX + owner)[:64]
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._work, name="presence", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Say that it is gone."""
        self._closed.set()
        self._thread.join(timeout=_REPORT_S)
        try:
            with self._database.write() as session:
                session.execute(sa.delete(Meta).where(Meta.key == self._key))
        except SQLAlchemyError:
            log.debug("a worker that ends could not say so")

    def _work(self) -> None:
        while True:
            try:
                with self._database.write() as session:
                    _forget_old(session)
                    value = {"host": self._host, "seenAt": utcnow().isoformat()}
                    session.merge(Meta(key=self._key, value=value))
            except SQLAlchemyError:
                log.debug("a worker could not report")
            if self._closed.wait(_REPORT_S):
                return


def workers(session: Session) -> list[Worker]:
    """Return the workers that are at work."""
    seen = [worker for _, worker in _all(session)]
    return [one for one in seen if _age_s(one) < _GONE_AFTER_S]


def is_alive(database_url: str, host: str) -> bool:
    """Tell whether a worker of a machine is at work, as far as the database knows."""
    database = Database(database_url, pool_size=1)
    try:
        with database.read() as session:
            return host in {one.host for one in workers(session)}
    except SQLAlchemyError:
        return False
    finally:
        database.close()


def _forget_old(session: Session) -> None:
    old = [key for key, worker in _all(session) if _age_s(worker) > _FORGET_AFTER_S]
    if old:
        session.execute(sa.delete(Meta).where(Meta.key.in_(old)))


def _all(session: Session) -> list[tuple[str, Worker]]:
    rows = session.execute(
        sa.select(Meta.key, Meta.value).where(Meta.key.startswith(_PREFIX, autoescape=True))
    )
    return [
        (key, Worker(value["host"], dt.datetime.fromisoformat(value["seenAt"])))
        for key, value in rows
    ]


def _age_s(worker: Worker) -> float:
    return (utcnow() - worker.seen_at).total_seconds()
