"""What is stored of a request in one transaction: its log rows, messages and deliveries."""

from __future__ import annotations

from typing import Any

from engine.db import utcnow
from engine.delivery.tables import Delivery
from engine.executions import Record
from engine.journal import Entry
from engine.models import Execution, ExecutionDetail, ExecutionKind, Message, ScriptStore


def entry_of(record: Record, messages: list[dict[str, Any]]) -> Entry:
    """Return the rows of a request."""
    execution, detail = record.rows()
    entry = Entry()
    entry.add(Execution, execution)
    entry.add(ExecutionDetail, detail)
    if record.claim is not None:
        record.claim.settle(entry)
    for message in messages:
        entry.add(Message, message)
    for delivery in record.deliveries:
        entry.add(Delivery, delivery)
    if record.store is not None and record.kind is not ExecutionKind.TEST:
        entry.add(*store_row(record))
    return entry


def store_row(record: Record) -> tuple[type[ScriptStore], dict[str, Any]]:
    """Return the row of what a script left in Store."""
    row = {
        "integration_id": record.integration_id,
        "content": record.store,
        "updated_at": utcnow(),
    }
    return ScriptStore, row
