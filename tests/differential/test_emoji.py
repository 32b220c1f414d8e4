"""Emoji are the pictures here that Rocket.Chat's own packages show for their names."""

from pathlib import Path
from typing import Any

import pytest

from engine.emoji import emoji_character, emoticon_at
from engine.markup import parse
from tests.differential.comparison import Difference, node, report

PACKAGES = ("emojione", "emojibase-data", "@rocket.chat/message-parser")


@pytest.fixture(scope="module")
def theirs() -> dict[str, list[tuple[str, str | None]]]:
    """What the packages make of every name and emoticon they have."""
    found: Any = node(Path(__file__).with_name("emoji.cjs"), None, packages=PACKAGES)
    return {name: [(text, one) for text, one in pairs] for name, pairs in found.items()}


def bare(character: str | None) -> str:
    """Return an emoji without variation selectors, which change nothing of what it is."""
    return (character or "").replace("\ufe0f", "")


def test_every_name_is_the_same_picture(
    theirs: dict[str, list[tuple[str, str | None]]],
) -> None:
    """None is unknown, with every skin tone, and none is another picture, but for those that were renamed."""
    released, current = dict(theirs["released"]), dict(theirs["current"])
    wrong = [name for name, one in released.items() if bare(emoji_character(name)) != bare(one)]
    assert wrong == []
    unknown = [name for name in current if emoji_character(name) is None]
    assert unknown == []
    renamed = [
        name
        for name, one in current.items()
        if name in released and bare(emoji_character(name)) != bare(one)
    ]
    other = [
        name
        for name, one in current.items()
        if name not in released and bare(emoji_character(name)) != bare(one)
    ]
    assert other == []
    left = [text for text, one in theirs["emoticons"] if one is None]
    assert [
        text
        for text, one in theirs["emoticons"]
        if one is not None and bare((emoticon_at(text, 0) or [None])[0]) != bare(one)
    ] == []
    report(
        "emoji",
        packages=[f"npm:{name}" for name in PACKAGES],
        checked="names of emoji, with all skin tones, and emoticons",
        total=len({**released, **current}) + len(theirs["emoticons"]),
        differences=[
            Difference(
                "names that stand for another picture since Rocket.Chat took a new list in 2026",
                len(renamed),
                "`:dog:` and the others stay what they were in all releases before, which is what Slack "
                "and GitHub mean by 21 of the 24 that they have: scripts that are in use mean those",
            ),
            Difference(
                "emoticons that Rocket.Chat lists, but leaves as text in a message",
                len(left),
                f"{', '.join(f'`{text}`' for text in left)}: a message shows them as its parser does",
            ),
        ],
    )


def test_messages_show_them(theirs: dict[str, list[tuple[str, str | None]]]) -> None:
    """A name that stands in a text becomes its picture; every one of them is read as a name."""
    for name, one in theirs["released"]:
        [_, inline, _] = parse(f"a {name} b") or []
        assert bare(inline.content and "".join(t.content for t in inline.children or ())) == bare(
            f"a {one} b"
        ), name
