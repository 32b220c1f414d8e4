"""The first use, in a real browser: log in, paste a script, call it, see what became of it."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import ConsoleMessage, Locator, Page, expect, sync_playwright

from tests.acceptance.conftest import Server
from tests.conftest import missing
from tests.sinks import OK, Sink
from tests.support import PASSWORD

SEED = (
    Path(__file__).parents[2] / "scripts_examples" / "rocketchat_sample" / "script.js"
).read_text(encoding="utf-8")
SPEAKS = (
    "class Script { process_incoming_request({ request }) {"
    " return { content: { text: `${secrets.GREETING} ${request.content.text}` } } } }"
)
#: Nobody listens there.
CLOSED = "http://127.0.0.1:9/" + "x" * 300
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def is_complaint(said: ConsoleMessage) -> bool:
    """An error, unless it is the page that says why a script was not saved."""
    return said.type == "error" and "status of 422" not in said.text


@pytest.fixture
def page() -> Iterator[Page]:
    """A page of a fresh headless Chromium; what the browser complains about fails the test."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        missing("Chromium")
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        opened = browser.new_page(viewport={"width": 1440, "height": 900})
        opened.set_default_timeout(10_000)
        opened.on(
            "console", lambda said: complaints.append(said.text) if is_complaint(said) else None
        )
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        yield opened
        browser.close()
    assert complaints == []


def log_in(page: Page, server: Server) -> None:
    page.goto(f"http://127.0.0.1:{server.port}/")
    page.get_by_label("User name").fill("admin")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()


def create_integration(page: Page, server: Server, name: str, source: str) -> str:
    """Create an integration in the UI; return its URL's path."""
    page.goto(f"http://127.0.0.1:{server.port}/admin/integrations/new/")
    page.get_by_label("Name", exact=True).fill(name)
    page.locator("textarea[name=script]").fill(source, force=True)
    page.get_by_role("button", name="Save").first.click()
    page.get_by_role("button", name="Show").click()
    url = page.locator("text=/hooks\\/[A-Za-z0-9]{17}\\/[A-Za-z0-9]{48}/").first.inner_text()
    return "/hooks/" + url.strip().partition("/hooks/")[2]


def test_the_first_use(server: Server, page: Page) -> None:
    """The seed's script, pasted and called with the seed's curl lines, posts what the seed says."""
    log_in(page, server)
    path = create_integration(page, server, "Seed", SEED)
    first = {"icon_emoji": ":smirk:", "text": "Example message"}
    assert server.request("POST", path, first) == (200, {"success": True})
    other = {**first, "channel": "#notifications"}
    status, refused = server.request("POST", path, other)
    assert (status, refused["success"]) == (400, False)

    page.get_by_role("link", name="Rooms").click()
    page.get_by_role("link", name="general").first.click()
    message = page.locator("text=Example message").first
    expect(message).to_be_visible()
    expect(page.get_by_text("BOT", exact=True).first).to_be_visible()
    expect(page.get_by_text("😏").first).to_be_visible()

    page.get_by_role("link", name="Logs").click()
    expect(page.get_by_text("200 posted").first).to_be_visible()
    expect(page.get_by_text("overriding destination channel is disabled").first).to_be_visible()
    page.get_by_role("link", name="Seed").last.click()
    expect(page.get_by_role("heading", name="Console")).to_be_visible()
    expect(page.get_by_text("icon_emoji").first).to_be_visible()


def test_a_broken_script_is_explained(server: Server, page: Page) -> None:
    """At save with line and column; when it fails later, the execution shows the failing line."""
    log_in(page, server)
    page.goto(f"http://127.0.0.1:{server.port}/admin/integrations/new/")
    page.get_by_label("Name", exact=True).fill("Broken")
    page.locator("textarea[name=script]").fill("class Script {\n  method( {\n}\n", force=True)
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_text("Line 4, column 1").first).to_be_visible()
    assert "method( {" in page.locator("textarea[name=script]").input_value()

    source = (
        "class Script {\n  process_incoming_request({ request }) {\n"
        "    const color = request.content.lables.severity;\n    return { content: { color } };\n  }\n}\n"
    )
    path = create_integration(page, server, "Alerts", source)
    assert server.request("POST", path, {"labels": {}})[0] == 400
    page.get_by_role("link", name="Logs").click()
    expect(page.get_by_text("line 3").first).to_be_visible()
    page.get_by_role("link", name="Alerts").last.click()
    expect(page.get_by_text("TypeError").first).to_be_visible()
    expect(page.get_by_text("request.content.lables.severity").first).to_be_visible()


