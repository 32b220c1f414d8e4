"""What the benchmark prints is right, and it does not count what failed. How fast anything is, is not tested."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from benchmarks import contender, delivery, sink
from benchmarks.bench import PLAN, Bench, alternate
from benchmarks.client import BenchError, call_once, drive
from benchmarks.load import Load, OwnClient, find_load
from benchmarks.report import Rounds, Table, percentile
from benchmarks.scenarios import SCENARIOS
from benchmarks.server import Server
from benchmarks.workload import PUSH, ROOT, Target


class _Refusing(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError):  # the measurement ends where it stands
            super().handle()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        text = b"no room"
        self.send_response(503)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def refused() -> Iterator[Target]:
    """A target whose server answers every request with a 503."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Refusing) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield Target("refusing", server.server_port, ("/a", "/b"))
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [([3.0, 1.0, 2.0], 50, 2.0), ([1.0, 2.0], 50, 1.0), ([5.0], 99, 5.0)],
)
def test_a_percentile_is_one_of_the_values(
    values: list[float], percent: float, expected: float
) -> None:
    """The smallest that so many percent do not exceed, whatever their order."""
    assert percentile(values, percent) == expected


def test_the_99th_percentile_leaves_one_in_a_hundred_above() -> None:
    """Of the numbers from 1 to 1000 it is 990."""
    assert percentile([float(n) for n in range(1, 1001)], 99) == 990.0


def test_a_figure_is_the_median_of_its_rounds() -> None:
    """One disturbed round shows in the span, not in the figure."""
    rounds = Rounds((1000.0, 10.0, 1200.0))
    assert rounds.median == 1000.0
    assert rounds.shown() == "1,000 (10-1,200)"


def test_a_ratio_compares_rounds_with_the_same_disturbance() -> None:
    """A machine that was half as fast in one round does not change it."""
    assert Rounds((100.0, 50.0, 110.0)).ratio(Rounds((200.0, 100.0, 220.0))) == "0.50x"


def test_a_missing_contender_has_no_ratio() -> None:
    """It is a dash, not a number."""
    assert Rounds((100.0,)).ratio(None) == "-"


def test_rounds_alternate_between_the_targets() -> None:
    """All are measured in each round, every other round backwards, and keep their own figures."""
    order: list[str] = []

    def measure(target: Target) -> float:
        order.append(target.name)
        return float(len(order))

    found = alternate([Target("a", 1, ("/",)), Target("b", 1, ("/",))], 3, measure)
    assert order == ["a", "b", "b", "a", "a", "b"]
    assert found == {"a": Rounds((1.0, 4.0, 5.0)), "b": Rounds((2.0, 3.0, 6.0))}


def test_a_table_lines_its_figures_up() -> None:
    """Names to the left, figures to the right, notes below."""
    table = Table("Speed", ["", "requests/s"], [["kept", "1,000"], ["empty", "9"]], ["A note."])
    assert table.as_text().splitlines() == [
        "Speed",
        "-----",
        "       requests/s",
        "kept        1,000",
        "empty           9",
        "A note.",
    ]


def test_a_table_is_markdown_too() -> None:
    """With a rule that aligns figures to the right."""
    table = Table("Speed", ["", "requests/s"], [["kept", "1,000"]], ["A note."])
    assert table.as_markdown().splitlines() == [
        "**Speed**",
        "",
        "|  | requests/s |",
        "| --- | ---: |",
        "| kept | 1,000 |",
        "",
        "A note.",
    ]


def test_a_request_carries_the_whole_push() -> None:
    """One for each path, with its length and the headers that the script looks for."""
    first, second = Target("hooks", 80, ("/one", "/two")).requests()
    head, _, body = first.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /one HTTP/1.1\r\n")
    assert second.startswith(b"POST /two HTTP/1.1\r\n")
    assert f"Content-Length: {len(PUSH)}".encode() in head.split(b"\r\n")
    assert b"X-GitHub-Event: push" in head.split(b"\r\n")
    assert body == PUSH


