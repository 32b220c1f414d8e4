"""Outgoing integrations of running servers: a bot of another program, calls through kill -9, and a fleet."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.callers import all_messages
from tests.acceptance.conftest import Server, free_port
from tests.sinks import Got, Reply, Sink

BOT = Path(__file__).parents[2] / "scripts_examples" / "build_bot" / "bot.py"
_PATIENCE_S = 60.0


@pytest.fixture
def sink() -> Iterator[Sink]:
    made = Sink()
    yield made
    made.close()


@pytest.fixture
def bot() -> Iterator[str]:
    """The example's bot, running; its address."""
    port = free_port()
    environment = {**os.environ, "BOT_TOKEN": "the bot's token", "BOT_PORT": str(port)}
    process = subprocess.Popen(
        [sys.executable, str(BOT)], env=environment, stderr=subprocess.DEVNULL
    )
    yield f"http://127.0.0.1:{port}/"
    process.terminate()
    process.wait()


def eventually(what: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + _PATIENCE_S
    while not (found := what()):
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.05)
    return found


def has_heard(sink: Sink, count: int) -> bool:
    return len(sink.got) >= count


def create(server: Server, url: str, **members: Any) -> str:
    given = {"type": "webhook-outgoing", "name": "Out", "channel": "#general", "urls": [url]}
    made = server.api("POST", "integrations.create", **{**given, **members})["integration"]
    return str(made["_id"])


def say(server: Server, text: str) -> None:
    server.api("POST", "chat.postMessage", channel="#general", text=text)


@pytest.mark.parametrize("dialect", ["rocketchat", "mattermost"])
def test_the_build_bot_answers_in_both_dialects(server: Server, bot: str, dialect: str) -> None:
    """And only what it is asked."""
    made = create(server, bot, token="the bot's token", triggerWords=["#build"], dialect=dialect)

    def ready() -> bool:
        say(server, "#build status")
        answers = [one for one in all_messages(server) if one.startswith("main:")]
        time.sleep(0.5)
        return bool(answers)

    eventually(ready)  # the bot may still be starting
    before = len(all_messages(server))
    say(server, "#build nothing")
    say(server, "something else")
    eventually(
        lambda: (
            server.api("GET", f"executions.list?integrationId={made}&count=1")["executions"][0][
                "outcome"
            ]
            == "nothing"
        )
    )
    assert len(all_messages(server)) >= before + 2
    assert set(all_messages(server)) == {
        "#build status",
        "main: passed\nrelease: still running",
        "#build nothing",
        "something else",
    }


def test_two_bots_that_answer_each_other_are_stopped(server: Server, sink: Sink) -> None:
    """Each answers whatever the other says, for five calls."""

    def answer(got: Got) -> Reply:
        body = json.dumps({"text": f"{got.path} heard {got.text[:20]}"}).encode()
        return 200, {"Content-Type": "application/json"}, body

    sink.answer = answer
    for name in ("ping", "pong"):
        create(server, f"{sink.url}/{name}", name=name, triggerWords=["go", "/"])
    say(server, "go")
    eventually(lambda: server.api("GET", "executions.list?outcome=hop-limit&count=1")["total"] == 2)
    assert len(sink.got) == 10
    assert len(all_messages(server)) == 11


def test_kill_9_loses_no_call(serve: Callable[..., Server], tmp_path: Path, sink: Sink) -> None:
    """Calls that waited, and those that were under way, are made by the next start; each is answered once."""
    count = 40

    def answer(got: Got) -> Reply:
        time.sleep(0.3)
        body = json.dumps({"text": f"re {got.json()['text']}"}).encode()
        return 200, {"Content-Type": "application/json"}, body

    sink.answer = answer
    server = serve(data_dir=tmp_path / "data")
    create(server, sink.url, triggerWords=["go"])
    for number in range(count):
        say(server, f"go {number}")
    for _ in range(2):
        eventually(functools.partial(has_heard, sink, len(sink.got) + 4))
        server.kill()
        server.start()
    eventually(lambda: len(all_messages(server)) >= 2 * count)
    time.sleep(1)
    answers = Counter(one for one in all_messages(server) if one.startswith("re "))
    assert answers == {f"re go {number}": 1 for number in range(count)}
    assert {one.text for one in sink.got} == {f"go {number}" for number in range(count)}


def test_nodes_of_a_fleet_make_each_others_calls(
    serve: Callable[..., Server],
    postgres_url: Callable[[], str],
    sink: Sink,
) -> None:
    """What a node that died had under way is made by the other one; no answer comes twice."""
    count = 30

    def answer(got: Got) -> Reply:
        time.sleep(0.3)
        body = json.dumps({"text": f"re {got.json()['text']}"}).encode()
        return 200, {"Content-Type": "application/json"}, body

    sink.answer = answer
    url = postgres_url()
    key = "the secret key of all nodes of a fleet"
    first, second = (serve(database_url=url, secret_key=key) for _ in range(2))
    create(first, sink.url, triggerWords=["go"])
    for number in range(count):
        say(first, f"go {number}")
    eventually(lambda: len(sink.got) > 3)
    first.kill()
    eventually(lambda: len(all_messages(second)) >= 2 * count)
    answers = Counter(one for one in all_messages(second) if one.startswith("re "))
    assert answers == {f"re go {number}": 1 for number in range(count)}
    first.start()
