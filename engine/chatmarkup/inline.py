"""One line of a message -> its items: links, code, emoji, names, times, marks and text."""

from __future__ import annotations

import datetime as dt
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Sequence

from markdown_it.common.normalize_url import normalizeLink
from markdown_it.token import Token

from engine.blanks import is_blank
from engine.chatmarkup import links
from engine.chatmarkup.marks import Item, nested
from engine.chatmarkup.words import NO_EMOTICONS
from engine.emoji import emoji_at, emoticon_at

_RUN = re.compile(r"[^\W_]+|[ \t]+|.", re.DOTALL)
_NAME = re.compile(
    r"@{1,3}([^\W_](?:[\w.-]*[^\W_])?(?:[:@][^\W_](?:[\w.-]*[^\W_])?)?)|#([^\W_](?:[\w.-]*[^\W_])?)"
)
_COLOUR = re.compile(r"color:#([0-9a-f]{8}|[0-9a-f]{6}|[0-9a-f]{3,4})(?![\w-])", re.IGNORECASE)
_NAMED_URL = re.compile(r"<([^\s<>|]+)\|([^<>\n]*)>")
_ANGLED_URL = re.compile(r"<((?:https?://|mailto:)[^\s<>|]+)>", re.IGNORECASE)
_TIME = re.compile(
    r"<t:(?:(\d{10})|(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?(?:[+-]\d\d:\d\d|Z)?))(?::([tTdDfFR]))?>"
)
_ESCAPED = "*_~`#."
#: Before a bare name that is an address stands one of these, a blank or nothing.
_BEFORE_ADDRESS = frozenset(" \t*_~`:<[]!()|\\")
_BEFORE_EMOTICON = frozenset(" \t*_~")
_TIME_FORMS = {"t": "%H:%M", "T": "%H:%M:%S", "d": "%Y-%m-%d", "D": "%Y-%m-%d"}


def read_line(text: str) -> list[Token]:
    """Return the tokens of one line."""
    return nested(text, _Line(text).items())


def spoken_time(moment: dt.datetime, form: str) -> str:
    """Return a moment as text, in UTC: a clock, a day, or both."""
    return moment.strftime(_TIME_FORMS.get(form, "%Y-%m-%d %H:%M")) + (
        "" if form in ("d", "D") else " UTC"
    )


