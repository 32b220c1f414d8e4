"""The log in the admin pages: the list, its filters and pages, and one execution told in full."""

from __future__ import annotations

import datetime as dt
import re
import shlex
import time
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from engine import logpages
from engine.db import utcnow
from engine.executions import BAD, Filter
from engine.ids import sortable_prefix
from engine.models import Execution, ExecutionDetail, Outcome
from engine.redaction import HIDDEN
from engine.runtime import Engine
from tests.integration.admin_fixtures import Browser, administrator, shown
from tests.support import Api, Hook, script

SAYS = script(
    "console.log('seen', request.content.n); console.warn('careful');"
    "return { content: { text: `number *${request.content.n}*` } };"
)
FAILS = """class Script {
  process_incoming_request({ request }) {
    // colour by severity
    const color = COLORS[request.content.lables.severity];
    return { content: { text: color } };
  }
}
const COLORS = {};
"""
HOSTILE = "<script>alert('x')</script>"


@pytest.fixture
def browser(app: Flask) -> Browser:
    return administrator(app)


def page_of(hook: Hook) -> str:
    """Return the address of the page of a hook's latest execution."""
    return f"/admin/logs/{hook.last()['_id']}/"


def ids(text: str) -> list[str]:
    """Return the ids of a list's rows."""
    return re.findall(r'<tr class="row" data-id="(\w+)"', text)


def add_executions(engine: Engine, count: int, **members: Any) -> list[str]:
    """Store executions a second apart, the newest now; return their ids, newest first."""
    rows = []
    for number in range(count):
        moment = utcnow() - dt.timedelta(seconds=number)
        rows.append(
            {
                "id": f"{sortable_prefix(moment.timestamp())}{number:09d}",
                "integration_name": f"Hook {number}",
                "received_at": moment,
                "outcome": Outcome.POSTED,
                "status": 200,
                "summary": f"number {number}",
                **members,
            }
        )
    details = [
        {
            "execution_id": row["id"],
            "method": "POST",
            "path": "/",
            "console": [{"level": "log", "text": f"needle-{number}-", "at": 0.1}],
        }
        for number, row in enumerate(rows)
    ]
    with engine.database.write() as session:
        session.execute(sa.insert(Execution), rows)
        session.execute(sa.insert(ExecutionDetail), details)
    return [row["id"] for row in rows]


def test_an_empty_log_says_what_to_do_next(browser: Browser, api: Api) -> None:
    """First make an integration, then call its URL."""
    assert "Make an integration first" in shown(browser.get("/admin/logs/"))
    api.hook()
    assert "curl -H 'Content-Type: application/json'" in shown(browser.get("/admin/logs/"))


def test_rows_say_what_happened(browser: Browser, api: Api) -> None:
    """Newest first; the failing line is read without a click."""
    api.hook(SAYS, name="Speaker").post({"n": 7})
    api.hook(FAILS, name="Failing").post({})
    text = shown(browser.get("/admin/logs/"))
    assert text.index("Failing") < text.rindex("Speaker")
    assert "number 7 → #general" in text
    assert "200 posted v1" in text
    assert "TypeError: Cannot read properties of undefined (reading 'severity') — line 4" in text
    assert "400 script error" in text
    assert "2 executions in 24 hours, 1 failed" in text


def test_tests_and_replays_are_marked(browser: Browser, api: Api) -> None:
    """A test that would have posted did not post."""
    hook = api.hook(SAYS)
    hook.post({"n": 1})
    first = hook.last()["_id"]
    api.post("executions.replay", executionId=first)
    api.post("integrations.test", integrationId=hook.id, body='{"n":2}')
    answer = browser.get("/admin/logs/")
    assert re.findall(r'<span class="mark">(\w+)</span>', answer.text) == ["test", "replay"]
    assert "200 would post" in shown(answer)


