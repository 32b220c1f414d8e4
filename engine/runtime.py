"""A running engine: its parts, put together once for a process."""

from __future__ import annotations

import os
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from engine.db import Database
from engine.incoming import Incoming
from engine.integrations import Integrations
from engine.journal import Journal
from engine.outbound.client import Outbound
from engine.outbound.entries import split_entries
from engine.outbound.policy import Policy
from engine.rate import HookRate, LoginGuard
from engine.repeats import Repeats
from engine.retention import Pruner
from engine.sandbox.pool import Pool, PoolConfig
from engine.script_host import Outside
from engine.scripting import ScriptRunner
from engine.settings import Settings
from engine.stores import Stores
from engine.vault import Vault, open_vault


@dataclass(frozen=True, slots=True)
class Engine:
    """What web and admin use; `close()` stores what is waiting and ends the sandbox processes."""

    settings: Settings
    database: Database
    vault: Vault
    pool: Pool
    journal: Journal
    incoming: Incoming
    integrations: Integrations
    logins: LoginGuard
    pruner: Pruner
    outbound: Outbound
    repeats: Repeats

    def close(self) -> None:
        self.pruner.close()
        self.journal.close()
        self.pool.close()
        self.outbound.close()
        self.database.close()

    def health(self) -> dict[str, str]:
        """Return part -> "ok", or what is wrong with it."""
        try:
            with self.database.read() as session:
                session.execute(sa.text("SELECT 1"))
            database = "ok" if self.journal.alive else "nothing is written any more; restart"
        except SQLAlchemyError as exc:
            database = f"cannot be reached: {exc.__class__.__name__}"
        return {
            "database": database,
            "sandbox": (
                "ok"
                if self.pool.ready()
                else self.pool.trouble() or "no sandbox process is running"
            ),
        }

    def layers(self) -> dict[str, str]:
        """Return layer of the sandbox -> "active", or why it is not."""
        return self.pool.layers()


def start(settings: Settings, pool: Pool | None = None) -> Engine:
    """Open the database, which is migrated already, and start everything that is not given."""
    database = Database(settings.effective_database_url, pool_size=min(settings.threads, 32))
    vault = open_vault(settings)
    pool = pool or Pool(pool_config(settings))
    journal = Journal(database)
    outbound = Outbound()
    allowed = split_entries(settings.script_fetch_allow)
    outside = Outside(
        settings,
        outbound,
        Policy.public(allowed, setting="HOOKSMITH_SCRIPT_FETCH_ALLOW"),
        Stores(database),
    )
    scripts = ScriptRunner(settings, pool, vault, outside)
    return Engine(
        settings=settings,
        database=database,
        vault=vault,
        pool=pool,
        journal=journal,
        incoming=Incoming(settings, database, scripts, journal, HookRate()),
        integrations=Integrations(settings, vault, pool),
        logins=LoginGuard(),
        pruner=Pruner(database, settings),
        outbound=outbound,
        repeats=Repeats(settings, database, vault, pool),
    )


def pool_config(settings: Settings) -> PoolConfig:
    """Return the pool that the settings describe."""
    return PoolConfig(
        workers=settings.sandbox_workers or max(2, os.cpu_count() or 2),
        spares=settings.sandbox_spares,
        heap_bytes=settings.script_heap_bytes,
        max_waiting=settings.sandbox_queue,
        max_wait_s=settings.sandbox_wait_s,
        max_kept=settings.kept_instances,
        strict=settings.sandbox_strict,
    )
