"""The long log of the benchmark is one that the server could have written itself."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from admin import create_app
from benchmarks import history
from benchmarks.client import BenchError
from benchmarks.server import DATABASE
from engine.runtime import Engine
from tests.support import Api

SCRIPT = """
class Script {
  process_incoming_request({ request }) {
    console.log('seen', request.content.text);
    return request.content.text ? { content: { text: request.content.text } } : undefined;
  }
}
"""


@pytest.fixture
def data_dir(api: Api, tmp_path: Path) -> Path:
    """The data of a server that ran two executions, one of which posted."""
    hook = api.hook(SCRIPT)
    hook.post({"text": "posted"})
    hook.post({"nothing": True})
    engine: Engine = api.app.extensions["hooksmith"]
    return history.copy(engine.settings.data_dir, tmp_path / "long")


@pytest.fixture
def reopen(data_dir: Path, make_engine: Callable[..., Engine]) -> Callable[[], Api]:
    """Start another server on that data."""
    return lambda: Api(create_app(engine=make_engine(data_dir=data_dir)))


def test_copies_are_whole_executions(data_dir: Path, reopen: Callable[[], Api]) -> None:
    """Each has its request, its console and its message, under ids of its own."""
    history.fill(data_dir, 10)
    api = reopen()
    executions = api.executions(count=50)
    assert len({one["_id"] for one in executions}) == 12
    posted = [one for one in executions if one["outcome"] == "posted"]
    assert len(posted) == 6
    assert {one["console"][0]["text"] for one in posted} == {"seen posted"}
    assert len({message["_id"] for message in api.messages()}) == 6
    with contextlib.closing(sqlite3.connect(data_dir / DATABASE)) as file:
        assert file.execute("PRAGMA foreign_key_check").fetchall() == []
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_copies_are_older_than_what_was_there(
    api: Api, data_dir: Path, reopen: Callable[[], Api]
) -> None:
    """The log stays sorted: by id, which is by time."""
    before = [one["_id"] for one in api.executions()]
    history.fill(data_dir, 10)
    executions = reopen().executions(count=50)
    assert [one["_id"] for one in executions[:2]] == before
    times = [one["receivedAt"] for one in executions]
    assert times == sorted(times, reverse=True)


def test_a_disk_without_room_is_told_before(data_dir: Path) -> None:
    """Nothing is written that could not be finished."""
    with pytest.raises(BenchError, match="are free"):
        history.fill(data_dir, 10**12)
