"""Rocket.Chat's own client, @rocket.chat/api-client, calling a running server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.conftest import Server
from tests.differential.comparison import node, report
from tests.support import PASSWORD

PACKAGE = "@rocket.chat/api-client"
PROGRAM = Path(__file__).parent / "rocketchat_api" / "client.mjs"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """The installed program on a port of its own."""
    running = Server(tmp_path)
    yield running
    running.stop()


def test_its_calls_work(server: Server) -> None:
    """Every call that there is here, in the order of a day; what has to be refused reaches the caller as an error."""
    base = f"http://127.0.0.1:{server.port}"
    given = {"baseUrl": base, "username": "admin", "password": PASSWORD}
    done: list[dict[str, Any]] = node(PROGRAM, given, packages=[PACKAGE])
    *wanted, nowhere, out, stranger = done
    assert [one for one in wanted if "answer" not in one] == []
    assert (nowhere["status"], stranger["status"]) == (404, 401)
    assert out["answer"]["status"] == "success"
    answers = {one["call"]: one["answer"] for one in wanted}
    assert [one["msg"] for one in answers["GET /v1/im.messages"]["messages"]] == ["psst"]
    assert [one["msg"] for one in answers["GET /v1/groups.messages"]["messages"]] == [
        "changed @ada"
    ]
    assert answers["GET /v1/integrations.history"]["history"][0]["integration"].keys() == {"_id"}
    report(
        "rocketchat_client",
        packages=[f"npm:{PACKAGE}"],
        checked="calls of a program that uses it",
        total=len(done),
    )
