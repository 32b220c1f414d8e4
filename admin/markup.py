"""The text of a message -> safe HTML, never raw HTML."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Sequence
from types import MethodType
from typing import Any

from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from markupsafe import Markup, escape

from engine import markup
from engine.markup import safe_url

#: Longer texts are shown as they are, and cut: markup of that size is an accident or an attack.
MAX_MARKED_UP_CHARS = 8_000
MAX_CHARS = 40_000
#: From here on a text is folded, with a switch that shows all of it.
_FOLD_CHARS = 2_400
_FOLD_LINES = 30
#: How markdown-it's renderer writes: a line end is one, code names its language.
_OPTIONS = OptionsDict(
    {
        "maxNesting": 20,
        "html": False,
        "linkify": False,
        "typographer": False,
        "quotes": "",
        "xhtmlOut": False,
        "breaks": True,
        "langPrefix": "language-",
        "highlight": None,
    }
)


def to_html(text: str, *, plain: bool = False) -> Markup:
    """Return a message's text as HTML that is safe to show, folded when it is long."""
    if not text.strip():
        return Markup("")
    tokens = None if plain or len(text) > MAX_MARKED_UP_CHARS else markup.parse(text)
    if tokens is None:
        left_out = len(text) - MAX_CHARS
        note = f"\n… {left_out:,} more characters" if left_out > 0 else ""
        shown = Markup('<p class="md-plain">{}</p>').format(text[:MAX_CHARS] + note)
    else:
        # No token is HTML; the rules below escape what they write.
        shown = Markup(_renderer().render(tokens, _OPTIONS, {}))  # noqa: S704
    if len(text) > _FOLD_CHARS or text.count("\n") > _FOLD_LINES:
        return Markup(
            '<div class="fold"><div class="md">{}</div>'
            '<label class="fold-more"><input type="checkbox"><span>Show all</span></label></div>'
        ).format(shown)
    return Markup('<div class="md">{}</div>').format(shown)


# -- how tokens are written ---------------------------------------------------------------------


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


def _render_emoji(renderer: RendererHTML, tokens: Sequence[Token], idx: int, *_: Any) -> str:
    return escape(tokens[idx].content)


def _render_time(renderer: RendererHTML, tokens: Sequence[Token], idx: int, *_: Any) -> str:
    token = tokens[idx]
    moment: dt.datetime = token.meta["moment"]
    return Markup('<time datetime="{}" data-show="{}">{}</time>').format(
        moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "time" if token.info in ("t", "T") else "moment",
        token.content,
    )


def _render_color(renderer: RendererHTML, tokens: Sequence[Token], idx: int, *_: Any) -> str:
    # An attribute of SVG: a style would need the leave of the page's security policy.
    return Markup(
        '<span class="md-color"><svg viewBox="0 0 1 1" aria-hidden="true">'
        '<rect width="1" height="1" fill="{}"/></svg>{}</span>'
    ).format(tokens[idx].info, tokens[idx].content)


def _render_katex(renderer: RendererHTML, tokens: Sequence[Token], idx: int, *_: Any) -> str:
    return Markup('<code class="md-katex">{}</code>').format(tokens[idx].content)


def _render_katex_block(renderer: RendererHTML, tokens: Sequence[Token], idx: int, *_: Any) -> str:
    return Markup('<pre class="md-katex"><code>{}</code></pre>\n').format(tokens[idx].content)


#: A checkbox needs no script and can be reached by keys; what is hidden is hidden from readers, too.
_COVER = '<input type="checkbox" aria-label="Show what is hidden">'


def _render_spoiler(renderer: RendererHTML, tokens: Sequence[Token], idx: int, *_: Any) -> str:
    opens = tokens[idx].nesting == 1
    return f'<label class="md-spoiler">{_COVER}<span>' if opens else "</span></label>"


def _render_spoiler_block(
    renderer: RendererHTML, tokens: Sequence[Token], idx: int, *_: Any
) -> str:
    if tokens[idx].nesting == -1:
        return "</div></div>\n"
    cover = f'<label class="md-spoiler">{_COVER}<span class="md-cover">Hidden text</span></label>'
    return f'<div class="md-spoiler-block">{cover}<div>'


_RENDERED = {
    "link_open": _render_link,
    "image": _render_image,
    "heading_open": _render_heading,
    "heading_close": _render_heading,
    "table_open": _render_table,
    "table_close": _render_table,
    "name": _render_name,
    "emoji": _render_emoji,
    "time": _render_time,
    "color": _render_color,
    "katex": _render_katex,
    "katex_block": _render_katex_block,
    "spoiler_open": _render_spoiler,
    "spoiler_close": _render_spoiler,
    "spoiler_block_open": _render_spoiler_block,
    "spoiler_block_close": _render_spoiler_block,
}


@functools.cache
def _renderer() -> RendererHTML:
    renderer = RendererHTML()
    for name, rule in _RENDERED.items():
        renderer.rules[name] = MethodType(rule, renderer)
    return renderer
