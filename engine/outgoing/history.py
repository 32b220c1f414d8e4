"""The tries of one call, found again in the log."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.models import Execution, ExecutionDetail, ExecutionKind
from engine.outgoing import occasion
from engine.outgoing.occasion import Called
from engine.vault import Vault

#: So many executions of the integration are looked through, before and after.
_NEAR = 50


def tries_of(session: Session, vault: Vault, execution: Execution) -> list[Execution]:
    """
    Return the executions of the same call, the given one among them, the oldest first.

    They are looked for near it: of an integration that is called very often some may be missed.

    :raise ConfigError: when what was stored was encrypted with another key.
    """
    mine = _called(session, vault, execution)
    if mine is None or execution.kind != ExecutionKind.OUTGOING:
        return [execution]
    near = sa.select(Execution, ExecutionDetail.occasion).join(
        ExecutionDetail, ExecutionDetail.execution_id == Execution.id
    )
    near = near.where(
        Execution.integration_id == execution.integration_id,
        Execution.kind == ExecutionKind.OUTGOING,
    )
    before = near.where(Execution.id < execution.id).order_by(Execution.id.desc()).limit(_NEAR)
    after = near.where(Execution.id > execution.id).order_by(Execution.id).limit(_NEAR)
    found = [
        one
        for query in (before, after)
        for one, sealed in session.execute(query)
        if sealed is not None and occasion.unseal_call(vault, sealed) == mine
    ]
    return sorted([execution, *found], key=lambda one: one.id)


def _called(session: Session, vault: Vault, execution: Execution) -> Called | None:
    detail = session.get(ExecutionDetail, execution.id)
    if detail is None or detail.occasion is None:
        return None
    return occasion.unseal_call(vault, detail.occasion)