def test_filters_choose_rows(browser: Browser, api: Api) -> None:
    """By integration, by outcome, by what failed; what the address does not know is ignored."""
    good, bad = api.hook(SAYS, name="Good"), api.hook(FAILS, name="Bad")
    good.post({"n": 1})
    bad.post({})
    good_id, bad_id = good.last()["_id"], bad.last()["_id"]
    for query, expected in {
        "": [bad_id, good_id],
        f"integration={good.id}": [good_id],
        "outcome=failed": [bad_id],
        "outcome=posted": [good_id],
        "outcome=script-error&range=1h": [bad_id],
        "outcome=no-such-thing&range=never": [bad_id, good_id],
        f"outcome=posted&integration={bad.id}": [],
    }.items():
        assert ids(browser.get(f"/admin/logs/?{query}").text) == expected, query
    assert "No execution in the log is like that" in shown(browser.get("/admin/logs/?q=zzz"))


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("careful", 1),
        ("reading 'severity'", 1),
        ("Speaker", 1),
        ("100%", 0),
        ("care_ul", 0),
        ("zzz", 0),
    ],
)
def test_search_looks_at_console_errors_and_names(
    browser: Browser, api: Api, search: str, found: int
) -> None:
    """Signs that SQL would read as wildcards are looked for as they are."""
    api.hook(SAYS, name="Speaker").post({"n": 1})
    api.hook(FAILS, name="Failing").post({})
    answer = browser.get("/admin/logs/", query_string={"q": search})
    assert len(ids(answer.text)) == found


def test_an_execution_is_found_by_its_id(browser: Browser, api: Api) -> None:
    """It is what `X-Execution-Id` told the caller."""
    hook = api.hook(SAYS)
    wanted = hook.post({"n": 1}).headers["X-Execution-Id"]
    hook.post({"n": 2})
    assert ids(browser.get(f"/admin/logs/?q={wanted}").text) == [wanted]


def test_pages_follow_each_other_without_gap_or_repetition(
    browser: Browser, engine: Engine
) -> None:
    """Older and newer lead through the log and back; the newest page is always full."""
    everything = add_executions(engine, 120)
    first = browser.get("/admin/logs/").text
    assert ids(first) == everything[:50]
    assert 'rel="prev"' not in first
    second = browser.get(link(first, "next")).text
    assert ids(second) == everything[50:100]
    assert 'id="live"' not in second
    third = browser.get(link(second, "next")).text
    assert ids(third) == everything[100:]
    assert 'rel="next"' not in third
    back = browser.get(link(third, "prev")).text
    assert ids(back) == everything[50:100]
    assert ids(browser.get(link(back, "prev")).text) == everything[:50]
    assert ids(browser.get(f"/admin/logs/?after={everything[3]}").text) == everything[:50]


def test_filtered_pages_follow_each_other_too(engine: Engine) -> None:
    """Several outcomes are read from their own indexes and put in one order."""
    posted = add_executions(engine, 30)
    failed = add_executions(engine, 30, outcome=Outcome.CRASHED)
    refused = add_executions(engine, 30, outcome=Outcome.REFUSED)
    wanted = Filter(outcomes=frozenset(str(one) for one in BAD))
    read: list[str] = []
    before: str | None = None
    with engine.database.read() as session:
        while True:
            page = logpages.read(session, Filter(outcomes=wanted.outcomes, before=before), count=7)
            read += [one.id for one in page.executions]
            before = page.before
            if before is None:
                break
    assert read == sorted(failed + refused, reverse=True)
    assert not set(read) & set(posted)