def test_a_sender_is_chosen_with_what_it_needs(server: Server, page: Page) -> None:
    """Only the fields of the chosen sender are there; who does not sign then gets a 401."""
    log_in(page, server)
    path = server.hook("class Script { process_incoming_request() { } }", name="Signed")
    page.goto(f"http://127.0.0.1:{server.port}/admin/integrations/{path.split('/')[2]}/")
    secret, header = page.locator("#secret"), page.get_by_label("Header", exact=True)
    expect(secret).to_be_hidden()
    page.get_by_label("Sender").select_option("basic")
    expect(page.get_by_label("Password")).to_be_visible()
    expect(page.get_by_label("User", exact=True)).to_be_visible()
    expect(header).to_be_hidden()
    page.get_by_label("Sender").select_option("hmac")
    header.fill("X-Mac")
    page.get_by_label("Secret", exact=True).fill("typed by hand")
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(secret).to_have_value("")
    expect(secret).to_have_attribute("placeholder", "••••••••")
    expect(header).to_have_value("X-Mac")
    assert server.request("POST", path, {})[0] == 401


def test_the_editor_tells_what_a_script_uses(server: Server, page: Page) -> None:
    """Below the script and in it, as it is typed; a note leads to its place."""
    source = (
        "class Script {\n  process_incoming_request({ request }) {\n"
        "    const text = s.trim(request.content.text);\n    require('x');\n"
        "    return { content: { text } };\n  }\n}\n"
    )
    server.hook(source, name="Uses")
    log_in(page, server)
    page.get_by_role("link", name="Integrations").first.click()
    page.get_by_role("link", name="Uses").first.click()
    panel = page.locator("#compatibility")
    expect(panel).to_contain_text("will not run")
    expect(panel).to_contain_text("1 problem · uses s.trim, require")
    expect(panel).to_contain_text("require does not exist in Rocket.Chat scripts either")
    expect(page.locator(".cm-lintRange-error")).to_have_text("require")
    page.get_by_role("button", name="Line 4, column 5").click()
    expect(page.locator(".cm-activeLine")).to_contain_text("require('x');")
    page.keyboard.type("console.log")
    expect(panel).to_contain_text("runs")
    expect(panel).not_to_have_attribute("open", "")
    expect(page.locator(".cm-lintRange-error")).to_have_count(0)
    panel.locator("summary").click()
    expect(panel).to_contain_text("what it is told is kept with the execution")


def test_the_form_decides_what_the_editor_tells(server: Server, page: Page) -> None:
    """What is remembered between requests is a warning unless the lifecycle is `kept`."""
    counts = "let n = 0;\nclass Script { process_incoming_request() { n += 1; } }"
    log_in(page, server)
    page.goto(f"http://127.0.0.1:{server.port}/admin/integrations/new/")
    page.locator("textarea[name=script]").fill(counts, force=True)
    panel = page.locator("#compatibility")
    expect(panel.get_by_text("n is remembered from one call")).to_be_visible()
    expect(page.locator(".cm-lintRange-warning")).to_have_text("n")
    page.get_by_label("Lifecycle").select_option("kept")
    expect(panel).not_to_contain_text("warning")
    expect(page.locator(".cm-lintRange-warning")).to_have_count(0)


def test_a_destination_is_added_tried_and_mended(server: Server, page: Page) -> None:
    """Made and tested on its page, chosen in an integration; what failed while it was broken arrives."""
    sink = Sink()
    log_in(page, server)
    page.get_by_role("link", name="Destinations").click()
    page.get_by_role("link", name="Add the first one").click()
    page.get_by_role("link", name="Webhook", exact=False).last.click()
    page.get_by_label("Name", exact=True).fill("Far side")
    page.get_by_label("Address").fill(f"{sink.url}/in")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_text("Created.")).to_be_visible()
    expect(page.get_by_label("Address")).to_have_value("")

    page.get_by_role("button", name="Test").click()
    expect(page.get_by_text("It arrived.")).to_be_visible()
    expect(page.get_by_text('{"success":true}')).to_be_visible()
    assert not page.url.endswith("/test/")
    assert len(sink.got) == 1

    path = create_integration(page, server, "Speaker", SPEAKS)
    page.get_by_label("Far side").check()
    page.get_by_label("Name of secret 1").fill("GREETING")
    page.get_by_label("Value of secret 1").fill("hello from afar")
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_label("Value of GREETING")).to_have_value("")
    assert server.request("POST", path, {"text": "one"})[0] == 200
    assert "hello from afar one" in sink.wait_for(2)[1].body.decode()
    page.get_by_role("link", name="Deliveries").click()
    expect_soon(page, page.get_by_role("row", name="hello from afar one delivered"))

    sink.answer = lambda _: (400, {}, b"<b>not like that</b>")
    assert server.request("POST", path, {"text": "two"})[0] == 200
    sink.wait_for(3)
    expect_soon(page, page.get_by_role("row", name="hello from afar two").get_by_text("failed"))
    page.get_by_label("State").select_option("failed")
    expect(page.get_by_role("row")).to_have_count(2)
    page.get_by_role("link", name="Far side").click()
    expect(page.get_by_text("<b>not like that</b>").last).to_be_visible()
    sink.answer = lambda _: OK
    page.get_by_role("button", name="Retry").click()
    expect(page.get_by_text("It is tried again.")).to_be_visible()
    assert "hello from afar two" in sink.wait_for(4)[3].body.decode()
    expect_soon(page, page.get_by_role("heading", name="2 requests"))
    expect(page.get_by_text("delivered", exact=True).first).to_be_visible()
    sink.close()


