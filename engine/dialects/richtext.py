"""Slack's rich text, read as Markdown (docs.slack.dev, "Rich text block")."""

from __future__ import annotations

from typing import Any

from engine.addresses import is_safe_url
from engine.dialects.slacktext import Translate, date, said

_MOST_INDENTS = 8
_STYLES = (("code", "`"), ("bold", "*"), ("italic", "_"), ("strike", "~"))


def read(element: dict[str, Any], translated: Translate) -> str:
    """Return what an element of a `rich_text` block says: a section, a list, code or a quotation."""
    match element.get("type"):
        case "rich_text_list":
            return "\n".join(_items(element, translated))
        case "rich_text_preformatted":
            return f"```\n{_inline(element, translated)}\n```"
        case "rich_text_quote":
            return "\n".join(f"> {line}" for line in _inline(element, translated).split("\n"))
    return _inline(element, translated)


def lines(block: Any, translated: Translate) -> list[str]:
    """Return what the elements of a `rich_text` block say."""
    return [read(one, translated) for one in dicts(obj(block).get("elements"))]


def in_a_line(block: Any, translated: Translate) -> str:
    """Return what a `rich_text` block says where there is room for one line."""
    return " ".join(" ".join(lines(block, translated)).split())


def link(label: str, url: str) -> str:
    """Return a link with its text, either alone where the other is missing or leads nowhere."""
    return f"[{label}]({url})" if label and is_safe_url(url) else label or url


def obj(value: Any) -> dict[str, Any]:
    """Return an object, an empty one for what is none."""
    return value if isinstance(value, dict) else {}


def dicts(value: Any) -> list[dict[str, Any]]:
    """Return the objects of a list, none for what is none."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _items(element: dict[str, Any], translated: Translate) -> list[str]:
    is_ordered = element.get("style") == "ordered"
    # `offset` says how many points come before.
    first = max(_whole(element.get("offset")), 0) + 1
    indent = "  " * min(max(_whole(element.get("indent")), 0), _MOST_INDENTS)
    return [
        f"{indent}{f'{number}.' if is_ordered else '-'} {_item(item, translated)}"
        for number, item in enumerate(dicts(element.get("elements")), start=first)
    ]


def _item(item: dict[str, Any], translated: Translate) -> str:
    return _inline(item, translated) or _piece(item, translated)


def _inline(element: dict[str, Any], translated: Translate) -> str:
    return "".join(_piece(one, translated) for one in dicts(element.get("elements")))


def _piece(piece: dict[str, Any], translated: Translate) -> str:
    return _styled(_unstyled(piece, translated), piece.get("style"))


def _unstyled(piece: dict[str, Any], translated: Translate) -> str:
    match piece.get("type"):
        case "text":
            return said(piece.get("text"))
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
    # A link, and what is newer than this: it says something, too.
    return link(said(piece.get("text")), said(piece.get("url"))) or said(piece.get("fallback"))


def _styled(text: str, style: Any) -> str:
    core = text.strip()
    if not isinstance(style, dict) or not core or "\n" in core:
        return text
    before, after = text[: text.index(core)], text[text.index(core) + len(core) :]
    for name, mark in _STYLES:
        if style.get(name) is True:
            core = f"{mark}{core}{mark}"
    return f"{before}{core}{after}"


def _whole(value: Any) -> int:
    return value if isinstance(value, int) else 0
