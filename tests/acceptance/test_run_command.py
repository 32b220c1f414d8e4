"""`hooksmith run`: one script, the same sandbox, JSON out."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.conftest import HOOKSMITH, environment
from tests.support import script

GITHUB = Path(__file__).parents[2] / "scripts_examples" / "github"


def run(*arguments: str | Path, stdin: str = "") -> tuple[int, Any, str]:
    ended = subprocess.run(
        [HOOKSMITH, "run", *map(str, arguments)],
        input=stdin,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    return ended.returncode, json.loads(ended.stdout) if ended.stdout else None, ended.stderr


def test_an_example_runs_from_the_command_line() -> None:
    """The command in the examples' manuals works and exits with 0."""
    code, printed, _ = run(
        GITHUB / "script.js",
        "--payload",
        GITHUB / "fixtures" / "push.json",
        "--header",
        "X-GitHub-Event: push",
    )
    assert code == 0
    assert set(printed) == {"result", "error", "console", "durationMs"}
    expected = json.loads((GITHUB / "expected" / "push.json").read_text())["messages"][0]
    assert printed["result"]["content"]["text"].strip() == expected["msg"]
    assert printed["console"][0]["level"] == "log"
    assert printed["error"] is None


def test_a_failing_script_exits_with_1_and_says_where(tmp_path: Path) -> None:
    """The error has name, message, line, column and stack."""
    source = tmp_path / "my script.js"
    source.write_text(script("\n  null.x"))
    code, printed, _ = run(source)
    assert (code, printed["error"]["name"], printed["error"]["line"]) == (1, "TypeError", 2)
    assert "my-script.js:2:" in printed["error"]["stack"]


def test_the_payload_may_come_from_standard_input(tmp_path: Path) -> None:
    """`--payload -`, a query and another method."""
    source = tmp_path / "s.js"
    source.write_text(
        "class Script { other({ request }) { return [request.content, request.url.query] } }"
    )
    code, printed, _ = run(
        source, "--payload", "-", "--method", "other", "--query", "a=1", stdin='{"n": 1}'
    )
    assert (code, printed["result"]) == (0, [{"n": 1}, {"a": "1"}])


def test_the_request_is_read_as_a_hook_reads_it(tmp_path: Path) -> None:
    """Halves of characters and Infinity arrive as `JSON.parse` gives them, members in Rocket.Chat's order."""
    source = tmp_path / "script.js"
    seen = "[JSON.stringify(request.content.text), String(request.content.n)]"
    source.write_text(script(f"return {{ seen: {seen}, keys: Object.keys(request).join() }}"))
    body = r'{"text": "cut \ud83d", "n": 1e400}'
    code, printed, errors = run(source, "--payload", "-", "--query", "a=\udce9", stdin=body)
    assert (code, errors) == (0, "")
    assert printed["result"]["seen"] == [r'"cut \ud83d"', "Infinity"]
    wanted = "url,url_raw,url_params,content,content_raw,headers,body,user"
    assert printed["result"]["keys"] == wanted


def test_a_payload_that_cannot_be_read_is_said_to_be(tmp_path: Path) -> None:
    """The script runs on `{}`, as behind a hook, and the place stands beside its result."""
    source = tmp_path / "script.js"
    source.write_text(script("return request.content"))
    code, printed, errors = run(source, "--payload", "-", stdin='{"text": "x",}')
    assert (code, printed["result"]) == (0, {})
    assert "line 1, column 14" in errors


@pytest.mark.parametrize("arguments", [["missing.js"], ["--header", "nocolon", "s.js"]])
def test_a_wrong_command_exits_with_2(tmp_path: Path, arguments: list[str]) -> None:
    """What cannot be run is told in words."""
    (tmp_path / "s.js").write_text(script(""))
    given = [str(tmp_path / one) if one.endswith(".js") else one for one in arguments]
    code, printed, said = run(*given)
    assert (code, printed) == (2, None)
    assert said.strip()


def test_what_scripts_reach_is_there_too(tmp_path: Path) -> None:
    """The network behind the same guard, and a Store that begins empty."""
    source = tmp_path / "s.js"
    source.write_text(
        script(
            "Store.set('n', 1); return [Store.get('n'), HTTP('GET', 'http://10.0.0.1/').error.message]"
        )
    )
    code, printed, _ = run(source)
    assert code == 0
    assert printed["result"][0] == 1
    assert "HOOKSMITH_SCRIPT_FETCH_ALLOW" in printed["result"][1]


@pytest.mark.parametrize(
    ("method", "payload", "expected"),
    [
        ("prepare_outgoing_request", {"text": "hi"}, {"told": "hi", "method": "POST"}),
        (
            "prepare_outgoing_request",
            {"request": {"data": {"text": "whole"}, "method": "PUT"}},
            {"told": "whole", "method": "PUT"},
        ),
        ("process_outgoing_response", {"n": 1}, {"content": {"text": '200 {"n": 1}'}}),
        (
            "process_outgoing_response",
            {"request": {}, "response": {"status_code": 404, "content": "no"}},
            {"content": {"text": "404 no"}},
        ),
    ],
)
def test_methods_of_outgoing_integrations_run_too(
    tmp_path: Path, method: str, payload: dict[str, Any], expected: dict[str, Any]
) -> None:
    """The payload is what is told or what was answered, or everything."""
    source = tmp_path / "s.js"
    source.write_text(
        "class Script {"
        " prepare_outgoing_request({ request }) {"
        "  return { told: request.data.text, method: request.method }; }"
        " process_outgoing_response({ request, response }) {"
        "  return { content: { text: `${response.status_code} ${response.content}` } }; } }"
    )
    code, printed, said = run(
        source, "--method", method, "--payload", "-", stdin=json.dumps(payload)
    )
    assert (code, printed and printed["result"]) == (0, expected), said
