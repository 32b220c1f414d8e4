"""Rocket.Chat's blocks: read, shown in a room, and as attachments for other systems."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from admin.rendering import excerpt, install, message_view
from engine.transports.attachments import read_attachments
from engine.transports.blocks import attachments_of_blocks
from engine.uikit.blocks import read
from tests.blocks import BUTTON, KINDS, LINK, PICTURE, marked, plain


@pytest.fixture(scope="module")
def show() -> Callable[[Any], str]:
    """Return what a page shows of a message."""
    app = Flask("admin")
    install(app)
    template = app.jinja_env.from_string(
        '{% from "rooms/_message.html" import message %}{{ message(m) }}'
    )
    return lambda message: template.render(m=message)


@pytest.mark.parametrize(("block", "words"), KINDS.values(), ids=KINDS)
def test_every_kind_says_its_words(block: dict[str, Any], words: list[str]) -> None:
    """In a room, and in what other systems get."""
    view = message_view({"blocks": [block]})
    assert not view.is_empty
    shown = repr(view.blocks)
    sent = json.dumps(attachments_of_blocks([block]), ensure_ascii=False)
    for word in words:
        assert word in shown
        assert word in sent
    assert excerpt({"blocks": [block]}) != "(empty message)"


def test_pictures_and_addresses_are_kept() -> None:
    """A button leads where it says, a picture is shown; what runs something is neither."""
    [section, actions, evil] = message_view(
        {
            "blocks": [
                {"type": "section", "text": marked("x"), "accessory": PICTURE},
                {"type": "actions", "elements": [LINK, BUTTON]},
                {
                    "type": "actions",
                    "elements": [{**BUTTON, "url": "javascript:alert(1)"}],
                },
            ]
        }
    ).blocks
    assert section.thumb
    assert (section.thumb.src, section.thumb.alt) == ("https://img.example/a.png", "a graph")
    assert [one.url for one in actions.buttons] == ["https://ci.example/7", None]
    assert [(one.text, one.url) for one in evil.buttons] == [("Approve", None)]
    [unshown] = message_view({"blocks": [{**PICTURE, "imageUrl": "javascript:alert(1)"}]}).blocks
    assert unshown.image is None
    assert "a graph" in str(unshown.body)


def test_plain_text_is_plain() -> None:
    """Its marks are characters, and HTML is none, in a room and as an attachment."""
    text = "*not bold* <b>x</b> @all :tada:"
    [block] = message_view({"blocks": [{"type": "section", "text": plain(text)}]}).blocks
    assert "*not bold* &lt;b&gt;x&lt;/b&gt;" in str(block.body[0])
    [attachment] = attachments_of_blocks([{"type": "section", "text": plain("*a* # b\n# c")}])
    assert attachment == {"text": r"\*a\* # b" + "\n" + r"\# c"}


def test_blocks_become_few_attachments_in_their_order() -> None:
    """A title, text, fields, a picture and buttons share one; what belongs higher up begins another."""
    made = attachments_of_blocks(
        [
            {"type": "section", "text": marked("*one*")},
            {"type": "section", "text": marked("two"), "fields": [plain("f")]},
            {"type": "actions", "elements": [LINK]},
            {"type": "context", "elements": [plain("small")]},
            {"type": "divider"},
            {"type": "callout", "title": plain("Note"), "text": marked("x"), "variant": "danger"},
            {**PICTURE, "title": plain("Load")},
        ]
    )
    assert made == [
        {
            "text": "*one*\ntwo",
            "fields": [{"title": "", "value": "f", "short": True}],
            "actions": [{"type": "button", "text": "Open", "url": "https://ci.example/7"}],
        },
        {"text": "small"},
        {"color": "danger", "title": "Note", "text": "x"},
        {"title": "Load", "text": "a graph", "image_url": "https://img.example/a.png"},
    ]
    assert len(read_attachments(made)) == 4


ODD: list[Any] = [None, True, 0, 1.5, "x", [], {}, ["x"], [None], {"a": 1}, [[{}]], {"text": {}}]
NAMES = [
    "text",
    "fields",
    "accessory",
    "elements",
    "element",
    "label",
    "hint",
    "title",
    "description",
    "thumb",
    "preview",
    "footer",
    "render",
    "rows",
    "tabs",
    "imageUrl",
    "altText",
    "options",
    "optionGroups",
    "initialOption",
    "initialValue",
    "placeholder",
    "variant",
    "externalUrl",
    "url",
    "type",
]


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_any_member_may_be_anything(odd: Any, show: Callable[[Any], str]) -> None:
    """Nothing of a wrong type breaks a page or a delivery."""
    kinds = [block for block, _ in KINDS.values()]
    blocks = [{**block, name: odd} for block in kinds for name in NAMES]
    blocks += [
        {**block, "elements": [{**BUTTON, "type": kind, name: odd}]}
        for kind in ("button", "overflow", "static_select", "checkbox", "linear_scale", "image")
        for block in kinds[3:4]
        for name in NAMES
    ]
    for given in blocks:
        show({"blocks": [given]})
        excerpt({"blocks": [given]})
        json.dumps(attachments_of_blocks([given]))
    for several in (odd, [odd]):
        show({"blocks": several})
        assert isinstance(attachments_of_blocks(several), list)


def test_a_room_shows_so_many() -> None:
    """The rest is counted; blocks in blocks end."""
    many = [{"type": "section", "text": plain(str(number))} for number in range(70)]
    view = message_view({"blocks": many})
    assert (len(view.blocks), view.more_blocks) == (50, 20)
    [wide] = message_view({"blocks": [{"type": "actions", "elements": [BUTTON] * 29}]}).blocks
    assert (len(wide.buttons), wide.more) == (25, 4)
    nested: dict[str, Any] = {"type": "section", "text": plain("x")}
    for _ in range(50):
        nested = {"type": "conditional", "render": [nested] * 3}
    assert read([nested]) == []


def test_a_page_shows_blocks(show: Callable[[Any], str]) -> None:
    """Escaped, links in a new window, what cannot be pressed here disabled."""
    page = show(
        {
            "blocks": [
                {"type": "section", "text": marked("*b* <i>"), "accessory": PICTURE},
                {"type": "divider"},
                {"type": "actions", "elements": [LINK, {**BUTTON, "text": plain("<u>")}]},
                {"type": "context", "elements": [PICTURE, plain("by ada")]},
            ]
        }
    )
    assert "<strong>b</strong> &lt;i&gt;" in page
    assert '<hr class="block-line">' in page
    assert 'href="https://ci.example/7" target="_blank" rel="noopener noreferrer nofollow"' in page
    assert "disabled" in page
    assert "&lt;u&gt;</button>" in page
    assert 'alt="a graph"' in page
    assert "(empty message)" not in page
