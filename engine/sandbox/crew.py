"""Keeping workers alive: each has a thread that starts it, waits for its end and starts the next."""

from __future__ import annotations

import logging
import threading

from engine.errors import SandboxUnavailable
from engine.sandbox.config import PoolConfig
from engine.sandbox.lockdown import missing
from engine.sandbox.places import Places
from engine.sandbox.process import WorkerProcess

log = logging.getLogger(__name__)

_RESTART_DELAY_S = (0.0, 0.2, 1.0, 5.0)
#: An extra worker ends when it was idle at so many looks, this far apart.
_EXTRA_IDLE_LOOKS, _EXTRA_LOOK_S = 6, 5.0


class Crew:
    """
    Starts the workers and lets them into their places.

    A killed worker's place is taken by a spare at once and by a new process soon.
    """

    def __init__(self, config: PoolConfig) -> None:
        self._config = config
        self._closed = threading.Event()
        self._lock = threading.Lock()
        self._extras = 0
        self.places = Places(config, self._start_extra)
        #: Layers of the workers' lock-down, and why the last worker that should have started did not.
        self.layers: dict[str, str] = {}
        self.trouble = ""
        self._keepers = [
            threading.Thread(target=self._keep, name=f"sandbox-{n}", daemon=True)
            for n in range(config.workers + config.spares)
        ]
        for keeper in self._keepers:
            keeper.start()

    def close(self) -> None:
        """End every worker."""
        self._closed.set()
        for worker in self.places.close():
            worker.kill()
        for keeper in self._keepers:
            keeper.join(timeout=5)

    def _keep(self) -> None:
        failures = 0
        while not self._closed.is_set():
            if self._closed.wait(_RESTART_DELAY_S[min(failures, len(_RESTART_DELAY_S) - 1)]):
                return
            try:
                worker = WorkerProcess(self._config.worker())
            except SandboxUnavailable as exc:
                failures += 1
                self.trouble = str(exc)
                log.error("%s", exc)
                continue
            failures = 0
            self.trouble = ""
            self._see_through(worker)

    def _see_through(self, worker: WorkerProcess) -> None:
        if not self.layers and (lacking := missing(worker.layers)):
            log.warning("scripts run without these layers of protection: %s", lacking)
        self.layers = worker.layers
        self.places.admit(worker)
        worker.wait()
        self.places.bury(worker)

    def _start_extra(self, parked: int) -> None:
        with self._lock:
            if self._extras >= min(parked, self._config.max_extras):
                return
            self._extras += 1
        threading.Thread(target=self._keep_extra, name="sandbox-extra", daemon=True).start()

    def _keep_extra(self) -> None:
        try:
            worker = WorkerProcess(self._config.worker())
        except SandboxUnavailable as exc:
            log.error("%s", exc)
        else:
            threading.Thread(target=self._end_when_idle, args=(worker,), daemon=True).start()
            self._see_through(worker)
        with self._lock:
            self._extras -= 1

    def _end_when_idle(self, worker: WorkerProcess) -> None:
        idle_looks = 0
        while not worker.dying and not self._closed.wait(_EXTRA_LOOK_S):
            idle_looks = idle_looks + 1 if self.places.is_idle(worker) else 0
            if idle_looks >= _EXTRA_IDLE_LOOKS and self.places.dismiss(worker):
                return
