"""The running server, called with hostile scripts: it is the same process afterwards, and no larger."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.models import Outcome
from engine.sandbox.outcome import RunStatus
from tests.acceptance.conftest import Server
from tests.hostile.cases import Case, read_cases
from tests.hostile.gauges import resident_bytes

_PLAIN = """class Script {
  process_incoming_request({ request }) {
    return { content: { text: `${request.content.n * 7}` } };
  }
}"""
#: What a run's end is called where a request's is called differently.
_OUTCOMES = {RunStatus.OK: Outcome.POSTED}
#: How long the server may take to give its memory back.
_SETTLE_S = 20.0


def chosen() -> list[Case]:
    """Return a script of each category for each way to end, of those that need no far side."""
    found: dict[tuple[str, RunStatus], Case] = {}
    for case in read_cases():
        ends = _OUTCOMES.get(case.outcome, case.outcome)
        if ends in set(Outcome) and "request.content" not in case.source and not case.kept:
            found.setdefault((case.category, case.outcome), case)
    return list(found.values())


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with room for the limits that the scripts name."""
    folder = tmp_path_factory.mktemp("hostile") / "data"
    server = Server(folder, script_cpu_s=20, script_wall_s=60, sandbox_workers=2)
    yield server
    server.stop()


def processes(server: Server) -> dict[int, str]:
    """Return the server's own processes -> when the kernel started them; not those of the sandbox."""
    own = [server.process.pid]
    children = Path(f"/proc/{own[0]}/task/{own[0]}/children").read_text().split()
    own += map(int, children)
    return {
        pid: Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19] for pid in own
    }


def call_plainly(server: Server, path: str) -> None:
    for n in range(30):
        assert server.request("POST", path, {"n": n})[0] == 200


def test_a_server_outlives_hostile_scripts_unchanged(server: Server) -> None:
    """Each ends under its own name; the processes are the same, and hold what they held within 10 %."""
    plain = server.hook(_PLAIN)
    call_plainly(server, plain)
    before = processes(server)
    held_bytes = sum(map(resident_bytes, before))
    wrong = []
    for case in chosen():
        path = server.hook(case.source, name=case.id, limits=dict(case.limits))
        server.request("POST", path, {})
        (execution,) = server.api("GET", f"executions.list?integrationId={path.split('/')[2]}")[
            "executions"
        ]
        if execution["outcome"] != _OUTCOMES.get(case.outcome, case.outcome):
            wrong.append(f"{case.id}: {execution['outcome']} {execution['summary']}")
    assert wrong == []
    call_plainly(server, plain)
    assert processes(server) == before
    deadline = time.monotonic() + _SETTLE_S
    while (now_bytes := sum(map(resident_bytes, before))) > held_bytes * 1.1:
        assert time.monotonic() < deadline, f"{now_bytes >> 20} MB, before {held_bytes >> 20} MB"
        time.sleep(0.2)
