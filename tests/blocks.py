"""Blocks of Rocket.Chat's, one of each kind (@rocket.chat/ui-kit), and what they say."""

from __future__ import annotations

from typing import Any

BUTTON = {
    "type": "button",
    "actionId": "approve",
    "text": {"type": "plain_text", "text": "Approve", "emoji": True},
}
LINK = {**BUTTON, "text": {"type": "plain_text", "text": "Open"}, "url": "https://ci.example/7"}
PICTURE = {"type": "image", "imageUrl": "https://img.example/a.png", "altText": "a graph"}


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def marked(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text}


#: One block of each kind -> its words.
KINDS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "section": (
        {
            "type": "section",
            "text": marked("*build* failed"),
            "fields": [plain("a"), marked("_b_")],
        },
        ["build", "failed", "a", "b"],
    ),
    "accessory picture": ({"type": "section", "text": plain("x"), "accessory": PICTURE}, ["x"]),
    "accessory": ({"type": "section", "text": plain("x"), "accessory": BUTTON}, ["x", "Approve"]),
    "actions": ({"type": "actions", "elements": [LINK, BUTTON]}, ["Open", "Approve"]),
    "overflow": (
        {
            "type": "actions",
            "elements": [{"type": "overflow", "options": [{"text": plain("Later"), "value": "1"}]}],
        },
        ["Later"],
    ),
    "select": (
        {
            "type": "actions",
            "elements": [
                {
                    "type": "static_select",
                    "placeholder": plain("Which room"),
                    "options": [{"text": plain("one")}, {"text": plain("two")}],
                    "optionGroups": [{"options": [{"text": plain("three")}]}],
                }
            ],
        },
        ["Which room", "one", "two", "three"],
    ),
    "context": (
        {"type": "context", "elements": [PICTURE, marked("by *ada*"), plain("today")]},
        ["by", "ada", "today"],
    ),
    "image": ({**PICTURE, "title": plain("Load")}, ["Load"]),
    "input": (
        {
            "type": "input",
            "label": plain("Reason"),
            "hint": plain("be short"),
            "element": {"type": "plain_text_input", "placeholder": plain("write here")},
        },
        ["Reason", "be short", "write here"],
    ),
    "boxes": (
        {
            "type": "input",
            "label": plain("Who"),
            "element": {
                "type": "checkbox",
                "options": [
                    {"text": plain("me"), "value": "m"},
                    {"text": plain("you"), "value": "y"},
                ],
                "initialOptions": [{"text": plain("you"), "value": "y"}],
            },
        },
        ["Who", "\N{BALLOT BOX} me", "\N{BALLOT BOX WITH CHECK} you"],
    ),
    "scale": (
        {
            "type": "actions",
            "elements": [
                {"type": "linear_scale", "minValue": 1, "maxValue": 5, "preLabel": plain("bad")}
            ],
        },
        ["bad", "1\N{EN DASH}5"],
    ),
    "callout": (
        {"type": "callout", "title": plain("Note"), "text": marked("*read*"), "variant": "danger"},
        ["Note", "read"],
    ),
    "preview": (
        {
            "type": "preview",
            "title": [plain("A page")],
            "description": [plain("about it")],
            "preview": {"url": "https://img.example/p.png"},
            "externalUrl": "https://page.example/",
            "footer": {"type": "context", "elements": [plain("page.example")]},
        },
        ["A page", "about it", "page.example"],
    ),
    "conditional": (
        {"type": "conditional", "render": [{"type": "section", "text": plain("shown")}]},
        ["shown"],
    ),
    "info card": (
        {"type": "info_card", "rows": [{"elements": [plain("Call ended")]}]},
        ["Call ended"],
    ),
    "tabs": ({"type": "tab_navigation", "tabs": [{"type": "tab", "title": plain("One")}]}, ["One"]),
    "video": ({"type": "video_conf", "callId": "x"}, ["Video call"]),
    "header": ({"type": "header", "text": plain("Head")}, ["Head"]),
    "markdown": ({"type": "markdown", "text": "*a*"}, ["a"]),
    "unknown": (
        {"type": "rich_text", "elements": [{"elements": [{"type": "text", "text": "new"}]}]},
        ["new"],
    ),
}
