"""
Mattermost: outgoing webhooks (its documentation of version 1.2).

What it says of messages holds for those of incoming webhooks too, and is checked with them.

Not checked, because nothing of it is Hooksmith's: which of Mattermost's pages switches something on.
"""

from __future__ import annotations

import pytest

from tests.acceptance.places import Hook, Place, words

#: The table that the page's example answers with.
BUILD_BREAK = """
---
##### Build Break - Project X - December 12, 2015 - 15:32 GMT +0
| Component | Tests Run | Tests Failed |
|:-----------|:------------|:-----------------------------------------------|
| Server | 948 | :white_check_mark: 0 |
| Web Client | 123 | :warning: [2 (see details)](http://linktologs) |
| iOS Client | 78 | :warning: [3 (see details)](http://linktologs) |
---
"""
ICON = "http://somewebsite.com/somecoolimage.jpg"


@pytest.fixture
def hook(place: Place) -> Hook:
    return place.hook("mattermost")


# -- what messages may hold ---------------------------------------------------------------


def test_markdown_is_supported(place: Place, hook: Hook) -> None:
    """Headers, formatted fonts, tables and inline pictures of Markdown are shown as such."""
    hook.post({"text": "# Head\n**bold** _it_ `code`\n\n| a |\n|---|\n| b |\n"})
    page = place.page()
    for element in ("<strong>bold</strong>", "<em>it</em>", "<code>code</code>", "<table", "Head"):
        assert element in page
    assert "#" not in words(page)


def test_the_example_is_rendered(place: Place, hook: Hook) -> None:
    """The build's table: its title, four lines, two links, and emoji for their names."""
    assert hook.post({"text": BUILD_BREAK}).body == b"ok"
    page = place.page()
    assert "Build Break - Project X - December 12, 2015 - 15:32 GMT +0" in words(page)
    assert page.count("<tr") == 4
    assert page.count('href="http://linktologs"') == 2
    assert "⚠" in page
    assert ":warning:" not in page


def test_a_payload_has_header_line_end_and_bold_text(place: Place, hook: Hook) -> None:
    """payload= with Markdown in it: a header, a line end and bold text."""
    body = r'payload={"text": "# A Header\nThe _text_ below **the** header."}'
    assert hook.post(body.encode()).body == b"ok"
    assert place.texts() == ["# A Header\nThe _text_ below **the** header."]
    page = place.page()
    assert "<em>text</em>" in page
    assert "<strong>the</strong>" in page
    assert words(page).endswith("A Header The text below the header.")


def test_a_text_is_limited(place: Place, hook: Hook) -> None:
    """A message's text is limited like that of all others; a longer one goes on in the next message."""
    text = " ".join(f"word{n}" for n in range(1500))
    assert hook.post({"text": text}).body == b"ok"
    texts = place.texts()
    assert len(texts) > 1
    assert " ".join(texts) == text
    assert max(map(len, texts)) <= 5000


def test_a_link_in_angle_brackets_is_a_link(place: Place, hook: Hook) -> None:
    """Slack's <url> is shown as a link."""
    hook.post({"text": "<http://www.mattermost.com/>"})
    assert 'href="http://www.mattermost.com/"' in place.page()
    assert words(place.page()).endswith("http://www.mattermost.com/")


def test_a_link_with_a_bar_has_its_own_text(place: Place, hook: Hook) -> None:
    """Slack's <url|text> becomes Markdown's link with that text."""
    hook.post({"text": "Click <http://www.mattermost.com/|here> for a link."})
    assert place.texts() == ["Click [here](http://www.mattermost.com/) for a link."]
    assert 'href="http://www.mattermost.com/"' in place.page()
    assert words(place.page()).endswith("Click here for a link.")


def test_posts_of_webhooks_are_marked_as_a_bots(place: Place, hook: Hook) -> None:
    """Whatever name it chose, BOT stands beside a post that came from a webhook."""
    hook.post({"text": "x", "username": "admin"})
    assert "admin BOT" in words(place.page())


# -- names and pictures -------------------------------------------------------------------


def test_username_may_be_overridden(place: Place, hook: Hook) -> None:
    """With overriding of usernames on, `username` is who the message is from; else the creator is."""
    sent = {"username": "robot", "text": "Hello, this is some text."}
    hook.post(sent)
    place.hook("mattermost", usernameOverrideEnabled=False).post(sent)
    overridden, own = place.messages()
    assert overridden["alias"] == "robot"
    assert "alias" not in own
    assert own["u"]["username"] == "rocket.cat"


def test_icon_may_be_overridden(place: Place, hook: Hook) -> None:
    """With overriding of icons on, `icon_url` is the message's picture; else the creator's is."""
    sent = {"icon_url": ICON, "text": "Hello, this is some text."}
    hook.post(sent)
    place.hook("mattermost", iconOverrideEnabled=False).post(sent)
    overridden, own = place.messages()
    assert overridden["avatar"] == ICON
    assert "avatar" not in own
