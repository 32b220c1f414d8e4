"""What scripts ask of the outside: HTTP waits, fetch is awaited, Store is there at once."""

import json
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from engine.sandbox.outcome import Job, Repeat, RunLimits, RunOutcome, RunStatus
from engine.sandbox.pool import Pool

Make = Callable[..., Pool]


class Outside:
    """A host that answers as told, and remembers what it was asked."""

    def __init__(self, answer: Callable[[dict[str, Any]], Any]) -> None:
        self._answer = answer
        self.asked: list[dict[str, Any]] = []
        self.given: dict[int, str] = {}

    def __call__(self, number: int, request: str) -> str:
        asked = json.loads(request)
        self.asked.append(asked)
        self.given[number] = json.dumps(self._answer(asked))
        return self.given[number]


def answered(text: str, status: int = 200, **members: Any) -> dict[str, Any]:
    """What the host says of an HTTP answer."""
    return {
        "status": status,
        "statusText": "",
        "headers": [["Content-Type", "application/json"]],
        "url": "http://far.example/",
        "redirected": False,
        "text": text,
        **members,
    }


def job(body: str, host: Any = None, **options: Any) -> Job:
    given: dict[str, Any] = {"owner": "owner", "name": "hook", "method": "run", **options}
    return Job(source=f"class Script {{ async run(arg) {{ {body} }} }}", host=host, **given)


def sync_job(body: str, host: Any = None, **options: Any) -> Job:
    given: dict[str, Any] = {"owner": "owner", "name": "hook", "method": "run", **options}
    return Job(source=f"class Script {{ run(arg) {{ {body} }} }}", host=host, **given)


@pytest.mark.parametrize(
    ("call", "asked"),
    [
        ("HTTP('GET', 'http://far.example/')", {"method": "GET", "url": "http://far.example/"}),
        ("HTTP.call('get', 'http://a.b')", {"method": "GET", "url": "http://a.b"}),
        ("HTTP.del('http://a.b')", {"method": "DELETE"}),
        ("HTTP('GET', 'http://a.b/?x=1#y', {params: {q: 'a b&', z: 2}})",
         {"url": "http://a.b/?x=1&q=a%20b%26&z=2#y", "headers": []}),
        ("HTTP('GET', 'http://a.b', {query: 'x=1'})", {"url": "http://a.b?x=1"}),
        ("HTTP.post('http://a.b', {data: {a: [1, 'ü']}})",
         {"body": '{"a":[1,"ü"]}', "headers": [["Content-Type", "application/json"]]}),
        ("HTTP.post('http://a.b', {params: {a: 1, b: 'x y'}})",
         {"body": "a=1&b=x%20y",
          "headers": [["Content-Type", "application/x-www-form-urlencoded"]]}),
        ("HTTP.put('http://a.b', {content: 'plain', params: {a: 1}})",
         {"body": "plain", "url": "http://a.b?a=1"}),
        ("HTTP('GET', 'http://a.b', {auth: 'me:pässword'})",
         {"headers": [["Authorization", "Basic bWU6cMOkc3N3b3Jk"]]}),
        ("HTTP('GET', 'http://a.b', {headers: {A: 'b', C: ['d', 'e']}, timeout: 250})",
         {"headers": [["A", "b"], ["C", "d"], ["C", "e"]], "timeoutMs": 250}),
        ("HTTP('GET', 'http://a.b', {followRedirects: false})", {"redirects": "manual"}),
    ],
)  # fmt: skip
def test_http_describes_its_request_as_rocketchats_did(
    pool: Pool, call: str, asked: dict[str, Any]
) -> None:
    """Method, query, parameters, body, credentials and options reach the host."""
    host = Outside(lambda _: answered("{}"))
    outcome = pool.run(sync_job(f"return {call}.result.statusCode", host))
    assert outcome.result == 200, outcome.error
    assert {key: host.asked[0].get(key) for key in asked} == asked


def test_http_waits_for_its_answer(pool: Pool) -> None:
    """The next line sees status, headers, text and parsed data."""
    host = Outside(lambda _: answered('{"n": 5}'))
    outcome = pool.run(sync_job("return HTTP('GET', 'http://far.example/')", host))
    result = outcome.result["result"]
    assert (result["statusCode"], result["data"], result["content"]) == (200, {"n": 5}, '{"n": 5}')
    assert result["headers"] == {"content-type": "application/json"}


def test_http_gives_an_error_instead_of_throwing(pool: Pool) -> None:
    """As Rocket.Chat's: {error}, with the response when there was one."""
    host = Outside(
        lambda asked: answered("gone", 404) if "404" in asked["url"] else {"error": "no"}
    )
    body = """
    const [far, none] = [HTTP('GET', 'http://404/'), HTTP('GET', 'http://x/')];
    return [far.error.message, far.error.response.statusCode, far.result, none.error.message];
    """
    outcome = pool.run(sync_job(body, host))
    assert outcome.result == ["failed [404] gone", 404, None, "no"]


