"""Buttons of blocks, and what is filled in or chosen there, as faces that say what they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.blanks import is_blank
from engine.uikit.parts import Button, as_said, objects, plain_text

_BUTTONS = frozenset({"button", "icon_button", "tab"})
_BOXES = frozenset({"checkbox", "radio_button", "toggle_switch"})
_CHECKED, _UNCHECKED = "\N{BALLOT BOX WITH CHECK}", "\N{BALLOT BOX}"


def read_elements(value: Any) -> tuple[Button, ...]:
    """Return the faces of a list of elements."""
    return tuple(button for item in objects(value) for button in _element(item))


def _element(item: Mapping[str, Any]) -> Iterator[Button]:
    kind = as_said(item.get("type"))
    if kind in _BUTTONS:
        url = as_said(item.get("url"))
        words = (
            plain_text(item.get("text"))
            or plain_text(item.get("label"))
            or plain_text(item.get("title"))
        )
        if words or not is_blank(url):
            yield Button(words or "Open", url)
    elif kind == "overflow":
        for option in objects(item.get("options")):
            if words := _option(option):
                yield Button(words, as_said(option.get("url")))
    elif kind in _BOXES:
        chosen = _chosen(item)
        for option in objects(item.get("options")):
            if words := _option(option):
                box = _CHECKED if as_said(option.get("value")) in chosen else _UNCHECKED
                yield Button(f"{box} {words}")
    elif kind == "linear_scale":
        ends = (item.get("minValue", 0), item.get("maxValue", 10))
        scale = "\N{EN DASH}".join(map(as_said, ends))
        labels = (plain_text(item.get("preLabel")), scale, plain_text(item.get("postLabel")))
        yield Button(" ".join(filter(None, labels)))
    elif words := _field_words(item):
        yield Button(words)


def _field_words(item: Mapping[str, Any]) -> str:
    """Return what a field that is filled in or chosen from says, and what there is to choose."""
    names = ("initialOption", "initialValue", "initialDate", "initialTime")
    initial = next(filter(None, (plain_text(_first(item.get(name))) for name in names)), "")
    label = initial or plain_text(item.get("placeholder")) or plain_text(item.get("text"))
    options = [_option(one) for one in objects(item.get("options"))]
    for group in objects(item.get("optionGroups")):
        inside = _listed([_option(one) for one in objects(group.get("options"))])
        options.append(": ".join(filter(None, (plain_text(group.get("label")), inside))))
    return ": ".join(filter(None, (label, _listed(options))))


def _listed(words: list[str]) -> str:
    return " \N{MIDDLE DOT} ".join(filter(None, words))


def _option(option: Mapping[str, Any]) -> str:
    words = (plain_text(option.get("text")), plain_text(option.get("description")))
    return ", ".join(filter(None, words))


def _chosen(item: Mapping[str, Any]) -> set[str]:
    initial = [*objects(item.get("initialOptions")), *objects([item.get("initialOption")])]
    return {as_said(one.get("value")) for one in initial}


def _first(value: Any) -> Any:
    value = value[0] if isinstance(value, list) and value else value
    return value.get("text") if isinstance(value, Mapping) and "value" in value else value
