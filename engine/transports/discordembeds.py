"""Attachments as Discord's embeds, within their lengths (wire.md 5)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from engine.transports.attachments import (
    Attachment,
    Feature,
    write_action,
    write_features,
)
from engine.transports.colours import hex_colour
from engine.transports.markdown.dialects import NOTHING, Dialect
from engine.transports.markdown.layout import Page, Span
from engine.transports.markdown.lines import Border
from engine.transports.markdown.splitting import cut, units

_MAX_TITLE = 256
_MAX_AUTHOR = 256
_MAX_DESCRIPTION = 4_096
_MAX_FIELDS = 25
_MAX_FIELD_NAME, _MAX_FIELD_VALUE = 256, 1_024
_MAX_FOOTER = 2_048
#: Those that stand in the description.
_TEXTS = (Feature.PRETEXT, Feature.TEXT, Feature.MEDIA, Feature.UNOPENED)
#: All texts of a message's embeds together.
_MAX_SUM = 6_000
_MAX_EMBEDS = 10


def embeds(attachment: Attachment, dialect: Dialect) -> list[dict[str, Any]]:
    """Return an attachment as one embed, or as many more as its texts take."""
    author, more_author = cut(attachment.author_name, _MAX_AUTHOR)
    title, more_title = cut(attachment.title, _MAX_TITLE)
    footer = attachment.footer if units(attachment.footer) <= _MAX_FOOTER else ""
    body = Page(dialect)
    for rest in (more_author, more_title):
        body.line(Span(rest, bold=True))
    write_features(body, attachment, _TEXTS)
    for action in attachment.actions:
        write_action(body, action)
    thumb = attachment.thumb_url if attachment.thumb_url != attachment.image_url else None
    body.line("" if footer else attachment.footer)
    first, *further = body.parts(_MAX_DESCRIPTION) or [""]
    made: list[dict[str, Any]] = [
        {
            "author": _with_name(author, attachment.author_link, attachment.author_icon),
            "title": title,
            "url": attachment.title_link if title else None,
            "description": first,
        },
        *({"description": text} for text in further),
    ]
    for field in _fields(attachment, dialect):
        if _sum(made[-1]) + _sum({"fields": [field]}) > _MAX_SUM - _MAX_FOOTER or (
            len(made[-1].get("fields", ())) == _MAX_FIELDS
        ):
            made.append({})
        made[-1].setdefault("fields", []).append(field)
    if _sum(made[-1]) + units(footer) > _MAX_SUM:
        made.append({})
    made[-1] |= {
        "image": {"url": attachment.image_url} if attachment.image_url else None,
        "thumbnail": {"url": thumb} if thumb else None,
        "footer": _with_text(footer, attachment.footer_icon),
        "timestamp": attachment.ts.isoformat() if attachment.ts else None,
    }
    colour = hex_colour(attachment.color or "")
    number = int(colour[1:], 16) if colour else None
    return [
        {
            name: value
            for name, value in {"color": number, **embed}.items()
            if value not in ("", None)
        }
        for embed in made
    ]


def grouped(made: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Put embeds into as few messages as they fit in."""
    groups: list[list[dict[str, Any]]] = []
    taken = 0
    for embed in made:
        size = _sum(embed)
        if not groups or taken + size > _MAX_SUM or len(groups[-1]) == _MAX_EMBEDS:
            groups.append([])
            taken = 0
        groups[-1].append(embed)
        taken += size
    return groups


def _fields(attachment: Attachment, dialect: Dialect) -> Iterator[dict[str, Any]]:
    """Return the fields; what is too long for a name goes before the value."""
    for field in attachment.fields:
        name, rest = cut(field.title, _MAX_FIELD_NAME)
        page = Page(dialect)
        page.line(Span(rest, bold=True))
        page.markdown(field.value, border=Border.BLOCK)
        first, *further = page.parts(_MAX_FIELD_VALUE) or [NOTHING]
        yield {"name": name or NOTHING, "value": first, "inline": field.short}
        for text in further:
            yield {"name": NOTHING, "value": text, "inline": False}


def _with_name(name: str, url: str | None, icon: str | None) -> dict[str, str] | None:
    if not name:
        return None
    members = {"name": name, "url": url, "icon_url": icon}
    return {member: value for member, value in members.items() if value}


def _with_text(text: str, icon: str | None) -> dict[str, str] | None:
    if not text:
        return None
    return {"text": text, "icon_url": icon} if icon else {"text": text}


def _sum(embed: dict[str, Any]) -> int:
    author, footer = embed.get("author") or {}, embed.get("footer") or {}
    texts = [embed.get("title"), embed.get("description"), author.get("name"), footer.get("text")]
    for field in embed.get("fields", ()):
        texts += [field["name"], field["value"]]
    return sum(units(text) for text in texts if text)
