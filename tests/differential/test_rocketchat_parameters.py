"""Parameters of the API against the validators that Rocket.Chat publishes (@rocket.chat/rest-typings)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.differential.comparison import node
from tests.differential.rocketchat_world import TARGET, World
from tests.support import Api

PACKAGE = "@rocket.chat/rest-typings"
ASKED = Path(__file__).parent / "rocketchat_api" / "parameters.mjs"
#: Calls with a validator of theirs. `im.*` are also there as `dm.*`.
VALIDATORS = {
    "POST login": "isLoginProps",
    **{
        f"{method} {kind}.{verb}": f"is{kind.title()}{verb.title()}Props"
        for kind in ("channels", "groups")
        for method, verb in (
            ("POST", "create"),
            ("POST", "archive"),
            ("POST", "unarchive"),
            ("POST", "invite"),
            ("POST", "kick"),
            ("POST", "leave"),
            ("GET", "messages"),
            ("GET", "history"),
            ("GET", "list"),
        )
    },
    "POST channels.join": "isChannelsJoinProps",
    "GET channels.list.joined": "isChannelsListProps",
    "GET groups.info": "isGroupsInfoProps",
    "GET groups.members": "isGroupsMembersProps",
    "POST im.create": "isDmCreateProps",
    "GET im.history": "isDmHistoryProps",
    "GET im.members": "isDmMemberProps",
    "GET im.messages": "isDmMessagesProps",
    "GET rooms.info": "isRoomsInfoProps",
    "POST users.create": "isUserCreateParamsPOST",
    "POST users.setActiveStatus": "isUserSetActiveStatusParamsPOST",
    "GET users.info": "isUsersInfoParamsGetProps",
    "GET users.list": "isUsersListParamsGET",
    "POST chat.postMessage": "isChatPostMessageProps",
    "POST chat.sendMessage": "isChatSendMessageProps",
    "POST chat.update": "isChatUpdateProps",
    "POST chat.delete": "isChatDeleteProps",
    "POST chat.react": "isChatReactProps",
    "GET chat.getMessage": "isChatGetMessageProps",
    "GET chat.getThreadMessages": "isChatGetThreadMessagesProps",
    "GET chat.getThreadsList": "isChatGetThreadsListProps",
    "POST integrations.create": "isIntegrationsCreateProps",
    "PUT integrations.update": "isIntegrationsUpdateProps",
    "POST integrations.remove": "isIntegrationsRemoveProps",
    "GET integrations.get": "isIntegrationsGetProps",
    "GET integrations.list": "isIntegrationsListProps",
    "GET integrations.history": "isIntegrationsHistoryProps",
}


PEOPLE = {"userId", "username", "user", "userIds", "usernames"}


@dataclass(frozen=True)
class Case:
    """One set of parameters of a call, and what is special about it."""

    call: str
    given: dict[str, Any]
    #: The parameter that it is about.
    about: str = ""

    @property
    def method(self) -> str:
        return self.call.partition(" ")[0]

    @property
    def name(self) -> str:
        return self.call.partition(" ")[2]


def test_print(api: Api) -> None:
    """X."""
    schemas = asked([], list(VALIDATORS.values()))["schemas"]
    world = World(api)
    cases = [
        case
        for call, validator in VALIDATORS.items()
        for case in valid_sets(world, call, schemas[validator])
    ]
    verdicts = asked(
        [{"validator": VALIDATORS[c.call], "value": c.given} for c in cases],
        list(VALIDATORS.values()),
    )["verdicts"]
    for case, verdict in zip(cases, verdicts):
        answer = sent(api, case)
        print(
            "V",
            case.call,
            case.about,
            answer.status_code,
            "" if answer.status_code == 200 else (case.given, answer.get_json()),
            verdict,
        )
    cases = [
        case
        for call, validator in VALIDATORS.items()
        for case in invalid_sets(world, call, schemas[validator])
    ]
    verdicts = asked(
        [{"validator": VALIDATORS[c.call], "value": c.given} for c in cases],
        list(VALIDATORS.values()),
    )["verdicts"]
    for case, verdict in zip(cases, verdicts):
        if not verdict:
            continue
        answer = sent(api, case)
        print(
            "I",
            case.call,
            case.about,
            answer.status_code,
            "ok"
            if answer.status_code == 400 and "errorType" in answer.get_json()
            else (case.given, answer.get_json()),
            verdict,
        )


def asked(cases: list[dict[str, Any]], names: list[str]) -> Any:
    return node(ASKED, {"names": sorted(set(names)), "cases": cases}, packages=[PACKAGE, "esbuild"])


def alternatives(schema: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], list[str]]]:
    """Yield the properties and the required names of every way that a schema can be met."""
    ways = schema.get("oneOf") or schema.get("anyOf") or [{}]
    for way in ways:
        required = [*schema.get("required", []), *way.get("required", [])]
        yield {**schema.get("properties", {}), **way.get("properties", {})}, required


def values(world: World, name: str, one: str, schema: Mapping[str, Any]) -> list[Any]:
    """Return what a parameter may be: every word of an enumeration, true and false, an object's every member."""
    if "pattern" in schema:
        return [schema["pattern"]]
    if "enum" in schema:
        return list(schema["enum"])
    if schema.get("type") == "boolean":
        return [True, False]
    if one == "extraData":
        return [
            {inner: value}
            for inner, its in schema["properties"].items()
            for value in values(world, name, inner, its)
        ]
    return [world.of(name, one)]


