"""Pauses, waiting and what a run took, in the admin pages."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from admin import create_app, meter
from admin.units import NOTHING
from engine import activity
from engine.db import utcnow
from engine.models import Execution, ExecutionDetail, ExecutionKind, IntegrationPause, Outcome
from engine.runtime import Engine
from tests.integration.admin_fixtures import Browser, administrator, shown
from tests.integration.test_admin_logs import add_executions, page_of
from tests.support import Api, Hook, script

SAYS = script("console.log('four'); return { content: { text: 'hi' } };")
WHY = "last run was stopped or crashed, because it took too long"


@pytest.fixture
def engine(make_engine: Callable[..., Engine]) -> Engine:
    return make_engine(pause_after_failures=1)


@pytest.fixture
def browser(app: Flask) -> Browser:
    return administrator(app)


def paused_hook(api: Api, seconds: float = 3600, **members: Any) -> Hook:
    """Create an integration that is paused for as long, as one that waits too long is."""
    waits = script("return new Promise((done) => setTimeout(done, 60000));")
    hook = api.hook(waits, limits={"wallS": 0.1}, **members)
    assert hook.post({}).status_code == 400
    engine: Engine = api.app.extensions["hooksmith"]
    with engine.database.write() as session:
        row = session.get_one(IntegrationPause, hook.id)
        row.paused_until = utcnow() + dt.timedelta(seconds=seconds)
    return hook


def change(engine: Engine, execution_id: str, **values: Any) -> None:
    """Change what is stored of an execution."""
    detail = {name: values.pop(name) for name in ("calls",) if name in values}
    with engine.database.write() as session:
        if values:
            session.execute(
                sa.update(Execution).where(Execution.id == execution_id).values(**values)
            )
        if detail:
            session.execute(
                sa.update(ExecutionDetail)
                .where(ExecutionDetail.execution_id == execution_id)
                .values(**detail)
            )


def test_its_page_says_why_and_for_how_long(browser: Browser, api: Api) -> None:
    """With a way to the run that caused it, and to the requests that wait in the log."""
    hook = paused_hook(api, name="Slow")
    page = browser.get(f"/admin/integrations/{hook.id}/")
    text = shown(page)
    assert "Slow paused" in text
    assert "Paused for another 60 min . Until then callers get 503 with Retry-After" in text
    assert f"The {WHY}." in text
    assert f'href="/admin/logs/{hook.last()["_id"]}/"' in page.text
    assert f"/admin/logs/?integration={hook.id}&amp;outcome=paused" in page.text
    remaining = re.search(r'data-remaining="(\d+)"', page.text)
    assert remaining is not None
    assert 3500 < int(remaining[1]) <= 3600
    assert '<p data-when="over" hidden>' in page.text


def test_a_button_resumes_it(browser: Browser, api: Api) -> None:
    """It needs the page's token; the page then says nothing of a pause any more."""
    hook = paused_hook(api)
    page = f"/admin/integrations/{hook.id}/"
    assert browser.client.post(f"{page}resume/").status_code == 400
    assert hook.post({}).status_code == 503
    answer = browser.post(f"{page}resume/", page=page)
    assert (answer.status_code, answer.location) == (302, page)
    text = shown(browser.get(page))
    assert "Resumed: the next call runs the script." in text
    assert "enabled" in text
    assert "Paused" not in text
    assert hook.post({}).status_code == 400


def test_a_pause_that_is_over_is_told_until_it_works(browser: Browser, api: Api) -> None:
    """Callers are admitted again, and the next failure costs more."""
    hook = paused_hook(api, seconds=-1)
    page = browser.get(f"/admin/integrations/{hook.id}/")
    assert "The pause is over, and the next call tries the script." in shown(page)
    assert "the next pause is 1 min long" in shown(page)
    assert '<p data-when="paused" hidden>' in page.text
    assert "paused for" not in shown(browser.get("/admin/integrations/")).replace(
        "; paused for 30 s", ""
    )
    api.post("integrations.update", integrationId=hook.id, script=SAYS)
    assert "The pause is over" not in shown(browser.get(f"/admin/integrations/{hook.id}/"))


