"""A worker of a fleet: takes bells from Celery, and looks itself for what nobody rang for."""

from __future__ import annotations

import socket

from engine.db import Database
from engine.delivery.fleet import make_app, run_worker
from engine.delivery.loop import Deliveries
from engine.delivery.presence import Presence
from engine.outbound.client import Outbound
from engine.outgoing.triggers import CallBell, Triggers
from engine.runtime import lanes
from engine.settings import Settings
from engine.vault import open_vault

#: How long a delivery waits at the most whose bell was lost, or whose time to be tried again has come.
_SWEEP_S = 1.0


def run(settings: Settings, threads: int) -> None:
    """Deliver until the process is told to end, then finish what is under way."""
    database = Database(settings.effective_database_url, pool_size=threads)
    vault = open_vault(settings)
    outbound = Outbound()
    # What notices trigger is called by the web nodes: their sandboxes run its scripts.
    triggers = Triggers(settings, database, vault, CallBell())
    work = lanes(settings, database, vault, outbound, triggers)
    deliveries = Deliveries(work, _SWEEP_S, threads)
    presence = Presence(database, socket.gethostname(), work.ledger.owner)
    try:
        run_worker(
            make_app(settings.broker_url, vault.installation),
            lambda destination_id: deliveries.ring([destination_id]),
        )
    finally:
        deliveries.close()
        presence.close()
        outbound.close()
        database.close()
