"""Scripts of hooks that reach out: the network through the guard, Store, secrets; and repeating them."""

from __future__ import annotations

import http.server
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import unquote

import pytest
from click.testing import CliRunner

from admin import create_app
from engine import cli
from engine.outbound.policy import Policy
from engine.runtime import Engine
from engine.script_host import Outside, ScriptHost
from engine.stores import Stores
from tests.support import Api, script

Make = Callable[..., Engine]


class _Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        far = self.server
        assert isinstance(far, Far)
        far.hits.append((self.path, dict(self.headers)))
        if self.path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", unquote(self.path).removeprefix("/to/"))
            self.end_headers()
            return
        body = far.body.encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *args: object) -> None:
        """Say nothing."""


class Far(http.server.ThreadingHTTPServer):
    """A server on this machine."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.hits: list[tuple[str, dict[str, str]]] = []
        self.body = '{"n":1}'
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()


@pytest.fixture
def far() -> Iterator[Far]:
    server = Far()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def near(make_engine: Make, far: Far) -> Api:
    """An application whose scripts may call that server."""
    return Api(create_app(engine=make_engine(script_fetch_allow=f"127.0.0.1:{far.port}")))


def test_http_and_fetch_reach_a_server_that_is_allowed(near: Api, far: Far) -> None:
    """Both get its answer, and the log tells of both calls."""
    hook = near.hook(
        """class Script { async process_incoming_request({ request }) {
          const url = request.content.url;
          const waited = HTTP('GET', url + '?a=1', { headers: { 'X-Key': 'k' } });
          const awaited = await fetch(url, { method: 'POST', body: { x: 1 } });
          return { content: { text: waited.result.data.n + ' ' + (await awaited.json()).n } };
        } }"""
    )
    answer = hook.post({"url": f"http://127.0.0.1:{far.port}/deep"})
    assert answer.status_code == 200, hook.last()
    assert near.messages()[0]["msg"] == "1 1"
    last = hook.last()
    assert [(call["method"], call["status"], call["bytes"]) for call in last["calls"]] == [
        ("GET", 200, 7),
        ("POST", 200, 7),
    ]
    assert last["callCount"] == 2
    assert far.hits[0][1]["X-Key"] == "k"


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "10.1.2.3", "169.254.169.254", "[::1]", "localhost", "2130706433", "0x7f.1"],
)
@pytest.mark.parametrize("how", ["HTTP", "fetch"])
def test_what_is_not_public_is_refused(api: Api, far: Far, host: str, how: str) -> None:
    """With an error that names the setting, before anything is connected to."""
    hook = api.hook(
        """class Script { async process_incoming_request({ request }) {
          if (request.content.how === 'HTTP') {
            return { content: { text: HTTP('GET', request.content.url).error.message } };
          }
          return fetch(request.content.url).then(() => null, (e) => ({ content: { text: e.message } }));
        } }"""
    )
    hook.post({"url": f"http://{host}:{far.port}/", "how": how})
    assert "HOOKSMITH_SCRIPT_FETCH_ALLOW" in api.messages()[0]["msg"]
    assert "HOOKSMITH_SCRIPT_FETCH_ALLOW" in hook.last()["calls"][0]["error"]
    assert far.hits == []


def test_a_redirect_to_what_is_not_allowed_is_refused(near: Api, far: Far) -> None:
    """Every hop is looked at."""
    hook = near.hook(
        script("return { content: { text: HTTP('GET', request.content.url).error.message } }")
    )
    for target in ("http://10.0.0.1/", "http://[::1]/", "http://169.254.169.254/"):
        hook.post({"url": f"http://127.0.0.1:{far.port}/to/{target}"})
        assert "HOOKSMITH_SCRIPT_FETCH_ALLOW" in near.messages()[0]["msg"]


def test_calls_are_counted(near: Api, far: Far) -> None:
    """The eleventh of a run is refused; the next run may call again."""
    hook = near.hook(
        script(
            "const all = [...Array(11)].map(() => HTTP('GET', request.content.url));"
            "return { content: { text: all.filter((one) => one.result).length + all[10].error.message } }"
        )
    )
    for _ in range(2):
        hook.post({"url": f"http://127.0.0.1:{far.port}/"})
        assert near.messages()[0]["msg"].startswith("10a run may call 10 times")
    assert len(far.hits) == 20


def test_a_call_whose_run_is_over_is_not_made(near: Api, far: Far) -> None:
    """It waited for its turn, and its run has died meanwhile."""
    engine: Engine = near.app.extensions["hooksmith"]
    policy = Policy.public([f"127.0.0.1:{far.port}"])
    outside = Outside(engine.settings, engine.outbound, policy, Stores(engine.database))
    host = ScriptHost(outside, "some", wait_s=1)
    asked = {"kind": "http", "method": "GET", "url": f"http://127.0.0.1:{far.port}/", "headers": []}
    assert json.loads(host(1, json.dumps(asked)))["status"] == 200
    host.close()
    assert json.loads(host(2, json.dumps(asked))) == {"error": "the run is over"}
    assert len(far.hits) == 1


COUNTER = script(
    "const n = (Store.get('n') || 0) + 1; Store.set('n', n); return { content: { text: String(n) } }"
)


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
@pytest.mark.parametrize("lifecycle", ["per-request", "kept"])
def test_store_misses_no_count(
    make_engine: Make, postgres_url: Callable[[], str], backend: str, lifecycle: str
) -> None:
    """Eighty requests through two servers count to eighty; what a test run sets is not kept."""
    database_url = postgres_url() if backend == "postgresql" else ""
    engines = [make_engine(database_url=database_url)]
    if backend == "postgresql":
        engines.append(
            make_engine(database_url=database_url, data_dir=engines[0].settings.data_dir)
        )
    apis = [Api(create_app(engine=one)) for one in engines]
    hook = apis[0].hook(COUNTER, lifecycle=lifecycle)

    def post(n: int) -> int:
        return apis[n % len(apis)].app.test_client().post(hook.path, json={"n": n}).status_code

    with ThreadPoolExecutor(8) as callers:
        assert set(callers.map(post, range(80))) == {200}
    counted = {
        message["msg"]
        for message in apis[0].get("channels.messages", roomName="general", count=100)["messages"]
    }
    assert counted == {str(n) for n in range(1, 81)}
    apis[0].post("integrations.test", integrationId=hook.id, body="{}")
    hook.post({"n": 81})
    assert apis[0].messages()[0]["msg"] == "81"


def test_a_store_that_cannot_be_kept_fails_the_run(api: Api) -> None:
    """With its own name, and what was there before stays."""
    hook = api.hook(
        script("if (request.content.fill) { Store.set('l', []); for (let i = 0; i < 1e5; i++) Store.get('l').push(i) }"
               "else { Store.set('n', 1) } return { content: { text: String(Store.get('n')) } }")
    )  # fmt: skip
    hook.post({})
    assert hook.post({"fill": True}).status_code == 400
    assert hook.last()["outcome"] == "store-limit"
    hook.post({})
    assert api.messages()[0]["msg"] == "1"


def test_secrets_are_there_for_the_script_alone(api: Api) -> None:
    """The script has them, frozen; the API shows dots, and so does the log wherever they stand."""
    hook = api.hook(
        script(
            "console.log('key', secrets.KEY, encodeURIComponent(secrets.KEY));"
            "secrets.KEY = 'changed'; let wrote = secrets.KEY !== 'changed';"
            "if (request.content.fail) throw new Error('with ' + secrets.KEY);"
            "return { content: { text: String(secrets.KEY.length) + wrote + typeof secrets.NONE }, secrets }"
        ),
        secrets={"KEY": "s3cr3t/value"},
    )
    hook.post({"a": 1})
    assert api.messages()[0]["msg"] == "12trueundefined"
    hook.post({"fail": 1})
    shown = json.dumps(api.executions(integrationId=hook.id), ensure_ascii=False)
    assert "s3cr3t" not in shown
    assert "with ••••••••" in shown
    got = api.get("integrations.get", integrationId=hook.id)["integration"]
    assert got["secrets"] == {"KEY": "••••••••"}


def test_secrets_are_changed_one_by_one(api: Api) -> None:
    """What is not named stays, null removes, a wrong name or value is refused; a kept instance sees it."""
    hook = api.hook(
        script("return { content: { text: JSON.stringify(secrets) } }"),
        lifecycle="kept",
        secrets={"A": "aaaa", "B": "bbbb"},
    )
    hook.post({"n": 1})
    assert json.loads(api.messages()[0]["msg"]) == {"A": "aaaa", "B": "bbbb"}
    api.post(
        "integrations.update", integrationId=hook.id, secrets={"A": None, "B": "••••••••", "C": "c"}
    )
    hook.post({"n": 2})
    assert json.loads(api.messages()[0]["msg"]) == {"B": "bbbb", "C": "c"}
    for wrong in ({"1": "x"}, {"A": 5}, ["A"], {"A B": "x"}, {"A": "x" * 5000}):
        api.post("integrations.update", 400, integrationId=hook.id, secrets=wrong)


SEES = """class Script { async process_incoming_request({ request }) {
  console.log(Date.now(), Math.random(), request.headers.authorization, request.url.query.key, new Date());
  Store.set('n', (Store.get('n') || 0) + 1);
  const awaited = await (await fetch(request.content.url)).json();
  const waited = HTTP('GET', request.content.url).result.data;
  await new Promise((done) => setTimeout(done, 5));
  console.log(secrets.KEY, moment().valueOf());
  return { content: { text: [awaited.n, waited.n, Store.get('n'), Math.random(), request.headers.authorization].join() } };
} }"""


def test_a_recorded_run_is_repeated_to_the_byte(near: Api, far: Far) -> None:
    """Though the clock moved, the far server answers otherwise, Store went on and the script changed."""
    hook = near.hook(SEES, secrets={"KEY": "a key of mine"})
    headers = {"Authorization": "Basic abc"}
    hook.post(
        {"url": f"http://127.0.0.1:{far.port}/"}, headers=headers, path=f"{hook.path}?key=hidden"
    )
    recorded = hook.last()
    assert recorded["outcome"] == "posted", recorded
    near.post("integrations.update", integrationId=hook.id, script=script("return null"))
    far.body = '{"n":2}'
    hits, messages = len(far.hits), len(near.messages())
    time.sleep(0.02)
    for _ in range(2):
        again = near.post("executions.replay", executionId=recorded["_id"], exact=True)
        assert again["identical"], again
        assert again["doubts"] == []
        assert again["console"] == recorded["console"]
        assert again["result"] == recorded["result"]
    assert len(far.hits) == hits
    assert len(near.messages()) == messages
    assert "Basic abc" not in json.dumps(recorded["request"])


def test_the_command_repeats_too(
    near: Api, far: Far, monkeypatch: pytest.MonkeyPatch, engine: Engine, make_engine: Make
) -> None:
    """`hooksmith replay` prints what came of it; a failure is repeated as well."""
    failing = near.hook(script("console.log(Math.random()); throw new Error('at ' + Date.now())"))
    assert failing.post({"a": 1}).status_code == 400
    recorded = failing.last()
    running: Engine = near.app.extensions["hooksmith"]
    monkeypatch.setenv("HOOKSMITH_DATA_DIR", str(running.settings.data_dir))
    done = CliRunner().invoke(cli.main, ["replay", recorded["_id"]])
    assert done.exit_code == 0, done.output
    printed = json.loads(done.output)
    assert printed["error"] == recorded["error"]
    unknown = CliRunner().invoke(cli.main, ["replay", "nothing"])
    assert unknown.exit_code == 2


def test_what_was_not_recorded_cannot_be_repeated(api: Api) -> None:
    """A run that was stopped, a request without a script: each says why."""
    stopped = api.hook(script("while (true);"), limits={"cpuS": 0.2})
    stopped.post({"a": 1})
    plain = api.hook()
    plain.post({"text": "x"})
    for hook in (stopped, plain):
        answer = api.post("executions.replay", 400, executionId=hook.last()["_id"], exact=True)
        assert "recorded" in answer["error"]


def test_a_kept_instance_leaves_a_doubt(api: Api) -> None:
    """What it remembered of earlier requests is not in the recording, and the answer says so."""
    hook = api.hook(
        "class Script { process_incoming_request() { this.n = (this.n || 0) + 1; return { content: { text: 'n' + this.n } } } }",
        lifecycle="kept",
    )
    for _ in range(2):
        hook.post({"a": 1})
    again: dict[str, Any] = api.post(
        "executions.replay", executionId=hook.last()["_id"], exact=True
    )
    assert again["differs"] == ["result"]
    assert "1 requests before" in again["doubts"][0]
