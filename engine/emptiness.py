"""What is a message: something of it can be read or seen."""

from __future__ import annotations

import unicodedata
from typing import Any

from engine.messages import Draft

#: Says why something is none.
REASON = "there is neither text nor attachments nor blocks"

#: Controls, what has no width, spaces, and ends of lines and paragraphs.
_UNSEEN_KINDS = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
#: Letters and marks that show nothing: fillers of Hangul, a Braille cell without dots, joiners, and
#: variation selectors, which only choose how the character before them looks.
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | frozenset(
    map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))
)
#: Members of attachments that are shown.
_SHOWN = (
    "text",
    "title",
    "pretext",
    "author_name",
    "description",
    "fallback",
    "footer",
    "fields",
    "actions",
    "image_url",
    "thumb_url",
    "audio_url",
    "video_url",
    "title_link",
    "attachments",
)
#: Members of what attachments and blocks hold that say how something is shown, or what for.
_STYLES = frozenset({"type", "short", "style", "emoji", "verbatim", "block_id", "action_id"})


def is_blank(text: str) -> bool:
    """Tell whether nothing of a text can be seen."""
    return all(char in _UNSEEN or unicodedata.category(char) in _UNSEEN_KINDS for char in text)


def is_message(draft: Draft) -> bool:
    """Tell whether there is a text, an attachment that holds something, or a block."""
    if not is_blank(draft.msg):
        return True
    blocks = draft.extra.get("blocks") or ()
    attached = any(_holds(one.get(name)) for one in draft.attachments for name in _SHOWN)
    return attached or any(_holds(one) for one in blocks if isinstance(one, dict))


def _holds(shown: Any) -> bool:
    waiting: list[Any] = [shown]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += [item for name, item in value.items() if name not in _STYLES]
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, str):
            if not is_blank(value):
                return True
        elif value is not None and value is not False:
            return True
    return False
