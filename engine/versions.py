"""The saved script texts of an integration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.errors import NotFound
from engine.models import Integration, ScriptVersion
from engine.times import iso


def list_versions(session: Session, integration: Integration) -> Sequence[ScriptVersion]:
    """Return them, newest first."""
    return session.scalars(
        sa.select(ScriptVersion)
        .where(ScriptVersion.integration_id == integration.id)
        .order_by(ScriptVersion.number.desc())
    ).all()


def problems(session: Session, several: Sequence[Integration]) -> dict[str, dict[str, Any]]:
    """Return integration id -> why its script cannot run, of those of which that is so."""
    ids = {one.version_id for one in several if one.version_id is not None}
    found = session.execute(
        sa.select(ScriptVersion.integration_id, ScriptVersion.problem).where(
            ScriptVersion.id.in_(ids)
        )
    )
    return {integration_id: problem for integration_id, problem in found if problem is not None}


def get(session: Session, integration: Integration, number: int) -> ScriptVersion:
    """
    Return one of them.

    :raise NotFound: when there is none of that number.
    """
    version = session.scalar(
        sa.select(ScriptVersion).where(
            ScriptVersion.integration_id == integration.id, ScriptVersion.number == number
        )
    )
    if version is None:
        raise NotFound(f"{integration.name or 'The integration'} has no version {number}")
    return version


def latest_number(session: Session, integration: Integration) -> int:
    """Return the highest number so far; 0 before the first."""
    newest = sa.select(sa.func.max(ScriptVersion.number)).where(
        ScriptVersion.integration_id == integration.id
    )
    return session.scalar(newest) or 0


def as_dict(version: ScriptVersion) -> dict[str, Any]:
    """Return a version for the API."""
    return {
        "version": version.number,
        "script": version.source,
        "scriptError": version.problem,
        "createdAt": iso(version.created_at),
        "createdBy": version.created_by,
    }
