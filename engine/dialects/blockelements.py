"""
Interactive elements of Slack's blocks: what can be read in them without a click, and what opens an address.

What calls back to its sender when it is pressed has nobody to call here, so its words are left out; so
are the choices that a closed menu hides, and what stands in a field only until it is filled in.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.addresses import is_safe_url
from engine.dialects import slackdates
from engine.dialects.richtext import dicts, lines, obj
from engine.dialects.slacktext import Translate, said, unescape

_BOXES = {True: "\N{BALLOT BOX WITH CHECK}", False: "\N{BALLOT BOX}"}
_CHOSEN_FROM = ("checkboxes", "radio_buttons")
_FILLED_IN = ("initial_value", "initial_date", "initial_time")
_MOMENT = "{date_num} {time}"


def text_of(value: Any, translated: Translate) -> str:
    """Return what a text object says; one that is `plain_text` has no markup."""
    text = said(obj(value).get("text"))
    return translated(text) if obj(value).get("type") == "mrkdwn" else unescape(text)


def written(element: dict[str, Any], translated: Translate) -> Iterator[str]:
    """Give the lines of an element: boxes that can be ticked, and what is chosen or filled in already."""
    if element.get("type") in _CHOSEN_FROM:
        chosen = [*dicts(element.get("initial_options")), obj(element.get("initial_option"))]
        values = [said(one.get("value")) for one in chosen]
        for option in dicts(element.get("options")):
            box = _BOXES[said(option.get("value")) in filter(None, values)]
            yield f"{box} {_option(option, translated)}"
        return
    if isinstance(element.get("initial_value"), dict):
        yield from lines(element["initial_value"], translated)
    for name in _FILLED_IN:
        yield said(element.get(name))
    if moment := element.get("initial_date_time"):
        yield slackdates.written(moment, _MOMENT)
    for option in [obj(element.get("initial_option")), *dicts(element.get("initial_options"))]:
        yield _option(option, translated)


def links(element: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Give an element's buttons that open an address, as Rocket.Chat's `actions`."""
    kind = element.get("type")
    if kind == "overflow":
        pressed = dicts(element.get("options"))
    else:
        pressed = [element] if kind == "button" else []
    for one in pressed:
        if button := link_button(text_of(one.get("text"), unescape), said(one.get("url"))):
            yield button


def link_button(label: str, url: str) -> dict[str, Any]:
    """Return a button of `actions`, an empty one when its address leads nowhere."""
    return {"type": "button", "text": label or "Open", "url": url} if is_safe_url(url) else {}


def _option(option: dict[str, Any], translated: Translate) -> str:
    texts = (text_of(option.get(name), translated) for name in ("text", "description"))
    return " ".join(filter(None, texts))
