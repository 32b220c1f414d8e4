"""The markup of a message, read: as Rocket.Chat reads it -> tokens for whoever writes them out."""

from __future__ import annotations

import functools
from typing import Any

from emoji import EMOJI_DATA, is_emoji
from markdown_it.token import Token

from engine.chatmarkup.blocks import TooDeep, read_text
from engine.chatmarkup.links import safe_url as safe_url

_MAX_CHARS = 100_000


def parse(text: str) -> list[Token] | None:
    """
    Return a text's tokens, or None when it is so long or so deeply nested that it is taken as plain.

    Tokens are markdown-it's, plus `name` (`content` is `@somebody` or `#room`), `emoji` (a character;
    `markup` as it was written), `time` (`content` in UTC; `info` Rocket.Chat's letter for its form,
    `meta["moment"]`), `color` (`info` is `#rrggbb`), `katex` and `katex_block` (a formula), `spoiler`
    and `spoiler_block`. Links have been checked: they lead to the web, to mail or to a telephone.
    """
    if len(text) > _MAX_CHARS:
        return None
    try:
        return read_text(text, _emojis_named)
    except TooDeep:
        return None


def _emojis_named(name: str) -> str | None:
    return emoji_character(f":{name}:")


def emoji_character(shortcode: Any) -> str | None:
    """Return the character of `:name:`, of `name`, or of a text that is one emoji already."""
    if not isinstance(shortcode, str):
        return None
    text: str = shortcode.strip()
    named = _emojis().get(text.strip(":").lower())
    return named or (text if is_emoji(text) else None)


@functools.cache
def _emojis() -> dict[str, str]:
    found: dict[str, str] = {}
    for character, names in EMOJI_DATA.items():
        for name in (*names.get("alias", ()), names["en"]):
            found.setdefault(name.strip(":").lower(), character)
    # Slack's and Rocket.Chat's names for what Unicode calls otherwise.
    found |= {f"large_{colour}_circle": found[f"{colour}_circle"] for colour in ("green", "yellow")}
    found |= {"simple_smile": "🙂", "robot_face": "🤖"}
    return found
