"""The markup of a message, read: Rocket.Chat's on top of CommonMark -> tokens for whoever writes them out."""

from __future__ import annotations

import functools
import re
from typing import Any
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, fence, table
from markdown_it.rules_block.table import escapedSplit
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Delimiter
from markdown_it.token import Token

from engine.emoji import emoji_at

_BEFORE_URL = re.compile(r"(?:^|[^a-z0-9])(https?)$", re.IGNORECASE)
_URL_REST = re.compile(r"://[^\s<>\"`\x00-\x20]+")
_NAMED_URL = re.compile(r"<((?:https?://|mailto:)[^\s<>|]+)\|([^<>\n]+)>", re.IGNORECASE)
_NAME = re.compile(r"[@#](\w(?:[\w.-]*\w)?)")
_LANGUAGE = re.compile(r"[\w+#.-]{0,30}")
_BOXES = {"[ ] ": "\N{BALLOT BOX} ", "[x] ": "\N{BALLOT BOX WITH CHECK} "}
_CLOSING = {")": "(", "]": "[", "}": "{"}
_MAX_CHARS = 100_000
_MAX_NESTING = 20
#: What may begin a link; the parser looks for the end of each, through all that follows.
_OPENERS = re.compile(r"[\[<]")
_MAX_OPENERS_TIMES_CHARS = 300 * 8_000


def parse(text: str) -> list[Token] | None:
    """
    Return a text's tokens, or None when it is so long or so deeply nested that it is taken as plain.

    Tokens are markdown-it's, plus `name` (`content` is `@somebody` or `#room`). `em` with the markup
    `*` is bold. Emoji are characters; links have been checked by `safe_url`.
    """
    if len(text) > _MAX_CHARS:
        return None
    tokens = parser().parse(text)
    # What is nested deeper than that the parser leaves out.
    deepest = max((token.level for token in tokens), default=0)
    return None if deepest + 1 >= _MAX_NESTING else tokens


def safe_url(url: Any, *, mailto: bool = False) -> str | None:
    """Return a web address (or a mail address's) that may become a link or an image, else None."""
    if not isinstance(url, str):
        return None
    address: str = url.strip()
    if not address or any(char <= " " or char == "\x7f" for char in address):
        return None
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    if parts.scheme in ("http", "https") and parts.netloc:
        return address
    return address if mailto and parts.scheme == "mailto" and parts.path else None


class _Parser(MarkdownIt):
    def validateLink(self, url: str) -> bool:
        return safe_url(url, mailto=True) is not None


@functools.cache
def parser() -> MarkdownIt:
    """Return the parser; `parse` is what to call, unless it is for the options."""
    parser = _Parser(
        "commonmark", {"html": False, "breaks": True, "xhtmlOut": False, "maxNesting": _MAX_NESTING}
    )
    parser.options["strikethrough_single_tilde"] = True
    parser.enable(["table", "strikethrough"])
    # None of these is markup in a chat: four spaces before a line, a line of dashes under one,
    # a definition that would make text disappear.
    parser.disable(["code", "lheading", "reference", "html_block", "html_inline"])
    containers = ["paragraph", "reference", "blockquote", "list"]
    parser.block.ruler.at("fence", _fence, {"alt": containers})
    parser.block.ruler.at("table", _table, {"alt": ["paragraph", "reference"]})
    inline = parser.inline.ruler
    inline.at("emphasis", _emphasis)
    inline.before("autolink", "named_url", _named_url)
    parser.core.ruler.at("inline", _parse_inline)
    parser.core.ruler.after("inline", "tasks", _tick_tasks)
    inline.push("bare_url", _bare_url)
    inline.push("emoji", _emoji)
    inline.push("name", _name)
    return parser