def test_a_search_that_takes_long_says_how_far_it_came(
    engine: Engine, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It can be continued from there."""
    everything = add_executions(engine, 30)
    monkeypatch.setattr(logpages, "_SEARCH_STEP", 10)
    monkeypatch.setattr(logpages, "_SEARCH_S", -1.0)
    answer = browser.get("/admin/logs/?q=needle-25-")
    assert "searched back to" in shown(answer)
    assert ids(answer.text) == []
    answer = browser.get(link(answer.text, "next"))
    assert ids(answer.text) == []
    assert ids(browser.get(link(answer.text, "next")).text) == [everything[25]]


def test_the_first_page_of_a_long_log_is_read_quickly(engine: Engine, browser: Browser) -> None:
    """Nothing on it looks at all rows."""
    add_executions(engine, 20_000)
    browser.get("/admin/logs/")
    began = time.perf_counter()
    browser.get("/admin/logs/")
    browser.get("/admin/logs/?outcome=failed")
    assert time.perf_counter() - began < 1.5


def test_new_rows_come_to_an_open_page(browser: Browser, api: Api) -> None:
    """What ended late is not missed, although its id is older than what is shown."""
    hook = api.hook(SAYS)
    hook.post({"n": 1})
    page = browser.get("/admin/logs/").text
    after = re.findall(r'data-after="(\w+)"', page)[0]
    assert after == hook.last()["_id"]
    hook.post({"n": 2})
    answer = browser.get(f"/admin/logs/rows?after={after}").get_json()
    assert ids(answer["html"]) == [hook.last()["_id"], after]
    assert answer["full"] is False
    assert "2 executions" in answer["counted"]
    assert ids(browser.get("/admin/logs/rows?outcome=failed").get_json()["html"]) == []


def test_old_rows_do_not_come_again(browser: Browser, engine: Engine) -> None:
    """A poll looks back by half a minute, not by the whole log."""
    everything = add_executions(engine, 45)
    answer = browser.get(f"/admin/logs/rows?after={everything[0]}").get_json()
    assert 25 <= len(ids(answer["html"])) <= 32


def test_an_execution_is_told_as_a_story(browser: Browser, api: Api) -> None:
    """What came, what ran, what was said, what was answered, where it went."""
    hook = api.hook(SAYS, name="Speaker")
    hook.post({"n": 7})
    answer = browser.get(page_of(hook))
    text = shown(answer)
    for words in (
        "Speaker 200 posted",
        "version 1, from 127.0.0.1",
        "received 8 B waited",
        "posted 1 message answered 200,",
        "Console 2 lines",
        "log seen 7",
        "warn careful",
        "Result what the script returned",
        "in #general",
        "Rocket.Cat BOT",
        "number 7",
    ):
        assert words in text, words
    assert "<strong>7</strong>" in answer.text
    assert "Error" not in re.findall(r"<h2>(\w+)</h2>", answer.text)
    message = api.messages()[0]
    assert f'href="/admin/rooms/{message["rid"]}/?at={message["_id"]}#m-{message["_id"]}"' in (
        answer.text
    )


def test_the_failing_line_is_shown_in_the_script_that_ran(browser: Browser, api: Api) -> None:
    """Of the version that ran, although there is a newer one."""
    hook = api.hook(FAILS)
    hook.post({})
    api.post("integrations.update", integrationId=hook.id, script=f"// newer\n{FAILS}")
    answer = browser.get(page_of(hook))
    hit = re.findall(r'<span class="hit">(.*?)</span><em>(.*?)</em>', answer.text)
    assert len(hit) == 1
    assert "COLORS[request.content.lables.severity]" in hit[0][0]
    assert hit[0][1].startswith("TypeError: Cannot read")
    assert 'style="--from: 0"' in answer.text
    assert '<b class="cm">// colour by severity</b>' in answer.text
    assert "<summary>Stack</summary>" in answer.text
    assert f'href="/admin/integrations/{hook.id}/?line=4"' in answer.text


def test_a_script_that_is_gone_is_said_to_be_gone(browser: Browser, api: Api) -> None:
    """The log outlives the integration."""
    hook = api.hook(FAILS, name="Short-lived")
    hook.post({})
    page = page_of(hook)
    api.post("integrations.remove", integrationId=hook.id)
    text = shown(browser.get(page))
    assert "The integration was deleted, and its script with it." in text
    assert "Open in editor" not in text
    assert "Short-lived" in text


@pytest.mark.parametrize(
    ("body", "content_type", "words"),
    [
        (b'{"a": {"b": 1}}', "application/json", '{ "a" : { "b" : 1 } }'),
        (
            b"payload=%7B%22a%22%3A1%7D&b=x",
            "application/x-www-form-urlencoded",
            'payload { "a" : 1 }',
        ),
        (b"{broken", "application/json", "{broken"),
        (b"\x00\x01\xff", "application/octet-stream", "00000000 00 01 ff"),
        (b'{"half": "\\ud800"}', "application/json", '"half": "\\ud800"'),
        (b'{"n": 1' + b"0" * 5000 + b"}", "application/json", "00000"),
        (b"[" * 20_000, "application/json", "[[[["),
        (f'{{"x": "{HOSTILE}"}}'.encode(), "application/json", HOSTILE),
        (b"", "", "The body was empty."),
    ],
    ids="json form broken binary surrogate number deep hostile empty".split(),  # noqa: SIM905
)
def test_bodies_of_every_kind_are_shown(
    browser: Browser, api: Api, body: bytes, content_type: str, words: str
) -> None:
    """As JSON, as a form's fields, as text or as bytes; the page never fails."""
    hook = api.hook(SAYS)
    hook.post(data=body, content_type=content_type)
    answer = browser.get(page_of(hook))
    assert answer.status_code == 200
    assert words in shown(answer)
    assert HOSTILE not in answer.text
    assert browser.get(f"{page_of(hook)}body").data == body


def test_a_body_is_downloaded_and_never_opened(browser: Browser, api: Api) -> None:
    """A browser must not take what somebody sent for a page of ours."""
    hook = api.hook()
    hook.post(data=HOSTILE, content_type="text/html")
    answer = browser.get(f"{page_of(hook)}body")
    assert answer.mimetype == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def curl_of(browser: Browser, hook: Hook) -> str:
    """Return the curl command of a hook's latest execution."""
    found = re.search(r'(?s)id="curl"[^>]*>\n(.*?)</pre>', browser.get(page_of(hook)).text)
    assert found is not None
    return found[1].replace("&#39;", "'").replace("&#34;", '"').replace("&amp;", "&")


def test_the_curl_command_repeats_the_request(browser: Browser, api: Api) -> None:
    """Quoted for a shell, whatever is in it; the token stays dots."""
    hook = api.hook()
    body = '{"text": "it\'s $HOME `id` \\ "}\nsecond line'
    hook.post(
        data=body, content_type="application/json", headers={"X-Event": "it's", "X-Api-Key": "k"}
    )
    command = curl_of(browser, hook)
    words = shlex.split(command)
    assert words[:2] == ["curl", "-sS"]
    assert words[2].endswith(f"/hooks/{hook.id}/{HIDDEN}")
    assert hook.token not in command
    assert words[words.index("--data-raw") + 1] == body
    assert "X-Event: it's" in words
    assert f"X-Api-Key: {HIDDEN}" in words
    assert not [word for word in words if word.lower().startswith(("host:", "content-length:"))]


@pytest.mark.parametrize(
    "body", [b"\x1b[201~\nrm -rf ~", b"a\rb", b"\x00", b"\xff\xfe", b"\xc2\x9b"]
)
def test_what_a_terminal_would_act_on_is_not_pasted(
    browser: Browser, api: Api, body: bytes
) -> None:
    """A caller's control characters end a bracketed paste: such a body is read from a file."""
    hook = api.hook()
    hook.post(data=body, content_type="application/json", headers={"X-Event": "a\x1bb"})
    command = curl_of(browser, hook)
    assert "--data-binary @" in command
    assert all(char.isprintable() or char == "\n" for char in command)


def test_a_replay_leads_to_the_new_execution(browser: Browser, api: Api) -> None:
    """It runs the script as it is now, and says of what it is a replay."""
    hook = api.hook(SAYS)
    hook.post({"n": 7})
    page = page_of(hook)
    answer = browser.post(f"{page}replay", page=page)
    assert answer.status_code == 302
    assert answer.location == page_of(hook) != page
    text = shown(browser.get(answer.location))
    assert "replay of" in text
    assert len(api.messages()) == 2


def test_a_replay_needs_the_page_s_token(browser: Browser, api: Api) -> None:
    """Another site cannot make the reader's browser repeat requests."""
    hook = api.hook(SAYS)
    hook.post({"n": 7})
    answer = browser.client.post(f"{page_of(hook)}replay")
    assert answer.status_code == 400
    assert len(api.messages()) == 1


def test_what_cannot_be_replayed_says_why(browser: Browser, api: Api) -> None:
    """The button is off, and asking anyway explains."""
    hook = api.hook(SAYS)
    hook.post({"n": 7})
    page = page_of(hook)
    token = browser.csrf_token(page)
    api.post("integrations.remove", integrationId=hook.id)
    assert 'disabled title="Its integration was deleted"' in browser.get(page).text
    answer = browser.client.post(f"{page}replay", data={"csrf_token": token}, follow_redirects=True)
    assert "Not replayed: There is no integration" in shown(answer)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (rb'{"text": "cut \ud83d"}', "application/json"),
        (rb'payload={"text": "cut \ud83d"}', "application/x-www-form-urlencoded"),
        (b'{"text": "x", "d": ' + b"[" * 300 + b"]" * 300 + b"}", "application/json"),
        (b'{"text": "x", "d": ' + b"[" * 20_000 + b"]" * 20_000 + b"}", "application/json"),
        (b'\xef\xbb\xbf{"text": "x", "n": 1e400}', "application/json"),
    ],
    ids=["half an emoji", "half in a form", "300 levels", "20,000 levels", "mark and 1e400"],
)
def test_an_odd_body_is_shown_and_can_be_tried(
    browser: Browser, api: Api, body: bytes, kind: str
) -> None:
    """Its page opens, and the form that runs it again gets it."""
    hook = api.hook(script("return { content: { text: request.content.text } }"))
    assert hook.post(data=body, content_type=kind).status_code == 200
    assert browser.get(page_of(hook)).status_code == 200
    path = f"/admin/integrations/{hook.id}/requests/{hook.last()['_id']}/"
    assert browser.get(path).get_json()["body"]


