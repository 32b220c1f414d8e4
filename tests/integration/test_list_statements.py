"""Lists ask the database as often for many rows as for few."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from engine.models import Integration
from engine.runtime import Engine
from tests.integration.admin_fixtures import administrator
from tests.support import Api, script

WEBHOOK: dict[str, Any] = {"type": "webhook", "url": "https://far.example/x"}


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """Collect what the thread that calls reads."""
    caller, found = threading.get_ident(), list[str]()

    def note(conn: Any, cursor: Any, statement: str, *_: Any) -> None:
        if threading.get_ident() == caller and statement.startswith("SELECT"):
            found.append(statement)

    sa.event.listen(engine.database.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        sa.event.remove(engine.database.engine, "before_cursor_execute", note)


def fill(api: Api, number: int) -> None:
    """Add one of everything that is listed, made by somebody of its own."""
    name = f"maker{number}"
    api.post(
        "users.create",
        username=name,
        name=name,
        email=f"{name}@x.example",
        password="correct horse",
    )
    destination = api.post("destinations.create", name=f"Far {number}", **WEBHOOK)["destination"]
    api.post("destinations.pause", destinationId=destination["_id"])
    hook = api.hook(script("return {content: {text: 'x'}}"), destinations=[destination["_id"]])
    engine: Engine = api.app.extensions["hooksmith"]
    with engine.database.write() as session:
        session.get_one(Integration, hook.id).created_by = name
    api.post("channels.create", name=f"room{number}", members=[name])
    hook.post({"text": "x"})


LISTS = (
    *(f"/api/v1/{name}.list" for name in ("integrations", "destinations", "deliveries")),
    *(f"/api/v1/{name}.list" for name in ("executions", "users", "channels")),
    "/api/v1/rooms.get",
    "/admin/",
    *(f"/admin/{name}/" for name in ("integrations", "destinations", "deliveries")),
    *(f"/admin/{name}/" for name in ("rooms", "logs", "users")),
)


def test_a_list_takes_as_many_statements_whatever_is_on_it(api: Api) -> None:
    """With one query for each row, a page of fifty waits for fifty."""
    few, many = counts_with(api, range(2)), counts_with(api, range(2, 6))
    assert many == few


def counts_with(api: Api, numbers: range) -> dict[str, int]:
    """Add these, and return how many statements each list takes."""
    for number in numbers:
        fill(api, number)
    engine: Engine = api.app.extensions["hooksmith"]
    client, counts = administrator(api.app).client, {}
    for address in LISTS:
        client.get(address, headers=api.headers)  # what is kept in memory is read by now
        with statements(engine) as found:
            assert client.get(address, headers=api.headers).status_code == 200, address
        counts[address] = len(found)
    return counts
