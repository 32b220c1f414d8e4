"""Texts as they read: with what JSON, JavaScript, URLs, forms and HTML escape in them resolved."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

#: How often a text may be escaped or encoded.
_LEVELS = 4
_MORE_UTF8 = r"%[89ABab][0-9A-Fa-f]"
#: What JSON, JavaScript, URLs, forms and HTML write for a character.
_ESCAPE = re.compile(
    r"%[0-7][0-9A-Fa-f]|%u[0-9A-Fa-f]{4}"
    rf"|%[CDcd][0-9A-Fa-f]{_MORE_UTF8}|%[Ee][0-9A-Fa-f](?:{_MORE_UTF8}){{2}}"
    rf"|%[Ff][0-7](?:{_MORE_UTF8}){{3}}|%[89A-Fa-f][0-9A-Fa-f]"
    r"|\\u[dD][89abAB][0-9A-Fa-f]{2}\\u[dD][c-fC-F][0-9A-Fa-f]{2}"
    r"|\\u\{[0-9A-Fa-f]{1,6}\}|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|\\[\"'`\\/bfnrtv0]"
    r"|&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,8});"
)
_CONTROLS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "0": "\0"}
#: Forms write a blank as `+`; Base64 has `-_` in URLs in place of `+/`; and lines are wrapped anywhere.
_BLANKS = re.compile(r"[\s+\-]{2,}")
_ALIKE = {ord(char): " " for char in "\t\n\r\v\f\x85\xa0\u2028\u2029+-"} | {ord("_"): "/"}

#: What Base64 consists of, in URLs too, and how long a line of it is at least that goes on in the next.
BASE64 = "A-Za-z0-9+/_-"
SHORTEST_WRAPPED = 32
#: Only whole runs are looked at, and none of them twice, so that this takes time by length alone.
_WRAP = re.compile(
    rf"(?<![{BASE64}])[{BASE64}]{{{SHORTEST_WRAPPED},}}+([ \t]*+[\r\n]\s*+)(?=[{BASE64}]|\Z)"
)

#: From where to where something stands in a text.
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class View:
    """A text as it reads; character n of it comes from `origin[n]` of the text as it stands."""

    text: str
    origin: Sequence[int]

    def read(self, pattern: re.Pattern[str], meaning: Callable[[re.Match[str]], str]) -> View:
        """
        Return it with every match read as what it means; itself when there is none.

        Of a pattern with a group, only that is replaced.
        """
        pieces: list[str] = []
        origin: list[int] = []
        at = 0
        for match in pattern.finditer(self.text):
            start, end = match.span(match.re.groups)
            meant = meaning(match)
            pieces += (self.text[at:start], meant)
            origin += self.origin[at:start]
            origin += [self.origin[start]] * len(meant)
            at = end
        if not at:
            return self
        pieces.append(self.text[at:])
        origin += self.origin[at:]
        return View("".join(pieces), origin)

    def folded(self) -> View:
        """Return it with one character for those that stand for each other."""
        apart = self.read(_BLANKS, lambda match: " ")
        return View(apart.text.translate(_ALIKE), apart.origin)

    def unwrapped(self) -> View:
        """Return it without the line ends inside Base64; itself when there are none."""
        return self.read(_WRAP, lambda match: "")

    def span(self, start: int, end: int) -> Span:
        """Return where a part of it stands."""
        while end < len(self.text) and self.origin[end] == self.origin[end - 1]:
            end += 1  # the middle of what one escape means
        return self.origin[start], self.origin[end]


def views(text: str) -> Iterator[View]:
    """
    Yield a text as it stands, read once, read twice, and so on, each folded.

    Where Base64 is wrapped in lines, what it reads in one line comes as well.
    """
    view = View(text, range(len(text) + 1))
    for _ in range(_LEVELS + 1):
        yield view.folded()
        unwrapped = view.unwrapped()
        if unwrapped is not view:
            yield unwrapped.folded()
        deeper = view.read(_ESCAPE, _meaning)
        if deeper is view:
            return
        view = deeper


def folded(text: str) -> str:
    """Return a text with one character for those that stand for each other."""
    return View(text, range(len(text) + 1)).folded().text


def _meaning(match: re.Match[str]) -> str:
    escape = match[0]
    if escape[0] == "&":
        return html.unescape(escape)
    if escape[0] == "%" and escape[1] != "u":
        octets = unquote_to_bytes(escape)
        try:
            return octets.decode()
        except UnicodeDecodeError:
            return octets.decode("latin-1")  # JavaScript's `escape`
    if len(escape) == 2:
        return _CONTROLS.get(escape[1], escape[1])
    if len(escape) == 12:
        pair = bytes.fromhex(escape[2:6] + escape[8:12])
        return pair.decode("utf-16-be")
    code = int(escape[2:].strip("{}"), 16)
    return chr(code) if code <= 0x10FFFF else "\N{REPLACEMENT CHARACTER}"
