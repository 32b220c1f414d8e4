"""The text of a message -> safe HTML: Rocket.Chat's markup on top of CommonMark, never raw HTML."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from emoji import EMOJI_DATA, is_emoji
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Delimiter
from markdown_it.token import Token
from markupsafe import Markup, escape

#: Longer texts are shown as they are, and cut: markup of that size is an accident or an attack.
MAX_MARKED_UP_CHARS = 8_000
MAX_CHARS = 40_000
#: From here on a text is folded, with a switch that shows all of it.
_FOLD_CHARS = 2_400
_FOLD_LINES = 30

_BEFORE_URL = re.compile(r"(?:^|[^a-z0-9])(https?)$", re.IGNORECASE)
_URL_REST = re.compile(r"://[^\s<>\"`\x00-\x20]+")
_NAMED_URL = re.compile(r"<((?:https?://|mailto:)[^\s<>|]+)\|([^<>\n]+)>", re.IGNORECASE)
_NAME = re.compile(r"[@#](\w(?:[\w.-]*\w)?)")
_SHORTCODE = re.compile(r":([a-z0-9_+&'-]{1,60}):", re.IGNORECASE)
_BOXES = {"[ ] ": "\N{BALLOT BOX} ", "[x] ": "\N{BALLOT BOX WITH CHECK} "}
_CLOSING = {")": "(", "]": "[", "}": "{"}


#: What may begin a link; the parser looks for the end of each, so thousands take it seconds.
_OPENERS = re.compile(r"[\[<]")
_MAX_OPENERS = 300


def to_html(text: str, *, plain: bool = False) -> Markup:
    """Return a message's text as HTML that is safe to show, folded when it is long."""
    if not text.strip():
        return Markup("")
    if plain or len(text) > MAX_MARKED_UP_CHARS or _OPENERS.subn("", text)[1] > _MAX_OPENERS:
        left_out = len(text) - MAX_CHARS
        note = f"\n… {left_out:,} more characters" if left_out > 0 else ""
        shown = Markup('<p class="md-plain">{}</p>').format(text[:MAX_CHARS] + note)
    else:
        shown = Markup(_parser().render(text))  # noqa: S704 - made with html off, by the rules below
    if len(text) > _FOLD_CHARS or text.count("\n") > _FOLD_LINES:
        return Markup(
            '<div class="fold"><div class="md">{}</div>'
            '<label class="fold-more"><input type="checkbox"><span>Show all</span></label></div>'
        ).format(shown)
    return Markup('<div class="md">{}</div>').format(shown)


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


def emoji_character(shortcode: Any) -> str | None:
    """Return the character of `:name:`, of `name`, or of a text that is one emoji already."""
    if not isinstance(shortcode, str):
        return None
    text: str = shortcode.strip()
    named = _emojis().get(text.strip(":").lower())
    return named or (text if is_emoji(text) else None)


@functools.cache
def _emojis() -> dict[str, str]:
    found: dict[str, str] = {}
    for character, names in EMOJI_DATA.items():
        for name in (*names.get("alias", ()), names["en"]):
            found.setdefault(name.strip(":").lower(), character)
    # Slack's and Rocket.Chat's names for what Unicode calls otherwise.
    found |= {f"large_{colour}_circle": found[f"{colour}_circle"] for colour in ("green", "yellow")}
    found |= {"simple_smile": "🙂", "robot_face": "🤖"}
    return found


class _Parser(MarkdownIt):
    def validateLink(self, url: str) -> bool:
        return safe_url(url, mailto=True) is not None


@functools.cache
def _parser() -> MarkdownIt:
    parser = _Parser(
        "commonmark", {"html": False, "breaks": True, "xhtmlOut": False, "maxNesting": 20}
    )
    parser.options["strikethrough_single_tilde"] = True
    parser.enable(["table", "strikethrough"])
    # None of these is markup in a chat: four spaces before a line, a line of dashes under one,
    # a definition that would make text disappear.
    parser.disable(["code", "lheading", "reference", "html_block", "html_inline"])
    inline = parser.inline.ruler
    inline.at("emphasis", _emphasis)
    inline.before("autolink", "named_url", _named_url)
    parser.core.ruler.after("inline", "tasks", _tick_tasks)
    inline.push("bare_url", _bare_url)
    inline.push("emoji", _emoji)
    inline.push("name", _name)
    for name, rule in _RENDERED.items():
        parser.add_render_rule(name, rule)
    return parser


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
    match = _SHORTCODE.match(state.src, state.pos, state.posMax)
    character = _emojis().get(match[1].lower()) if match else None
    if match is None or character is None:
        return False
    if not silent:
        state.push("text", "", 0).content = character
    state.pos = match.end()
    return True


def _follows_word(state: StateInline) -> bool:
    return state.pos > 0 and (
        state.src[state.pos - 1].isalnum() or state.src[state.pos - 1] in "_/&"
    )


# -- how tokens are written ---------------------------------------------------------------------


def _render_em(renderer: RendererHTML, tokens: Sequence[Token], idx: int, *_: Any) -> str:
    # One star is bold in Rocket.Chat, one underscore italic.
    tag = "strong" if tokens[idx].markup == "*" else "em"
    return f"<{tag}>" if tokens[idx].nesting == 1 else f"</{tag}>"


def _render_link(renderer: RendererHTML, tokens: Sequence[Token], idx: int, *_: Any) -> str:
    return Markup('<a href="{}" target="_blank" rel="noopener noreferrer nofollow">').format(
        tokens[idx].attrGet("href") or ""
    )


def _render_image(
    renderer: RendererHTML, tokens: Sequence[Token], idx: int, options: Any, env: Any
) -> str:
    token = tokens[idx]
    alternative = renderer.renderInlineAsText(token.children, options, env)
    source = safe_url(token.attrGet("src"))
    if source is None:
        return escape(alternative)
    return Markup(
        '<img class="md-image" src="{}" alt="{}" loading="lazy" referrerpolicy="no-referrer">'
    ).format(source, alternative)


def _render_heading(renderer: RendererHTML, tokens: Sequence[Token], idx: int, *_: Any) -> str:
    # A message must not take part in the page's own outline.
    opens = tokens[idx].nesting == 1
    return f'<p class="md-heading md-{tokens[idx].tag}">' if opens else "</p>\n"


def _render_table(renderer: RendererHTML, tokens: Sequence[Token], idx: int, *_: Any) -> str:
    opens = tokens[idx].nesting == 1
    return '<div class="md-table"><table>' if opens else "</table></div>\n"


def _render_name(renderer: RendererHTML, tokens: Sequence[Token], idx: int, *_: Any) -> str:
    kind = "md-mention" if tokens[idx].markup == "@" else "md-channel"
    return Markup('<span class="{}">{}</span>').format(kind, tokens[idx].content)


_RENDERED = {
    "em_open": _render_em,
    "em_close": _render_em,
    "link_open": _render_link,
    "image": _render_image,
    "heading_open": _render_heading,
    "heading_close": _render_heading,
    "table_open": _render_table,
    "table_close": _render_table,
    "name": _render_name,
}
