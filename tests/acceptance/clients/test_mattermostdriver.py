"""The mattermostdriver library: what it calls webhooks with; the rest of Mattermost's API is not imitated."""

from __future__ import annotations

import pytest
from mattermostdriver import Driver
from mattermostdriver.exceptions import (
    ContentTooLarge,
    FeatureDisabled,
    InvalidOrMissingParameters,
    NotEnoughPermissions,
    ResourceNotFound,
)

from tests.acceptance.conftest import Server
from tests.acceptance.places import Place


@pytest.fixture
def driver(shared_server: Server) -> Driver:
    options = {"scheme": "http", "url": "127.0.0.1", "port": shared_server.port}
    return Driver({**options, "request_timeout": 30})


def test_a_webhook_is_called(place: Place, driver: Driver) -> None:
    """call_webhook sees ok, and the room has text, name and attachment."""
    sent = {"text": "from the driver", "username": "Bell", "attachments": [{"text": "a"}]}
    answer = driver.webhooks.call_webhook(place.hook("mattermost").token, sent)
    assert (answer.status_code, answer.text) == (200, "ok")
    (message,) = place.messages()
    assert (message["msg"], message["alias"]) == ("from the driver", "Bell")
    assert message["attachments"] == [{"text": "a"}]


def test_kchats_post_is_read(place: Place, driver: Driver) -> None:
    """Of a kChat hook it gets the post."""
    answer = driver.webhooks.call_webhook(place.hook("kchat").token, {"text": "x"})
    assert answer.json()["message"] == "x"
    assert answer.json()["id"] == place.messages()[0]["_id"]


def test_errors_become_the_drivers_exceptions(place: Place, driver: Driver) -> None:
    """Each status is the exception that the driver raises for Mattermost's, with its message."""
    locked = place.hook("mattermost", channelLocked=True).token
    disabled = place.hook("mattermost", enabled=False).token
    usual = place.hook("mattermost").token
    for token, sent, expected, message in (
        (usual, {"username": "x"}, InvalidOrMissingParameters, "No text specified."),
        ("x" * 26, {"text": "x"}, InvalidOrMissingParameters, "Invalid webhook."),
        (usual, {"text": "x", "channel": "nowhere"}, ResourceNotFound, "Couldn't find"),
        (locked, {"text": "x", "channel": "general"}, NotEnoughPermissions, "not permitted"),
        (disabled, {"text": "x"}, FeatureDisabled, "disabled"),
        (usual, {"text": "x" * (2 << 20)}, ContentTooLarge, "too large"),
    ):
        with pytest.raises(expected, match=message):
            driver.webhooks.call_webhook(token, sent)
    assert place.texts() == []