def test_lists_show_it(browser: Browser, api: Api) -> None:
    """The list has a badge with the time that is left; the dashboard names who is paused."""
    paused_hook(api, name="Slow & <b>steady</b>", seconds=240)
    api.hook(SAYS, name="Other").post({})
    listed = browser.get("/admin/integrations/")
    assert "paused for 4 min" in shown(listed)
    assert listed.text.count('<span class="pill warn"') == 1
    front = browser.get("/admin/")
    assert (
        "One integration is paused, because the script keeps timing out or crashing: "
        "Slow & <b>steady</b> for 4 min." in shown(front)
    )
    assert "<b>steady</b>" not in front.text
    assert "not finished after 0.1 s; stopped; paused for 30 s paused" in shown(front)


def test_the_log_tells_refused_calls_apart(browser: Browser, api: Api) -> None:
    """They can be filtered for, and their page says at which step it ended."""
    hook = paused_hook(api)
    cause = hook.last()["_id"]
    hook.post({"n": 7})
    refused = hook.last()["_id"]
    page = browser.get("/admin/logs/?outcome=paused")
    assert '<option value="paused" selected>paused</option>' in page.text
    assert re.findall(r'data-id="(\w+)"', page.text) == [refused]
    assert "503 paused" in shown(page)
    story = shown(browser.get(f"/admin/logs/{refused}/"))
    assert f"received 8 B paused {NOTHING} ran no script posted {NOTHING} answered 503" in story
    assert f"the {WHY}" in story
    assert "With this run the integration was paused for 30 s." in shown(
        browser.get(f"/admin/logs/{cause}/")
    )
    assert "With this run" not in story


def test_a_run_shows_what_it_took(browser: Browser, api: Api, engine: Engine) -> None:
    """Beside what it may take; what comes close to a limit is marked."""
    hook = api.hook(SAYS, limits={"cpuS": 2, "consoleBytes": 1024})
    hook.post({})
    execution = hook.last()["_id"]
    change(engine, execution, boot_ms=3.25, cpu_ms=1700.0, memory_bytes=7 << 20, call_count=2)
    page = browser.get(f"/admin/logs/{execution}/")
    assert (
        "Start-up 3.2 ms CPU 1.7 s of 2.0 s Memory 7.0 MiB Console 4 B of 1.0 KiB "
        "Result 25 B of 1.0 MiB Calls 2 of 10" in shown(page)
    )
    assert page.text.count('class="tight"') == 1
    assert "--share:0.85" in page.text


def test_what_was_not_measured_is_not_shown(browser: Browser, api: Api, engine: Engine) -> None:
    """Executions from before have no figures, and calls that ran nothing have no meter."""
    hook = api.hook(SAYS)
    hook.post({})
    change(engine, hook.last()["_id"], boot_ms=None, cpu_ms=None, memory_bytes=None)
    text = shown(browser.get(page_of(hook)))
    assert "Console 4 B of 64.0 KiB" in text
    assert "CPU" not in text
    assert "Memory" not in text
    plain = api.hook()
    plain.post({"text": "x"})
    assert 'class="meter"' not in browser.get(page_of(plain)).text


def test_a_run_of_a_deleted_integration_keeps_its_figures(browser: Browser, api: Api) -> None:
    """Only what it might have taken is no longer known."""
    hook = api.hook(SAYS)
    hook.post({})
    page = page_of(hook)
    api.post("integrations.remove", integrationId=hook.id)
    text = shown(browser.get(page))
    assert "Console 4 B Result 25 B" in text


def test_calls_to_the_outside_are_listed(browser: Browser, api: Api, engine: Engine) -> None:
    """What was asked, what came of it; nothing in it is markup."""
    hook = api.hook(SAYS)
    hook.post({})
    assert "Calls 1" not in shown(browser.get(page_of(hook)))
    assert 'class="calls"' not in browser.get(page_of(hook)).text
    given = {"kind": "http", "method": "GET", "error": None}
    change(
        engine,
        hook.last()["_id"],
        calls=[
            {**given, "url": "https://a.example/x", "status": 200, "durationMs": 12.5, "bytes": 2048},
            {**given, "url": "https://a.example/y", "status": 404, "durationMs": 1500, "bytes": 0},
            {
                **given,
                "method": "<i>POST</i>",
                "url": "javascript:<script>alert(1)</script>",
                "status": None,
                "durationMs": 0.3,
                "bytes": 0,
                "error": "<b>refused</b>",
            },
        ],
    )  # fmt: skip
    page = browser.get(page_of(hook))
    text = shown(page)
    assert "Calls 3 requests of the script to the outside" in text
    assert "GET https://a.example/x 200 12.5 ms 2.0 KiB" in text
    assert "GET https://a.example/y 404 1.5 s 0 B" in text
    assert "<i>POST</i> javascript:<script>alert(1)</script> <b>refused</b> none 0.3 ms 0 B" in text
    for markup in ("<i>POST", "<script>alert", "<b>refused", 'href="javascript'):
        assert markup not in page.text


