"""Rocket.Chat's exports, imported: what comes over, what does not, and what is said of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.importing import documents, rocketchat
from engine.importing.importer import Choices, Importer
from engine.importing.places import CreateRooms
from engine.importing.report import Brought, Outcome, Report
from engine.runtime import Engine
from engine.sandbox.outcome import RunOutcome
from tests.imports import exports
from tests.support import Api, script

TOKEN = "kP9wRz3LmT7vXq2Yb8Nd5HcJs4GfEa6UuQiOoMxZt1Wy0SvB"
SAYS = script("return { content: { text: request.content.text } };")


def incoming(**members: Any) -> dict[str, Any]:
    """Return a document as `rocketchat_integrations` holds it."""
    return {
        "_id": "sXbG4mZ7qYw2TtK9p",
        "type": "webhook-incoming",
        "name": "Old hook",
        "enabled": True,
        "username": "rocket.cat",
        "channel": ["#general"],
        "token": TOKEN,
        "scriptEnabled": False,
        "script": "",
        "_createdAt": {"$date": "2020-02-01T10:00:00.000Z"},
        **members,
    }


def outgoing(**members: Any) -> dict[str, Any]:
    """Return one that calls."""
    return incoming(
        **{
            "_id": "oXbG4mZ7qYw2TtK9p",
            "type": "webhook-outgoing",
            "event": "sendMessage",
            "urls": ["https://far.example.org/in"],
            "token": "short token",
            **members,
        }
    )


@pytest.fixture
def bring(engine: Engine) -> Callable[..., Report]:
    """Import documents; takes the fields of `Choices`."""

    def bring(*found: Any, **choices: Any) -> Report:
        importer = Importer(engine.database, engine.integrations, Choices(**choices))
        return importer.bring(rocketchat.parse(map(documents.plain, found)))

    return bring


def only(report: Report) -> Brought:
    (brought,) = report.brought
    return brought


def saved(api: Api, brought: Brought) -> dict[str, Any]:
    """Return an imported integration as the API shows it."""
    shown: dict[str, Any] = api.get("integrations.get", integrationId=brought.id)["integration"]
    return shown


def test_an_address_goes_on_working(api: Api, bring: Callable[..., Report]) -> None:
    """Id and token are kept, so that callers change no more than the host name."""
    brought = only(bring(incoming(script=SAYS, scriptEnabled=True)))
    assert (brought.outcome, brought.same_address) == (Outcome.IMPORTED, True)
    path = f"/hooks/sXbG4mZ7qYw2TtK9p/{TOKEN}"
    assert api.client.post(path, json={"text": "as before"}).status_code == 200
    assert api.messages()[0]["msg"] == "as before"


def test_an_imported_script_is_kept_in_memory(api: Api, bring: Callable[..., Report]) -> None:
    """As Rocket.Chat did; nothing of when it was made is lost either."""
    shown = saved(api, only(bring(incoming(script=SAYS, scriptEnabled=True))))
    assert (shown["lifecycle"], shown["_createdAt"]) == ("kept", "2020-02-01T10:00:00.000Z")
    assert shown["_createdBy"] is None  # nobody of this installation


def test_fields_have_the_same_names(api: Api, bring: Callable[..., Report]) -> None:
    """Also `avatarUrl`, as newer versions call the avatar."""
    members = {
        "alias": "Deploys",
        "avatarUrl": "https://cdn.example.org/a.png",
        "emoji": ":ship:",
        "overrideDestinationChannelEnabled": True,
        "enabled": False,
        "channel": "#general, @admin",
    }
    shown = saved(api, only(bring(incoming(**members))))
    assert shown["avatar"] == members.pop("avatarUrl")
    assert shown["channel"] == ["#general", "@admin"]
    del members["channel"]
    assert {name: shown[name] for name in members} == members


def test_an_outgoing_one_comes_over_whole(api: Api, bring: Callable[..., Report]) -> None:
    """Its token too, however short: whom it calls knows it."""
    members = {
        "event": "fileUploaded",
        "channel": ["#general", "all_private_groups"],
        "triggerWords": ["!deploy", "!roll back"],
        "triggerWordAnywhere": True,
        "runOnEdits": True,
        "impersonateUser": True,
        "targetRoom": "#general",
        "urls": ["https://far.example.org/a", "https://far.example.org/b"],
        "retryFailedCalls": True,
        "retryDelay": "increments-of-two",
    }
    brought = only(bring(outgoing(**members, retryCount={"$numberDouble": "3.0"})))
    shown = saved(api, brought)
    assert {name: shown[name] for name in members} == members
    assert (shown["retryCount"], shown["_id"]) == (3, "oXbG4mZ7qYw2TtK9p")
    revealed = api.post("integrations.reveal", integrationId=brought.id)
    assert revealed["token"] == "short token"


def test_an_id_that_is_taken_or_no_id_of_ours_is_replaced(
    api: Api, bring: Callable[..., Report]
) -> None:
    """The report says that callers need the new address."""
    hook = api.hook()
    for taken in (hook.id, "5f3c1a9e8b7d6c5f4e3d2c1b", "with-a-dash"):
        brought = only(bring(incoming(_id=taken)))
        assert brought.outcome is Outcome.IMPORTED
        assert brought.id != taken
        assert brought.same_address is False
        assert brought.notes == ["its id could not be kept: callers need its new address"]


def test_a_token_that_cannot_be_kept_is_replaced(bring: Callable[..., Report]) -> None:
    """Short ones could be guessed, absent ones are not known to whoever exported."""
    for number, token in enumerate(("short", "", None, "with\na line end in it")):
        brought = only(bring(incoming(_id=f"document{number}", token=token)))
        assert (brought.outcome, brought.same_address) == (Outcome.IMPORTED, False)
        assert brought.notes == ["it has no token that can be kept: callers need its new address"]


def test_an_unknown_user_becomes_the_bot(api: Api, bring: Callable[..., Report]) -> None:
    """Under the name that its messages had."""
    brought = only(bring(incoming(username="build.bot")))
    shown = saved(api, brought)
    assert (shown["username"], shown["alias"]) == ("rocket.cat", "build.bot")
    assert brought.notes == [
        "it posts as rocket.cat, shown as build.bot: there is no user build.bot here"
    ]
    api.post("users.create", username="ada", name="Ada", password="a long password")
    assert saved(api, only(bring(incoming(_id="another", username="ada"))))["username"] == "ada"


def test_missing_rooms_are_made(api: Api, bring: Callable[..., Report]) -> None:
    """Those that are known to be private only when that is asked for."""
    room = {"_id": "qJ8vYt2WxZ", "t": "p", "name": "board"}
    report = bring(incoming(channel=["#new", "#board"]), room)
    assert report.created_rooms() == ["#new"]
    assert only(report).notes == [
        "there is no private room #board here: nothing can be posted to it yet"
    ]
    report = bring(incoming(_id="another", channel=["#board"]), room, create_rooms=CreateRooms.ALL)
    assert report.created_rooms() == ["#board"]
    assert api.get("channels.info", roomName="board")["channel"]["t"] == "p"
    report = bring(incoming(_id="third", channel=["#more"]), create_rooms=CreateRooms.NONE)
    assert report.created_rooms() == []
    assert only(report).notes == ["there is no room #more here: nothing can be posted to it yet"]


def test_rooms_that_are_named_by_id_get_their_names(api: Api, bring: Callable[..., Report]) -> None:
    """Rocket.Chat takes ids wherever it takes names; its first room has an id of its own."""
    room = {"_id": "qJ8vYt2WxZ", "t": "c", "name": "development"}
    shown = saved(api, only(bring(incoming(channel=["#qJ8vYt2WxZ", "#GENERAL"]), room)))
    assert shown["channel"] == ["#development", "#general"]


def test_somebody_who_is_not_here_is_told(bring: Callable[..., Report]) -> None:
    """Nothing is posted to others in their place."""
    brought = only(bring(incoming(channel=["@grace"])))
    assert brought.notes == ["there is no user @grace here: nothing can be posted to them yet"]


def test_nothing_is_imported_twice(api: Api, bring: Callable[..., Report]) -> None:
    """Neither by another run nor within one."""
    first = bring(incoming(), incoming())
    assert [one.outcome for one in first.brought] == [Outcome.IMPORTED, Outcome.SKIPPED]
    again = only(bring(incoming(name="Renamed")))
    assert (again.outcome, again.id) == (Outcome.SKIPPED, "sXbG4mZ7qYw2TtK9p")
    assert "--update" in again.why
    assert [one["name"] for one in api.get("integrations.list")["integrations"]] == ["Old hook"]


def test_an_update_brings_it_up_to_date(api: Api, bring: Callable[..., Report]) -> None:
    """A changed script becomes a new version, a changed token the address."""
    bring(incoming(script=SAYS, scriptEnabled=True))
    other = TOKEN[::-1]
    new = script("return { content: { text: 'new' } };")
    brought = only(
        bring(incoming(name="Renamed", script=new, scriptEnabled=True, token=other), update=True)
    )
    shown = saved(api, brought)
    assert (brought.outcome, brought.same_address) == (Outcome.UPDATED, True)
    assert (shown["name"], shown["scriptVersion"]) == ("Renamed", 2)
    path = f"/hooks/{brought.id}"
    assert api.client.post(f"{path}/{other}", json={"a": 1}).status_code == 200
    assert api.client.post(f"{path}/{TOKEN}", json={"a": 1}).status_code == 404


def test_a_dry_run_stores_nothing(api: Api, bring: Callable[..., Report]) -> None:
    """And says what would be."""
    report = bring(incoming(channel=["#new"]), incoming(_id="another"), dry_run=True)
    assert report.count(Outcome.IMPORTED) == 2
    assert report.created_rooms() == ["#new"]
    assert api.get("integrations.list")["total"] == 0
    assert api.get("channels.list")["total"] == 1
    assert "nothing was stored" in "\n".join(report.lines())


@pytest.mark.parametrize(
    ("members", "why"),
    [
        ({"channel": []}, "channel is missing"),
        ({"channel": ["general"]}, "error-invalid-channel-start-with-chars"),
        ({"channel": 7}, "channel is not a list of texts"),
        ({"enabled": "yes"}, "enabled is neither true nor false"),
        ({"script": {"$code": "x"}}, "script is not a text"),
        ({"script": "x" * (300 << 10)}, "The script has 307200 bytes"),
        ({"_id": None}, "it has no _id"),
        ({"type": "webhook-sideways"}, "its type is neither webhook-incoming nor webhook-outgoing"),
        ({"type": "webhook-outgoing", "urls": "ftp://x"}, "'ftp://x' is no http:// or https://"),
        ({"type": "webhook-outgoing", "urls": {}}, "urls is not a list of addresses"),
        ({"type": "webhook-outgoing", "urls": ["http://a.b"], "event": "dance"}, "event is one of"),
    ],
)
def test_a_bad_document_costs_only_itself(
    bring: Callable[..., Report], members: dict[str, Any], why: str
) -> None:
    """The report says why it stayed behind; rooms made for it are not."""
    bad = incoming(**{"name": "Bad", "_id": "bad", "channel": ["#new"], **members})
    report = bring(bad, incoming())
    outcomes = {one.name: one for one in report.brought}
    assert outcomes["Old hook"].outcome is Outcome.IMPORTED
    assert outcomes["Bad"].outcome is Outcome.FAILED
    assert why in outcomes["Bad"].why
    assert report.created_rooms() == []
    assert not report.complete


def test_a_script_that_cannot_run_comes_over_switched_off(
    api: Api, bring: Callable[..., Report]
) -> None:
    """With its place in the report, so that it can be mended here."""
    broken = "class Script {\n  process_incoming_request({ request }) { return request. }\n}"
    brought = only(bring(incoming(script=broken, scriptEnabled=True)))
    assert brought.outcome is Outcome.IMPORTED
    assert brought.notes == ["it is switched off: its script cannot be loaded"]
    assert brought.script is not None
    assert not brought.script.runs
    assert saved(api, brought)["enabled"] is False


def test_the_report_says_what_scripts_use(bring: Callable[..., Report]) -> None:
    """And whether they will run, with what to write instead."""
    fine = script("return { content: { text: s.trim(moment().format()) } };")
    report = bring(
        incoming(script=fine, scriptEnabled=True),
        incoming(_id="another", script=script("\n  require('x');")),
    )
    lines = [line.strip() for line in report.lines()]
    assert "script will run; uses s.trim, moment" in lines
    assert "script will not run (it is switched off); uses require" in lines
    assert any(line.startswith("problem: line 2: `require` does not exist") for line in lines)
    assert lines[-1] == "scripts: 1 of 2 will run"


def test_the_report_tells_no_secret(bring: Callable[..., Report]) -> None:
    """Neither as text nor as JSON; and a terminal obeys no name."""
    report = bring(incoming(name="Evil \x1b[31mname"), outgoing(), outgoing(_id="bad", urls=[]))
    printed = "\n".join(report.lines()) + json.dumps(report.as_dict())
    assert TOKEN not in printed
    assert "short token" not in printed
    assert "\x1b" not in "".join(report.lines())


def test_what_users_and_others_are_is_passed_over(bring: Callable[..., Report]) -> None:
    """A dump of everything may be given."""
    report = bring(
        {"_id": "u", "username": "ada", "roles": ["user"]}, {"_id": "d", "t": "d"}, incoming(), 7
    )
    assert [one.outcome for one in report.brought] == [Outcome.IMPORTED]
    assert report.problems == ["a document is no object but int"]


def read(path: Path, content: str | bytes) -> tuple[list[Any], list[str]]:
    """Return the documents of a file, and what was wrong."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    problems: list[str] = []
    return list(documents.read(path, problems)), problems


