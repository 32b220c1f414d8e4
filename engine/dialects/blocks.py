"""Slack's blocks, read as text, pictures and link buttons."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.addresses import is_acceptable_url, is_safe_url
from engine.dialects import blockelements, blocktables, richtext
from engine.dialects.base import INVALID_BLOCKS
from engine.dialects.blockelements import link_button, text_of
from engine.dialects.richtext import dicts, obj
from engine.dialects.slacktext import Translate, said, unescape
from engine.errors import ChatError

MAX_BLOCKS = 50
_RULE = "---"
#: Where blocks hold blocks, by kind.
_INNER = {"container": "child_blocks", "carousel": "elements", "plan": "tasks"}
_MAX_DEPTH = 30
#: What people read of a block that is newer than this module, the outer words first.
_WORDS = (
    *("title", "rich_text_title", "name", "label", "subtitle", "caption", "text", "body"),
    *("description", "details", "output", "hint"),
)
#: Members of what is shown only after a click.
_UNREAD = ("confirm", "placeholder", "workflow", "options", "option_groups")
#: Buttons that only their sender can answer.
_PRESSED = ("button", "icon_button", "feedback_buttons", "workflow_button")
_STATES = {
    "complete": "\N{BALLOT BOX WITH CHECK}",
    "pending": "\N{BALLOT BOX}",
    "in_progress": "\N{HOURGLASS WITH FLOWING SAND}",
    "error": "\N{WARNING SIGN}",
}


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
        _add(block, translated, lines, shown, _MAX_DEPTH)
    return "\n".join(lines), shown


def _add(
    block: dict[str, Any],
    translated: Translate,
    lines: list[str],
    shown: list[dict[str, Any]],
    depth: int,
) -> None:
    """Add a block's lines and attachments, and then those of the blocks that it holds."""
    kind = said(block.get("type"))
    if kind == "card":
        shown += _card(block, translated)
        return
    lines += [line for line in _lines(block, translated) if line]
    shown += _attachments(block, translated)
    for inner in dicts(block.get(_INNER.get(kind, ""))) if depth else ():
        # Tasks of a plan need not say what they are.
        _add({"type": "task_card", **inner}, translated, lines, shown, depth - 1)


def _lines(block: dict[str, Any], translated: Translate) -> Iterator[str]:
    match block.get("type"):
        case "header":
            yield _bold(text_of(block.get("text"), translated))
        case "section":
            yield text_of(block.get("text"), translated)
            for field in dicts(block.get("fields")):
                yield text_of(field, translated)
            yield from blockelements.written(obj(block.get("accessory")), translated)
        case "context":
            elements = dicts(block.get("elements"))
            yield " ".join(filter(None, (_in_context(one, translated) for one in elements)))
        case "markdown":
            yield said(block.get("text"))
        case "divider":
            yield _RULE
        case "rich_text":
            yield from richtext.lines(block, translated)
        case "table" | "data_table":
            yield _bold(said(block.get("caption")))
            yield blocktables.read(block, translated)
        case "image":
            yield _instead_of_picture(block)
        case "actions":
            for element in dicts(block.get("elements")):
                yield from blockelements.written(element, translated)
        case "input":
            yield _bold(text_of(block.get("label"), translated))
            yield from blockelements.written(obj(block.get("element")), translated)
            yield text_of(block.get("hint"), translated)
        case "call":
            call = obj(obj(block.get("call")).get("v1"))
            named = richtext.link(said(call.get("name")), said(call.get("join_url")))
            yield " ".join(filter(None, (named, said(call.get("display_id")))))
        case "container" | "task_card" | "plan":
            yield from _titled(block, translated)
        case "video" | "carousel" | "context_actions" | "file":
            return
        case _:
            yield from _words(block, translated, _MAX_DEPTH)


def _in_context(element: dict[str, Any], translated: Translate) -> str:
    if element.get("type") != "image":
        return text_of(element, translated)
    alt, url = said(element.get("alt_text")), said(element.get("image_url"))
    return f"[{alt or 'Image'}]({url})" if is_safe_url(url) else alt


