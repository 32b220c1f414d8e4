"""Slack's blocks, read as text, pictures and link buttons."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.addresses import is_acceptable_url, is_safe_url
from engine.dialects.base import INVALID_BLOCKS
from engine.dialects.slacktext import Translate, date, said, unescape
from engine.errors import ChatError

MAX_BLOCKS = 50
_RULE = "---"
_MOST_INDENTS = 8
_STYLES = (("code", "`"), ("bold", "*"), ("italic", "_"), ("strike", "~"))


def read(given: Any, translated: Translate) -> tuple[str, list[dict[str, Any]]]:
    """
    Return what blocks say, and as attachments what they show beside it.

    :raise ChatError: when they are no list of blocks, or too many.
    """
    if given is None:
        return "", []
    if not isinstance(given, list) or len(given) > MAX_BLOCKS:
        raise ChatError(INVALID_BLOCKS, f"blocks is a list of at most {MAX_BLOCKS}")
    lines: list[str] = []
    shown: list[dict[str, Any]] = []
    for block in given:
        if not isinstance(block, dict) or not isinstance(block.get("type"), str):
            raise ChatError(INVALID_BLOCKS, "a block is an object with a type")
        lines += [line for line in _lines(block, translated) if line]
        shown += _attachments(block)
    return "\n".join(lines), shown


def _lines(block: dict[str, Any], translated: Translate) -> Iterator[str]:
    match block["type"]:
        case "header":
            if text := _text(block.get("text"), translated):
                yield f"*{text}*"
        case "section":
            yield _text(block.get("text"), translated)
            for field in _dicts(block.get("fields")):
                yield _text(field, translated)
        case "context":
            yield " ".join(
                filter(None, (_text(one, translated) for one in _dicts(block.get("elements"))))
            )
        case "markdown":
            yield said(block.get("text"))
        case "divider":
            yield _RULE
        case "rich_text":
            for element in _dicts(block.get("elements")):
                yield _rich(element, translated)


def _text(value: Any, translated: Translate) -> str:
    if not isinstance(value, dict):
        return ""
    text = said(value.get("text"))
    return translated(text) if value.get("type") == "mrkdwn" else unescape(text)


def _rich(element: dict[str, Any], translated: Translate) -> str:
    match element.get("type"):
        case "rich_text_list":
            ordered = element.get("style") == "ordered"
            items = enumerate(_dicts(element.get("elements")), start=1)
            indent = "  " * min(max(_whole(element.get("indent")), 0), _MOST_INDENTS)
            return "\n".join(
                f"{indent}{f'{number}.' if ordered else '-'} {_inline(item, translated)}"
                for number, item in items
            )
        case "rich_text_preformatted":
            return f"```\n{_inline(element, translated)}\n```"
        case "rich_text_quote":
            return "\n".join(f"> {line}" for line in _inline(element, translated).split("\n"))
    return _inline(element, translated)


def _inline(element: dict[str, Any], translated: Translate) -> str:
    return "".join(_piece(one, translated) for one in _dicts(element.get("elements")))


def _piece(piece: dict[str, Any], translated: Translate) -> str:
    return _styled(_unstyled(piece, translated), piece.get("style"))


def _unstyled(piece: dict[str, Any], translated: Translate) -> str:
    match piece.get("type"):
        case "text":
            return said(piece.get("text"))
        case "link":
            url, label = said(piece.get("url")), said(piece.get("text"))
            return f"[{label}]({url})" if label and is_safe_url(url) else label or url
        case "emoji":
            tone = _whole(piece.get("skin_tone"))
            return f":{said(piece.get('name'))}:" + (f":skin-tone-{tone}:" if tone else "")
        case "user":
            return translated(f"<@{said(piece.get('user_id'))}>")
        case "usergroup":
            return translated(f"<!subteam^{said(piece.get('usergroup_id'))}>")
        case "team":
            return f"@{said(piece.get('team_id'))}"
        case "broadcast":
            return translated(f"<!{said(piece.get('range'))}>")
        case "channel":
            return translated(f"<#{said(piece.get('channel_id'))}>")
        case "color":
            return said(piece.get("value"))
        case "date":
            form, fallback = said(piece.get("format")), said(piece.get("fallback"))
            return date(piece.get("timestamp"), form, fallback, said(piece.get("url")))
    # What is newer than this says something, too.
    return said(piece.get("text")) or said(piece.get("fallback"))


def _styled(text: str, style: Any) -> str:
    core = text.strip()
    if not isinstance(style, dict) or not core or "\n" in core:
        return text
    before, after = text[: text.index(core)], text[text.index(core) + len(core) :]
    for name, mark in _STYLES:
        if style.get(name) is True:
            core = f"{mark}{core}{mark}"
    return f"{before}{core}{after}"


def _attachments(block: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if block["type"] == "image":
        yield from _image(block)
    elif block["type"] == "section" and isinstance(block.get("accessory"), dict):
        accessory = block["accessory"]
        yield from _image(accessory) if accessory.get("type") == "image" else _buttons([accessory])
    elif block["type"] == "actions":
        yield from _buttons(_dicts(block.get("elements")))


def _image(block: dict[str, Any]) -> Iterator[dict[str, Any]]:
    url = said(block.get("image_url"))
    if url and is_acceptable_url(url):
        label = _text(block.get("title"), unescape)
        shown = {"title": label or said(block.get("alt_text")), "image_url": url}
        yield {name: value for name, value in shown.items() if value}


def _buttons(elements: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    # Only links: what calls back to its sender when it is pressed has nobody to call it here.
    buttons = [
        {
            "type": "button",
            "text": _text(one.get("text"), unescape) or "Open",
            "url": said(one["url"]),
        }
        for one in elements
        if one.get("type") == "button" and is_safe_url(said(one.get("url")))
    ]
    if buttons:
        yield {"actions": buttons}


def _whole(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
