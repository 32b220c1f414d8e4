"""A hook of the lifecycle `kept` says in its log when it no longer has what it remembered."""

from __future__ import annotations

import pytest

from engine.sandbox.pool import Pool
from tests.outgoing import eventually
from tests.support import Api, script

COUNTS = script("this.n = (this.n || 0) + 1; return { content: { text: `n ${this.n}` } };")


def test_the_log_of_a_hook_says_that_its_instance_is_new(api: Api, pool: Pool) -> None:
    """Only of the call that found it so, and why."""
    hook = api.hook(COUNTS, lifecycle="kept")
    for _ in range(2):
        hook.post({"text": "x"})
    before = list(pool._places.alive)
    for worker in before:
        worker.kill()
    eventually(lambda: pool.ready() and not set(before) & set(pool._places.alive))
    for _ in range(2):
        hook.post({"text": "x"})
    assert [one["msg"] for one in reversed(api.messages("general"))] == ["n 1", "n 2", "n 1", "n 2"]
    consoles = [one["console"] for one in reversed(api.executions(integrationId=hook.id))]
    assert [len(console) for console in consoles] == [0, 0, 1, 0]
    assert consoles[2][0]["level"] == "warn"
    assert consoles[2][0]["text"] == (
        "Hooksmith: this ran in a new instance of the script, without what the one before had in"
        " memory: its sandbox process ended"
    )


@pytest.mark.parametrize(
    "source",
    [
        script("console.warn('Hooksmith: said by the script'); return {}"),
        "class Script { other() {} }",
    ],
)
def test_what_the_log_says_itself_is_not_compared(api: Api, source: str) -> None:
    """An exact repetition is of what the script did."""
    hook = api.hook(source)
    hook.post({"text": "x"})
    (execution,) = api.executions(integrationId=hook.id)
    assert execution["console"][-1]["own"] is True
    repeated = api.post("executions.replay", executionId=execution["_id"], exact=True)
    assert repeated["differs"] == []
