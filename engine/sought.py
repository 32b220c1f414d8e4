"""Where secrets stand in a text, however they are spelled there: escaped, encoded, wrapped or cut off."""

from __future__ import annotations

import base64
import functools
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import quote, quote_plus

from engine.spellings import SHORTEST_WRAPPED, Span, folded, views

#: A shorter secret would blot out half of what is shown.
SHORTEST_HIDDEN = 4
#: So many characters has a line of a secret that is hidden by itself.
_LONG_LINE = 16
#: So many has the Base64 of a secret, alone and among other data.
_BASE64_WHOLE, _BASE64_INSIDE = 6, 8
#: A shorter run of letters and digits stands in too many texts to be looked for first.
_SHORTEST_HINT, _LONGEST_HINT = 3, 32
#: How many places where a text is cut off are looked at, and how many characters before each.
_MOST_CUTS, _MOST_TAIL_CHARS = 16, 8192
_SETS_KEPT = 256

#: Values in place of a secret that stand in every log.
_NO_SECRETS = frozenset({"true", "false", "null", "none", "undefined", "object"})
_ARMOUR = re.compile(r"-{2,}[A-Z0-9 ]+-{2,}")
_LINE_END = re.compile(r"(?:[\r\n]|\\+[rn])+")
_NUMBER = re.compile(r"[0-9.e ]+")
_WORD = re.compile(r"[A-Za-z0-9]+")

#: A letter or digit that is escaped, which nothing does that only escapes what it has to: how that
#: begins, which nearly no text has, and the whole of it.
_WORD_CODE = r"(?:3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa])"
_ESCAPED_WORDS = (
    ("%", rf"%(?:25)*(?:u00)?{_WORD_CODE}"),
    ("\\u", rf"\\u(?:00|\{{0*){_WORD_CODE}"),
    ("\\x", rf"\\x{_WORD_CODE}"),
    ("&", r"&(?:amp;)*#"),
)
_IN_TEXT = [(sign, re.compile(pattern)) for sign, pattern in _ESCAPED_WORDS]
_IN_JSON = [(sign.encode(), re.compile(pattern.encode())) for sign, pattern in _ESCAPED_WORDS]

#: The kinds of octets by which Base64 is told that hints may miss: `a` is of Base64, `n` ends a line,
#: `e` and `p` begin escapes, of line ends too.
_KINDS = bytes(
    ord("a")
    if chr(octet).isascii() and (chr(octet).isalnum() or chr(octet) in "+/_-")
    else {"\n": b"n", "\r": b"n", "\\": b"e", "%": b"p", " ": b" ", "\t": b" "}.get(
        chr(octet), b"."
    )[0]
    for octet in range(256)
)
_RUN = b"a" * SHORTEST_WRAPPED
#: Base64 of so many letters and digits in a row is looked for in every text that has such a row.
_LONG_RUN = 80
#: A line end may fall into any hint. A backslash may itself be escaped, several times.
_MISSED = re.compile(rb"a{%d}|a*+(?: *+n|p| *+e++a)" % _LONG_RUN)
_REST = re.compile(rb"a*")

#: Stands where a text was cut off.
CUT = "…"
_CUT_IN_JSON = CUT.encode()
#: What is left before a cut of a character's escape, and the quote that was closed after it.
_BROKEN = re.compile(
    r"(?:(?:\\+u[dD][89abAB][0-9A-Fa-f]{2})?(?:\\+(?:u\{?[0-9A-Fa-f]{0,5}|x[0-9A-Fa-f]?)?)?"
    r"|(?:%(?:25)*(?:[CDcd][0-9A-Fa-f]|[Ee][0-9A-Fa-f](?:%(?:25)*[89ABab][0-9A-Fa-f])?"
    r"|[Ff][0-7](?:%(?:25)*[89ABab][0-9A-Fa-f]){0,2}))?(?:%(?:25)*[0-9A-Fa-f]?)?"
    r"|&(?:amp;)*(?:#[xX]?[0-9A-Fa-f]{0,6}|[a-z]{0,5}))\\*[\"'`]?\Z"
)
_LONGEST_BROKEN = 64

