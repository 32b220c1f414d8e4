"""wire.md 1.1: what a caller of an incoming hook gets back."""

from __future__ import annotations

import gzip
import json
from typing import Any
from urllib.parse import quote

import pytest

from tests.support import Api, script


@pytest.mark.parametrize(
    ("body", "status", "answer", "outcome"),
    [
        ("", 200, {"success": True}, "nothing"),
        ("return;", 200, {"success": True}, "nothing"),
        ("return null", 200, {"success": True}, "nothing"),
        ("return false", 200, {"success": True}, "nothing"),
        ("return ''", 200, {"success": True}, "nothing"),
        ("return 0", 200, {"success": True}, "nothing"),
        ("return { content: { text: 'x' } }", 200, {"success": True}, "posted"),
        (
            "return { content: { text: 'x' }, response: { ok: true, n: 1 } }",
            200,
            {"ok": True, "n": 1, "success": True},
            "posted",
        ),
        ("return { error: 'no' }", 400, {"success": False, "error": "no"}, "script-refused"),
        (
            "return { error: { success: false, message: 'Error example' } }",
            400,
            {"success": False, "message": "Error example"},
            "script-refused",
        ),
        (
            "return { error: { success: true, why: 'x' } }",
            400,
            {"success": False, "why": "x"},
            "script-refused",
        ),
        ("return true", 400, {"success": False, "error": "error-running-script"}, "script-error"),
        ("return 5", 400, {"success": False, "error": "error-running-script"}, "script-error"),
        ("return []", 400, {"success": False, "error": "error-running-script"}, "script-error"),
        ("return {}", 200, {"success": True}, "nothing"),
        ("return { content: undefined }", 200, {"success": True}, "nothing"),
        ("return { content: null }", 200, {"success": True}, "nothing"),
        ("return { content: '' }", 200, {"success": True}, "nothing"),
        ("return { content: {} }", 200, {"success": True}, "nothing"),
        ("return { response: { ok: 1 } }", 200, {"ok": 1, "success": True}, "nothing"),
        (
            "return { content: [] }",
            400,
            {"success": False, "error": "error-running-script"},
            "script-error",
        ),
        (
            "return { content: 'text' }",
            400,
            {"success": False, "error": "error-running-script"},
            "script-error",
        ),
        (
            "throw new Error('secret detail')",
            400,
            {"success": False, "error": "error-running-script"},
            "script-error",
        ),
        (
            "return Promise.reject(new Error('x'))",
            400,
            {"success": False, "error": "error-running-script"},
            "script-error",
        ),
        (
            "return new Promise(() => {})",
            400,
            {"success": False, "error": "error-running-script"},
            "script-error",
        ),
        (
            "const o = {}; o.o = o; return { content: o }",
            400,
            {"success": False, "error": "error-running-script"},
            "script-error",
        ),
        (
            "return { content: { text: 1n } }",
            400,
            {"success": False, "error": "error-running-script"},
            "script-error",
        ),
        (
            "return { content: { text: 'x', channel: '#elsewhere' } }",
            400,
            {
                "success": False,
                "error": "overriding destination channel is disabled for this integration",
            },
            "invalid-message",
        ),
        (
            "return { content: { attachments: [{ title: 5 }] } }",
            400,
            {
                "success": False,
                "error": "Match error: Expected string, got number in field attachments[0].title",
            },
            "invalid-message",
        ),
        (
            "return { content: { attachments: [{ title_link: 'javascript:alert(1)' }] } }",
            400,
            {"success": False, "error": "Invalid href value provided"},
            "invalid-message",
        ),
        (
            "return { content: { text: 'x'.repeat(5001) } }",
            400,
            {"success": False, "error": "error-message-size-exceeded"},
            "invalid-message",
        ),
    ],
)
def test_what_a_script_returns_decides_the_answer(
    api: Api, body: str, status: int, answer: dict[str, Any], outcome: str
) -> None:
    """Every return value has the status, the body and the outcome of wire.md."""
    hook = api.hook(script(body))
    got = hook.post({"a": 1})
    assert (got.status_code, got.get_json()) == (status, answer)
    logged = hook.last()
    assert (logged["outcome"], logged["status"]) == (outcome, status)
    assert logged["summary"]
    assert got.headers["X-Execution-Id"] == logged["_id"]


