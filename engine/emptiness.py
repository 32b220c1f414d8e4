"""What is a message: something of it can be read or seen."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

from engine.messages import Draft

#: Says why something is none.
REASON = "there is neither text nor attachments nor blocks"

#: Controls, what has no width, spaces, and ends of lines and paragraphs.
_UNSEEN_KINDS = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
#: Letters and marks that show nothing: fillers of Hangul, a Braille cell without dots, joiners.
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufe0e\ufe0f")
#: Members of attachments that say how something is shown, or what for.
_STYLES = frozenset(
    {
        "button_alignment",
        "callback_id",
        "collapsed",
        "color",
        "id",
        "image_dimensions",
        "mrkdwn_in",
        "short",
        "title_link_download",
        "ts",
        "type",
    }
)


def is_blank(text: str) -> bool:
    """Tell whether nothing of a text can be seen."""
    return all(char in _UNSEEN or unicodedata.category(char) in _UNSEEN_KINDS for char in text)


def is_message(draft: Draft) -> bool:
    """Tell whether there is a text, an attachment that holds something, or a block."""
    if not is_blank(draft.msg):
        return True
    blocks = draft.extra.get("blocks") or ()
    return any(map(_holds, draft.attachments)) or any(map(bool, blocks))


def _holds(attachment: Mapping[str, Any]) -> bool:
    waiting: list[Any] = [attachment]
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
