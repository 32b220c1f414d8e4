"""The `hooksmith` command; the commands are the only modules that print (the sandbox worker's socket aside)."""

from __future__ import annotations

import json
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import click
import orjson
from sqlalchemy.exc import SQLAlchemyError

from engine import compatibility, doctor, import_command, password_command
from engine.compatibility import report
from engine.db import Database, reason_of
from engine.delivery import presence
from engine.errors import EngineError
from engine.outbound.client import Outbound
from engine.outbound.entries import split_entries
from engine.outbound.policy import Policy
from engine.repeats import Repeats
from engine.runtime import pool_config
from engine.sandbox.outcome import Job, RunLimits, RunOutcome, RunStatus
from engine.sandbox.pool import Pool
from engine.script_host import Outside, ScriptHost
from engine.scripting import INCOMING_METHOD
from engine.settings import Settings
from engine.startup import fail, open_ready, prepare, read_settings
from engine.stores import EmptyStores

#: Connections, idle ones included: an idle one costs little, a refused caller is lost.
_MAX_CONNECTIONS = 4096
#: An idle connection, or one whose headers trickle in, is closed after this.
_HEADER_TIMEOUT_MS = 20_000


@click.group()
@click.version_option(package_name="hooksmith")
def main() -> None:
    """Run Rocket.Chat-style integration scripts outside Rocket.Chat."""


@main.command()
def serve() -> None:
    """Migrate the database and serve the hooks, the API and the admin pages."""
    settings = read_settings()
    _check_address(settings)
    if settings.sandbox_strict and (problem := doctor.start_problem(settings)):
        fail(f"HOOKSMITH_SANDBOX_STRICT: {problem}")
    password = prepare(settings, serving=True)
    click.echo(f"Hooksmith is at {settings.base_url}/admin/")
    _tell(settings, password)
    _run_server(settings)


@main.command("migrate")
def migrate_command() -> None:
    """Bring the database to the schema of this version and add what a first start adds."""
    settings = read_settings()
    password = prepare(settings)
    click.echo("The database is up to date.")
    _tell(settings, password)


@main.command("doctor")
def doctor_command() -> None:
    """
    Say in what state database and sandbox are, and which layers protect this machine.

    Exit status 1 when something is wrong. A layer that is missing is not, unless it is demanded.
    """
    findings = doctor.examine(read_settings())
    for finding in findings:
        click.echo(f"{finding.part:<20} {finding.state}")
    sys.exit(0 if all(finding.good for finding in findings) else 1)