@pytest.mark.parametrize("source", ["class Script {}", "class Script { other() {} }"])
def test_a_missing_method_is_no_error(api: Api, source: str) -> None:
    """A class without the method answers 200 and posts nothing; the log says so."""
    hook = api.hook(source)
    assert hook.post({}).get_json() == {"success": True}
    assert "process_incoming_request" in hook.last()["summary"]
    assert api.messages() == []


def test_a_script_that_breaks_after_it_was_saved_says_where(api: Api) -> None:
    """The log names the error with line and column; the caller learns only that it failed."""
    hook = api.hook(script("\n\n  return missing.thing"))
    assert hook.post({}).get_json() == {"success": False, "error": "error-running-script"}
    error = hook.last()["error"]
    assert (error["name"], error["line"]) == ("ReferenceError", 3)
    assert error["column"] is not None
    assert "missing is not defined" in error["message"]
    assert "line 3" in hook.last()["summary"]


def test_load_errors_answer_with_their_own_word(api: Api) -> None:
    """A constructor that throws only now is an evaluation error."""
    hook = api.hook(
        "class Script { constructor() { if (Date.now() > this.limit()) throw new Error('late') }"
        " limit() { return Date.now() + (globalThis.saved ? -1 : 1) } }"
    )
    api.post("integrations.update", integrationId=hook.id, enabled=False)
    api.post(
        "integrations.update",
        integrationId=hook.id,
        script="class Script { constructor() { throw new Error('late') } }",
    )
    with_problem = api.get("integrations.get", integrationId=hook.id)["integration"]
    assert with_problem["scriptError"]["message"] == "late"
    answer = api.post("integrations.test", integrationId=hook.id, body="{}")
    assert answer["answer"]["body"]["error"] == "error-evaluating-script"


def test_unknown_id_and_wrong_token_are_told_alike(api: Api) -> None:
    """Nobody learns from the answer which ids exist; both are in the log, without the token tried."""
    hook = api.hook()
    unknown = hook.post({}, path="/hooks/nosuchintegration/" + "t" * 48)
    wrong = hook.post({}, path=f"/hooks/{hook.id}/{'w' * 48}")
    expected = {"success": False, "error": "Invalid integration id or token provided."}
    assert (unknown.status_code, unknown.get_json()) == (404, expected)
    assert (wrong.status_code, wrong.get_json()) == (404, expected)
    logged = api.executions()
    assert [(one["outcome"], one["summary"]) for one in logged] == [
        ("refused", "wrong token"),
        ("refused", "no such integration"),
    ]
    assert "w" * 8 not in json.dumps(logged)
    assert "t" * 8 not in json.dumps(logged)


def test_a_disabled_integration_answers_503(api: Api) -> None:
    """Disabled is said to who knows the token, and logged with the request."""
    hook = api.hook(enabled=False)
    answer = hook.post({"text": "x"})
    assert (answer.status_code, answer.get_json()) == (
        503,
        {"success": False, "error": "Service Unavailable"},
    )
    assert hook.last()["outcome"] == "disabled"
    api.post("integrations.update", integrationId=hook.id, enabled=True)
    replayed = api.post("executions.replay", executionId=hook.last()["_id"])
    assert replayed["outcome"] == "posted"
    assert api.messages()[0]["msg"] == "x"


def test_what_was_never_read_cannot_be_replayed(api: Api) -> None:
    """A replay of an empty body would be a lie."""
    hook = api.hook(limits={"ratePerMinute": 1})
    hook.post({"text": "x"})
    hook.post({"text": "y"})
    limited = hook.last()
    assert limited["request"]["bodyTruncated"] is True
    api.post("executions.replay", status=400, executionId=limited["_id"])


