"""
Widgets of Google Chat's cards, read as lines, pictures and link buttons.

Of the older format (`google/chat/v1/widgets.proto`) and of the newer one
(`google/apps/card/v1/card.proto`), wherever they stand. Names are in lowerCamelCase, null members
are gone. A button that calls its sender back is left out: there is nobody to call.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.addresses import is_data_url, is_safe_url
from engine.dialects.googletext import formatted
from engine.dialects.slacktext import said

_RULE = "---"
_BOXES = {True: "\N{BALLOT BOX WITH CHECK}", False: "\N{BALLOT BOX}"}
#: How a picker's time is written, by its type.
_MOMENTS = {"DATE_ONLY": "%Y-%m-%d", "TIME_ONLY": "%H:%M UTC"}
_MOMENT = "%Y-%m-%d %H:%M UTC"
#: What people read of a widget that is newer than this module.
_WORDS = ("title", "subtitle", "label", "topLabel", "text", "content", "bottomLabel", "altText")


@dataclass(slots=True)
class Shown:
    """What widgets show."""

    lines: list[str] = field(default_factory=list)
    #: Attachments of their own.
    pictures: list[dict[str, Any]] = field(default_factory=list)
    #: Rocket.Chat's `actions`.
    buttons: list[dict[str, Any]] = field(default_factory=list)

    def widgets(self, listed: Any) -> None:
        """Add a list of widgets, and what they hold."""
        for widget in dicts(listed):
            for name, value in widget.items():
                if read := _READERS.get(name):
                    read(self, value)
                elif isinstance(value, dict):
                    self.lines += _words(value)

    def clicked(self, label: str, on_click: Any) -> bool:
        """Add a button if a click opens an address; tell whether it does."""
        url = link_of(on_click)
        if url:
            self.buttons.append({"type": "button", "text": label or "Open", "url": url})
        return bool(url)


def link_of(on_click: Any) -> str:
    """Return the address that a click opens, if it opens one."""
    return _link(obj(obj(on_click).get("openLink")).get("url"))


def picture_url(value: Any) -> str:
    """Return the address of a picture that can be shown."""
    url = said(value).strip()
    return url if is_data_url(url) or is_safe_url(url) else ""


def obj(value: Any) -> Mapping[str, Any]:
    """Return an object, an empty one for what is none."""
    return value if isinstance(value, dict) else {}


def dicts(value: Any) -> list[dict[str, Any]]:
    """Return the objects of a list, none for what is none."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _link(value: Any) -> str:
    url = said(value).strip()
    return url if is_safe_url(url) else ""


def _paragraph(shown: Shown, value: Any) -> None:
    shown.lines.append(formatted(obj(value).get("text")))


def _labelled(content: str) -> Callable[[Shown, Any], None]:
    """Return a reader of `decoratedText` or `keyValue`, whose main text is the member `content`."""

    def read(shown: Shown, value: Any) -> None:
        given = obj(value)
        label, text, below = (
            formatted(given.get(name)) or formatted(obj(given.get(f"{name}Text")).get("text"))
            for name in ("topLabel", content, "bottomLabel")
        )
        text = text or formatted(obj(given.get("contentText")).get("text"))
        shown.lines += [f"{label}: {text}" if label and text else label or text, below]
        shown.clicked(label, given.get("onClick"))
        _buttons(shown, [given.get("button")])

    return read


def _image(shown: Shown, value: Any) -> None:
    given = obj(value)
    url = picture_url(given.get("imageUrl") or given.get("imageUri"))
    label, link = said(given.get("altText")), link_of(given.get("onClick"))
    if url:
        made = {"title": label or ("Open" if link else ""), "title_link": link, "image_url": url}
        shown.pictures.append({name: text for name, text in made.items() if text})
    elif not shown.clicked(label, given.get("onClick")):
        shown.lines.append(label)


