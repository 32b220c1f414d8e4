"""chat.*, as notifiers call it: in threads, with attachments; deleting, and reacting."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from admin import create_app
from engine import reactions, users
from engine.errors import ChatError
from engine.runtime import Engine
from tests.integration.test_api_rooms import any_api as any_api
from tests.integration.test_api_rooms import person
from tests.sinks import Sink
from tests.support import Api


def say(api: Api, text: str, **more: Any) -> dict[str, Any]:
    said = api.post("chat.postMessage", **{"channel": "#general", "text": text, **more})
    message: dict[str, Any] = said["message"]
    return message


def shown(api: Api, message: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = api.get("chat.getMessage", msgId=message["_id"])["message"]
    return found


# -- sending -------------------------------------------------------------------------------------


def test_zabbix_s_update_stands_in_the_thread_and_in_the_room(any_api: Api) -> None:
    """chat.sendMessage with rid, tmid, tshow and attachments, without a text."""
    api = any_api
    first = say(api, "", attachments=[{"title": "Problem", "color": "#E45959"}])
    message = {
        "rid": first["rid"],
        "tmid": first["_id"],
        "tshow": True,
        "attachments": [{"collapsed": False, "color": "#009900", "title": "Resolved"}],
    }
    sent = api.post("chat.sendMessage", message=message)["message"]
    assert (sent["tmid"], sent["tshow"], sent["msg"]) == (first["_id"], True, "")
    assert sent["attachments"][0]["title"] == "Resolved"
    assert shown(api, first)["tcount"] == 1
    update = {"alias": "Ada", "msg": "acknowledged"}
    sent = api.post("chat.sendMessage", message={**message, **update})["message"]
    assert (sent["alias"], sent["msg"]) == ("Ada", "acknowledged")


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ({"msg": "x"}, "The 'rid' property on the message object is missing."),
        ({"rid": "nothing", "msg": "x"}, "error-invalid-room"),
        ({"rid": "general", "msg": "x"}, "error-invalid-room"),
        ({"rid": 7, "msg": "x"}, "rid must be a text"),
        ({"rid": "GENERAL", "t": "uj"}, "Cannot send system messages using 'chat.sendMessage'"),
        ("x", "message is an object"),
        (None, "message is an object"),
    ],
)
def test_a_message_to_nowhere_is_explained(api: Api, message: Any, error: str) -> None:
    """A room is named by its id, and nothing is posted."""
    refused = api.post("chat.sendMessage", 400, message=message)
    assert refused["error"] == error
    assert api.messages() == []


def test_a_form_is_read_as_json_is(api: Api) -> None:
    """opsdroid's connector posts chat.postMessage so, and curl logs in so."""
    form = {"channel": "#general", "alias": "bot", "text": "from a form", "avatar": ""}
    answer = api.client.post("/api/v1/chat.postMessage", data=form, headers=api.headers)
    assert answer.status_code == 200
    (message,) = api.messages()
    assert (message["msg"], message["alias"]) == ("from a form", "bot")
    answer = api.client.post(
        "/api/v1/chat.react",
        data={"messageId": message["_id"], "emoji": "tada", "shouldReact": "true"},
        headers=api.headers,
    )
    assert answer.status_code == 200
    assert shown(api, message)["reactions"] == {":tada:": {"usernames": ["admin"]}}


_BODIES: dict[str, dict[str, Any]] = {
    "alertmanager": {
        "emoji": ":fire:",
        "attachments": [
            {
                "title": "[FIRING:1] DiskFull",
                "title_link": "https://alerts.example.org/#/alerts",
                "text": "web-1 has no space left",
                "color": "red",
                "fields": [{"short": True, "title": "severity", "value": "critical"}],
                "actions": [{"type": "button", "text": "Runbook", "url": "https://example.org/"}],
            }
        ],
    },
    "diun": {
        "alias": "Diun",
        "avatar": "https://raw.example.org/diun.png",
        "text": "Image update for docker.io/library/nginx:latest",
        "attachments": [
            {
                "text": "Docker tag",
                "ts": 1700000000,
                "fields": [{"title": "Provider", "value": "docker", "short": False}],
            }
        ],
    },
    "n8n": {
        "text": "from a workflow",
        "alias": "n8n",
        "emoji": ":robot:",
        "attachments": [{"color": "#ff0000", "collapsed": True, "title_link_download": False}],
    },
    "jenkins": {"text": "build 7", "emoji": ":sunny:", "attachments": [{"title": "job"}]},
    "wud": {"text": "Title\n\nbody", "alias": "WUD", "parseUrls": True},
}