def _fence(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Like the library's, but code may begin and end on the lines of the backticks, as in a chat."""
    if not fence(state, start, end, silent):
        return False
    if silent:
        return True
    token = state.tokens[-1]
    lines = token.content.split("\n")
    for index, line in enumerate(lines):
        code = line.rstrip().rstrip(token.markup[0])
        if code.strip() and line.rstrip() == code + token.markup:
            token.content = "\n".join([*lines[:index], code, ""])
            state.line = start + index + 2
            token.map = [start, state.line]
            break
    if not _LANGUAGE.fullmatch(token.info.strip()):
        token.content = f"{token.info.strip()}\n{token.content}"
        token.info = ""
    return True


def _table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Like the library's, but what has no column is not left out: then it is no table."""
    before = len(state.tokens)
    if not table(state, start, end, silent):
        return False
    if silent:
        return True
    columns = sum(token.type == "th_open" for token in state.tokens[before:])
    for line in range(start + 2, state.line):
        text = state.getLines(line, line + 1, state.blkIndent, False).strip()
        # The bars at both ends are none between cells.
        text = text.removeprefix("|").removesuffix("|")
        if len(escapedSplit(text)) > columns:
            del state.tokens[before:]
            state.line = start
            return False
    return True


def _parse_inline(state: StateCore) -> None:
    for token in state.tokens:
        if token.type != "inline":
            continue
        token.children = []
        openers = len(_OPENERS.findall(token.content))
        if openers * len(token.content) <= _MAX_OPENERS_TIMES_CHARS:
            state.md.inline.parse(token.content, state.md, state.env, token.children)
            continue
        for line in token.content.split("\n"):
            if token.children:
                token.children.append(Token("softbreak", "br", 0))
            token.children.append(Token("text", "", 0, content=line))


def _tick_tasks(state: StateCore) -> None:
    """`- [x] done` and `- [ ] to do`."""
    for item, paragraph, inline in zip(
        state.tokens, state.tokens[1:], state.tokens[2:], strict=False
    ):
        if item.type != "list_item_open" or paragraph.type != "paragraph_open":
            continue
        first = inline.children[0] if inline.children else None
        box = _BOXES.get(first.content[:4].lower()) if first and first.type == "text" else None
        if first is not None and box is not None:
            first.content = box + first.content[4:]
            item.attrSet("class", "md-task")


def _emphasis(state: StateInline, silent: bool) -> bool:
    """Like the library's, but a single star inside a word or a product (`2*3*4`) is a star."""
    marker = state.src[state.pos]
    if silent or marker not in "_*":
        return False
    end = state.pos + 1
    while end < state.posMax and state.src[end] == marker:
        end += 1
    around = state.src[max(state.pos - 1, 0) : state.pos] + state.src[end : end + 1]
    in_word = end - state.pos == 1 and len(around) == 2 and around.isascii() and around.isalnum()
    scanned = state.scanDelims(state.pos, marker == "*" and not in_word)
    for _ in range(scanned.length):
        state.push("text", "", 0).content = marker
        state.delimiters.append(
            Delimiter(
                marker=ord(marker),
                length=scanned.length,
                token=len(state.tokens) - 1,
                end=-1,
                open=scanned.can_open,
                close=scanned.can_close,
            )
        )
    state.pos += scanned.length
    return True


def _named_url(state: StateInline, silent: bool) -> bool:
    """`<https://example.org|its name>`, as Slack and Rocket.Chat write links."""
    if state.src[state.pos] != "<":
        return False
    match = _NAMED_URL.match(state.src, state.pos, state.posMax)
    if match is None or not state.md.validateLink(match[1]):
        return False
    if not silent:
        _push_link(state, match[1], match[2].strip() or match[1])
    state.pos = match.end()
    return True


def _bare_url(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != ":" or state.linkLevel > 0:
        return False
    scheme = _BEFORE_URL.search(state.pending[-6:])
    rest = _URL_REST.match(state.src, state.pos, state.posMax) if scheme else None
    if scheme is None or rest is None:
        return False
    url = _without_trailing(scheme[1] + rest[0])
    if not state.md.validateLink(url):
        return False
    if not silent:
        state.pending = state.pending[: -len(scheme[1])]
        _push_link(state, url, url)
    state.pos += len(url) - len(scheme[1])
    return True


def _without_trailing(url: str) -> str:
    """Drop what ends the sentence, not the address: `(see https://example.org/a_(b)).`"""
    while url:
        last = url[-1]
        unmatched = last in _CLOSING and url.count(last) > url.count(_CLOSING[last])
        if not unmatched and last not in ".,;:!?'*_~|":
            break
        url = url[:-1]
    return url


def _push_link(state: StateInline, url: str, text: str) -> None:
    state.push("link_open", "a", 1).attrs = {"href": state.md.normalizeLink(url)}
    state.push("text", "", 0).content = text
    state.push("link_close", "a", -1)


def _name(state: StateInline, silent: bool) -> bool:
    """`@somebody` and `#room`, but neither an address's domain nor the number of an issue."""
    char = state.src[state.pos]
    if char not in "@#" or _follows_word(state):
        return False
    match = _NAME.match(state.src, state.pos, state.posMax)
    if match is None or (char == "#" and match[1].isdigit()):
        return False
    if not silent:
        token = state.push("name", "span", 0)
        token.content, token.markup = match[0], char
    state.pos = match.end()
    return True


def _emoji(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != ":" or _follows_word(state):
        return False
    found = emoji_at(state.src, state.pos, state.posMax)
    if found is None:
        return False
    character, end = found
    if not silent:
        state.push("text", "", 0).content = character
    state.pos = end
    return True


def _follows_word(state: StateInline) -> bool:
    return state.pos > 0 and (
        state.src[state.pos - 1].isalnum() or state.src[state.pos - 1] in "_/&"
    )