@pytest.mark.parametrize(
    "content",
    [
        '{"_id": "a"}\n{"_id": "b"}\n',
        '[{"_id": "a"}, {"_id": "b"}]',
        '[\n  {\n    "_id": "a"\n  },\n  {"_id": "b"}\n]\n',
        '{\n  "_id": "a"\n}\n{\n  "_id": "b"\n}\n',
        '\ufeff{"_id": "a"}\r\n\r\n{"_id": {"$oid": "b"}}',
    ],
)
def test_files_have_several_forms(tmp_path: Path, content: str) -> None:
    """mongoexport's lines, its --jsonArray, its --pretty."""
    found, problems = read(tmp_path / "export.json", content)
    assert found == [{"_id": "a"}, {"_id": "b"}]
    assert problems == []


@pytest.mark.parametrize(
    "content",
    ['{"_id": "a"}\n{"_id": \n{"_id": "b"}', '{\n"_id": "a"}\n{ "_id" }\n{"_id": "b"}'],
)
def test_a_line_that_is_no_json_costs_only_itself(tmp_path: Path, content: str) -> None:
    """It is named by its first words, which are no secret."""
    found, problems = read(tmp_path / "export.json", content)
    assert found == [{"_id": "a"}, {"_id": "b"}]
    (problem,) = problems
    assert problem.startswith("export.json: ")
    assert 'it begins with \'{ "_id"' in problem.replace('{"_id"', '{ "_id"')


