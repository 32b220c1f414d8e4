"""Rocket.Chat's blocks (@rocket.chat/ui-kit), read: whatever they hold, as texts, pictures and buttons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine.addresses import DataBudget
from engine.uikit.elements import read_elements
from engine.uikit.parts import (
    Button,
    Picture,
    Piece,
    Text,
    alternative,
    as_said,
    find_words,
    objects,
    read_image,
    read_picture,
    read_pieces,
    read_text,
    read_texts,
)

#: A message with more is refused, and so many are read of those that hold others.
MAX_BLOCKS = 200
#: How deep blocks hold blocks.
_MAX_DEPTH = 4
#: Deeper than any picture is read.
_MAX_PICTURE_DEPTH = 24


@dataclass(frozen=True, slots=True)
class Block:
    """One block; any part of it may be empty."""

    kind: str
    titles: tuple[Text, ...] = ()
    body: tuple[Piece, ...] = ()
    fields: tuple[Text, ...] = ()
    #: Beside the body.
    thumb: Picture | None = None
    image: Picture | None = None
    buttons: tuple[Button, ...] = ()
    #: In small print.
    notes: tuple[Piece, ...] = ()
    #: A callout's: info, danger, warning or success.
    variant: str = ""

    @property
    def shows(self) -> bool:
        """Whether there is anything but a line."""
        texts = self.titles or self.body or self.fields or self.notes
        return bool(texts or self.thumb or self.image or self.buttons)


def read(given: Any) -> list[Block]:
    """Return the blocks that show something, and the lines between them; any member may be of any type."""
    found: list[Block] = []
    for item in _flat(given):
        block = _read(item)
        if block.shows or block.kind == "divider":
            found.append(block)
        if len(found) == MAX_BLOCKS:
            break
    return found


def excerpt(given: Any) -> str:
    """Return the first words of blocks, with their markup; empty when there are none."""
    for block in read(given):
        pieces = (*block.titles, *block.body, *block.fields, *block.notes)
        words = [piece.text for piece in pieces if isinstance(piece, Text)]
        pictures = [one for one in (*pieces, block.image, block.thumb) if isinstance(one, Picture)]
        words += [one.text for one in block.buttons]
        words += [one.alt for one in pictures if one.alt]
        if words:
            return words[0]
    return ""


def within_budget(given: Any, budget: DataBudget, place: str = "blocks", depth: int = 0) -> Any:
    """Return blocks without the pictures in them that are too large to be kept in a message."""
    if depth > _MAX_PICTURE_DEPTH:
        return given
    if isinstance(given, list):
        numbered = enumerate(given)
        return [within_budget(one, budget, f"{place}[{at}]", depth + 1) for at, one in numbered]
    if not isinstance(given, Mapping):
        return given
    kept = budget.kept(given, ("imageUrl", "image_url", "url"), f"{place}.")
    return {
        name: within_budget(value, budget, f"{place}.{name}", depth + 1)
        for name, value in kept.items()
    }


def _flat(given: Any, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    for item in objects(given, MAX_BLOCKS):
        # What is shown only under conditions that are met there, or not.
        if item.get("type") == "conditional":
            if depth < _MAX_DEPTH:
                yield from _flat(item.get("render"), depth + 1)
        else:
            yield item


def _read(item: Mapping[str, Any]) -> Block:
    kind = as_said(item.get("type"))
    match kind:
        case "divider":
            return Block(kind)
        case "section":
            said, fields = read_text(item.get("text")), read_texts(item.get("fields"))
            return _with_accessory(Block(kind, body=said, fields=fields), item.get("accessory"))
        case "callout":
            variant = as_said(item.get("variant"))
            titles, said = read_text(item.get("title")), read_text(item.get("text"))
            block = Block(kind, titles=titles, body=said, variant=variant)
            return _with_accessory(block, item.get("accessory"))
        case "actions":
            return Block(kind, buttons=read_elements(item.get("elements")))
        case "context":
            return Block(kind, notes=read_pieces(item.get("elements")))
        case "image":
            return _picture_block(item)
        case "input":
            return Block(
                kind,
                titles=read_text(item.get("label")),
                buttons=read_elements([item.get("element")]),
                notes=read_text(item.get("hint")),
            )
        case "preview":
            return _preview(item)
        case "info_card":
            return _info_card(item)
        case "tab_navigation":
            return Block(kind, buttons=read_elements(item.get("tabs")))
        case "video_conf":
            return Block(kind, buttons=(Button("Video call"),))
        case "header":
            return Block(kind, titles=read_text(item.get("text")))
        case "markdown":
            said = read_text(item.get("text"))
            return Block(kind, body=tuple(Text(one.text, is_markdown=True) for one in said))
    # What is newer than this says something, too.
    return Block("other", body=tuple(find_words(item)), image=read_picture(item))


def _with_accessory(block: Block, accessory: Any) -> Block:
    if not isinstance(accessory, Mapping):
        return block
    if accessory.get("type") != "image":
        return replace(block, buttons=read_elements([accessory]))
    if thumb := read_picture(accessory):
        return replace(block, thumb=thumb)
    return replace(block, notes=alternative(accessory))


def _picture_block(item: Mapping[str, Any]) -> Block:
    picture = read_picture(item)
    instead = () if picture else alternative(item)
    return Block("image", titles=read_text(item.get("title")), body=instead, image=picture)


def _preview(item: Mapping[str, Any]) -> Block:
    footer = item.get("footer")
    link = as_said(item.get("externalUrl"))
    return Block(
        "preview",
        titles=read_texts(item.get("title")),
        body=read_texts(item.get("description")),
        thumb=read_image(item.get("thumb")),
        image=read_image(item.get("preview")),
        buttons=(Button("Open", link),) if link else (),
        notes=read_pieces(footer.get("elements")) if isinstance(footer, Mapping) else (),
    )


def _info_card(item: Mapping[str, Any]) -> Block:
    rows = objects(item.get("rows"))
    body = tuple(piece for row in rows for piece in read_pieces(row.get("elements")))
    buttons = read_elements([row.get("action") for row in rows])
    return Block("info_card", body=body, buttons=buttons)