def test_refused_requests_have_a_page_too(browser: Browser, api: Api) -> None:
    """A wrong token, an unknown address: the row opens."""
    hook = api.hook(SAYS)
    for path in (f"{hook.path}x", "/hooks/unknown/token"):
        execution_id = api.client.post(path, json={}).headers["X-Execution-Id"]
        text = shown(browser.get(f"/admin/logs/{execution_id}/"))
        assert "404 refused" in text
        assert "received, refused" in text
        assert "no script ran" in text
        assert "the body was not stored" in text


@pytest.mark.parametrize("unknown", ["nothing", "0" * 20, "%3Cscript%3E", "a%00b"])
def test_an_unknown_execution_is_a_friendly_404(browser: Browser, unknown: str) -> None:
    """It may have been pruned."""
    for path in (f"/admin/logs/{unknown}/", f"/admin/logs/{unknown}/body"):
        answer = browser.get(path)
        assert answer.status_code == 404
        assert "There is no execution" in shown(answer)


def test_what_is_no_id_is_refused(browser: Browser) -> None:
    """An address made by hand gets an answer."""
    assert browser.get("/admin/logs/?before=%27%20OR%201").status_code == 400


def test_names_and_summaries_are_text(browser: Browser, api: Api) -> None:
    """Whatever an integration is called and a script throws."""
    hook = api.hook(script(f"console.log({HOSTILE!r}); throw {HOSTILE!r}"), name=HOSTILE)
    hook.post({}, headers={"X-Hostile": HOSTILE, "User-Agent": HOSTILE})
    for path in ("/admin/logs/", page_of(hook), f"/admin/logs/?q={HOSTILE}"):
        answer = browser.get(path)
        assert HOSTILE in shown(answer)
        assert HOSTILE not in answer.text


@pytest.mark.parametrize(
    "path", ["/admin/logs/", "/admin/logs/rows", "/admin/logs/x/", "/admin/logs/x/body"]
)
def test_the_log_is_for_administrators(app: Flask, path: str) -> None:
    """Everybody else is sent to the login."""
    answer = Browser(app).get(path)
    assert answer.status_code == 302
    assert "/admin/login/" in answer.location


def link(text: str, rel: str) -> str:
    """Return where the link with this relation leads."""
    found = re.search(rf'href="([^"]+)" rel="{rel}"', text)
    assert found is not None
    return found[1].replace("&amp;", "&")


def test_of_a_script_on_one_line_the_place_of_the_error_is_shown(
    browser: Browser, api: Api
) -> None:
    """Not the beginning of the line, from which nobody would understand it."""
    padding = " ".join(f"const unused{number} = {number};" for number in range(60))
    hook = api.hook(script(f"{padding} return request.content.nothing.there;"))
    hook.post({"n": 1})
    text = shown(browser.get(page_of(hook)))
    assert "request.content.nothing.there" in text
    assert "unused5 =" not in text
