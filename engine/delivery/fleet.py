"""Delivery by many processes: Celery carries the bells, the rows stay the truth."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable

from celery import Celery
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)

TASK = "hooksmith.deliver"
_QUEUE = "hooksmith"
#: A broker that is away must not hold up anybody; the workers' sweep finds what was not rung.
_PUBLISH_RETRY = {"max_retries": 1, "interval_start": 0.1, "interval_step": 0.2}


def make_app(broker_url: str) -> Celery:
    """Return the Celery application that web nodes and workers share."""
    app = Celery("hooksmith", broker=broker_url)
    app.conf.update(
        task_default_queue=_QUEUE,
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=True,
        # Each bell is rung again if need be, so it may be lost with its broker.
        task_default_delivery_mode="transient",
        broker_transport_options={"socket_timeout": 5, "socket_connect_timeout": 5},
    )
    return app


class FleetBell:
    """
    Rings the workers' bell from a thread of its own.

    A destination that is rung while its bell is still to be sent is rung once.
    """

    def __init__(self, app: Celery) -> None:
        self._app = app
        self._change = threading.Condition()
        self._rung: dict[str, None] = {}
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="bell", daemon=True)
        self._thread.start()

    def ring(self, destination_ids: Iterable[str]) -> None:
        """Say that there is something to deliver."""
        with self._change:
            self._rung.update(dict.fromkeys(destination_ids))
            self._change.notify()

    def close(self) -> None:
        """Send what is still to be sent, then stop."""
        with self._change:
            self._closed = True
            self._change.notify()
        self._thread.join(timeout=10)
        self._app.close()

    def _work(self) -> None:
        while True:
            with self._change:
                while not self._rung and not self._closed:
                    self._change.wait()
                if not self._rung:
                    return
                rung, self._rung = self._rung, {}
            for destination_id in rung:
                self._send(destination_id)

    def _send(self, destination_id: str) -> None:
        try:
            self._app.send_task(TASK, (destination_id,), retry=True, retry_policy=_PUBLISH_RETRY)
        except (OperationalError, OSError) as exc:
            log.warning("the broker cannot be reached, workers find the delivery later: %s", exc)


def run_worker(app: Celery, deliver: Callable[[str], None], threads: int) -> None:
    """Take bells until the process is told to end."""
    app.task(name=TASK, ignore_result=True, acks_late=True)(deliver)
    app.Worker(
        pool="threads",
        concurrency=threads,
        loglevel="WARNING",
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=False,
    ).start()