def invalid_sets(world: World, call: str, schema: Mapping[str, Any]) -> Iterator[Case]:
    """Yield sets that lack what is required, have what is of another type, or what nobody knows."""
    name = call.partition(" ")[2]
    yield Case(call, {}, "nothing")
    for properties, required in alternatives(schema):
        least = {one: values(world, name, one, properties[one])[0] for one in required}
        least = _whole(world, name, least)
        yield Case(call, {**least, "nonsense": "1"}, "nonsense")
        for one in required:
            yield Case(call, {key: value for key, value in least.items() if key != one}, one)
        for one, its in properties.items():
            for wrong in _wrong(call, its):
                yield Case(call, {**least, one: wrong}, one)


def _wrong(call: str, schema: Mapping[str, Any]) -> list[Any]:
    kind = schema.get("type", "string")
    if not isinstance(kind, str):
        return []
    if call.startswith("GET"):
        wrong: dict[Any, list[Any]] = {"number": ["many"], "boolean": ["perhaps"]}
        return wrong.get(
            kind, [""] if schema.get("minLength") else ["perhaps"] if "enum" in schema else []
        )
    of_body: dict[str, list[Any]] = {
        "string": [{}, [], ""],
        "boolean": ["perhaps", {}, 7],
        "number": ["many", {}],
        "array": ["ada", {}, [{}]],
        "object": ["text", [], 7],
    }
    return of_body.get(kind, [{}])


def valid_sets(world: World, call: str, schema: Mapping[str, Any]) -> Iterator[Case]:
    """Yield what is required, and that with each of what may be given beside, in every way."""
    name = call.partition(" ")[2]
    for properties, required in alternatives(schema):

        def least(properties: Any = properties, required: Any = required) -> dict[str, Any]:
            return {one: values(world, name, one, properties[one])[0] for one in required}

        yield Case(call, _whole(world, name, least()))
        for one, its in properties.items():
            if one not in required:
                for value in values(world, name, one, its):
                    yield Case(call, _whole(world, name, {**least(), one: value}), one)


def _whole(world: World, name: str, given: dict[str, Any]) -> dict[str, Any]:
    """Return what is given and what no schema asks for: who logs in, is invited, or is called."""
    if name == "login":
        if not given.keys() & {"user", "username", "email"}:
            given["username"] = "admin"
        given["password"] = world.password(given)
    if name == "im.create" and given.get("excludeSelf") and "usernames" in given:
        given["usernames"] = "ada,grace"
    if name == "chat.postMessage" and given.keys() - {"roomId", "channel"}:
        given.setdefault("text", "posted")
    if name.endswith((".invite", ".kick")) and not given.keys() & PEOPLE:
        given["userId"] = world.ada["_id"]
    if given.get("type") == "webhook-outgoing":
        if name != "integrations.create" and "target_url" not in given:
            given["integrationId"] = world.outgoing()
        elif name == "integrations.create":
            given.setdefault("urls", [TARGET])
    return given


def sent(api: Api, case: Case) -> Any:
    address = f"/api/v1/{case.name}"
    if case.method == "GET":
        query = [
            (f"{name}[]" if isinstance(value, list) else name, one)
            for name, value in case.given.items()
            for one in (value if isinstance(value, list) else [value])
        ]
        return api.client.get(address, query_string=query, headers=api.headers)
    return api.client.open(address, method=case.method, json=case.given, headers=api.headers)
