"""Google Chat's texts and cards, read (wire.md 3.1)."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from typing import Any

from engine.dialects import slacktext
from engine.dialects.base import MALFORMED
from engine.dialects.slacktext import said
from engine.errors import ChatError
from engine.messages import is_safe_url

_MAX_CARDS = 100
_USER = re.compile(r"<users/([^<>|\s]{1,200})>")
#: Cards know a little HTML.
_TAG = re.compile(
    r"<(/?)(b|strong|i|em|s|strike|u|br|font|a|time)\b([^<>]{0,2000})>", re.IGNORECASE
)
_HREF = re.compile(r"""href\s*=\s*["']([^"']{1,2000})["']""", re.IGNORECASE)
_MARKS = {"b": "*", "strong": "*", "i": "_", "em": "_", "s": "~", "strike": "~"}

UsernameOf = Callable[[str], str | None]


def text_of(text: str, username_of: UsernameOf) -> str:
    """Return a text with `<url|label>` as `[label](url)`, and mentions as names."""

    def named(match: re.Match[str]) -> str:
        if match[1] == "all":
            return "@all"
        name = username_of(match[1])
        return f"@{name}" if name else match[0]

    return slacktext.translate(_USER.sub(named, text), {}, lambda _: None)


def attachments_of(given: Any) -> list[dict[str, Any]]:
    """
    Return what cards show: one attachment for each, and one more for each picture.

    :raise ChatError: when they are no list of cards.
    """
    if not isinstance(given, list | None) or len(given or ()) > _MAX_CARDS:
        raise ChatError(MALFORMED, f"cardsV2 is a list of at most {_MAX_CARDS} cards")
    made: list[dict[str, Any]] = []
    for item in given or ():
        card = item.get("card") if isinstance(item, dict) else None
        if not isinstance(card, dict):
            raise ChatError(MALFORMED, "cardsV2 holds what is no card")
        made += _card(card)
    return made


def _card(card: dict[str, Any]) -> list[dict[str, Any]]:
    header = _object(card.get("header"))
    lines = [_formatted(header.get("subtitle"))]
    pictures: list[dict[str, Any]] = []
    buttons: list[dict[str, Any]] = []
    for section in _dicts(card.get("sections")):
        if heading := _formatted(section.get("header")):
            lines.append(f"*{heading}*")
        for widget in _dicts(section.get("widgets")):
            lines += _lines(widget)
            pictures += _picture(_object(widget.get("image")))
            buttons += _buttons(widget)
    shown = {
        "title": said(header.get("title")),
        "text": "\n".join(filter(None, lines)),
        "thumb_url": _url(header.get("imageUrl")),
        "actions": buttons,
    }
    own = {name: value for name, value in shown.items() if value}
    return [own, *pictures] if own else pictures


def _lines(widget: dict[str, Any]) -> Iterator[str]:
    if isinstance(paragraph := widget.get("textParagraph"), dict):
        yield _formatted(paragraph.get("text"))
    if isinstance(decorated := widget.get("decoratedText"), dict):
        label = _formatted(decorated.get("topLabel"))
        text = _formatted(decorated.get("text"))
        yield f"{label}: {text}" if label and text else label or text
        yield _formatted(decorated.get("bottomLabel"))
    if "divider" in widget:
        yield "---"
    for item in _dicts(_object(widget.get("grid")).get("items")):
        yield " ".join(filter(None, (said(item.get("title")), said(item.get("subtitle")))))
    for column in _dicts(_object(widget.get("columns")).get("columnItems")):
        for inner in _dicts(column.get("widgets")):
            yield from _lines({name: inner[name] for name in inner if name != "columns"})


def _picture(image: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if url := _url(image.get("imageUrl")):
        label = said(image.get("altText"))
        yield {"title": label, "image_url": url} if label else {"image_url": url}


def _buttons(widget: dict[str, Any]) -> Iterator[dict[str, Any]]:
    listed = _dicts(_object(widget.get("buttonList")).get("buttons"))
    decorated = _object(widget.get("decoratedText")).get("button")
    for button in [*listed, *_dicts([decorated])]:
        link = _object(_object(button.get("onClick")).get("openLink"))
        if url := _url(link.get("url")):
            yield {"type": "button", "text": said(button.get("text")) or "Open", "url": url}


def _formatted(value: Any) -> str:
    links: list[str] = []

    def mark(match: re.Match[str]) -> str:
        closing, tag, rest = bool(match[1]), match[2].lower(), match[3]
        if tag == "br":
            return "\n"
        if tag != "a":
            return _MARKS.get(tag, "")
        if closing:
            return f"]({links.pop()})" if links else ""
        href = _HREF.search(rest)
        if href is None or not is_safe_url(html.unescape(href[1])):
            return ""
        links.append(html.unescape(href[1]))
        return "["

    return html.unescape(_TAG.sub(mark, said(value))).strip()


def _url(value: Any) -> str:
    url = said(value).strip()
    return url if is_safe_url(url) else ""


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
