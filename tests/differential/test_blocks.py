"""Blocks that Rocket.Chat's own renderer takes are shown in rooms and sent on with all they say."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from admin.rendering import message_view
from engine.transports.blocks import attachments_of_blocks
from tests.differential.comparison import node, report

_PACKAGE = "@rocket.chat/ui-kit"
_COUNT = 600
_WORD = re.compile(r"\bw\d+\b")


class _Maker:
    """Makes blocks of all kinds that a message of Rocket.Chat's may hold, each word and address once."""

    def __init__(self) -> None:
        self.chance = random.Random(10)
        self.count = 0

    def word(self) -> str:
        self.count += 1
        return f"w{self.count}"

    def plain(self) -> dict[str, Any]:
        return {
            "type": "plain_text",
            "text": f"{self.word()} *{self.word()}* _{self.word()}, a_b <{self.word()}>",
        }

    def text(self) -> dict[str, Any]:
        if self.chance.random() < 0.5:
            return self.plain()
        words = (f"*{self.word()}*", f"[{self.word()}](https://a.example)", f"- {self.word()}")
        return {"type": "mrkdwn", "text": "\n".join(self.chance.sample(words, 2))}

    def address(self) -> str:
        return f"https://{self.word()}.example/a_b.png"

    def some(self, make: Callable[[], Any], least: int = 1, most: int = 3) -> list[Any]:
        return [make() for _ in range(self.chance.randint(least, most))]

    def option(self) -> dict[str, Any]:
        option = {"text": self.text(), "value": "v"}
        return {**option, "description": self.plain()} if self.chance.random() < 0.3 else option

    def picture(self) -> dict[str, Any]:
        return {"type": "image", "imageUrl": self.address(), "altText": "seen"}

    def element(self) -> dict[str, Any]:
        ids = {"appId": "a", "blockId": "b", "actionId": "c"}
        hint = {"placeholder": self.plain()}
        kinds: list[dict[str, Any]] = [
            {"type": "button", "text": self.plain()},
            {"type": "button", "text": self.plain(), "url": self.address()},
            {"type": "overflow", "options": self.some(self.option)},
            {"type": "static_select", **hint, "options": self.some(self.option)},
            {
                "type": "multi_static_select",
                **hint,
                "options": [],
                "optionGroups": [{"label": self.plain(), "options": self.some(self.option)}],
            },
            {"type": "datepicker", **hint},
            {"type": "time_picker", **hint},
            {"type": "users_select", **hint},
            {"type": "channels_select", **hint},
            {"type": "checkbox", "options": self.some(self.option)},
            {"type": "radio_button", "options": self.some(self.option)},
            {"type": "toggle_switch", "options": self.some(self.option)},
            {"type": "linear_scale", "preLabel": self.plain(), "postLabel": self.plain()},
        ]
        return {**self.chance.choice(kinds), **ids}

    def context(self) -> dict[str, Any]:
        make = lambda: self.chance.choice([self.picture, self.text])()  # noqa: E731
        return {"type": "context", "elements": self.some(make)}

    def block(self) -> dict[str, Any]:
        accessory = self.chance.choice([self.picture, self.element])()
        kinds: list[dict[str, Any]] = [
            {"type": "section", "text": self.text(), "accessory": accessory},
            {"type": "section", "text": self.text(), "fields": self.some(self.text, 1, 8)},
            {"type": "actions", "elements": self.some(self.element, 1, 5)},
            self.context(),
            {**self.picture(), "title": self.plain()},
            self.picture(),
            {
                "type": "callout",
                "title": self.text(),
                "text": self.text(),
                "variant": self.chance.choice(["info", "danger", "warning", "success"]),
            },
            {
                "type": "preview",
                "title": self.some(self.text),
                "description": self.some(self.text),
                "thumb": {"url": self.address()},
            },
            {
                "type": "preview",
                "title": self.some(self.text, 1, 1),
                "description": self.some(self.text),
                "preview": {"url": self.address()},
                "externalUrl": self.address(),
                "footer": self.context(),
            },
            {"type": "conditional", "render": [{"type": "section", "text": self.text()}]},
        ]
        return self.chance.choice(kinds)


def test_no_word_and_no_address_of_blocks_is_lost() -> None:
    """In a room, and in what other systems get; words and addresses are those the package finds."""
    maker = _Maker()
    blocks = [maker.block() for _ in range(_COUNT)]
    found = node(Path(__file__).with_name("blocks.cjs"), blocks, packages=[_PACKAGE])
    lost: list[Any] = []
    for block, theirs in zip(blocks, found, strict=True):
        assert theirs["taken"], block
        wanted = {
            word
            for text in (*theirs["texts"], *theirs["addresses"])
            for word in _WORD.findall(text)
        }
        assert wanted
        views = repr(message_view({"blocks": [block]}).blocks)
        sent = json.dumps(attachments_of_blocks([block]))
        for where, written in (("room", views), ("sent", sent)):
            said = written.replace("\\n", " ")
            if missing := wanted - set(_WORD.findall(said)):
                lost.append((where, sorted(missing), block))
            lost += [(where, one, block) for one in theirs["addresses"] if one not in said]
    assert lost == []
    report(
        "blocks",
        packages=[f"npm:{_PACKAGE}"],
        checked="blocks: every word and address, in rooms and as attachments",
        total=_COUNT,
    )