@main.command("check")
@click.argument("script", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def check_command(script: Path, as_json: bool) -> None:
    """
    Say what a script uses, what of that is missing or different here, and what to write instead.

    Exit status 0 when it will run, 1 when not. Needs no database.
    """
    pool = Pool(pool_config(read_settings()).of_one())
    try:
        source = script.read_text(encoding="utf-8")
        check = compatibility.examine(pool, source, script.name)
    except UnicodeDecodeError as exc:
        fail(f"{script} is no UTF-8 text: {exc.reason} at byte {exc.start}")
    except EngineError as exc:
        fail(str(exc))
    finally:
        pool.close()
    if as_json:
        click.echo(json.dumps(check.as_dict(), indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join(report.lines(check, str(script))))
    sys.exit(0 if check.runs else 1)


@main.command()
@click.argument("script", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--payload",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    help="File with the request's body; for the methods of outgoing integrations, with what is told "
    "or what was answered. - reads standard input.",
)
@click.option("--header", "headers", multiple=True, metavar="'K: V'", help="A request header.")
@click.option("--query", default="", help="The query string of the request.")
@click.option("--method", default=INCOMING_METHOD, show_default=True, help="The method to call.")
def run(
    script: Path, payload: Path | None, headers: tuple[str, ...], query: str, method: str
) -> None:
    """
    Run one script in the sandbox and print what came of it as JSON.

    Exit status 0 when the script ran, 1 when it failed.
    """
    settings = read_settings()
    # It brings what only this command needs.
    from engine import trial

    try:
        arguments = trial.arguments(method, _read(payload), headers, query)
    except EngineError as exc:
        fail(str(exc))
    job = Job(
        owner="run",
        name=script.name,
        source=script.read_text(encoding="utf-8"),
        method=method,
        argument=orjson.dumps(arguments),
        host=ScriptHost(_outside(settings), "run", settings.script_wall_s),
        limits=RunLimits(
            settings.script_cpu_s,
            settings.script_wall_s,
            settings.console_max_lines,
            settings.console_max_bytes,
            settings.result_max_bytes,
            settings.script_heap_bytes,
        ),
    )
    outcome = _run_once(settings, job)
    click.echo(json.dumps(_printed(outcome), indent=2, ensure_ascii=False))
    sys.exit(0 if outcome.status is RunStatus.OK else 1)


@main.command()
@click.option(
    "--threads",
    type=click.IntRange(1, 256),
    default=32,
    show_default=True,
    help="Destinations worked on at once.",
)
@click.option("--check", is_flag=True, help="Only tell whether a worker of this machine is alive.")
def worker(threads: int, check: bool) -> None:
    """Deliver what the web nodes of a fleet have to deliver; needs HOOKSMITH_BROKER_URL."""
    settings = read_settings()
    if not settings.broker_url:
        fail("HOOKSMITH_BROKER_URL: is not set; without a fleet `hooksmith serve` delivers itself")
    if check:
        alive = presence.is_alive(settings.effective_database_url, socket.gethostname())
        click.echo("alive" if alive else "no worker of this machine has reported lately")
        sys.exit(0 if alive else 1)
    # Whichever process of a fleet is the first makes the first user.
    _tell(settings, prepare(settings))
    # It brings Celery, which only fleets need.
    from engine.delivery import worker as delivery_worker

    delivery_worker.run(settings, threads)


@main.command()
@click.argument("execution")
def replay(execution: str) -> None:
    """
    Repeat a recorded execution exactly as it ran, post nothing, and print what came of it as JSON.

    The run sees the time, the chance and the answers that the recorded one saw. Exit status 0 when
    its result and console are byte for byte the same, 1 when they are not.
    """
    settings = read_settings()
    vault = open_ready(settings)
    database = Database(settings.effective_database_url, pool_size=1)
    pool = Pool(pool_config(settings).of_one())
    try:
        repeated = Repeats(settings, database, vault, pool).repeat(execution)
    except EngineError as exc:
        fail(str(exc))
    except SQLAlchemyError as exc:
        fail(f"HOOKSMITH_DATABASE_URL: the database cannot be used ({reason_of(exc)})")
    finally:
        pool.close()
        database.close()
    click.echo(json.dumps(repeated.as_dict(), indent=2, ensure_ascii=False))
    sys.exit(0 if repeated.identical else 1)


main.add_command(import_command.group)
main.add_command(password_command.reset_password)


def _run_server(settings: Settings) -> None:
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LogLevels

    levels = {"debug": LogLevels.debug, "warning": LogLevels.warning}
    server = Granian(
        "admin.serving:create",
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.RSGI,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=_HEADER_TIMEOUT_MS),
        websockets=False,
        workers=1,
        backlog=_MAX_CONNECTIONS,
        backpressure=_MAX_CONNECTIONS,
        respawn_failed_workers=True,
        log_level=levels.get(settings.log_level, LogLevels.error),
    )
    server.serve()


def _tell(settings: Settings, password: str | None) -> None:
    if password is not None:
        click.echo(f"First start: log in as {settings.admin_username} with the password {password}")
        click.echo("It is not shown again; change it under Users.")
    sys.stdout.flush()


def _check_address(settings: Settings) -> None:
    # The server itself would share a taken port with whoever has it.
    try:
        found = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0]
    except OSError as exc:
        fail(f"HOOKSMITH_HOST: {settings.host} is no address of this machine ({exc.strerror})")
    with socket.socket(found[0], socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(found[4])
        except OSError as exc:
            fail(
                f"HOOKSMITH_PORT: cannot listen on {settings.host} port {settings.port} "
                f"({exc.strerror}); choose another with HOOKSMITH_PORT"
            )


def _run_once(settings: Settings, job: Job) -> RunOutcome:
    pool = Pool(pool_config(settings).of_one())
    try:
        return pool.run(job)
    except EngineError as exc:
        fail(str(exc))
    finally:
        pool.close()


def _outside(settings: Settings) -> Outside:
    allowed = split_entries(settings.script_fetch_allow)
    policy = Policy.public(allowed, setting="HOOKSMITH_SCRIPT_FETCH_ALLOW")
    return Outside(settings, Outbound(), policy, EmptyStores())


def _read(payload: Path | None) -> bytes:
    if payload is None:
        return b""
    return sys.stdin.buffer.read() if str(payload) == "-" else payload.read_bytes()


def _printed(outcome: RunOutcome) -> dict[str, Any]:
    return {
        "result": outcome.result,
        "error": None if outcome.error is None else outcome.error.as_dict(),
        "console": outcome.console,
        "durationMs": round(outcome.run_ms, 2),
    }


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    main()
