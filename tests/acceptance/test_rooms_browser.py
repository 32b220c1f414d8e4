"""People talk in rooms, in real browsers: two of them see each other's messages, edits and threads."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import ConsoleMessage, Locator, Page, expect, sync_playwright

from tests.acceptance.conftest import Server
from tests.acceptance.test_browser import ARGUMENTS, log_in
from tests.blocks import KINDS
from tests.conftest import missing

#: A poll comes every two seconds; the machine may be busy.
SOON_MS = 20_000
Open = Callable[..., Page]


def is_complaint(said: ConsoleMessage) -> bool:
    """An error, unless it is a message that is refused, or a picture that is nowhere."""
    expected = ("status of 400", "ERR_UNSAFE_PORT", "ERR_FAILED", "ERR_INTERNET_DISCONNECTED")
    return said.type == "error" and not any(one in said.text for one in expected)


@pytest.fixture
def open_room(server: Server) -> Iterator[Open]:
    """Open a room in a fresh browser of its own; what a browser complains about fails the test."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        missing("Chromium")
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)

        def opened(name: str = "general", **options: Any) -> Page:
            options = {"viewport": {"width": 1440, "height": 900}, **options}
            page = browser.new_context(**options).new_page()
            page.set_default_timeout(SOON_MS)
            page.on(
                "console", lambda said: complaints.append(said.text) if is_complaint(said) else None
            )
            page.on("pageerror", lambda error: complaints.append(str(error)))
            log_in(page, server)
            page.goto(room_address(server, name))
            return page

        yield opened
        browser.close()
    assert complaints == []


def room_id(server: Server, name: str = "general") -> str:
    found: str = server.api("GET", f"channels.info?roomName={name}")["channel"]["_id"]
    return found


def room_address(server: Server, name: str = "general") -> str:
    return f"http://127.0.0.1:{server.port}/admin/rooms/{room_id(server, name)}/"


def say(server: Server, text: str, **more: Any) -> dict[str, Any]:
    """Post over the API."""
    made: dict[str, Any] = server.api(
        "POST", "chat.postMessage", channel="#general", text=text, **more
    )["message"]
    return made


def composer(page: Page) -> Locator:
    return page.get_by_label("Message #general", exact=True)


def in_room(page: Page, text: str) -> Locator:
    return page.locator("#talk .msg").filter(has_text=text)


def in_thread(page: Page, text: str) -> Locator:
    return page.locator("#thread .msg").filter(has_text=text)


def see(wanted: Locator) -> None:
    expect(wanted).to_be_visible(timeout=SOON_MS)


def test_reactions_and_deletions_come_to_an_open_room(server: Server, open_room: Open) -> None:
    """Without a reload: a pill appears and goes, a message goes, and what answered it stays."""
    kept, gone = say(server, "kept"), say(server, "to be deleted")
    say(server, "its answer", tmid=gone["_id"])
    page = open_room()
    page.evaluate("window.isSame = true")
    see(in_room(page, "kept"))
    see(in_room(page, "its answer"))
    server.api("POST", "chat.react", messageId=kept["_id"], emoji="tada")
    pill = in_room(page, "kept").locator(".reaction")
    see(pill)
    expect(pill).to_contain_text("🎉 1")
    expect(pill.locator(".sr-only")).to_have_text("tada: @admin")
    server.api("POST", "chat.react", messageId=kept["_id"], emoji="tada")
    expect(pill).to_have_count(0, timeout=SOON_MS)
    server.api("POST", "chat.delete", roomId=gone["rid"], msgId=gone["_id"])
    expect(in_room(page, "to be deleted")).to_have_count(0, timeout=SOON_MS)
    see(in_room(page, "its answer"))
    expect(page.get_by_text("in reply to")).to_have_count(0)
    assert page.evaluate("window.isSame") is True


