"""Prometheus' Alertmanager, Debian's package, with its receivers pointed at hooks."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.conftest import Server, free_port
from tests.acceptance.places import Place
from tests.conftest import missing

_START_S = 60.0
WEBHOOK_SCRIPT = (
    Path(__file__).parents[3] / "scripts_examples" / "alertmanager" / "script.js"
).read_text(encoding="utf-8")
SLACK_LIKE = {"title": "{{ .CommonLabels.alertname }}", "text": "{{ .CommonAnnotations.summary }}"}

Fire = Callable[[dict[str, Any]], None]


@pytest.fixture
def fire(tmp_path: Path) -> Iterator[Fire]:
    """Start an Alertmanager with one receiver, and give it an alert."""
    program = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
    if program is None:
        missing("prometheus-alertmanager")
    with contextlib.ExitStack() as running:

        def start(receiver: dict[str, Any]) -> None:
            # A JSON text is a YAML one.
            config = tmp_path / "alertmanager.yml"
            route = {"receiver": "here", "group_wait": "0s", "group_interval": "1s"}
            receivers = [{"name": "here", **receiver}]
            config.write_text(json.dumps({"route": route, "receivers": receivers}))
            port = free_port()
            process = running.enter_context(_started(program, config, tmp_path, port))
            _alert(port, process)

        yield start


@contextlib.contextmanager
def _started(
    program: str, config: Path, folder: Path, port: int
) -> Iterator[subprocess.Popen[bytes]]:
    arguments = [
        f"--config.file={config}",
        f"--storage.path={folder / 'storage'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
    ]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([program, *arguments], stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + _START_S
        while not _answers(port):
            assert process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.1)
        yield process
    finally:
        process.terminate()
        process.wait(timeout=30)


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=5):
            return True
    except OSError:
        return False


def _alert(port: int, process: subprocess.Popen[bytes]) -> None:
    alert = {
        "labels": {"alertname": "DiskFull", "severity": "critical", "instance": "web-1"},
        "annotations": {"summary": "web-1 has no space left"},
        "generatorURL": "https://prometheus.example.org/graph",
    }
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/v2/alerts",
        json.dumps([alert]).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 200
    assert process.poll() is None


def arrived(place: Place) -> dict[str, Any]:
    """Wait for the message, which has to be one."""
    (message,) = place.wait_for(1)
    return message


def test_the_webhook_receiver_posts_through_the_example(place: Place, fire: Fire) -> None:
    """Its JSON is what scripts_examples/alertmanager understands."""
    hook = place.hook(script=WEBHOOK_SCRIPT)
    fire({"webhook_configs": [{"url": hook.url}]})
    message = arrived(place)
    assert "DiskFull" in json.dumps(message)
    assert "web-1" in json.dumps(message)
    assert hook.last()["answer"] == '{"success":true}'


@pytest.mark.parametrize("dialect", ["slack", "mattermost", "kchat"])
def test_the_slack_receiver_posts(place: Place, fire: Fire, dialect: str) -> None:
    """With a hook as api_url its attachment is in the room, with title, text, colour and name."""
    receiver = {"api_url": place.hook(dialect).url, "channel": f"#{place.room}", **SLACK_LIKE}
    fire({"slack_configs": [{**receiver, "username": "Alerts"}]})
    message = arrived(place)
    (attachment,) = message["attachments"]
    assert message["alias"] == "Alerts"
    assert attachment["title"] == "DiskFull"
    assert attachment["text"] == "web-1 has no space left"
    assert attachment["color"]


def test_the_slack_receiver_posts_to_rocketchats_hooks_too(place: Place, fire: Fire) -> None:
    """As people do who have Rocket.Chat: the attachment is the message, the channel overridden."""
    hook = place.hook(overrideDestinationChannelEnabled=True)
    receiver = {"api_url": hook.url, "channel": f"#{place.room}", **SLACK_LIKE}
    fire({"slack_configs": [receiver]})
    (attachment,) = arrived(place)["attachments"]
    assert attachment["title"] == "DiskFull"


def test_the_rocketchat_receiver_posts(place: Place, fire: Fire, shared_server: Server) -> None:
    """With user id and token it calls chat.postMessage."""
    program = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
    if program is None:
        missing("prometheus-alertmanager")
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    version = (said.stdout + said.stderr).split("version ")[1].split(".")
    if (int(version[0]), int(version[1])) < (0, 28):
        pytest.skip(f"Alertmanager {version[0]}.{version[1]} has no Rocket.Chat receiver; 0.28 has")
    headers = shared_server.api_headers()
    receiver = {
        "api_url": f"http://127.0.0.1:{shared_server.port}",
        "channel": f"#{place.room}",
        "token_id": headers["X-User-Id"],
        "token": headers["X-Auth-Token"],
        **SLACK_LIKE,
    }
    fire({"rocketchat_configs": [receiver]})
    (attachment,) = arrived(place)["attachments"]
    assert attachment["title"] == "DiskFull"
