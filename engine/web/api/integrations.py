"""integrations.*: scripts and their URLs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session

from engine import (
    compatibility,
    dialects,
    fields,
    integration_details,
    integrations,
    pauses,
    users,
)
from engine import versions as script_versions
from engine.errors import Invalid, NotFound
from engine.integrations import Changes
from engine.models import Integration, IntegrationType
from engine.outgoing import settings as outgoing_settings
from engine.outgoing.triggers import Ringing
from engine.redaction import HIDDEN
from engine.web import the_engine
from engine.web.api.base import (
    Refused,
    admin_only,
    body,
    current_user,
    hops,
    success,
    text,
    wanted,
    window,
)
from engine.web.api.parameters import LISTED, PAGE, Kind, NoDifference, Taken, refuse, takes
from engine.web.api.selection import INTEGRATION_MEMBERS, selection

blueprint = Blueprint("integrations", __name__)

#: Members on which depends what the check says.
_CHECKED = frozenset(
    {"script", "scriptEnabled", "lifecycle", "type", "overrideDestinationChannelEnabled"}
)
ID: Taken = {"integrationId": Kind.TEXT}
_SETTINGS: Taken = {
    **dict.fromkeys(
        (
            *("type", "name", "description", "username", "channel", "alias", "avatar", "emoji"),
            *("enabled", "scriptEnabled", "script", "lifecycle", "dialect", *dialects.SWITCHES),
            *("destinations", "createRooms", "limits", "secrets"),
            *("verification", "deduplication"),
        ),
        Kind.ANY,
    ),
    "token": Kind.TEXT,
    "overrideDestinationChannelEnabled": Kind.MAYBE,
    "skipTranspile": NoDifference(Kind.MAYBE, "scripts run as they are written"),
    "scriptEngine": NoDifference(Kind.TEXT, "scripts of both engines run in the same sandbox"),
}
_OUTGOING: Taken = {
    **dict.fromkeys(
        (
            *("event", "urls", "triggerWords", "targetRoom"),
            *("callTimeoutS", "triggerWhen", "contentType"),
        ),
        Kind.ANY,
    ),
    "retryCount": Kind.NUMBER,
    "retryDelay": Kind.TEXT,
    **dict.fromkeys(outgoing_settings.FLAGS, Kind.MAYBE),
}
#: Whoever changes an integration sends it back whole, often enough: these are not theirs to change.
_SHOWN: Taken = dict.fromkeys(
    (
        *("_id", "userId", "url", "scriptVersion", "scriptError", "paused", "_createdAt"),
        *("_createdBy", "_updatedAt", "scriptCompiled"),
    ),
    NoDifference(Kind.ANY, "it is told, and not for the caller to set"),
)


@blueprint.post("/integrations.create")
@admin_only
@takes({**_SETTINGS, **_OUTGOING})
def create() -> Response:
    """Add an integration; its token and whole URL are in this answer, and what is to be said of its script."""
    service = the_engine().integrations
    given = body()
    if given.get("type", IntegrationType.INCOMING) == IntegrationType.INCOMING:
        _refuse_outgoing(given)
    changes = service.changes(given, current_user().username)
    with the_engine().database.write() as session:
        integration, token = service.create(session, changes)
        session.flush()
        ringing = _announce(session, changes)
        made = integration_details.as_dict(service, session, integration, token=token)
    _ring(ringing)
    return success(integration=made, warnings=_warnings(integration))


@blueprint.get("/integrations.list")
@admin_only
@takes({**LISTED, **dict.fromkeys(("type", "name"), Kind.TEXT)})
def list_all() -> Response:
    """Return the integrations by name, those of one `type`, or whose names have `name` in them; tokens as dots."""
    count, offset = window()
    chosen, part = selection(INTEGRATION_MEMBERS), (wanted("name") or "").lower()
    kind = request.args.get("type")
    if kind is not None:
        kind = fields.choice(kind, IntegrationType, "type")
    page = slice(offset, offset + count)
    with the_engine().database.read() as session:
        everything = [
            one for one in integrations.list_integrations(session, kind) if part in one.name.lower()
        ]
        if chosen.is_whole:
            total, listed = len(everything), _with_pauses(session, everything[page])
        else:
            every = chosen.of(_with_pauses(session, everything))
            total, listed = len(every), every[page]
    shown = chosen.show(listed)
    return success(
        integrations=shown,
        items=len(shown),
        count=len(shown),
        offset=offset,
        total=total,
    )


@blueprint.get("/integrations.get")
@admin_only
@takes({**ID, "createdBy": Kind.TEXT})
def get() -> Response:
    """Return one integration, its token as dots; with `createdBy`, if that user made it."""
    by = wanted("createdBy")
    with the_engine().database.read() as session:
        integration = integrations.get(session, text(request.args, "integrationId"))
        maker = users.find_by_username(session, integration.created_by)
        if by and (maker is None or maker.id != by):
            raise NotFound(f"There is no integration {integration.id} that createdBy made")
        return success(integration=_with_pauses(session, [integration])[0])


@blueprint.route("/integrations.update", methods=["POST", "PUT"])
@admin_only
@takes({**ID, "target_url": Kind.TEXT, **_SETTINGS, **_OUTGOING, **_SHOWN})
def update() -> Response:
    """Change the members that are given; the answer has what is to be said of the script."""
    given = body()
    service = the_engine().integrations
    with the_engine().database.read() as session:
        integration = _named(session, given)
        integration_id, name = integration.id, integration.name
        _refuse_token(integration, given)
        if integration.type == IntegrationType.INCOMING:
            _refuse_outgoing(given)
    changes: Changes = service.changes(given, current_user().username, name=name)
    with the_engine().database.write() as session:
        integration = integrations.get(session, integration_id)
        service.update(session, integration, changes)
        session.flush()
        ringing = _announce(session, changes)
        changed = _with_pauses(session, [integration])[0]
    _ring(ringing)
    return success(
        integration=changed,
        warnings=_warnings(integration) if given.keys() & _CHECKED else [],
    )


@blueprint.post("/integrations.resume")
@admin_only
@takes(ID)
def resume() -> Response:
    """End an integration's pause, and forget its failures."""
    with the_engine().database.write() as session:
        integration = integrations.get(session, text(body(), "integrationId"))
        pauses.resume(session, integration, f"{current_user().username} resumed it")
        session.flush()
        return success(integration=_with_pauses(session, [integration])[0])