@pytest.mark.parametrize("program", _BODIES)
@pytest.mark.parametrize("channel", ["#general", "general"])
def test_what_notifiers_post_is_posted(api: Api, program: str, channel: str) -> None:
    """Each as its source makes it, the channel with and without its sign; the members are all there."""
    given = _BODIES[program]
    answer = api.post("chat.postMessage", channel=channel, **given)
    assert isinstance(answer["ts"], int)
    assert answer["channel"] == "general"
    (message,) = api.messages()
    assert message == answer["message"]
    assert message["msg"] == given.get("text", "")
    for attachment in message["attachments"]:  # numbers, too, are told as times
        if "ts" in attachment:
            assert attachment["ts"] == "2023-11-14T22:13:20.000Z"
            attachment["ts"] = 1700000000
    for name in set(given) - {"text"}:
        assert message[name] == given[name], name


def test_an_error_has_its_type(api: Api) -> None:
    """Clients tell errors apart by it."""
    refused = api.post("chat.postMessage", 400, channel="#nowhere", text="x")
    assert refused["errorType"] == "invalid-channel"


# -- changing ------------------------------------------------------------------------------------


def test_custom_fields_are_updated_with_the_text(any_api: Api) -> None:
    """And stay when they are not given."""
    made = say(any_api, "x", customFields={"ticket": 1})
    body = {"roomId": made["rid"], "msgId": made["_id"], "text": "x"}
    updated = any_api.post("chat.update", **body, customFields={"ticket": 2})["message"]
    assert (updated["msg"], updated["customFields"]) == ("x", {"ticket": 2})
    assert updated["_updatedAt"] == updated["editedAt"]
    again = any_api.post("chat.update", **{**body, "text": "y"})["message"]
    assert shown(any_api, made)["customFields"] == again["customFields"] == {"ticket": 2}
    any_api.post("chat.update", 400, **body, customFields="x")


def test_attachments_are_not_changed_in_silence(api: Api) -> None:
    """Rocket.Chat refuses them in chat.update, and so does this."""
    made = say(api, "x")
    body = {"roomId": made["rid"], "msgId": made["_id"], "text": "y", "attachments": []}
    assert api.post("chat.update", 400, **body)["errorType"] == "invalid-params"
    assert shown(api, made)["msg"] == "x"


# -- deleting ------------------------------------------------------------------------------------


def test_a_deleted_message_is_gone_and_its_answers_stay(any_api: Api) -> None:
    """They become messages of the room, as in Rocket.Chat; the answer says what it was."""
    api = any_api
    first = say(api, "first")
    answer = say(api, "answer", tmid=first["_id"])
    deleted = api.post("chat.delete", roomId=first["rid"], msgId=first["_id"])
    assert deleted["_id"] == first["_id"]
    assert int(deleted["ts"]) > 1_700_000_000_000
    assert deleted["message"] == {name: first[name] for name in ("_id", "rid", "u")}
    (left,) = api.messages()
    assert left["_id"] == answer["_id"]
    assert "tmid" not in left
    assert api.get("chat.getThreadsList", rid=first["rid"])["total"] == 0
    assert api.get("chat.getMessage", msgId=first["_id"])["success"] is False


def test_a_deleted_answer_is_no_longer_counted(api: Api) -> None:
    """The thread's first message tells of those that are left."""
    first = say(api, "first")
    answers = [say(api, str(n), tmid=first["_id"]) for n in range(2)]
    api.post("chat.delete", roomId=first["rid"], msgId=answers[0]["_id"])
    assert shown(api, first)["tcount"] == 1
    api.post("chat.delete", roomId=first["rid"], msgId=answers[1]["_id"])
    assert "tcount" not in shown(api, first)


def test_authors_and_administrators_delete(api: Api, engine: Engine) -> None:
    """Nobody else does, not even as the author."""
    ada, bob = person(api, "ada"), person(api, "bob")
    with engine.database.read() as session:
        author = users.get(session, "ada")
    hers = [engine.talk.post(author, {"text": str(n)}, ["#general"])[0]["id"] for n in range(2)]
    room_id = api.messages()[0]["rid"]
    for as_user in (False, True):
        status, refused = bob.post("chat.delete", roomId=room_id, msgId=hers[0], asUser=as_user)
        assert (status, refused["error"]) == (400, "error-action-not-allowed")
    assert ada.post("chat.delete", roomId=room_id, msgId=hers[0])[0] == 200
    api.post("chat.delete", roomId=room_id, msgId=hers[1])
    assert api.messages() == []


def test_what_cannot_be_deleted_stays(api: Api, engine: Engine) -> None:
    """An unknown message, another room's, one of a room that is read-only."""
    made = say(api, "x")
    refused = api.post("chat.delete", 400, roomId=made["rid"], msgId="nothing")
    assert refused["error"] == 'No message found with the id of "nothing".'
    refused = api.post("chat.delete", 400, roomId="other", msgId=made["_id"])
    assert "does not match where the message is from" in refused["error"]
    api.post("chat.delete", 400, msgId=made["_id"])
    api.post("channels.archive", roomId=made["rid"])
    api.post("chat.delete", 400, roomId=made["rid"], msgId=made["_id"])
    assert [one["msg"] for one in api.messages()] == ["x"]


# -- reacting ------------------------------------------------------------------------------------


