"""The markup of a message, read: as Rocket.Chat reads it -> tokens for whoever writes them out."""

from __future__ import annotations

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
        return read_text(text)
    except TooDeep:
        return None