def test_an_id_with_a_nul_is_unknown(api: Api) -> None:
    """No id makes the database fail."""
    assert api.client.post("/hooks/a%00b/token").status_code == 404
    assert api.get("integrations.get", integrationId="a\x00b")["success"] is False


def test_a_missing_user_answers_401(api: Api) -> None:
    """An integration whose user became inactive posts nothing."""
    api.post("users.create", username="leaver")
    hook = api.hook(username="leaver")
    from engine.users import find_by_username

    engine = api.app.extensions["hooksmith"]
    with engine.database.write() as session:
        found = find_by_username(session, "leaver")
        assert found is not None
        found.active = False
    answer = hook.post({"text": "x"})
    assert (answer.status_code, answer.get_json()) == (
        401,
        {"success": False, "error": "You must be logged in to do this."},
    )


def test_too_many_requests_answer_429_and_when_to_come_back(api: Api) -> None:
    """The limit is the hook's own, told with the headers of wire.md, and does not touch others."""
    hook, other = api.hook(limits={"ratePerMinute": 2}), api.hook()
    assert [hook.post({"text": "x"}).status_code for _ in range(3)] == [200, 200, 429]
    answer = hook.post({"text": "x"})
    assert answer.get_json()["error"].startswith(
        "Error, too many requests. Please slow down. You must wait "
    )
    assert answer.headers["X-RateLimit-Limit"] == "2"
    assert answer.headers["X-RateLimit-Remaining"] == "0"
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert hook.last()["outcome"] == "rate-limited"
    assert other.post({"text": "x"}).status_code == 200


@pytest.mark.parametrize(
    "token", ["a/b+c=d/e==padpadpad", "with space and ünïcode", "%2F-is-literal-here"]
)
def test_tokens_may_hold_any_character(api: Api, token: str) -> None:
    """Old base64 tokens and once more encoded ones find their hook, in both URL forms."""
    hook = api.hook(token=token)
    once = quote(token, safe="")
    for tail in (once, quote(once, safe=""), f"userid/{once}"):
        answer = hook.post({"text": "x"}, path=f"/hooks/{hook.id}/{tail}")
        assert answer.status_code == 200, tail
    assert token not in json.dumps(api.executions())


def test_the_legacy_form_names_the_user_but_posts_as_the_integrations(api: Api) -> None:
    """`/hooks/{id}/{userId}/{token}` ignores its user id, and the script sees it."""
    hook = api.hook(script("return { content: { text: request.url_params.userId } }"))
    hook.post({}, path=f"/hooks/{hook.id}/someUserId/{hook.token}")
    assert api.messages()[0]["msg"] == "someUserId"
    assert api.messages()[0]["u"]["username"] == "rocket.cat"


def test_a_get_runs_the_script_and_posts_nothing_without_one(api: Api) -> None:
    """As in Rocket.Chat up to 6: `content` is `{}` whatever came along, the query is in `request.url.query`."""
    said = "JSON.stringify([request.url.query.monitor, request.content, request.content_raw])"
    plain, scripted = api.hook(), api.hook(script(f"return {{ content: {{ text: {said} }} }}"))
    body = {"data": b'{"text": "x"}', "content_type": "application/json"}
    assert api.client.get(plain.path + "?text=x", **body).get_json() == {"success": True}
    assert api.messages() == []
    assert (
        plain.last()["summary"]
        == "nothing to post: a GET has no body, and there is no script to run"
    )
    answer = api.client.get(scripted.path + "?monitor=down", **body)
    assert answer.get_json() == {"success": True}
    assert [message["msg"] for message in api.messages()] == ['["down",{},""]']


def test_a_head_runs_nothing(api: Api) -> None:
    """Link previews and monitors that only look are answered, and not even logged."""
    hook = api.hook(script("return { content: { text: 'x' } }"))
    assert api.client.head(hook.path).status_code == 200
    assert api.messages() == []
    assert api.executions(integrationId=hook.id) == []


