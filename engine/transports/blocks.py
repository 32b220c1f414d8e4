"""Rocket.Chat's blocks as attachments, which every far side gets: also its own hooks take no blocks."""

from __future__ import annotations

from typing import Any

from engine.transports.markdown.dialects import Mentions
from engine.transports.markdown.escaping import RocketChat
from engine.uikit.blocks import Block, read
from engine.uikit.parts import Picture, Piece, Text

#: Who may be called is decided where a message is sent.
_MARKDOWN = RocketChat(Mentions(everyone=True))
_COLOURS = {"danger": "danger", "warning": "warning", "success": "good", "info": "blue"}
#: In the order in which an attachment's parts are shown.
_TITLE, _TEXT, _FIELDS, _IMAGE, _ACTIONS = range(5)


def attachments_of_blocks(given: Any) -> list[dict[str, Any]]:
    """
    Return what blocks say and show, in their order, in as few attachments as hold it.

    A line between blocks parts two attachments, and a callout is one of its own, with its colour.
    """
    made = _Attachments()
    for block in read(given):
        if block.kind in ("divider", "callout"):
            made.start()
        if colour := _COLOURS.get(block.variant):
            made.current["color"] = colour
        _add(made, block)
        if block.kind == "callout":
            made.start()
    made.start()
    return made.done


class _Attachments:
    """Fills an attachment from its top to its end, and begins another for what belongs higher up."""

    def __init__(self) -> None:
        self.done: list[dict[str, Any]] = []
        self.current: dict[str, Any] = {}
        self._part = _TITLE

    def start(self) -> None:
        if self.current:
            self.done.append(self.current)
        self.current, self._part = {}, _TITLE

    def put(self, part: int, name: str, value: Any) -> None:
        """Set a member of which an attachment has one."""
        if part < self._part or name in self.current:
            self.start()
        self.current[name] = value
        self._part = part

    def add(self, part: int, name: str, items: list[dict[str, Any]]) -> None:
        if part < self._part:
            self.start()
        self.current.setdefault(name, []).extend(items)
        self._part = part

    def say(self, text: str) -> None:
        if self._part > _TEXT:
            self.start()
        said = self.current.get("text")
        self.current["text"] = f"{said}\n{text}" if said else text
        self._part = _TEXT


def _add(made: _Attachments, block: Block) -> None:
    if block.thumb and "thumb_url" in made.current:
        made.start()
    title, texts = _titled(block)
    if title:
        made.put(_TITLE, "title", title)
    for text in texts:
        made.say(text)
    if block.thumb:
        made.put(_TEXT, "thumb_url", block.thumb.url)
        if block.thumb.alt:
            made.say(_plain(block.thumb.alt))
    if block.fields:
        fields = [{"title": "", "value": _text(one), "short": True} for one in block.fields]
        made.add(_FIELDS, "fields", fields)
    if block.image:
        made.put(_IMAGE, "image_url", block.image.url)
    if block.buttons:
        made.add(
            _ACTIONS,
            "actions",
            [
                {"type": "button", "text": one.text, **({"url": one.url} if one.url else {})}
                for one in block.buttons
            ],
        )
    if block.notes:
        made.say(" ".join(map(_piece, block.notes)))


def _titled(block: Block) -> tuple[str, list[str]]:
    """Return what stands in a block's title, and the texts below it."""
    titles, texts = list(block.titles), []
    if block.image and block.image.alt:
        # A picture's words are its title, or below that.
        if titles:
            texts.append(_plain(block.image.alt))
        else:
            titles.append(Text(block.image.alt))
    title = ""
    if len(titles) == 1 and not titles[0].is_markdown:
        title = " ".join(titles[0].text.split())
        titles = []
    return title, [*map(_text, titles), *texts, *map(_piece, block.body)]


def _piece(piece: Piece) -> str:
    return _text(piece) if isinstance(piece, Text) else _link(piece)


def _link(picture: Picture) -> str:
    return _MARKDOWN.link(picture.alt or "Image", picture.url)


def _text(text: Text) -> str:
    return text.text if text.is_markdown else _plain(text.text)


def _plain(text: str) -> str:
    """Return Markdown that says a text and nothing else."""
    return "\n".join(_MARKDOWN.start(_MARKDOWN.text(line)) for line in text.split("\n"))