#: Of each secret some letters and digits that stand in all of its spellings.
Hints = list[str]


class Sought:
    """Secrets that are looked for in texts; costs nearly nothing where none of them stands."""

    def __init__(self, secrets: Iterable[str]) -> None:
        found = dict.fromkeys(
            needle for secret in secrets for needle in _needles(secret) if needle.strip()
        )
        self._needles = sorted(found, key=len, reverse=True)
        #: Some secret can be a number.
        self.has_number = any(_NUMBER.fullmatch(needle) for needle in self._needles)
        self._hints = _hints(self._needles)
        self._json_hints = [(one, one.encode()) for one in self._hints]
        longest = len(self._needles[0]) if self._needles else 0
        self._tail_chars = min(_MOST_TAIL_CHARS, 3 * longest + 64)

    def hints_in_json(self, text: bytes) -> Hints | None:
        """Return what is to be looked for in the texts that JSON holds; None when none is there."""
        if not self._needles:
            return None
        for sign, pattern in _IN_JSON:
            if sign in text and pattern.search(text):
                return self._hints
        if _may_be_base64(text):
            return self._hints
        return [hint for hint, octets in self._json_hints if octets in text] or None

    def may_be_cut_in_json(self, text: bytes) -> bool:
        """Tell whether JSON may hold the beginning of one where a text in it was cut off."""
        return bool(self._needles) and _CUT_IN_JSON in text

    def spans(self, text: str, hints: Hints | None = None) -> list[Span]:
        """Return from where to where they stand in a text, in order and apart from each other."""
        if not self._needles:
            return []
        found: list[Span] = []
        if self._may_be_in(text, self._hints if hints is None else hints):
            found += _find(text, self._needles)
        if CUT in text:
            found += self._cut_off(text)
        return _joined(found) if found else found

    def cut_spans(self, text: str) -> list[Span]:
        """Return from where to where the beginning of one stands before a cut, which took the rest."""
        return _joined(list(self._cut_off(text))) if self._needles and CUT in text else []

    def _may_be_in(self, text: str, hints: Hints) -> bool:
        for hint in hints:
            if hint in text:
                return True
        if hints is not self._hints:
            return False
        if any(sign in text and pattern.search(text) for sign, pattern in _IN_TEXT):
            return True
        return _may_be_base64(text.encode(errors="replace"))

    def _cut_off(self, text: str) -> Iterator[Span]:
        cut = len(text)
        for _ in range(_MOST_CUTS):
            cut = text.rfind(CUT, 0, cut)
            if cut < 0:
                return
            start = max(0, cut - self._tail_chars)
            tail = text[start:cut]
            # As it stands first: what looks like half an escape may be part of the secret.
            for whole in dict.fromkeys((tail, _unbroken(tail))):
                begins = _begins(whole, self._needles)
                if begins is not None:
                    yield start + begins, cut
                    break


@functools.lru_cache(maxsize=_SETS_KEPT)
def sought(secrets: tuple[str, ...]) -> Sought:
    """Return what looks for these secrets; those too short to be hidden are left out."""
    return Sought(secrets)


def _find(text: str, needles: Sequence[str]) -> Iterator[Span]:
    for view in views(text):
        for needle in needles:
            at = view.text.find(needle)
            while at >= 0:
                end = at + len(needle)
                yield _within(text, view.span(at, end))
                at = view.text.find(needle, end)


def _within(text: str, span: Span) -> Span:
    """Return it without the blanks that were read as one with what a secret begins or ends with."""
    start, end = span
    kept = text[start:end].lstrip()
    return end - len(kept), end - len(kept) + len(kept.rstrip())


def _begins(tail: str, needles: Sequence[str]) -> int | None:
    """Return where a needle begins of which the tail has not all; None when there is none."""
    first: int | None = None
    for view in views(tail):
        for needle in needles:
            head = needle[:SHORTEST_HIDDEN]
            at = view.text.find(head)
            while at >= 0:
                if needle.startswith(view.text[at:]):
                    begins = view.origin[at]
                    first = begins if first is None else min(first, begins)
                    break
                at = view.text.find(head, at + 1)
    return first