def expect_soon(page: Page, wanted: Locator) -> None:
    """Reload a page until it shows something."""
    deadline = time.monotonic() + 10
    while not wanted.count():
        assert time.monotonic() < deadline, page.locator("main").inner_text()
        page.wait_for_timeout(100)
        page.reload()


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_is_wider_than_the_window(
    server: Server, page: Page, width: int, scheme: str
) -> None:
    """Long words, long tables and long scripts scroll inside their boxes."""
    long = "x" * 300
    path = server.hook(
        "class Script { process_incoming_request({ request }) { console.log(request.content.text);"
        " return { content: { text: request.content.text, attachments: [{ title: 'T', fields:"
        " [{ title: 'a', value: request.content.text }] }] } } } }",
        name=long[:100],
    )
    server.request("POST", path, {"text": long})
    far = server.api("POST", "destinations.create", type="webhook", name=long[:128], url=CLOSED)
    far_id = far["destination"]["_id"]
    path = server.hook(
        "class Script { process_incoming_request({ request }) { return { content: request.content } } }",
        destinations=[far_id],
    )
    server.request("POST", path, {"text": long})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 900})
    log_in(page, server)
    executions = server.api("GET", "executions.list")["executions"]
    execution, remote = executions[-1], executions[0]
    delivery = server.api("GET", "deliveries.list")["deliveries"][0]["_id"]
    for place in (
        "/admin/",
        "/admin/integrations/",
        f"/admin/integrations/{execution['integrationId']}/",
        "/admin/logs/",
        f"/admin/logs/{execution['_id']}/",
        f"/admin/logs/{remote['_id']}/",
        f"/admin/integrations/{remote['integrationId']}/",
        "/admin/deliveries/",
        f"/admin/deliveries/{delivery}/",
        "/admin/destinations/",
        "/admin/destinations/new/",
        "/admin/destinations/new/rocketchat/",
        f"/admin/destinations/{far_id}/",
        f"/admin/destinations/{far_id}/remove/",
        "/admin/rooms/",
        "/admin/users/",
    ):
        answer = page.goto(f"http://127.0.0.1:{server.port}{place}")
        assert answer is not None
        assert answer.ok, place
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{place} is {wide} px too wide"


def test_a_pause_counts_down_and_can_be_ended(serve: Callable[..., Server], page: Page) -> None:
    """The page tells the time that is left, and that it is over; the button ends it at once."""
    server = serve(pause_after_failures=1)
    path = server.hook(
        "class Script { process_incoming_request() { for (;;); } }", limits={"cpuS": 0.1}
    )
    assert server.request("POST", path, {})[0] == 400
    assert server.request("POST", path, {})[0] == 503
    log_in(page, server)
    page.clock.install()
    page.goto(f"http://127.0.0.1:{server.port}/admin/integrations/{path.split('/')[2]}/")
    expect(page.get_by_text(re.compile("Paused for another [123][0-9]? s"))).to_be_visible()
    page.clock.fast_forward(31_000)
    expect(page.get_by_text("The pause is over")).to_be_visible()
    expect(page.get_by_text("Paused for another")).to_be_hidden()
    page.get_by_role("button", name="Resume now").click()
    expect(page.get_by_text("Resumed: the next call runs the script.")).to_be_visible()
    assert server.request("POST", path, {})[0] == 400
