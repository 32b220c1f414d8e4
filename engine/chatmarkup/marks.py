"""Which stars, underscores, tildes and bars of a line belong together: its items -> nested tokens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markdown_it.token import Token

_NAMES = {"*": ("strong", "strong"), "_": ("em", "em"), "~": ("s", "s"), "||": ("spoiler", "label")}
_BITS = {mark: 1 << index for index, mark in enumerate(_NAMES)}


@dataclass(frozen=True, slots=True)
class Item:
    """A piece of a line: one mark, or tokens that stand for themselves."""

    start: int
    end: int
    tokens: tuple[Token, ...] = ()
    mark: str = ""


@dataclass(frozen=True, slots=True)
class _Marked:
    mark: str
    within: list[Item | _Marked]


def nested(text: str, items: Sequence[Item]) -> list[Token]:
    """Return the tokens of a line's items; marks without a partner are text."""
    return list(_joined(_written(_Nesting(text, items).all())))


class _Nesting:
    """
    Every mark looks for its partner once for each set of marks around it, so a line takes linear time.

    As in Rocket.Chat: what opens first wins, no mark stands within its own kind, and what opens and
    closes within it is passed over.
    """

    def __init__(self, text: str, items: Sequence[Item]) -> None:
        self._text = text
        self._items = items
        self._known: dict[tuple[int, int], tuple[int, _Marked] | None] = {}

    def all(self) -> list[Item | _Marked]:
        found: list[Item | _Marked] = []
        index = 0
        while index < len(self._items):
            marked = self._marked(index, 0)
            if marked is None:
                found.append(self._items[index])
                index += 1
            else:
                index = marked[0]
                found.append(marked[1])
        return found

    def _marked(self, index: int, around: int) -> tuple[int, _Marked] | None:
        """Return what a mark opens, and the index after it."""
        mark = self._items[index].mark
        if not mark or around & _BITS[mark]:
            return None
        key = (index, around)
        if key not in self._known:
            # Two before one: `**bold**`.
            self._known[key] = self._of_width(index, 2, around) or self._of_width(index, 1, around)
        return self._known[key]

    def _of_width(self, index: int, width: int, around: int) -> tuple[int, _Marked] | None:
        mark = self._items[index].mark
        if (mark == "||" and width == 2) or not self._opens(index, width):
            return None
        within: list[Item | _Marked] = []
        at = index + width
        while at < len(self._items):
            item = self._items[at]
            if item.mark == mark and not (mark == "*" and self._multiplies(at)):
                closed = self._closes(at, width)
                return (at + width, _Marked(mark, within)) if closed else None
            inner = self._marked(at, around | _BITS[mark])
            at = at + 1 if inner is None else inner[0]
            within.append(item if inner is None else inner[1])
        return None

    def _opens(self, index: int, width: int) -> bool:
        items, mark = self._items, self._items[index].mark
        after = index + width
        if after >= len(items) or items[after].mark == mark:
            return False
        if any(items[at].mark != mark for at in range(index, after)):
            return False
        if mark == "||":
            return True
        if self._char(items[after].start).isspace():
            return False
        if mark == "_":
            start = items[index].start
            return not self._text[max(start - 3, 0) : start].rstrip("_")[-1:].isalnum()
        return not (mark == "*" and width == 1 and self._is_in_word(index))

    def _closes(self, index: int, width: int) -> bool:
        items, mark = self._items, self._items[index].mark
        last = index + width - 1
        if last >= len(items) or any(items[at].mark != mark for at in range(index, last + 1)):
            return False
        before, after = self._char(items[index].start - 1), self._char(items[last].end)
        if mark == "~":
            return not before.isspace()
        if mark == "_":
            end = items[last].end
            return not self._text[end : end + 3].lstrip("_")[:1].isalnum()
        return mark == "||" or not (before.isspace() and after.isalnum())

    def _is_in_word(self, index: int) -> bool:
        """Tell whether a star stands inside a word or a product: `2*3*4`."""
        around = self._around(index)
        return len(around) == 2 and around.isascii() and around.isalnum()

    def _multiplies(self, index: int) -> bool:
        around = self._around(index)
        return len(around) == 2 and around.isdigit()

    def _around(self, index: int) -> str:
        item = self._items[index]
        return self._char(item.start - 1) + self._char(item.end)

    def _char(self, position: int) -> str:
        return self._text[position : position + 1] if position >= 0 else ""


def _written(found: Sequence[Item | _Marked]) -> Iterator[Token]:
    for one in found:
        if isinstance(one, _Marked):
            name, tag = _NAMES[one.mark]
            yield Token(f"{name}_open", tag, 1, markup=one.mark)
            yield from _written(one.within)
            yield Token(f"{name}_close", tag, -1, markup=one.mark)
        elif one.mark:
            yield Token("text", "", 0, content=one.mark)
        else:
            yield from one.tokens


def _joined(tokens: Iterator[Token]) -> Iterator[Token]:
    """Make one token of texts beside each other."""
    texts: list[str] = []
    for token in tokens:
        if token.type == "text":
            texts.append(token.content)
            continue
        if texts:
            yield Token("text", "", 0, content="".join(texts))
            texts = []
        yield token
    if texts:
        yield Token("text", "", 0, content="".join(texts))