def _titled(block: dict[str, Any], translated: Translate) -> Iterator[str]:
    """Give a title with its state, and what is said below it."""
    title = _word(block.get("title"), translated) or _word(block.get("rich_text_title"), translated)
    state = _STATES.get(said(block.get("status")), "")
    yield " ".join(filter(None, (state, title if state else _bold(title))))
    yield text_of(block.get("subtitle"), translated)
    for name in ("details", "output"):
        yield from richtext.lines(block.get(name), translated)
    for source in dicts(block.get("sources")):
        yield richtext.link(said(source.get("text")), said(source.get("url")))


def _word(value: Any, translated: Translate) -> str:
    if obj(value).get("type") == "rich_text":
        return richtext.in_a_line(value, translated)
    return said(value) or text_of(value, translated)


def _words(value: Any, translated: Translate, depth: int) -> Iterator[str]:
    """Give the words and addresses of a value whose kind is not known."""
    given = obj(value)
    if given.get("type") == "image":
        yield _in_context(given, translated)
        return
    if given.get("type") in _PRESSED and not is_safe_url(said(given.get("url"))):
        return
    words = {name: _word(given.get(name), translated) for name in _WORDS}
    if url := next((said(given[name]) for name in ("url", "join_url") if name in given), ""):
        name = next((name for name in _WORDS if words[name]), "text")
        words[name] = richtext.link(words[name], url)
    number = given.get("value")
    if words["label"] and isinstance(number, int | float):
        words["label"] = f"{words['label']}: {said(number)}"
    yield from words.values()
    for name, inner in given.items() if depth else ():
        if name in _UNREAD or (name in _WORDS and words[name]):
            continue
        for one in [inner] if isinstance(inner, dict) else dicts(inner):
            yield from _words(one, translated, depth - 1)


def _bold(text: str) -> str:
    return f"*{text}*" if text else ""


def _attachments(block: dict[str, Any], translated: Translate) -> Iterator[dict[str, Any]]:
    kind = block.get("type")
    if kind == "image":
        yield from _image(block)
    elif kind == "section" and isinstance(block.get("accessory"), dict):
        accessory = block["accessory"]
        yield from _image(accessory) if accessory.get("type") == "image" else _buttons([accessory])
    elif kind == "actions":
        yield from _buttons(dicts(block.get("elements")))
    elif kind == "video":
        yield from _video(block, translated)


def _image(block: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if url := _picture_url(block):
        label = text_of(block.get("title"), unescape)
        yield _present({"title": label or said(block.get("alt_text")), "image_url": url})


def _instead_of_picture(block: dict[str, Any]) -> str:
    """Return a picture's words where it cannot be shown, as one of Slack's own files cannot."""
    if _picture_url(block):
        return ""
    words = text_of(block.get("title"), unescape) or said(block.get("alt_text"))
    return richtext.link(words, said(obj(block.get("slack_file")).get("url")))


def _picture_url(block: dict[str, Any]) -> str:
    url = said(block.get("image_url"))
    return url if url and is_acceptable_url(url) else ""


def _buttons(elements: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    if buttons := [button for one in elements for button in blockelements.links(one)]:
        yield {"actions": buttons}


def _video(block: dict[str, Any], translated: Translate) -> Iterator[dict[str, Any]]:
    thumb = said(block.get("thumbnail_url"))
    shown = {
        "author_name": said(block.get("author_name")),
        "title": text_of(block.get("title"), unescape) or said(block.get("alt_text")),
        "title_link": _safe(said(block.get("title_url"))),
        "text": text_of(block.get("description"), translated),
        "thumb_url": thumb if is_acceptable_url(thumb) else "",
        # It is a page for a frame, no recording.
        "actions": list(filter(None, [link_button("Video", said(block.get("video_url")))])),
        "footer": said(block.get("provider_name")),
    }
    if made := _present(shown):
        yield made


def _card(block: dict[str, Any], translated: Translate) -> Iterator[dict[str, Any]]:
    texts = (text_of(block.get(name), translated) for name in ("title", "subtitle", "body"))
    buttons = [button for one in dicts(block.get("actions")) for button in blockelements.links(one)]
    hero, icon = obj(block.get("hero_image")), obj(block.get("icon"))
    shown = {
        "text": "\n".join(filter(None, texts)),
        "image_url": _picture_url(hero),
        "thumb_url": _picture_url(icon),
        "actions": buttons,
    }
    if made := _present(shown):
        yield made


def _safe(url: str) -> str:
    return url if is_safe_url(url) else ""


def _present(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value}