def test_a_long_request_and_answer_cross_whole(pool: Pool) -> None:
    """Both are longer than the buffer they cross in, and hold every kind of character."""
    text = "aé€😀" * 60_000
    host = Outside(lambda asked: answered(asked["body"][::-1]))
    body = "const r = HTTP.post('http://x/', {content: arg}); return r.result.content"
    outcome = pool.run(
        sync_job(
            body, host, argument=json.dumps(text).encode(), limits=RunLimits(result_bytes=1 << 22)
        )
    )
    assert outcome.result == text[::-1]


def test_fetch_resolves_to_a_response(pool: Pool) -> None:
    """Its members are read as in Rocket.Chat: awaited, once."""
    host = Outside(lambda _: answered('{"a": 1}', 201, statusText="Created"))
    body = """
    const r = await fetch('http://far.example/', {method: 'post', headers: {'X-A': '1'}, body: {b: 2}});
    const copy = r.clone();
    const read = [r.ok, r.status, r.statusText, r.headers.get('content-TYPE'), await r.json(), await copy.text()];
    let again;
    try { await r.text() } catch (e) { again = e.name }
    return [...read, again, r.bodyUsed];
    """
    outcome = pool.run(job(body, host))
    assert outcome.result == [
        True, 201, "Created", "application/json", {"a": 1}, '{"a": 1}', "TypeError", True
    ]  # fmt: skip
    asked = host.asked[0]
    assert (asked["method"], asked["body"]) == ("POST", '{"b":2}')
    assert asked["headers"] == [["X-A", "1"], ["Content-Type", "application/json"]]


def test_fetch_takes_urls_and_parameters(pool: Pool) -> None:
    """Where to, and as the body of a form."""
    host = Outside(lambda asked: answered(f"{asked['url']} {asked['body']} {asked['headers']}"))
    body = """
    const form = new URLSearchParams({ a: 'x y' });
    return (await fetch(new URL('/p?q', 'http://far.example'), { method: 'POST', body: form })).text();
    """
    assert pool.run(job(body, host)).result == (
        "http://far.example/p?q a=x+y "
        "[['Content-Type', 'application/x-www-form-urlencoded;charset=UTF-8']]"
    )


def test_fetch_rejects_when_the_call_fails(pool: Pool) -> None:
    """With a TypeError that says why."""
    host = Outside(lambda _: {"error": "10.0.0.1 is not public"})
    body = (
        "try { await fetch('http://x/') } catch (e) { return [e instanceof TypeError, e.message] }"
    )
    assert pool.run(job(body, host)).result == [True, "fetch failed: 10.0.0.1 is not public"]


def test_a_request_that_cannot_be_sent_says_why(pool: Pool) -> None:
    """It is bounded, and JSON has no form for everything; the host is not even asked."""
    host = Outside(lambda _: answered(""))
    body = """
    const long = 'x'.repeat(1 << 20), cycle = {}; cycle.self = cycle;
    const told = [];
    for (const body of [long, cycle]) await fetch('http://x/', {method: 'POST', body}).catch((e) => told.push(e));
    told.push(HTTP.post('http://x/', {content: long}).error, HTTP.post('http://x/', {data: {n: 1n}}).error);
    return told.map((e) => `${e instanceof TypeError} ${e.message}`);
    """
    assert pool.run(job(body, host)).result == [
        "true this cannot be sent: the request is larger than 1048576 characters",
        "true this cannot be sent: the body.self refers back to an object that contains it (a cycle)",
        "true this cannot be sent: the request is larger than 1048576 characters",
        "true this cannot be sent: data.n is a BigInt, which JSON cannot hold; use Number() or String()",
    ]
    assert host.asked == []


def test_bytes_come_and_go_unharmed(pool: Pool) -> None:
    """A body that is no text."""
    host = Outside(lambda asked: answered("?", base64=asked["base64"]))
    body = """
    const r = await fetch('http://x/', {method: 'POST', body: new Uint8Array([0, 255, 128, 7])});
    return [...new Uint8Array(await r.arrayBuffer())];
    """
    assert pool.run(job(body, host)).result == [0, 255, 128, 7]


def test_fetches_go_on_at_the_same_time(pool: Pool) -> None:
    """Ten calls that wait for each other all come back."""
    together = threading.Barrier(10)

    def answer(asked: dict[str, Any]) -> Any:
        together.wait(timeout=5)
        return answered(asked["url"])

    body = """
    const all = await Promise.all([...Array(10).keys()].map((n) => fetch('http://x/' + n).then((r) => r.text())));
    return all.join();
    """
    outcome = pool.run(job(body, Outside(answer)))
    assert outcome.result == ",".join(f"http://x/{n}" for n in range(10)), outcome.error


