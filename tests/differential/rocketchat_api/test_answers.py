"""
Every answer under a name of Rocket.Chat's is one that its published types allow.

A workspace is made by calls of the API and of hooks; every entity of every answer is held against its schema,
every answer against its call's type, every error against the schema of its status.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import missing
from tests.differential import comparison
from tests.differential.comparison import Difference
from tests.differential.rocketchat_api.rocketchat import PACKAGES, check
from tests.internet import Internet
from tests.outgoing import Outgoing, in_turn, payload, reply
from tests.outgoing import script as outgoing_script
from tests.support import PASSWORD, Api, script

_TYPES = comparison.ROOT / "node_modules" / "@rocket.chat" / "rest-typings" / "dist"

#: The entities that members of answers are.
_ENTITIES = {
    **dict.fromkeys(("message", "messages", "threads", "firstUnread"), "IMessage"),
    **dict.fromkeys(("channel", "channels", "group", "groups", "room", "ims", "update"), "IRoom"),
    **dict.fromkeys(("user", "users", "members", "owner"), "IUser"),
    **dict.fromkeys(("integration", "integrations"), "integration"),
    "history": "IIntegrationHistory",
}
_INTEGRATIONS = {
    "webhook-incoming": "IIncomingIntegration",
    "webhook-outgoing": "IOutgoingIntegration",
}
_ERRORS = {
    400: "validateBadRequestErrorResponse",
    401: "validateUnauthorizedErrorResponse",
    403: "validateForbiddenErrorResponse",
    404: "validateNotFoundErrorResponse",
    409: "validateBadRequestErrorResponse",  # which Rocket.Chat does not answer
    429: "validateUnauthorizedErrorResponse",  # of which it has none of its own
}
_OF_BOTH_INTEGRATIONS = {
    *("channelLocked", "deduplication", "description", "destinations", "dialect", "limits", "url"),
    *("iconOverrideEnabled", "lifecycle", "paused", "scriptVersion", "secrets", "verification"),
    "usernameOverrideEnabled",
}
#: The members that are ours, beside those of the types.
_OWN: dict[str, set[str]] = {
    "IUser": {"subscription"},  # of im.members: its type has it, that of users does not
    "IMeApiUser": set(),
    "meSuccessResponseSchema": set(),
    "IRoom": {"rid"},  # of im.create: its type has it, that of rooms does not
    "IMessage": {"editedAt", "editedBy", "parseUrls"},  # which Rocket.Chat has without a type
    "IIncomingIntegration": _OF_BOTH_INTEGRATIONS,
    "IOutgoingIntegration": {
        *_OF_BOTH_INTEGRATIONS,
        *("callTimeoutS", "contentType", "overrideDestinationChannelEnabled", "triggerWhen"),
    },
    "IIntegrationHistory": {
        *("answer", "bootMs", "callCount", "calls", "console", "consoleBytes", "cpuMs", "kind"),
        *("integrationId", "integrationName", "memoryBytes", "messageCount", "outcome", "queueMs"),
        *("receivedAt", "remoteAddress", "replayOf", "request", "result", "resultBytes", "runMs"),
        *("scriptVersion", "status", "steps", "summary", "totalMs"),
    },
}
#: Rocket.Chat's server answers a text here, as its documentation says; its type says that it is a room.
_TEXT_NOT_ROOM = "POST /v1/chat.postMessage"


@dataclass
class Heard:
    """A caller that keeps what it was answered."""

    api: Api
    answers: list[tuple[str, int, Any]] = field(default_factory=list)

    def call(
        self, method: str, name: str, given: Any = None, headers: dict[str, str] | None = None
    ) -> Any:
        """Call `name` with a query or a JSON body, and return the answer."""
        sent: dict[str, Any] = {"query_string" if method == "GET" else "json": given or {}}
        answer = self.api.client.open(
            f"/api/v1/{name}",
            method=method,
            headers=self.api.headers if headers is None else headers,
            **sent,
        )
        self.answers.append((f"{method} /v1/{name}", answer.status_code, answer.get_json()))
        return answer.get_json()

    def get(self, name: str, /, **query: Any) -> Any:
        return self.call("GET", name, query)

    def post(self, name: str, /, **body: Any) -> Any:
        return self.call("POST", name, body)

    def done(self) -> Iterator[tuple[str, Any]]:
        """Return the calls that went well, and their answers."""
        return ((call, told) for call, status, told in self.answers if status == 200)


@pytest.fixture
def heard(api: Api, internet: Internet) -> Heard:
    """What every call answers in a workspace in which there is one of everything."""
    heard = Heard(api)
    _fill_rooms(heard)
    _fill_integrations(heard, internet)
    _ask(heard)
    _ask_in_vain(heard)
    return heard


def test_every_call_with_a_name_of_rocket_chats_is_among_them(heard: Heard) -> None:
    """A route that the types know and nobody called here would go unchecked."""
    called = {call for call, status, _ in heard.answers if status == 200}
    assert {one for one in _routes(heard.api) if one.split()[1] in _known()} <= called


def test_the_entities_are_valid(heard: Heard) -> None:
    """Rooms, users, messages, integrations and their history, wherever they are answered."""
    found = [
        ({"schema": schema, "value": entity}, call)
        for call, told in heard.done()
        for schema, entity in _entities(call, told)
    ]
    problems = check([case for case, _ in found])
    wrong = [
        (call, case["schema"], said)
        for (case, call), said in zip(found, problems, strict=True)
        if said
    ]
    assert wrong == []
    assert {case["schema"] for case, _ in found} >= {
        *set(_ENTITIES.values()) - {"integration"},
        *_INTEGRATIONS.values(),
        "IMeApiUser",
    }
    comparison.report(
        "rocketchat_entities",
        packages=[f"npm:{name}" for name in PACKAGES],
        checked="messages, rooms, users, integrations in the API's answers",
        total=len(found),
    )


def test_members_of_our_own_are_these(heard: Heard) -> None:
    """What is answered beside the members that the types know."""
    found: dict[str, set[str]] = {}
    for call, told in heard.done():
        for schema, entity in _entities(call, told):
            found.setdefault(schema, set()).update(entity)
    known = check([{"members": schema} for schema in found])
    own = {schema: found[schema] - set(names) for schema, names in zip(found, known, strict=True)}
    assert own == _OWN


def test_the_answers_are_what_the_calls_types_say(heard: Heard) -> None:
    """By the TypeScript compiler; members that are ours are allowed beside them."""
    found = {call: told for call, told in heard.done() if call.split()[1] in _known()}
    cases = [{"endpoint": call, "value": told} for call, told in found.items()]
    problems = dict(zip(found, check(cases), strict=True))
    assert problems.pop(_TEXT_NOT_ROOM) != []
    assert {call: said for call, said in problems.items() if said} == {}
    comparison.report(
        "rocketchat_answers",
        packages=[f"npm:{name}" for name in PACKAGES],
        checked="answers of the API's calls",
        total=len(found),
        differences=[
            Difference(
                "`channel` of `chat.postMessage` is a text",
                1,
                "the type says it is a room; Rocket.Chat's own server answers the text too, and its "
                "documentation shows it",
            )
        ],
    )


def test_errors_have_no_member_that_clients_do_not_know(heard: Heard) -> None:
    """What is ours is in `details`, of the statuses that have it."""
    refused = [one for one in heard.answers if one[1] != 200]
    cases = [{"validator": _ERRORS[status], "value": told} for _, status, told in refused]
    problems = check(cases)
    assert [(one, said) for one, said in zip(refused, problems, strict=True) if said] == []
    assert {400, 401, 403, 404} <= {status for _, status, _ in refused}
    comparison.report(
        "rocketchat_errors",
        packages=[f"npm:{name}" for name in PACKAGES],
        checked="errors that the API answers",
        total=len(refused),
    )


def test_what_outgoing_calls_tell_is_valid_too(api: Api, internet: Internet) -> None:
    """The `room`, `user`, `owner` and `message` in what is sent to other systems."""
    far = internet.serve(in_turn(reply({})))
    out = Outgoing(api)
    events = ("fileUploaded", "roomCreated", "roomJoined", "roomLeft", "roomArchived")
    for event in (*events, "userCreated"):
        channel = (
            {"channel": ""}
            if event in ("roomCreated", "userCreated")
            else {"channel": "all_public_channels"}
        )
        more = {"targetRoom": "#general"} if event == "userCreated" else {}
        out.create(far, event=event, name=event, **channel, **more)
    api.post("channels.create", name="told", topic="Told of")
    for name in ("channels.join", "channels.leave", "channels.archive"):
        api.post(name, roomName="told")
    file = {"title": "a file", "title_link": "https://example.org/f", "title_link_download": True}
    out.say("see", attachments=[file])
    api.post("users.create", username="cy", email="cy@example.org")
    for integration_id in out.ids:
        out.executions(integration_id)
    told = [payload(seen) for seen in far.requests]
    assert len(told) == 6
    found = [
        {"schema": _ENTITIES[name], "value": one[name]}
        for one in told
        for name in ("message", "room", "user", "owner")
        if name in one
    ]
    assert len(found) >= 11
    problems = check(found)
    assert [
        (case["schema"], said) for case, said in zip(found, problems, strict=True) if said
    ] == []


# -- the workspace -------------------------------------------------------------------------------


def _fill_rooms(heard: Heard) -> None:
    person = {"username": "ada", "name": "Ada", "password": PASSWORD, "email": "ada@example.org"}
    ada = heard.post("users.create", **person)["user"]
    heard.post("users.create", username="bot")
    heard.post("users.setActiveStatus", userId=ada["_id"], activeStatus=True)
    for family in ("channels", "groups"):
        heard.post(f"{family}.create", name=f"{family}-room", members=["ada"])
        heard.post(f"{family}.create", name=f"{family}-old")
        heard.post(f"{family}.archive", roomName=f"{family}-old")
        heard.post(f"{family}.unarchive", roomName=f"{family}-old")
        heard.post(f"{family}.archive", roomName=f"{family}-old")
        heard.post(f"{family}.invite", roomName=f"{family}-room", username="bot")
        heard.post(f"{family}.kick", roomName=f"{family}-room", username="bot")
    heard.post("channels.join", roomName="channels-room")
    heard.post("channels.leave", roomName="channels-room")
    heard.post("groups.leave", roomName="groups-room")
    for family in ("im", "dm"):
        heard.post(f"{family}.create", username="ada")
    _talk(heard)


def _talk(heard: Heard) -> None:
    first = heard.post("chat.postMessage", channel="#general", text="a *first* message")["message"]
    here = {"roomId": first["rid"], "msgId": first["_id"]}
    answer = {"rid": first["rid"], "tmid": first["_id"], "msg": "an answer", "tshow": True}
    heard.post("chat.sendMessage", message=answer)
    heard.post("chat.update", **here, text="changed", customFields={"ticket": 7})
    heard.post("chat.react", messageId=first["_id"], emoji=":tada:")
    card = {
        "color": "#ff0000",
        "title": "A card",
        "title_link": "https://example.org/",
        "text": "with everything",
        "ts": 1700000000,
        "author_name": "Ada",
        "author_icon": "https://example.org/a.png",
        "image_url": "https://example.org/i.png",
        "fields": [{"title": "Load", "value": 3, "short": True}, {"title": "On", "value": True}],
        "actions": [{"type": "button", "text": "Open", "url": "https://example.org/"}],
    }
    dressed = {"alias": "Build", "emoji": ":gear:", "attachments": [card, {"text": "plain"}]}
    heard.post("chat.postMessage", channel="@ada", text="", **dressed)
    heard.post(
        "chat.postMessage", channel="#groups-room", text="x", avatar="https://example.org/a.png"
    )
    gone = heard.post("chat.postMessage", channel="#general", text="gone soon")["message"]
    heard.post("chat.delete", roomId=gone["rid"], msgId=gone["_id"])
    heard.get("chat.getMessage", msgId=first["_id"])
    heard.get("chat.getThreadMessages", tmid=first["_id"])
    heard.get("chat.getThreadsList", rid=first["rid"])


def _fill_integrations(heard: Heard, internet: Internet) -> None:
    body = (
        "return { content: { text: request.content.text, attachments: [{ ts: '2026-01-01' }] } };"
    )
    hook = heard.api.hook(script(body))
    assert hook.post({"text": "by a hook"}).status_code == 200
    broken = {"script": "class", "scriptEnabled": True, "enabled": False}
    incoming = {"type": "webhook-incoming", "name": "In", "channel": "#general,@ada"}
    made = heard.post("integrations.create", username="bot", **incoming, **broken)["integration"]
    given = {"integrationId": made["_id"], "type": "webhook-incoming"}
    heard.call("PUT", "integrations.update", {**given, "script": "", "alias": "Renamed"})
    heard.get("integrations.get", integrationId=made["_id"])
    heard.post("integrations.remove", **given)
    far = internet.serve(in_turn(reply({"text": "heard"}), reply({}, status=500)))
    out = Outgoing(heard.api)
    prepare = "return { url: request.url, method: 'POST', data: request.data, message: { text: 'first' } };"
    calls = out.create(
        far, script=outgoing_script(prepare), triggerWords=["ring"], retryFailedCalls=False
    )
    out.say("ring it", channel="#general")
    out.executions(calls)
    out.say("ring again", channel="#general")
    out.executions(calls, 2)
    made = {
        "type": "webhook-outgoing",
        "name": "O",
        "event": "userCreated",
        "targetRoom": "#general",
    }
    heard.post(
        "integrations.create", **made, username="bot", urls=["https://example.org/"], channel=""
    )
    for integration_id in (hook.id, calls):
        heard.get("integrations.history", id=integration_id)
        heard.get("integrations.get", integrationId=integration_id)


def _ask(heard: Heard) -> None:
    login = heard.call("POST", "login", {"user": "admin", "password": PASSWORD}, {})
    for name in ("me", "users.list", "integrations.list", "rooms.get", "channels.list.joined"):
        heard.get(name)
    heard.get("users.info", username="ada")
    direct = heard.post("im.create", username="ada")["room"]["_id"]
    rooms = {
        "channels": {"roomName": "channels-room"},
        "groups": {"roomName": "groups-room"},
        "im": {"roomId": direct},
        "dm": {"roomId": direct},
    }
    for family, room in rooms.items():
        heard.get(f"{family}.list")
        heard.get(f"{family}.messages", **room)
        heard.get(f"{family}.history", **room)
        heard.get(f"{family}.members", **room)
        heard.get("rooms.info", roomId=heard.api.get("rooms.info", **room)["room"]["_id"])
    heard.get("channels.messages", roomName="general")
    heard.get("channels.history", roomName="general", unreads="true", oldest="2020-01-01", count=1)
    for family in ("channels", "groups"):
        heard.get(f"{family}.info", **rooms[family])
    for name in ("groups.listAll", "im.list.everyone", "dm.list.everyone", "info"):
        heard.get(name)
    theirs = login["data"]
    for method in ("GET", "POST"):
        if method == "POST":
            theirs = heard.call("POST", "login", {"user": "admin", "password": PASSWORD}, {})[
                "data"
            ]
        token = {"X-User-Id": theirs["userId"], "X-Auth-Token": theirs["authToken"]}
        heard.call(method, "logout", None, token)


def _ask_in_vain(heard: Heard) -> None:
    login = heard.call("POST", "login", {"user": "ada", "password": PASSWORD}, {})["data"]
    ada = {"X-User-Id": login["userId"], "X-Auth-Token": login["authToken"]}
    for route in sorted(_routes(heard.api)):
        method, name = route.split()
        for headers in ({}, ada, None):  # nobody; without the role; nothing that is needed given
            if name != "/v1/logout" and (headers is None or "login" not in name):
                heard.call(method, name.removeprefix("/v1/"), {}, headers)
    hook = {"type": "webhook-incoming", "name": "x"}
    heard.post("integrations.create", **hook, channel="#nowhere")
    heard.post(
        "integrations.create", **hook, channel="#general", script="class", scriptEnabled=True
    )
    heard.post("integrations.create", **hook, channel=7)
    heard.get("integrations.get", integrationId="nothing")
    heard.post("chat.postMessage", channel="#nowhere", text="x")
    heard.post("chat.postMessage", channel="#general", text="x", attachments=[{"ts": []}])
    heard.post("chat.update", roomId="GENERAL", msgId="nothing", text="x")
    heard.post("channels.create", name="general")
    heard.post("channels.create", name="no name")
    heard.post("users.create", username="ADA")
    heard.post("users.create", username="x", password="short")
    heard.get("channels.info", roomName="nowhere")
    heard.get("groups.info", roomName="nowhere")
    heard.get("channels.list", count="x")
    heard.get("no.such.call")
    heard.call("DELETE", "channels.list")
    for _ in range(6):
        heard.call("POST", "login", {"user": "bo", "password": "wrong"}, {})


# -- what is looked for ---------------------------------------------------------------------------


def _entities(call: str, told: Any) -> Iterator[tuple[str, Any]]:
    """Yield (schema, value) of each entity in an answer."""
    if call.endswith("/v1/me"):
        yield "meSuccessResponseSchema", told
    if call.endswith("/v1/login"):
        yield "IMeApiUser", told["data"]["me"]
    for name, value in told.items():
        schema = _ENTITIES.get(name)
        # A deleted message is told by its id, its room and its author alone, there too.
        if schema is None or isinstance(value, str) or call.endswith("/v1/chat.delete"):
            continue
        for one in value if isinstance(value, list) else [value]:
            yield _INTEGRATIONS[one["type"]] if schema == "integration" else schema, one


def _routes(api: Api) -> set[str]:
    """Return `GET /v1/channels.list` and the like, of every route of the API."""
    found = set()
    for rule in api.app.url_map.iter_rules():
        name = rule.rule.removeprefix("/api")
        if not rule.rule.startswith("/api/v1/") or rule.endpoint == "api.unknown":
            continue
        several = re.search(r"<any\((.*)\):\w+>", name)
        names = (
            [name.replace(several[0], one.strip()) for one in several[1].split(",")]
            if several
            else [name]
        )
        methods = (rule.methods or set()) & {"GET", "POST", "PUT"}
        if name == "/v1/integrations.update":  # Rocket.Chat has it as PUT alone
            methods.discard("POST")
        found |= {f"{method} {one}" for method in methods for one in names}
    return found


def _known() -> set[str]:
    """Return the names of the calls that the package has a type for."""
    if not _TYPES.is_dir():
        missing("@rocket.chat/rest-typings (npm ci)")
    found: set[str] = set()
    for file in Path(_TYPES).rglob("*.d.ts"):
        found |= set(re.findall(r"^    '(/v1/[\w.]+)': ", file.read_text("utf-8"), re.MULTILINE))
    return found
