"""Attachments in the form that Slack once gave them, and that Mattermost and kChat share."""

from __future__ import annotations

from typing import Any

from engine.emoji import TONE_NAMES, slack_name
from engine.transports.addresses import web_url
from engine.transports.attachments import (
    Attachment,
    Feature,
    hex_colour,
    write_action,
    write_features,
)
from engine.transports.chat import written
from engine.transports.markdown.dialects import Dialect
from engine.transports.markdown.layout import Page
from engine.transports.message import CanonicalMessage

_KNOWN_COLOURS = ("good", "warning", "danger")


def legacy_attachments(
    attachment: Attachment, dialect: Dialect, max_units: int, *, max_buttons: int = 0
) -> list[dict[str, Any]]:
    """
    Return an attachment, and as many more below it as its text takes.

    Buttons that open an address stay buttons up to `max_buttons`; the others become text.
    """
    buttons = [action for action in attachment.actions if action.url][:max_buttons]
    body = Page(dialect)
    write_features(body, attachment, (Feature.TEXT, Feature.MEDIA))
    for action in attachment.actions:
        if action not in buttons:
            write_action(body, action)
    *before, pretext = written(attachment.pretext, dialect, max_units) or [""]
    first, *further = body.parts(max_units) or [""]

    head = {
        "fallback": dialect.bare(attachment.summary)[:max_units],
        "pretext": pretext,
        "author_name": dialect.bare(attachment.author_name),
        "author_link": attachment.author_link,
        "author_icon": attachment.author_icon,
        "title": dialect.bare(attachment.title),
        "title_link": attachment.title_link if attachment.title else None,
        "text": first,
    }
    tail = {
        "fields": _fields(attachment, dialect, max_units),
        "image_url": attachment.image_url,
        "thumb_url": attachment.thumb_url,
        "actions": [
            {"type": "button", "text": dialect.bare(action.text or "Open"), "url": action.url}
            for action in buttons
        ],
        "footer": dialect.bare(attachment.footer),
        "footer_icon": attachment.footer_icon if attachment.footer else None,
        "ts": int(attachment.ts.timestamp()) if attachment.ts else None,
    }
    # What belongs below the text goes with the last piece of it.
    members: list[dict[str, Any]] = [{"pretext": text} for text in before]
    members += [head, *({"text": text} for text in further)]
    members[-1] = {**members[-1], **tail}
    if attachment.is_empty:
        members[-1]["text"] = dialect.text(attachment.fallback)
    color = _colour(attachment)
    return [
        {name: value for name, value in {"color": color, **member}.items() if value}
        for member in members
    ]


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


def _fields(attachment: Attachment, dialect: Dialect, max_units: int) -> list[dict[str, Any]]:
    fields: list[dict[str, Any]] = []
    for field in attachment.fields:
        first, *further = written(field.value, dialect, max_units) or [""]
        fields.append({"title": dialect.bare(field.title), "value": first, "short": field.short})
        fields += [{"title": "", "value": text, "short": False} for text in further]
    return fields


def _colour(attachment: Attachment) -> str | None:
    if attachment.color in _KNOWN_COLOURS:
        return attachment.color
    return hex_colour(attachment.color or "")
