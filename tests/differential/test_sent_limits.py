"""What the systems without a package of models are sent is within their limits, and none of it is empty."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from engine.blanks import is_blank
from engine.transports.chat import json_size
from engine.transports.markdown.splitting import units
from tests.differential.messages import messages
from tests.differential.sent import bodies

#: Characters of a text, bytes of a body (Mattermost's MaximumPayloadSizeBytes).
_MAX_TEXT = {
    "mattermost": 16_383,
    "kchat": 4_000,
    "rocketchat": 5_000,
    "rocketchat_rest": 5_000,
    "uchat": 2_000,
    "uchatwebhook": 2_000,
}
_MAX_BYTES = {"mattermost": 300_000, "kchat": 300_000}
_MAX_FOOTER = 300
_STYLES = frozenset(("color", "fallback", "ts", "author_icon", "footer_icon", "collapsed"))


@pytest.mark.parametrize("place", _MAX_TEXT)
def test_bodies_are_within_limits_and_show_something(place: str) -> None:
    """Neither a text nor an attachment of which nothing can be seen, and nothing that is cut there."""
    wrong: Counter[str] = Counter()
    for message in messages():
        for body in bodies(place, message):
            wrong.update(_problems(place, body))
    assert wrong == {}


def _problems(place: str, body: dict[str, Any]) -> Iterator[str]:
    text = body.get("content" if place == "uchat" else "text", "")
    attachments = body.get("attachments", ())
    shown = [text, *(body[name] for name in ("url", "content_attributes") if name in body)]
    if all(isinstance(one, str) and is_blank(one) for one in shown) and not attachments:
        yield "an empty message"
    if units(text) > _MAX_TEXT[place]:
        yield "text is too long"
    if json_size(body) > _MAX_BYTES.get(place, 1 << 40):
        yield "a body is too large"
    for attachment in attachments if place not in ("uchat", "uchatwebhook") else ():
        members = {name: value for name, value in attachment.items() if name not in _STYLES}
        if not any(_shows(value) for value in members.values()):
            yield "an empty attachment"
        if place in ("mattermost", "kchat"):
            if units(attachment.get("footer", "")) > _MAX_FOOTER or "ts" in attachment:
                yield "a footer or a time that is not shown"
            if units(attachment.get("text", "")) > _MAX_TEXT[place]:
                yield "an attachment's text is too long"


def _shows(value: Any) -> bool:
    return not is_blank(value) if isinstance(value, str) else bool(value)
