"""Destinations in the admin pages: forms drawn from transports, states, tests, and who uses them."""

from __future__ import annotations

import html
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from admin import create_app
from engine import transports
from engine.runtime import Engine
from engine.transports.options import Kind
from tests.integration.admin_fixtures import SCRIPT, Browser, administrator, shown
from tests.sinks import OK, Sink
from tests.support import Api

NEW = "/admin/destinations/new/rocketchat/"
TOKEN = "atokenthatmustnotbeshown"
HOSTILE = "<script>alert('x')</script>"


@pytest.fixture
def app(make_engine: Callable[..., Engine]) -> Flask:
    """The application with quick deliveries."""
    return create_app(engine=make_engine(delivery_retry_s="0.05,600", delivery_timeout_s=2.0))


@pytest.fixture
def browser(app: Flask) -> Browser:
    return administrator(app)


@pytest.fixture
def sink() -> Iterator[Sink]:
    made = Sink()
    yield made
    made.close()


def hook_url(sink: Sink) -> str:
    return f"{sink.url}/hooks/abc/{TOKEN}"


def typed(sink: Sink, **values: str) -> dict[str, str]:
    """Return the form of a Rocket.Chat destination as a browser submits it; flags left out are off."""
    return {
        "name": "Far",
        "url": hook_url(sink),
        "api": "hook",
        "identity": "1",
        "max_chars": "5000",
        "enabled": "1",
        "concurrency": "1",
        "ratePerSecond": "0",
        **values,
    }


def add(api: Api, sink: Sink, **members: Any) -> str:
    given = {"type": "rocketchat", "name": "Far", "url": hook_url(sink), **members}
    made: str = api.post("destinations.create", **given)["destination"]["_id"]
    return made


def stored(api: Api) -> dict[str, Any]:
    [found] = api.get("destinations.list")["destinations"]
    assert isinstance(found, dict)
    return found


def tag(answer: TestResponse, name: str) -> str:
    """Return the tag of a field of the page."""
    [found] = re.findall(rf'<(?:input|select|textarea)[^>]* name="{name}"[^>]*>', answer.text)
    assert isinstance(found, str)
    return found


def page_of(destination_id: str) -> str:
    return f"/admin/destinations/{destination_id}/"