def test_what_no_database_takes_costs_only_itself(
    tmp_path: Path, bring: Callable[..., Report]
) -> None:
    """Nesting without end, and halves of characters that were cut in two."""
    deep = json.dumps(incoming(_id="deep"))[:-1] + ', "x": ' + '{"a":' * 900 + "1" + "}" * 901
    cut = incoming(_id="cut\ud83d", channel=["#general", "#odd\ud83d"], token="\ud83d" * 20)
    path = tmp_path / "export.json"
    path.write_text(
        "\n".join([deep, "[" * 900 + "]" * 900, json.dumps(cut), json.dumps(incoming())])
    )
    problems: list[str] = []
    read = list(documents.read(path, problems))
    assert problems == ["export.json: a document is nested too deep"] * 2
    cut_one, whole_one = bring(*read).brought
    assert cut_one.outcome in (Outcome.IMPORTED, Outcome.FAILED)
    assert whole_one.outcome is Outcome.IMPORTED


def test_extended_json_is_plain(tmp_path: Path) -> None:
    """Numbers and dates of both forms, canonical and relaxed."""
    line = '{"n": {"$numberInt": "4"}, "l": {"$numberLong": "5"}, "d": {"$date": {"$numberLong": "0"}}, "e": {"$date": "2020-01-01T00:00:00Z"}}'
    assert read(tmp_path / "x.json", line)[0] == [
        {"n": 4, "l": 5, "d": 0, "e": "2020-01-01T00:00:00Z"}
    ]


