"""What is a message: something of it can be read or seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.blanks import is_blank
from engine.messages import Draft
from engine.uikit import blocks

#: Says why something is none.
REASON = "there is neither text nor attachments nor blocks"

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
#: Members of what attachments hold that say how something is shown, or what for.
_STYLES = frozenset({"type", "short", "style", "emoji", "verbatim", "block_id", "action_id"})


def is_message(draft: Draft) -> bool:
    """Tell whether there is a text, or an attachment or a block that shows something."""
    return not is_blank(draft.msg) or shows_beside(draft.attachments, draft.extra)


def shows_beside(attachments: Sequence[Mapping[str, Any]], extra: Mapping[str, Any]) -> bool:
    """Tell whether a message without a text shows something: by an attachment, or one of its blocks."""
    attached = any(_holds(one.get(name)) for one in attachments for name in _SHOWN)
    return attached or any(block.shows for block in blocks.read(extra.get("blocks")))


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