def wait_until(done: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_the_first_page_says_what_destinations_are_for(browser: Browser) -> None:
    """And leads to the kinds, each with what its address looks like."""
    assert "No destinations yet" in shown(browser.get("/admin/destinations/"))
    kinds = browser.get("/admin/destinations/new/")
    for type_, label in transports.LABELS.items():
        assert f'href="/admin/destinations/new/{type_}/"' in kinds.text
        assert label in shown(kinds)
        assert transports.load(type_).url.help in shown(kinds)


@pytest.mark.parametrize("type_", transports.LABELS)
def test_every_kind_has_a_form_with_all_it_can_be_told(browser: Browser, type_: str) -> None:
    """Label, help, choices and defaults are what the transport says of itself."""
    answer = browser.get(f"/admin/destinations/new/{type_}/")
    transport = transports.load(type_)
    for field in (transport.url, *transport.fields):
        drawn = tag(answer, field.name)
        assert f'<label for="{field.name}">' in answer.text
        assert " ".join(field.help.split()) in shown(answer)
        if field.secret and field.name != "url" and field.kind is Kind.TEXT:
            assert 'type="password"' in drawn
        if field.kind is Kind.FLAG:
            assert (" checked" in drawn) is bool(field.default)
        if field.kind is Kind.NUMBER:
            assert f'min="{field.least}" max="{field.greatest}"' in drawn
        for value, label in field.choices.items():
            assert re.search(rf'<option value="{value}"[^>]*>{label}</option>', answer.text)


def test_a_kind_that_is_none_is_not_found(browser: Browser) -> None:
    """Also one that would be a module."""
    for name in ("base", "nothing", "markdown"):
        assert browser.get(f"/admin/destinations/new/{name}/").status_code == 404


def test_a_destination_is_made_with_the_form(browser: Browser, api: Api, sink: Sink) -> None:
    """Every value arrives as its kind: flags, numbers, texts."""
    answer = browser.post(
        NEW,
        **typed(sink, channel="#ops", threads="1", max_chars="4000", concurrency="3"),
        noticeRoom="#general",
    )
    assert answer.status_code == 302
    made = stored(api)
    assert answer.location == page_of(made["_id"])
    assert {
        "type": "rocketchat",
        "name": "Far",
        "enabled": True,
        "channel": "#ops",
        "identity": True,
        "threads": True,
        "mention_everyone": False,
        "max_chars": 4000,
        "concurrency": 3,
        "ratePerSecond": 0,
        "noticeRoom": "#general",
    }.items() <= made.items()


def test_pairs_are_written_a_line_each(browser: Browser, api: Api, sink: Sink) -> None:
    """They come back as they were typed; a line that is none is refused, and not repeated."""
    values = {
        "name": "Slack",
        "url": f"{sink.url}/services/a/b/c",
        "people": "ada: U012ABCDEF\r\n\r\n grace : U0987654321\r\n",
        "enabled": "1",
        "concurrency": "1",
        "ratePerSecond": "0.5",
    }
    answer = browser.post("/admin/destinations/new/slack/", **values)
    assert answer.status_code == 302
    assert stored(api)["people"] == {"ada": "U012ABCDEF", "grace": "U0987654321"}
    assert stored(api)["ratePerSecond"] == 0.5
    page = browser.get(answer.location).text
    assert "ada: U012ABCDEF\ngrace: U0987654321</textarea>" in page
    assert 'name="ratePerSecond" maxlength="4000" autocomplete="off" value="0.5"' in page
    wrong = browser.post(
        "/admin/destinations/new/webhook/",
        **{**values, "headers": "Authorization Bearer s3cret-token"},
    )
    assert wrong.status_code == 422
    assert "a line is written “name: value”" in shown(wrong)
    assert "s3cret-token" not in wrong.text


def test_secrets_are_never_in_a_page(browser: Browser, api: Api, sink: Sink) -> None:
    """Not after saving, not after a refused save, and the address is one of them."""
    secret, header = "whsec_" + "QUJD" * 10, "Bearer headersecret"
    values = {
        "name": "Signed",
        "url": hook_url(sink),
        "secret": secret,
        "headers": f"Authorization: {header}",
        "enabled": "1",
        "concurrency": "1",
        "ratePerSecond": "0",
    }
    page = browser.post("/admin/destinations/new/webhook/", **values).location
    texts = {
        "list": browser.get("/admin/destinations/").text,
        "page": browser.get(page).text,
        "refused": browser.post(page, **{**values, "name": ""}).text,
        "refused new": browser.post(
            "/admin/destinations/new/webhook/", **{**values, "concurrency": "99"}
        ).text,
        "tested": browser.post(f"{page}test/", page=page).text,
    }
    assert sink.got[0].headers["Authorization"] == header
    for place, text in texts.items():
        for hidden in (TOKEN, secret, "headersecret"):
            assert hidden not in html.unescape(text), place
    for name in ("url", "secret"):
        field = tag(browser.get(page), name)
        assert 'type="password"' in field
        assert 'value=""' in field
        assert "kept; type to replace" in field
    assert "Type it once more" in texts["refused"]
    assert "Messages at the same time is a number from 1 to 16" in texts["refused new"]
    assert f"{sink.url}/…" in texts["list"]


def test_what_is_not_typed_is_kept(browser: Browser, api: Api, sink: Sink) -> None:
    """Saving a name does not touch address and secrets; typing replaces, “remove it” removes."""
    far = add(api, sink, type="webhook", headers={"X-One": "1st value"})
    page, url = page_of(far), f"{sink.url}/elsewhere"
    values = {
        "name": "Renamed",
        "url": "",
        "headers": "",
        "enabled": "1",
        "concurrency": "1",
        "ratePerSecond": "0",
    }
    assert browser.post(page, **values).status_code == 302
    browser.post(f"{page}test/", page=page)
    assert sink.got[-1].path == f"/hooks/abc/{TOKEN}"
    assert sink.got[-1].headers["X-One"] == "1st value"
    browser.post(page, **{**values, "url": url, "headers": "X-Two: 2nd value"})
    browser.post(f"{page}test/", page=page)
    assert sink.got[-1].path == "/elsewhere"
    assert sink.got[-1].headers["X-Two"] == "2nd value"
    assert "X-One" not in sink.got[-1].headers
    browser.post(page, **values, forget="headers")
    browser.post(f"{page}test/", page=page)
    assert sink.got[-1].path == "/elsewhere"
    assert "X-Two" not in sink.got[-1].headers
    assert stored(api)["name"] == "Renamed"


def test_an_address_cannot_be_removed(browser: Browser, api: Api, sink: Sink) -> None:
    """The page does not offer it, and who asks for it by hand keeps it."""
    page = page_of(add(api, sink))
    offered = re.findall(r'name="forget" value="(\w+)"', browser.get(page).text)
    assert offered == []
    assert browser.post(page, **typed(sink, url="", forget="url")).status_code == 302
    browser.post(f"{page}test/", page=page)
    assert sink.got[-1].path == f"/hooks/abc/{TOKEN}"


@pytest.mark.parametrize(
    ("values", "field", "told"),
    [
        ({"name": ""}, "name", "Name is missing"),
        ({"name": "x" * 129}, "name", "Name has at most 128 characters"),
        ({"url": ""}, "url", "The address is missing"),
        ({"url": "ftp://example.org/"}, "url", "begins with https:// or http://"),
        ({"api": "smoke"}, "api", "Way in is one of"),
        ({"channel": "a b"}, "channel", "Room does not look right"),
        ({"max_chars": "5"}, "max_chars", "is a whole number from 200"),
        ({"max_chars": "many"}, "max_chars", "is a whole number from 200"),
        ({"concurrency": "0"}, "concurrency", "is a number from 1 to 16"),
        ({"concurrency": "two"}, "concurrency", "is a number from 1 to 16"),
        ({"ratePerSecond": "-1"}, "ratePerSecond", "is a number from 0 to 1000"),
        ({"ratePerSecond": "nan"}, "ratePerSecond", "is a number from 0 to 1000"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    browser: Browser, api: Api, sink: Sink, values: dict[str, str], field: str, told: str
) -> None:
    """Nothing is saved, the field is marked, and what was typed elsewhere is still there."""
    answer = browser.post(NEW, **typed(sink, **{"noticeRoom": "#kept", **values}))
    assert answer.status_code == 422
    assert told in shown(answer)
    assert 'aria-invalid="true"' in tag(answer, field)
    assert 'value="#kept"' in tag(answer, "noticeRoom")
    assert api.get("destinations.list")["total"] == 0


def test_a_test_shows_what_the_far_side_answers(browser: Browser, api: Api, sink: Sink) -> None:
    """Status, the beginning of the answer and the time; for the page's script as JSON."""
    page = page_of(add(api, sink))
    arrived = browser.post(f"{page}test/", page=page)
    assert re.search(
        r"It arrived\. Sent POST http://127\S+ Status 200 Took [\d.]+ ms", shown(arrived)
    )
    assert '{"success":true}' in shown(arrived)
    assert "Far" in sink.got[0].text
    sink.answer = lambda _: (403, {}, f"{HOSTILE} not you {'z' * 5000}".encode())
    token = browser.csrf_token(page)
    answer = browser.client.post(
        f"{page}test/", data={"csrf_token": token}, headers={"Accept": "application/json"}
    )
    fragment = answer.get_json()["html"]
    assert "It did not arrive." in fragment
    assert ">403<" in fragment
    assert "<script" not in fragment
    assert html.escape(HOSTILE, quote=False).replace("'", "&#39;") in fragment
    assert "z" * 900 in fragment
    assert "z" * 1100 not in fragment
    assert api.get("deliveries.list")["total"] == 0


def test_a_test_of_nobody_says_so(browser: Browser, api: Api, sink: Sink) -> None:
    """There is no status, and the reason names the host."""
    page = page_of(add(api, sink))
    sink.close()
    text = shown(browser.post(f"{page}test/", page=page))
    assert "It did not arrive now." in text
    assert "Status no answer" in text
    assert "Connection refused" in text


def test_the_list_says_how_they_are(browser: Browser, api: Api, sink: Sink) -> None:
    """Kind, host, state with its reason, and how many wait, leading to them."""
    closed = Sink()
    closed.close()
    failing = add(api, closed, name="Failing")
    paused = add(api, sink, name="Paused")
    add(api, sink, name="Disabled", enabled=False)
    add(api, sink, name="Well")
    api.post("destinations.pause", destinationId=paused)
    hook = api.hook(destinations=[failing, paused])
    hook.post({"text": "a"})
    wait_until(
        lambda: api.get("destinations.get", destinationId=failing)["destination"]["failures"] > 1
    )
    answer = browser.get("/admin/destinations/")
    text = shown(answer)
    assert f"Failing Rocket.Chat {closed.url}/… failing {closed.url} did not accept" in text
    assert f"Paused Rocket.Chat {sink.url}/… paused by @admin" in text
    assert f"Disabled Rocket.Chat {sink.url}/… disabled" in text
    assert f"Well Rocket.Chat {sink.url}/… ok" in text
    assert f'href="/admin/deliveries/?destination={paused}&amp;state=pending">1</a>' in answer.text
    only = shown(browser.get("/admin/destinations/?state=paused"))
    assert "Paused Rocket.Chat" in only
    assert "Well" not in only
    assert "Well" in shown(browser.get("/admin/destinations/?state=what"))


def test_one_that_refuses_its_messages_is_not_said_to_be_well(
    browser: Browser, api: Api, sink: Sink
) -> None:
    """It answers, so nothing waits; until one arrives, its page says what it said last."""
    sink.answer = lambda _: (404, {}, b'{"success":false,"error":"no such hook"}')
    far = add(api, sink, name="Old")
    hook = api.hook(destinations=[far])
    hook.post({"text": "a"})
    wait_until(lambda: api.get("deliveries.list", state="failed")["total"] == 1)
    text = shown(browser.get("/admin/destinations/?state=refusing"))
    assert re.search(r"Old Rocket.Chat \S+ refusing HTTP 404 Not Found: no such hook", text)
    assert "refused the newest message" in shown(browser.get(f"/admin/destinations/{far}/"))
    sink.answer = lambda _: OK
    hook.post({"text": "b"})
    wait_until(lambda: api.get("deliveries.list", state="delivered")["total"] == 1)
    assert re.search(r"Old Rocket.Chat \S+ ok 0", shown(browser.get("/admin/destinations/")))


def test_pausing_holds_what_comes_and_resuming_sends_it(
    browser: Browser, api: Api, sink: Sink
) -> None:
    """By the buttons of its page, which says who paused it."""
    far = add(api, sink)
    page, hook = page_of(far), api.hook(destinations=[far])
    assert browser.post(f"{page}pause/", page=page).location == page
    hook.post({"text": "later"})
    text = shown(browser.get(page))
    assert re.search(r"Paused (just now|\d+ s ago) ?: by @admin", text)
    assert "1 waiting" in text
    assert sink.got == []
    browser.post(f"{page}resume/", page=page)
    assert sink.wait_for(1)[0].text == "later"
    assert "Paused" not in shown(browser.get(page)).split("State")[1]


def test_disabling_and_enabling_with_the_form(browser: Browser, api: Api, sink: Sink) -> None:
    """Disabled, new messages leave it out; enabled, they do not."""
    far = add(api, sink)
    page, hook = page_of(far), api.hook(destinations=["rooms", far])
    values = typed(sink, url="")
    del values["enabled"]
    answer = browser.post(page, **values)
    assert "disabled" in shown(browser.get(answer.location))
    hook.post({"text": "not there"})
    browser.post(page, **typed(sink, url=""))
    hook.post({"text": "there"})
    assert sink.wait_for(1)[0].text == "there"


def test_all_that_failed_is_tried_again(browser: Browser, api: Api, sink: Sink) -> None:
    """With one button, which is there only when something failed."""
    sink.answer = lambda _: (400, {}, b"no")
    far = add(api, sink)
    page, hook = page_of(far), api.hook(destinations=[far])
    assert "Retry all failed" not in shown(browser.get(page))
    for n in range(3):
        hook.post({"text": f"n{n}"})
    wait_until(lambda: api.get("deliveries.list", state="failed")["total"] == 3)
    assert "Retry all failed" in shown(browser.get(page))
    sink.answer = lambda _: OK
    answer = browser.post(f"{page}retry/", page=page)
    assert answer.location == f"/admin/deliveries/?destination={far}"
    assert "3 deliveries tried again" in shown(browser.get(answer.location))
    wait_until(lambda: api.get("deliveries.list", state="delivered")["total"] == 3)


def test_removing_is_refused_while_integrations_use_it(
    browser: Browser, api: Api, sink: Sink
) -> None:
    """The page names and links them, and has no button; afterwards it asks and removes."""
    far = add(api, sink)
    page = page_of(far)
    hook = api.hook(name=f"User {HOSTILE}", destinations=["rooms", far])
    asked = browser.get(f"{page}remove/")
    assert "1 integration posts to it" in shown(asked)
    assert f"User {HOSTILE}" in shown(asked)
    assert f"/admin/integrations/{hook.id}/" in asked.text
    assert "Remove it" not in asked.text
    refused = browser.post(f"{page}remove/", page=page)
    assert "post to it; change that first" in shown(browser.get(refused.location))
    assert stored(api)["_id"] == far
    api.post("destinations.pause", destinationId=far)
    hook.post({"text": "waits"})
    api.post("integrations.update", integrationId=hook.id, destinations=["rooms"])
    assert "1 delivery that waits for it is cancelled" in shown(browser.get(f"{page}remove/"))
    assert browser.post(f"{page}remove/").location == "/admin/destinations/"
    assert api.get("destinations.list")["total"] == 0
    assert api.get("deliveries.list")["deliveries"][0]["state"] == "cancelled"
    assert browser.get(page).status_code == 404


def test_names_cannot_become_markup(browser: Browser, api: Api, sink: Sink) -> None:
    """On no page that shows them, nor in titles."""
    far = add(api, sink, name=HOSTILE, channel=f"#{HOSTILE}".replace(" ", ""))
    hook = api.hook(SCRIPT, name=HOSTILE, destinations=["rooms", far])
    hook.post({})
    sink.wait_for(1)
    delivery = api.get("deliveries.list")["deliveries"][0]["_id"]
    for place in (
        "/admin/destinations/",
        page_of(far),
        f"{page_of(far)}remove/",
        "/admin/deliveries/",
        f"/admin/deliveries/{delivery}/",
        f"/admin/integrations/{hook.id}/",
        "/admin/integrations/",
        f"/admin/logs/{hook.last()['_id']}/",
    ):
        text = browser.get(place).text
        assert "<script>" not in text, place
        assert "&lt;script&gt;" in text, place


def test_strangers_and_forged_forms_change_nothing(
    app: Flask, browser: Browser, api: Api, sink: Sink
) -> None:
    """Without a login: the login page; without the token of the form: refused."""
    far = add(api, sink)
    page = page_of(far)
    stranger = Browser(app)
    for place in ("/admin/destinations/", page, NEW, "/admin/deliveries/"):
        assert "/admin/login" in stranger.get(place).location
    for action in ("", "test/", "pause/", "resume/", "retry/", "remove/"):
        assert browser.client.post(f"{page}{action}", data={}).status_code == 400
    assert (stored(api)["state"], sink.got) == ("ok", [])
