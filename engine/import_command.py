"""`hooksmith import`: where from, and the report."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from sqlalchemy.exc import SQLAlchemyError

from engine.db import Database, reason_of
from engine.errors import EngineError, SourceError
from engine.importing import documents, mattermost, rocketchat
from engine.importing.found import Export
from engine.importing.importer import Choices, Importer
from engine.importing.places import CreateRooms
from engine.importing.rocketchat_api import RocketChat
from engine.integrations import Integrations
from engine.outbound.client import Outbound
from engine.runtime import pool_config
from engine.sandbox.pool import Pool
from engine.settings import Settings
from engine.startup import fail, prepare, read_settings
from engine.vault import open_vault

Function = TypeVar("Function", bound=Callable[..., Any])

_FILES = click.option(
    "--file",
    "files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with exported JSON; may be given several times.",
)
_CHOICES = (
    click.option("--dry-run", is_flag=True, help="Report only; store nothing."),
    click.option("--update", is_flag=True, help="Bring up to date what was imported before."),
    click.option(
        "--create-rooms",
        type=click.Choice(list(CreateRooms)),
        default=CreateRooms.PUBLIC,
        show_default=True,
        help="Which rooms that are missing here are made.",
    ),
    click.option("--json", "as_json", is_flag=True, help="Print the report as JSON."),
)


def _with_choices(command: Function) -> Function:
    for option in reversed(_CHOICES):
        command = option(command)
    return command


@click.group("import")
def group() -> None:
    """
    Bring the integrations of another system over, with their addresses and scripts.

    Exit status 0 when everything came over, 1 when something did not, 2 when nothing was read.
    """


@group.command("rocketchat")
@_FILES
@click.option("--url", help="The address of a Rocket.Chat server.")
@click.option("--user-id", help="The id of a user who may manage its integrations.")
@click.option("--token", help="A personal access token of that user; asked for when not given.")
@_with_choices
def rocketchat_command(
    files: tuple[Path, ...],
    url: str | None,
    user_id: str | None,
    token: str | None,
    **choices: Any,
) -> None:
    """
    Import from Rocket.Chat: its REST API, or files.

    A file holds what mongoexport wrote of `rocketchat_integrations` (and of `rocketchat_room`, for
    the rooms), or a saved answer of integrations.list.
    """
    if bool(files) == bool(url):
        fail("say where from: --url with --user-id and --token, or --file")
    if files:
        _import(lambda problems: rocketchat.parse(_read(files, problems)), **choices)
        return
    if not user_id:
        fail("--user-id is missing: the id of the user whom the token belongs to")
    token = token or click.prompt("Token", hide_input=True, err=True)
    outbound = Outbound()
    try:
        server = RocketChat(outbound, str(url), user_id, token)
        _import(lambda problems: rocketchat.parse(server.documents()), **choices)
    finally:
        outbound.close()


@group.command("mattermost")
@_FILES
@click.option(
    "--channel",
    "channels",
    multiple=True,
    metavar="ID=NAME",
    help="The name of a channel of which the files know only the id.",
)
@click.option(
    "--dialect",
    type=click.Choice(["mattermost", "kchat"]),
    default="mattermost",
    show_default=True,
    help="In which the imported hooks answer.",
)
@_with_choices
def mattermost_command(
    files: tuple[Path, ...], channels: tuple[str, ...], dialect: str, **choices: Any
) -> None:
    """
    Import from Mattermost or kChat: files.

    A file holds what `mmctl webhook list --json` printed, or saved answers of /api/v4/hooks/incoming
    and /api/v4/hooks/outgoing; others give the names of channels: `mmctl channel list --json`, or
    answers of /api/v4/channels.
    """
    if not files:
        fail("say where from: --file")
    named: dict[str, str] = {}
    for channel in channels:
        channel_id, equals, name = channel.partition("=")
        if not equals or not channel_id or not name.strip():
            fail(f"--channel {channel!r}: write it as ID=NAME")
        named[channel_id] = name.strip()
    _import(lambda problems: mattermost.parse(_read(files, problems), named, dialect), **choices)


def _read(files: tuple[Path, ...], problems: list[str]) -> Any:
    for path in files:
        yield from documents.read(path, problems)


def _import(
    read: Callable[[list[str]], Export],
    *,
    dry_run: bool,
    update: bool,
    create_rooms: str,
    as_json: bool,
) -> None:
    problems: list[str] = []
    try:
        export = read(problems)
    except SourceError as exc:
        fail(str(exc))
    export.problems.extend(problems)
    settings = read_settings()
    password = prepare(settings)
    if password is not None:
        click.echo(f"The password of {settings.admin_username} is {password}", err=True)
    choices = Choices(dry_run, update, CreateRooms(create_rooms))
    report = _store(settings, export, choices)
    if as_json:
        click.echo(json.dumps(report.as_dict(), indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join(report.lines()))
    sys.exit(0 if report.complete else 1)


def _store(settings: Settings, export: Export, choices: Choices) -> Any:
    database = Database(settings.effective_database_url, pool_size=2)
    pool = Pool(pool_config(settings).of_one())
    try:
        service = Integrations(settings, open_vault(settings), pool)
        return Importer(database, service, choices).bring(export)
    except EngineError as exc:
        fail(str(exc))
    except SQLAlchemyError as exc:
        fail(f"HOOKSMITH_DATABASE_URL: the database cannot be used ({reason_of(exc)})")
    finally:
        pool.close()
        database.close()
