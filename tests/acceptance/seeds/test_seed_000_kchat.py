"""
kChat: connecting external applications (Infomaniak's FAQ 2001).

Not checked, because nothing of it is Hooksmith's: where kChat's own menus are, that its external
users see none of them, and that other systems' history cannot be imported into kChat.
"""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.acceptance.places import Hook, Place, Reply, post, run_curl, words
from tests.acceptance.seeds.conftest import Listen, calls_of, url_of

SAID = "Bonjour, ceci est un texte Ceci est un autre texte."
SAID_AS_JSON = '{"text": "Bonjour, ceci est un texte Ceci est un autre texte."}'
ICON = "https://domain.xyz/wp-content/uploads/2023/06/icon.png"
#: The page's long example. Its line ends stand inside the JSON text, as they do there.
RESULTS = """#### Résultats des tests pour le 27 juillet 2023
@channel veuillez vérifier les tests échoués.
| Composant | Tests effectués | Tests échoués |
|:-----------|:-----------:|:-----------------------------------------------|
| Serveur | 948 | 0 |
| Client Web | 123 | 2 [(voir détails)](https://linktologs) |
| Client iOS | 78 | 3 [(voir détails)](https://linktologs) |"""


@pytest.fixture
def hook(place: Place) -> Hook:
    return place.hook("kchat")


def refused(answer: Reply, status: int) -> str:
    """Check that an answer is an error in Mattermost's form; return its id."""
    body = answer.json()
    assert (answer.status, body["status_code"]) == (status, status)
    return str(body["id"])


# -- creating one -------------------------------------------------------------------------


def test_a_description_has_up_to_500_characters(place: Place) -> None:
    """A webhook has a name and a description of at most 500 characters."""
    place.hook("kchat", name="Tests", description="d" * 500)
    given = {"name": "Tests", "channel": f"#{place.room}", "dialect": "kchat"}
    address = f"http://127.0.0.1:{place.server.port}/api/v1/integrations.create"
    headers = dict(place.server.api_headers())
    answer = post(address, {**given, "description": "d" * 501}, headers)
    assert (answer.status, answer.json()["details"]["field"]) == (400, "description")


def test_the_selected_channel_receives_the_messages(place: Place, hook: Hook) -> None:
    """The channel chosen when the webhook is made is where its messages appear."""
    assert hook.post({"text": SAID}).status == 200
    assert place.texts() == [SAID]


def test_saving_gives_a_url_with_one_key(hook: Hook) -> None:
    """Saving gives an address: /hooks/ and one generated key."""
    assert urlsplit(hook.url).path == f"/hooks/{hook.token}"
    assert hook.token.isalnum()
    assert len(hook.token) >= 24


def test_the_url_is_not_shown_to_everybody(place: Place, hook: Hook) -> None:
    """The address is a secret: lists and logs show dots for its key."""
    hook.post({"text": "x"})
    listed = place.server.api("GET", "integrations.list?count=500")
    assert hook.id in str(listed)
    assert hook.token not in str(listed)
    assert hook.token not in str(hook.last())


# -- posting ------------------------------------------------------------------------------


def test_the_raw_request_is_posted(place: Place, hook: Hook) -> None:
    """The request that the page prints, written to the socket as it stands there."""
    address = urlsplit(hook.url)
    head = (
        f"POST {address.path} HTTP/1.1\r\nHost: {address.netloc}\r\n"
        "Content-Type: application/json\r\nContent-Length: 63\r\n\r\n"
    )
    body = SAID_AS_JSON.encode()
    assert len(body) == 63
    with socket.create_connection((address.hostname, address.port), timeout=30) as connection:
        connection.sendall(head.encode() + body)
        assert connection.recv(64).startswith(b"HTTP/1.1 200 OK\r\n")
    assert place.texts() == [SAID]