def test_an_answer_that_is_no_200_ends_the_measurement(refused: Target) -> None:
    """The message names the contender, the status and what was said."""
    with pytest.raises(BenchError, match="refusing answered 503: no room"):
        drive(refused, 1, 60)
    with pytest.raises(BenchError, match="refusing answered 503: no room"):
        call_once(refused)


@pytest.mark.parametrize("load", [find_load(), OwnClient()], ids=["found", "own"])
def test_load_that_is_refused_ends_the_measurement(load: Load, refused: Target) -> None:
    """Refusals are quick, so counting them would look like speed."""
    with pytest.raises(BenchError, match="refusing"):
        load.run(refused, 1)


def test_an_answer_without_its_message_on_disk_ends_the_measurement(tmp_path: Path) -> None:
    """What was answered has to be in the database, or the figure means nothing."""
    path = tmp_path / "contender.sqlite3"
    with contextlib.closing(sqlite3.connect(path)) as file:
        file.execute("CREATE TABLE execution (id)")
        file.execute("CREATE TABLE message (id)")
        file.execute("INSERT INTO execution VALUES (1), (2)")
        file.execute("INSERT INTO message VALUES (1)")
        file.commit()
    bench = Bench(PLAN, OwnClient(), None, tmp_path)
    bench.answered[80] = 1
    bench.require_stored(80, path)
    bench.answered[80] = 2
    with pytest.raises(BenchError, match="holds 1 rows in message"):
        bench.require_stored(80, path)


def test_a_machine_without_node_is_told_why(monkeypatch: pytest.MonkeyPatch) -> None:
    """The contender is left out with a reason, and the rest is measured."""
    monkeypatch.setattr(shutil, "which", lambda program: None)
    with pytest.raises(contender.Unavailable, match=r"Node\.js is not installed"):
        contender.prepare()


def test_the_command_tells_what_it_can_measure() -> None:
    """Every scenario has a name for --only."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    told = " ".join(done.stdout.split())
    assert all(name in told for name in SCENARIOS)
    assert all(option in told for option in ("--quick", "--full", "--only", "--markdown"))


def test_the_contender_is_pinned() -> None:
    """Exact versions, the same in the lock, from whatever registry npm is set to."""
    wanted = json.loads((contender.PROGRAM / "package.json").read_text(encoding="utf-8"))
    lock = json.loads((contender.PROGRAM / "package-lock.json").read_text(encoding="utf-8"))
    packages = lock["packages"]
    assert {
        name: packages[f"node_modules/{name}"]["version"] for name in wanted["dependencies"]
    } == wanted["dependencies"]
    assert [name for name, package in packages.items() if "resolved" in package] == []


def test_a_sink_remembers_what_came_to_which_name() -> None:
    """Once: who asks again is told what came since."""
    with sink.running() as far:
        for text in ("0", "1"):
            address = urlsplit(far.url("ops"))
            body = json.dumps({"text": text}).encode()
            call_once(Target("sink", far.port, (address.path,), body=body))
        assert [(one.name, one.text) for one in far.arrived()] == [("ops", "0"), ("ops", "1")]
        assert far.arrived() == []


@pytest.mark.parametrize("numbers", [["0", "0", "1"], ["0", "2", "1"]], ids=["double", "mixed up"])
def test_deliveries_that_are_not_as_they_should_be_end_the_benchmark(numbers: list[str]) -> None:
    """A rate of messages that came twice or in another order would be no rate."""

    class Told(sink.Sink):
        def arrived(self) -> list[sink.Arrival]:
            return [sink.Arrival("far-0", number, 0.0) for number in numbers]

    far = delivery.Far(["id"], ["far-0"], Target("far", 0, ("/",)), in_order=True)
    with pytest.raises(BenchError, match="far-0"):
        delivery.Sender("us", Server.__new__(Server), Told(0))._arrivals(far, len(numbers))
