"""Slack's markup in texts and attachments, read (wire.md 2.1, "Slack translation" and "Attachment")."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from engine.addresses import is_acceptable_url, is_safe_url
from engine.dialects import slackdates

Translate = Callable[[str], str]
Print = Callable[[Any], str]

#: `<target>` or `<target|label>`; only the format of a date may have blanks in it.
_ANGLED = re.compile(r"<(!date\^[^<>|]{1,2000}|[^<>|\s]{1,2000})(?:\|([^<>]{0,1000}))?>")
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}
_ENTITY = re.compile("|".join(_ENTITIES))
_LINK = re.compile(r"(?:https?://|mailto:|tel:|ftp://)", re.IGNORECASE)
_TEXTS = ("pretext", "text")
_PLAIN = ("fallback", "author_name", "footer")
_LINKS = ("author_link", "title_link", "audio_url", "video_url", "message_link")
_PICTURES = ("author_icon", "image_url", "thumb_url", "footer_icon")
_BREAKS = ("\n\n", "\n", " ")


def translate(
    text: str,
    everyone: Mapping[str, str],
    username_of: Callable[[str], str | None],
    *,
    bare_links: bool = False,
    plain: bool = False,
) -> str:
    """
    Return a text with `<url|label>` as `[label](url)`, mentions as names, and dates as their fallback.

    With `bare_links`, `<url>` is the URL; `plain` is for places that show no markup.
    """

    def written(match: re.Match[str]) -> str:
        target, label = match[1], match[2]
        if target.startswith("!"):
            return _command(target[1:], label, everyone, plain=plain) or match[0]
        if target.startswith("@"):
            name = username_of(target[1:]) or label
            return f"@{name.removeprefix('@')}" if name else match[0]
        if target.startswith("#"):
            return f"#{(label or target[1:]).removeprefix('#')}"
        if label and _LINK.match(target):
            return _linked(label, target, plain=plain)
        if bare_links and _LINK.match(target):
            return target
        return match[0]

    return _ANGLED.sub(written, text) if "<" in text else text


def unescape(text: str) -> str:
    """Return a text with the three characters that Slack's senders have to escape."""
    return _ENTITY.sub(lambda found: _ENTITIES[found[0]], text)


def date(seconds: Any, form: str, fallback: str, url: str = "", *, plain: bool = False) -> str:
    """Return what stands for a date: its fallback, since the reader's time zone is not known."""
    text = fallback or slackdates.written(seconds, form)
    return _linked(text, url, plain=plain) if text and is_safe_url(url) and url else text


def _command(
    given: str, label: str | None, everyone: Mapping[str, str], *, plain: bool
) -> str | None:
    word, *more = given.split("^")
    if word == "date" and len(more) >= 2:
        return date(more[0], more[1], label or "", "^".join(more[2:]), plain=plain)
    if word == "subteam" and more:
        return f"@{(label or more[0]).removeprefix('@')}"
    return everyone.get(word) or label


def _linked(label: str, url: str, *, plain: bool) -> str:
    if not plain:
        return f"[{label}]({url})"
    address = url.partition(":")[2] if url.lower().startswith(("mailto:", "tel:")) else url
    return label if label == address else f"{label} ({address})"


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


def attachments(
    given: Any,
    translated: Translate,
    *,
    title: Translate | None = None,
    plain: Translate = str,
    printed: Print | None = None,
) -> list[dict[str, Any]]:
    """
    Return those of the attachments that are some; values become texts, what is unsafe is left out.

    `title` and `plain` translate what is shown without markup, `printed` writes a field's value.
    """
    items = given if isinstance(given, list) else []
    return [
        _attachment(item, translated, title or translated, plain, printed or said)
        for item in items
        if isinstance(item, dict)
    ]


def said(value: Any) -> str:
    """Return a value as a text, nothing for what has none."""
    if value is None or isinstance(value, dict | list):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _attachment(
    item: dict[str, Any],
    translated: Translate,
    title: Translate,
    plain: Translate,
    printed: Print,
) -> dict[str, Any]:
    made = {name: translated(said(item.get(name))) for name in _TEXTS}
    made |= {"title": title(said(item.get("title"))), "color": said(item.get("color"))}
    made |= {name: plain(said(item.get(name))) for name in _PLAIN}
    made |= {name: url for name in _LINKS if is_safe_url(url := said(item.get(name)).strip())}
    for name in _PICTURES:
        if is_acceptable_url(url := said(item.get(name)).strip()):
            made[name] = url
    made = {name: value for name, value in made.items() if value}
    shown: dict[str, Any] = dict(made)
    if isinstance(item.get("ts"), str | int | float) and not isinstance(item["ts"], bool):
        shown["ts"] = item["ts"]
    if fields := _listed(item.get("fields")):
        shown["fields"] = [
            {
                "title": plain(said(one.get("title"))),
                "value": translated(printed(one.get("value"))),
                "short": said(one.get("short")).lower() == "true",
            }
            for one in fields
        ]
    if buttons := [_button(one, plain) for one in _listed(item.get("actions")) if _has_link(one)]:
        shown["actions"] = buttons
    return shown


def _listed(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _has_link(action: dict[str, Any]) -> bool:
    # What calls back to its sender when it is pressed has nobody to call it here.
    return is_safe_url(said(action.get("url")))


def _button(action: dict[str, Any], plain: Translate) -> dict[str, Any]:
    label = plain(said(action.get("text") or action.get("name"))) or "Open"
    return {"type": "button", "text": label, "url": said(action["url"])}


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