class _Line:
    def __init__(self, text: str, *, is_label: bool = False) -> None:
        self._text = text
        #: The text of a link: no link within it.
        self._is_label = is_label
        self._brackets: dict[int, int] | None = None
        self._ticks: dict[int, list[int]] | None = None
        self._last_formula_end = text.rfind(r"\)") - 1

    def items(self) -> list[Item]:
        found: list[Item] = []
        pos = 0
        while pos < len(self._text):
            found.append(self._item(pos))
            pos = found[-1].end
        return found

    def _item(self, pos: int) -> Item:
        char = self._text[pos]
        if not (char in " \t" or (char == "_" and pos and self._text[pos - 1].isalnum())):
            for read in _READERS.get(char, ()):
                if item := read(self, pos):
                    return item
            if char not in _READERS and (item := self._address(pos)):
                return item
        if char in "*_~":
            return Item(pos, pos + 1, mark=char)
        if self._text.startswith("||", pos):
            return Item(pos, pos + 2, mark="||")
        run = _RUN.match(self._text, pos)
        return self._text_item(pos, run.end() if run else pos + 1)

    def _text_item(self, pos: int, end: int, shown: str | None = None) -> Item:
        return _item(pos, end, "text", self._text[pos:end] if shown is None else shown)

    def _before(self, pos: int) -> str:
        return self._text[pos - 1] if pos else " "

    # -- links ----------------------------------------------------------------------------------

    def _link(self, pos: int, end: int, address: str, label: str, *, read: bool = False) -> Item:
        opened = Token("link_open", "a", 1, attrs={"href": normalizeLink(address)})
        within: Sequence[Token] = [Token("text", "", 0, content=label)]
        if read:
            within = nested(label, _Line(label, is_label=True).items())
        return Item(pos, end, (opened, *within, Token("link_close", "a", -1)))

    def _reference(self, pos: int) -> Item | None:
        """`[label](address)`"""
        if self._is_label or (found := self._bracketed(pos)) is None:
            return None
        label, written, end = found
        address = links.link_address(written)
        if address is None or ("](" in label and "![" not in label):
            return None
        shown = written if is_blank(label) else label
        return self._link(pos, end, address, shown, read=not is_blank(label))

    def _image(self, pos: int) -> Item | None:
        """`![label](address)`"""
        found = self._bracketed(pos + 1) if self._text.startswith("![", pos) else None
        address = links.safe_url(found[1]) if found else None
        if found is None or address is None:
            return None
        image = Token("image", "img", 0, attrs={"src": normalizeLink(address), "alt": ""})
        image.content = found[0]
        image.children = [Token("text", "", 0, content=found[0])] if found[0] else []
        return Item(pos, found[2], (image,))

    def _bracketed(self, pos: int) -> tuple[str, str, int] | None:
        """Return the label, the address and the end of what begins with a bracket."""
        close = self._brackets_of_line().get(pos)
        if close is None or not self._text.startswith("(", close + 1):
            return None
        found = links.target(self._text, close + 2)
        return (self._text[pos + 1 : close], *found) if found else None

    def _brackets_of_line(self) -> dict[int, int]:
        if self._brackets is None:
            self._brackets, waiting = {}, list[int]()
            for found in re.finditer(r"[\[\]]", self._text):
                if found[0] == "[":
                    waiting.append(found.start())
                elif waiting:
                    self._brackets[waiting.pop()] = found.start()
        return self._brackets

    def _angled(self, pos: int) -> Item | None:
        """`<https://example.org|its name>`, `<https://example.org>`, `<t:1630360800:f>`"""
        if found := _TIME.match(self._text, pos):
            return _time_item(found)
        if self._is_label:
            return None
        if found := _NAMED_URL.match(self._text, pos):
            address = links.link_address(found[1])
            if address is not None:
                return self._link(
                    pos, found.end(), address, found[1] if is_blank(found[2]) else found[2].strip()
                )
        found = _ANGLED_URL.match(self._text, pos)
        address = links.link_address(found[1]) if found else None
        if found is None or address is None:
            return None
        return self._link(pos, found.end(), address, found[1])

    def _address(self, pos: int) -> Item | None:
        before = self._before(pos)
        if self._is_label or (before.isascii() and before.isalnum()):
            return None
        if (url := links.url_at(self._text, pos)) and links.safe_url(url):
            return self._link(pos, pos + len(url), url, url)
        if before not in _BEFORE_ADDRESS:
            return None
        if mail := links.mail_at(self._text, pos):
            return self._link(pos, mail[1], f"mailto:{mail[0]}", mail[0])
        if domain := links.domain_at(self._text, pos):
            return self._link(pos, pos + len(domain), f"http://{domain}", domain)
        return self._colour(pos)

    def _phone(self, pos: int) -> Item | None:
        if self._is_label or self._before(pos) not in _BEFORE_ADDRESS:
            return None
        found = links.phone_at(self._text, pos)
        if found is None:
            return None
        return self._link(pos, found[1], f"tel:+{found[0]}", self._text[pos : found[1]])

    # -- the rest -------------------------------------------------------------------------------

    def _escape(self, pos: int) -> Item | None:
        """A mark that is none, or a formula."""
        following = self._text[pos + 1 : pos + 2]
        if following == "(" and pos < self._last_formula_end:
            end = self._text.find(r"\)", pos + 2)
            return _item(pos, end + 2, "katex", self._text[pos + 2 : end])
        if following == "<" and (found := _TIME.match(self._text, pos + 1)):
            return self._text_item(pos, found.end(), found[0])
        if following and following in _ESCAPED:
            return self._text_item(pos, pos + 2, following)
        return None

    def _code(self, pos: int) -> Item | None:
        """Code ends at as many backticks as it began with; after a single one, at any."""
        opened = re.compile("`+").match(self._text, pos)
        width = len(opened[0]) if opened else 1
        if width == 1:
            end = self._text.find("`", pos + 1)
            return (
                _item(pos, end + 1, "code_inline", self._text[pos + 1 : end]) if end > 0 else None
            )
        starts = self._ticks_of_line()[width]
        index = bisect_right(starts, pos)
        if index == len(starts):
            return self._text_item(pos, pos + width)
        content = self._text[pos + width : starts[index]]
        if content.strip() and content[0] == content[-1] == " ":
            content = content[1:-1]
        return _item(pos, starts[index] + width, "code_inline", content)

    def _ticks_of_line(self) -> dict[int, list[int]]:
        if self._ticks is None:
            self._ticks = defaultdict(list)
            for found in re.finditer("`+", self._text):
                self._ticks[len(found[0])].append(found.start())
        return self._ticks

    def _name(self, pos: int) -> Item | None:
        """`@somebody` and `#room`, but neither an address's domain nor the number of an issue."""
        if self._is_label or self._follows_word(pos) or self._before(pos) == "@":
            return None
        found = _NAME.match(self._text, pos)
        if found is None:
            return None
        # Slack writes its rooms as `<#C012|general>`.
        if found[2] and (found[2].isdigit() or self._before(pos) == "<"):
            return None
        name = found[1] or found[2]
        item = _item(pos, found.end(), "name", self._text[pos] + name)
        item.tokens[0].markup = self._text[pos]
        return item

    def _shortcode(self, pos: int) -> Item | None:
        found = None if self._follows_word(pos) else emoji_at(self._text, pos, len(self._text))
        if found is None or self._text[found[1] : found[1] + 1].isalnum():
            return None
        return self._emoji_item(pos, found[1], found[0])

    def _emoticon(self, pos: int) -> Item | None:
        if self._before(pos) not in _BEFORE_EMOTICON:
            return None
        found = emoticon_at(self._text, pos, NO_EMOTICONS)
        if found is None or self._text[found[1] : found[1] + 1].strip(" \t*_~"):
            return None
        return self._emoji_item(pos, found[1], found[0])

    def _emoji_item(self, pos: int, end: int, character: str) -> Item:
        item = _item(pos, end, "emoji", character)
        item.tokens[0].markup = self._text[pos:end]
        return item

    def _colour(self, pos: int) -> Item | None:
        found = _COLOUR.match(self._text, pos)
        if found is None:
            return None
        item = _item(pos, found.end(), "color", found[0])
        item.tokens[0].info = f"#{found[1].lower()}"
        return item

    def _follows_word(self, pos: int) -> bool:
        before = self._before(pos)
        return before.isalnum() or (before in "_/&" and not self._opens_italic(pos - 1))

    def _opens_italic(self, pos: int) -> bool:
        before = self._text[max(pos - 3, 0) : pos + 1]
        return before[-1:] == "_" and not before.rstrip("_")[-1:].isalnum()


def _item(start: int, end: int, kind: str, content: str) -> Item:
    return Item(start, end, (Token(kind, "", 0, content=content),))


def _time_item(found: re.Match[str]) -> Item | None:
    try:
        if found[1]:
            moment = dt.datetime.fromtimestamp(int(found[1]), dt.UTC)
        else:
            read = dt.datetime.fromisoformat(found[2])
            moment = (read if read.tzinfo else read.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
        form = found[3] or "t"
        item = _item(*found.span(), "time", spoken_time(moment, form))
    except (ValueError, OverflowError):
        return None
    item.tokens[0].info = form
    item.tokens[0].meta = {"moment": moment}
    return item


_READERS: dict[str, tuple[Callable[[_Line, int], Item | None], ...]] = {
    "[": (_Line._reference,),
    "!": (_Line._image,),
    "<": (_Line._angled, _Line._emoticon),
    "\\": (_Line._escape,),
    "`": (_Line._code,),
    "@": (_Line._name,),
    "#": (_Line._name,),
    ":": (_Line._shortcode, _Line._emoticon),
    "+": (_Line._phone,),
    **dict.fromkeys(";=>('%", (_Line._emoticon,)),
    **dict.fromkeys("OBX8", (_Line._emoticon, _Line._address)),
}