def test_the_curl_line_posts(place: Place, hook: Hook, tmp_path: Path) -> None:
    """The page's curl line, only the address exchanged."""
    line = (
        "curl -i -X POST -H 'Content-Type: application/json' -d '{\"text\": \"Bonjour, ceci est un "
        "texte Ceci est un autre texte.\"}' " + hook.url
    )
    assert run_curl(line, tmp_path).status == 200
    assert place.texts() == [SAID]


@pytest.mark.parametrize("content_type", [None, "application/x-www-form-urlencoded"])
def test_without_a_content_type_the_body_begins_with_payload(
    place: Place, hook: Hook, content_type: str | None
) -> None:
    """Without a Content-Type header of its own, a request has payload= before its JSON."""
    # curl -d sends the form's type when no header is named; other clients send none.
    headers = {"Content-Type": content_type} if content_type else {}
    answer = hook.post(f"payload={SAID_AS_JSON}".encode(), headers)
    assert answer.status == 200
    assert place.texts() == [SAID]


def test_curl_without_a_header_posts_a_payload(place: Place, hook: Hook, tmp_path: Path) -> None:
    """The same line without its header, and with payload= before the JSON."""
    line = f"curl -i -X POST -d 'payload={SAID_AS_JSON}' {hook.url}"
    assert run_curl(line, tmp_path).status == 200
    assert place.texts() == [SAID]


def test_a_success_is_answered_with_the_post(place: Place, hook: Hook) -> None:
    """The answer is 200 and JSON: the post, with every member of the page's example and its values."""
    answer = hook.post({"text": "test"})
    assert (answer.status, answer.kind) == (200, "application/json")
    (message,) = place.messages()
    made = answer.json()
    assert made.pop("create_at") == made.pop("update_at") > 1_600_000_000_000
    assert made == {
        "id": message["_id"],
        "delete_at": 0,
        "user_id": message["u"]["_id"],
        "channel_id": message["rid"],
        "root_id": "",
        "original_id": "",
        "participants": None,
        "message": "test",
        "type": "",
        "props": {
            "override_username": "webhook",
            "override_icon_url": None,
            "override_icon_emoji": None,
            "webhook_display_name": "Hook",
            "attachments": [],
            "card": None,
            "from_webhook": "true",
        },
        "hashtags": None,
        "metadata": {"embeds": [{"type": "message_attachment"}], "files": [], "reactions": []},
        "file_ids": None,
        "has_reactions": False,
        "edit_at": 0,
        "is_pinned": False,
        "remote_id": None,
        "reply_count": 0,
        "pending_post_id": None,
        "is_following": False,
    }


@pytest.mark.parametrize("query", ["", "slack_return_format=true"])
def test_an_answer_has_the_headers_of_the_example(hook: Hook, query: str) -> None:
    """Date, length and the request's id stand in the answer's headers."""
    answer = hook.post({"text": "x"}, query=query)
    assert answer.headers["Date"].endswith(" GMT")
    assert int(answer.headers["Content-Length"]) == len(answer.body)
    assert answer.headers["X-Request-Id"] == hook.last()["_id"]


def test_slacks_format_is_answered_with_ok(place: Place, hook: Hook) -> None:
    """With ?slack_return_format=true the answer is the text ok, two bytes long."""
    answer = hook.post({"text": SAID}, query="slack_return_format=true")
    assert (answer.status, answer.kind, answer.body) == (200, "text/plain", b"ok")
    assert answer.headers["Content-Length"] == "2"
    assert place.texts() == [SAID]


# -- parameters ---------------------------------------------------------------------------


def test_text_is_markdown(place: Place, hook: Hook) -> None:
    """`text` is Markdown, and shown as such."""
    hook.post({"text": "#### Head\n**bold** and [a link](https://example.org/)"})
    page = place.page()
    assert "<strong>bold</strong>" in page
    assert 'href="https://example.org/"' in page
    assert "####" not in words(page)


def test_text_mentions_people_as_other_messages_do(place: Place, hook: Hook) -> None:
    """@name, @channel and @here in `text` are mentions."""
    hook.post({"text": "@admin @channel @here"})
    page = place.page()
    assert page.count("md-mention") == 3


