"""Systems that take Markdown proper, where a backslash makes a mark a character."""

from __future__ import annotations

import re
from typing import ClassVar

from engine.transports.markdown.dialects import (
    ANGLED,
    BACKTICKS,
    CALLS_EVERYONE,
    NOTHING,
    Dialect,
    Tables,
    broken_ticks,
    kept_indent,
    without_controls,
)
from engine.transports.markdown.lines import Fence, Mark

_LANGUAGE = re.compile(r"[\w+#.-]{1,30}", re.ASCII)
#: A name ends at an underscore, too: `@all_` calls everybody.
_EVERYONE = re.compile(r"@(?=(?:all|here|channel|everyone)(?![^\W_]))", re.IGNORECASE)
#: Slack's family, Lark (`<at user_id="all">`), Kook (`(met)all(met)`), Cliq (`{@all}`).
_CALLS = re.compile(rf"{ANGLED.pattern}|<(?=at[\s>])|\((?=(?:met|rol)\))|{{(?=@)", re.IGNORECASE)
_LAST_AT = re.compile(r"@\Z")
_NUMBERED = re.compile(r"(\d{1,9})([.)])(?=\s|$)")
_PERCENT = str.maketrans({"(": "%28", ")": "%29", "<": "%3C", ">": "%3E", "\\": "%5C"})


class _Markdown(Dialect):
    """Markdown proper: a backslash makes a mark a character."""

    bold: ClassVar[Mark | None] = Mark("**", "**")
    italic: ClassVar[Mark | None] = Mark("_", "_")
    strike: ClassVar[Mark | None] = Mark("~~", "~~")
    tables = Tables.NATIVE
    headings = True
    bullet = "- "
    rule = "---"
    #: A backslash only where there would be markup: people also read the text in previews.
    marks: ClassVar[re.Pattern[str]] = re.compile(
        r"\\(?=[!-/:-@\[-`{-~])|[`*|]|~(?=~)|\[(?=[^\[]*\]\()|(?<![^\W_])_|_(?![^\W_])"
    )
    line_marks: ClassVar[re.Pattern[str]] = re.compile(r"#{1,6}\s|>|[-+]\s|[-=]{3,}\s*$")
    label_marks: ClassVar[re.Pattern[str]] = re.compile(r"[\\`*_~|<\[\]]")

    def text(self, raw: str) -> str:
        return self.quiet(self.marks.sub(r"\\\g<0>", raw))

    def quiet(self, text: str) -> str:
        """Take the power out of what would call everybody."""
        return text if self.mentions.everyone else without_everyone(text)

    def bare(self, raw: str) -> str:
        return self.quiet(raw)

    def code_mark(self, raw: str) -> Mark | None:
        if "`" not in raw:
            return Mark("`", "`")
        ticks = "`" * (max(map(len, re.findall("`+", raw))) + 1)
        return Mark(f"{ticks} ", f" {ticks}")

    def fence(self, language: str, content: str) -> Fence | None:
        ticks = "`" * max([2, *map(len, BACKTICKS.findall(content))])
        return Fence(f"{ticks}`{_known(language)}", f"{ticks}`")

    def start(self, line: str) -> str:
        if self.line_marks.match(line):
            return f"\\{line}"
        numbered = _NUMBERED.match(line)
        return f"{numbered[1]}\\{line[numbered.start(2) :]}" if numbered else line

    def link(self, label: str, url: str) -> str:
        if label == url:
            return url
        return f"[{self.label(label)}]({url.translate(_PERCENT)})"

    def image(self, label: str, url: str) -> str:
        return f"![{self.label(label)}]({url.translate(_PERCENT)})"

    def label(self, label: str) -> str:
        """Write text that stands between brackets."""
        return self.quiet(self.label_marks.sub(r"\\\g<0>", label))


class CommonMark(_Markdown):
    """
    Markdown for nobody in particular, whose reader may know HTML and what CommonMark knows.

    Tags, character references (`&copy;`) and definitions (`[1]: address`) stay text, and a line
    end is one for those, too, to whom one alone is a blank.
    """

    tables = Tables.CODE
    newline = "  \n"
    marks = re.compile(
        _Markdown.marks.pattern
        + r"|<(?=[a-z/!?])|&(?=#?[0-9a-z]{1,32};)|\[(?=[^\[\]\n]{1,999}\]:)|\](?=\()",
        re.IGNORECASE,
    )
    label_marks = re.compile(
        _Markdown.label_marks.pattern + r"|&(?=#?[0-9a-z]{1,32};)", re.IGNORECASE
    )

    def text(self, raw: str) -> str:
        return super().text(without_controls(raw))

    def bare(self, raw: str) -> str:
        return super().bare(without_controls(raw))

    def code_text(self, raw: str) -> str:
        return without_controls(raw)

    def quiet(self, text: str) -> str:
        # Zulip's `@**all**` begins before the mark.
        return super().quiet(_LAST_AT.sub(f"@{NOTHING}", without_calls(text)))


