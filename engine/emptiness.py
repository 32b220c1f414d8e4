"""What is a message: something of it can be read or seen."""

from __future__ import annotations

import unicodedata
from typing import Any

from engine.messages import Draft

#: Says why something is none.
REASON = "there is neither text nor attachments nor blocks"

#: Controls, what has no width, spaces, ends of lines and paragraphs, and marks, which need a letter to
#: stand on.
_UNSEEN_KINDS = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp", "Mn", "Me"})
#: Letters that show nothing: fillers of Hangul, a Braille cell without dots, a note without a head.
_UNSEEN = frozenset("\u115f\u1160\u2800\u3164\uffa0\U0001d159")
#: Unicode leaves these to what will show nothing (Default_Ignorable_Code_Point).
_RESERVED = (range(0x2065, 0x2066), range(0xFFF0, 0xFFF9), range(0xE0000, 0xE1000))
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
    return all(map(_is_unseen, text))


def is_message(draft: Draft) -> bool:
    """Tell whether there is a text, an attachment that holds something, or a block."""
    if not is_blank(draft.msg):
        return True
    blocks = draft.extra.get("blocks") or ()
    attached = any(_holds(one.get(name)) for one in draft.attachments for name in _SHOWN)
    return attached or any(_holds(one) for one in blocks if isinstance(one, dict))


def _is_unseen(char: str) -> bool:
    if unicodedata.category(char) in _UNSEEN_KINDS or char in _UNSEEN:
        return True
    return any(ord(char) in codes for codes in _RESERVED)


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
