"""Systems of Slack's family, with links between angle brackets, and Google Chat's cards."""

from __future__ import annotations

import re

from engine.transports.markdown.dialects import (
    ANGLED,
    CALLS_EVERYONE,
    NOTHING,
    Dialect,
    Tables,
    broken_ticks,
    kept_indent,
)
from engine.transports.markdown.lines import Fence, Mark

_PERCENT = str.maketrans({"<": "%3C", ">": "%3E", "|": "%7C"})
#: Rocket.Chat's letter for the form of a time -> Slack's words for it.
_TIMES = {
    "t": "{time}",
    "T": "{time_secs}",
    "d": "{date_num}",
    "D": "{date}",
    "f": "{date} {time}",
    "F": "{date_long} {time}",
    "R": "{ago}",
}
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


class _Angled(Dialect):
    """Slack's family: links between angle brackets, and no way to escape a mark."""

    bold = Mark("*", "*")
    italic = Mark("_", "_")
    strike = Mark("~", "~")
    tables = Tables.CODE

    def code_mark(self, raw: str) -> Mark | None:
        return None if "`" in raw else Mark("`", "`")

    def code_text(self, raw: str) -> str:
        return self.text(broken_ticks(raw))

    def fence(self, language: str, content: str) -> Fence | None:
        return Fence("```", "```")

    def link(self, label: str, url: str) -> str:
        address = self.address(url.translate(_PERCENT))
        shown = self.text(re.sub(r"[<>|\s]+", " ", label).strip())
        return f"<{address}>" if label == url or not shown else f"<{address}|{shown}>"

    def address(self, url: str) -> str:
        return url


class Slack(_Angled):
    """Slack's mrkdwn: with `&`, `<` and `>` escaped, no text can call anybody."""

    def text(self, raw: str) -> str:
        return raw.translate(_ENTITIES)

    def bare(self, raw: str) -> str:
        return self.text(raw)

    def address(self, url: str) -> str:
        return url.replace("&", "&amp;")

    def time(self, spoken: str, unix_s: int, form: str) -> str:
        return f"<!date^{unix_s}^{_TIMES.get(form, _TIMES['f'])}|{self.text(spoken)}>"

    def name(self, name: str) -> str:
        if name.startswith("@") and (person := self.mentions.people.get(name[1:])):
            return f"<@{person}>"
        if self.mentions.everyone and name in CALLS_EVERYONE:
            return "<!channel>" if name == "@all" else f"<!{name[1:]}>"
        return self.text(name)


class GoogleChat(_Angled):
    """Google Chat's text, which calls people by `<users/…>` and has no escapes."""

    bullet = "* "

    def text(self, raw: str) -> str:
        return ANGLED.sub(f"<{NOTHING}", raw)

    def name(self, name: str) -> str:
        if name.startswith("@") and (person := self.mentions.people.get(name[1:])):
            return f"<users/{person}>"
        if self.mentions.everyone and name in CALLS_EVERYONE:
            return "<users/all>"
        return self.text(name)


class GoogleCard(Dialect):
    """The few HTML tags that text on a Google Chat card may have."""

    bold = Mark("<b>", "</b>")
    italic = Mark("<i>", "</i>")
    strike = Mark("<s>", "</s>")
    quote = "&gt; "
    newline = "<br>"
    blank_line = "<br><br>"

    def text(self, raw: str) -> str:
        return raw.translate(_ENTITIES).replace('"', "&quot;")

    def code_text(self, raw: str) -> str:
        blanks, rest = kept_indent(raw)
        return blanks + self.text(rest)

    def link(self, label: str, url: str) -> str:
        return f'<a href="{self.text(url)}">{self.text(label)}</a>'