def test_a_fetch_nobody_awaits_is_made_all_the_same(pool: Pool) -> None:
    """And what it leads to is seen on the console: the run ends when its calls have."""
    host = Outside(lambda _: answered("late"))
    body = "fetch('http://x/').then((r) => r.text()).then(console.log); return 'early'"
    outcome = pool.run(sync_job(body, host))
    assert (outcome.result, [line["text"] for line in outcome.console]) == ("early", ["late"])


def test_timers_go_on_while_a_fetch_is_awaited(pool: Pool) -> None:
    """A timeout that a script sets itself wins the race."""
    release = threading.Event()
    host = Outside(lambda _: (release.wait(5), answered("slow"))[1])
    body = """
    const first = await Promise.race([fetch('http://x/'), new Promise((done) => setTimeout(done, 30, 'timeout'))]);
    console.log(first);
    return first;
    """
    threading.Timer(0.3, release.set).start()
    assert pool.run(job(body, host)).result == "timeout"


def test_a_run_that_waits_leaves_its_place_to_others(make_pool: Make) -> None:
    """With as many slow calls as there may be workers, another owner's job still runs at once."""
    pool = make_pool(workers=2, spares=1)
    release = threading.Event()
    host = Outside(lambda _: (release.wait(20), answered("done"))[1])
    waiting = [
        threading.Thread(
            target=pool.run, args=(sync_job("HTTP('GET', 'http://x/')", host, owner=owner),)
        )
        for owner in "abc"
    ]
    for thread in waiting:
        thread.start()
    deadline = time.monotonic() + 10
    while len(host.asked) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    try:
        assert len(host.asked) == 3
        assert pool.run(sync_job("return 'free'", owner="d")).result == "free"
    finally:
        release.set()
        for thread in waiting:
            thread.join()


def test_a_call_counts_towards_the_wall_time(make_pool: Make) -> None:
    """Of HTTP as well as of fetch; the late answer reaches nobody else's job."""
    pool, never = make_pool(), threading.Event()
    host = Outside(lambda _: (never.wait(1.5), answered("late"))[1])
    limits = RunLimits(wall_s=0.5)
    for made in (
        sync_job("return HTTP('GET', 'http://x/')", host, limits=limits),
        job("return (await fetch('http://x/')).status", host, limits=limits),
    ):
        assert pool.run(made).status is RunStatus.WALL_LIMIT
    assert pool.run(sync_job("return 1")).result == 1


def test_calls_of_runs_that_are_over_hold_up_nobody(make_pool: Make) -> None:
    """A script that calls a server which never answers, and dies, again and again: others are answered."""
    pool, release = make_pool(workers=2, spares=1), threading.Event()
    waits = Outside(lambda _: (release.wait(20), answered("late"))[1])
    body = """
    for (let n = 0; n < 10; n += 1) fetch('http://x/').catch(() => {});
    await new Promise((done) => setTimeout(done, 1));
    for (;;);
    """
    store = Outside(lambda _: {"store": '{"n":7}'})
    try:
        for _ in range(7):
            hostile = job(body, waits, owner="hostile", limits=RunLimits(cpu_s=0.1))
            assert pool.run(hostile).status is RunStatus.CPU_LIMIT
        made = sync_job("return Store.get('n')", store, owner="b")
        outcome = pool.run(made)
    finally:
        release.set()
    assert outcome.result == 7


def test_many_calls_at_once_are_answered(make_pool: Make) -> None:
    """Neither side waits for the other to read first, whatever both have to say."""
    pool = make_pool()
    host = Outside(lambda _: answered("y" * 10_000))
    body = """
    const one = () => fetch('http://x/', {method: 'POST', body: 'x'.repeat(10000)}).then((r) => r.status);
    return (await Promise.all(Array.from({length: 300}, one))).length;
    """
    assert pool.run(job(body, host, limits=RunLimits(wall_s=20))).result == 300


def test_calls_that_wait_for_their_turn_have_a_size(pool: Pool) -> None:
    """What one integration asks at once is kept until 16 MiB of it wait; the rest is refused, by name."""
    release = threading.Event()
    host = Outside(lambda _: (release.wait(20), answered("done"))[1])
    body = """
    const text = 'x'.repeat(600_000);
    const one = () => fetch('http://x/', {method: 'POST', body: text}).then(() => 'done', (e) => e.message);
    return Promise.all(Array.from({length: 45}, one));
    """
    threading.Timer(4, release.set).start()
    limits = RunLimits(cpu_s=15, wall_s=30)
    told = pool.run(job(body, host, owner="asks much", limits=limits)).result
    refused = "fetch failed: more is asked at once than can be kept until its turn comes"
    assert set(told) == {"done", refused}


