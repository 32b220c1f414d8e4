"""What Slack is sent, read by slack_sdk's models."""

from __future__ import annotations

from collections import Counter
from typing import Any

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.attachments import ActionLinkButton, Attachment, AttachmentField

from engine.transports.markdown.splitting import units
from tests.differential.comparison import Difference, report
from tests.differential.messages import messages
from tests.differential.sent import bodies

_BODY = frozenset(("text", "attachments", "username", "icon_url", "icon_emoji", "thread_ts"))
_UNSEEN = frozenset(("mrkdwn_in", "color", "fallback", "ts", "author_icon", "footer_icon"))
_MAX_TEXT, _MAX_ATTACHED_TEXT, _MAX_ATTACHMENTS = 4_000, 3_000, 100


def test_slack_takes_every_body() -> None:
    """Every attachment passes the model's own checks, and no text is too long."""
    wrong: Counter[str] = Counter()
    without_icon = 0
    for message in messages():
        for body in bodies("slack", message):
            without_icon += sum(map(_lacks_icon, body.get("attachments", ())))
            wrong.update(problems(body))
    assert wrong == {}
    report(
        "sent_slack",
        packages=["pypi:slack-sdk"],
        checked="messages sent to Slack",
        total=len(messages()),
        differences=[
            Difference(
                "An author with a link and without an icon",
                without_icon,
                "The model asks for an icon beside a link; Slack's documentation asks for a name only.",
            )
        ],
    )


def problems(body: dict[str, Any]) -> list[str]:
    """Return what is wrong with a body."""
    found = [f"unknown member {name}" for name in body.keys() - _BODY]
    if not body.get("text", "").strip() and not body.get("attachments"):
        found.append("no_text")
    if units(body.get("text", "")) > _MAX_TEXT:
        found.append("text is too long")
    attachments = body.get("attachments", [])
    if len(attachments) > _MAX_ATTACHMENTS:
        found.append("too many attachments")
    for attachment in attachments:
        found += _attachment_problems(attachment)
    return found


def _attachment_problems(given: dict[str, Any]) -> list[str]:
    found: list[str] = []
    if not set(given) - _UNSEEN:
        found.append("an attachment that shows nothing")
    members = {"text": "", **given}
    members["markdown_in"] = members.pop("mrkdwn_in")
    if units(members["text"]) > _MAX_ATTACHED_TEXT:
        found.append("an attachment's text is too long")
    if _lacks_icon(given):
        members["author_icon"] = "https://example.org/stand-in.png"
    try:
        members["fields"] = [AttachmentField(**one) for one in members.get("fields", ())]
        found += ["an empty field" for one in members["fields"] if not (one.title or one.value)]
        for button in members.pop("actions", ()):
            kind = {name: value for name, value in button.items() if name != "type"}
            found += [] if button["text"].strip() else ["a button without a text"]
            ActionLinkButton(**kind).validate_json()
        Attachment(**members).validate_json()
    except (TypeError, SlackObjectFormationError) as exc:
        found.append(str(exc))
    return found


def _lacks_icon(attachment: dict[str, Any]) -> bool:
    return "author_link" in attachment and "author_icon" not in attachment
