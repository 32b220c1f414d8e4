"""Blocks -> what the templates need to show them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from markupsafe import Markup

from engine.markup import safe_url
from engine.uikit.blocks import Block, read
from engine.uikit.parts import Button, Picture, Piece, Text

#: A message with more of them is an accident; the rest is counted, not shown.
_MAX_BLOCKS = 50
_MAX_PIECES = 40
_MAX_BUTTONS = 25
_TONES = ("info", "danger", "warning", "success")

_Part = TypeVar("_Part")


@dataclass(frozen=True, slots=True)
class PictureView:
    #: None when the picture cannot be shown: its words are.
    src: str | None
    alt: str
    #: What it leads to: nothing when it is in the message itself.
    link: str | None


@dataclass(frozen=True, slots=True)
class ButtonView:
    text: str
    url: str | None


@dataclass(frozen=True, slots=True)
class BlockView:
    kind: str
    tone: str
    titles: list[Markup]
    body: list[Markup | PictureView]
    fields: list[Markup]
    thumb: PictureView | None
    image: PictureView | None
    buttons: list[ButtonView]
    notes: list[Markup | PictureView]
    #: How many parts of it are left out.
    more: int


@dataclass(frozen=True, slots=True)
class BlockReader:
    """Makes views of blocks; `html` writes a text, `picture` says what a picture is shown by."""

    html: Callable[[str, bool], Markup]
    picture: Callable[[str], str | None]
    line: Callable[[str], str]

    def views(self, given: Any) -> tuple[list[BlockView], int]:
        """Return the blocks to be shown, and how many are left out."""
        found = read(given)
        return [self._view(one) for one in found[:_MAX_BLOCKS]], max(0, len(found) - _MAX_BLOCKS)

    def _view(self, block: Block) -> BlockView:
        left_out = _Count()
        return BlockView(
            kind=block.kind,
            tone=block.variant if block.variant in _TONES else "",
            titles=[self._text(one) for one in left_out.kept(block.titles)],
            body=[self._piece(one) for one in left_out.kept(block.body)],
            fields=[self._text(one) for one in left_out.kept(block.fields)],
            thumb=self._picture(block.thumb) if block.thumb else None,
            image=self._picture(block.image) if block.image else None,
            buttons=[self._button(one) for one in left_out.kept(block.buttons, _MAX_BUTTONS)],
            notes=[self._piece(one) for one in left_out.kept(block.notes)],
            more=left_out.count,
        )

    def _piece(self, piece: Piece) -> Markup | PictureView:
        return self._picture(piece) if isinstance(piece, Picture) else self._text(piece)

    def _text(self, text: Text) -> Markup:
        return self.html(text.text, text.is_markdown)

    def _picture(self, picture: Picture) -> PictureView:
        src = self.picture(picture.url)
        alt = self.line(picture.alt)
        return PictureView(
            src, alt if src else alt or self.line(picture.url), safe_url(picture.url)
        )

    def _button(self, button: Button) -> ButtonView:
        return ButtonView(self.line(button.text), safe_url(button.url, mailto=True))


@dataclass(slots=True)
class _Count:
    count: int = field(default=0)

    def kept(self, parts: Sequence[_Part], most: int = _MAX_PIECES) -> Sequence[_Part]:
        self.count += max(0, len(parts) - most)
        return parts[:most]
