"""The HTML that mail programs, Matrix and Telegram show; a text's own markup stays text in it."""

from __future__ import annotations

import re
from html import escape

from engine.markup import safe_url
from engine.transports.markdown.dialects import Dialect, Tables, without_controls
from engine.transports.markdown.escaping import without_calls, without_everyone
from engine.transports.markdown.lines import Fence, Mark

_BLANKS = re.compile(r" {2,}|\t")


class Html(Dialect):
    """
    The tags that every reader of HTML knows: b, i, s, a, code, pre and br.

    A list's item is a line, a picture is a link: nothing is fetched without a click.
    """

    bold = Mark("<b>", "</b>")
    italic = Mark("<i>", "</i>")
    strike = Mark("<s>", "</s>")
    tables = Tables.CODE
    quote = "&gt; "
    newline = "<br>"
    blank_line = "<br><br>"
    code_edge = ""
    after_code = ""

    def text(self, raw: str) -> str:
        return _BLANKS.sub(_kept, self.code_text(raw))

    def bare(self, raw: str) -> str:
        return without_everyone(without_calls(without_controls(raw)))

    def code_text(self, raw: str) -> str:
        return escape(self.bare(raw))

    def code_mark(self, raw: str) -> Mark | None:
        return Mark("<code>", "</code>")

    def fence(self, language: str, content: str) -> Fence | None:
        return Fence("<pre><code>", "</code></pre>")

    def prefix(self, before: str) -> str:
        return _BLANKS.sub(_kept, before)

    def link(self, label: str, url: str) -> str:
        address = safe_url(url, mailto=True)
        if address is None:
            return super().link(label, url)
        return f'<a href="{escape(address)}">{self.text(label)}</a>'


def _kept(blanks: re.Match[str]) -> str:
    """Return blanks of which all are seen, the last of them one where a line may end."""
    width = len(blanks[0].expandtabs(4))
    return "\N{NO-BREAK SPACE}" * (width - 1) + " "