def test_two_people_talk(server: Server, open_room: Open) -> None:
    """What one says, edits and answers is there for the other, without a reload."""
    one, two = open_room(), open_room()
    one.evaluate("window.isSame = true")
    composer(two).fill("*Hello* from two")
    composer(two).press("Enter")
    expect(composer(two)).to_have_value("")
    see(in_room(two, "Hello from two"))
    see(in_room(one, "Hello from two"))
    expect(in_room(one, "Hello from two").locator("strong")).to_have_text("Hello")

    composer(two).press("ArrowUp")
    see(two.get_by_text("Editing your message"))
    expect(composer(two)).to_have_value("*Hello* from two")
    composer(two).fill("*Goodbye* from two")
    composer(two).press("Enter")
    expect(two.get_by_text("Editing your message")).to_be_hidden()
    see(in_room(two, "Goodbye from two").get_by_text("(edited"))
    see(in_room(one, "Goodbye from two").get_by_text("(edited"))
    expect(in_room(one, "Hello from two")).to_have_count(0)

    in_room(one, "Goodbye from two").hover()
    in_room(one, "Goodbye from two").get_by_role("link", name="Reply").click()
    reply = one.get_by_label("Reply", exact=True)
    expect(reply).to_be_focused()
    reply.fill("Come back")
    reply.press("Enter")
    see(in_thread(one, "Come back"))
    expect(one.locator("#thread-count")).to_have_text("1 reply")
    see(in_room(two, "Goodbye from two").get_by_text("1 reply"))
    see(in_room(two, "in reply to “Goodbye from two”").get_by_text("Come back"))
    in_room(two, "Goodbye from two").get_by_text("1 reply").click()
    two.get_by_label("Reply", exact=True).fill("I am back")
    two.get_by_label("Reply", exact=True).press("Enter")
    see(in_thread(one, "I am back"))
    expect(one.locator("#thread-count")).to_have_text("2 replies")
    two.get_by_label("Reply", exact=True).press("ArrowUp")
    two.get_by_label("Reply", exact=True).fill("I stay")
    two.get_by_label("Reply", exact=True).press("Enter")
    see(in_thread(one, "I stay"))
    expect(in_thread(one, "I am back")).to_have_count(0)
    reply.press("Escape")
    expect(one.locator("#thread")).to_have_count(0)
    assert one.evaluate("window.isSame") is True


PNG = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGA"
    "WjR9awAAAABJRU5ErkJggg=="
)
SVG = (
    'data:image/svg+xml;ascii,<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" '
    "onload=\"document.title='run'\"><script>document.title='run'</script>"
    '<image href="https://picture.invalid/x.png"/><circle r="9" fill="red"/></svg>'
)


def test_pictures_in_data_addresses_are_shown_and_run_nothing(
    server: Server, open_room: Open
) -> None:
    """Raster and SVG, in every place, within the page's policy; a page in one is words, no link."""
    page = open_room()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate(
        "window.violations = [];"
        "document.addEventListener('securitypolicyviolation', e => violations.push(e.blockedURI))"
    )
    title = page.title()
    attachment = {
        "author_name": "Ada",
        "author_icon": SVG,
        "title": "Its title",
        "title_link": "data:text/html,<script>document.title='run'</script>",
        "text": "words",
        "thumb_url": PNG,
        "image_url": SVG,
    }
    say(server, "with pictures", avatar=PNG, attachments=[attachment])
    message = in_room(page, "with pictures")
    see(message.get_by_text("Title's link: text/html"))
    pictures = message.locator("img")
    expect(pictures).to_have_count(4)
    for index in range(4):
        pictures.nth(index).scroll_into_view_if_needed()
    page.wait_for_function(
        "[...document.querySelectorAll('#talk .msg:last-of-type img')]"
        ".every(one => one.complete && one.naturalWidth > 0)"
    )
    expect(message.locator(".att a")).to_have_count(0)
    message.get_by_text("Its title").click()
    assert page.evaluate("violations") == []
    assert page.title() == title
    assert not [url for url in asked if "picture.invalid" in url]


def test_keys_do_what_chats_do(server: Server, open_room: Open) -> None:
    """Shift+Enter is a new line, Escape ends an edit, and a draft outlives it; nothing empty is sent."""
    page = open_room()
    box = composer(page)
    box.press("Enter")
    box.fill("first")
    box.press("Shift+Enter")
    box.press_sequentially("second")
    box.press("Enter")
    see(in_room(page, "second"))
    assert server.api("GET", "channels.messages?roomName=general")["messages"][0]["msg"] == (
        "first\nsecond"
    )
    box.press("ArrowUp")
    expect(box).to_have_value("first\nsecond")
    expect(page.get_by_role("button", name="Save")).to_be_visible()
    box.press("Escape")
    expect(box).to_have_value("")
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    box.fill("a draft")
    in_room(page, "second").hover()
    in_room(page, "second").get_by_role("link", name="Edit").click()
    page.get_by_role("link", name="Cancel").click()
    expect(box).to_have_value("a draft")
    expect(page.get_by_role("button", name="Send").locator("kbd")).to_have_text("↵")
    assert server.api("GET", "channels.messages?roomName=general")["total"] == 1


