"""The text of a message -> safe HTML: Rocket.Chat's markup on top of CommonMark, never raw HTML."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from types import MethodType
from typing import Any

from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup, escape

from engine import markup
from engine.markup import safe_url

#: Longer texts are shown as they are, and cut: markup of that size is an accident or an attack.
MAX_MARKED_UP_CHARS = 8_000
MAX_CHARS = 40_000
#: From here on a text is folded, with a switch that shows all of it.
_FOLD_CHARS = 2_400
_FOLD_LINES = 30

#: What may begin a link; the parser looks for the end of each, so thousands take it seconds.
_OPENERS = re.compile(r"[\[<]")
_MAX_OPENERS = 300


def to_html(text: str, *, plain: bool = False) -> Markup:
    """Return a message's text as HTML that is safe to show, folded when it is long."""
    if not text.strip():
        return Markup("")
    if len(text) > MAX_MARKED_UP_CHARS or _OPENERS.subn("", text)[1] > _MAX_OPENERS:
        plain = True
    tokens = None if plain else markup.parse(text)
    if tokens is None:
        left_out = len(text) - MAX_CHARS
        note = f"\n… {left_out:,} more characters" if left_out > 0 else ""
        shown = Markup('<p class="md-plain">{}</p>').format(text[:MAX_CHARS] + note)
    else:
        # The parser has HTML off; the rules below escape what they write.
        shown = Markup(_renderer().render(tokens, markup.parser().options, {}))  # noqa: S704
    if len(text) > _FOLD_CHARS or text.count("\n") > _FOLD_LINES:
        return Markup(
            '<div class="fold"><div class="md">{}</div>'
            '<label class="fold-more"><input type="checkbox"><span>Show all</span></label></div>'
        ).format(shown)
    return Markup('<div class="md">{}</div>').format(shown)


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


@functools.cache
def _renderer() -> RendererHTML:
    renderer = RendererHTML()
    for name, rule in _RENDERED.items():
        renderer.rules[name] = MethodType(rule, renderer)
    return renderer