def test_calls_of_another_form_break_no_page() -> None:
    """What is stored may be from another version."""
    odd = [None, "x", {}, {"kind": "store", "status": "200", "durationMs": [], "bytes": 1.5}]
    assert [one.method for one in meter.calls(odd)] == ["", "store"]
    assert meter.calls(odd)[1] == meter.Call("store", "", None, None, None, "")


def test_a_long_wait_is_marked(browser: Browser, api: Api, engine: Engine) -> None:
    """On the page of the execution, from a quarter of a second on."""
    hook = api.hook(SAYS)
    hook.post({})
    change(engine, hook.last()["_id"], queue_ms=250.0)
    assert "waited 250 ms" in shown(browser.get(page_of(hook)))
    change(engine, hook.last()["_id"], queue_ms=251.0)
    page = browser.get(page_of(hook))
    assert '<div class="w">waited long<b>251 ms</b></div>' in page.text


def test_the_dashboard_tells_how_long_runs_wait(browser: Browser, api: Api, engine: Engine) -> None:
    """The median and the worst of the last hour; tests in the editor do not count."""
    api.hook(SAYS)
    assert "no run in the last hour waited for a sandbox" in shown(browser.get("/admin/"))
    found = add_executions(engine, 5, run_ms=1.0, queue_ms=0.2)
    for execution, queue_ms in zip(found, (0.1, 0.4, 3.0, 90.0, None), strict=True):
        change(engine, execution, queue_ms=queue_ms)
    page = browser.get("/admin/")
    assert "1.7 ms median wait for a sandbox in the last hour, 90.0 ms at worst" in shown(page)
    assert 'class="slow"' not in page.text
    change(engine, found[3], queue_ms=1200.0)
    change(engine, found[4], queue_ms=9000.0, kind=ExecutionKind.TEST)
    page = browser.get("/admin/")
    assert "1.2 s at worst" in shown(page)
    assert 'title="1 run of the latest 4 waited for more than 250 ms"' in page.text


def test_waits_are_those_of_the_time_asked_for(engine: Engine, monkeypatch: Any) -> None:
    """Older runs do not count; of very many, the latest are measured."""
    with engine.database.read() as session:
        assert activity.waits(session, utcnow() - dt.timedelta(hours=1)) is None
    found = add_executions(engine, 10, run_ms=1.0)
    for number, execution in enumerate(found):
        change(engine, execution, queue_ms=float(number))
    with engine.database.read() as session:
        assert activity.waits(session, utcnow() + dt.timedelta(hours=1)) is None
        since = utcnow() - dt.timedelta(seconds=4.5)
        assert activity.waits(session, since) == activity.Waits(5, 2.0, 4.0, 0)
        monkeypatch.setattr("engine.activity._MOST_WAITS", 3)
        assert activity.waits(session, since) == activity.Waits(3, 1.0, 2.0, 0)


def test_without_pauses_no_page_speaks_of_one(make_engine: Callable[..., Engine]) -> None:
    """When the administrator switched them off, an old one is not shown."""
    first = make_engine(pause_after_failures=1)
    hook = paused_hook(Api(create_app(engine=first)), name="Slow")
    off = make_engine(pause_after_failures=0, data_dir=first.settings.data_dir)
    browser = administrator(create_app(engine=off))
    assert "Resume now" not in shown(browser.get(f"/admin/integrations/{hook.id}/"))
    assert "is paused" not in shown(browser.get("/admin/"))


def test_outcomes_of_refused_calls_are_counted_as_failures(browser: Browser, api: Api) -> None:
    """A paused integration needs a look for as long as its callers are refused."""
    hook = paused_hook(api)
    hook.post({})
    assert "2 failed or refused" in shown(browser.get("/admin/"))
    assert api.get("executions.list", outcome=Outcome.PAUSED)["total"] == 1
