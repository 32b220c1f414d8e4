"""What a hostile caller or script author tried once, and what comes of it since."""

from __future__ import annotations

import json

import pytest

from engine.rate import LoginGuard
from engine.redaction import HIDDEN, redact_query
from tests.support import Api, script


def nested(depth: int) -> str:
    return '{"a":' * depth + "1" + "}" * depth


def test_a_body_that_nothing_could_store_is_refused_and_logged(api: Api) -> None:
    """Nested deeper than the programs behind go: a 400 with a row, and the next request works."""
    hook = api.hook()
    body = f'{{"text": "x", "customFields": {nested(300)}}}'.encode()
    assert hook.post(data=body, content_type="application/json").status_code == 400
    assert hook.last()["outcome"] == "bad-request"
    assert hook.post({"text": "next"}).status_code == 200


@pytest.mark.parametrize("place", ["content", "response", "error"])
def test_a_result_nested_without_end_is_a_script_error(api: Api, place: str) -> None:
    """Wherever a script puts it, the caller gets a 400 and the log a row."""
    deep = "let a = 1; for (let i = 0; i < 300; i++) a = { a };"
    hook = api.hook(script(f"{deep} return {{ content: {{ text: 'x' }}, {place}: {{ a }} }}"))
    assert hook.post({}).status_code == 400
    assert hook.last()["outcome"] == "script-error"


@pytest.mark.parametrize("members", ["fields: [null]", "actions: [null]", "fields: [[]]"])
def test_members_that_are_no_objects_are_refused(api: Api, members: str) -> None:
    """A null where an object belongs is named, not stumbled over."""
    hook = api.hook(script(f"return {{ content: {{ attachments: [{{ {members} }}] }} }}"))
    answer = hook.post({})
    assert answer.status_code == 400
    assert answer.get_json()["error"].startswith("Match error: Expected object")


def test_one_request_cannot_ask_for_endless_lookups(api: Api) -> None:
    """Thousands of channels are refused before any is looked for."""
    hook = api.hook(overrideDestinationChannelEnabled=True)
    channels = [f"#c{n}" for n in range(90_000)]
    answer = hook.post({"text": "x", "channel": channels, "separateResponse": True})
    assert answer.status_code == 400


def test_the_token_is_nowhere_in_what_is_stored(api: Api) -> None:
    """Thrown, returned, sent in another header or in the query: dots."""
    throws = api.hook(script("throw new Error('at ' + request.url_raw)"))
    returns = api.hook(script("return { content: { text: 'x' }, response: { request } }"))
    for hook in (throws, returns):
        hook.post({}, path=f"{hook.path}?again={hook.token}", headers={"Referer": hook.path})
        api.client.post(f"/hooks/{hook.token}/{hook.id}", json={})
    stored = json.dumps(api.executions())
    assert throws.token not in stored
    assert returns.token not in stored


def test_only_get_and_post_reach_a_hook(api: Api) -> None:
    """HEAD posts nothing; other methods get a 405 in JSON, and a row."""
    hook = api.hook(script("return { content: { text: 'x' } }"))
    assert api.client.head(hook.path).status_code == 200
    answer = api.client.put(hook.path, json={})
    assert (answer.status_code, answer.get_json()["success"]) == (405, False)
    assert api.messages() == []
    assert [one["status"] for one in api.executions()] == [405]


def test_guesses_stop_filling_the_log(api: Api) -> None:
    """All are refused, the first hundred or so are logged, and a good caller is not hindered."""
    hook = api.hook()
    answers = {api.client.post(f"/hooks/x{n}/y", json={}).status_code for n in range(150)}
    assert answers == {404}
    assert api.get("executions.list")["total"] == 120
    assert hook.post({"text": "x"}).status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"[" * 200_000, 400),
        # Valid JSON, and the name of nobody.
        (b'{"user": "\\ud800", "password": "x"}', 401),
        (b'{"user": 5, "password": 5}', 400),
    ],
)
def test_a_login_never_fails_by_itself(api: Api, body: bytes, status: int) -> None:
    """Whatever is sent to it, the answer is a refusal."""
    assert api.client.post("/api/v1/login", data=body).status_code == status


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e400", "1e308"])
def test_limits_are_numbers_that_mean_something(api: Api, value: str) -> None:
    """No limit becomes none by way of a number that is not one."""
    body = (
        '{"type": "webhook-incoming", "name": "n", "channel": "#general",'
        f' "limits": {{"cpuS": {value}}}}}'
    )
    answer = api.client.post("/api/v1/integrations.create", data=body, headers=api.headers)
    assert answer.status_code == 400


def test_attempts_count_before_they_are_decided() -> None:
    """A hundred logins at once are no way round the lock-out, and a good one costs its address nothing."""
    guard = LoginGuard()
    waits = [guard.begin("admin", "192.0.2.1") for _ in range(8)]
    assert [wait > 0 for wait in waits] == [False] * 5 + [True] * 3
    for _ in range(40):
        assert guard.begin("ada", "192.0.2.2") == 0
        guard.succeeded("ada", "192.0.2.2")


def test_credentials_of_a_query_are_hidden_one_by_one() -> None:
    """By the parameter's name, whatever the length; a query without end is cut."""
    assert redact_query("a=1&api_key=x&Token=y&z") == f"a=1&api_key={HIDDEN}&Token={HIDDEN}&z"
    assert len(redact_query("token" * 100_000)) < 10_000
