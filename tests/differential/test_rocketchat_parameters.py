"""Parameters of the API against the validators that Rocket.Chat publishes (@rocket.chat/rest-typings)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from engine.web.api import room_making
from engine.web.api.parameters import NotHere, declared_by
from tests.differential.comparison import Difference, node, report
from tests.differential.rocketchat_api.world import TARGET, World
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


#: Why valid sets are refused where no parameter is declared as one that is not here.
REASONS = {
    ("POST im.create", "usernames"): ("usernames", "a direct room is between two people"),
    ("POST im.create", "excludeSelf"): ("username", "a direct room is between two people"),
    ("POST chat.postMessage", ""): ("text", "what nothing is shown of is no message"),
    ("GET chat.getThreadsList", "type"): ("type", "what somebody has read is not recorded"),
}
#: Calls that refuse a set as a whole: no parameter of it is wrong, and one is missing.
WHOLE = {"POST chat.postMessage"}
_LISTS = "a list may be written as a text, its parts divided by commas, and channels as a list"
#: What is invalid there and taken here.
LENIENT = {
    "a required parameter is missing": "it has a value of its own where it is not given, or stays as it is",
    "an optional parameter is empty": "it is as if it was not given",
    "`triggerWords` is a text": _LISTS,
    "`channel` is a list": _LISTS,
    "`retryCount` is a text": "what is no number becomes 4, as Rocket.Chat itself does behind its validator",
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


@pytest.fixture
def schemas() -> dict[str, Any]:
    """Their validators' schemas by name."""
    found: dict[str, Any] = asked([])["schemas"]
    return found


def test_what_is_valid_there_is_taken_here_or_refused_by_name(
    api: Api, schemas: dict[str, Any]
) -> None:
    """Every way that a validator allows, and each optional parameter with it, in every value of its own."""
    world = World(api)
    several = [
        case
        for call, validator in VALIDATORS.items()
        for case in valid_sets(world, call, schemas[validator])
    ]
    several += [
        Case("POST im.create", {"usernames": "ada,grace"}, "usernames"),
        Case(
            "POST integrations.remove",
            {"type": "webhook-outgoing", "integrationId": world.outgoing()},
        ),
    ]
    valid = [case for case, wrong in judged(several) if not wrong]
    differences: Counter[tuple[str, str]] = Counter()
    calls: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for case in valid:
        answer = sent(api, case)
        if answer.status_code == 200:
            continue
        told = answer.get_json()
        assert answer.status_code == 400, (case, told)
        assert told["errorType"], (case, told)
        name, why = reason(api, case)
        assert name in told["error"] or case.call in WHOLE, (case, told)
        differences[name, why] += 1
        calls[name, why].add(case.call)
    report(
        "rocketchat_parameters",
        packages=[f"npm:{PACKAGE}"],
        checked="valid sets of parameters of the API's calls",
        total=len(valid),
        differences=[
            Difference(f"`{name}` of {', '.join(sorted(calls[name, why]))}: refused", count, why)
            for (name, why), count in sorted(differences.items())
        ],
    )


def test_what_is_invalid_there_is_refused_here(api: Api, schemas: dict[str, Any]) -> None:
    """Without what is required, of another type, with what nobody knows: a 400 that has its errorType."""
    world = World(api)
    several = [
        case
        for call, validator in VALIDATORS.items()
        for case in invalid_sets(world, call, schemas[validator])
    ]
    invalid = [case for case, wrong in judged(several) if wrong]
    differences: Counter[str] = Counter()
    for case in invalid:
        answer = sent(api, case)
        told = answer.get_json()
        if answer.status_code == 200:
            differences[leniency(case)] += 1
        elif case.call == "POST login" and answer.status_code == 401:
            assert case.given["password"] == "", case
        else:
            assert answer.status_code in (400, 404), (case, told)
            assert told["errorType"], (case, told)
    report(
        "rocketchat_invalid_parameters",
        packages=[f"npm:{PACKAGE}"],
        checked="invalid sets of parameters of the API's calls",
        total=len(invalid),
        differences=[
            Difference(f"{what}: accepted", count, LENIENT[what])
            for what, count in sorted(differences.items())
        ],
    )


def reason(api: Api, case: Case) -> tuple[str, str]:
    """Return the parameter that a set is refused for, and why: as the call declares it, or for one of `REASONS`."""
    view, _ = api.app.url_map.bind("").match(f"/api/v1/{case.name}", case.method)
    declared = declared_by(api.app.view_functions[view])
    assert declared is not None
    taken: dict[str, Any] = {**declared.taken, **room_making.EXTRA}
    for name in (*case.given, *case.given.get("extraData", ())):
        if isinstance(one := taken.get(name), NotHere):
            return name, one.why
    return REASONS[case.call, case.about]


def leniency(case: Case) -> str:
    """Return which of `LENIENT` lets an invalid set pass."""
    value = case.given.get(case.about)
    if case.about not in case.given:
        return "a required parameter is missing"
    if value == "":
        return "an optional parameter is empty"
    return f"`{case.about}` is {'a list' if isinstance(value, list) else 'a text'}"


def judged(cases: list[Case]) -> list[tuple[Case, list[str]]]:
    """Return each case and what their validator says is wrong with it."""
    verdicts = asked([{"validator": VALIDATORS[one.call], "value": one.given} for one in cases])
    return list(zip(cases, verdicts["verdicts"], strict=True))


def asked(cases: list[dict[str, Any]]) -> Any:
    names = sorted(set(VALIDATORS.values()))
    return node(ASKED, {"names": names, "cases": cases}, packages=[PACKAGE, "esbuild"])


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
        least = _whole(world, name, _least(world, name, properties, required))
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
        yield Case(call, _whole(world, name, _least(world, name, properties, required)))
        for one, its in properties.items():
            for value in values(world, name, one, its) if one not in required else ():
                least = _least(world, name, properties, required)
                yield Case(call, _whole(world, name, {**least, one: value}), one)


def _least(
    world: World, name: str, properties: Mapping[str, Any], required: list[str]
) -> dict[str, Any]:
    return {one: values(world, name, one, properties[one])[0] for one in required}


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
