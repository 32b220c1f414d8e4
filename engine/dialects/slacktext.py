"""Slack's markup in texts and attachments, read (wire.md 2.1, "Slack translation" and "Attachment")."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from engine.messages import is_safe_url

Translate = Callable[[str], str]

#: `<target>` or `<target|label>`.
_ANGLED = re.compile(r"<([^<>|\s]{1,2000})(?:\|([^<>]{0,1000}))?>")
_LINK = re.compile(r"(?:https?://|mailto:|tel:|ftp://)", re.IGNORECASE)
_TEXTS = ("pretext", "text", "title")
_PLAIN = ("fallback", "author_name", "footer", "color")
_URLS = (
    "author_link",
    "author_icon",
    "title_link",
    "image_url",
    "thumb_url",
    "audio_url",
    "video_url",
    "message_link",
    "footer_icon",
)
_BREAKS = ("\n\n", "\n", " ")


def translate(
    text: str,
    everyone: Mapping[str, str],
    username_of: Callable[[str], str | None],
    *,
    bare_links: bool = False,
) -> str:
    """Return a text with `<url|label>` as `[label](url)`, and mentions as names; with `bare_links`, `<url>` as the URL."""

    def written(match: re.Match[str]) -> str:
        target, label = match[1], match[2]
        if target.startswith("!"):
            word = target[1:].partition("^")[0]
            return everyone.get(word) or label or match[0]
        if target.startswith("@"):
            name = username_of(target[1:]) or label
            return f"@{name.removeprefix('@')}" if name else match[0]
        if target.startswith("#"):
            return f"#{(label or target[1:]).removeprefix('#')}"
        if label and _LINK.match(target):
            return f"[{label}]({target})"
        if bare_links and _LINK.match(target):
            return target
        return match[0]

    return _ANGLED.sub(written, text) if "<" in text else text


def split(text: str, max_units: int) -> list[str]:
    """Cut a text into pieces of at most so many UTF-16 units, at ends of lines or words where it can."""
    pieces = []
    while len(text) > max_units or _units(text) > max_units:
        end = max_units
        while _units(text[:end]) > max_units:
            end -= max(1, (_units(text[:end]) - max_units) // 2)
        for mark in _BREAKS:
            # Not so early that the pieces become many.
            if (found := text.rfind(mark, end // 2, end)) > 0:
                end = found + len(mark)
                break
        pieces.append(text[:end])
        text = text[end:]
    return [*pieces, text] if text.strip() or not pieces else pieces


def attachments(given: Any, translated: Translate) -> list[dict[str, Any]]:
    """Return those of the attachments that are some; values become texts, what is unsafe is left out."""
    items = given if isinstance(given, list) else []
    return [_attachment(item, translated) for item in items if isinstance(item, dict)]


def said(value: Any) -> str:
    """Return a value as a text, nothing for what has none."""
    if value is None or isinstance(value, dict | list):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _attachment(item: dict[str, Any], translated: Translate) -> dict[str, Any]:
    made = {name: translated(said(item.get(name))) for name in _TEXTS}
    made |= {name: said(item.get(name)) for name in _PLAIN}
    made |= {name: url for name in _URLS if is_safe_url(url := said(item.get(name)).strip())}
    made = {name: value for name, value in made.items() if value}
    shown: dict[str, Any] = dict(made)
    if isinstance(item.get("ts"), str | int | float) and not isinstance(item["ts"], bool):
        shown["ts"] = item["ts"]
    if fields := _listed(item.get("fields")):
        shown["fields"] = [
            {
                "title": said(one.get("title")),
                "value": translated(said(one.get("value"))),
                "short": one.get("short") in (True, "true", "True"),
            }
            for one in fields
        ]
    if buttons := [_button(one) for one in _listed(item.get("actions")) if _has_link(one)]:
        shown["actions"] = buttons
    return shown


def _listed(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _has_link(action: dict[str, Any]) -> bool:
    # What calls back to its sender when it is pressed has nobody to call it here.
    return is_safe_url(said(action.get("url")))


def _button(action: dict[str, Any]) -> dict[str, Any]:
    label = said(action.get("text") or action.get("name")) or "Open"
    return {"type": "button", "text": label, "url": said(action["url"])}


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
