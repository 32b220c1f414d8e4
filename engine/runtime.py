"""A running engine: its parts, put together once for a process."""

from __future__ import annotations

import os
import secrets
import socket
import threading
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from engine.conversations import Conversations, Webhooks
from engine.conversations.handshake import Verifier
from engine.db import Database
from engine.deduplication import Deduplicator
from engine.delivery.bell import Bell
from engine.delivery.courier import Courier
from engine.delivery.lane import Lanes, Retries
from engine.delivery.ledger import Ledger, clear_leases
from engine.delivery.loop import Deliveries
from engine.delivery.notices import post_notice
from engine.destinations import Destinations
from engine.incoming import Incoming
from engine.integrations import Integrations
from engine.journal import COMMIT_TIMEOUT_S, Journal
from engine.outbound.client import Outbound
from engine.outbound.entries import split_entries
from engine.outbound.policy import Policy
from engine.outgoing.caller import Caller
from engine.outgoing.ledger import CallLedger
from engine.outgoing.loop import OutgoingCalls
from engine.outgoing.replies import Replies
from engine.outgoing.triggers import CallBell, Triggers
from engine.pauses import Pauses
from engine.protection import Protection
from engine.rate import LOCK_OUT_S, MINUTE_S, HookRate, LoginGuard
from engine.repeats import Repeats
from engine.retention import Pruner
from engine.sandbox.pool import Pool, PoolConfig
from engine.script_host import Outside
from engine.scripting import ScriptRunner
from engine.settings import Settings
from engine.shared_rate import SharedWindows, Store, open_store
from engine.stores import Stores
from engine.talk import Talk
from engine.vault import Vault, open_vault


@dataclass(frozen=True, slots=True)
class Engine:
    """What web and admin use; `close()` stores what is waiting and ends the sandbox processes."""

    settings: Settings
    database: Database
    vault: Vault
    pool: Pool
    journal: Journal
    talk: Talk
    incoming: Incoming
    integrations: Integrations
    pauses: Pauses
    logins: LoginGuard
    pruner: Pruner
    outbound: Outbound
    bell: Bell
    destinations: Destinations
    repeats: Repeats
    triggers: Triggers
    outgoing: OutgoingCalls
    conversations: Conversations
    webhooks: Webhooks
    #: Where a fleet counts rates; a single node does so in its memory.
    shared: Store | None = None

    def close(self) -> None:
        self.pruner.close()
        self.outgoing.close()
        self.journal.close()
        self.bell.close()
        if self.shared is not None:
            self.shared.close()
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
    pauses = Pauses(settings, database)
    conversations = Conversations(database)
    outbound = Outbound()
    calls = CallBell()
    triggers = Triggers(settings, database, vault, calls)
    bell = start_delivering(settings, database, vault, outbound, triggers)
    outside = Outside(
        settings,
        outbound,
        Policy.public(
            split_entries(settings.script_fetch_allow), setting="HOOKSMITH_SCRIPT_FETCH_ALLOW"
        ),
        Stores(database),
    )
    scripts = ScriptRunner(settings, pool, vault, outside)
    caller = Caller(
        settings,
        database,
        vault,
        scripts,
        journal,
        pauses,
        outbound,
        triggers,
        CallLedger(database, vault, _owner()),
        Replies(settings, database, conversations),
        bell,
    )
    if database.is_sqlite:
        caller.ledger.forget_leases()
    shared = None
    rate, logins = HookRate(), LoginGuard()
    if settings.broker_url:
        shared = open_store(
            settings.broker_url, vault.installation, settings.effective_database_url
        )
        rate = HookRate(SharedWindows(shared, "hook", MINUTE_S))
        logins = LoginGuard(SharedWindows(shared, "login", LOCK_OUT_S))
    return Engine(
        settings=settings,
        database=database,
        vault=vault,
        pool=pool,
        journal=journal,
        talk=Talk(settings, database, journal, triggers, conversations, bell),
        outbound=outbound,
        bell=bell,
        incoming=Incoming(
            settings,
            database,
            scripts,
            journal,
            rate,
            bell,
            Protection(vault, _deduplicator(settings, database, journal)),
            pauses,
            triggers,
            conversations,
        ),
        integrations=Integrations(settings, vault, pool),
        pauses=pauses,
        destinations=Destinations(vault, Courier(outbound, settings.delivery_timeout_s)),
        conversations=conversations,
        webhooks=Webhooks(vault, Verifier(outbound, settings.delivery_timeout_s)),
        logins=logins,
        pruner=Pruner(database, settings),
        repeats=Repeats(settings, database, vault, pool),
        triggers=triggers,
        outgoing=OutgoingCalls(caller, calls),
        shared=shared,
    )


def start_delivering(
    settings: Settings, database: Database, vault: Vault, outbound: Outbound, triggers: Triggers
) -> Bell:
    """Return the bell to ring for what is to be delivered: by this process, or by a fleet's workers."""
    if settings.broker_url:
        # A library that only fleets need, and that takes its time to load.
        from engine.delivery.fleet import FleetBell, make_app

        return FleetBell(make_app(settings.broker_url, vault.installation))
    if database.is_sqlite:
        clear_leases(database)
    return Deliveries(lanes(settings, database, vault, outbound, triggers))


def lanes(
    settings: Settings, database: Database, vault: Vault, outbound: Outbound, triggers: Triggers
) -> Lanes:
    """Return what delivers, for the process that does."""
    return Lanes(
        Ledger(database, vault, _owner()),
        Courier(outbound, settings.delivery_timeout_s),
        Retries(
            settings.delivery_schedule_s, settings.delivery_give_up_s, settings.delivery_hold_s
        ),
        lambda opened, text: post_notice(database, triggers, opened, text),
        threading.Event(),
    )


def _owner() -> str:
    """Return what tells this process from all others that share the database."""
    return f"{socket.gethostname()[:32]}:{os.getpid()}:{secrets.token_hex(4)}"


def _deduplicator(settings: Settings, database: Database, journal: Journal) -> Deduplicator:
    # Longer than waiting for a sandbox, two runs (a worker may die under the first) and storing.
    lease_s = settings.sandbox_wait_s + 2 * settings.script_wall_s + COMMIT_TIMEOUT_S + 10
    return Deduplicator(database, journal, lease_s, max_waiting=max(1, settings.threads // 2))


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