def test_a_reaction_is_stored_shown_and_taken_back(any_api: Api) -> None:
    """chat.react turns it over, or does what shouldReact says; who repeats it changes nothing."""
    api = any_api
    made = say(api, "x")
    assert "reactions" not in made

    def react(**more: Any) -> Any:
        api.post("chat.react", messageId=made["_id"], **more)
        return shown(api, made).get("reactions")

    mine = {"usernames": ["admin"]}
    assert react(emoji=":tada:") == {":tada:": mine}
    assert react(reaction="+1") == {":tada:": mine, ":+1:": mine}
    assert react(emoji="tada", shouldReact=True) == {":tada:": mine, ":+1:": mine}
    assert react(emoji="tada") == {":+1:": mine}
    assert react(emoji="eyes", shouldReact=False) == {":+1:": mine}
    assert react(emoji="+1", shouldReact=False) is None
    assert api.messages()[0]["_updatedAt"] > made["_updatedAt"]


@pytest.mark.parametrize(
    ("members", "error_type"),
    [
        ({"emoji": "no-such-emoji"}, "error-not-allowed"),
        ({"emoji": "<b>"}, "error-not-allowed"),
        ({"emoji": "x" * 5000}, "error-not-allowed"),
        ({"emoji": "🎉"}, "error-not-allowed"),
        ({"emoji": ""}, "error-emoji-param-not-provided"),
        ({"emoji": 7}, "error-emoji-param-not-provided"),
        ({}, "error-emoji-param-not-provided"),
        ({"emoji": "tada", "messageId": "nothing"}, "error-message-not-found"),
        ({"emoji": "tada", "messageId": "a\x00b"}, "error-invalid-params"),
        ({"emoji": "tada", "shouldReact": "perhaps"}, "error-invalid-params"),
    ],
)
def test_what_is_no_reaction_is_refused(api: Api, members: dict[str, Any], error_type: str) -> None:
    """With its type, and the message stays as it was."""
    made = say(api, "x")
    refused = api.post("chat.react", 400, **{"messageId": made["_id"], **members})
    assert refused["errorType"] == error_type
    assert shown(api, made) == made


def test_people_who_react_at_once_are_all_there(any_api: Api) -> None:
    """Nobody's reaction is written over."""
    made = say(any_api, "x")
    people = [person(any_api, f"user{n}") for n in range(6)]
    answers: list[int] = []

    def react(one: Any) -> None:
        for emoji in ("tada", "eyes"):
            answers.append(one.post("chat.react", messageId=made["_id"], emoji=emoji)[0])

    workers = [threading.Thread(target=react, args=(one,)) for one in people]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert answers == [200] * 12
    found = shown(any_api, made)["reactions"]
    for emoji in (":tada:", ":eyes:"):
        assert sorted(found[emoji]["usernames"]) == [f"user{n}" for n in range(6)]


def test_reactions_have_an_end() -> None:
    """So many different ones, and so many people with each."""
    full = {f":{n}:": {"usernames": ["ada"]} for n in range(reactions.MAX_EMOJI)}
    with pytest.raises(ChatError, match="different reactions"):
        reactions.changed(full, ":tada:", "bob", None)
    assert reactions.changed(full, ":0:", "bob", None) is not None
    crowd = {":tada:": {"usernames": [f"u{n}" for n in range(reactions.MAX_USERS)]}}
    with pytest.raises(ChatError, match="people have reacted"):
        reactions.changed(crowd, ":tada:", "ada", True)
    assert reactions.changed(crowd, ":tada:", "u0", None) is not None


def test_an_edit_keeps_reactions(api: Api) -> None:
    """And a room that is closed takes none."""
    made = say(api, "x")
    api.post("chat.react", messageId=made["_id"], emoji="tada")
    api.post("chat.update", roomId=made["rid"], msgId=made["_id"], text="y")
    assert shown(api, made)["reactions"] == {":tada:": {"usernames": ["admin"]}}
    api.post("channels.archive", roomId=made["rid"])
    api.post("chat.react", 400, messageId=made["_id"], emoji="eyes")


def test_no_outgoing_integration_hears_of_reactions_and_deletions(
    make_engine: Callable[..., Engine],
) -> None:
    """It hears of what is said, and of edits where it wants to."""
    sink = Sink()
    api = Api(create_app(engine=make_engine(script_fetch_allow="127.0.0.1")))
    api.post(
        "integrations.create",
        type="webhook-outgoing",
        name="Out",
        event="sendMessage",
        channel="#general",
        urls=[f"{sink.url}/hear"],
        runOnEdits=True,
    )
    made = say(api, "heard")
    sink.wait_for(1)
    api.post("chat.react", messageId=made["_id"], emoji="tada")
    api.post("chat.update", roomId=made["rid"], msgId=made["_id"], text="heard again")
    sink.wait_for(2)
    api.post("chat.delete", roomId=made["rid"], msgId=made["_id"])
    say(api, "heard at last")
    sink.wait_for(3)
    assert sink.texts() == [
        "heard",
        "heard again",
        "heard at last",
    ]
    sink.close()
