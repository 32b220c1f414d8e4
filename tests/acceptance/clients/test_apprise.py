"""Apprise, the program and the library, with the addresses that it can be given for this host."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.places import Hook, Place
from tests.support import PASSWORD, script

APPRISE = Path(sys.executable).with_name("apprise")
#: Slack's address is fixed in its class; here it becomes ours.
SLACK = """
import sys
from apprise import Apprise
slack = Apprise.instantiate(sys.argv[1])
slack.webhook_url = sys.argv[2]
sys.exit(not slack.notify(body="from slack://", title="Title"))
"""


def run(*arguments: object, home: Path) -> int:
    """Run a program; return its exit status."""
    done = subprocess.run(
        [str(one) for one in arguments],
        capture_output=True,
        timeout=120,
        env={"PATH": "/usr/bin:/bin", "HOME": str(home)},
        check=False,
    )
    return done.returncode


def notify(address: str, home: Path) -> bool:
    """Tell whether Apprise says that it sent its message."""
    return run(APPRISE, "--body", "from apprise", address, home=home) == 0


def netloc(place: Place) -> str:
    return f"127.0.0.1:{place.server.port}"


def test_rocket_posts_through_a_webhook(place: Place, tmp_path: Path) -> None:
    """rocket://<id>/<token>@host, and with a channel that the integration lets it choose."""
    other = place.another()
    hook = place.hook(overrideDestinationChannelEnabled=True)
    address = f"rocket://{hook.id}/{hook.token}@{netloc(place)}"
    assert notify(address, tmp_path)
    assert notify(f"{address}/%23{other.room}", tmp_path)
    assert (place.texts(), other.texts()) == (["from apprise"], ["from apprise"])
    assert place.messages()[0]["avatar"].startswith("https://")


def test_rocket_posts_with_a_login(place: Place, tmp_path: Path) -> None:
    """rocket://user:password@host/#room logs in, posts and logs out."""
    password = PASSWORD.replace(" ", "%20")
    assert notify(f"rocket://admin:{password}@{netloc(place)}/%23{place.room}", tmp_path)
    (message,) = place.messages()
    assert (message["msg"], message["u"]["username"]) == ("from apprise", "admin")
    assert not notify(f"rocket://nobody-here:wrong@{netloc(place)}/%23{place.room}", tmp_path)
    assert len(place.texts()) == 1


def test_rocket_posts_with_a_token(place: Place, tmp_path: Path) -> None:
    """rocket://<user id>:<token>@host/#room?mode=token."""
    headers = place.server.api_headers()
    who = f"{headers['X-User-Id']}:{headers['X-Auth-Token']}"
    assert notify(f"rocket://{who}@{netloc(place)}/%23{place.room}?mode=token", tmp_path)
    assert place.texts() == ["from apprise"]


@pytest.mark.parametrize("dialect", ["mattermost", "kchat"])
def test_mmost_posts_through_a_webhook(place: Place, tmp_path: Path, dialect: str) -> None:
    """mmost://name@host/<token>, and with a channel."""
    other = place.another()
    hook = place.hook(dialect)
    address = f"mmost://Robot@{netloc(place)}/{hook.token}"
    assert notify(address, tmp_path)
    assert notify(f"{address}?channel={other.room}", tmp_path)
    assert (place.texts(), other.texts()) == (["from apprise"], ["from apprise"])
    assert place.messages()[0]["alias"] == "Robot"


def test_slack_posts_through_a_webhook(place: Place, tmp_path: Path) -> None:
    """slack:// with the parts of a hook's address, the library told of the host."""
    hook: Hook = place.hook("slack")
    base, _, path = hook.url.partition("/services/")
    address = f"slack://{path}/%23{place.room}"
    assert run(sys.executable, "-c", SLACK, address, f"{base}/services", home=tmp_path) == 0
    (message,) = place.messages()
    assert "from slack://" in str(message)
    assert "Title" in str(message)


def test_json_posts_to_a_script(place: Place, tmp_path: Path) -> None:
    """json://host/path sends its own JSON, which a script turns into a message."""
    code = script(
        "return { content: { text: `${request.content.type}: ${request.content.message}` } };"
    )
    hook = place.hook(script=code)
    assert notify(hook.url.replace("http://", "json://"), tmp_path)
    assert place.texts() == ["info: from apprise"]


def test_json_can_be_told_to_send_a_message(place: Place, tmp_path: Path) -> None:
    """With its members renamed no script is needed."""
    address = place.hook().url.replace("http://", "json://")
    assert notify(f"{address}?:message=text&:title=&:version=&:attachments=&:type=", tmp_path)
    assert place.texts() == ["from apprise"]


def test_a_refusal_is_noticed(place: Place, tmp_path: Path) -> None:
    """Apprise exits with an error when a hook refuses."""
    hook = place.hook("mattermost", channelLocked=True)
    assert not notify(f"mmost://{netloc(place)}/{hook.token}?channel=general", tmp_path)
    assert place.texts() == []