def test_text_or_attachments_are_required(place: Place, hook: Hook) -> None:
    """`text` is required where there are no `attachments`, and they where there is no `text`."""
    assert refused(hook.post({}), 400) == "web.incoming_webhook.text.app_error"
    assert refused(hook.post({"username": "x"}), 400) == "web.incoming_webhook.text.app_error"
    assert hook.post({"text": "only a text"}).status == 200
    assert hook.post({"attachments": [{"text": "only an attachment"}]}).status == 200
    assert [(one["msg"], one["attachments"]) for one in place.messages()] == [
        ("only a text", []),
        ("", [{"text": "only an attachment"}]),
    ]


def test_channel_replaces_the_channel(place: Place, hook: Hook) -> None:
    """`channel` names another channel; without it the webhook's own is taken."""
    other = place.another()
    assert hook.post({"text": "there", "channel": other.room}).status == 200
    assert hook.post({"text": "here"}).status == 200
    assert (other.texts(), place.texts()) == (["there"], ["here"])


def test_channel_is_the_name_not_what_is_displayed(place: Place, hook: Hook) -> None:
    """`channel` is a channel's name; what is displayed for it finds nothing."""
    answer = hook.post({"text": "x", "channel": "Place de la Ville"})
    assert refused(answer, 404) == "web.incoming_webhook.channel.app_error"
    assert place.texts() == []


def test_channel_with_an_at_is_a_direct_message(place: Place) -> None:
    """`channel` with @ and a name is a direct message of that user and the webhook's creator."""
    creator, target = place.user("creator"), place.user("target")
    hook = place.hook("kchat", username=creator)
    assert hook.post({"text": "psst", "channel": f"@{target}"}).status == 200
    assert [one["msg"] for one in place.direct_messages(creator, target)] == ["psst"]
    assert place.texts() == []


def test_the_webhook_may_post_in_every_channel(place: Place, hook: Hook) -> None:
    """It posts in any channel, unless it is locked to its own."""
    other = place.another()
    assert hook.post({"text": "x", "channel": other.room}).status == 200
    locked = place.hook("kchat", channelLocked=True)
    answer = locked.post({"text": "y", "channel": other.room})
    assert refused(answer, 403) == "web.incoming_webhook.channel_locked.app_error"
    assert other.texts() == ["x"]


def shown_name(place: Place) -> str:
    return str(place.messages()[-1]["alias"])


def test_username_replaces_the_name(place: Place) -> None:
    """`username` replaces the name that was set when the webhook was made."""
    hook = place.hook("kchat", alias="Robot")
    hook.post({"text": "x", "username": "test-automation"})
    assert shown_name(place) == "test-automation"


def test_username_falls_back_to_the_webhooks_and_to_webhook(place: Place, hook: Hook) -> None:
    """Without `username` the webhook's own name is shown; without that, webhook."""
    place.hook("kchat", alias="Robot").post({"text": "x"})
    assert shown_name(place) == "Robot"
    assert hook.post({"text": "x"}).json()["props"]["override_username"] == "webhook"
    assert shown_name(place) == "webhook"


def test_username_needs_its_setting(place: Place) -> None:
    """`username` has an effect only where integrations may replace names."""
    hook = place.hook("kchat", alias="Robot", usernameOverrideEnabled=False)
    hook.post({"text": "x", "username": "boss"})
    assert shown_name(place) == "Robot"


def test_icon_url_replaces_the_picture(place: Place) -> None:
    """`icon_url` replaces the picture that was set when the webhook was made."""
    hook = place.hook("kchat", avatar="https://example.org/own.png")
    assert hook.post({"text": "x", "icon_url": ICON}).json()["props"]["override_icon_url"] == ICON
    assert place.messages()[-1]["avatar"] == ICON
    assert f'src="{ICON}"' in place.page()