def test_names_are_completed(server: Server, open_room: Open) -> None:
    """By arrows and Enter or Tab, or a click; Escape leaves what was typed."""
    for name in ("ada", "adam"):
        server.api("POST", "users.create", username=name, name="<b>A</b>", password="x" * 12)
    server.api("POST", "channels.create", name="ops.on-call")
    page = open_room()
    box, names = composer(page), page.get_by_role("listbox")
    box.press_sequentially("ask @ad")
    expect(names.get_by_role("option")).to_have_count(3)
    expect(names.get_by_role("option").first).to_contain_text("<b>A</b>")
    expect(names.get_by_role("option", selected=True)).to_contain_text("@ada")
    box.press("ArrowDown")
    expect(names.get_by_role("option", selected=True)).to_contain_text("@adam")
    box.press("Enter")
    expect(box).to_have_value("ask @adam ")
    expect(names).to_be_hidden()
    box.press_sequentially("in #op")
    expect(names.get_by_role("option", selected=True)).to_contain_text("#ops.on-call")
    box.press("Tab")
    expect(box).to_have_value("ask @adam in #ops.on-call ")
    box.press_sequentially("or @a")
    expect(names).to_be_visible()
    box.press("Escape")
    expect(names).to_be_hidden()
    box.press_sequentially("d")
    names.get_by_role("option").first.click()
    expect(box).to_have_value("ask @adam in #ops.on-call or @ada ")
    expect(box).to_be_focused()
    box.press("Enter")
    see(in_room(page, "ask @adam").locator(".md-channel"))


def test_nothing_moves_while_one_reads(server: Server, open_room: Open) -> None:
    """What comes below waits behind a button; an edit above changes no place on the screen."""
    ids = [say(server, f"message {n}")["_id"] for n in range(60)]
    page = open_room()
    see(in_room(page, "message 59"))
    page.get_by_role("link", name="Show older messages").click()
    expect(page.locator("#talk .msg")).to_have_count(60)
    page.evaluate("document.getElementById('chat').scrollTop = 600")
    page.wait_for_timeout(300)
    place = "id => document.getElementById(`m-${id}`).getBoundingClientRect().top"
    watched = page.evaluate(
        "[...document.querySelectorAll('#talk .msg')].find("
        "one => one.getBoundingClientRect().top > 300).dataset.id"
    )
    before = page.evaluate(place, watched)
    room = room_id(server)
    server.api("POST", "chat.update", roomId=room, msgId=ids[0], text="long\n\n" * 12 + "edited")
    say(server, "fresh")
    see(page.get_by_role("button", name="1 new message"))
    see(in_room(page, "edited").first)
    assert abs(page.evaluate(place, watched) - before) <= 1
    page.get_by_role("button", name="1 new message").click()
    expect(in_room(page, "fresh")).to_be_in_viewport()
    expect(page.get_by_role("button", name="1 new message")).to_be_hidden()
    say(server, "fresher")
    see(in_room(page, "fresher"))
    expect(in_room(page, "fresher")).to_be_in_viewport()


def test_what_is_refused_or_not_sent_stays(server: Server, open_room: Open) -> None:
    """With the reason below it, until it is mended; the server may be away for a while."""
    page = open_room()
    box = composer(page)
    box.fill("x" * 5001)
    box.press("Enter")
    see(page.get_by_text("The text is longer than 5000 characters."))
    expect(box).to_have_value("x" * 5001)
    page.context.set_offline(True)
    box.fill("not lost")
    box.press("Enter")
    see(page.get_by_text("The server could not be reached."))
    expect(box).to_have_value("not lost")
    page.context.set_offline(False)
    box.press("Enter")
    see(in_room(page, "not lost"))
    expect(page.get_by_text("The server could not be reached.")).to_be_hidden()
    page.context.clear_cookies()
    box.fill("by nobody")
    box.press("Enter")
    see(page.get_by_text("You are logged out."))
    expect(box).to_have_value("by nobody")
    other = page.context.new_page()
    log_in(other, server)
    other.close()
    box.press("Enter")
    see(in_room(page, "by nobody"))
    expect(page.get_by_text("You are logged out.")).to_be_hidden()