@blueprint.post("/integrations.remove")
@admin_only
@takes({**ID, "target_url": Kind.TEXT, "type": Kind.TEXT}, one_of=[("integrationId", "target_url")])
def remove() -> Response:
    """Delete an integration; its log and messages stay."""
    with the_engine().database.write() as session:
        integration = _named(session, body())
        shown = integration_details.as_dict(the_engine().integrations, session, integration)
        integrations.remove(session, integration)
    return success(integration=shown)


@blueprint.post("/integrations.reveal")
@admin_only
@takes(ID)
def reveal() -> Response:
    """Return the token and the whole URL once more."""
    service = the_engine().integrations
    with the_engine().database.read() as session:
        integration = integrations.get(session, text(body(), "integrationId"))
        token = service.reveal_token(integration)
        return success(token=token, url=service.url(integration, token))


@blueprint.post("/integrations.renewToken")
@admin_only
@takes(ID)
def renew_token() -> Response:
    """Give the integration a new URL and end the old one."""
    service = the_engine().integrations
    with the_engine().database.write() as session:
        integration = integrations.get(session, text(body(), "integrationId"))
        token = service.renew_token(integration)
        return success(token=token, url=service.url(integration, token))


@blueprint.get("/integrations.versions")
@admin_only
@takes({**ID, **PAGE})
def versions() -> Response:
    """Return the script versions, newest first."""
    count, offset = window()
    with the_engine().database.read() as session:
        integration = integrations.get(session, text(request.args, "integrationId"))
        everything = script_versions.list_versions(session, integration)
        listed = [script_versions.as_dict(one) for one in everything[offset : offset + count]]
    return success(versions=listed, count=len(listed), offset=offset, total=len(everything))


def _named(session: Session, given: Mapping[str, Any]) -> Integration:
    """Return the integration of `integrationId`, or the outgoing one that calls `target_url`."""
    kind = given.get("type")
    if kind is not None:
        fields.choice(kind, IntegrationType, "type")
    found: Integration | None
    if given.get("target_url") is not None and given.get("integrationId") is None:
        if kind == IntegrationType.INCOMING:
            raise Invalid("target_url names an outgoing integration", field="target_url")
        found = integrations.find_by_url(session, text(given, "target_url"))
    else:
        found = integrations.get(session, text(given, "integrationId"))
    if found is None or kind not in (None, found.type):
        raise Refused("No integration found.", "error-integration-not-found")
    return found


def _refuse_outgoing(given: Mapping[str, Any]) -> None:
    for name in _OUTGOING:
        refuse(name, "only outgoing integrations have it", given.get(name))


def _refuse_token(integration: Integration, given: Mapping[str, Any]) -> None:
    """Refuse another URL token; that of an outgoing integration is no address, and its own to change."""
    token = given.get("token")
    if integration.type != IntegrationType.INCOMING or token in (None, "", HIDDEN):
        return
    if token != the_engine().integrations.reveal_token(integration):
        raise Invalid("token is changed by integrations.renewToken", field="token")


def _warnings(integration: Integration) -> list[dict[str, Any]]:
    """Return the notes of the check that whoever saves should see, though it has not been asked for."""
    return [note.as_dict() for note in compatibility.warnings_of(the_engine().pool, integration)]


def _with_pauses(session: Session, chosen: Sequence[Integration]) -> list[dict[str, Any]]:
    known = the_engine().pauses.known(session, [one.id for one in chosen])
    shown = integration_details.as_dicts(the_engine().integrations, session, chosen)
    return [
        {**one, "paused": known[one["_id"]].as_dict() if one["_id"] in known else None}
        for one in shown
    ]


def _announce(session: Session, changes: Changes) -> list[Ringing]:
    announce = the_engine().triggers.announce_room
    return [
        announce(session, "roomCreated", room, current_user(), hops=hops())
        for room in changes.made_rooms
    ]


def _ring(several: Sequence[Ringing]) -> None:
    for ringing in several:
        ringing.ring()