def _buttons(shown: Shown, listed: Any) -> None:
    for given in dicts(listed):
        # The older format has one of two kinds of buttons inside.
        button = obj(given.get("textButton") or given.get("imageButton") or given)
        icon = obj(button.get("icon"))
        labels = (button.get("text"), button.get("name"), button.get("label"))
        hints = (button.get("altText"), icon.get("altText"))
        label = next((text for one in (*labels, *hints) if (text := said(one).strip())), "")
        shown.clicked(label, button.get("onClick"))
        _buttons(shown, obj(button.get("overflowMenu")).get("items"))
        _buttons(shown, obj(obj(button.get("onClick")).get("overflowMenu")).get("items"))


def _button_list(shown: Shown, value: Any) -> None:
    _buttons(shown, obj(value).get("buttons"))


def _chips(shown: Shown, value: Any) -> None:
    for chip in dicts(obj(value).get("chips")):
        label = said(chip.get("label")) or said(chip.get("altText"))
        if not shown.clicked(label, chip.get("onClick")):
            shown.lines.append(label)


def _divider(shown: Shown, value: Any) -> None:
    shown.lines.append(_RULE)


def _grid(shown: Shown, value: Any) -> None:
    grid = obj(value)
    shown.lines.append(said(grid.get("title")))
    for item in dicts(grid.get("items")):
        texts = (said(item.get("title")), said(item.get("subtitle")))
        shown.lines.append(" ".join(filter(None, texts)))
        if picture_url(obj(item.get("image")).get("imageUri")):
            _image(shown, item["image"])
    shown.clicked(said(grid.get("title")), grid.get("onClick"))


def _columns(shown: Shown, value: Any) -> None:
    for column in dicts(obj(value).get("columnItems")):
        shown.widgets(column.get("widgets"))


def _carousel(shown: Shown, value: Any) -> None:
    for card in dicts(obj(value).get("carouselCards")):
        shown.widgets(card.get("widgets"))
        shown.widgets(card.get("footerWidgets"))


def _text_input(shown: Shown, value: Any) -> None:
    given = obj(value)
    label, text = said(given.get("label")), said(given.get("value"))
    shown.lines += [
        f"{label}: {text}" if label and text else label or text,
        said(given.get("hintText")),
        said(given.get("placeholderText")),
        ", ".join(
            said(item.get("text"))
            for item in dicts(obj(given.get("initialSuggestions")).get("items"))
        ),
    ]


def _selection(shown: Shown, value: Any) -> None:
    given = obj(value)
    shown.lines.append(said(given.get("label")))
    for item in dicts(given.get("items")):
        texts = (said(item.get("text")), said(item.get("bottomText")))
        if text := " ".join(filter(None, texts)):
            shown.lines.append(f"{_BOXES[item.get('selected') is True]} {text}")
    shown.lines.append(said(given.get("hintText")))


def _picker(shown: Shown, value: Any) -> None:
    given = obj(value)
    label, moment = said(given.get("label")), ""
    try:
        # An int64 is a text in JSON of a proto message.
        since = dt.datetime.fromtimestamp(int(given.get("valueMsEpoch", "")) / 1000, dt.UTC)
        moment = since.strftime(_MOMENTS.get(said(given.get("type")), _MOMENT))
    except (ValueError, TypeError, OverflowError, OSError):
        moment = said(given.get("valueMsEpoch"))
    shown.lines.append(f"{label}: {moment}" if label and moment else label or moment)


def _words(value: Any) -> Iterator[str]:
    """Return the words of what has no reader, in the order of `_WORDS`, the inner ones after."""
    for name in _WORDS:
        if isinstance(text := obj(value).get(name), str):
            yield formatted(text)
    inner = value.values() if isinstance(value, dict) else value
    for one in inner:
        if isinstance(one, dict | list):
            yield from _words(one)


_READERS: Mapping[str, Callable[[Shown, Any], None]] = {
    "textParagraph": _paragraph,
    "keyValue": _labelled("content"),
    "decoratedText": _labelled("text"),
    "image": _image,
    "buttons": _buttons,
    "buttonList": _button_list,
    "chipList": _chips,
    "divider": _divider,
    "grid": _grid,
    "columns": _columns,
    "carousel": _carousel,
    "textInput": _text_input,
    "selectionInput": _selection,
    "dateTimePicker": _picker,
}
