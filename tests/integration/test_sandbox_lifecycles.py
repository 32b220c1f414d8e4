"""`per-request`: nothing survives a job. `kept`: one instance lives on."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from engine.sandbox.outcome import RunOutcome, RunStatus
from engine.sandbox.pool import Pool

Run = Callable[..., RunOutcome]
MakePool = Callable[..., Pool]

COUNTER = "var made = 0; class Script { constructor() { made++; this.n = 0 } run() { return [made, ++this.n] } }"
GLOBAL_COUNTER = (
    "this.n = (this.n || 0) + 1; Array.prototype.n = (Array.prototype.n || 0) + 1;"
    "function leak() { leaked = 1; return leaked }"
    "class Script { run() { return [n, [].n, typeof leaked, leak()] } }"
)


def test_nothing_survives_a_per_request_job(run: Run) -> None:
    """Neither globals nor prototypes nor the instance are there next time."""
    for _ in range(8):
        assert run(GLOBAL_COUNTER).result == [1, 1, "undefined", 1]
        assert run(COUNTER).result == [1, 1]


def test_a_kept_instance_keeps_its_state(run: Run) -> None:
    """The constructor ran once; `this` is the same object."""
    results = [run(COUNTER, keep_as="state").result for _ in range(5)]
    assert results == [[1, n] for n in range(1, 6)]


def test_another_name_is_another_instance(run: Run) -> None:
    """A new version of a script comes under a new name."""
    run(COUNTER, keep_as="hook:1")
    run(COUNTER, keep_as="hook:1")
    assert run(COUNTER, keep_as="hook:2").result == [1, 1]
    assert run(COUNTER).result == [1, 1]
    assert run(COUNTER, keep_as="hook:1").result == [1, 3]


def test_a_kept_instance_answers_for_the_script_it_was_made_of(run: Run) -> None:
    """The source is read once for each name."""
    run(COUNTER, keep_as="same")
    assert run("throw 1", keep_as="same").result == [1, 2]


def test_forget_makes_the_next_job_a_new_instance(make_pool: MakePool, run: Run) -> None:
    """What is forgotten starts again; forgetting the unknown is no error."""
    pool = make_pool(workers=2)
    run(COUNTER, keep_as="a", on=pool)
    pool.forget("a")
    pool.forget("a")
    assert pool.stats()["kept"] == 0
    assert run(COUNTER, keep_as="a", on=pool).result == [1, 1]
    assert run(COUNTER, keep_as="a", on=pool).result == [1, 2]


def test_forget_during_a_job_makes_the_next_a_new_instance(make_pool: MakePool, run: Run) -> None:
    """The job in progress does not bring back what was forgotten under it."""
    pool = make_pool(workers=4)
    slow = "class Script { constructor() { this.n = 0 } async run(ms) { await new Promise(d => setTimeout(d, ms)); return ++this.n } }"
    with ThreadPoolExecutor() as threads:
        first = threads.submit(run, slow, 300, keep_as="a", on=pool)
        while not pool.stats()["busy"]:
            pass
        pool.forget("a")
        assert run(slow, 0, keep_as="a", on=pool).result == 1
        assert first.result().result == 1
    assert [run(slow, 0, keep_as="a", on=pool).result for _ in range(3)] == [2, 3, 4]
    assert pool.stats()["kept"] == 1


def test_the_least_recently_used_instance_goes(make_pool: MakePool, run: Run) -> None:
    """The number of kept instances is bounded."""
    pool = make_pool(workers=1, max_kept=2)
    for name in ("a", "b", "a", "c"):
        run(COUNTER, keep_as=name, on=pool)
    assert pool.stats()["kept"] == 2
    assert run(COUNTER, keep_as="a", on=pool).result == [1, 3]
    assert run(COUNTER, keep_as="b", on=pool).result == [1, 1]


def test_calls_to_one_instance_take_turns(make_pool: MakePool, run: Run) -> None:
    """However many call at once, there is one instance and one call in it."""
    pool = make_pool(workers=4)
    source = """
      let inside = 0;
      class Script {
        constructor() { this.calls = 0 }
        async run() {
          inside += 1;
          await new Promise((done) => setTimeout(done, 3));
          const seen = inside;
          inside -= 1;
          return [seen, ++this.calls];
        }
      }
    """
    with ThreadPoolExecutor(8) as threads:
        outcomes = threads.map(lambda _: run(source, keep_as="a", on=pool), range(24))
        results = sorted(outcome.result for outcome in outcomes)
    assert results == [[1, n] for n in range(1, 25)]


@pytest.mark.parametrize(
    ("source", "status"),
    [
        ("throw new Error('x')", RunStatus.LOAD_ERROR),
        ("class Script { constructor() { throw new Error('x') } }", RunStatus.LOAD_ERROR),
        ("class Script {", RunStatus.SYNTAX_ERROR),
        ("", RunStatus.NO_SCRIPT),
    ],
)
def test_what_failed_to_load_is_not_kept(
    run: Run, pool: Pool, source: str, status: RunStatus
) -> None:
    """The next job tries anew instead of meeting a dead instance."""
    kept = pool.stats()["kept"]
    assert run(source, keep_as="bad").status is status
    assert pool.stats()["kept"] == kept
    assert run(COUNTER, keep_as="bad").result == [1, 1]
    pool.forget("bad")


@pytest.mark.parametrize(
    "body",
    ["throw new Error('x')", "return 1n", "return new Promise(() => {})", "return 'x'.repeat(2e6)"],
)
def test_a_failed_call_leaves_the_instance(run: Run, pool: Pool, body: str) -> None:
    """An exception is no reason to lose the state, as in Rocket.Chat."""
    source = f"class Script {{ run(arg) {{ this.n = (this.n || 0) + 1; if (arg) {{ {body} }} return this.n }} }}"
    assert run(source, False, keep_as="failing").result == 1
    assert run(source, True, keep_as="failing").status is not RunStatus.OK
    assert run(source, False, keep_as="failing").result == 3
    pool.forget("failing")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("for (;;);", RunStatus.CPU_LIMIT),
        ("return new Promise(d => setTimeout(d, 1e6))", RunStatus.WALL_LIMIT),
        ("const a = []; for (;;) a.push(new Array(1000).fill(1.5))", RunStatus.MEMORY_LIMIT),
        ("return 'y'.repeat(1 << 28).split('')", RunStatus.MEMORY_LIMIT),
    ],
)
def test_a_new_instance_follows_a_crash(
    make_pool: MakePool, run: Run, body: str, status: RunStatus
) -> None:
    """A killed instance is replaced by a fresh one, and the name works again at once."""
    pool = make_pool(workers=2)
    source = f"class Script {{ run(arg) {{ this.n = (this.n || 0) + 1; if (arg) {{ {body} }} return this.n }} }}"
    options = {"keep_as": "a", "on": pool, "cpu_s": 1, "wall_s": 6}
    assert run(source, False, **options).result == 1
    assert run(source, True, **options).status is status
    assert [run(source, False, **options).result for _ in range(2)] == [1, 2]


def test_a_run_cannot_be_settled_by_an_earlier_one(run: Run, pool: Pool) -> None:
    """A promise that was given up must not become the outcome of a later call."""
    source = """
      class Script {
        async run(arg) {
          if (arg === 'first') return new Promise((done) => { this.done = done });
          this.done('data of the first');
          await new Promise((done) => setTimeout(done, 5));
          return 'second';
        }
      }
    """
    assert run(source, "first", keep_as="settled").status is RunStatus.NEVER_SETTLED
    assert run(source, "second", keep_as="settled").result == "second"
    pool.forget("settled")


def test_lines_of_an_earlier_run_stay_with_it(run: Run) -> None:
    """Each call has a console of its own."""
    source = "class Script { run(arg) { console.log(arg); Promise.resolve().then(() => console.log('late')) } }"
    for text in ("one", "two", "three"):
        console = run(source, text, keep_as="lines").console
        assert [line["text"] for line in console] == [text, "late"]