def test_icon_url_falls_back_to_the_webhooks_and_to_the_usual_one(place: Place) -> None:
    """Without `icon_url` the webhook's own picture is shown; without that, the usual one."""
    own = "https://example.org/own.png"
    place.hook("kchat", avatar=own).post({"text": "x"})
    assert place.messages()[-1]["avatar"] == own
    elsewhere = place.another()
    elsewhere.hook("kchat").post({"text": "x"})
    assert "avatar" not in elsewhere.messages()[-1]
    assert 'data-letter="W"' in elsewhere.page()


def test_icon_url_needs_its_setting(place: Place) -> None:
    """`icon_url` has an effect only where integrations may replace pictures."""
    hook = place.hook("kchat", iconOverrideEnabled=False)
    hook.post({"text": "x", "icon_url": ICON, "icon_emoji": "ghost"})
    assert not {"avatar", "emoji"} & set(place.messages()[-1])


@pytest.mark.parametrize("spelled", ["ghost", ":ghost:"])
def test_icon_emoji_replaces_both_pictures(place: Place, spelled: str) -> None:
    """`icon_emoji`, with or without colons, replaces the picture and `icon_url`."""
    hook = place.hook("kchat", avatar="https://example.org/own.png")
    hook.post({"text": "x", "icon_url": ICON, "icon_emoji": spelled})
    shown = place.messages()[-1]
    assert (shown["emoji"], shown.get("avatar")) == (":ghost:", None)
    assert "👻" in place.page()


def test_attachments_are_rich(place: Place, hook: Hook) -> None:
    """`attachments` give a message colour, title, fields and pictures."""
    attachment: dict[str, Any] = {
        "color": "#00ff00",
        "title": "Résultats",
        "title_link": "https://linktologs",
        "text": "948 tests",
        "fields": [{"title": "Serveur", "value": "0", "short": True}],
        "image_url": ICON,
    }
    answer = hook.post({"attachments": [attachment]}).json()
    assert answer["props"]["attachments"] == [attachment]
    assert place.messages()[-1]["attachments"] == [attachment]
    page = place.page()
    assert {"Résultats", "948", "Serveur"} <= set(words(page).split())


@pytest.mark.parametrize(
    ("kind", "status"), [("custom_build", 200), ("", 200), ("build", 400), ("system_join", 400)]
)
def test_type_begins_with_custom(place: Place, hook: Hook, kind: str, status: int) -> None:
    """`type` is empty or begins with custom_; it is in the post that is answered."""
    answer = hook.post({"text": "x", "type": kind})
    assert answer.status == status
    if status == 200:
        assert answer.json()["type"] == kind
    assert len(place.texts()) == (status == 200)


def test_the_long_example_is_shown(place: Place) -> None:
    """The example with parameters: another channel, name and picture, a mention, a table with links."""
    hook = place.hook("kchat", alias="Robot", channel="#general")
    body = (
        "{\n"
        f'"channel": "{place.room}",\n'
        '"username": "test-automation",\n'
        f'"icon_url": "{ICON}",\n'
        f'"text": "{RESULTS}"\n'
        "}"
    )
    answer = hook.post(body.encode(), {"Content-Type": "application/json"})
    assert (answer.status, answer.json()["message"]) == (200, RESULTS)
    (shown,) = place.messages()
    assert (shown["msg"], shown["alias"], shown["avatar"]) == (RESULTS, "test-automation", ICON)
    page = place.page()
    assert page.count("<tr") == 4
    assert page.count('href="https://linktologs"') == 2
    assert "md-mention" in page
    assert "Résultats des tests pour le 27 juillet 2023" in words(page)


# -- the other direction ------------------------------------------------------------------


def test_outbound_webhooks_tell_other_programs(place: Place, listen: Listen) -> None:
    """An outbound webhook tells another program at once when something is said; an incoming one is told."""
    program = listen({"text": "noticed"})
    place.outgoing("kchat", url_of(program))
    place.say("something happened")
    assert [one["msg"] for one in place.wait_for(2)] == ["something happened", "noticed"]
    (seen,) = calls_of(program)
    assert b"text=something+happened" in seen.body