def test_what_is_left_of_a_kept_run_cannot_call(pool: Pool) -> None:
    """A timer of an earlier run that rings during a later one asks in that one's name, or not at all."""
    host = Outside(lambda _: answered("x"))
    source = "class Script { run() { this.n = (this.n || 0) + 1; return this.n } }"
    for n in (1, 2):
        kept = Job("owner", "hook", source, "run", keep_as="calls-kept", host=host)
        assert pool.run(kept).result == n
    assert host.asked == []


def test_store_is_read_once_and_left_as_it_ends(pool: Pool) -> None:
    """Every change counts, also one inside a value that was got."""
    host = Outside(lambda _: {"store": '{"list":[1],"n":1}'})
    body = """
    const list = Store.get('list'); list.push(2);
    const same = Store.set('n', Store.get('n') + 1);
    Store.set('gone', undefined);
    return [same, Store.get('nothing')];
    """
    outcome = pool.run(sync_job(body, host))
    assert outcome.result == [2, None]
    assert json.loads(outcome.store or "") == {"list": [1, 2], "n": 2}
    assert len(host.asked) == 1
    assert pool.run(sync_job("return 1", host)).store is None


def test_store_has_a_size(pool: Pool) -> None:
    """A set beyond it throws; a value that grows in place beyond it fails the run, by name."""
    host = Outside(lambda _: {"store": "{}"})
    refused = pool.run(
        sync_job("try { Store.set('a', 'ü'.repeat(33000)) } catch (e) { return e.message }", host)
    )
    assert "65536 bytes" in refused.result
    grown = pool.run(
        sync_job("const l = Store.set('l', []); for (let i = 0; i < 40000; i++) l.push(1)", host)
    )
    assert grown.status is RunStatus.STORE_LIMIT
    cycle = pool.run(sync_job("const o = {}; Store.set('o', o); o.o = o", host))
    assert cycle.status is RunStatus.STORE_LIMIT
    assert cycle.error is not None
    assert "cycle" in cycle.error.message


def test_a_run_is_repeated_exactly(pool: Pool) -> None:
    """Time, chance, answers and their order: the second run sees what the first saw."""
    host = Outside(
        lambda asked: {"store": '{"n":3}'} if asked["kind"] == "store" else answered(asked["url"])
    )
    body = """
    const started = Date.now();
    while (Date.now() - started < 15);
    console.log(new Date().toISOString(), Math.random(), Date(), moment().valueOf());
    setTimeout(() => console.log('timer', Math.random()), 5);
    const order = [];
    await Promise.all([1, 2, 3].map((n) => fetch('http://x/' + n).then((r) => r.text()).then((t) => order.push(t))));
    console.log(order.join(), HTTP('GET', 'http://y/').result.content, Store.get('n'), new Intl.DateTimeFormat('en', {dateStyle: 'full', timeStyle: 'full'}).format());
    await new Promise((done) => setTimeout(done, 12));
    return {at: Date.now(), chance: Math.random(), order};
    """
    made = job(body, host)
    first = pool.run(made)
    assert first.status is RunStatus.OK, first.error
    assert first.clock is not None
    time.sleep(0.02)
    again = pool.run(
        job(body, seed=made.seed, repeat=Repeat(first.clock, host.given, first.deliveries))
    )
    assert json.dumps([again.result, again.console]) == json.dumps([first.result, first.console])
    assert not again.diverged
    other = pool.run(job(body, host))
    assert other.result["chance"] != first.result["chance"]


def test_a_repetition_that_goes_another_way_says_so(pool: Pool) -> None:
    """A script that is not the recorded one asks for what was never answered."""
    first = pool.run(sync_job("return 1"))
    assert first.clock is not None
    repeat = Repeat(first.clock, {}, ())
    other = pool.run(job("return (await fetch('http://x/')).status", repeat=repeat))
    assert other.diverged
    waits = pool.run(sync_job("return HTTP('GET', 'http://x/').error.message", repeat=repeat))
    assert waits.diverged


def test_the_meter_measures(pool: Pool) -> None:
    """CPU of the run, and what it took of memory."""

    def run(body: str, **limits: Any) -> RunOutcome:
        return pool.run(sync_job(body, limits=RunLimits(**limits)))

    busy = run("const t = Date.now(); while (Date.now() - t < 60); return 1")
    assert 5 < busy.cpu_ms < 1000
    assert busy.run_ms >= 60
    idle = pool.run(job("await new Promise((done) => setTimeout(done, 60))"))
    assert idle.cpu_ms < 60 <= idle.run_ms
    # The isolate of the run before, which may still be closing, is not counted twice.
    hoard = run("globalThis.a = new Uint8Array(60 << 20).fill(1); return 1")
    assert hoard.memory_bytes > 45 << 20
    assert hoard.boot_ms > 0
