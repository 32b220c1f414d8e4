"""Which characters nobody sees."""

from __future__ import annotations

import unicodedata

#: Controls, what has no width, spaces, and ends of lines and paragraphs.
_UNSEEN_KINDS = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
#: Letters and marks that show nothing: fillers of Hangul, a Braille cell without dots, joiners, and
#: variation selectors, which only choose how the character before them looks.
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | frozenset(
    map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))
)


def is_blank(text: str) -> bool:
    """Tell whether nothing of a text can be seen."""
    return all(char in _UNSEEN or unicodedata.category(char) in _UNSEEN_KINDS for char in text)