def test_a_room_works_without_scripts(server: Server, open_room: Open) -> None:
    """Posting, editing and answering are forms and links."""
    page = open_room(java_script_enabled=False)
    composer(page).fill("plain")
    page.get_by_role("button", name="Send").click()
    see(in_room(page, "plain"))
    in_room(page, "plain").hover()
    in_room(page, "plain").get_by_role("link", name="Edit").click()
    expect(composer(page)).to_have_value("plain")
    composer(page).fill("plainer")
    page.get_by_role("button", name="Save").click()
    see(in_room(page, "plainer").get_by_text("(edited"))
    in_room(page, "plainer").hover()
    in_room(page, "plainer").get_by_role("link", name="Reply").click()
    page.get_by_label("Reply", exact=True).fill("an answer")
    page.locator("#thread").get_by_role("button", name="Send").click()
    see(in_thread(page, "an answer"))
    page.get_by_role("link", name="Close").click()
    see(in_room(page, "plainer").get_by_text("1 reply"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_one_thing_at_a_time(server: Server, open_room: Open, scheme: str) -> None:
    """Room or thread, all of it inside the window; long words, code and lost pictures included."""
    attachment = {"title": "Graph", "image_url": "http://127.0.0.1:9/x.png", "text": "y" * 300}
    head = say(server, "x" * 400 + "\n```\n" + "code " * 100 + "\n```", attachments=[attachment])
    say(server, "z" * 400, tmid=head["_id"])
    page = open_room(viewport={"width": 390, "height": 780}, color_scheme=scheme)
    see(composer(page))
    see(page.get_by_text("Graph (picture not available)"))
    assert_fits(page)
    page.locator("#talk").get_by_text("1 reply").click()
    see(in_thread(page, "z" * 400))
    expect(composer(page)).to_be_hidden()
    assert_fits(page)
    expect(page.locator("#thread").get_by_role("button", name="Send")).to_be_in_viewport(ratio=1)
    page.get_by_role("link", name="Close").click()
    see(composer(page))
    expect(page.get_by_role("button", name="Send")).to_be_in_viewport(ratio=1)
    ground = page.evaluate(
        "getComputedStyle(document.querySelector('.composer textarea')).backgroundColor"
    )
    lightness = sum(int(part) for part in re.findall(r"\d+", ground)[:3])
    assert (lightness > 600) is (scheme == "light")


def test_a_finger_s_enter_is_a_new_line(server: Server, open_room: Open) -> None:
    """There is a button to send, and what can be done with a message is there to be touched."""
    say(server, "touch me")
    page = open_room(viewport={"width": 390, "height": 780}, has_touch=True, is_mobile=True)
    composer(page).fill("one")
    composer(page).press("Enter")
    composer(page).press_sequentially("two")
    expect(composer(page)).to_have_value("one\ntwo")
    page.get_by_role("button", name="Send").tap()
    see(in_room(page, "two"))
    in_room(page, "touch me").get_by_role("link", name="Reply").tap()
    see(in_thread(page, "touch me"))


@pytest.mark.parametrize("width", [1440, 390])
def test_blocks_fit_the_window(server: Server, open_room: Open, width: int) -> None:
    """One of each kind, with long words; their links lead out, their buttons do nothing."""
    long = {"type": "section", "text": {"type": "plain_text", "text": "x" * 400}}
    kinds = json.dumps([block for block, _ in KINDS.values()])
    kinds = kinds.replace("https://img.example/", "http://127.0.0.1:9/")
    say(server, "", blocks=[*json.loads(kinds), {"type": "divider"}, long])
    page = open_room(viewport={"width": width, "height": 780})
    see(in_room(page, "x" * 400))
    assert_fits(page)
    expect(page.get_by_role("link", name="Open").first).to_have_attribute(
        "href", "https://ci.example/7"
    )
    expect(page.get_by_role("button", name="Approve").first).to_be_disabled()
    expect(page.get_by_text("(empty message)")).to_have_count(0)


def assert_fits(page: Page) -> None:
    for side in ("Width", "Height"):
        beyond = page.evaluate(f"document.documentElement.scroll{side} - window.inner{side}")
        assert beyond <= 0, f"{beyond} px too much {side.lower()}"


def test_hidden_text_is_shown_by_click_or_key(server: Server, open_room: Open) -> None:
    """Without a script: a word by the mouse, a block by the space bar."""
    say(server, "the end is ||a *sad* one||\n||\nnobody survives\n||")
    page = open_room(java_script_enabled=False)
    message = in_room(page, "the end is")
    word, block = message.get_by_text("sad"), message.get_by_text("nobody survives")
    expect(word).to_be_hidden()
    expect(block).to_be_hidden()
    message.locator("p .md-spoiler").click()
    expect(word).to_be_visible()
    message.get_by_label("Show what is hidden").last.press("Space")
    expect(block).to_be_visible()
