"""Outgoing integrations in the admin pages: the form, trying one, and what the log tells of its calls."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from tests.integration.admin_fixtures import Browser, administrator, shown, typed
from tests.internet import Internet, Server
from tests.outgoing import Outgoing, hangs_up, in_turn, reply, script
from tests.support import Api

NEW = "/admin/integrations/new/"
URL = "https://far.example.org/in"
ASKS = script(
    prepare="console.log('asked', request.data.text);"
    " return { ...request, data: { q: request.data.text }, headers: { 'X-By': request.data.user_name } };",
    process="return { content: { text: `it said ${JSON.parse(response.content).word}` } };",
)


@pytest.fixture
def browser(app: Flask) -> Browser:
    return administrator(app)


@pytest.fixture
def out(api: Api) -> Outgoing:
    return Outgoing(api)


def form(**values: Any) -> dict[str, Any]:
    """Return the form of an outgoing integration as a browser submits it; flags left out are off."""
    return {
        "type": "webhook-outgoing",
        "name": "Build bot",
        "channel": "#general",
        "username": "rocket.cat",
        "lifecycle": "per-request",
        "enabled": "1",
        "script_enabled": "1",
        "script": ASKS,
        "base": "0",
        "event": "sendMessage",
        "urls": URL,
        "trigger_words": "#build",
        "retry_count": "6",
        "retry_delay": "powers-of-ten",
        "timeout_s": "",
        "dialect": "rocketchat",
        **values,
    }


def create(browser: Browser, **values: Any) -> str:
    """Create one with the form; return its page."""
    answer = browser.post(NEW, **form(**values))
    assert answer.status_code == 302, shown(answer)
    return str(answer.location)


def saved(api: Api) -> dict[str, Any]:
    """Return the only integration."""
    (found,) = api.get("integrations.list")["integrations"]
    kept: dict[str, Any] = found
    return kept


# -- the form ---------------------------------------------------------------------------------


def test_a_new_one_is_incoming_or_outgoing(browser: Browser) -> None:
    """Each with its own fields and a script that works."""
    incoming, outgoing = browser.get(NEW), browser.get(f"{NEW}?type=webhook-outgoing")
    assert "Posts to" in shown(incoming)
    assert "Trigger words" not in shown(incoming)
    assert "process_incoming_request" in typed(incoming)
    assert "Listens in" in shown(outgoing)
    assert "Trigger words" in shown(outgoing)
    assert "prepare_outgoing_request" in typed(outgoing)
    for absent in ("Posts to", "The request may choose the room", "Security"):
        assert absent not in shown(outgoing)


def test_every_field_is_saved_and_shown_again(browser: Browser, api: Api) -> None:
    """As the API has it."""
    page = create(
        browser,
        channel="#general, all_private_groups",
        urls=f"{URL}\r\n{URL}/2\r\n",
        trigger_words="#build, #deploy",
        word_anywhere="1",
        impersonate="1",
        target_room="#general",
        retry_failed="1",
        retry_count="3",
        retry_delay="powers-of-two",
        timeout_s="7.5",
    )
    expected = {
        "type": "webhook-outgoing",
        "event": "sendMessage",
        "channel": ["#general", "all_private_groups"],
        "urls": [URL, f"{URL}/2"],
        "triggerWords": ["#build", "#deploy"],
        "triggerWordAnywhere": True,
        "runOnEdits": False,
        "impersonateUser": True,
        "targetRoom": "#general",
        "retryFailedCalls": True,
        "retryCount": 3,
        "retryDelay": "powers-of-two",
        "callTimeoutS": 7.5,
    }
    assert {name: saved(api)[name] for name in expected} == expected
    text = browser.get(page)
    assert typed(text, "urls") == f"{URL}\n{URL}/2"
    for name, value in (("trigger_words", "#build, #deploy"), ("timeout_s", "7.5")):
        assert f'name="{name}" value="{value}"' in text.text
    assert re.search(r'id="impersonate"[^>]* checked', text.text)
    assert not re.search(r'id="on_edits"[^>]* checked', text.text)
    assert '<option value="powers-of-two" selected>' in text.text


def test_saving_what_the_page_shows_changes_nothing(browser: Browser, api: Api) -> None:
    """Neither the token nor a field that the form does not have."""
    page = create(browser, dialect="mattermost", content_type="application/json", trigger_when="1")
    before = saved(api)
    again = form(base="1", dialect="mattermost", content_type="application/json", trigger_when="1")
    answer = browser.post(page, **again)
    assert answer.status_code == 302, shown(answer)
    after = saved(api)
    del before["_updatedAt"], after["_updatedAt"]
    assert after == before
    assert (after["contentType"], after["triggerWhen"]) == ("application/json", 1)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("urls", {"urls": "ftp://far.example.org"}),
        ("urls", {"urls": ""}),
        ("channel", {"channel": "general"}),
        ("target_room", {"event": "userCreated"}),
        ("timeout_s", {"timeout_s": "soon"}),
        ("timeout_s", {"timeout_s": "1e9"}),
        ("event", {"event": "messageDeleted"}),
        ("dialect", {"dialect": "slack"}),
    ],
)
def test_what_is_wrong_is_marked_beside_its_field(
    browser: Browser, api: Api, field: str, values: dict[str, str]
) -> None:
    """What was typed stays, and nothing is made."""
    answer = browser.post(NEW, **form(name="Mine", **values))
    assert answer.status_code == 422
    assert re.search(rf'name="{field}"[^>]*aria-invalid="true"', answer.text)
    assert 'value="Mine"' in answer.text
    assert api.get("integrations.list")["total"] == 0


def test_an_incoming_one_does_not_become_outgoing(browser: Browser, api: Api) -> None:
    """Its kind is chosen once; what a page submits does not change it."""
    hook = api.hook()
    answer = browser.post(f"/admin/integrations/{hook.id}/", **form(base="0"))
    assert answer.status_code == 302
    assert saved(api)["type"] == "webhook-incoming"


def test_the_token_is_dots_until_asked_for(browser: Browser, api: Api) -> None:
    """And a new one can be made."""
    page = create(browser)
    text = browser.get(page).text
    token = api.post("integrations.reveal", integrationId=saved(api)["_id"])["token"]
    assert token not in text
    assert "••••••••" in text
    assert browser.post_json(f"{page}url/", page=page).get_json() == {"token": token}
    assert token in browser.post(f"{page}url/", page=page).text
    assert "A new token for Build bot?" in shown(browser.get(f"{page}renew/"))
    assert browser.post(f"{page}renew/").status_code == 302
    other = api.post("integrations.reveal", integrationId=saved(api)["_id"])["token"]
    assert other != token


def test_the_list_says_what_it_listens_to(browser: Browser, api: Api) -> None:
    """And whom it calls."""
    create(browser, channel="", trigger_words="#build, #deploy")
    api.hook(name="Other")
    text = shown(browser.get("/admin/integrations/"))
    assert (
        "outgoing: messages in all public rooms with #build, #deploy → far.example.org"
        " has not called yet" in text
    )
    assert "incoming → #general" in text


def test_it_can_be_deleted(browser: Browser, api: Api) -> None:
    """The page says what that means."""
    page = create(browser)
    assert "It calls nobody any more" in shown(browser.get(f"{page}delete/"))
    browser.post(f"{page}delete/")
    assert api.get("integrations.list")["total"] == 0


def test_texts_of_others_are_no_markup(browser: Browser) -> None:
    """Wherever the pages show them."""
    page = create(browser, name="<b>Bot</b>", trigger_words="<i>x</i>", urls=f"{URL}?a=<u>")
    for text in (browser.get(page).text, browser.get("/admin/integrations/").text):
        for markup in ("<b>Bot", "<i>x", "<u>"):
            assert markup not in text


# -- trying one -------------------------------------------------------------------------------


def try_it(browser: Browser, page: str, source: str = ASKS, **given: Any) -> dict[str, Any]:
    answer = browser.post_json(f"{page}call/", page=page, script=source, **given)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.get_json()
    return told


def test_a_trial_shows_what_would_be_sent(browser: Browser, out: Outgoing, far: Server) -> None:
    """With dots for the token; nobody is called, nothing is posted, and the log has it as a test."""
    source = script(prepare="console.log('hi'); return request;")
    page = f"/admin/integrations/{out.create(far, triggerWords=['#build'], script=source)}/"
    told = try_it(browser, page, source, text="#build shop", room="general")
    assert told["outcome"] == "would call"
    assert told["request"]["line"] == f"POST http://127.0.0.1:{far.port}/out"
    assert '"text":"#build shop"' in told["request"]["body"]
    assert '"trigger_word":"#build"' in told["request"]["body"]
    assert "a token to know it by" not in str(told)
    assert [line["text"] for line in told["console"]] == ["hi"]
    assert (far.requests, out.texts()) == ([], [])
    text = shown(browser.get(told["log"]))
    assert "test" in text
    assert "tried: would POST to http://127.0.0.1" in text


@pytest.fixture
def far(internet: Internet) -> Server:
    """A far side that answers with a message."""
    return internet.serve(in_turn(reply({"word": "yes"})))


def test_a_trial_can_have_an_answer(browser: Browser, out: Outgoing, far: Server) -> None:
    """Then it shows what the response script would post, and where."""
    page = f"/admin/integrations/{out.create(far, script=ASKS)}/"
    told = try_it(browser, page, text="Hello", status="200", answer='{"word": "yes"}')
    assert told["outcome"] == "would post"
    (message,) = told["messages"]
    assert "it said yes" in message["html"]
    assert message["to"] == "#general"
    assert (far.requests, out.texts()) == ([], [])


def test_a_trial_tells_what_an_answer_without_a_message_means(
    browser: Browser, out: Outgoing, far: Server
) -> None:
    """As the log would tell it of a call."""
    page = f"/admin/integrations/{out.create(far)}/"
    told = try_it(browser, page, "", text="Hello", status="503", answer="busy")
    assert (told["outcome"], told["tone"]) == ("call failed", "bad")
    assert told["summary"] == "answered 503"
    told = try_it(browser, page, "", text="Hello", status="200", answer="fine")
    assert (told["outcome"], told["messages"]) == ("nothing posted", [])


def test_a_trial_says_when_it_would_not_call(browser: Browser, out: Outgoing, far: Server) -> None:
    """No word, nothing returned, or a script that fails, with its line."""
    words = f"/admin/integrations/{out.create(far, triggerWords=['#build'], script=ASKS)}/"
    told = try_it(browser, words, text="Hello")
    assert (told["request"], told["summary"]) == (
        None,
        "not called: the message has none of the words #build",
    )
    page = f"/admin/integrations/{out.create(far, script=ASKS)}/"
    told = try_it(browser, page, script(prepare="return;"), text="Hello")
    assert (told["request"], told["summary"]) == (None, "not called: the script returned nothing")
    told = try_it(browser, page, "class Script {\n prepare_outgoing_request() { x.y } }", text="a")
    assert (told["request"], told["error"]["line"]) == (None, 2)
    told = try_it(browser, page, script(prepare="return { message: { text: 'only' } };"), text="a")
    assert "only" in told["messages"][0]["html"]
    assert told["request"] is None


def test_a_trial_of_other_events_makes_them_up(
    browser: Browser, out: Outgoing, far: Server
) -> None:
    """Whatever it listens for."""
    for event in ("fileUploaded", "roomJoined", "userCreated"):
        made = out.create(far, event=event, targetRoom="#general")
        told = try_it(browser, f"/admin/integrations/{made}/", "", text="a file", room="nowhere")
        assert told["outcome"] == "would call"
        assert '"user_name":"admin"' in told["request"]["body"]


@pytest.mark.parametrize("given", [None, {}, {"script": 7}, {"script": "", "status": "many"}])
def test_a_trial_that_is_none_is_refused(
    browser: Browser, out: Outgoing, far: Server, given: Any
) -> None:
    """In words."""
    page = f"/admin/integrations/{out.create(far)}/"
    answer = browser.client.post(
        f"{page}call/", json=given, headers={"X-CSRFToken": browser.csrf_token(page)}
    )
    assert answer.status_code == 400
    assert answer.get_json()["error"]


# -- the log ----------------------------------------------------------------------------------


def test_an_outgoing_execution_is_read_like_a_story(
    browser: Browser, out: Outgoing, far: Server
) -> None:
    """What triggered it, what was said and sent, the answer, what was posted, and the steps."""
    out.create(far, name="Oracle", script=ASKS, triggerWords=["#ask"])
    said = out.say("#ask is it <b>late</b>?")
    execution = out.execution()
    answer = browser.get(f"/admin/logs/{execution['_id']}/")
    text = shown(answer)
    assert "Triggered by #ask @admin posted a message in #general : #ask is it <b>late</b>?" in text
    assert f"#m-{said['_id']}" in answer.text
    assert "asked #ask is it" in text
    assert f"POST http://127.0.0.1:{far.port}/out" in text
    assert "Answer 200" in text
    assert '"word"' in text
    assert "it said yes" in text
    assert "200 posted" in text
    for step in ("mapped-args-to-data", "pre-http-call", "after-process-send-message"):
        assert step in text
    assert "a token to know it by" not in answer.text
    assert "<b>late" not in answer.text
    assert "Tries of this call" not in answer.text


def test_tries_of_a_call_are_linked(browser: Browser, out: Outgoing, internet: Internet) -> None:
    """Each page lists them all, and says which one it is."""
    far = internet.serve(in_turn(reply({"no": 1}, 503), reply({"text": "at last"})))
    out.create(far, retryFailedCalls=True, retryDelay="powers-of-ten")
    out.say("Hello")
    first, second = out.executions(count=2)
    for mine, other, status in ((first, second, "posted"), (second, first, "call failed")):
        answer = browser.get(f"/admin/logs/{mine['_id']}/")
        assert "Tries of this call" in answer.text
        assert f"/admin/logs/{other['_id']}/" in answer.text
        assert status in shown(answer)
    assert "tried again in 0.1 s" in shown(browser.get(f"/admin/logs/{first['_id']}/"))


def test_a_call_without_an_answer_says_why(
    browser: Browser, out: Outgoing, internet: Internet
) -> None:
    """In the list and on its page."""
    out.create(internet.serve(hangs_up), name="Lost")
    out.say("Hello")
    execution = out.execution()
    answer = browser.get(f"/admin/logs/{execution['_id']}/")
    assert "called, no answer" in shown(answer)
    assert "Answer none" in shown(answer)
    assert "call failed" in shown(browser.get("/admin/logs/"))


def test_a_call_that_was_not_made_shows_none(browser: Browser, out: Outgoing, far: Server) -> None:
    """The script said so."""
    out.create(far, script=script(prepare="return;"))
    out.say("Hello")
    text = shown(browser.get(f"/admin/logs/{out.execution()['_id']}/"))
    assert "Call none was made" in text
    assert "not called: the script returned nothing" in text


def test_a_call_is_made_again_by_hand(browser: Browser, out: Outgoing, far: Server) -> None:
    """Replay leads to the new execution, which names the first."""
    out.create(far, script=ASKS)
    out.say("Hello")
    first = out.execution()
    page = f"/admin/logs/{first['_id']}/"
    answer = browser.post(f"{page}replay", page=page)
    assert answer.status_code == 302
    text = shown(browser.get(answer.location))
    assert f"replay of {first['_id']}" in text
    assert "replay" in text
    assert out.texts()[-2:] == ["it said yes", "it said yes"]
    assert len(far.requests) == 2


def test_a_trial_cannot_be_replayed(browser: Browser, out: Outgoing, far: Server) -> None:
    """There is nothing that happened."""
    page = f"/admin/integrations/{out.create(far, script=ASKS)}/"
    log = try_it(browser, page, text="Hello")["log"]
    assert 'disabled title="It was only tried"' in browser.get(log).text


def test_the_log_can_be_filtered_by_kind(browser: Browser, out: Outgoing, far: Server) -> None:
    """Outgoing calls, or what came in."""
    out.create(far, name="Caller", channel="#general")
    hook = out.api.hook(name="Called")
    hook.post({"text": "Hello"})
    out.execution()
    outgoing = browser.get("/admin/logs/?kind=outgoing").text
    incoming = browser.get("/admin/logs/?kind=hook").text
    row = '<tr class="row"'
    assert (outgoing.count(row), incoming.count(row)) == (1, 1)
    assert '<option value="outgoing" selected>outgoing</option>' in outgoing
    assert browser.get("/admin/logs/?kind=nonsense").text.count(row) == 2