FOLDERS = [folder.name for folder in sorted(exports.ROCKETCHAT.iterdir()) if folder.is_dir()]
OUTGOING_SCRIPTS = ("build_bot", "dice", "weather")


@pytest.mark.parametrize("name", OUTGOING_SCRIPTS)
def test_scripts_of_outgoing_integrations_pass_their_fixtures(
    run: Callable[..., RunOutcome], name: str
) -> None:
    """Each method, called as Rocket.Chat calls it, returns what it did there."""
    folder = exports.ROCKETCHAT / name
    source = exports.document(folder)["script"]
    for fixture in exports.fixtures(folder):
        outcome = run(source, fixture["argument"], method=fixture["method"])
        assert outcome.error is None
        assert outcome.result == fixture["result"], fixture["name"]


def test_the_export_has_20_integrations_of_both_kinds(bring: Callable[..., Report]) -> None:
    """They all come over, and each script but one, which never ran, will run."""
    report = bring(*exports.rocketchat_documents())
    assert (len(FOLDERS), report.count(Outcome.IMPORTED)) == (20, 20)
    assert report.complete
    broken = [one.name for one in report.brought if one.script and not one.script.runs]
    assert broken == ["Nagios (old)"]


def test_postgresql_takes_the_same(
    make_engine: Callable[..., Engine], postgres_url: Callable[[], str]
) -> None:
    """Once, and as a dry run before it."""
    engine = make_engine(database_url=postgres_url())
    export = rocketchat.parse(map(documents.plain, exports.rocketchat_documents()))
    for choices, outcome in (
        (Choices(dry_run=True), Outcome.IMPORTED),
        (Choices(), Outcome.IMPORTED),
        (Choices(), Outcome.SKIPPED),
        (Choices(update=True), Outcome.UPDATED),
    ):
        report = Importer(engine.database, engine.integrations, choices).bring(export)
        assert report.count(outcome) == 20, "\n".join(report.lines())