def _unbroken(tail: str) -> str:
    kept, last = tail[:-_LONGEST_BROKEN], tail[-_LONGEST_BROKEN:]
    return kept + _BROKEN.sub("", last)


def _joined(spans: list[Span]) -> list[Span]:
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined


# -- what is looked for -------------------------------------------------------------------


def _needles(secret: str) -> Iterator[str]:
    """Yield what stands in a text, when that is read and folded, that gives a secret away."""
    trimmed = secret.strip()
    if len(trimmed) < SHORTEST_HIDDEN or trimmed.lower() in _NO_SECRETS:
        return
    lines = [line.strip() for line in _LINE_END.split(trimmed)]
    hidden = [line for line in lines if len(line) >= _LONG_LINE and not _ARMOUR.fullmatch(line)]
    # Names of hosts and headers come in lower case.
    others = hidden if len(lines) > 1 else [trimmed.lower()]
    for text in dict.fromkeys((trimmed, *others)):
        for view in views(text):
            if len(view.text.strip()) >= SHORTEST_HIDDEN:
                yield view.text
    yield from _base64(_octets(secret))
    for text in dict.fromkeys((trimmed, *_escaped(trimmed), *hidden)):
        for octets in {_octets(text), *_latin(text)}:
            yield from _base64(octets)


def _escaped(text: str) -> Iterator[str]:
    """Yield how a text stands in data of which a script may make Base64."""
    for ascii_only in (False, True):
        yield json.dumps(text, ensure_ascii=ascii_only)[1:-1]
    octets = _octets(text)
    for unescaped in ("!'()*~", "/", ""):  # encodeURIComponent's, and what Python and others do
        yield quote(octets, safe=unescaped)
    yield quote_plus(octets)
    yield quote_plus(octets, safe="*").replace("~", "%7E")  # URLSearchParams


def _octets(text: str) -> bytes:
    return text.encode(errors="replace")


def _latin(text: str) -> Iterator[bytes]:
    """Yield what JavaScript's `btoa` encodes of a text that is not ASCII."""
    if not text.isascii() and max(text) <= "\xff":
        yield text.encode("latin-1")


def _base64(octets: bytes) -> Iterator[str]:
    """Yield the Base64 of a secret, and what is the same of it wherever it stands among other data."""
    whole = base64.b64encode(octets).decode().rstrip("=")
    if len(whole) >= _BASE64_WHOLE:
        yield folded(whole)
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + octets).decode()
        # A character has 6 bits; those that also have bits of what stands beside it differ.
        inside = encoded[-(-8 * before // 6) : 8 * (before + len(octets)) // 6]
        if len(inside) >= _BASE64_INSIDE:
            yield folded(inside)


def _may_be_base64(text: bytes) -> bool:
    """Tell whether a text has Base64 that hints may miss: in lines, or a long run of it."""
    kinds = text.translate(_KINDS)
    at = kinds.find(_RUN)
    while at >= 0:
        if _MISSED.match(kinds, at):
            return True
        rest = _REST.match(kinds, at)
        at = kinds.find(_RUN, rest.end() if rest else len(kinds))
    return False


def _is_long_run(needle: str) -> bool:
    return any(len(word) >= _LONG_RUN for word in _WORD.findall(needle))


def _hints(needles: Iterable[str]) -> Hints:
    """Return what stands in every spelling of any; those that are long runs need none."""
    hints: Hints = []
    found = [(_hint(needle), needle) for needle in needles if not _is_long_run(needle)]
    # The empty one, of a secret with hardly a letter or digit, is in every text.
    for hint, needle in sorted(found, key=lambda one: len(one[0])):
        if not _holds_any(needle, hints):
            hints.append(hint)
    return hints


def _hint(needle: str) -> str:
    """Return a run of letters and digits that stands in every spelling; empty when there is none."""
    longest = max(_WORD.findall(needle), key=len, default="")[:_LONGEST_HINT]
    return longest if len(longest) >= _SHORTEST_HINT else ""


def _holds_any(text: str, others: Iterable[str]) -> bool:
    return any(other in text for other in others)
