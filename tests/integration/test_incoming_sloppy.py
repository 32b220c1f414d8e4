"""Sloppy scripts from saving to the log: compiled once, shown as the user wrote them."""

import sqlalchemy as sa

from engine.models import ScriptVersion
from engine.runtime import Engine
from tests.support import Api, script

SLOPPY = "class Script {\n process_incoming_request() {\n  for (i = 0; i < 3; i++);\n  return { content: { text: `${i}` } };\n }\n}"
FAILING = SLOPPY.replace("return", "null.x; return")


def compiled_of(engine: Engine) -> list[dict[str, object] | None]:
    with engine.database.read() as session:
        return list(session.scalars(sa.select(ScriptVersion.compiled).order_by(ScriptVersion.id)))


def test_a_version_is_stored_with_what_it_runs_as(engine: Engine, api: Api) -> None:
    """Saved compiled; the API goes on showing the source."""
    hook = api.hook(SLOPPY)
    api.hook(script("return { content: { text: 'plain' } };"))
    sloppy, plain = compiled_of(engine)
    assert sloppy is not None
    assert plain is not None
    assert "hooksmith$class" in str(sloppy["text"])
    assert plain["text"] is None
    assert hook.post().status_code == 200
    assert api.messages()[0]["msg"] == "3"
    shown = api.get("integrations.get", integrationId=hook.id)["integration"]
    assert shown["script"] == SLOPPY
    assert "scriptError" not in shown


def test_an_error_is_logged_at_its_place_in_the_source(api: Api) -> None:
    """Line and column of the log are those of the editor."""
    hook = api.hook(FAILING)
    hook.post()
    error = hook.last()["error"]
    assert (error["line"], error["column"]) == (4, 8)
    assert "hooksmith$" not in error["stack"]


def test_a_version_from_before_compiling_runs(engine: Engine, api: Api) -> None:
    """It is compiled when it runs."""
    hook = api.hook(FAILING)
    with engine.database.write() as session:
        session.execute(sa.update(ScriptVersion).values(compiled=None))
    assert compiled_of(engine) == [None]
    hook.post()
    assert (hook.last()["error"]["line"], hook.last()["error"]["column"]) == (4, 8)


def test_an_unsaved_script_is_compiled_for_its_test_run(api: Api) -> None:
    """As it will be when it is saved."""
    hook = api.hook()
    answer = api.post("integrations.test", integrationId=hook.id, script=SLOPPY, body="{}")
    assert [message["msg"] for message in answer["messages"]] == ["3"]
