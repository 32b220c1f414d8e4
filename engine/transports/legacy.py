"""Attachments in the form that Slack once gave them, and that Mattermost and kChat share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.emoji import TONE_NAMES, slack_name
from engine.transports.addresses import web_url
from engine.transports.attachments import (
    Action,
    Attachment,
    Feature,
    footer_line,
    write_action,
    write_features,
)
from engine.transports.chat import packed, written
from engine.transports.colours import hex_colour
from engine.transports.markdown.dialects import Dialect
from engine.transports.markdown.layout import Page, Span
from engine.transports.markdown.lines import Border
from engine.transports.markdown.splitting import cut, units
from engine.transports.message import CanonicalMessage

_KNOWN_COLOURS = ("good", "warning", "danger")
#: What is longer is no title any more.
_MAX_LINE_UNITS = 1_000
#: Of a longer footer both show the beginning only.
_MAX_FOOTER_UNITS = 300
_MAX_FIELDS, _MAX_FIELDS_BYTES = 50, 60_000


@dataclass(frozen=True, slots=True)
class Form:
    """What differs between those who have this form."""

    #: Buttons that open an address stay buttons, so many of them; the others become text.
    buttons: int = 0
    button_units: int = 75
    #: `ts` is shown, beside a footer; else the time is a part of the footer.
    shows_time: bool = False
    #: `thumb_url` is shown beside `image_url`; else it becomes a link.
    shows_both_pictures: bool = True


def legacy_attachments(
    attachment: Attachment, dialect: Dialect, max_units: int, form: Form
) -> list[dict[str, Any]]:
    """Return an attachment, and as many more below it as its texts and fields take."""
    own_time = form.shows_time and bool(attachment.footer)
    footer = attachment.footer if own_time else footer_line(attachment)
    is_short = units(dialect.bare(footer)) <= _MAX_FOOTER_UNITS
    buttons = _buttons(attachment, form)
    author, more_author = cut(attachment.author_name, _MAX_LINE_UNITS)
    title, more_title = cut(attachment.title, _MAX_LINE_UNITS)
    with_thumb = form.shows_both_pictures or not attachment.image_url
    body = Page(dialect)
    for rest in (more_author, more_title):
        body.line(Span(rest, bold=True))
    write_features(body, attachment, (Feature.TEXT, Feature.MEDIA, Feature.UNOPENED))
    if not with_thumb:
        write_features(body, attachment, (Feature.THUMB,))
    for action in attachment.actions:
        if action not in buttons:
            write_action(body, action)
    fields = _fields(attachment, dialect, max_units)
    *before, pretext = written(attachment.pretext, dialect, max_units) or [""]
    first, *further = body.parts(max_units) or [""]

    head = {
        "fallback": dialect.bare(attachment.summary)[:max_units],
        "pretext": pretext,
        "author_name": dialect.bare(author),
        "author_link": attachment.author_link if author else None,
        "author_icon": attachment.author_icon,
        "title": dialect.bare(title),
        "title_link": attachment.title_link if title else None,
        "text": first,
    }
    tail = {
        "image_url": attachment.image_url,
        "thumb_url": attachment.thumb_url if with_thumb else None,
        "actions": [
            {"type": "button", "text": dialect.bare(action.text or "Open"), "url": action.url}
            for action in buttons
        ],
        "footer": dialect.bare(footer) if is_short else "",
        "footer_icon": attachment.footer_icon if footer and is_short else None,
        "ts": int(attachment.ts.timestamp()) if attachment.ts and own_time and is_short else None,
    }
    # What belongs below the text goes with the last piece of it.
    members: list[dict[str, Any]] = [{"pretext": text} for text in before]
    members += [head, *({"text": text} for text in further)]
    for index, group in enumerate(packed(fields, _MAX_FIELDS_BYTES, _MAX_FIELDS)):
        members += [{}] if index else []
        members[-1]["fields"] = group
    members[-1] |= tail
    if not is_short:
        members += [{"text": text} for text in _written_footer(attachment, dialect, max_units)]
    color = _colour(attachment)
    shown = [{name: value for name, value in member.items() if value} for member in members]
    return [{"color": color, **member} if color else member for member in shown if member]


def legacy_sender(message: CanonicalMessage, *, colons: bool) -> dict[str, str]:
    """Return the members that override name and picture; Slack's emoji have colons, Mattermost's none."""
    sender = {"username": message.name} if message.name else {}
    if avatar := web_url(message.avatar):
        return {**sender, "icon_url": avatar}
    named, tone = slack_name(message.emoji)
    if not named:
        return sender
    if colons:
        return {**sender, "icon_emoji": f":{named}::skin-tone-{tone}:" if tone else f":{named}:"}
    return {**sender, "icon_emoji": f"{named}_{TONE_NAMES[tone]}_skin_tone" if tone else named}


def _buttons(attachment: Attachment, form: Form) -> list[Action]:
    found = [
        action
        for action in attachment.actions
        if action.url and units(action.text) <= form.button_units
    ]
    return found[: form.buttons]


def _fields(attachment: Attachment, dialect: Dialect, max_units: int) -> list[dict[str, Any]]:
    fields: list[dict[str, Any]] = []
    for field in attachment.fields:
        title, rest = cut(field.title, _MAX_LINE_UNITS)
        page = Page(dialect)
        page.line(Span(rest, bold=True))
        page.markdown(field.value, border=Border.BLOCK)
        first, *further = page.parts(max_units) or [""]
        fields.append({"title": dialect.bare(title), "value": first, "short": field.short})
        fields += [{"title": "", "value": text, "short": False} for text in further]
    return fields


def _written_footer(attachment: Attachment, dialect: Dialect, max_units: int) -> list[str]:
    page = Page(dialect)
    page.line(footer_line(attachment))
    return page.parts(max_units)


def _colour(attachment: Attachment) -> str | None:
    if attachment.color in _KNOWN_COLOURS:
        return attachment.color
    return hex_colour(attachment.color or "")