@pytest.mark.parametrize(
    ("options", "status", "posted"),
    [
        ({"data": b'{"text": "json"}', "content_type": "application/json"}, 200, "json"),
        ({"data": b'{"text": "cut', "content_type": "application/json"}, 200, None),
        ({"data": b'["text"]', "content_type": "application/json"}, 200, None),
        ({"data": b'"text"', "content_type": "application/json"}, 200, None),
        ({"data": b'{"text": "\xff\xfe"}', "content_type": "application/json"}, 200, "��"),
        ({"data": b'{"text": NaN}', "content_type": "application/json"}, 200, None),
        (
            {"data": b"text=form&x=1", "content_type": "application/x-www-form-urlencoded"},
            200,
            "form",
        ),
        (
            {
                "data": b"payload=%7B%22text%22%3A%22inner%22%7D",
                "content_type": "application/x-www-form-urlencoded",
            },
            200,
            "inner",
        ),
        (
            {
                "data": b"payload=%7B%22text%22%3A%22inner%22%7D&text=outer",
                "content_type": "application/x-www-form-urlencoded",
            },
            200,
            "outer",
        ),
        (
            {"data": b"payload=%5B1%5D", "content_type": "application/x-www-form-urlencoded"},
            400,
            None,
        ),
        (
            {"data": b"payload=nojson", "content_type": "application/x-www-form-urlencoded"},
            200,
            None,
        ),
        ({"data": b'{"text": "untyped"}'}, 200, "untyped"),
        ({"data": b"text=untyped+form"}, 200, "untyped form"),
        ({"data": b'{"payload": {"text": "x"}}', "content_type": "application/json"}, 200, None),
        ({"data": b"plain words", "content_type": "text/plain"}, 200, None),
    ],
)
def test_bodies_are_read_as_rocket_chat_reads_them(
    api: Api, options: dict[str, Any], status: int, posted: str | None
) -> None:
    """wire.md 1.1, "Body parsing, now"; what becomes an empty object posts nothing."""
    hook = api.hook()
    assert hook.post(**options).status_code == status
    assert [message["msg"] for message in api.messages()] == ([] if posted is None else [posted])


def test_a_payload_that_is_no_object_is_refused_in_words(api: Api) -> None:
    """The message is Rocket.Chat's, and the log has it."""
    hook = api.hook()
    answer = hook.post(data=b"payload=3", content_type="application/x-www-form-urlencoded")
    said = "Integration payload must be a JSON object, not an array or primitive"
    assert answer.get_json() == {"success": False, "error": said}
    assert hook.last()["summary"] == said


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"x" * (1 << 20), {}, 200),
        (b"x" * ((1 << 20) + 1), {}, 413),
        (b"x" * (10 << 20), {}, 413),
        (gzip.compress(b'{"text": "zipped"}'), {"Content-Encoding": "gzip"}, 200),
        (gzip.compress(b"x" * (64 << 20)), {"Content-Encoding": "gzip"}, 413),
        (b"no gzip", {"Content-Encoding": "gzip"}, 400),
        (gzip.compress(b'{"text": "cut off"}')[:-9], {"Content-Encoding": "gzip"}, 400),
        (b"?", {"Content-Encoding": "br"}, 415),
    ],
    ids=["1 MiB", "1 MiB + 1", "10 MB", "gzip", "gzip bomb", "not gzip", "cut gzip", "brotli"],
)
def test_bodies_have_a_limit_even_compressed(
    api: Api, body: bytes, headers: dict[str, str], status: int
) -> None:
    """Too large is 413, in JSON, logged, and the next request works."""
    hook = api.hook()
    answer = hook.post(data=body, content_type="application/json", headers=headers)
    assert answer.status_code == status
    assert answer.get_json()["success"] is (status == 200)
    assert hook.last()["status"] == status
    assert hook.post({"text": "next"}).status_code == 200


def test_answers_are_not_cached_and_open_to_browsers(api: Api) -> None:
    """CORS is on, caching off, and a preflight is answered."""
    hook = api.hook()
    answer = hook.post({"text": "x"})
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    preflight = api.client.options(hook.path)
    assert preflight.status_code == 204
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
