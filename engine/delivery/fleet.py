"""
Delivery by many processes: Celery carries the bells, the rows stay the truth.

A bell says no more than that a destination has something due. Whoever loses one, be it a broker
that forgets everything or a worker that dies, costs a delivery the second until a worker's sweep.
That is why a worker acknowledges a bell at once and works in threads of its own: a message that was
held until a long row of deliveries is over would run into the brokers' limits for that (RabbitMQ's
`consumer_timeout`, Redis' visibility timeout), and would be given to another worker that could do
nothing with it while the lease of a dead one lasts.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import ssl
import threading
import time
import warnings
from collections.abc import Callable, Iterable
from typing import Any

from celery import Celery, signals
from celery.platforms import SecurityWarning

log = logging.getLogger(__name__)

TASK = "hooksmith.deliver"
_TIMEOUT_S = 5.0
#: A destination is rung once in this time at the most: whoever works on it finds what came since.
_ROUND_S = 0.02
#: After a failure nobody is rung for so long; the workers' sweeps go on.
_AFTER_FAILURE_S = 1.0
#: Bells that wait in the broker. If nobody takes them, more would only fill its memory.
_MAX_WAITING = 1_000
_COUNT_EVERY_S = 1.0


def make_app(broker_url: str, installation: str) -> Celery:
    """Return the Celery application that an installation's web nodes and workers share."""
    app = Celery("hooksmith", broker=broker_url, set_as_current=False)
    app.conf.update(
        task_default_queue=f"hooksmith-{installation}",
        task_ignore_result=True,
        # Each bell is rung again if need be, so it may be lost with its broker.
        task_default_delivery_mode="transient",
        worker_prefetch_multiplier=1,
        worker_redirect_stdouts=False,
        # Nobody asks the workers anything by way of the broker; what there is to know is in the rows.
        worker_enable_remote_control=False,
        worker_cancel_long_running_tasks_on_connection_loss=True,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_connection_timeout=_TIMEOUT_S,
        **_transport(broker_url),
    )
    return app


def _transport(broker_url: str) -> dict[str, Any]:
    """Return what depends on the kind of broker; certificates are checked unless the URL says no."""
    scheme = broker_url.partition(":")[0]
    options: dict[str, Any] = {}
    if scheme in ("redis", "rediss"):
        options["broker_transport_options"] = {
            "socket_timeout": _TIMEOUT_S,
            "socket_connect_timeout": _TIMEOUT_S,
            "socket_keepalive": True,
        }
    if scheme == "rediss":
        options["broker_use_ssl"] = {"ssl_cert_reqs": ssl.CERT_REQUIRED}
    if scheme == "amqps":
        # The name is filled in, and only then compared with the certificate's.
        options["broker_use_ssl"] = {"cert_reqs": ssl.CERT_REQUIRED, "server_hostname": None}
    return options


class FleetBell:
    """
    Rings the workers' bell from a thread of its own, so that no request waits for the broker.

    A destination that is rung while its bell is still to be sent is rung once.
    """

    def __init__(self, app: Celery) -> None:
        self._app = app
        self._change = threading.Condition()
        self._rung: dict[str, None] = {}
        self._closed = threading.Event()
        self._producer: Any = None
        self._reachable = True
        self._waiting = 0
        self._counted_at = 0.0
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
            self._closed.set()
            self._change.notify()
        self._thread.join(timeout=2 * _TIMEOUT_S)
        self._hang_up()

    def _work(self) -> None:
        while True:
            with self._change:
                while not self._rung and not self._closed.is_set():
                    self._change.wait()
                if not self._rung:
                    return
                rung, self._rung = self._rung, {}
            self._closed.wait(_ROUND_S if self._send(rung) else _AFTER_FAILURE_S)

    def _send(self, destination_ids: Iterable[str]) -> bool:
        try:
            if self._producer is None:
                # Not Celery's pool, which hands out a connection again that has just failed.
                self._producer = self._app.amqp.Producer(self._app.connection_for_write())
            if not self._is_crowded():
                for destination_id in destination_ids:
                    self._app.send_task(
                        TASK, (destination_id,), producer=self._producer, retry=False
                    )
        except Exception as exc:
            # Every kind of broker has its own exceptions, and none of them may end this thread.
            if self._reachable:
                log.warning("the broker cannot be reached, workers look by themselves: %r", exc)
            self._reachable = False
            self._hang_up()
            return False
        if not self._reachable:
            log.info("the broker is back")
        self._reachable = True
        return True

    def _is_crowded(self) -> bool:
        now = time.monotonic()
        if now >= self._counted_at + _COUNT_EVERY_S:
            queue = self._app.amqp.queues[self._app.conf.task_default_queue]
            # It declares what is there, or soon will be: the answer tells how many wait.
            declared = self._producer.channel.queue_declare(
                queue=queue.name, durable=queue.durable, auto_delete=queue.auto_delete
            )
            self._waiting, self._counted_at = declared.message_count, now
        return self._waiting > _MAX_WAITING

    def _hang_up(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            with contextlib.suppress(Exception):
                producer.connection.collect(_TIMEOUT_S)


def run_worker(app: Celery, ring: Callable[[str], None]) -> None:
    """Call `ring` with the destinations that bells name, until the process is told to end."""

    def deliver(destination_id: str) -> None:
        ring(destination_id)

    app.task(name=TASK)(deliver)
    # With a receiver, Celery leaves the process's logging as it is.
    signals.setup_logging.connect(_leave_logging)
    for chatty in ("celery.worker.strategy", "celery.app.trace"):
        logging.getLogger(chatty).setLevel(logging.WARNING)  # two lines for each bell
    brief = _Brief((*app.connection_for_read().connection_errors, OSError))
    for wordy in ("celery.worker.request", "celery.worker.loops"):
        logging.getLogger(wordy).addFilter(brief)
    with warnings.catch_warnings():
        # To root it recommends an option that is not ours; it takes nothing but JSON.
        warnings.simplefilter("ignore", SecurityWarning)
        listening = app.Worker(
            hostname=f"hooksmith@{socket.gethostname()}-{os.getpid()}",
            # In the thread that listens: to ring takes no time.
            pool="solo",
            concurrency=1,
            quiet=True,
            without_gossip=True,
            without_mingle=True,
        )
    listening.start()


class _Brief(logging.Filter):
    """Leaves out the stack of what a broker does when it goes away; the line says what it was."""

    def __init__(self, errors: tuple[type[BaseException], ...]) -> None:
        super().__init__()
        self._errors = errors

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and isinstance(record.exc_info[1], self._errors):
            record.exc_info = None
        return True


def _leave_logging(**_: Any) -> None:
    """Configure nothing."""
