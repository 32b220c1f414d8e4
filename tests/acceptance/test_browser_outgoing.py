"""An outgoing integration in a real browser: made, tried, triggered, and its call read in the log."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests import internet
from tests.acceptance.conftest import Server
from tests.acceptance.test_browser import log_in
from tests.acceptance.test_browser import page as page
from tests.outgoing import eventually, in_turn, reply

SOURCE = (
    "class Script { prepare_outgoing_request({ request }) {"
    " console.log('asked', request.data.text); return { ...request, data: { q: request.data.text } }; }"
    " process_outgoing_response({ response }) {"
    " return { content: { text: `it said ${JSON.parse(response.content).word}` } }; } }"
)


@pytest.fixture
def far() -> Iterator[internet.Server]:
    """A far side that knows one word."""
    started = internet.Server(in_turn(reply({"word": "yes"})))
    yield started
    started.close()


def test_a_bot_is_made_tried_and_asked(server: Server, page: Page, far: internet.Server) -> None:
    """Only what counts for the chosen system is shown; a trial calls nobody; the log tells the call."""
    log_in(page, server)
    page.goto(f"http://127.0.0.1:{server.port}/admin/integrations/new/")
    page.get_by_role("link", name="Outgoing").click()
    page.get_by_label("Name", exact=True).fill("Oracle")
    page.get_by_label("Trigger words").fill("#ask")
    page.get_by_label("URLs").fill(f"http://127.0.0.1:{far.port}/in")
    dialect = page.get_by_label("Calls like")
    dialect.select_option("mattermost")
    expect(page.get_by_label("Triggered when")).to_be_visible()
    expect(page.get_by_label("Words anywhere")).to_be_hidden()
    dialect.select_option("rocketchat")
    expect(page.get_by_label("Triggered when")).to_be_hidden()
    expect(page.get_by_label("Words anywhere")).to_be_visible()
    page.locator("textarea[name=script]").fill(SOURCE, force=True)
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_role("heading", name="Oracle")).to_be_visible()

    # Until the page's script runs, Show leads to a page of its own.
    expect(page.get_by_role("button", name="Run")).to_be_visible()
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#url")).not_to_contain_text("•")
    page.get_by_role("button", name="Hide").click()
    expect(page.locator("#url")).to_contain_text("••••")
    page.get_by_label("Message", exact=True).fill("#ask will it rain?")
    page.get_by_role("button", name="Run").click()
    result = page.locator("#result")
    expect(result.get_by_text(f"POST http://127.0.0.1:{far.port}/in")).to_be_visible()
    expect(result.get_by_text('"q": "#ask will it rain?"')).to_be_visible()
    page.get_by_text("And an answer").click()
    page.get_by_label("Status").fill("200")
    page.get_by_label("Body").fill('{"word": "maybe"}')
    page.get_by_role("button", name="Run").click()
    expect(result.get_by_text("it said maybe")).to_be_visible()
    assert far.requests == []

    server.api("POST", "chat.postMessage", channel="#general", text="#ask will it snow?")
    eventually(lambda: far.requests)
    eventually(
        lambda: (
            server.api("GET", "channels.messages?roomName=general")["messages"][0]["msg"]
            == "it said yes"
        )
    )
    page.get_by_role("link", name="Logs").first.click()
    page.get_by_label("Kind").select_option("outgoing")
    page.get_by_role("button", name="Filter").click()
    page.get_by_role("table").get_by_role("link", name="Oracle").click()
    for heading in ("Triggered by", "Console", "Call", "Answer", "Message", "Steps"):
        expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
    expect(page.get_by_label("Triggered by").get_by_text("#ask will it snow?")).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )
    page.get_by_label("Triggered by").get_by_role("link", name="#general").click()
    expect(page.get_by_text("#ask will it snow?")).to_be_visible()