class RocketChat(_Markdown):
    """Rocket.Chat itself, for texts that have to be cut or must not call everybody."""

    bold = Mark("*", "*")
    strike = Mark("~", "~")
    spoiler = Mark("||", "||")
    tables = Tables.CODE
    marks = re.compile(r"\\(?=[*_~`#.])|[`*~]|(?<![^\W_])_|_(?![^\W_])")
    label_marks = re.compile(r"[*_~`]")

    def label(self, label: str) -> str:
        # It has no escape for brackets.
        return super().label(label.replace("[", "(").replace("]", ")"))

    def time(self, spoken: str, unix_s: int, form: str) -> str:
        return f"<t:{unix_s}:{form}>"

    def name(self, name: str) -> str:
        if self.mentions.everyone and name in CALLS_EVERYONE:
            return "@here" if name == "@here" else "@all"
        return self.text(name)


class Mattermost(_Markdown):
    """Mattermost and kChat, which translate Slack's `<…>` first, wherever it stands."""

    def quiet(self, text: str) -> str:
        return super().quiet(ANGLED.sub(f"<{NOTHING}", text))

    def name(self, name: str) -> str:
        if self.mentions.everyone and name in CALLS_EVERYONE:
            return "@all" if name == "@everyone" else name
        return self.text(name)


class Discord(_Markdown):
    """Discord, where `allowed_mentions` decides whom a text calls, not the text."""

    spoiler = Mark("||", "||")
    tables = Tables.CODE
    marks = re.compile(_Markdown.marks.pattern + "|<(?=[@#:/a-z])")
    line_marks = re.compile(r"-?#{1,3}\s|>|[-+]\s")

    def quiet(self, text: str) -> str:
        return text

    def code_mark(self, raw: str) -> Mark | None:
        if "`" not in raw:
            return Mark("`", "`")
        return None if "``" in raw or raw[0] == "`" or raw[-1] == "`" else Mark("``", "``")

    def code_text(self, raw: str) -> str:
        return broken_ticks(raw)

    def fence(self, language: str, content: str) -> Fence | None:
        return Fence(f"```{_known(language)}", "```")

    def link(self, label: str, url: str) -> str:
        if url.startswith("mailto:"):
            return Dialect.link(self, label, url)
        return super().link(label, url)

    def image(self, label: str, url: str) -> str:
        return self.link(label or url, url)

    def time(self, spoken: str, unix_s: int, form: str) -> str:
        return f"<t:{unix_s}:{form}>"

    def name(self, name: str) -> str:
        if name.startswith("@") and (person := self.mentions.people.get(name[1:])):
            return f"<@{person}>"
        if self.mentions.everyone and name in CALLS_EVERYONE:
            return "@here" if name == "@here" else "@everyone"
        return self.text(name)


class Teams(_Markdown):
    """What a TextBlock of an Adaptive Card understands: bold, italic, lists and links."""

    strike = None
    tables = Tables.LINES
    headings = False
    newline = "\n\n"  # one line end is none

    def quiet(self, text: str) -> str:
        return text

    def code_text(self, raw: str) -> str:
        blanks, rest = kept_indent(raw)
        return blanks + self.text(rest)

    def code_mark(self, raw: str) -> Mark | None:
        return None

    def fence(self, language: str, content: str) -> Fence | None:
        return None

    def image(self, label: str, url: str) -> str:
        return self.link(label or url, url)


def _known(language: str) -> str:
    return language if _LANGUAGE.fullmatch(language) else ""


def without_calls(text: str) -> str:
    """Return a text that calls nobody in any of the systems whose way to do so is known."""
    return _CALLS.sub(lambda begin: f"{begin[0]}{NOTHING}", text)


def without_everyone(text: str) -> str:
    """Return a text in which `@all` and its like call nobody."""
    return _EVERYONE.sub(f"@{NOTHING}", text)
