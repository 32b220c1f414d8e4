"""Which texts show nothing: blanks, control characters, and what has no width or stands on nothing."""

from __future__ import annotations

import unicodedata

#: Controls, what has no width, spaces, ends of lines and paragraphs, and marks, which need a letter to
#: stand on.
_UNSEEN_KINDS = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp", "Mn", "Me"})
#: Letters that show nothing: fillers of Hangul, a Braille cell without dots, a note without a head.
_UNSEEN = frozenset("\u115f\u1160\u2800\u3164\uffa0\U0001d159")
#: Unicode leaves these to what will show nothing (Default_Ignorable_Code_Point).
_RESERVED = (range(0x2065, 0x2066), range(0xFFF0, 0xFFF9), range(0xE0000, 0xE1000))


def is_blank(text: str) -> bool:
    """Tell whether nothing of a text can be seen."""
    return all(map(_is_unseen, text))


def _is_unseen(char: str) -> bool:
    if unicodedata.category(char) in _UNSEEN_KINDS or char in _UNSEEN:
        return True
    return any(ord(char) in codes for codes in _RESERVED)
